//! Whatever anyone typed: every payload through every sink, and inputs made to exhaust.

use std::time::{Duration, Instant};

use plenary_export::{ExportError, HtmlOptions, Limits, ParseError, ParseOptions, parse, to_html};

use crate::dom::{active_content, ammonia_agrees};
use crate::support::html;

/// All hostile inputs, each with the name of its payload and sink.
fn inputs() -> Vec<(String, String)> {
    let data: serde_json::Value =
        serde_json::from_str(include_str!("../data/xss.json")).expect("JSON");
    let payloads = data["payloads"].as_array().expect("payloads");
    let sinks = data["sinks"].as_object().expect("sinks");
    let mut out = Vec::new();
    for payload in payloads.iter().filter_map(|payload| payload.as_str()) {
        let yaml = serde_json::Value::from(payload).to_string();
        for (name, sink) in sinks {
            let sink = sink.as_str().expect("a text");
            let source = sink.replace("{yaml}", &yaml).replace("{}", payload);
            out.push((format!("{name}: {payload}"), source));
        }
    }
    out
}

#[test]
fn no_payload_becomes_active_through_any_sink() {
    let inputs = inputs();
    assert!(inputs.len() > 5_000, "only {} inputs", inputs.len());
    let failures: Vec<String> = inputs
        .iter()
        .filter_map(|(name, source)| {
            let found = active_content(&html(source));
            (!found.is_empty()).then(|| format!("{name}\n    {found:?}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} inputs:\n{}",
        failures.len(),
        inputs.len(),
        failures.join("\n")
    );
}

#[test]
fn ammonia_would_take_nothing_away() {
    let failures: Vec<String> = inputs()
        .iter()
        .filter_map(|(name, source)| {
            ammonia_agrees(&html(source))
                .err()
                .map(|why| format!("{name}: {why}"))
        })
        .take(5)
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_allow_list_can_fail() {
    for bad in [
        "<p onclick=x>",
        "<script></script>",
        "<a href='javascript:x'>y</a>",
        "<!-- c -->",
        "<img src=x>",
    ] {
        let html = html("Text").replace("<p>Text</p>", bad);
        assert!(!active_content(&html).is_empty(), "{bad}");
    }
}

/// Parses and renders within a time that only a quadratic pass would take.
fn within_time(name: &str, source: &str) -> Result<usize, String> {
    let start = Instant::now();
    let outcome = match parse(source, &ParseOptions::default()) {
        Ok(report) => to_html(&report, &HtmlOptions::default())
            .map(|html| html.len())
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    println!("{name}: {} bytes, {took:?}, {outcome:?}", source.len());
    outcome
}

/// Marks within text that ask for time, memory or depth.
fn exhausting_marks() -> Vec<(&'static str, String)> {
    let many = 200_000;
    vec![
        ("emphasis", "*a **a ".repeat(many)),
        (
            "emphasis closed",
            format!("{}a{}", "*a ".repeat(many / 4), "a*".repeat(many / 4)),
        ),
        ("a million stars", "*".repeat(1_000_000)),
        ("quotes", format!("{}a", ">".repeat(many))),
        ("brackets open", "[".repeat(many)),
        (
            "brackets nested",
            format!("{}a{}", "[".repeat(many), "]".repeat(many)),
        ),
        ("brackets with slashes", "[a / b / ".repeat(many / 4)),
        ("brackets with attributes", "[a]{lang=fr}".repeat(many / 4)),
        ("braces", "{#a ".repeat(many)),
        ("closing before braces", "]{".repeat(many)),
        ("equal headings", "# a\n\n".repeat(49_000)),
        ("equal ids", "# a {#a}\n\n".repeat(49_000)),
        ("references", "@sec:a ".repeat(190_000)),
        ("addresses", "http://a.b/".repeat(many / 4)),
        ("colons", "http:".repeat(many)),
        ("www", "www.".repeat(many)),
        ("mail", "a@".repeat(many)),
        ("mail without end", format!("{}@", "a.".repeat(many))),
        ("parentheses", format!("http://a.b/{}", ")".repeat(many))),
        (
            "entities at the end",
            format!("http://a.b/{}", "&a;".repeat(many)),
        ),
    ]
}

/// Structures that do.
fn exhausting_structures() -> Vec<(&'static str, String)> {
    let many = 200_000;
    let nested: String = (0..2_000)
        .map(|depth| format!("{}- a\n", "  ".repeat(depth.min(500))))
        .collect();
    let abbreviations: String = (0..1_999)
        .map(|n| format!("  A{}: {}\n", "a ".repeat(n % 49), "x".repeat(700)))
        .collect();
    let wide = format!(
        "|{}\n|{}\n{}",
        "a|".repeat(2_000),
        "-|".repeat(2_000),
        "|a\n".repeat(2_000)
    );
    let notes: String = (0..20_000).map(|n| format!("[^{n}] ")).collect::<String>()
        + "\n\n"
        + &(0..20_000)
            .map(|n| format!("[^{n}]: note [^{}]\n", (n + 1) % 20_000))
            .collect::<String>();
    vec![
        ("lists", nested),
        (
            "abbreviations",
            format!(
                "---\nabbreviations:\n{abbreviations}---\n\n{}",
                "Aa a a a a a ".repeat(20_000)
            ),
        ),
        (
            "abbreviations that grow",
            format!(
                "---\nabbreviations:\n  A: {}\n---\n\n{}",
                "x".repeat(799),
                "A ".repeat(many)
            ),
        ),
        ("wide table", wide),
        (
            "rows",
            format!("|a|b|\n|-|-|\n{}", "|a|b|\n".repeat(100_000)),
        ),
        ("notes", notes),
        (
            "one note, many references",
            format!("{}\n\n[^1]: a", "[^1] ".repeat(50_000)),
        ),
        ("definitions", "a\n: b\n\n".repeat(many / 4)),
        ("divisions", "::: {.a}\n".repeat(many / 4)),
        ("divisions closed", "::: {.a}\n:::\n".repeat(many / 4)),
        ("raised", "<sup>".repeat(many)),
        ("comments", "<!--".repeat(many)),
        ("scripts", "aأ漢".repeat(many)),
        (
            "backticks",
            (1..1_500).map(|n| "`".repeat(n) + " ").collect(),
        ),
        (
            "link references",
            format!(
                "[a]: https://example.org/{}\n\n{}",
                "x".repeat(50_000),
                "[a] ".repeat(many / 4)
            ),
        ),
        ("quoted lines", "> > > > > > > > a\n\n".repeat(many / 8)),
        ("tabs", "\t".repeat(many)),
        (
            "front matter",
            format!("---\n{}\n---\n", "a: [".repeat(20_000)),
        ),
        (
            "front matter keys",
            format!(
                "---\n{}---\n",
                (0..10_000)
                    .map(|n| format!("k{n}: v\n"))
                    .collect::<String>()
            ),
        ),
    ]
}

#[test]
fn made_to_exhaust() {
    for (name, source) in exhausting_marks().iter().chain(&exhausting_structures()) {
        let _ = within_time(name, source);
    }
}

#[test]
fn five_megabytes_of_honest_text_pass() {
    let section = "## A section of the report\n\nA paragraph with *emphasis*, a [link](https://example.org/a), a note[^1] and `code`.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n- item\n- item\n\n";
    let source = format!(
        "# Report\n\n{}[^1]: Note.\n",
        section.repeat(5_000_000 / section.len())
    );
    assert!(source.len() > 4_900_000);
    let size = within_time("honest text", &source).expect("an honest report passes");
    assert!(size > source.len());
}

#[test]
fn limits_say_what_to_do() {
    let limited = |limits: Limits, source: &str| {
        let options = ParseOptions {
            limits,
            ..ParseOptions::default()
        };
        parse(source, &options)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let limits = Limits::default;
    let cases = [
        (
            Limits {
                source_bytes: 10,
                ..limits()
            },
            "Twelve bytes",
            "the text has 12 bytes, more than the 10 bytes one report may have; split it into several reports",
        ),
        (
            Limits {
                nesting: 3,
                ..limits()
            },
            "a\n\n> > > > b",
            "line 3, column 7: quotes, lists and emphasis stand more than 3 levels deep; write this passage flatter",
        ),
        (
            Limits {
                headings: 1,
                ..limits()
            },
            "# a\n\n# b",
            "line 3, column 1: the report has more than 1 headings; split it into several reports",
        ),
        (
            Limits {
                table_cells: 3,
                ..limits()
            },
            "|a|b|\n|-|-|\n|c|d|",
            "line 3, column 4: the report has more than 3 table cells; split it into several reports",
        ),
        (
            Limits {
                footnotes: 1,
                ..limits()
            },
            "[^1] [^2]\n\n[^1]: a\n\n[^2]: b",
            "line 5, column 1: the report has more than 1 footnotes; split it into several reports",
        ),
        (
            Limits {
                references: 1,
                ..limits()
            },
            "@sec:a @sec:b",
            "line 1, column 8: the report has more than 1 references; split it into several reports",
        ),
        (
            Limits {
                front_matter_bytes: 5,
                ..limits()
            },
            "---\ntitle: x\n---\n",
            "the front matter has 9 bytes, more than the 5 bytes allowed; move long passages into the text",
        ),
    ];
    for (limits, source, expected) in cases {
        assert_eq!(limited(limits, source), Err(expected.to_owned()));
    }
    let report = parse("Text\n\nMore", &ParseOptions::default()).expect("small");
    let options = HtmlOptions {
        limits: Limits {
            output_bytes: 100,
            ..limits()
        },
        ..HtmlOptions::default()
    };
    assert!(matches!(
        to_html(&report, &options),
        Err(ExportError::OutputTooLarge {
            format: "HTML",
            limit: 100,
            ..
        })
    ));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let found = plenary_export::decode(b"One\nTw\xff");
    assert_eq!(
        found,
        Err(ParseError::NotUtf8 {
            offset: 6,
            line: 2,
            column: 3
        })
    );
}

#[test]
fn many_findings_are_counted_not_kept() {
    let source = "@sec:none ".repeat(5_000);
    let report = parse(&source, &ParseOptions::default()).expect("within limits");
    assert_eq!(report.diagnostics.len(), 1_001);
    assert!(
        report.diagnostics[1_000]
            .message
            .starts_with("4000 further findings")
    );
}
