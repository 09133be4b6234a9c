//! `export` and `history`.

use std::fs;

use crate::harness::{Participant, Relay, Sync, check_exit, plenary, run, text, wait_until};

#[test]
fn a_plain_file_becomes_html_without_any_server() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("report.md");
    fs::write(&file, "# Title\n\nText <script>alert(1)</script>\n").unwrap();
    let output = run(plenary(home.path())
        .arg("export")
        .arg(&file)
        .args(["--to", "html", "--output", "-"]));
    check_exit(&output, 0);
    let html = text(&output.stdout);
    assert!(
        html.contains("<title>Title") && !html.contains("<script"),
        "{html}"
    );
    let again = run(plenary(home.path())
        .arg("export")
        .arg(&file)
        .args(["--to", "html", "-o", "-"]));
    assert_eq!(
        output.stdout, again.stdout,
        "the same input gives the same bytes"
    );
}

#[test]
fn several_formats_go_to_files_named_after_the_source() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("report.md");
    let source = b"\xef\xbb\xbf# Title\r\n\r\nText";
    fs::write(&file, source).unwrap();
    let output = run(plenary(home.path()).current_dir(home.path()).args([
        "export",
        "report.md",
        "--to",
        "html,md",
        "--output",
        "out.x",
    ]));
    check_exit(&output, 0);
    assert_eq!(fs::read(home.path().join("out.md")).unwrap(), source);
    assert!(
        fs::read_to_string(home.path().join("out.html"))
            .unwrap()
            .contains("Title")
    );
    let output = run(plenary(home.path()).current_dir(home.path()).args([
        "export",
        "report.md",
        "--to",
        "html",
    ]));
    check_exit(&output, 0);
    assert!(home.path().join("report.html").is_file());
    // The source itself is never overwritten.
    let output = run(plenary(home.path()).current_dir(home.path()).args([
        "export",
        "report.md",
        "--to",
        "md",
    ]));
    check_exit(&output, 8);
    assert_eq!(fs::read(&file).unwrap(), source);
}

#[test]
fn findings_have_a_place_and_a_json_form() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("report.md");
    fs::write(&file, "# Title\n\nSee @sec:nowhere.\n").unwrap();
    let output = run(plenary(home.path())
        .arg("export")
        .arg(&file)
        .args(["--to", "html", "-o", "-"]));
    check_exit(&output, 0);
    let said = text(&output.stderr);
    assert!(said.contains("report.md:3:"), "{said}");
    let output = run(plenary(home.path()).arg("export").arg(&file).args([
        "--to",
        "html",
        "-o",
        "-",
        "--warnings",
        "json",
    ]));
    let line: serde_json::Value =
        serde_json::from_str(text(&output.stderr).lines().next().unwrap()).unwrap();
    assert_eq!(line["line"], 3);
    assert!(line["file"].as_str().unwrap().ends_with("report.md"));
}

#[test]
fn what_cannot_be_exported_is_said() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("latin.md");
    fs::write(&file, b"caf\xe9").unwrap();
    let file = file.display().to_string();
    for (arguments, code) in [
        (vec!["export", "/no/such.md", "--to", "html"], 8),
        (vec!["export", &file, "--to", "html", "-o", "-"], 8),
        (vec!["export", &file, "--to", "bundle"], 8),
        (vec!["export", &file, "--to", "md", "--at", "00"], 8),
        (vec!["export", &file, "--to", "md,html", "-o", "-"], 2),
        (vec!["export", "http://127.0.0.1:1/d/x#y", "--to", "md"], 8),
    ] {
        let output = run(plenary(home.path()).args(&arguments));
        check_exit(&output, code);
    }
}

#[test]
fn a_watched_file_is_exported_at_each_save() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("report.md");
    let html = home.path().join("report.html");
    fs::write(&file, "# First\n").unwrap();
    let sync = Sync::start(
        plenary(home.path())
            .arg("export")
            .arg(&file)
            .args(["--to", "html", "--watch", "-o"])
            .arg(&html),
    );
    sync.errors.wait_for("Watching");
    for word in ["Second", "Third"] {
        fs::write(home.path().join("new"), format!("# {word}\n")).unwrap();
        fs::rename(home.path().join("new"), &file).unwrap();
        wait_until("the page follows", || {
            fs::read_to_string(&html).is_ok_and(|html| html.contains(word))
        });
    }
}

