//! Renders one Markdown file: `render FILE.md [--markdown] [--front-matter] [--flatten]` writes to
//! standard output, findings to standard error. For trying the exporter out without a draft.

use std::io::Write;

use plenary_export::{
    HtmlOptions, MarkdownOptions, ParseOptions, decode, parse, source_sha256, to_html, to_markdown,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
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
