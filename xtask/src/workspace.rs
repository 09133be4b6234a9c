//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::output_of;

/// The folder with the workspace's Cargo.toml.
pub fn root() -> PathBuf {
    // Cargo sets this for `cargo run`, which is how the alias starts us; the compiled-in path
    // serves whoever runs the binary by hand.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The target folder, which `CARGO_TARGET_DIR` may put elsewhere.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) if !folder.is_empty() => {
            std::path::absolute(&folder).unwrap_or_else(|_| PathBuf::from(folder))
        }
        _ => root().join("target"),
    }
}

/// The binary `plenary` of a profile's folder (`debug` or `release`).
pub fn plenary_binary(profile_folder: &str) -> PathBuf {
    target()
        .join(profile_folder)
        .join(format!("plenary{}", std::env::consts::EXE_SUFFIX))
}

/// Whether there are real reports and editing traces: cargo's configuration names their folder to all
/// that it runs. Without them the tests that need them say how many they left out.
pub fn has_corpus() -> bool {
    let folder = std::env::var_os("PLENARY_CORPUS");
    folder.is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Every file that is part of the project: tracked, or new and not ignored. Paths are relative
/// to the root, sorted, with `/` between their parts.
pub fn project_files() -> Result<Vec<String>> {
    let listing = output_of(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
        &root(),
    )
    .context("the house rules are checked on the files that git knows")?;
    let mut files: Vec<String> = listing
        .lines()
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}
