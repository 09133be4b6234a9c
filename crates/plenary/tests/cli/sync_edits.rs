//! Both directions, every way in which editors save, and bytes that stay as they are.

use std::fs;
use std::io::Write;

use crate::harness::{Participant, Relay, check_exit, wait_until};

#[test]
fn two_files_follow_each_other() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"# Title\n\nOne.\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let _anna = anna.sync(draft.editor()).saved();
    anna.wait_for_text("# Title\n\nOne.\n");
    let _boris = boris.sync(draft.editor()).saved();
    boris.wait_for_text("# Title\n\nOne.\n");

    anna.write("# Title\n\nOne.\n\nTwo.\n");
    boris.wait_for_text("# Title\n\nOne.\n\nTwo.\n");
    boris.save_by_rename("# Title\n\nZero.\n\nOne.\n\nTwo.\n");
    anna.wait_for_text("# Title\n\nZero.\n\nOne.\n\nTwo.\n");
    wait_until("nothing is left beside the files", || {
        anna.folder() == ["report.md"] && boris.folder() == ["report.md"]
    });
}

#[test]
fn every_way_of_saving_is_noticed() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let _anna = anna.sync(draft.editor()).saved();
    let _boris = boris.sync(draft.editor()).saved();

    anna.write("in place\n");
    boris.wait_for_text("in place\n");
    anna.save_by_rename("by rename\n");
    boris.wait_for_text("by rename\n");
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(&anna.file)
        .unwrap();
    file.write_all(b"appended\n").unwrap();
    drop(file);
    boris.wait_for_text("by rename\nappended\n");
    fs::remove_file(&anna.file).unwrap();
    anna.write("deleted and made again\n");
    boris.wait_for_text("deleted and made again\n");
    // Backup by rename, then a new file: what some editors do.
    fs::rename(&anna.file, anna.file.with_extension("md~")).unwrap();
    anna.write("moved away and made again\n");
    boris.wait_for_text("moved away and made again\n");
}

#[test]
fn bytes_come_out_as_they_went_in() {
    let relay = Relay::start();
    for content in [
        "\u{feff}# Title\r\n\r\nText\r\n".as_bytes(),
        b"no final newline",
        b"mixed\nendings\r\nhere\n",
        b"   \n\n\n",
        "# \u{30bf}\u{30a4}\u{30c8}\u{30eb}\n\n\u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629} \u{1f600}\n".as_bytes(),
    ] {
        let draft = relay.new_draft(b"");
        let anna = Participant::with(content);
        check_exit(&anna.once(draft.editor(), &[]), 0);
        let boris = Participant::new();
        check_exit(&boris.once(draft.editor(), &[]), 0);
        assert_eq!(boris.read(), content);
        assert_eq!(anna.read(), content);
    }
}

#[test]
fn edits_keep_the_line_endings_of_the_file() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"one\r\ntwo\r\nthree\r\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let _anna = anna.sync(draft.editor()).saved();
    let _boris = boris.sync(draft.editor()).saved();
    anna.write("one\r\ntwo and a half\r\nthree\r\n");
    boris.wait_for_text("one\r\ntwo and a half\r\nthree\r\n");
}

#[cfg(unix)]
#[test]
fn mode_and_symbolic_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let real = anna.home.path().join("real.md");
    fs::write(&real, "start\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../real.md", &anna.file).unwrap();
    let _anna = anna.sync(draft.editor()).saved();
    let _boris = boris.sync(draft.editor()).saved();

    boris.write("from Boris\n");
    anna.wait_for_text("from Boris\n");
    assert!(fs::symlink_metadata(&anna.file).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "from Boris\n");
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    fs::write(&real, "through the back door\n").unwrap();
    boris.wait_for_text("through the back door\n");
}

#[test]
fn a_file_that_vanishes_is_written_again() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let sync = anna.sync(draft.editor()).saved();
    fs::remove_file(&anna.file).unwrap();
    anna.wait_for_text("start\n");
    sync.lines.wait_for("was gone and was written again");
    let boris = Participant::new();
    check_exit(&boris.once(draft.editor(), &[]), 0);
    assert_eq!(boris.text(), "start\n", "the draft was not touched");
}

#[test]
fn a_file_that_is_emptied_for_a_moment_empties_nothing() {
    let relay = Relay::start();
    let long = "A sentence of the report.\n".repeat(200);
    let draft = relay.new_draft(long.as_bytes());
    let (anna, boris) = (Participant::new(), Participant::new());
    let sync = anna.sync(draft.editor()).saved();
    let other = boris.sync(draft.editor()).saved();
    // An editor that takes its time between truncating and writing. This is what is observed, not
    // a wait for something.
    let mut file = fs::File::create(&anna.file).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    file.write_all(long.as_bytes()).unwrap();
    file.write_all(b"The end.\n").unwrap();
    drop(file);
    boris.wait_for_text(&format!("{long}The end.\n"));
    assert_eq!(sync.lines.count("emptied"), 0);
    other.lines.wait_for("Wrote the draft's changes");
    assert_eq!(
        other.lines.count("Wrote the draft's changes"),
        1,
        "the emptiness went nowhere"
    );
}

