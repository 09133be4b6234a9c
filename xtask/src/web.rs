//! The browser editor: its packages, its build, its own tests.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::report::{Counts, Report};
use crate::run::{run, run_counted};
use crate::{tools, workspace};

/// What `npm run build` reads, beside `src`.
const INPUTS: [&str; 7] = [
    "src",
    "public",
    "scripts",
    "index.html",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

/// Makes web/dist, unless nothing changed since it was made.
pub fn build() -> Result<()> {
    let web = workspace::root().join("web");
    let built = modified(&web.join("dist/index.html"));
    let changed = INPUTS
        .iter()
        .filter_map(|name| newest(&web.join(name)))
        .max();
    if built.is_some() && built >= changed {
        return Ok(());
    }
    tools::node_packages(&web)?;
    run(&mut npm(&web, "build")).context("the editor could not be built")
}

/// Types, unit and property tests of the editor, and its build, as steps of a report.
pub fn steps(report: &mut Report) {
    let web = workspace::root().join("web");
    report.step("web: layout, lints, types", || {
        tools::node_packages(&web)?;
        run_counted(&mut npm(&web, "check"))
    });
    report.step("web: tests (vitest)", || {
        tools::node_packages(&web)?;
        let mut tests = npm(&web, "test");
        tests.env("PLENARY_BIN", workspace::plenary_binary("debug"));
        run_counted(&mut tests)
    });
    report.step("web: build", || build().map(|()| Counts::one()));
}

/// The editor's tests again and again, each time with another seed for its property tests.
pub fn properties(rounds: u32) -> Result<Counts> {
    let web = workspace::root().join("web");
    tools::node_packages(&web)?;
    for round in 1..=rounds {
        let mut tests = npm(&web, "test");
        tests
            .env("PLENARY_BIN", workspace::plenary_binary("debug"))
            .env("PLENARY_PROPERTY_SEED", round.to_string());
        run_counted(&mut tests)?;
    }
    Ok(Counts::one())
}

fn npm(folder: &Path, script: &str) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["run", "--silent", script])
        .current_dir(folder);
    command
}

/// When the newest file at or below a path was changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let below = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| newest(&entry.path()));
    below.chain(modified(path)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|found| found.modified())
        .ok()
}
