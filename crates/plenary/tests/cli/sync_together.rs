//! Several processes on one file and one local copy, and what the others of them do when the relay
//! refuses what the first one had.

use serde_json::Value;

use crate::harness::{Draft, Participant, Relay, check_exit, text, wait_until};

fn path(draft: &Draft, rest: &str) -> String {
    let id = draft.0["document_id"].as_str().expect("an id");
    format!("/api/v1/drafts/{id}{rest}")
}

fn secret(link: &str) -> &str {
    link.split_once('#').expect("a link").1
}

/// Asks as the facilitator.
#[track_caller]
fn decide(relay: &Relay, draft: &Draft, method: &str, rest: &str, json: &str) -> Value {
    let facilitator = secret(draft.link("facilitator"));
    let (_, body) = relay.ask(method, &path(draft, rest), facilitator, json);
    serde_json::from_str(&body).unwrap_or(Value::Null)
}

/// Another process on the same file is told plainly, and touches nothing.
#[track_caller]
fn told_that_it_is_busy(who: &Participant, link: &str) {
    let before = who.read();
    for arguments in [&[][..], &["--ours"], &["--theirs"]] {
        let output = who.once(link, arguments);
        check_exit(&output, 6);
        let words = text(&output.stderr);
        assert!(
            words.contains("another `plenary sync` is running"),
            "{words}"
        );
    }
    assert_eq!(who.read(), before);
}

/// The one file for people among those that were kept.
#[track_caller]
fn refused_text(who: &Participant) -> String {
    let kept = who.kept("refused-");
    let texts: Vec<_> = kept
        .iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
        .collect();
    assert_eq!(texts.len(), 1, "{kept:?}");
    std::fs::read_to_string(texts[0]).expect("readable")
}

#[test]
fn of_several_that_start_at_once_one_works_and_nothing_is_lost() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let (mut first, mut second) = (anna.sync(draft.editor()), anna.sync(draft.editor()));
    let is_saved = |lines: &crate::harness::Lines| lines.count("Saved on the server") > 0;
    wait_until("one of them works", || {
        is_saved(&first.lines) || is_saved(&second.lines)
    });
    if is_saved(&second.lines) {
        std::mem::swap(&mut first, &mut second);
    }
    assert_eq!(second.wait(), Some(6));
    assert_eq!(second.errors.count("another `plenary sync`"), 1);
    anna.write("start\nwritten by Anna\n");
    told_that_it_is_busy(&anna, draft.editor());
    let boris = Participant::new();
    let _boris = boris.sync(draft.editor()).saved();
    boris.wait_for_text("start\nwritten by Anna\n");
    first.kill();
    anna.write("start\nwritten by Anna\nand more\n");
    let _third = anna.sync(draft.editor()).saved();
    boris.wait_for_text("start\nwritten by Anna\nand more\n");
}

