//! What refers and what is referred to.

use std::borrow::Cow;

use super::Span;

/// Which kind of thing a cross-reference asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// `@sec:`
    Section,
    /// `@fig:`
    Figure,
    /// `@tbl:`
    Table,
}

/// A cross-reference.
#[derive(Debug, Clone)]
pub struct Reference<'a> {
    /// What it asks for.
    pub kind: ReferenceKind,
    /// Its label with the prefix, `sec:x`.
    pub label: Cow<'a, str>,
    /// Whether it was typed with a capital, `@Sec:x`, for the start of a sentence.
    pub capital: bool,
    /// What it names: an index into [`Report::targets`](super::Report::targets).
    pub target: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

/// A reference to a footnote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteReference {
    /// Index of the footnote.
    pub note: u32,
    /// Which reference to that footnote this is, from 1, in reading order.
    pub occurrence: u32,
    /// The footnote within which it stands.
    pub within: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

/// What kind of thing can be referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// A heading: index into [`Report::headings`](super::Report::headings).
    Heading(u32),
    /// A figure with its number.
    Figure(Option<u32>),
    /// A table with its number.
    Table(Option<u32>),
    /// A passage that is a recommendation, with its number.
    Recommendation(String),
    /// Any other passage or place with an id.
    Place,
}

/// Something with an id in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Id in the output: unique, without space, prefixed.
    pub id: String,
    /// What it is.
    pub kind: TargetKind,
}
