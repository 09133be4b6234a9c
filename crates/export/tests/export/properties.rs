//! What holds for any input.

use plenary_export::{HtmlOptions, MarkdownOptions, ParseOptions, parse, to_html, to_markdown};
use proptest::prelude::*;

use crate::dom::active_content;

/// Pieces that mean something, so that random texts do too.
const PIECES: &[&str] = &[
    "# ",
    "## ",
    "\n",
    "\n\n",
    "text ",
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```\n",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "{#a}",
    "{#sec:a}",
    "{lang=fr}",
    "{.appendix}",
    "{.unnumbered}",
    "@sec:a",
    "@fig:b",
    "@tbl:c",
    "[^1]",
    "[^1]: note\n",
    "[^2]",
    "\n[^2]: n [^1]\n\n",
    "| a | b |\n| - | - |\n| c | d |\n",
    ": Caption {#tbl:c}\n",
    "![alt](x.png)",
    "{#fig:b}",
    "- ",
    "- [ ] ",
    "1. ",
    "> ",
    "> [!NOTE]\n> ",
    "::: {.recommendation #a}\n",
    "\n::: {lang=ar}\n",
    "\n:::\n",
    "\nTerm\n: Meaning\n",
    "<sup>",
    "</sup>",
    "<br>",
    "<!-- c -->",
    "<b>",
    "<a id=\"x\"></a>",
    "\\[",
    "\\",
    "&amp;",
    "&#91;",
    "http://a.b/c",
    "www.a.b",
    "a@b.c",
    " / ",
    "العربية",
    "中文",
    "русский",
    "\u{202e}",
    "---\n",
    "---\ntitle: a\nabbreviations: {AB: long}\n---\n",
    "AB",
    "\t",
    "    ",
    "\r\n",
    "\u{0}",
    "<",
    ">",
    "\"",
    "[x]: #a\n",
    "## Recommendation 1: x\n",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_500), ..ProptestConfig::default() })]

    /// Never a panic; ids are unique, every internal link has its place, nothing is active.
    #[test]
    fn any_text_makes_a_sound_report(source in text()) {
        let report = parse(&source, &ParseOptions::default()).expect("short texts keep the limits");
        let html = to_html(&report, &HtmlOptions::default()).expect("short texts keep the limit");
        prop_assert_eq!(active_content(&html), Vec::<String>::new());
        let again = parse(&source, &ParseOptions::default()).expect("short texts keep the limits");
        prop_assert_eq!(html, to_html(&again, &HtmlOptions::default()).expect("short texts keep the limit"));
    }

    /// Markdown comes back byte for byte; flattened or not, it can be read again.
    #[test]
    fn markdown_survives(source in text()) {
        let report = parse(&source, &ParseOptions::default()).expect("short texts keep the limits");
        prop_assert_eq!(to_markdown(&report, &MarkdownOptions::default()).expect("no edits"), source.clone());
        let both = MarkdownOptions { front_matter: true, flatten: true, ..MarkdownOptions::default() };
        let flat = to_markdown(&report, &both).expect("short texts keep the limit");
        prop_assert!(parse(&flat, &ParseOptions::default()).is_ok());
    }

    /// Spans stand within the source and findings name places that exist.
    #[test]
    fn places_exist(source in text()) {
        let report = parse(&source, &ParseOptions::default()).expect("short texts keep the limits");
        for finding in &report.diagnostics {
            prop_assert!(source.get(finding.span.range()).is_some(), "{:?}", finding);
            prop_assert!(finding.line as usize <= source.lines().count() + 1);
        }
        for block in &report.blocks {
            prop_assert!(source.get(block.span.range()).is_some(), "{:?}", block);
        }
    }
}
