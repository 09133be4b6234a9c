//! The table for people and the JSON for machines.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::access::{self, Guarded};
use crate::browser::{self, Browsed};
use crate::exports::{self, Exported};
use crate::goals::goal;
use crate::scenarios::Scenario;
use crate::server::Kind;

/// One measured figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub name: &'static str,
    /// In which unit.
    pub unit: &'static str,
    /// How much.
    pub value: f64,
}

impl Figure {
    /// A figure.
    pub fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, unit, value }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    scenario: &'static str,
    figure: &'static str,
    unit: &'static str,
    relay: Option<f64>,
    yardstick: Option<f64>,
    goal: Option<String>,
    met: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Failure {
    scenario: &'static str,
    server: &'static str,
    reason: String,
}

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub struct Report {
    quick: bool,
    cores: usize,
    rows: Vec<Row>,
    failures: Vec<Failure>,
    /// What judging every change by its author's link costs.
    pub access: Vec<Guarded>,
    /// Markdown to HTML beside other programs, by document.
    pub exports: Vec<Exported>,
    /// The editor in a browser, by figure.
    pub browser: Vec<Browsed>,
}

impl Report {
    /// An empty report.
    pub fn new(quick: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        Self {
            quick,
            cores,
            rows: Vec::new(),
            failures: Vec::new(),
            access: Vec::new(),
            exports: Vec::new(),
            browser: Vec::new(),
        }
    }

    /// Takes in what a scenario measured of a server.
    pub fn take(&mut self, scenario: Scenario, kind: Kind, figures: Vec<Figure>) {
        for figure in figures {
            let known = self
                .rows
                .iter()
                .position(|row| row.scenario == scenario.name() && row.figure == figure.name);
            let at = known.unwrap_or_else(|| {
                self.rows.push(Row {
                    scenario: scenario.name(),
                    figure: figure.name,
                    unit: figure.unit,
                    relay: None,
                    yardstick: None,
                    goal: goal(scenario.name(), figure.name).map(crate::goals::Goal::words),
                    met: None,
                });
                self.rows.len() - 1
            });
            let row = &mut self.rows[at];
            match kind {
                Kind::Relay => row.relay = Some(figure.value),
                Kind::Yardstick => row.yardstick = Some(figure.value),
            }
            row.met = row
                .relay
                .and_then(|relay| goal(row.scenario, row.figure)?.met(relay, row.yardstick));
        }
    }

    /// Notes that a server did not get through a scenario.
    pub fn failed(&mut self, scenario: Scenario, kind: Kind, error: &anyhow::Error) {
        eprintln!("  failed: {error:#}");
        self.failures.push(Failure {
            scenario: scenario.name(),
            server: kind.name(),
            reason: format!("{error:#}"),
        });
    }

    /// Prints the table.
    pub fn print(&self) {
        if !self.rows.is_empty() {
            self.print_rows();
        }
        access::print(&self.access);
        self.exports.iter().for_each(exports::print);
        browser::print(&self.browser);
        for failure in &self.failures {
            println!(
                "{:<17} {} failed: {}",
                failure.scenario, failure.server, failure.reason
            );
        }
        let exported = self.exports.iter().flat_map(|exported| &exported.goals);
        let verdicts: Vec<bool> = self
            .rows
            .iter()
            .filter_map(|row| row.met)
            .chain(self.access.iter().map(|guarded| guarded.met))
            .chain(exported.map(|verdict| verdict.met))
            .chain(self.browser.iter().filter_map(|figure| figure.met))
            .collect();
        let met = verdicts.iter().filter(|met| **met).count();
        let missed = verdicts.len() - met;
        println!(
            "\n{met} goals met, {missed} missed, on {} cores{}",
            self.cores,
            if self.quick {
                " (a quick run: not for judging)"
            } else {
                ""
            }
        );
    }

    fn print_rows(&self) {
        println!(
            "\n{:<17} {:<18} {:>10} {:>10} {:>7}  {:<10} {:<14} ",
            "scenario", "figure", "relay", "yardstick", "ratio", "unit", "goal"
        );
        for row in &self.rows {
            let ratio = match (row.relay, row.yardstick) {
                (Some(relay), Some(yardstick)) if yardstick > 0.0 => {
                    format!("{:.2}", relay / yardstick)
                }
                _ => String::new(),
            };
            let verdict = match row.met {
                Some(true) => "met",
                Some(false) => "MISSED",
                None => "",
            };
            println!(
                "{:<17} {:<18} {:>10} {:>10} {ratio:>7}  {:<10} {:<14} {verdict}",
                row.scenario,
                row.figure,
                shown(row.relay),
                shown(row.yardstick),
                row.unit,
                row.goal.as_deref().unwrap_or_default(),
            );
        }
    }

    /// Writes the JSON file.
    pub fn save(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)?;
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }
}

fn shown(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) if value.abs() >= 0.1 => format!("{value:.2}"),
        Some(value) => format!("{value:.4}"),
    }
}