#[test]
fn a_file_that_stays_empty_is_an_edit_that_is_said_and_kept() {
    let relay = Relay::start();
    let long = "A sentence of the report.\n".repeat(50);
    let draft = relay.new_draft(long.as_bytes());
    let (anna, boris) = (Participant::new(), Participant::new());
    let sync = anna.sync(draft.editor()).saved();
    let _boris = boris.sync(draft.editor()).saved();
    anna.write("");
    boris.wait_for_text("");
    let said = sync.lines.wait_for("was emptied");
    let kept = anna.kept("before-large-removal");
    assert_eq!(kept.len(), 1);
    assert!(said.contains(&kept[0].display().to_string()), "{said}");
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), long);
}

#[test]
fn a_file_that_is_not_text_is_left_alone_and_said() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let sync = anna.sync(draft.editor()).saved();
    anna.write(b"caf\xe9\n");
    sync.lines.wait_for("not UTF-8");
    assert_eq!(anna.read(), b"caf\xe9\n");
    check_exit(
        &Participant::with(b"caf\xe9\n").once(draft.editor(), &["--ours", "--wait", "3"]),
        8,
    );
    anna.write("café\n");
    sync.lines.wait_for("can be used again");
    let boris = Participant::new();
    wait_until("the mended file arrives", || {
        check_exit(&boris.once(draft.editor(), &[]), 0);
        boris.text() == "café\n"
    });
}

#[test]
fn no_edit_is_lost_while_both_sides_write_at_once() {
    const ROUNDS: usize = 60;
    let relay = Relay::start();
    let draft = relay.new_draft(b"top\n\nmiddle\n\nend\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let a = anna.sync(draft.editor()).saved();
    let b = boris.sync(draft.editor()).saved();
    // An editor without locking: reads, changes, saves, over and over, in two ways. What it
    // overwrites itself (what arrived between its read and its save) is its own deletion, so each
    // writer only adds lines, and looks at the file again when a save of it went wrong.
    let add = |who: &Participant, anchor: &str, line: String, rename: bool| {
        let text = who.text();
        let changed = text.replacen(anchor, &format!("{anchor}{line}"), 1);
        if changed != text {
            if rename {
                who.save_by_rename(&changed);
            } else {
                who.write(&changed);
            }
        }
    };
    for round in 0..ROUNDS {
        add(&anna, "top\n", format!("anna-{round}-\n"), round % 2 == 0);
        add(&boris, "end\n", format!("boris-{round}-\n"), round % 2 == 1);
        std::thread::sleep(std::time::Duration::from_millis(7));
    }
    wait_until("both files are equal and at rest", || {
        a.lines
            .all()
            .last()
            .is_some_and(|line| line.contains("Saved"))
            && b.lines
                .all()
                .last()
                .is_some_and(|line| line.contains("Saved"))
            && anna.read() == boris.read()
    });
    let text = anna.text();
    for line in ["top", "middle", "end"] {
        assert_eq!(
            text.lines().filter(|found| *found == line).count(),
            1,
            "{line} in {text}"
        );
    }
    // Nothing is written twice, and the last line of each writer is there: nobody could have
    // removed it.
    for who in ["anna", "boris"] {
        let last = format!("{who}-{}-", ROUNDS - 1);
        assert!(text.contains(&last), "{last} in {text}");
        for round in 0..ROUNDS {
            let line = format!("{who}-{round}-");
            assert!(text.matches(&line).count() <= 1, "{line} twice in {text}");
        }
    }
}

/// When somebody works can tell who they are: what is typed into a file says no time of its own.
#[test]
fn changes_do_not_say_when_they_were_made() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let mut sync = anna.sync(draft.editor()).saved();
    anna.wait_for_text("start\n");
    let saved = |sync: &crate::harness::Sync| sync.lines.count("Saved on the server");
    let before = saved(&sync);
    anna.write("start, and more\n");
    wait_until("it is saved again", || saved(&sync) > before);
    sync.end();
    let bundle = anna.file.with_extension("plenary");
    let exported = relay
        .command()
        .args(["export", draft.editor(), "--to", "bundle", "-o"])
        .arg(&bundle)
        .output()
        .expect("plenary runs");
    check_exit(&exported, 0);
    let bytes = fs::read(&bundle).expect("a bundle");
    let read = plenary_draft::Bundle::from_bytes(&bytes, &plenary_draft::BundleLimits::default());
    let text = read.expect("a sound bundle").draft.text.document;
    let changes = text.get_changes(&[]);
    let [_, .., newest] = &changes[..] else {
        panic!("the draft's beginning and what she typed: {changes:?}");
    };
    assert_eq!(newest.timestamp(), 0);
}
