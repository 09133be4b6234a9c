//! What the fuzz targets assert, each about any bytes. They stand here, and not in `fuzz`, so that
//! ordinary tests on stable Rust can hold what was found once against the same promises.

use plenary_draft::{Discussion, LoadLimits, Record, Text, load_document};
use plenary_export::{
    HtmlOptions, MarkdownOptions, ParseOptions, decode, parse, to_html, to_markdown,
};
use plenary_protocol::limits::Limits;
use plenary_protocol::wire;

/// Names a fuzz target (the name of its file in `fuzz/fuzz_targets`, and of its folder in
/// `fuzz/crashers`) and what it asserts. The function panics when a promise is broken.
pub type Target = (&'static str, fn(&[u8]));

/// All fuzz targets.
pub const TARGETS: [Target; 4] = [
    ("document_load", document_load),
    ("markdown_to_html", markdown_to_html),
    ("session", crate::hostile::attack),
    ("wire_decode", wire_decode),
];

/// Any bytes are either refused or a document that saves and loads again, and that all readers of
/// the draft read without a panic.
pub fn document_load(bytes: &[u8]) {
    let limits = LoadLimits::default();
    let Ok(document) = load_document(bytes, &limits) else {
        return;
    };
    let _ = (Record::read(&document), Discussion::read(&document));
    let text = Text::read(&document);
    let _ = (text.markdown(), text.outline(), text.word_count());
    assert!(load_document(&document.save(), &limits).is_ok());
}

/// The whole way from bytes to HTML and to flattened Markdown: no panic, and the promises that hold
/// for any input.
pub fn markdown_to_html(bytes: &[u8]) {
    let Ok(source) = decode(bytes) else { return };
    let Ok(report) = parse(source, &ParseOptions::default()) else {
        return;
    };
    if let Ok(html) = to_html(&report, &HtmlOptions::default()) {
        for never in ["<script", " onerror=\"", "href=\"javascript"] {
            assert!(!html.contains(never), "{never}");
        }
        assert_eq!(html.matches("<style>").count(), 2);
    }
    let plain = to_markdown(&report, &MarkdownOptions::default());
    assert_eq!(plain.as_deref(), Ok(source));
    let both = MarkdownOptions {
        front_matter: true,
        flatten: true,
        ..MarkdownOptions::default()
    };
    if let Ok(flat) = to_markdown(&report, &both) {
        // What was flattened can be read again, within the same limits or a clear error.
        let _ = parse(&flat, &ParseOptions::default());
    }
}

/// Any bytes are either refused or a message that encodes to itself.
pub fn wire_decode(frame: &[u8]) {
    let limits = Limits::default();
    if let Ok(message) = wire::decode(frame, &limits) {
        let again = wire::decode(&wire::encode(&message), &limits);
        assert_eq!(again, Ok(message));
    }
}
