//! With scripts in the place of pandoc; the real one is tried in `tests/export/word.mjs`.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// What every stand-in answers when it is tried.
const PROBE: &str = r#"case "$*" in *"--from markdown"*) printf 'A *line*.\n'; exit 0;; esac"#;

struct StandIn {
    folder: tempfile::TempDir,
}

impl StandIn {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pandoc");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        let may_run = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, may_run).expect("may run");
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("pandoc")
    }

    async fn found(&self, limits: WordLimits) -> Pandoc {
        let found = Pandoc::find(Some(&self.path()), limits).await;
        found.expect("it works").expect("it was named")
    }
}

fn document() -> Bytes {
    Bytes::from_static(b"PK\x03\x04 and more")
}

async fn convert(script: &str, limits: WordLimits) -> Result<Converted, ConvertError> {
    let stand_in = StandIn::new(&format!("{PROBE}\n{script}"));
    let pandoc = stand_in.found(limits).await;
    let place = pandoc.place().expect("a place");
    pandoc.convert(place, document()).await
}

#[tokio::test]
async fn what_pandoc_says_is_taken_and_its_pictures_are_counted() {
    let script = "cat >&2; echo >&2; echo 'plenary-pictures 3' >&2; printf '# One\\n'";
    let converted = convert(script, WordLimits::default()).await;
    let expected = Converted {
        markdown: "# One\n".into(),
        pictures: 3,
    };
    assert_eq!(converted, Ok(expected));
}

#[tokio::test]
async fn it_runs_in_an_empty_folder_and_environment() {
    let script = "env | sed 's/=.*//' | sort | tr '\\n' ' '; ls; cat >/dev/null";
    let converted = convert(script, WordLimits::default()).await.expect("said");
    let words: Vec<&str> = converted.markdown.split_whitespace().collect();
    // The shell itself sets PWD and such.
    assert!(words.contains(&"LANG"), "{words:?}");
    assert!(words.contains(&FILTER_NAME), "{words:?}");
    for theirs in ["HOME", "PATH", "CARGO_MANIFEST_DIR", "USER"] {
        assert!(!words.contains(&theirs), "{theirs} in {words:?}");
    }
}

#[tokio::test]
async fn who_takes_too_long_is_ended_with_all_that_they_started() {
    let mark = tempfile::tempdir().expect("a folder");
    let pid = mark.path().join("pid");
    let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
    let limits = WordLimits {
        time: Duration::from_secs(1),
        ..WordLimits::default()
    };
    let refused = convert(&script, limits).await;
    assert_eq!(refused, Err(ConvertError::TooLong(Duration::from_secs(1))));
    let pid = std::fs::read_to_string(pid).expect("it had started");
    let process = PathBuf::from(format!("/proc/{}/cmdline", pid.trim()));
    let is_asleep =
        || std::fs::read_to_string(&process).is_ok_and(|command| command.starts_with("sleep"));
    while is_asleep() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn who_says_too_much_is_ended() {
    let limits = WordLimits {
        markdown_bytes: 100_000,
        ..WordLimits::default()
    };
    let refused = convert("yes", limits).await;
    assert_eq!(refused, Err(ConvertError::TooMuch(100_000)));
    // Remarks without end are not kept, and do not hold it up.
    let script = "head -c 3000000 /dev/zero >&2; printf done";
    let converted = convert(script, WordLimits::default()).await;
    assert_eq!(converted.expect("said").markdown, "done");
}

#[tokio::test]
async fn failures_and_garbage_are_told() {
    let refused = convert("cat >/dev/null; exit 63", WordLimits::default()).await;
    assert_eq!(refused, Err(ConvertError::NotWord));
    for garbage in ["printf '\\377\\376'", "printf 'a\\000b'"] {
        let refused = convert(garbage, WordLimits::default()).await;
        assert_eq!(refused, Err(ConvertError::Garbled), "{garbage}");
    }
    let stand_in = StandIn::new(PROBE);
    let pandoc = stand_in.found(WordLimits::default()).await;
    let place = pandoc.place().expect("a place");
    let refused = pandoc.convert(place, Bytes::from_static(b"%PDF-1.7")).await;
    assert_eq!(refused, Err(ConvertError::NotWord));
}

#[tokio::test]
async fn who_comes_beyond_the_places_is_sent_away() {
    let stand_in = StandIn::new(&format!("{PROBE}\nprintf x"));
    let limits = WordLimits {
        at_once: 1,
        waiting: 1,
        ..WordLimits::default()
    };
    let pandoc = stand_in.found(limits).await;
    let (one, two) = (pandoc.place(), pandoc.place());
    assert!(one.is_some() && two.is_some());
    assert!(pandoc.place().is_none());
    drop(one);
    assert!(pandoc.place().is_some());
}

#[tokio::test]
async fn what_is_no_pandoc_is_not_taken_for_one() {
    let stand_in = StandIn::new("echo pandoc 1.0");
    let found = Pandoc::find(Some(&stand_in.path()), WordLimits::default()).await;
    let error = found.expect_err("it does not convert");
    assert!(matches!(error, PandocError::Unusable { .. }), "{error}");
    let nowhere = stand_in.folder.path().join("nothing");
    let found = Pandoc::find(Some(&nowhere), WordLimits::default()).await;
    let error = found.expect_err("there is nothing");
    assert!(matches!(error, PandocError::NotRun { .. }), "{error}");
}

#[tokio::test]
async fn a_build_that_takes_no_memory_limit_is_used_without() {
    let script = r#"case "$*" in *RTS*) exit 1;; esac"#;
    let stand_in = StandIn::new(&format!("{script}\n{PROBE}"));
    let pandoc = stand_in.found(WordLimits::default()).await;
    assert!(!pandoc.limits_memory());
    let willing = StandIn::new(PROBE).found(WordLimits::default()).await;
    assert!(willing.limits_memory());
}
