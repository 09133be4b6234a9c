//! Word documents on this machine, with a script in the place of pandoc.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::harness::{Relay, check_exit, run, text};

const SCRIPT: &str = r#"#!/bin/sh
case "$*" in *"--from markdown"*) printf 'A *line*.\n'; exit 0;; esac
if grep -q damaged; then exit 63; fi
echo 'plenary-pictures 2' >&2
printf -- '---\ntitle: Out of Word\n---\n\nText.\n'
"#;

/// The path of a script in the place of pandoc.
fn pandoc(relay: &Relay) -> PathBuf {
    let path = relay.home.path().join("pandoc");
    fs::write(&path, SCRIPT).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("written");
    path
}

fn document(relay: &Relay, content: &str) -> PathBuf {
    let path = relay.home.path().join("A report.DOCX");
    fs::write(&path, format!("PK\u{3}\u{4}{content}")).expect("written");
    path
}

#[test]
fn a_word_document_begins_a_draft() {
    let relay = Relay::start();
    let (pandoc, word) = (pandoc(&relay), document(&relay, "words"));
    let mut import = relay.command();
    import.env("PLENARY_PANDOC", &pandoc);
    import.args(["import", "--server", &relay.url, "--json"]);
    let output = run(import.arg(&word));
    check_exit(&output, 0);
    let draft: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(draft["title"], "Out of Word");
    assert!(text(&output.stderr).contains("2 pictures were left out"));
    let mut new = relay.command();
    new.env("PLENARY_PANDOC", &pandoc);
    new.args(["new", "Another", "--server", &relay.url, "--json", "--from"]);
    let output = run(new.arg(&word));
    check_exit(&output, 0);
    let draft: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(draft["title"], "Another");
    let mut export = relay.command();
    export.args(["export", draft["links"]["editor"].as_str().unwrap()]);
    let output = run(export.args(["--to", "md", "--output", "-"]));
    check_exit(&output, 0);
    assert_eq!(
        text(&output.stdout),
        "---\ntitle: Out of Word\n---\n\nText.\n"
    );
}

#[test]
fn without_pandoc_or_with_a_damaged_document_nothing_is_created() {
    let relay = Relay::start();
    let import = |content: &str, variable: Option<PathBuf>| {
        let word = document(&relay, content);
        let mut import = relay.command();
        if let Some(pandoc) = variable {
            import.env("PLENARY_PANDOC", pandoc);
        }
        import.args(["import", "--server", &relay.url]);
        let output = run(import.arg(&word));
        check_exit(&output, 8);
        assert!(output.stdout.is_empty());
        text(&output.stderr)
    };
    // The tests' programs have no PATH.
    let absent = import("words", None);
    assert!(
        absent.contains("takes pandoc, which is not on the PATH"),
        "{absent}"
    );
    let nowhere = relay.home.path().join("nothing");
    let wrong = import("words", Some(nowhere));
    assert!(wrong.contains("cannot be run"), "{wrong}");
    let damaged = import("damaged", Some(pandoc(&relay)));
    assert!(damaged.contains("not a Word document"), "{damaged}");
}

#[test]
fn a_pandoc_that_was_named_has_to_work() {
    let home = tempfile::tempdir().unwrap();
    let mut serve = crate::harness::plenary(home.path());
    serve.args(["serve", "--listen", "127.0.0.1:0", "--pandoc", "/nothing"]);
    let output = run(&mut serve);
    check_exit(&output, 2);
    assert!(text(&output.stderr).contains("/nothing cannot be run"));
}
