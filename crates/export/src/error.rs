//! What can go wrong, one enum for each half of the crate.

use thiserror::Error;

/// Why a source could not become a report. Everything less than this is a
/// [`Diagnostic`](crate::Diagnostic) and the report is made all the same.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The source is larger than [`Limits::source_bytes`](crate::Limits::source_bytes).
    #[error(
        "the text has {found} bytes, more than the {limit} bytes one report may have; split it into several reports"
    )]
    SourceTooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error(
        "line {line}, column {column}: the file is not UTF-8 (first wrong byte at offset {offset}); save it as UTF-8 and export it again"
    )]
    NotUtf8 {
        /// Byte offset of the first byte that does not belong.
        offset: usize,
        /// Line, from 1.
        line: u32,
        /// Column in code points, from 1.
        column: u32,
    },
    /// Quotes, lists, divs or emphases stand too deep within one another.
    #[error(
        "line {line}, column {column}: quotes, lists and emphasis stand more than {limit} levels deep; write this passage flatter"
    )]
    NestingTooDeep {
        /// Line, from 1.
        line: u32,
        /// Column in code points, from 1.
        column: u32,
        /// Levels allowed.
        limit: usize,
    },
    /// There is too much of something that is counted.
    #[error(
        "line {line}, column {column}: the report has more than {limit} {what}; split it into several reports"
    )]
    TooMany {
        /// What is counted, in words.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
        /// Line of the first one too many, from 1.
        line: u32,
        /// Its column in code points, from 1.
        column: u32,
    },
    /// The front matter is longer than [`Limits::front_matter_bytes`](crate::Limits::front_matter_bytes).
    #[error(
        "the front matter has {found} bytes, more than the {limit} bytes allowed; move long passages into the text"
    )]
    FrontMatterTooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// Why a report could not be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// The output passed [`Limits::output_bytes`](crate::Limits::output_bytes).
    #[error(
        "the {format} would be larger than {limit} bytes, about line {line} of the text; this text grows far too much when it is rendered, write the passage before that line flatter"
    )]
    OutputTooLarge {
        /// Name of the format.
        format: &'static str,
        /// Bytes allowed.
        limit: usize,
        /// Line of the source that was being written, from 1.
        line: u32,
    },
}