#[test]
fn every_link_gives_the_present_text() {
    let relay = Relay::start();
    let source = b"\xef\xbb\xbf# Title\r\n\r\nText";
    let draft = relay.new_draft(source);
    let mut pages = Vec::new();
    for role in ["viewer", "reviewer", "editor", "facilitator"] {
        let output =
            run(relay
                .command()
                .args(["export", draft.link(role), "--to", "md", "-o", "-"]));
        check_exit(&output, 0);
        assert_eq!(output.stdout, source, "{role}");
        let output =
            run(relay
                .command()
                .args(["export", draft.link(role), "--to", "html", "-o", "-"]));
        check_exit(&output, 0);
        let hash = plenary_export::source_sha256(source);
        let page = text(&output.stdout);
        assert!(
            page.contains("Title") && page.contains(&hash),
            "{role}: {page}"
        );
        pages.push(output.stdout);
    }
    // What the relay rendered for the viewer is what the command renders for the others.
    pages.dedup();
    assert_eq!(pages.len(), 1);
    let both = relay.home.path().join("both.x");
    let output = run(relay.command().args([
        "export",
        draft.link("viewer"),
        "--to",
        "html,md",
        "--front-matter",
        "--output",
        &both.display().to_string(),
    ]));
    check_exit(&output, 0);
    assert_eq!(fs::read(both.with_extension("html")).unwrap(), pages[0]);
    let markdown = fs::read_to_string(both.with_extension("md")).unwrap();
    assert!(
        markdown.contains("draft: ") && markdown.ends_with("Text"),
        "{markdown}"
    );
    check_exit(
        &run(relay
            .command()
            .args(["export", draft.link("viewer"), "--to", "bundle"])),
        5,
    );
    check_exit(
        &run(relay.command().args(["history", draft.link("viewer")])),
        5,
    );
}

#[test]
fn a_bundle_holds_the_history_and_becomes_a_draft_elsewhere() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"first\n");
    let anna = Participant::new();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    anna.write("first\nsecond\n");
    check_exit(&anna.once(draft.editor(), &[]), 0);

    let bundle = relay.home.path().join("report.plenary");
    let output = run(relay
        .command()
        .args(["export", draft.editor(), "--to", "bundle", "--output"])
        .arg(&bundle));
    check_exit(&output, 0);
    let output = run(relay.command().arg("history").arg(&bundle).arg("--json"));
    check_exit(&output, 0);
    let entries: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(entries.len() >= 2, "{entries:?}");
    // Some state of the history has the first text alone.
    let texts: Vec<String> = entries
        .iter()
        .map(|entry| {
            let heads: Vec<&str> = entry["heads"]
                .as_array()
                .unwrap()
                .iter()
                .map(|head| head.as_str().unwrap())
                .collect();
            let output = run(relay.command().arg("export").arg(&bundle).args([
                "--to",
                "md",
                "-o",
                "-",
                "--at",
                &heads.join(","),
            ]));
            check_exit(&output, 0);
            text(&output.stdout)
        })
        .collect();
    assert!(texts.contains(&"first\n".to_owned()), "{texts:?}");
    assert!(texts.contains(&"first\nsecond\n".to_owned()), "{texts:?}");

    let elsewhere = Relay::start();
    let output = run(elsewhere.command().arg("import").arg(&bundle).args([
        "--server",
        &elsewhere.url,
        "--json",
    ]));
    check_exit(&output, 0);
    let imported: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let boris = Participant::new();
    check_exit(
        &boris.once(imported["links"]["editor"].as_str().unwrap(), &[]),
        0,
    );
    assert_eq!(boris.text(), "first\nsecond\n");
    let output = run(elsewhere
        .command()
        .args(["history", imported["links"]["editor"].as_str().unwrap()]));
    check_exit(&output, 0);
}
