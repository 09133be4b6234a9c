//! `kill -9` in the middle of everything.

use std::collections::BTreeSet;

use crate::harness::{Participant, Relay, wait_until};

/// Appends a line to the file as an editor would, in the ways that editors have.
fn add(who: &Participant, line: &str, round: usize) {
    let mut text = who.text();
    text.push_str(line);
    text.push('\n');
    if round.is_multiple_of(2) {
        who.save_by_rename(text);
    } else {
        who.write(text);
    }
}

#[test]
fn killed_at_any_time_it_neither_loses_nor_repeats() {
    const ROUNDS: usize = 25;
    let relay = Relay::start();
    let draft = relay.new_draft(b"# Anna\n\n# Boris\n");
    let (anna, boris) = (Participant::new(), Participant::new());
    let _boris_sync = boris.sync(draft.editor()).saved();
    anna.sync(draft.editor()).saved().end();
    let mut written = BTreeSet::new();
    for round in 0..ROUNDS {
        // Both sides change while Anna's program is killed at another moment in each round.
        let mut sync = anna.sync(draft.editor());
        let lines = sync.lines.clone();
        for part in 0..3 {
            let line = format!("a-{round}-{part}.");
            add(&anna, &line, round + part);
            written.insert(line);
            let mut text = boris.text();
            let line = format!("b-{round}-{part}.\n");
            text = text.replacen("# Anna\n", &format!("# Anna\n{line}"), 1);
            boris.save_by_rename(text);
        }
        match round % 5 {
            0 => wait_until("it took something in", || lines.count("Took in") > 0),
            1 => wait_until("it wrote something", || lines.count("Wrote") > 0),
            2 => wait_until("it is connected", || lines.count("Connected") > 0),
            _ => std::thread::sleep(std::time::Duration::from_millis(37 * (round as u64 % 7))),
        }
        sync.kill();
    }
    let last = anna.sync(draft.editor());
    wait_until("both files are equal", || {
        last.lines
            .all()
            .last()
            .is_some_and(|line| line.contains("Saved"))
            && anna.read() == boris.read()
    });
    let text = anna.text();
    assert_eq!(text.matches("# Anna").count(), 1, "{text}");
    assert_eq!(text.matches("# Boris").count(), 1, "{text}");
    for round in 0..ROUNDS {
        for part in 0..3 {
            for who in ["a", "b"] {
                let line = format!("{who}-{round}-{part}.");
                assert!(text.matches(&line).count() <= 1, "{line} twice in {text}");
            }
        }
    }
    // Anna appends to what she has just read. Her own program may replace the file between her
    // reading and her saving, which makes her take back what it wrote; it never takes hers.
    let last_of_anna = format!("a-{}-2.", ROUNDS - 1);
    assert!(text.contains(&last_of_anna), "{text}");
    assert!(
        written
            .iter()
            .filter(|line| text.contains(line.as_str()))
            .count()
            >= ROUNDS,
        "{text}"
    );
}

#[test]
fn a_relay_that_is_killed_has_what_it_said_was_saved() {
    let mut relay = Relay::start();
    let draft = relay.new_draft(b"start\n");
    let anna = Participant::new();
    let sync = anna.sync(draft.editor()).saved();
    let mut text = "start\n".to_owned();
    for round in 0..3 {
        let saved = sync.lines.count("Saved on the server");
        text.push_str(&format!("line {round}\n"));
        anna.write(&text);
        wait_until("it is saved", || {
            sync.lines.count("Saved on the server") > saved
        });
        relay.kill();
        relay.restart();
        let boris = Participant::new();
        let output = boris.once(draft.editor(), &[]);
        crate::harness::check_exit(&output, 0);
        assert_eq!(boris.text(), text);
    }
}
