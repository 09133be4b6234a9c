//! `cargo xtask test`: everything.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::report::{Counts, Report};
use crate::run::{run as run_program, run_counted};
use crate::{check, tools, web, workspace};

#[derive(Args)]
pub struct Options {
    /// Only what needs nothing but Rust: no Node, Java or Chromium
    #[arg(long)]
    rust_only: bool,
}

/// A folder of Node tests and what it needs beside Node.
struct NodeSuite {
    folder: &'static str,
    chromium: bool,
    java: bool,
}

const NODE_SUITES: [NodeSuite; 3] = [
    NodeSuite {
        folder: "tests/interop",
        chromium: false,
        java: false,
    },
    NodeSuite {
        folder: "tests/export",
        chromium: true,
        java: true,
    },
    NodeSuite {
        folder: "tests/browser",
        chromium: true,
        java: false,
    },
];

/// Runs all checks and all tests, whatever fails on the way, and prints the list.
pub fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    check::steps(&mut report);
    rust_tests(&mut report);
    if options.rust_only {
        report.left_out("web", "--rust-only");
        for suite in &NODE_SUITES {
            report.left_out(suite.folder, "--rust-only");
        }
        report.left_out(API, "--rust-only");
        report.left_out(PROXIES, "--rust-only");
        return report.close();
    }
    report.step("plenary for the tests outside Rust", || {
        let mut build = Command::new("cargo");
        build
            .args(["build", "--workspace", "--bin", "plenary"])
            .current_dir(workspace::root());
        run_program(&mut build).map(|()| Counts::one())
    });
    web::steps(&mut report);
    for suite in &NODE_SUITES {
        node_suite(&mut report, suite);
    }
    fuzzed_interface(&mut report)?;
    reverse_proxies(&mut report);
    report.close()
}

/// The folder with what fuzzes the HTTP interface from its own description.
const API: &str = "tests/api";

fn fuzzed_interface(report: &mut Report) -> Result<()> {
    let folder = workspace::root().join(API);
    let Some(python) = tools::python_packages(&folder.join("requirements.txt"))? else {
        report.left_out(API, "there is no Python with venv");
        return Ok(());
    };
    report.step(API, || {
        let mut command = Command::new(&python);
        command
            .arg("fuzz.py")
            .current_dir(&folder)
            .env("PLENARY_BIN", workspace::plenary_binary("debug"));
        run_counted(&mut command)
    });
    Ok(())
}

/// The folder with the reverse proxies of docs/operating.md in front of a relay.
const PROXIES: &str = "tests/proxies";

fn reverse_proxies(report: &mut Report) {
    report.step(PROXIES, || {
        tools::require_node()?;
        let folder = workspace::root().join(PROXIES);
        let mut command = Command::new("node");
        command
            .arg("run.mjs")
            .current_dir(&folder)
            .env("PLENARY_BIN", workspace::plenary_binary("debug"));
        // What is missing, the tests say themselves.
        for (variable, package, path) in [
            ("PLENARY_NGINX", "nginx", "usr/sbin/nginx"),
            ("PLENARY_CADDY", "caddy", "usr/bin/caddy"),
        ] {
            if let Some(program) = tools::unpacked(package, path) {
                command.env(variable, program);
            }
        }
        run_counted(&mut command)
    });
}

/// The seed of the property tests. It is the same in every run, so that a failure is the fault of
/// the change at hand; `cargo xtask check --long` draws others.
const PROPERTY_SEED: &str = "20180115";

/// Why tests of real reports and of real editing had nothing to work on.
const NO_CORPUS: &str = "there is no corpus: set PLENARY_CORPUS to a folder of reports (*.md) and of editing traces (*.json.gz)";

fn rust_tests(report: &mut Report) {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(workspace::root());
        if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
            command.env("PROPTEST_RNG_SEED", PROPERTY_SEED);
        }
        command
    };
    if !workspace::has_corpus() {
        // The tests themselves pass without it, and nobody sees what passing tests print.
        report.left_out("real reports and traces", NO_CORPUS);
    }
    if tools::in_path("cargo-nextest").is_some() {
        report.step("Rust tests (nextest)", || {
            run_counted(&mut cargo(&[
                "nextest",
                "run",
                "--workspace",
                "--no-fail-fast",
            ]))
        });
        report.step("documentation tests", || {
            run_counted(&mut cargo(&["test", "--workspace", "--doc"]))
        });
    } else {
        println!("cargo-nextest is not installed: using cargo test.");
        report.step("Rust tests (cargo test)", || {
            run_counted(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))
        });
    }
}

fn node_suite(report: &mut Report, suite: &NodeSuite) {
    let folder = workspace::root().join(suite.folder);
    if !folder.join("package.json").is_file() {
        report.left_out(suite.folder, "the folder has no package.json");
        return;
    }
    report.step(suite.folder, || {
        tools::node_packages(&folder)?;
        if suite.java {
            tools::require_java()?;
        }
        let mut command = node_tests(&folder, suite.folder)?;
        if suite.chromium {
            // What the browser prints is read as well.
            tools::require_pdftotext()?;
            command.env("PLENARY_CHROMIUM", tools::chromium()?);
        }
        run_counted(&mut command)
    });
}

fn node_tests(folder: &Path, name: &str) -> Result<Command> {
    let output = workspace::target()
        .join("test-output")
        .join(name.trim_start_matches("tests/"));
    std::fs::create_dir_all(&output)?;
    let mut command = Command::new("npm");
    command
        .args(["run", "--silent", "test"])
        .current_dir(folder)
        .env("PLENARY_BIN", workspace::plenary_binary("debug"))
        .env("PLENARY_TEST_OUTPUT", output);
    Ok(command)
}
