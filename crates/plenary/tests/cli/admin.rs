//! `plenary admin`: beside a running server, and without one.

use serde_json::Value;

use crate::harness::{Relay, check_exit, run, text, wait_for};

fn lines(output: &std::process::Output) -> Vec<Value> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn an_operator_lists_drafts_and_makes_a_link_while_the_server_runs() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"# Hello\n").0;
    let id = draft["document_id"].as_str().unwrap();
    let listed = run(relay.command().args(["admin", "drafts", "--json"]));
    check_exit(&listed, 0);
    let drafts = lines(&listed);
    assert_eq!(drafts.len(), 1);
    assert_eq!(
        (&drafts[0]["document_id"], &drafts[0]["title"]),
        (&draft["document_id"], &draft["title"])
    );
    assert_eq!(drafts[0]["links"], 4);
    let made = run(relay
        .command()
        .args(["admin", "link", id, "--public-url", &relay.url]));
    check_exit(&made, 0);
    let link = text(&made.stdout).trim().to_owned();
    let exported = run(relay
        .command()
        .args(["export", &link, "--to", "md", "--output", "-"]));
    check_exit(&exported, 0);
    assert_eq!(text(&exported.stdout), "# Hello\n");
    let trail = run(relay.command().args(["admin", "audit", id]));
    check_exit(&trail, 0);
    let trail = lines(&trail);
    let last = trail
        .iter()
        .find(|entry| entry["kind"] == "link-made")
        .unwrap();
    assert_eq!(last["detail"]["by"], "operator");
    let people = run(relay.command().args(["admin", "people", id, "--json"]));
    check_exit(&people, 0);
    let secret = link.split('#').nth(1).unwrap();
    assert!(!text(&listed.stdout).contains(secret));
    let unknown = run(relay
        .command()
        .args(["admin", "people", "4NMNnkMhL8jXrdJ9jamS58PAVdXu"]));
    assert_ne!(unknown.status.code(), Some(0));
}

#[test]
fn a_draft_is_deleted_for_good_after_its_title_was_typed() {
    let mut relay = Relay::start();
    let (one, two) = (relay.new_draft(b"one\n").0, relay.new_draft(b"two\n").0);
    let id = one["document_id"].as_str().unwrap();
    let wrong = run(relay
        .command()
        .args(["admin", "delete", id, "--title", "Another"]));
    check_exit(&wrong, 2);
    relay.stop();
    let title = one["title"].as_str().unwrap();
    let deleted = run(relay
        .command()
        .args(["admin", "delete", id, "--title", title]));
    check_exit(&deleted, 0);
    assert!(text(&deleted.stdout).contains("Backups"));
    let drafts = lines(&run(relay.command().args(["admin", "drafts", "--json"])));
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0]["document_id"], two["document_id"]);
    let trail = run(relay.command().args(["admin", "audit"]));
    let gone = lines(&trail);
    let gone = gone
        .iter()
        .find(|entry| entry["kind"] == "draft-deleted-for-good");
    assert_eq!(gone.unwrap()["detail"]["draft"], id);
}

#[test]
fn a_running_server_deletes_what_the_operator_deleted() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"one\n").0;
    let id = draft["document_id"].as_str().unwrap();
    let title = draft["title"].as_str().unwrap();
    let deleted = run(relay
        .command()
        .args(["admin", "delete", id, "--title", title]));
    check_exit(&deleted, 0);
    let link = draft["links"]["viewer"].as_str().unwrap();
    wait_for("the link opens nothing", || {
        let exported = run(relay
            .command()
            .args(["export", link, "--to", "md", "--output", "-"]));
        (exported.status.code() != Some(0)).then_some(())
    });
}
