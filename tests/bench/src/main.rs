//! Measures the relay beside npm's automerge-repo sync server: the same seeded work, the same
//! load generator, in the same run, each server a child process on loopback. And the export to HTML
//! beside other programs that read Markdown.
//!
//! `cargo xtask bench` builds everything and calls this. It is never part of the tests: what it
//! measures depends on what else the machine is doing.

mod access;
mod browser;
mod exports;
mod follower;
mod goals;
mod history;
mod peer;
mod report;
mod scenarios;
mod server;
mod stats;
mod work;
mod writer;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;

use crate::report::Report;
use crate::scenarios::{SCENARIOS, Scale, Scenario};
use crate::server::{Kind, Programs};

#[derive(Parser)]
#[command(about = "Measures the relay beside the JavaScript sync server")]
struct Arguments {
    /// Scenarios to run, by name; all when none is named
    names: Vec<String>,
    /// Short runs that show whether everything works, not how fast it is
    #[arg(long)]
    quick: bool,
    /// Measure the relay alone
    #[arg(long)]
    without_yardstick: bool,
    /// Measure the JavaScript sync server alone
    #[arg(long, conflicts_with = "without_yardstick")]
    without_relay: bool,
    /// Only write the HTML that one library makes of a file
    #[arg(long, num_args = 2, value_names = ["LIBRARY", "FILE"], hide = true)]
    render: Vec<String>,
    /// The `plenary` binary
    #[arg(long, default_value = "target/release/plenary")]
    relay: PathBuf,
    /// The folder whose node_modules hold the JavaScript sync server
    #[arg(long, default_value = "tests/bench/js")]
    yardstick: PathBuf,
    /// Where the JSON file, the servers' logs and cached histories go
    #[arg(long, default_value = "target/bench")]
    output: PathBuf,
    /// Flags for `plenary serve` beside the usual ones, for experiments
    #[arg(long = "serve-flag", allow_hyphen_values = true)]
    serve_flags: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let [library, path] = arguments.render.as_slice() {
        let html = exports::render(library, &std::fs::read_to_string(path)?);
        return Ok(std::io::stdout().write_all(html.as_bytes())?);
    }
    let chosen: Vec<Scenario> = SCENARIOS
        .iter()
        .filter(|scenario| {
            arguments.names.is_empty() || arguments.names.iter().any(|name| name == scenario.name())
        })
        .copied()
        .collect();
    let wanted = |name: &str| {
        arguments.names.is_empty() || arguments.names.iter().any(|wanted| wanted == name)
    };
    let guarding = wanted(access::NAME) && !arguments.without_relay;
    let exporting = wanted(exports::NAME);
    // Measuring in a browser needs Chromium, which `cargo xtask bench` finds.
    let browsing = wanted(browser::NAME) && std::env::var_os("PLENARY_CHROMIUM").is_some();
    if chosen.is_empty() && !exporting && !guarding && !browsing {
        let mut known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name()).collect();
        known.extend([access::NAME, exports::NAME, browser::NAME]);
        anyhow::bail!("no scenario has that name; there are {}", known.join(", "));
    }
    std::fs::create_dir_all(&arguments.output)
        .with_context(|| format!("cannot make {}", arguments.output.display()))?;
    let programs = Programs {
        relay: arguments.relay.clone(),
        yardstick: arguments.yardstick.clone(),
        output: arguments.output.clone(),
        access: "open",
        serve_flags: arguments.serve_flags.clone(),
    };
    let mut kinds = vec![Kind::Relay, Kind::Yardstick];
    kinds.retain(|kind| match kind {
        Kind::Relay => !arguments.without_relay,
        Kind::Yardstick => !arguments.without_yardstick,
    });
    let scale = if arguments.quick {
        Scale::quick()
    } else {
        Scale::full()
    };
    let results = arguments.output.join("results.json");
    let mut report = measure(&chosen, &kinds, &programs, &scale, &results)?;
    if guarding {
        eprintln!("{} …", access::NAME);
        report.access = access::measure(&programs, &scale)?;
        report.save(&results)?;
    }
    if exporting {
        eprintln!("{} …", exports::NAME);
        report.exports = exports::measure(&programs, scale.quick)?;
        report.save(&results)?;
    }
    if browsing {
        eprintln!("{} …", browser::NAME);
        report.browser = browser::measure(&programs, scale.quick)?;
        report.save(&results)?;
    }
    report.print();
    println!("{}", results.display());
    Ok(())
}

fn measure(
    chosen: &[Scenario],
    kinds: &[Kind],
    programs: &Programs,
    scale: &Scale,
    results: &Path,
) -> Result<Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let mut report = Report::new(scale.quick);
    for scenario in chosen {
        for kind in kinds {
            if !scenario.runs_on(*kind) {
                continue;
            }
            eprintln!("{} on {} …", scenario.name(), kind.name());
            let limit = Duration::from_secs(300);
            let prepared = scenario.prepare(programs);
            let outcome = runtime.block_on(async {
                prepared?;
                tokio::time::timeout(limit, scenario.run(*kind, programs, scale))
                    .await
                    .unwrap_or_else(|_| {
                        Err(anyhow::anyhow!(
                            "did not finish within {} s",
                            limit.as_secs()
                        ))
                    })
            });
            match outcome {
                Ok(measured) => report.take(*scenario, *kind, measured),
                Err(error) => report.failed(*scenario, *kind, &error),
            }
            // A run takes minutes; what was measured outlives its interruption.
            report.save(results)?;
        }
    }
    // Readers of a scenario that ran out of time may still be about.
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(report)
}
