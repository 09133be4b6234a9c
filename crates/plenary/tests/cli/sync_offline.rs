//! Without a connection, and when it comes back.

use crate::harness::{Participant, Relay, Sync, check_exit, text, wait_until};

#[test]
fn edits_made_while_the_relay_is_away_are_merged_when_it_is_back() {
    let mut relay = Relay::start();
    let draft = relay.new_draft(b"one\n\ntwo\n\nthree\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let a = anna.sync(draft.editor()).saved();
    let b = boris.sync(draft.editor()).saved();
    relay.stop();
    a.lines.wait_for("Not connected");
    b.lines.wait_for("Not connected");
    anna.write("one by Anna\n\ntwo\n\nthree\n");
    boris.save_by_rename("one\n\ntwo\n\nthree by Boris\n");
    a.lines.wait_for("1 change waits");
    b.lines.wait_for("1 change waits");
    relay.restart();
    anna.wait_for_text("one by Anna\n\ntwo\n\nthree by Boris\n");
    boris.wait_for_text("one by Anna\n\ntwo\n\nthree by Boris\n");
    wait_until("both say that it is saved", || {
        [&a, &b].iter().all(|sync| {
            sync.lines
                .all()
                .last()
                .is_some_and(|line| line.contains("Saved"))
        })
    });
}

#[test]
fn a_sync_that_starts_offline_takes_edits_in_and_sends_them_later() {
    let mut relay = Relay::start();
    let draft = relay.new_draft(b"one\n");
    let anna = Participant::new();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    relay.stop();
    anna.write("one\ntwo\n");
    let mut sync = anna.sync(draft.editor());
    sync.lines.wait_for("Took in the edit");
    sync.lines.wait_for("1 change waits");
    anna.write("one\ntwo\nthree\n");
    sync.lines.wait_for("2 changes wait");
    // Ended and started again, still offline: the changes are there.
    assert_eq!(sync.end(), Some(0));
    sync.lines.wait_for("2 changes wait on this device");
    let again = anna.sync(draft.editor());
    again.lines.wait_for("2 changes wait");
    relay.restart();
    again.lines.wait_for("Saved on the server");
    let boris = Participant::new();
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "one\ntwo\nthree\n");
}

#[test]
fn a_first_start_offline_waits_and_touches_nothing() {
    let mut relay = Relay::start();
    let draft = relay.new_draft(b"");
    relay.stop();
    let anna = Participant::with(b"mine\n");
    let sync = anna.sync(draft.editor());
    sync.lines.wait_for("Not connected");
    assert_eq!(anna.text(), "mine\n");
    relay.restart();
    sync.lines.wait_for("Saved on the server");
    assert_eq!(anna.text(), "mine\n");
}

#[test]
fn once_without_a_server_keeps_the_edit_and_says_why() {
    let mut relay = Relay::start();
    let draft = relay.new_draft(b"one\n");
    let anna = Participant::new();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    relay.stop();
    anna.write("one\ntwo\n");
    let output = anna.once(draft.editor(), &["--wait", "1"]);
    check_exit(&output, 3);
    let said = text(&output.stderr);
    assert!(
        said.contains("not reached") && said.contains("1 change is stored on this device"),
        "{said}"
    );
    assert_eq!(anna.text(), "one\ntwo\n");
    relay.restart();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    let boris = Participant::new();
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "one\ntwo\n");
}

#[test]
fn a_draft_that_went_on_without_us_is_merged_with_the_edits_of_the_file() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"one\n\ntwo\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    check_exit(&anna.once(draft.editor(), &[]), 0);
    check_exit(&boris.once(draft.editor(), &[]), 0);
    boris.write("one\n\ntwo by Boris\n");
    check_exit(&boris.once(draft.editor(), &[]), 0);
    anna.write("one by Anna\n\ntwo\n");
    check_exit(&anna.once(draft.editor(), &[]), 0);
    assert_eq!(anna.text(), "one by Anna\n\ntwo by Boris\n");
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "one by Anna\n\ntwo by Boris\n");
}

#[test]
fn lines_for_programs_are_json() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"one\n");
    let anna = Participant::new();
    let sync = Sync::start(anna.sync_command(draft.editor()).arg("--json"));
    let line = sync.lines.wait_for("\"saved\"");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["topic"], "saved");
    assert!(line["at_ms"].as_i64().unwrap() > 1_700_000_000_000);
}
