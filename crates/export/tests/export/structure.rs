//! The file as a whole: policy, metadata, cover, and the real reports.

use plenary_export::{HtmlOptions, ParseOptions, parse, source_sha256, to_html, to_html_page};
use sha2::{Digest, Sha256};

use crate::dom::{active_content, ammonia_agrees};
use crate::support::{html, reports};

#[test]
fn the_policy_names_the_styles_it_carries() {
    let whole = html("---\ntitle: A \"title\" </style>\nversion: 1\n---\nText");
    let policy = whole
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(policy.contains("; img-src data:;"));
    let styles: Vec<&str> = whole
        .split("<style>")
        .skip(1)
        .filter_map(|rest| rest.split("</style>").next())
        .collect();
    assert_eq!(styles.len(), 2);
    for style in styles {
        let digest = Sha256::digest(style.as_bytes());
        // The policy carries base64, this is hexadecimal: compare by decoding the policy's.
        let found = policy
            .split('\'')
            .filter_map(|part| part.strip_prefix("sha256-"))
            .any(|base64| decode(base64) == digest[..]);
        assert!(found, "{policy}");
    }
}

#[test]
fn who_serves_a_page_learns_the_hashes_of_its_styles() {
    let report = parse("# T\n\nText\n", &ParseOptions::default()).expect("within limits");
    let page = to_html_page(&report, &HtmlOptions::default()).expect("within limits");
    let styles = page.html.split("<style>").skip(1);
    let hashes: Vec<_> = styles
        .filter_map(|rest| Some(Sha256::digest(rest.split("</style>").next()?).to_vec()))
        .collect();
    let told: Vec<_> = page.style_hashes.iter().map(|hash| decode(hash)).collect();
    assert_eq!(told, hashes);
    assert_eq!(to_html(&report, &HtmlOptions::default()), Ok(page.html));
}

/// Plain base64.
fn decode(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = text
        .trim_end_matches('=')
        .chars()
        .filter_map(|c| ALPHABET.find(c))
        .map(|value| format!("{value:06b}"))
        .collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| {
            u8::from_str_radix(std::str::from_utf8(byte).expect("bits"), 2).expect("a byte")
        })
        .collect()
}

#[test]
fn the_cover_says_what_this_is() {
    let source = "---\ntitle: A\nsubtitle: B\ngroup: C\neditors: [Ana, {name: Bo, affiliation: X, group: Civil society}]\nkeywords: [k]\nlicence: https://creativecommons.org/licenses/by/4.0/\nabstract: |\n  One.\n\n  Two.\nstatus: Draft.\n---\nText";
    let options = HtmlOptions {
        version: Some("0.9".to_owned()),
        date: Some("2026-11-22".to_owned()),
        stage: Some("Public review".to_owned()),
        heads: vec!["abc".to_owned()],
        document_hash: Some(source_sha256(source.as_bytes())),
        url: Some("https://example.org/r".to_owned()),
        ..HtmlOptions::default()
    };
    let report = parse(source, &ParseOptions::default()).expect("within limits");
    insta::assert_snapshot!(
        to_html(&report, &options)
            .expect("within limits")
            .split_once("<style>")
            .map(|(head, rest)| {
                format!(
                    "{head}…{}",
                    rest.rsplit_once("</style>").map_or("", |(_, body)| body)
                )
            })
            .expect("a style")
            .replace('\u{feff}', "")
            .split("sha256-")
            .map(|part| part
                .split_once('\'')
                .map_or(part.to_owned(), |(_, rest)| format!("…'{rest}")))
            .collect::<Vec<_>>()
            .join("sha256-")
    );
}

#[test]
fn small_report() {
    insta::assert_snapshot!(crate::support::article(
        "# Report\n\n## One {#sec:one}\n\nText with `code`, a note[^1] and @sec:one.\n\n> Quote\n\n1. a\n2. b\n\n   c\n\nTerm\n: Meaning\n\n## Annex: {.appendix}\n\n[^1]: Note.\n"
    ));
}

#[test]
fn real_reports_are_sound() {
    for (name, source) in reports() {
        let whole = html(&source);
        assert_eq!(active_content(&whole), Vec::<String>::new(), "{name}");
        if let Err(why) = ammonia_agrees(&whole) {
            panic!("{name}: {}", why.chars().take(2_000).collect::<String>());
        }
        assert_eq!(whole, html(&source), "{name}");
    }
}

#[test]
fn the_sample_has_no_findings() {
    for (name, source) in reports()
        .into_iter()
        .filter(|(name, _)| name.contains("templates"))
    {
        let report = parse(&source, &ParseOptions::default()).expect("within limits");
        let found: Vec<_> = report
            .diagnostics
            .iter()
            .map(|finding| format!("{name}:{}: {}", finding.line, finding.message))
            .collect();
        assert_eq!(found, Vec::<String>::new());
    }
}

#[test]
fn byte_order_marks_and_line_ends_change_nothing() {
    let unix = "---\ntitle: A\n---\n\n# B\n\nText *b*\nmore\n";
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    assert_eq!(html(unix), html(&windows));
}