#[test]
fn words_that_a_lowered_role_refuses_are_rescued_though_others_use_the_file() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let mut sync = anna.sync(draft.editor()).saved();
    let people = decide(&relay, &draft, "GET", "/people", "");
    let hers = people["people"]
        .as_array()
        .and_then(|people| people.iter().find(|person| person["role"] == "editor"))
        .expect("she is listed");
    let person = format!("/people/{}", hers["participant"].as_str().expect("an id"));

    // She writes while her program cannot, and before it can her role is lowered.
    sync.hold();
    anna.write("start\nhers\n");
    told_that_it_is_busy(&anna, draft.editor());
    decide(&relay, &draft, "PATCH", &person, r#"{"role": "reviewer"}"#);
    sync.go_on();
    assert_eq!(sync.wait(), Some(5));
    assert_eq!(anna.text(), "start\nhers\n", "the file is as she left it");
    assert_eq!(refused_text(&anna), "start\nhers\n");
    let draft_text = stored_text(&relay, &draft);
    assert_eq!(draft_text, "start\n");

    // A further process finds the same, loses nothing and keeps nothing twice.
    check_exit(&anna.once(draft.editor(), &[]), 5);
    assert_eq!(anna.text(), "start\nhers\n");
    assert_eq!(refused_text(&anna), "start\nhers\n");

    // May she write again, file and draft meet anew, and she decides.
    decide(&relay, &draft, "PATCH", &person, r#"{"role": null}"#);
    check_exit(&anna.once(draft.editor(), &[]), 4);
    let _again = anna.sync_ours(draft.editor()).saved();
    told_that_it_is_busy(&anna, draft.editor());
    assert_eq!(stored_text(&relay, &draft), "start\nhers\n");
}

#[test]
fn words_behind_a_revoked_link_are_handed_in_and_stay_here_until_another_link_takes_them() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let made = decide(&relay, &draft, "POST", "/links", r#"{"role": "editor"}"#);
    let link = made["url"].as_str().expect("a link").to_owned();
    let mut sync = anna.sync(&link).saved();
    sync.hold();
    anna.write("start\nhers\n");
    told_that_it_is_busy(&anna, draft.editor());
    let revoked = format!("/links/{}", made["id"].as_str().expect("an id"));
    decide(&relay, &draft, "DELETE", &revoked, "");
    sync.go_on();
    assert_eq!(sync.wait(), Some(5));
    assert_eq!(anna.text(), "start\nhers\n");
    assert_eq!(
        sync.errors
            .count("1 change of yours was handed to the facilitators"),
        1
    );
    let held = decide(&relay, &draft, "GET", "/quarantine", "");
    let entry = held["entries"][0].clone();
    assert_eq!(
        (&entry["reason"], &entry["state"]),
        (&"link-ended".into(), &"waiting".into())
    );
    assert_eq!(stored_text(&relay, &draft), "start\n");
    // Started again, it hands in the same, which is there once.
    let again = anna.once(&link, &[]);
    check_exit(&again, 5);
    assert!(text(&again.stderr).contains("handed to the facilitators"));
    assert_eq!(decide(&relay, &draft, "GET", "/quarantine", ""), held);
    // By another link what was never applied goes where it was meant to, without a question.
    check_exit(&anna.once(draft.editor(), &[]), 0);
    assert_eq!(stored_text(&relay, &draft), "start\nhers\n");
    // A facilitator who admits it then finds it in the draft, and nothing waits any more.
    let admit = format!("/quarantine/{}/admit", entry["id"].as_str().expect("an id"));
    assert_eq!(
        decide(&relay, &draft, "POST", &admit, "{}")["state"],
        "admitted"
    );
    assert_eq!(stored_text(&relay, &draft), "start\nhers\n");
}

/// The draft's text as the relay gives it.
#[track_caller]
fn stored_text(relay: &Relay, draft: &Draft) -> String {
    let viewer = secret(draft.link("viewer"));
    relay.ask("GET", &path(draft, "/markdown"), viewer, "").1
}

#[test]
fn what_was_handed_in_is_admitted_and_reaches_everybody() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let made = decide(&relay, &draft, "POST", "/links", r#"{"role": "editor"}"#);
    let link = made["url"].as_str().expect("a link").to_owned();
    let mut sync = anna.sync(&link).saved();
    sync.hold();
    anna.write("start\nhers\n");
    told_that_it_is_busy(&anna, draft.editor());
    let revoked = format!("/links/{}", made["id"].as_str().expect("an id"));
    decide(&relay, &draft, "DELETE", &revoked, "");
    sync.go_on();
    assert_eq!(sync.wait(), Some(5));
    let held = decide(&relay, &draft, "GET", "/quarantine", "");
    let admit = format!(
        "/quarantine/{}/admit",
        held["entries"][0]["id"].as_str().expect("an id")
    );
    assert_eq!(
        decide(&relay, &draft, "POST", &admit, "{}")["state"],
        "admitted"
    );
    let boris = Participant::new();
    let _boris = boris.sync(draft.editor()).saved();
    boris.wait_for_text("start\nhers\n");
}
