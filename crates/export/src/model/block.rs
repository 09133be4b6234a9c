//! Blocks: what stands below one another.

use std::borrow::Cow;

use super::{Inline, LanguageId, Span};

/// A block with its place in the source.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// What it is.
    pub kind: BlockKind<'a>,
    /// Where it stands.
    pub span: Span,
    /// Its language, where that differs from its surroundings'.
    pub language: Option<LanguageId>,
}

/// The kinds of block.
#[derive(Debug, Clone)]
pub enum BlockKind<'a> {
    /// Index into [`Report::headings`](super::Report::headings).
    Heading(u32),
    /// A paragraph.
    Paragraph(Vec<Inline<'a>>),
    /// Inlines without a paragraph around them: an item of a tight list.
    Plain(Vec<Inline<'a>>),
    /// A quotation.
    Quote(Vec<Block<'a>>),
    /// A note set apart, `> [!NOTE]`.
    Alert(Alert, Vec<Block<'a>>),
    /// A list.
    List(List<'a>),
    /// Terms and what they mean.
    DefinitionList(Vec<Definition<'a>>),
    /// Verbatim text with the language its fence names.
    Code {
        /// First word after the fence; empty when there is none.
        language: Cow<'a, str>,
        /// The text, line ends included.
        text: Cow<'a, str>,
    },
    /// A table.
    Table(Box<Table<'a>>),
    /// An image that stands alone, or several, with a caption.
    Figure(Box<Figure<'a>>),
    /// A passage marked by `:::` lines.
    Division(Box<Division<'a>>),
    /// A thematic break.
    Rule,
    /// HTML that the authors typed: shown as text, comments removed.
    RawHtml(Cow<'a, str>),
}

/// Kinds of alert, as GitHub has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// `[!NOTE]`
    Note,
    /// `[!TIP]`
    Tip,
    /// `[!IMPORTANT]`
    Important,
    /// `[!WARNING]`
    Warning,
    /// `[!CAUTION]`
    Caution,
}

/// A list with its items.
#[derive(Debug, Clone)]
pub struct List<'a> {
    /// First number of an ordered list.
    pub start: Option<u64>,
    /// The items.
    pub items: Vec<Item<'a>>,
}

/// An item of a list.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// Whether a task is done; none for an item that is no task.
    pub task: Option<bool>,
    /// What stands in it.
    pub blocks: Vec<Block<'a>>,
    /// Where it stands.
    pub span: Span,
}

/// A term, or what it means.
#[derive(Debug, Clone)]
pub enum Definition<'a> {
    /// A term.
    Term(Vec<Inline<'a>>),
    /// A meaning of the terms before it.
    Meaning(Vec<Block<'a>>),
}

/// A heading.
#[derive(Debug, Clone)]
pub struct Heading<'a> {
    /// Its text.
    pub inlines: Vec<Inline<'a>>,
    /// Its text without markup, notes and references.
    pub plain: String,
    /// Level as typed, 1 to 6.
    pub level: u8,
    /// Depth among the sections, 1 for the highest, without gaps; 0 for a heading that is no
    /// section: the title, or a heading within a quote or list.
    pub depth: u8,
    /// What it opens.
    pub kind: HeadingKind,
    /// Number as printed: `2.1`, `B.3`, or a recommendation's own.
    pub number: Option<String>,
    /// Level of consensus of a recommendation, as typed in `{consensus=…}`.
    pub consensus: Option<String>,
    /// Id in the output.
    pub id: String,
    /// Where the heading's own line stands.
    pub span: Span,
    /// Its language, where that is not the report's.
    pub language: Option<LanguageId>,
}

/// What a heading opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadingKind {
    /// A section.
    Section,
    /// A section of an annex, or the annex itself (depth 1 with a letter).
    Annex,
    /// A recommendation set apart.
    Recommendation,
    /// The report's title, printed on the cover and not again.
    Title,
    /// A heading within a quote, list or table.
    Loose,
}

/// A caption: of a table or a figure.
#[derive(Debug, Clone, Default)]
pub struct Caption<'a> {
    /// Its text.
    pub inlines: Vec<Inline<'a>>,
    /// Where it stands.
    pub span: Span,
    /// Its language, where that is not the report's.
    pub language: Option<LanguageId>,
}

/// Alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// As the language runs.
    Start,
    /// Centred.
    Centre,
    /// To the end of the line.
    End,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// How its cells are set; none where the author does not say.
    pub alignment: Option<Alignment>,
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    /// What stands in it.
    pub inlines: Vec<Inline<'a>>,
    /// Its language, where that differs from the table's.
    pub language: Option<LanguageId>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    /// Columns.
    pub columns: Vec<Column>,
    /// Cells of the head row.
    pub head: Vec<Cell<'a>>,
    /// Cells of the body, row by row.
    pub rows: Vec<Vec<Cell<'a>>>,
    /// Caption.
    pub caption: Option<Caption<'a>>,
    /// Number, when it has a caption or an id.
    pub number: Option<u32>,
    /// Id in the output.
    pub id: Option<String>,
}

/// A figure.
#[derive(Debug, Clone)]
pub struct Figure<'a> {
    /// The image.
    pub image: super::Image<'a>,
    /// Caption: the image's text.
    pub caption: Option<Caption<'a>>,
    /// Number, when it has a caption or an id.
    pub number: Option<u32>,
    /// Id in the output.
    pub id: Option<String>,
}

/// A passage marked by `:::` lines.
#[derive(Debug, Clone)]
pub struct Division<'a> {
    /// Whether it is a recommendation.
    pub recommendation: Option<Recommendation>,
    /// What stands in it.
    pub blocks: Vec<Block<'a>>,
    /// Id in the output.
    pub id: Option<String>,
}

/// A recommendation that is a passage and not a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// Its number.
    pub number: String,
    /// Level of consensus as typed.
    pub consensus: Option<String>,
}

/// A footnote.
#[derive(Debug, Clone)]
pub struct Footnote<'a> {
    /// Label as typed, for messages.
    pub label: Cow<'a, str>,
    /// What stands in it.
    pub blocks: Vec<Block<'a>>,
    /// Where it is defined.
    pub span: Span,
    /// Its number, from 1, when anything refers to it.
    pub number: Option<u32>,
    /// References to it: indexes into [`Report::note_references`](super::Report::note_references).
    pub references: Vec<u32>,
}
