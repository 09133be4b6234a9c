//! Markdown to HTML beside other programs: in process, as a process, and in memory.
//!
//! The documents are our sample report and, where the corpus is there, the four volumes of a
//! security guideline, 533 KB. Each round runs every tool once, so that all meet the same moods of
//! the machine; the middle of the rounds counts.

mod in_process;
mod processes;
mod render;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::server::Programs;

pub use render::render;

/// The name on the command line and in tables.
pub const NAME: &str = "export";

/// What one tool took for one document.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// Its name, with the version where it is not a library of this workspace.
    pub name: String,
    /// Milliseconds from the text in memory to the HTML in memory.
    pub in_process: Option<f64>,
    /// Milliseconds from the start of the program to its end, the HTML written to nowhere.
    pub process: Option<f64>,
    /// Most bytes on the heap at one time, the source not counted.
    pub peak_heap: Option<f64>,
}

/// A goal and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// In words.
    pub goal: String,
    /// The figure that is judged.
    pub value: f64,
    /// Whether it is met.
    pub met: bool,
}

/// What was measured on one document.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// The file's name.
    pub document: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// Ours first.
    pub tools: Vec<Tool>,
    /// The goals for which there are figures.
    pub goals: Vec<Verdict>,
}

/// Measures every document that is here.
pub fn measure(programs: &Programs, quick: bool) -> Result<Vec<Exported>> {
    documents()
        .iter()
        .map(|path| one(path, programs, quick).with_context(|| path.display().to_string()))
        .collect()
}

fn documents() -> Vec<PathBuf> {
    let sample = PathBuf::from("crates/plenary/templates/sample-report.md");
    let corpus = PathBuf::from(std::env::var_os("PLENARY_CORPUS").unwrap_or_default());
    let suite = corpus.join("nist-sp800-63-suite.md");
    let mut found = vec![sample];
    if suite.is_file() {
        found.push(suite);
    } else {
        eprintln!("  left out: {} is not there", suite.display());
    }
    found
}

fn one(path: &Path, programs: &Programs, quick: bool) -> Result<Exported> {
    let source = std::fs::read_to_string(path)?;
    let mut tools = in_process::measure(&source, if quick { 5 } else { 101 });
    tools.push(Tool {
        name: "markdown-it".to_owned(),
        in_process: markdown_it(path, programs, if quick { 5 } else { 51 }),
        process: None,
        peak_heap: None,
    });
    tools.push(Tool {
        name: "pandoc".to_owned(),
        in_process: None,
        process: None,
        peak_heap: None,
    });
    processes::measure(&mut tools, path, programs, quick)?;
    for tool in &mut tools[..3] {
        tool.peak_heap = peak_heap(&tool.name, path)?;
    }
    Ok(Exported {
        document: path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        bytes: source.len(),
        goals: judge(&tools, source.len()),
        tools,
    })
}

/// markdown-it times itself, since it lives in another process.
fn markdown_it(path: &Path, programs: &Programs, rounds: usize) -> Option<f64> {
    let output = Command::new("node")
        .arg(programs.yardstick.join("markdown-it.mjs"))
        .arg(path)
        .arg(rounds.to_string())
        .output()
        .ok()?;
    let found = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    if found.is_none() {
        eprintln!("  left out: markdown-it, whose npm packages are not installed");
    }
    found
}

/// A program of its own counts what is on the heap: counting slows what is timed here.
fn peak_heap(tool: &str, path: &Path) -> Result<Option<f64>> {
    let program = std::env::current_exe()?.with_file_name(format!(
        "plenary-bench-heap{}",
        std::env::consts::EXE_SUFFIX
    ));
    if !program.is_file() {
        eprintln!("  left out: {} is not built", program.display());
        return Ok(None);
    }
    let output = Command::new(program).arg(tool).arg(path).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}

fn judge(tools: &[Tool], bytes: usize) -> Vec<Verdict> {
    let of = |name: &str, figure: fn(&Tool) -> Option<f64>| {
        tools
            .iter()
            .find(|tool| tool.name.starts_with(name))
            .and_then(figure)
    };
    let at_most = |goal: &str, value: Option<f64>, most: f64| {
        value.map(|value| Verdict {
            goal: goal.to_owned(),
            value,
            met: value <= most,
        })
    };
    let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    let faster = ratio(
        of("pandoc", |tool| tool.process),
        of("plenary", |tool| tool.process),
    );
    [
        at_most(
            "in process within 3 times bare pulldown-cmark",
            ratio(
                of("plenary", |tool| tool.in_process),
                of("pulldown-cmark", |tool| tool.in_process),
            ),
            3.0,
        ),
        faster.map(|value| Verdict {
            goal: "as a process 100 times faster than pandoc".to_owned(),
            value,
            met: value >= 100.0,
        }),
        at_most(
            "memory within 10 times the source",
            ratio(of("plenary", |tool| tool.peak_heap), Some(bytes as f64)),
            10.0,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Prints the table of one document.
pub fn print(exported: &Exported) {
    println!(
        "\n{:<38} {:>12} {:>12} {:>12}",
        format!("{}, {} bytes", exported.document, exported.bytes),
        "in process",
        "as a process",
        "peak heap"
    );
    for tool in &exported.tools {
        let shown = |figure: Option<f64>, unit: &str| {
            figure.map_or_else(|| "-".to_owned(), |value| format!("{value:.2} {unit}"))
        };
        println!(
            "{:<38} {:>12} {:>12} {:>12}",
            tool.name,
            shown(tool.in_process, "ms"),
            shown(tool.process, "ms"),
            shown(tool.peak_heap.map(|bytes| bytes / 1e6), "MB"),
        );
    }
    for Verdict { goal, value, met } in &exported.goals {
        let verdict = if *met { "met" } else { "MISSED" };
        println!("  {goal}: {value:.2}, {verdict}");
    }
}
