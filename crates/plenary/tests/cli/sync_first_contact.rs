//! File and draft meet for the first time.

use std::fs;

use crate::harness::{Participant, Relay, check_exit, text};

#[test]
fn two_versions_are_not_mixed_unless_somebody_says_which_one_counts() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"what the draft has\n");
    let anna = Participant::with(b"what the file has\n");
    let output = anna.once(draft.editor(), &[]);
    check_exit(&output, 4);
    let said = text(&output.stderr);
    assert!(
        said.contains("--ours") && said.contains("--theirs"),
        "{said}"
    );
    assert_eq!(anna.text(), "what the file has\n");
    let boris = Participant::new();
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "what the draft has\n");
}

#[test]
fn theirs_takes_the_draft_and_keeps_the_file_in_a_copy() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"what the draft has\n");
    let anna = Participant::with(b"what the file has\n");
    let output = anna.once(draft.editor(), &["--theirs"]);
    check_exit(&output, 0);
    assert_eq!(anna.text(), "what the draft has\n");
    let kept = anna.kept("file-before-theirs");
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), "what the file has\n");
    assert!(text(&output.stdout).contains(&kept[0].display().to_string()));
}

#[test]
fn ours_takes_the_file_and_keeps_the_draft_in_a_copy() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"what the draft has\n");
    let anna = Participant::with(b"what the file has\n");
    let output = anna.once(draft.editor(), &["--ours"]);
    check_exit(&output, 0);
    assert_eq!(anna.text(), "what the file has\n");
    let kept = anna.kept("draft-before-ours");
    assert_eq!(kept.len(), 1);
    assert_eq!(
        fs::read_to_string(&kept[0]).unwrap(),
        "what the draft has\n"
    );
    assert!(text(&output.stdout).contains(&kept[0].display().to_string()));
    let boris = Participant::new();
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "what the file has\n");
}

#[test]
fn an_empty_side_takes_the_other_one_without_asking() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"");
    let anna = Participant::with(b"# From the file\n");
    check_exit(&anna.once(draft.editor(), &[]), 0);
    let boris = Participant::with(b"");
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "# From the file\n");
}

#[test]
fn equal_sides_are_just_equal() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"the same\n");
    let anna = Participant::with(b"the same\n");
    check_exit(&anna.once(draft.editor(), &[]), 0);
    check_exit(&anna.once(draft.0["sync_url"].as_str().unwrap(), &[]), 0);
    assert_eq!(anna.text(), "the same\n");
}
