//! Inlines: what stands beside one another in a line.

use std::borrow::Cow;

use super::{LanguageId, Span};

/// An inline with its place in the source.
#[derive(Debug, Clone)]
pub struct Inline<'a> {
    /// What it is.
    pub kind: InlineKind<'a>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of inline.
#[derive(Debug, Clone)]
pub enum InlineKind<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Verbatim text.
    Code(Cow<'a, str>),
    /// A line end in the source that is a space in the output.
    SoftBreak,
    /// A line end in the output.
    LineBreak,
    /// Emphasis.
    Emphasis(Vec<Inline<'a>>),
    /// Strong emphasis.
    Strong(Vec<Inline<'a>>),
    /// Text struck out.
    Struck(Vec<Inline<'a>>),
    /// A link.
    Link(Box<LinkTarget<'a>>, Vec<Inline<'a>>),
    /// An image.
    Image(Box<Image<'a>>),
    /// Index into [`Report::note_references`](super::Report::note_references).
    NoteReference(u32),
    /// Index into [`Report::references`](super::Report::references).
    Reference(u32),
    /// Index into [`Report::abbreviations`](super::Report::abbreviations), and the text as typed.
    Abbreviation(u32, Cow<'a, str>),
    /// Text that is not agreed: one or more alternatives.
    Bracket(Vec<Vec<Inline<'a>>>),
    /// A passage in another language.
    Foreign(LanguageId, Vec<Inline<'a>>),
    /// An empty place to link to: index into [`Report::targets`](super::Report::targets).
    Anchor(u32),
    /// HTML that the authors typed, shown as text.
    RawHtml(Cow<'a, str>),
}

/// Where a link goes.
#[derive(Debug, Clone)]
pub struct LinkTarget<'a> {
    /// Address as typed, entities resolved.
    pub address: Cow<'a, str>,
    /// Title as typed; empty when there is none.
    pub title: Cow<'a, str>,
}

/// An image.
#[derive(Debug, Clone)]
pub struct Image<'a> {
    /// Address and title.
    pub target: LinkTarget<'a>,
    /// Its text: the alternative, and in a figure the caption.
    pub inlines: Vec<Inline<'a>>,
    /// Alternative text apart from the caption, from `{alt="…"}`.
    pub alternative: Option<String>,
}

/// The text of inlines without markup, notes and references.
#[must_use]
pub fn plain_text(inlines: &[Inline<'_>]) -> String {
    // Room for most headings and captions, so that it need not grow step by step.
    let mut out = String::with_capacity(64);
    collect(inlines, &mut out);
    out
}

fn collect(inlines: &[Inline<'_>], out: &mut String) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Text(text) | InlineKind::Code(text) | InlineKind::Abbreviation(_, text) => {
                out.push_str(text)
            }
            InlineKind::SoftBreak | InlineKind::LineBreak => out.push(' '),
            InlineKind::Emphasis(inner)
            | InlineKind::Strong(inner)
            | InlineKind::Struck(inner)
            | InlineKind::Link(_, inner)
            | InlineKind::Foreign(_, inner) => collect(inner, out),
            InlineKind::Image(image) => collect(&image.inlines, out),
            InlineKind::Bracket(alternatives) => {
                out.push('[');
                for (index, part) in alternatives.iter().enumerate() {
                    if index > 0 {
                        out.push_str(" / ");
                    }
                    collect(part, out);
                }
                out.push(']');
            }
            InlineKind::NoteReference(_)
            | InlineKind::Reference(_)
            | InlineKind::Anchor(_)
            | InlineKind::RawHtml(_) => {}
        }
    }
}
