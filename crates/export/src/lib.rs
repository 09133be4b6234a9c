//! Markdown with front matter → a report model → HTML and Markdown.
//!
//! The crate is pure: it reads no file, no clock and no network, and the same input gives the same
//! bytes. [`parse`] makes a [`Report`] once; every exporter reads that. The dialect and what each
//! of its features gives are described in `docs/report-format.md`.
//!
//! Invariants:
//! - Everything that reaches an output is written by this crate from the model. No HTML of authors
//!   passes through, no renderer of the Markdown parser is used.
//! - Passes over text see text only: code and addresses stay as they were typed.
//! - What is wrong with a text is a [`Diagnostic`] with its place, and the report is made all the
//!   same; only a met limit is an error.

#![warn(missing_docs)]

mod bytes;
mod diagnostics;
mod error;
mod front_matter;
mod html;
mod labels;
mod limits;
mod markdown;
pub mod model;
mod parse;
mod yaml;

pub use diagnostics::{Code, Diagnostic, Severity};
pub use error::{ExportError, ParseError};
pub use html::{HtmlOptions, HtmlPage, to_html, to_html_page};
pub use limits::Limits;
pub use markdown::{MarkdownOptions, to_markdown};
pub use model::Report;
pub use parse::{ParseOptions, decode, parse};
pub use yaml::{Entry as YamlEntry, Yaml};
#[cfg(feature = "test-raw-html")]
#[doc(hidden)]
pub use {html::to_bare_html, parse::parse_commonmark};

/// SHA-256 of a source in lower-case hexadecimal: what [`HtmlOptions::document_hash`] prints.
#[must_use]
pub fn source_sha256(source: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    let mut out = String::with_capacity(64);
    for byte in sha2::Sha256::digest(source) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
