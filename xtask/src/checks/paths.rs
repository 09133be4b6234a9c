//! Every path that docs/ARCHITECTURE.md sets in backticks is there, so that the map leads somewhere.

use std::path::Path;

use anyhow::{Context, Result};

use super::verdict;
use crate::report::Counts;
use crate::workspace;

const MAP: &str = "docs/ARCHITECTURE.md";

/// Looks for each path of the map.
pub fn check() -> Result<Counts> {
    let root = workspace::root();
    let map =
        std::fs::read_to_string(root.join(MAP)).with_context(|| format!("cannot read {MAP}"))?;
    let missing = missing_paths(&map, |path| exists(&root, path));
    verdict(&missing, "The map of the code names what is not there:")
}

fn exists(root: &Path, path: &str) -> bool {
    root.join(path).exists()
}

/// Paths that `is_there` does not know, with their line. A path stands in backticks and has a slash.
/// In a row of the code map it may be inside the folder that the row begins with, or its `src`.
fn missing_paths(map: &str, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    for (number, line) in map.lines().enumerate() {
        let folder = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once('`'))
            .map(|(folder, _)| folder);
        for path in in_backticks(line).filter(|text| is_path(text)) {
            let inside = folder.is_some_and(|folder| {
                is_there(&format!("{folder}/{path}")) || is_there(&format!("{folder}/src/{path}"))
            });
            if !inside && !is_there(path) {
                missing.push(format!("{MAP}:{}: {path}", number + 1));
            }
        }
    }
    missing
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Routes begin with a slash, and commands have spaces.
fn is_path(text: &str) -> bool {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    text.contains('/') && !text.starts_with('/') && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::missing_paths;

    #[test]
    fn what_is_not_there_is_named_with_its_line() {
        let there = ["crates/a", "crates/a/src/room/", "docs/x.md"];
        let map = "| `crates/a` | `room/` and `gone/` |\n`docs/x.md`, `room/`, `POST /api/v1`, `/api`, `Room::turn`\n";
        assert_eq!(
            missing_paths(map, |path| there.contains(&path)),
            [
                "docs/ARCHITECTURE.md:1: gone/",
                "docs/ARCHITECTURE.md:2: room/"
            ]
        );
    }
}
