//! Markdown comes back as it was; front matter and flattening add and change what they say.

use plenary_export::{HtmlOptions, MarkdownOptions, ParseOptions, parse, to_markdown};

use crate::support::reports;

fn flat(source: &str) -> String {
    let report = parse(source, &ParseOptions::default()).expect("within limits");
    to_markdown(
        &report,
        &MarkdownOptions {
            flatten: true,
            ..MarkdownOptions::default()
        },
    )
    .expect("within limits")
}

fn with_front_matter(source: &str) -> String {
    let report = parse(source, &ParseOptions::default()).expect("within limits");
    let known = HtmlOptions {
        version: Some("2".to_owned()),
        stage: Some("Public review: \"open\"".to_owned()),
        heads: vec!["ab".to_owned()],
        ..HtmlOptions::default()
    };
    to_markdown(
        &report,
        &MarkdownOptions {
            front_matter: true,
            known,
            ..MarkdownOptions::default()
        },
    )
    .expect("within limits")
}

#[test]
fn every_byte_survives() {
    let strange = "\u{feff}# A\r\n\r\ntrailing  \r\n\ttab\n\n\n[^x]\u{0}";
    for source in reports()
        .into_iter()
        .map(|(_, source)| source)
        .chain([strange.to_owned()])
    {
        let report = parse(&source, &ParseOptions::default()).expect("within limits");
        assert!(to_markdown(&report, &MarkdownOptions::default()).expect("no edits") == source);
    }
}

#[test]
fn front_matter_adds_what_is_missing() {
    assert_eq!(
        with_front_matter("---\ntitle: A # kept\nversion: 1\n---\nText\n"),
        "---\ntitle: A # kept\nversion: 1\nlang: \"en\"\nstatus: \"Public review: \\\"open\\\"\"\nheads:\n  - \"ab\"\n---\nText\n"
    );
    assert_eq!(
        with_front_matter("# Title\r\n\r\nText"),
        "---\r\ntitle: \"Title\"\r\nlang: \"en\"\r\nversion: \"2\"\r\nstatus: \"Public review: \\\"open\\\"\"\r\nheads:\r\n  - \"ab\"\r\n---\r\n\r\n# Title\r\n\r\nText"
    );
}

#[test]
fn front_matter_for_pandoc_has_pandocs_names_and_settles() {
    let source = "---\neditors:\n  - {name: Ana, group: Civil society}\nlanguage: fr\nsummary: Court\nkeyword: a, b\n---\n# Titre\n";
    let once = with_front_matter(source);
    for line in [
        "title: \"Titre\"\n",
        "author:\n  - \"Ana\"\n",
        "lang: \"fr\"\n",
        "abstract: \"Court\\n\"\n",
        "keywords:\n  - \"a\"\n  - \"b\"\n",
    ] {
        assert!(once.contains(line), "{line} in {once}");
    }
    assert_eq!(with_front_matter(&once), once);
    let parsed = |source| parse(source, &ParseOptions::default()).expect("within limits");
    let (first, second) = (parsed(source), parsed(&once));
    assert_eq!(first.metadata.editors, second.metadata.editors);
    assert_eq!(first.metadata.authors, second.metadata.authors);
    assert_eq!(first.metadata.keywords, second.metadata.keywords);
    assert_eq!(first.title, second.title);
    assert_eq!(first.headings[0].kind, second.headings[0].kind);
}

#[test]
fn front_matter_that_cannot_take_lines_is_left_alone() {
    for source in [
        "---\n{title: A}\n---\nText\n",
        "---\ntitle: \"open\n---\nText\n",
    ] {
        assert_eq!(with_front_matter(source), source);
    }
}

#[test]
fn flattening_writes_numbers_out() {
    for (source, expected) in [
        (
            "# A {#sec:a}\n\n@sec:a [@sec:a]",
            "# 1 A\n\nsection 1 section 1",
        ),
        ("# A {.appendix}\n", "# Annex A. A\n"),
        ("A {#sec:a}\n===\n\n@Sec:a", "1 A\n===\n\nSection 1"),
        (
            "| a |\n| - |\n| b |\n\n: C {#tbl:c}\n\n@tbl:c",
            "| a |\n| - |\n| b |\n\n**Table 1.** C\n\ntable 1",
        ),
        (
            "| a |\n| - |\n| b |\n: C {#tbl:c}\n",
            "| a |\n| - |\n| b |\n\n**Table 1.** C\n",
        ),
        (
            "![C](a.png){#fig:c}\n\n@fig:c",
            "![Figure 1. C](a.png)\n\nfigure 1",
        ),
        ("::: {lang=fr}\nOui [no]{lang=en}\n:::\n", "Oui no\n"),
        ("`@sec:a` [a / b] @sec:none", "`@sec:a` [a / b] @sec:none"),
    ] {
        assert_eq!(flat(source), expected, "{source}");
    }
}

#[test]
fn flat_reports_name_nothing_of_ours() {
    for (name, source) in reports() {
        let flat = flat(&source);
        let report = parse(&flat, &ParseOptions::default()).expect("within limits");
        let original = parse(&source, &ParseOptions::default()).expect("within limits");
        let broken = original
            .references
            .iter()
            .filter(|reference| reference.target.is_none())
            .count();
        assert_eq!(report.references.len(), broken, "{name}");
        assert_eq!(report.headings.len(), original.headings.len(), "{name}");
        assert_eq!(report.footnotes.len(), original.footnotes.len(), "{name}");
    }
}
