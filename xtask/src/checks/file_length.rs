//! No source file over 600 lines: a longer one hides a concept that wants a home.

use anyhow::{Context, Result};

use super::verdict;
use crate::report::Counts;
use crate::workspace;

const MOST_LINES: usize = 600;
const SOURCES: [&str; 9] = ["rs", "js", "mjs", "ts", "svelte", "css", "html", "sh", "py"];

/// Counts the lines of every source file of the project.
pub fn check() -> Result<Counts> {
    let mut breaches = Vec::new();
    for path in workspace::project_files()? {
        let is_source = path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| SOURCES.contains(&extension));
        if !is_source || path.contains("/fixtures/") || path.contains("/snapshots/") {
            continue;
        }
        let text = std::fs::read(workspace::root().join(&path)).with_context(|| path.clone())?;
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        if lines > MOST_LINES {
            breaches.push(format!("{path}: {lines} lines"));
        }
    }
    verdict(
        &breaches,
        "These files are too long; which concept in them wants a file of its own?",
    )
}
