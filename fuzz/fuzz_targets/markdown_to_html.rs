//! The whole way from bytes to HTML and to flattened Markdown: no panic, and the promises that hold
//! for any input.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plenary_export::{HtmlOptions, MarkdownOptions, ParseOptions, decode, parse, to_html, to_markdown};

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = decode(bytes) else { return };
    let Ok(report) = parse(source, &ParseOptions::default()) else { return };
    if let Ok(html) = to_html(&report, &HtmlOptions::default()) {
        assert!(!html.contains("<script") && !html.contains(" onerror=\"") && !html.contains("href=\"javascript"));
        assert_eq!(html.matches("<style>").count(), 2);
    }
    let plain = to_markdown(&report, &MarkdownOptions::default());
    assert_eq!(plain.as_deref(), Ok(source));
    let both = MarkdownOptions { front_matter: true, flatten: true, ..MarkdownOptions::default() };
    if let Ok(flat) = to_markdown(&report, &both) {
        // What was flattened can be read again, within the same limits or a clear error.
        let _ = parse(&flat, &ParseOptions::default());
    }
});
