//! `cargo xtask check`: what can be said about the code without running it; with `--long` also
//! the runs that take too long for every change.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::checks::{dependencies, file_length, machine_paths, paths, purity};
use crate::report::{Counts, Report};
use crate::run::{output_of, run_counted};
use crate::{tools, workspace};

/// Seeds of the simulation in `--long`; the test command runs hundreds.
const LONG_SEEDS: u32 = 5_000;
/// How often `--long` runs the tests of the pure crates, each time with other random properties.
const PROPERTY_ROUNDS: u32 = 20;
/// Random cases for each property in these rounds, where a test names no number of its own.
const PROPERTY_CASES: &str = "20000";
/// How long each fuzz target runs in `--long`, in seconds.
const FUZZ_SECONDS: u32 = 120;

#[derive(Args)]
pub struct Options {
    /// Other seeds for the property tests, thousands for the simulation, and the fuzz targets when cargo-fuzz is installed
    #[arg(long)]
    long: bool,
    /// How many seeds `--long` simulates
    #[arg(long, default_value_t = LONG_SEEDS)]
    seeds: u32,
}

/// Runs the checks and prints the list.
pub fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    steps(&mut report);
    if options.long {
        properties(&mut report);
        simulate(&mut report, options.seeds);
        fuzz(&mut report);
    }
    report.close()
}

/// The checks as steps of a report; `cargo xtask test` begins with them.
pub fn steps(report: &mut Report) {
    report.step("format", || {
        run_counted(&mut cargo(&["fmt", "--all", "--check"]))
    });
    report.step("clippy", || {
        run_counted(&mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--quiet",
            "--",
            "--deny",
            "warnings",
        ]))
    });
    if let Some(deny) = tools::cargo_deny() {
        report.step("licences, bans, sources (cargo-deny)", || {
            // Advisories need the network and change without us; what is checked here does not.
            let mut command = Command::new(&deny);
            command
                .args(["check", "bans", "licenses", "sources"])
                .current_dir(workspace::root());
            run_counted(&mut command).map(|counts| Counts {
                timings: Vec::new(),
                ..counts
            })
        });
    } else {
        report.left_out(
            "licences, bans, sources (cargo-deny)",
            "cargo-deny is not installed: cargo install --locked cargo-deny",
        );
    }
    report.step("the core is pure", purity::check);
    report.step("no file over 600 lines", file_length::check);
    report.step("no path of one machine", machine_paths::check);
    report.step("every dependency has its reason", dependencies::check);
    report.step("every path of the map is there", paths::check);
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(workspace::root());
    command
}

/// Without `PROPTEST_RNG_SEED` each run draws its own seed, and writes down one that fails.
fn properties(report: &mut Report) {
    for round in 1..=PROPERTY_ROUNDS {
        report.step(&format!("properties, round {round}"), || {
            let mut command = cargo(&[
                "test",
                "--package",
                "plenary-draft",
                "--package",
                "plenary-protocol",
                "--package",
                "plenary-export",
            ]);
            command
                .env_remove("PROPTEST_RNG_SEED")
                .env("PROPTEST_CASES", PROPERTY_CASES);
            run_counted(&mut command)
        });
    }
    report.step("properties of the editor", || {
        crate::web::properties(PROPERTY_ROUNDS)
    });
}

fn simulate(report: &mut Report, seeds: u32) {
    report.step("simulation, many seeds", || {
        let mut command = cargo(&["test", "--package", "plenary-simulation"]);
        command.env("PLENARY_SIM_SEEDS", seeds.to_string());
        run_counted(&mut command)
    });
}

fn fuzz(report: &mut Report) {
    let folder = workspace::root().join("fuzz");
    if !folder.join("Cargo.toml").is_file() {
        report.left_out("fuzz targets", "there is no fuzz folder");
        return;
    }
    if tools::in_path("cargo-fuzz").is_none() {
        report.left_out(
            "fuzz targets",
            "cargo-fuzz is not installed: cargo install --locked cargo-fuzz (it needs a nightly Rust); crashers found before replay in the tests",
        );
        return;
    }
    for target in fuzz_targets(&folder) {
        report.step(&format!("fuzz {target}"), || {
            run_counted(&mut cargo(&[
                "+nightly",
                "fuzz",
                "run",
                &target,
                "--",
                &format!("-max_total_time={FUZZ_SECONDS}"),
            ]))
        });
    }
}

fn fuzz_targets(folder: &Path) -> Vec<String> {
    output_of("cargo", &["+nightly", "fuzz", "list"], folder)
        .map(|names| names.lines().map(str::to_owned).collect())
        .unwrap_or_default()
}
