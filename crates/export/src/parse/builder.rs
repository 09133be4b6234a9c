//! Builds the tree of blocks and inlines from the Markdown parser's events.

use std::borrow::Cow;
use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event};

use super::abbreviations::Abbreviations;
use super::attributes::Attributes;
use super::divisions::Fence;
use super::events::Text;
use super::foreign::Languages;
use super::frames::{Frame, FrameKind};
use super::html::{self, Tag};
use super::run::Run;
use super::scan::Starts;
use super::scripts::{Census, Script};
use super::slugs::Ids;
use super::{Notation, ParseOptions};
use crate::diagnostics::{Code, Findings, place};
use crate::error::ParseError;
use crate::limits::Limits;
use crate::model::{
    Block, BlockKind, Footnote, Inline, InlineKind, LanguageId, Metadata, Reference, Span, Target,
    TargetKind,
};

/// A heading before it is numbered.
#[derive(Debug)]
pub(crate) struct HeadingDraft<'a> {
    pub(crate) inlines: Vec<Inline<'a>>,
    pub(crate) level: u8,
    pub(crate) attributes: Box<Attributes>,
    /// Whether it opens a section: not within a quote, list or footnote.
    pub(crate) opens_section: bool,
    /// The footnote that it stands in, an index.
    pub(crate) within: Option<u32>,
    pub(crate) span: Span,
    pub(crate) language: Option<LanguageId>,
}

/// A reference to a footnote before footnotes are numbered.
#[derive(Debug)]
pub(crate) struct NoteDraft {
    pub(crate) key: String,
    pub(crate) within: Option<u32>,
    pub(crate) span: Span,
}

