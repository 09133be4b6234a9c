//! The editor in a real browser, beside a plain CodeMirror page: what `browser/measure.mjs` measures.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::goals::goal;
use crate::server::Programs;

/// The name on the command line and in tables.
pub const NAME: &str = "browser";

/// One figure of the page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Browsed {
    /// What was measured.
    pub figure: String,
    /// In which unit.
    pub unit: String,
    /// The editor's.
    pub plenary: Option<f64>,
    /// A plain CodeMirror page's on the same text in the same run.
    pub plain: Option<f64>,
    /// The goal in words, where there is one.
    #[serde(default)]
    pub goal: Option<String>,
    /// Whether it is met.
    #[serde(default)]
    pub met: Option<bool>,
}

/// Runs the measuring program, whose standard output is JSON, and judges what it found.
///
/// # Errors
///
/// Node or Chromium is missing, the program failed, or it said something else than figures.
pub fn measure(programs: &Programs, quick: bool) -> Result<Vec<Browsed>> {
    let script = Path::new("tests/bench/browser/measure.mjs");
    let mut command = Command::new("node");
    command
        .arg(script)
        .args(quick.then_some("--quick"))
        .env("PLENARY_BIN", std::path::absolute(&programs.relay)?)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command.output().context("cannot run node")?;
    ensure!(
        output.status.success(),
        "{} ended with {}",
        script.display(),
        output.status
    );
    let mut figures: Vec<Browsed> =
        serde_json::from_slice(&output.stdout).context("the browser's figures are no JSON")?;
    for figure in &mut figures {
        let goal = goal(NAME, &figure.figure);
        figure.goal = goal.map(crate::goals::Goal::words);
        figure.met = goal.and_then(|goal| goal.met(figure.plenary?, figure.plain));
    }
    Ok(figures)
}

/// Prints the table.
pub fn print(figures: &[Browsed]) {
    if figures.is_empty() {
        return;
    }
    println!(
        "\n{:<17} {:<60} {:>10} {:>10}  {:<6} {:<10}",
        NAME, "figure", "plenary", "plain", "unit", "goal"
    );
    for figure in figures {
        let verdict = match figure.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        println!(
            "{:<17} {:<60} {:>10} {:>10}  {:<6} {:<10} {verdict}",
            "",
            figure.figure,
            shown(figure.plenary),
            shown(figure.plain),
            figure.unit,
            figure.goal.as_deref().unwrap_or_default(),
        );
    }
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}
