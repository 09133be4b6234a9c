//! The report, made once from the source and read by every exporter.
//!
//! A [`Report`] borrows its text from the source wherever it can. Blocks and inlines form a tree
//! whose depth is bounded by [`Limits::nesting`](crate::Limits::nesting), so that exporters may
//! recurse. What is numbered or referred to stands in flat tables beside the tree.

mod block;
mod inline;
mod metadata;
mod targets;

use std::collections::HashMap;

use serde::Serialize;

pub use block::{
    Alert, Alignment, Block, BlockKind, Caption, Cell, Column, Definition, Division, Figure,
    Footnote, Heading, HeadingKind, Item, List, Recommendation, Table,
};
pub use inline::{Image, Inline, InlineKind, LinkTarget, plain_text};
pub use metadata::{Editor, Metadata, SourceDate};
pub use targets::{NoteReference, Reference, ReferenceKind, Target, TargetKind};

use crate::diagnostics::Diagnostic;

/// A byte range of the source, front matter included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets; sources are far below 4 GB, larger offsets saturate.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }

    /// As a range for slicing.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Index into [`Report::languages`]; 0 is the report's own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LanguageId(pub u8);

/// A language of the report or of a passage in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// BCP 47 tag, such as `en` or `pt-BR`.
    pub tag: String,
    /// Whether its script runs from right to left.
    pub rtl: bool,
}

/// A report: the source's meaning, numbered and resolved.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// The source as given, byte for byte.
    pub source: &'a str,
    /// What the front matter says.
    pub metadata: Metadata,
    /// The title: of the front matter, of the caller, or of the first heading.
    pub title: String,
    /// Everything between front matter and footnotes, in order.
    pub blocks: Vec<Block<'a>>,
    /// Headings in reading order; [`BlockKind::Heading`] holds indexes into it.
    pub headings: Vec<Heading<'a>>,
    /// Footnotes by order of definition; [`Report::note_order`] has the reading order.
    pub footnotes: Vec<Footnote<'a>>,
    /// Indexes of the footnotes that are referred to, by number (the first is footnote 1).
    pub note_order: Vec<u32>,
    /// References to footnotes in source order; [`InlineKind::NoteReference`] holds indexes.
    pub note_references: Vec<NoteReference>,
    /// Cross-references in source order; [`InlineKind::Reference`] holds indexes.
    pub references: Vec<Reference<'a>>,
    /// What can be referred to.
    pub targets: Vec<Target>,
    /// Authors' ids, generated slugs and output ids → index into `targets`.
    pub anchors: HashMap<String, u32>,
    /// Languages; the first is the report's own.
    pub languages: Vec<Language>,
    /// Short form → long form of the front matter's abbreviations, by index in [`InlineKind::Abbreviation`].
    pub abbreviations: Vec<(String, String)>,
    /// Findings, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Byte ranges that only Plenary's dialect understands, for flattening.
    pub(crate) notation: Vec<crate::parse::Notation>,
    /// Where the text starts, after the front matter, in bytes.
    pub body_start: u32,
}

impl Report<'_> {
    /// The language of an id; unknown ids are the report's own language.
    #[must_use]
    pub fn language(&self, id: LanguageId) -> &Language {
        self.languages
            .get(usize::from(id.0))
            .unwrap_or(&self.languages[0])
    }

    /// The target that an author's fragment (without `#`, still percent-encoded) names.
    #[must_use]
    pub fn anchor(&self, fragment: &str) -> Option<&Target> {
        let found = self.anchors.get(fragment).copied().or_else(|| {
            let decoded = crate::parse::percent_decode(fragment)?;
            self.anchors
                .get(decoded.as_str())
                .or_else(|| self.anchors.get(&decoded.to_lowercase()))
                .copied()
        });
        self.targets.get(found? as usize)
    }
}
