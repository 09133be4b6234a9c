//! `cargo xtask pictures`: the pictures of the editor in docs/pictures, taken anew.

use std::process::Command;

use anyhow::Result;

use crate::run::run as run_program;
use crate::{tools, web, workspace};

/// Builds relay and editor, and has Chromium take the pictures from the sample report.
pub fn run() -> Result<()> {
    let root = workspace::root();
    let tests = root.join("tests/browser");
    tools::node_packages(&tests)?;
    let chromium = tools::chromium()?;
    web::build()?;
    let mut build = Command::new("cargo");
    build
        .args(["build", "--workspace", "--bin", "plenary"])
        .current_dir(&root);
    run_program(&mut build)?;
    let mut take = Command::new("node");
    take.arg("pictures.mjs")
        .arg(root.join("docs/pictures"))
        .current_dir(&tests)
        .env("PLENARY_BIN", workspace::plenary_binary("debug"))
        .env("PLENARY_WEB", root.join("web/dist"))
        .env("PLENARY_CHROMIUM", chromium);
    run_program(&mut take)
}
