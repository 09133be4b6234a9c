//! The programs, from start to end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::Tool;
use crate::server::Programs;
use crate::stats::Times;

/// Times every program on one file.
pub fn measure(tools: &mut [Tool], path: &Path, programs: &Programs, quick: bool) -> Result<()> {
    let pandoc = pandoc();
    for tool in tools {
        let command = match tool.name.as_str() {
            "plenary" => Some(ours(path, programs)),
            "pandoc" => pandoc.as_deref().map(|pandoc| pandocs(pandoc, path)),
            "markdown-it" if tool.in_process.is_none() => None,
            "markdown-it" => {
                let mut command = Command::new("node");
                command
                    .arg(programs.yardstick.join("markdown-it.mjs"))
                    .arg(path);
                Some(command)
            }
            library => Some(itself(library, path)?),
        };
        let Some(mut command) = command else { continue };
        let rounds = match (quick, tool.name.as_str()) {
            (true, _) => 1,
            (false, "pandoc") => 3,
            (false, _) => 21,
        };
        tool.process = Some(time(&mut command, rounds)?);
        if tool.name == "pandoc" {
            tool.name = version(pandoc.as_deref().unwrap_or("pandoc"));
        }
    }
    Ok(())
}

/// Half of the runs take no longer than this many milliseconds.
fn time(command: &mut Command, rounds: usize) -> Result<f64> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut samples = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begun = Instant::now();
        let status = command
            .status()
            .with_context(|| format!("cannot run {command:?}"))?;
        samples.push(begun.elapsed().as_secs_f64() * 1e3);
        ensure!(status.success(), "{command:?} ended with {status}");
    }
    Ok(Times::new(samples).percentile(0.5))
}

fn ours(path: &Path, programs: &Programs) -> Command {
    let mut command = Command::new(&programs.relay);
    command
        .arg("export")
        .arg(path)
        .args(["--to", "html", "--output", "-"]);
    command
}

/// pandoc's own Markdown, a whole page with contents and numbers: what our export makes.
fn pandocs(pandoc: &str, path: &Path) -> Command {
    let mut command = Command::new(pandoc);
    command.arg(path).args([
        "--from",
        "markdown",
        "--to",
        "html",
        "--standalone",
        "--toc",
        "--number-sections",
    ]);
    command
}

/// This program with nothing to do but one library's HTML.
fn itself(library: &str, path: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--render").arg(library).arg(path);
    Ok(command)
}

/// pandoc, as the checks of exported reports find or install it.
fn pandoc() -> Option<String> {
    let output = Command::new("node")
        .arg("tests/export/pandoc-path.mjs")
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if path.is_empty() {
        eprintln!("  left out: pandoc, which is not there");
    }
    (!path.is_empty()).then_some(path)
}

/// "pandoc 3.9".
fn version(pandoc: &str) -> String {
    Command::new(pandoc)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .next()
                .map(str::to_owned)
        })
        .unwrap_or_else(|| "pandoc".to_owned())
}
