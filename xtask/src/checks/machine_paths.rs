//! Nothing of one machine in the project: no absolute path of a home or a checkout, and no
//! package registry's address in a lock file (packages come from wherever the machine is told).

use anyhow::Result;

use super::verdict;
use crate::report::Counts;
use crate::workspace;

/// Beginnings of paths that exist on somebody's machine only. Written in two parts, so that this
/// file keeps its own rule.
const PLACES: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("C:\\Us", "ers\\"),
];

/// Reads every text file of the project.
pub fn check() -> Result<Counts> {
    let root = workspace::root().to_string_lossy().into_owned();
    let mut breaches = Vec::new();
    for path in workspace::project_files()? {
        let Ok(text) = std::fs::read_to_string(workspace::root().join(&path)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if PLACES.iter().any(|place| begins_a_path(line, place))
                || (root.len() > 4 && line.contains(&root))
            {
                breaches.push(format!(
                    "{path}:{}: an absolute path of one machine",
                    number + 1
                ));
            }
            if path.ends_with("package-lock.json") && line.contains("\"resolved\": \"http") {
                breaches.push(format!(
                    "{path}:{}: a registry's address; npm install --omit-lockfile-registry-resolved",
                    number + 1
                ));
                break;
            }
        }
    }
    verdict(&breaches, "These lines hold for one machine only:")
}

/// Whether `place` stands in the line as the beginning of an absolute path, not inside a longer
/// path or an address.
fn begins_a_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && !"_.-~/}>".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::{PLACES, begins_a_path};

    #[test]
    fn only_the_beginning_of_a_path_counts() {
        let home = PLACES[0];
        assert!(begins_a_path(&format!("let x = \"{home}ann/x\""), home));
        assert!(begins_a_path(&format!("{home}ann/x"), home));
        assert!(!begins_a_path(
            &format!("https://example.org{home}page"),
            home
        ));
        assert!(!begins_a_path(&format!("docs{home}page"), home));
    }
}
