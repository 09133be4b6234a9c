//! `cargo xtask bench`: release builds of relay and load generator, then the measuring itself,
//! which is in tests/bench.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::build::release_binary;
use crate::run::run as run_program;
use crate::{tools, workspace};

#[derive(Args)]
pub struct Options {
    /// What to hand to the load generator: scenario names, --quick, --without-yardstick, …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Options {
    /// Whether a scenario is to run: it is named, or none is.
    fn wants(&self, scenario: &str) -> bool {
        let mut names = self
            .arguments
            .iter()
            .filter(|argument| !argument.starts_with("--"))
            .peekable();
        names.peek().is_none() || names.any(|name| name == scenario)
    }
}

/// Builds what is measured, installs the yardstick and runs the load generator.
pub fn run(options: &Options) -> Result<()> {
    let root = workspace::root();
    let relay = release_binary()?;
    let yardstick = root.join("tests/bench/js");
    if !options
        .arguments
        .iter()
        .any(|argument| argument == "--without-yardstick")
    {
        tools::node_packages(&yardstick)?;
    }
    // What the editor is measured with: the browser, its driver, a client that types, CodeMirror.
    let wants_browser = options.wants("browser");
    if wants_browser {
        for folder in ["tests/browser", "tests/interop", "web"] {
            tools::node_packages(&root.join(folder))?;
        }
    }
    let mut build = Command::new("cargo");
    build
        .args(["build", "--release", "--package", "plenary-bench"])
        .current_dir(&root);
    run_program(&mut build)?;

    let generator = workspace::target()
        .join("release")
        .join(format!("plenary-bench{}", std::env::consts::EXE_SUFFIX));
    let mut bench = Command::new(generator);
    bench
        .current_dir(&root)
        .arg("--relay")
        .arg(relay)
        .arg("--yardstick")
        .arg(yardstick)
        .arg("--output")
        .arg(workspace::target().join("bench"))
        .args(&options.arguments);
    if wants_browser {
        bench.env("PLENARY_CHROMIUM", tools::chromium()?);
    }
    run_program(&mut bench)
}
