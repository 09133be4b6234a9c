//! `serve`, `new`, `import`, `backup`, `restore`.

use std::fs;

use sha2::{Digest, Sha256};

use crate::harness::{Participant, Relay, check_exit, plenary, run, text};

#[test]
fn serve_prints_its_address_first_and_ends_in_good_order() {
    let mut relay = Relay::start();
    assert!(relay.url.starts_with("http://127.0.0.1:"), "{}", relay.url);
    assert!(!relay.url.ends_with(":0"));
    assert!(
        relay.home.path().join("data").join("plenary").is_dir(),
        "the user's data folder"
    );
    assert_eq!(relay.stop().code(), Some(0));
}

#[test]
fn a_data_folder_belongs_to_one_server() {
    let relay = Relay::start();
    let output = run(relay.command().args(["serve", "--listen", "127.0.0.1:0"]));
    check_exit(&output, 6);
    assert!(text(&output.stdout).is_empty());
}

#[test]
fn open_access_for_others_has_to_be_insisted_on() {
    let home = tempfile::tempdir().unwrap();
    let output =
        run(plenary(home.path()).args(["serve", "--listen", "0.0.0.0:0", "--access", "open"]));
    check_exit(&output, 2);
    assert!(text(&output.stderr).contains("--insist-open"));
}

#[test]
fn new_prints_links_for_people_and_an_object_for_programs() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"# Hello\n").0;
    let keys: Vec<&str> = draft
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        ["document_id", "links", "server", "sync_url", "title"]
    );
    let roles: Vec<&str> = draft["links"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(roles, ["editor", "facilitator", "reviewer", "viewer"]);
    assert_eq!(draft["title"], "A draft");
    assert_eq!(draft["server"], relay.url.as_str());
    assert!(
        draft["sync_url"]
            .as_str()
            .unwrap()
            .starts_with("ws://127.0.0.1:")
    );

    let output = run(relay
        .command()
        .args(["new", "Another", "--server", &relay.url]));
    check_exit(&output, 0);
    let said = text(&output.stdout);
    for word in ["Facilitate", "Edit", "Review", "Read", "plenary sync"] {
        assert!(said.contains(word), "{word} in {said}");
    }
}

#[test]
fn new_begins_with_a_template() {
    let relay = Relay::start();
    let output = run(relay.command().args([
        "new",
        "Ours",
        "--template",
        "best-practices-report",
        "--server",
        &relay.url,
        "--json",
    ]));
    check_exit(&output, 0);
    let draft: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let anna = Participant::new();
    check_exit(
        &anna.once(draft["links"]["editor"].as_str().unwrap(), &[]),
        0,
    );
    assert_eq!(
        anna.read(),
        include_bytes!("../../templates/best-practices-report.md")
    );
}

#[test]
fn new_begins_in_a_language() {
    let relay = Relay::start();
    let create = |arguments: &[&str]| {
        let common = ["new", "Le nôtre", "--server", &relay.url, "--json"];
        let output = run(relay.command().args(common).args(arguments));
        check_exit(&output, 0);
        let draft: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        draft["links"]["editor"].as_str().unwrap().to_owned()
    };
    let link = create(&["--template", "best-practices-report", "--language", "fr"]);
    let anna = Participant::new();
    check_exit(&anna.once(&link, &[]), 0);
    assert_eq!(
        anna.read(),
        include_bytes!("../../templates/best-practices-report.fr.md")
    );

    let link = create(&["--language", "AR"]);
    let output = run(relay
        .command()
        .args(["export", &link, "--to", "html", "--output", "-"]));
    check_exit(&output, 0);
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\""), "{page}");
}

#[test]
fn new_says_what_is_wrong_and_creates_nothing() {
    let relay = Relay::start();
    let home = relay.home.path();
    fs::write(home.join("latin.md"), b"caf\xe9").unwrap();
    let latin = home.join("latin.md").display().to_string();
    for (arguments, code) in [
        (vec!["new", " ", "--server", &relay.url], 8),
        (
            vec!["new", "A", "--server", &relay.url, "--language", "tlh"],
            2,
        ),
        (
            vec![
                "new",
                "A",
                "--server",
                &relay.url,
                "--language",
                "fr",
                "--from",
                "a.plenary",
            ],
            8,
        ),
        (vec!["new", "Title", "--server", "http://127.0.0.1:1"], 3),
        (vec!["new", "Title", "--server", "nonsense"], 8),
        (
            vec![
                "new",
                "Title",
                "--from",
                "/no/such/file.md",
                "--server",
                &relay.url,
            ],
            8,
        ),
        (
            vec!["new", "Title", "--from", &latin, "--server", &relay.url],
            8,
        ),
    ] {
        let output = run(relay.command().args(&arguments));
        check_exit(&output, code);
        assert!(text(&output.stdout).is_empty());
    }
}

#[test]
fn a_backup_brings_everything_back() {
    let mut relay = Relay::start();
    let draft = relay.new_draft(b"precious\n");
    let file = relay.home.path().join("drafts.backup");
    let output = run(relay.command().arg("backup").arg(&file));
    check_exit(&output, 0);
    assert!(
        text(&output.stdout).contains("1 draft"),
        "{}",
        text(&output.stdout)
    );
    // It does not overwrite.
    check_exit(&run(relay.command().arg("backup").arg(&file)), 8);
    relay.stop();
    let data = relay.home.path().join("data").join("plenary");
    fs::rename(&data, data.with_extension("lost")).unwrap();
    check_exit(&run(relay.command().arg("restore").arg(&file)), 0);
    relay.restart();
    let anna = Participant::new();
    check_exit(&anna.once(draft.editor(), &[]), 0);
    assert_eq!(anna.text(), "precious\n");
}

#[test]
fn a_rendered_draft_may_have_no_style_but_its_own() {
    let relay = Relay::start();
    let source = "---\nversion: </style><style>\n---\n# Hello\n\n<style>p{color:red}</style>\n";
    let draft = relay.new_draft(source.as_bytes());
    let id = draft.0["document_id"].as_str().unwrap();
    let secret = draft.link("viewer").split_once('#').unwrap().1;
    let path = format!("/api/v1/drafts/{id}/html");
    let (head, html) = relay.ask("GET", &path, secret, "");
    let policy = head
        .lines()
        .find_map(|line| line.strip_prefix("content-security-policy: "))
        .unwrap();
    let styles = policy
        .split(';')
        .find_map(|part| part.trim().strip_prefix("style-src "))
        .unwrap();
    let mut allowed: Vec<&str> = styles.split(' ').collect();
    for style in html.split("<style>").skip(1) {
        let style = style.split("</style>").next().unwrap();
        let hash = format!("'sha256-{}'", base64(&Sha256::digest(style)));
        let at = allowed.iter().position(|source| *source == hash);
        allowed.remove(at.unwrap_or_else(|| panic!("{hash} is missing in {policy}")));
    }
    assert!(allowed.is_empty(), "no page needs {allowed:?}");
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut text: String = bits
        .as_bytes()
        .chunks(6)
        .map(|six| {
            let value = format!("{:0<6}", std::str::from_utf8(six).expect("six bits"));
            char::from(ALPHABET[usize::from_str_radix(&value, 2).expect("six bits")])
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
