//! Times the way from Markdown to HTML beside the bare Markdown parser: `measure FILE.md [ROUNDS]`.
//! Best of all rounds in microseconds, since other programs only ever slow a round down. Only an
//! optimised build says anything. `measure FILE.md ROUNDS alone` makes HTML and nothing else, for
//! profilers.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an example reads a file and takes times; the exporter itself does not"
)]

use std::hint::black_box;
use std::time::Instant;

use plenary_export::{HtmlOptions, ParseOptions, parse, to_html};

/// The best of `rounds` runs, in microseconds.
fn best(rounds: usize, mut run: impl FnMut() -> usize) -> f64 {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed().as_secs_f64() * 1e6
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: measure FILE.md [ROUNDS]")?;
    let rounds = std::env::args()
        .nth(2)
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(101);
    let source = std::fs::read_to_string(&path)?;
    let options = ParseOptions::default();
    let all = pulldown_cmark::Options::ENABLE_TABLES
        | pulldown_cmark::Options::ENABLE_FOOTNOTES
        | pulldown_cmark::Options::ENABLE_STRIKETHROUGH
        | pulldown_cmark::Options::ENABLE_TASKLISTS
        | pulldown_cmark::Options::ENABLE_HEADING_ATTRIBUTES
        | pulldown_cmark::Options::ENABLE_GFM
        | pulldown_cmark::Options::ENABLE_DEFINITION_LIST;
    let whole = || {
        parse(&source, &options).map_or(0, |report| {
            to_html(&report, &HtmlOptions::default()).map_or(0, |html| html.len())
        })
    };
    if std::env::args().nth(3).as_deref() == Some("alone") {
        println!("{:.0} µs", best(rounds, whole));
        return Ok(());
    }
    let events = best(rounds, || {
        pulldown_cmark::Parser::new_ext(&source, all).count()
    });
    let bare = best(rounds, || {
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(&source, all));
        html.len()
    });
    let model = best(rounds, || {
        parse(&source, &options).map_or(0, |report| report.blocks.len())
    });
    let whole = best(rounds, whole);
    println!("{path}: {} bytes", source.len());
    println!("  parser's events   {events:9.0} µs");
    println!("  bare HTML         {bare:9.0} µs");
    println!(
        "  report model      {model:9.0} µs  {:.1} times bare",
        model / bare
    );
    println!(
        "  whole HTML        {whole:9.0} µs  {:.1} times bare",
        whole / bare
    );
    Ok(())
}
