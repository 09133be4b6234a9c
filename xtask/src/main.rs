//! Builds, starts, tests, measures and checks Plenary: `cargo xtask --help`.
//!
//! One file per command. A command that runs many things makes a [`report::Report`], which keeps
//! going after a failure, and ends with the list of what ran and how long it took.

mod bench;
mod build;
mod check;
mod checks;
mod pictures;
mod report;
mod run;
mod start;
mod test;
mod tools;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds, starts, tests, measures and checks Plenary"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the release binary `plenary` in the target folder's release/, with the browser editor inside
    Build,
    /// Build, and run the relay with a sample draft open; Ctrl-C ends it
    Start(start::Options),
    /// Run everything: checks, Rust tests, interop with automerge-repo, exports, browser
    Test(test::Options),
    /// Measure the relay beside the JavaScript sync server: a table, and JSON in target/bench/
    Bench(bench::Options),
    /// Take the pictures of the editor in docs/pictures anew, from the sample report
    Pictures,
    /// Format, lints, licences, purity of the core and the house rules
    Check(check::Options),
}

fn main() -> ExitCode {
    let Err(error) = run_command(Arguments::parse().command) else {
        return ExitCode::SUCCESS;
    };
    // A report has said everything by its closing line, which stays the last one.
    if !error.is::<report::SomethingFailed>() {
        eprintln!("error: {error:#}");
    }
    ExitCode::FAILURE
}

fn run_command(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Build => build::run(),
        Command::Start(options) => start::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Pictures => pictures::run(),
        Command::Check(options) => check::run(&options),
    }
}
