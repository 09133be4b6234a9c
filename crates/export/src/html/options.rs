//! What the caller knows and the text does not say.

use crate::limits::Limits;

/// What an HTML export needs beside the report. The exporter has no clock and no memory: whatever
/// is empty here and absent from the front matter is not printed.
#[derive(Debug, Clone, Default)]
pub struct HtmlOptions {
    /// Version, where the front matter gives none (a milestone's name, say).
    pub version: Option<String>,
    /// ISO 8601 date, where the front matter gives none.
    pub date: Option<String>,
    /// Stage of the draft in words, where the front matter has no status ("Public review").
    pub stage: Option<String>,
    /// Group, where the front matter names none.
    pub group: Option<String>,
    /// Id of the document, as its links carry it.
    pub document_id: Option<String>,
    /// Heads of the text at which it was exported, as hexadecimal change hashes.
    pub heads: Vec<String>,
    /// SHA-256 of the Markdown source in hexadecimal, see [`source_sha256`](crate::source_sha256).
    pub document_hash: Option<String>,
    /// Address at which this version can be read, where the front matter gives none.
    pub url: Option<String>,
    /// Bounds; only [`Limits::output_bytes`] counts here.
    pub limits: Limits,
}
