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
    if let Some(corpus) = workspace::corpus() {
        bench.env("PLENARY_CORPUS", corpus);
    }
    run_program(&mut bench)
}