/// The state of the pass over the events.
#[derive(Debug)]
pub(crate) struct Builder<'a, 'm> {
    pub(crate) text: Text<'a, 'm>,
    pub(crate) limits: Limits,
    pub(crate) findings: Findings,
    /// The open containers; the first is the root and stays.
    pub(super) frames: Vec<Frame<'a>>,
    /// Blocks of all open containers, outer ones first.
    pub(super) blocks: Vec<Block<'a>>,
    /// Inlines of all open containers, outer ones first.
    pub(super) inlines: Vec<Inline<'a>>,
    pub(crate) run: Run<'a>,
    /// Whether text is taken as it is: CommonMark without our passes.
    pub(crate) plain: bool,
    pub(crate) brackets: bool,
    pub(crate) starts: Starts,
    pub(crate) abbreviations: Abbreviations,
    pub(crate) languages: Languages,
    /// Script of the report's own language.
    own_script: Script,
    /// Languages of the divisions that are open.
    pub(crate) context: Vec<LanguageId>,
    /// Whether a heading so far is in another language: what follows may stand in its section.
    pub(crate) foreign_sections: bool,
    pub(crate) fences: std::iter::Peekable<std::vec::IntoIter<Fence>>,
    pub(crate) headings: Vec<HeadingDraft<'a>>,
    pub(crate) footnotes: Vec<Footnote<'a>>,
    pub(crate) notes: Vec<NoteDraft>,
    pub(crate) references: Vec<Reference<'a>>,
    pub(crate) internal_links: Vec<(Cow<'a, str>, Span)>,
    pub(crate) targets: Vec<Target>,
    /// Targets that stand in footnotes, each with its footnote: where that is left out, so are they.
    pub(crate) in_notes: Vec<(u32, u32)>,
    pub(crate) anchors: HashMap<String, u32>,
    pub(crate) ids: Ids,
    pub(crate) notation: Vec<Notation>,
    pub(crate) tables: u32,
    pub(crate) figures: u32,
    pub(crate) recommendations: u32,
    pub(crate) cells: usize,
    /// How many links and images are open.
    pub(crate) link_depth: u32,
    /// References to footnotes met within a link: they come after it, since links do not nest.
    pub(super) hoisted: Vec<Inline<'a>>,
}

/// What the pass gives to the resolver.
pub(crate) type Built<'a, 'm> = (Builder<'a, 'm>, Vec<Block<'a>>);

impl<'a, 'm> Builder<'a, 'm> {
    pub(crate) fn new(
        text: Text<'a, 'm>,
        metadata: &Metadata,
        options: &ParseOptions,
        mut findings: Findings,
        fences: Vec<Fence>,
    ) -> Self {
        let tag = metadata
            .language
            .as_deref()
            .or(options.fallback_language.as_deref())
            .unwrap_or("en");
        let tag = if super::foreign::is_tag(tag) {
            tag
        } else {
            findings.add(Code::UnknownLanguage, Span::default(), || {
                unknown_language(tag)
            });
            "en"
        };
        let abbreviations = Abbreviations::new(&metadata.abbreviations);
        Self {
            text,
            limits: options.limits.clone(),
            findings,
            frames: vec![Frame::new(
                FrameKind::Root,
                Span::new(text.base, text.source.len()),
                0,
                0,
            )],
            blocks: Vec::new(),
            inlines: Vec::new(),
            run: Run::default(),
            plain: false,
            brackets: metadata.brackets != Some(false),
            starts: Starts::new(&abbreviations),
            abbreviations,
            languages: Languages::new(tag, &metadata.languages),
            own_script: super::scripts::of_language(tag),
            context: Vec::new(),
            foreign_sections: false,
            fences: fences.into_iter().peekable(),
            headings: Vec::new(),
            footnotes: Vec::new(),
            notes: Vec::new(),
            references: Vec::new(),
            internal_links: Vec::new(),
            targets: Vec::new(),
            in_notes: Vec::new(),
            anchors: HashMap::new(),
            ids: Ids::default(),
            notation: Vec::new(),
            tables: 0,
            figures: 0,
            recommendations: 0,
            cells: 0,
            link_depth: 0,
            hoisted: Vec::new(),
        }
    }

    /// Takes one event; `range` is its place in the body.
    pub(crate) fn event(
        &mut self,
        event: Event<'_>,
        range: std::ops::Range<usize>,
    ) -> Result<(), ParseError> {
        let range = range.start + self.text.base..range.end + self.text.base;
        let span = Span::new(range.start, range.end);
        if let Event::Text(text) = event {
            return self.text_event(text, range);
        }
        self.flush_run()?;
        match event {
            Event::Start(tag) => self.start(tag, span)?,
            Event::End(_) => self.end(span)?,
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                let code = self.text.keep(code);
                self.push_inline(InlineKind::Code(code), span);
            }
            Event::Html(html) => self.html_block(html),
            Event::InlineHtml(html) => self.inline_html(html, span),
            Event::FootnoteReference(label) => self.note_reference(&label, span)?,
            Event::SoftBreak => self.push_inline(InlineKind::SoftBreak, span),
            Event::HardBreak => self.push_inline(InlineKind::LineBreak, span),
            Event::Rule => {
                self.before_block(span)?;
                self.push_block(BlockKind::Rule, span, None);
            }
            Event::TaskListMarker(done) => self.task(done),
            Event::Text(_) => {}
        }
        Ok(())
    }

    fn text_event(
        &mut self,
        text: CowStr<'_>,
        range: std::ops::Range<usize>,
    ) -> Result<(), ParseError> {
        let source = self.text.source;
        let kept = self.text.keep(text);
        match &mut self.top().kind {
            FrameKind::Code(code) => append(&mut code.text, kept, source),
            FrameKind::Html(html) => append(html, kept, source),
            _ => self.run.push(kept, range, source),
        }
        Ok(())
    }

    fn html_block(&mut self, html: CowStr<'_>) {
        let source = self.text.source;
        let kept = self.text.keep(html);
        if let FrameKind::Html(html) = &mut self.top().kind {
            append(html, kept, source);
        }
    }

    /// A loose list puts the marker into its first paragraph, a tight one into the item.
    fn task(&mut self, done: bool) {
        let item = self
            .frames
            .iter_mut()
            .rev()
            .find(|frame| matches!(frame.kind, FrameKind::Item));
        if let Some(item) = item {
            item.task = Some(done);
        }
    }

    /// HTML that authors typed is shown as text, comments left out. What an `<a id="x">` names can
    /// be linked to all the same: the place is the text that is shown.
    fn inline_html(&mut self, html: CowStr<'_>, span: Span) {
        let html = self.text.keep(html);
        if !self.plain {
            match html::tag(&html) {
                Tag::Comment => return,
                Tag::Place(name) => {
                    self.raw_html(span);
                    let target = self.define_place(&name, span);
                    self.push_inline(InlineKind::Anchor(target), span);
                }
                Tag::Open => self.raw_html(span),
                // Said once for a pair.
                Tag::Close => {}
            }
        }
        let source = self.text.source;
        match self.last_inline() {
            Some(Inline {
                kind: InlineKind::RawHtml(before),
                span: whole,
            }) if whole.end == span.start => {
                append(before, html, source);
                whole.end = span.end;
            }
            _ => self.push_inline(InlineKind::RawHtml(html), span),
        }
    }

    /// Reports HTML that is shown as text.
    pub(crate) fn raw_html(&mut self, span: Span) {
        self.findings.add(Code::RawHtml, span, || {
            "this HTML is shown as text; write Markdown instead".to_owned()
        });
    }

    fn note_reference(&mut self, label: &str, span: Span) -> Result<(), ParseError> {
        let index = self.counted(self.notes.len(), span)?;
        self.notes.push(NoteDraft {
            key: note_key(label),
            within: self.open_note(),
            span,
        });
        let inline = Inline {
            kind: InlineKind::NoteReference(index),
            span,
        };
        if self.link_depth > 0 {
            self.hoisted.push(inline);
        } else {
            self.inlines.push(inline);
        }
        Ok(())
    }

    /// The innermost footnote that is open, an index.
    pub(crate) fn open_note(&self) -> Option<u32> {
        self.frames.iter().rev().find_map(|frame| match frame.kind {
            FrameKind::Footnote(index) => Some(index),
            _ => None,
        })
    }

    /// What must happen before a block starts: text of a tight item becomes a block of its own, and
    /// between blocks of the report the `:::` lines that stand before it take effect.
    pub(crate) fn before_block(&mut self, span: Span) -> Result<(), ParseError> {
        self.flush_plain();
        if self.between_blocks() {
            self.fences_until(span.start as usize)?;
        }
        Ok(())
    }

    /// Whether a heading here opens a section: not within a quote, list, table or footnote.
    pub(crate) fn in_sections(&self) -> bool {
        self.between_blocks()
    }

    fn between_blocks(&self) -> bool {
        self.frames
            .last()
            .is_none_or(|frame| matches!(frame.kind, FrameKind::Root | FrameKind::Division(..)))
    }

    /// Closes what is open at the end and gives everything to the resolver.
    pub(crate) fn finish(mut self) -> Result<Built<'a, 'm>, ParseError> {
        self.flush_run()?;
        self.flush_plain();
        let end = self.text.source.len();
        self.fences_until(usize::MAX)?;
        while matches!(self.top().kind, FrameKind::Division(..)) {
            let span = self.top().span;
            self.findings.add(Code::UnbalancedDiv, span, || {
                "this `:::` block is never closed; add a line `:::`".to_owned()
            });
            self.close_division(Span::new(end, end));
        }
        let blocks = std::mem::take(&mut self.blocks);
        Ok((self, blocks))
    }

    /// The language of a tag; reports what is none.
    pub(crate) fn language(&mut self, tag: &str, span: Span) -> LanguageId {
        let found = self.languages.id(tag);
        if found.is_none() {
            self.findings
                .add(Code::UnknownLanguage, span, || unknown_language(tag));
        }
        found.unwrap_or(LanguageId(0))
    }

    pub(crate) fn context_script(&self) -> Script {
        // Asked for every piece of text, so the answer for the report's own language is kept.
        self.context
            .last()
            .map_or(self.own_script, |language| self.languages.script(*language))
    }

    /// The language of a block by its letters, where that is not its context's. After a heading in
    /// another language it is said in any case, since the block may stand in that heading's section.
    pub(crate) fn own_language(&mut self, census: &Census) -> Option<LanguageId> {
        let script = census.dominant()?;
        if script == Script::Latin && !census.is_mostly_latin() {
            return None;
        }
        if script.fits(self.context_script()) {
            let context = self.context.last().copied().unwrap_or(LanguageId(0));
            return self.foreign_sections.then_some(context);
        }
        self.languages.of_script(script)
    }

    /// An index for one more reference, unless there are too many.
    pub(crate) fn counted(&self, len: usize, span: Span) -> Result<u32, ParseError> {
        let all = self.notes.len() + self.references.len() + self.internal_links.len();
        self.check(all, self.limits.references, "references", span)?;
        Ok(u32::try_from(len).unwrap_or(u32::MAX))
    }

    /// Fails when something that is counted is more than its limit.
    pub(crate) fn check(
        &self,
        count: usize,
        limit: usize,
        what: &'static str,
        span: Span,
    ) -> Result<(), ParseError> {
        if count < limit {
            return Ok(());
        }
        let (line, column) = place(self.text.source, span.start as usize);
        Err(ParseError::TooMany {
            what,
            limit,
            line,
            column,
        })
    }

    /// Defines something that can be referred to; gives its index and its id in the output.
    pub(crate) fn define(
        &mut self,
        label: Option<&str>,
        wanted: String,
        kind: TargetKind,
        span: Span,
    ) -> (u32, String) {
        let id = self.ids.unique(wanted);
        let index = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
        self.targets.push(Target {
            id: id.clone(),
            kind,
        });
        if let Some(note) = self.open_note() {
            self.in_notes.push((index, note));
        }
        if let Some(label) = label {
            if self.anchors.contains_key(label) {
                self.findings.add(Code::DuplicateId, span, || {
                    format!("the id {label} is used twice; references go to the first one")
                });
            } else {
                self.anchors.insert(label.to_owned(), index);
            }
        }
        (index, id)
    }

    /// Makes room for what headings add to the tables.
    pub(crate) fn expect_headings(&mut self, count: usize) {
        self.targets.reserve(count);
        self.ids.reserve(count);
        self.anchors.reserve(2 * count + self.targets.len());
    }

    /// Makes a target findable by one more name, unless that is taken.
    pub(crate) fn name(&mut self, name: String, target: u32) {
        if !name.is_empty() {
            self.anchors.entry(name).or_insert(target);
        }
    }

    /// Defines a place within text.
    pub(crate) fn define_place(&mut self, label: &str, span: Span) -> u32 {
        self.define(
            Some(label),
            format!("p-{}", super::slugs::tame(label)),
            TargetKind::Place,
            span,
        )
        .0
    }
}

fn unknown_language(tag: &str) -> String {
    format!("`{tag}` is no language tag; write one such as fr, ar or zh-Hans")
}

/// Footnote labels are compared without regard to case and spacing.
pub(crate) fn note_key(label: &str) -> String {
    label
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Puts two pieces together, without copying when they follow each other in the source.
fn append<'a>(whole: &mut Cow<'a, str>, piece: Cow<'a, str>, source: &'a str) {
    if whole.is_empty() {
        *whole = piece;
        return;
    }
    if let (Cow::Borrowed(first), Cow::Borrowed(second)) = (&*whole, &piece) {
        let start = (first.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize);
        let follows = first.as_ptr() as usize + first.len() == second.as_ptr() as usize;
        if follows
            && let Some(both) = source.get(start..start.saturating_add(first.len() + second.len()))
        {
            *whole = Cow::Borrowed(both);
            return;
        }
    }
    whole.to_mut().push_str(&piece);
}
