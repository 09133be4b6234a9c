//! `cargo xtask build`: the release binary.

use std::process::Command;

use anyhow::{Context, Result};

use crate::run::run as run_program;
use crate::{web, workspace};

/// Makes `plenary` in the target folder's release/, with everything that it serves inside.
pub fn run() -> Result<()> {
    let binary = release_binary()?;
    let bytes = std::fs::metadata(&binary)
        .with_context(|| format!("the build left no {}", binary.display()))?
        .len();
    println!("{} ({:.1} MB)", binary.display(), bytes as f64 / 1e6);
    Ok(())
}

/// Builds the release binary and gives its path.
pub fn release_binary() -> Result<std::path::PathBuf> {
    web::build()?;
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--package", "plenary"])
        .args(["--features", "embed-web"])
        .current_dir(workspace::root());
    run_program(&mut command)?;
    Ok(workspace::plenary_binary("release"))
}
