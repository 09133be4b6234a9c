//! Everything that fuzzing ever found, replayed on stable Rust against what the targets assert.

use std::path::{Path, PathBuf};

use plenary_simulation::fuzzing::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} must be there: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    paths
}

/// The inputs kept for a target. Its folder is always there, if only with a page that says so.
fn crashers(target: &str) -> Vec<PathBuf> {
    let mut paths = names_in(&fuzz().join("crashers").join(target));
    assert!(!paths.is_empty(), "crashers/{target} holds nothing at all");
    paths.retain(|path| !path.ends_with("README.md"));
    paths
}

#[test]
fn what_fuzzing_found_stays_harmless() {
    let mut replayed = 0;
    for (name, target) in TARGETS {
        for path in crashers(name) {
            println!("replaying {}", path.display());
            target(&std::fs::read(&path).expect("readable"));
            replayed += 1;
        }
    }
    assert!(replayed >= 4, "only {replayed} inputs were found");
}

#[test]
fn every_target_and_every_folder_of_crashers_is_replayed() {
    let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    for folder in ["crashers", "fuzz_targets"] {
        let found: Vec<String> = names_in(&fuzz().join(folder))
            .iter()
            .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
            .collect();
        assert_eq!(found, known, "fuzz/{folder}");
    }
}
