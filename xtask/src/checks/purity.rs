//! The core (draft, protocol, export) does no I/O, reads no clock and draws no randomness.
//!
//! Proven twice: by what these crates depend on, and by what stands in their source. The crates'
//! clippy.toml says the same to whoever is writing.

use std::path::Path;

use anyhow::{Context, Result};

use super::verdict;
use crate::report::Counts;
use crate::run::output_of;
use crate::workspace;

const PURE_CRATES: [(&str, &str); 3] = [
    ("plenary-draft", "crates/draft/src/"),
    ("plenary-protocol", "crates/protocol/src/"),
    ("plenary-export", "crates/export/src/"),
];

/// Runtimes, networks and stores: not even through somebody else.
const NEVER: [&str; 19] = [
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "reqwest",
    "ureq",
    "hyper",
    "axum",
    "tungstenite",
    "tokio-tungstenite",
    "rusqlite",
    "sqlx",
    "notify",
    "signal-hook",
    "rayon",
    "crossbeam-channel",
    "tempfile",
    "walkdir",
];

/// Sources of time and randomness: not directly. (Automerge itself draws an actor id that we
/// replace at once, so that they do stand further down in the tree.)
const NOT_DIRECTLY: [&str; 8] = [
    "getrandom",
    "rand",
    "fastrand",
    "chrono",
    "time",
    "jiff",
    "uuid",
    "libc",
];

/// What does not stand in the source outside tests.
const NOT_IN_SOURCE: [&str; 22] = [
    "SystemTime",
    "Instant::now",
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::env",
    "std::process",
    "std::thread",
    "thread::spawn",
    "thread::sleep",
    "thread_rng",
    "OsRng",
    "rand::rng()",
    "getrandom",
    "ActorId::random",
    "RandomState::new",
    "tokio::",
    "println!",
    "eprintln!",
    "static mut",
];

/// Looks at the dependencies and the source of each pure crate.
pub fn check() -> Result<Counts> {
    let mut breaches = Vec::new();
    for (name, folder) in PURE_CRATES {
        breaches.extend(impure_dependencies(name)?);
        for path in workspace::project_files()? {
            if path.starts_with(folder) && path.ends_with(".rs") && !is_test_file(&path) {
                let text = std::fs::read_to_string(workspace::root().join(&path))
                    .with_context(|| path.clone())?;
                breaches.extend(impure_lines(&path, &text));
            }
        }
    }
    verdict(
        &breaches,
        "The core must stay pure; pass `now` and `rng` in and return effects as data:",
    )
}

fn impure_dependencies(name: &str) -> Result<Vec<String>> {
    let tree = output_of(
        "cargo",
        &[
            "tree",
            "--package",
            name,
            "--edges",
            "normal",
            "--prefix",
            "depth",
            "--format",
            " {p}",
            "--target",
            "all",
        ],
        &workspace::root(),
    )?;
    let mut breaches: Vec<String> = tree
        .lines()
        .filter_map(|line| {
            let (depth, rest) = line.split_once(' ')?;
            let dependency = rest.split_ascii_whitespace().next()?;
            let direct = depth == "1" && NOT_DIRECTLY.contains(&dependency);
            (direct || NEVER.contains(&dependency))
                .then(|| format!("{name} depends on {dependency}"))
        })
        .collect();
    breaches.sort();
    breaches.dedup();
    Ok(breaches)
}

fn is_test_file(path: &str) -> bool {
    let file = Path::new(path);
    file.file_stem().is_some_and(|stem| {
        stem == "tests" || stem == "testing" || stem.to_string_lossy().ends_with("_tests")
    }) || path.contains("/tests/")
}

/// The lines before the test module, comments left out.
fn impure_lines(path: &str, text: &str) -> Vec<String> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(|(number, line)| {
            let found = NOT_IN_SOURCE.iter().find(|word| line.contains(**word))?;
            Some(format!("{path}:{}: {found}", number + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::impure_lines;

    #[test]
    fn a_clock_is_found_and_tests_and_comments_are_left_alone() {
        let text = "// SystemTime is not for us\nlet now = SystemTime::now();\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(impure_lines("a.rs", text), ["a.rs:2: SystemTime"]);
    }
}
