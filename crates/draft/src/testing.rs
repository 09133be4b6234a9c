//! Helpers for this crate's own tests.

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use std::path::{Path, PathBuf};

/// A random source that gives the same numbers in every run.
pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Compares `made` with a committed file; with `PLENARY_UPDATE_FIXTURES` set, writes the file.
#[allow(
    clippy::disallowed_methods,
    reason = "tests read and write their fixtures; the core does not"
)]
pub(crate) fn check_fixture(path: impl AsRef<Path>, made: &[u8]) {
    let path = path.as_ref();
    if std::env::var("PLENARY_UPDATE_FIXTURES").is_ok() {
        std::fs::write(path, made).unwrap();
    }
    let stored = std::fs::read(path).unwrap_or_default();
    assert!(
        stored == made,
        "{} differs from what is made now; if that is meant, set PLENARY_UPDATE_FIXTURES=1",
        path.display()
    );
}

/// The Markdown reports of the corpus, or none with a line that says so.
#[allow(
    clippy::disallowed_methods,
    reason = "tests read the corpus; the core does no I/O"
)]
pub(crate) fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(std::env::var_os("PLENARY_CORPUS").unwrap_or_default());
    let mut reports = Vec::new();
    for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "md")
            && let Ok(bytes) = std::fs::read(&path)
        {
            reports.push((path, bytes));
        }
    }
    reports.sort();
    if reports.is_empty() {
        println!(
            "skipped: no reports in {} (set PLENARY_CORPUS); 0 checked",
            root.display()
        );
    } else {
        println!("{} reports of the corpus", reports.len());
    }
    reports
}

/// Markdown with all that the scanner distinguishes, with any line endings.
pub(crate) fn markdown() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let line = prop_oneof![
        3 => Just(String::new()),
        3 => "[a-zé😀 ]{0,30}",
        2 => "#{1,7} ?[a-z]{0,6}",
        1 => "[`~]{3,4}[a-z]{0,2}",
        1 => " {0,5}([-*+]|[0-9]\\.) ?[a-z]{0,8}",
        1 => "[-=*_]{1,4}",
        1 => "\\| ?[a-z]{0,4} ?\\|",
        1 => "<(!--|/?div|pre|\\?)? ?[a-z]{0,4}>?(-->)?",
        1 => "\\[\\^1\\]: [a-z]{0,5}",
        1 => "[>:{] ?[a-z]{0,5}",
        1 => "[a-z ]{400,700}",
        1 => " {1,6}[a-z]{1,9}",
    ];
    let ending = prop_oneof![12 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\r"), 1 => Just("")];
    (
        prop_oneof![9 => Just(""), 1 => Just("\u{feff}"), 1 => Just("---\nx: y\n---\n")],
        proptest::collection::vec((line, ending), 0..40),
    )
        .prop_map(|(start, lines)| {
            lines
                .into_iter()
                .fold(start.to_owned(), |mut text, (line, ending)| {
                    text.push_str(&line);
                    text.push_str(ending);
                    text
                })
        })
}
