//! What GitHub shows of the same source, by comrak with GitHub's extensions.

use comrak::{Options, markdown_to_html};
use plenary_export::{MarkdownOptions, ParseOptions, parse, to_markdown};
use scraper::{Html, Selector};

use crate::support::root;

fn github(source: &str) -> Html {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.footnotes = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.autolink = true;
    extension.alerts = true;
    extension.front_matter_delimiter = Some("---".to_owned());
    Html::parse_fragment(&markdown_to_html(source, &options))
}

fn flat(source: &str) -> String {
    let report = parse(source, &ParseOptions::default()).expect("within limits");
    let options = MarkdownOptions {
        flatten: true,
        ..MarkdownOptions::default()
    };
    to_markdown(&report, &options).expect("within limits")
}

fn count(page: &Html, selector: &str) -> usize {
    page.select(&Selector::parse(selector).expect("a selector"))
        .count()
}

/// The words of a page, code left out.
fn words(page: &Html) -> String {
    let code = Selector::parse("code").expect("a selector");
    let mut text: String = page.root_element().text().collect();
    for code in page.select(&code) {
        let code: String = code.text().collect();
        text = text.replacen(&code, "", 1);
    }
    text
}

fn portable() -> String {
    std::fs::read_to_string(root().join("tests/export/portable.md")).expect("the fixture")
}

fn sample() -> String {
    let path = root().join("crates/plenary/templates/sample-report.md");
    std::fs::read_to_string(path).expect("the sample")
}

#[test]
fn the_source_reads_sensibly() {
    let page = github(&portable());
    for (selector, expected) in [
        ("h1", 3),
        ("h2", 1),
        ("table", 1),
        ("td[align=right]", 1),
        ("sup.footnote-ref", 1),
        ("section.footnotes li", 1),
        ("del", 1),
        ("input[type=checkbox]", 2),
        (".markdown-alert-warning", 1),
        ("img", 1),
        ("pre code", 1),
        ("a[href='http://www.example.org']", 1),
    ] {
        assert_eq!(count(&page, selector), expected, "{selector}");
    }
    let words = words(&page);
    // Braces, colons and references stand as typed beside the words, and take none of them away.
    for typed in [
        "Scope and method {#sec:scope}",
        "See @sec:scope, @fig:plot, @tbl:risks and [@sec:terms]. States [should / shall] act.",
        ": Risks by share {#tbl:risks}",
        "Resilience\n: The ability to go on.",
        ": The ability to go on.",
        "Un passage en français",
    ] {
        assert!(words.contains(typed), "{typed} in {words}");
    }
    assert!(!words.contains("[^one]"), "{words}");
}

#[test]
fn flattened_reports_show_nothing_of_ours() {
    for source in [portable(), sample()] {
        let (typed, flat) = (github(&source), github(&flat(&source)));
        let words = words(&flat);
        for notation in ["{#", "{.", "{lang", ":::", "@sec:", "@fig:", "@tbl:", "[^"] {
            assert!(!words.contains(notation), "{notation} in {words}");
        }
        for selector in [
            "h1",
            "h2",
            "h3",
            "table",
            "tr",
            "sup.footnote-ref",
            "li",
            "img",
        ] {
            assert_eq!(
                count(&typed, selector),
                count(&flat, selector),
                "{selector}"
            );
        }
    }
}
