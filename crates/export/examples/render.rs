//! Renders one Markdown file: `render FILE.md [--markdown] [--front-matter] [--flatten]` writes to
//! standard output, findings to standard error. For trying the exporter out without a draft.
//! `render --batch` reads Markdown as JSON strings, one on each line of standard input, and writes
//! HTML in the same way: for checks that render thousands of small texts.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an example reads a file; the exporter itself does not"
)]

use std::io::{BufRead, Write};

use plenary_export::{
    HtmlOptions, MarkdownOptions, ParseOptions, decode, parse, source_sha256, to_html, to_markdown,
};

fn batch() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let source: String = serde_json::from_str(&line?)?;
        let report = parse(&source, &ParseOptions::default())?;
        let html = to_html(&report, &HtmlOptions::default())?;
        writeln!(out, "{}", serde_json::to_string(&html)?)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has("--batch") {
        return batch();
    }
    let path = arguments
        .iter()
        .find(|argument| !argument.starts_with("--"))
        .ok_or("usage: render FILE.md")?;
    let bytes = std::fs::read(path)?;
    let source = decode(&bytes)?;
    let report = parse(source, &ParseOptions::default())?;
    for finding in &report.diagnostics {
        eprintln!(
            "{path}:{}:{}: {:?}: {}",
            finding.line, finding.column, finding.severity, finding.message
        );
    }
    let known = HtmlOptions {
        document_hash: Some(source_sha256(&bytes)),
        ..HtmlOptions::default()
    };
    let out = if has("--markdown") || has("--flatten") || has("--front-matter") {
        let options = MarkdownOptions {
            front_matter: has("--front-matter"),
            flatten: has("--flatten"),
            known,
        };
        to_markdown(&report, &options)?
    } else {
        to_html(&report, &known)?
    };
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(())
}
