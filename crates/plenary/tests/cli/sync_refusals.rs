//! What is refused, with which words and codes, and what happens to the words of the file.

use std::fs;

use crate::harness::{Participant, Relay, check_exit, plenary, run, text};

#[test]
fn links_that_only_read_are_refused_before_anything_is_written() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"secret\n");
    for role in ["viewer", "reviewer"] {
        for content in [None, Some("mine\n")] {
            let anna = content.map_or_else(Participant::new, |content| {
                Participant::with(content.as_bytes())
            });
            let output = anna.once(draft.link(role), &[]);
            check_exit(&output, 5);
            assert!(
                text(&output.stderr).contains("editor's link"),
                "{}",
                text(&output.stderr)
            );
            assert_eq!(fs::read_to_string(&anna.file).ok().as_deref(), content);
        }
    }
    let boris = Participant::new();
    let mut sync = boris.sync(draft.link("reviewer"));
    assert_eq!(sync.wait(), Some(5));
    check_exit(&Participant::new().once(draft.link("facilitator"), &[]), 0);
}

#[test]
fn what_a_role_refuses_is_kept_in_a_file_and_the_users_file_stays() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    anna.write("start\nwritten offline\n");
    let output = anna.once(draft.link("reviewer"), &[]);
    check_exit(&output, 5);
    let kept = anna.kept("refused-");
    let readable = kept
        .iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "md"))
        .unwrap();
    assert_eq!(
        fs::read_to_string(readable).unwrap(),
        "start\nwritten offline\n"
    );
    assert!(
        text(&output.stderr).contains(&readable.display().to_string()),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(anna.text(), "start\nwritten offline\n");

    // With a link that may write, file and draft meet anew and nothing is decided silently.
    check_exit(&anna.once(draft.editor(), &[]), 4);
    check_exit(&anna.once(draft.editor(), &["--ours"]), 0);
    let boris = Participant::new();
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "start\nwritten offline\n");
}

#[test]
fn links_that_open_nothing_are_refused() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let other = relay.new_draft(b"other\n");
    let anna = Participant::with(b"mine\n");
    let (page, _) = draft.editor().split_once('#').unwrap();
    let (_, foreign) = other.editor().split_once('#').unwrap();
    for link in [format!("{page}#{foreign}"), format!("{page}#abc")] {
        let output = anna.once(&link, &[]);
        check_exit(&output, 5);
    }
    for link in [page, "report.md", "http://", "https://example.org/d/abc#x"] {
        let output = anna.once(link, &[]);
        check_exit(&output, 8);
    }
    assert_eq!(anna.text(), "mine\n");
}

#[test]
fn two_programs_do_not_share_one_file() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let _first = anna.sync(draft.editor()).saved();
    let output = anna.once(draft.editor(), &[]);
    check_exit(&output, 6);
    assert!(text(&output.stderr).contains("another `plenary sync`"));
}

#[test]
fn a_damaged_state_is_said_and_stays() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    let state = anna.kept("copy.plenary-state");
    assert_eq!(state.len(), 1);
    let mut bytes = fs::read(&state[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&state[0], &bytes).unwrap();
    anna.write("start\nmore\n");
    let output = anna.once(draft.editor(), &[]);
    check_exit(&output, 7);
    assert!(text(&output.stderr).contains(&state[0].display().to_string()));
    assert_eq!(fs::read(&state[0]).unwrap(), bytes);
    assert_eq!(anna.text(), "start\nmore\n");
}

#[test]
fn a_folder_or_a_missing_folder_is_no_file() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    for path in [
        anna.home.path().to_owned(),
        anna.home.path().join("no/such/folder.md"),
    ] {
        let output = run(plenary(anna.home.path())
            .args(["sync", "--once", draft.editor()])
            .arg(path));
        check_exit(&output, 8);
    }
}
