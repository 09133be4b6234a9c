//! Findings about a source, on standard error.

use plenary_export::{Diagnostic, Severity};
use serde::Serialize;

use super::args::Warnings;

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(flatten)]
    finding: &'a Diagnostic,
}

/// Says each finding on a line of its own.
pub fn say(findings: &[Diagnostic], label: &str, how: Warnings) {
    for finding in findings {
        match how {
            Warnings::None => {}
            Warnings::Json => {
                // A finding is plain data; it always has a JSON form.
                if let Ok(line) = serde_json::to_string(&Line {
                    file: label,
                    finding,
                }) {
                    eprintln!("{line}");
                }
            }
            Warnings::Text => {
                let severity = match finding.severity {
                    Severity::Note => "note",
                    Severity::Warning => "warning",
                };
                eprintln!(
                    "{label}:{}:{}: {severity}: {}",
                    finding.line, finding.column, finding.message
                );
            }
        }
    }
}
