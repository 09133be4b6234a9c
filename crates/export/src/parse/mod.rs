//! From the source to the report: one pass over the Markdown parser's events, one resolving pass
//! over the tables beside the tree.

mod abbreviations;
mod addresses;
mod attributes;
mod blocks;
mod brackets;
mod builder;
mod captions;
mod divisions;
mod events;
mod foreign;
mod frames;
mod headings;
mod html;
mod passages;
mod resolve;
mod run;
mod scan;
mod scripts;
mod slugs;
mod typed;

use std::borrow::Cow;

use pulldown_cmark::{Options, Parser};

use crate::diagnostics::{Findings, place};
use crate::error::ParseError;
use crate::front_matter;
use crate::limits::Limits;
use crate::model::{Report, Span};

pub(crate) use html::without_comments;

/// What the caller knows about a source before it is read.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// Bounds.
    pub limits: Limits,
    /// Title, where neither front matter nor headings give one (a file's name, say).
    pub fallback_title: Option<String>,
    /// BCP 47 tag of the language, where the front matter does not say; English without it.
    pub fallback_language: Option<String>,
}

/// What an author wrote for Plenary or pandoc only, and what plain Markdown has instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notation {
    pub(crate) span: Span,
    pub(crate) kind: NotationKind,
}

/// The kinds of notation, for flattening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotationKind {
    /// Attributes, fences: left out.
    Drop,
    /// Whole lines: left out with their line end.
    DropLine,
    /// A cross-reference: index into the report's references.
    Reference(u32),
    /// The `: ` before a caption: its label instead. The flag says that it stood as a table row.
    TableLabel(u32, bool),
    /// The place before a figure's caption, with its number.
    FigureLabel(u32),
    /// The start of a heading's text: index into the report's headings.
    HeadingNumber(u32),
}

/// The Markdown that is read: CommonMark, and of the extensions these and no others.
///
/// Never `Options::all()`, which also turns on an older footnote syntax. No smart punctuation:
/// what authors type is what readers see, in every language.
fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

/// Reads bytes as UTF-8, without changing them.
///
/// # Errors
/// [`ParseError::NotUtf8`] with the place of the first wrong byte.
pub fn decode(bytes: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let good = std::str::from_utf8(&bytes[..offset]).unwrap_or_default();
        let (line, column) = place(good, offset);
        ParseError::NotUtf8 {
            offset,
            line,
            column,
        }
    })
}

/// Reads a report.
///
/// `source` is Markdown with optional YAML front matter; a byte order mark and CRLF line ends are
/// understood. The report borrows from it.
///
/// # Errors
/// Only where a limit is met; everything else is a diagnostic in [`Report::diagnostics`].
pub fn parse<'a>(source: &'a str, options: &ParseOptions) -> Result<Report<'a>, ParseError> {
    parse_dialect(source, options, dialect())
}

/// Reads CommonMark without any extension, for checking the renderer against its examples.
#[cfg(feature = "test-raw-html")]
#[doc(hidden)]
pub fn parse_commonmark<'a>(source: &'a str) -> Result<Report<'a>, ParseError> {
    parse_dialect(source, &ParseOptions::default(), Options::empty())
}

fn parse_dialect<'a>(
    source: &'a str,
    options: &ParseOptions,
    dialect: Options,
) -> Result<Report<'a>, ParseError> {
    let limits = &options.limits;
    if source.len() > limits.source_bytes {
        return Err(ParseError::SourceTooLarge {
            found: source.len(),
            limit: limits.source_bytes,
        });
    }
    let mut findings = Findings::new(limits.diagnostics);
    let extended = dialect.contains(Options::ENABLE_GFM);
    let (metadata, body_start) = if extended {
        front_matter::read(source, limits, &mut findings)?
    } else {
        Default::default()
    };
    let body = &source[body_start..];
    let (masked, fences) = if extended {
        divisions::find(body)
    } else {
        (Cow::Borrowed(body), Vec::new())
    };
    let text = events::Text {
        source,
        masked: &masked,
        base: body_start,
    };
    let mut builder = builder::Builder::new(text, &metadata, options, findings, fences);
    builder.plain = !extended;
    for (event, range) in Parser::new_ext(&masked, dialect).into_offset_iter() {
        builder.event(event, range)?;
    }
    let built = builder.finish()?;
    resolve::report(built, source, metadata, body_start, options)
}

/// Decodes `%XX`; none when there is nothing to decode or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten();
        match pair
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}
