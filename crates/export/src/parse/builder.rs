//! Builds the tree of blocks and inlines from the Markdown parser's events.

use std::borrow::Cow;
use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event};

use super::abbreviations::Abbreviations;
use super::attributes::Attributes;
use super::brackets::{Mark, Marker};
use super::divisions::Fence;
use super::events::Text;
use super::foreign::Languages;
use super::html::{self, Tag as HtmlTag};
use super::run::Run;
use super::scripts::{Census, Script};
use super::slugs::Ids;
use super::{Notation, ParseOptions, scan};
use crate::diagnostics::{Code, Findings, place};
use crate::error::ParseError;
use crate::limits::Limits;
use crate::model::{
    Alert, Block, BlockKind, Cell, Column, Definition, Footnote, Inline, InlineKind, Item,
    LanguageId, LinkTarget, Metadata, Reference, Span, Target, TargetKind,
};

/// A heading before it is numbered.
#[derive(Debug)]
pub(crate) struct HeadingDraft<'a> {
    pub(crate) inlines: Vec<Inline<'a>>,
    pub(crate) level: u8,
    pub(crate) attributes: Attributes,
    /// Whether it opens a section: not within a quote, list or footnote.
    pub(crate) opens_section: bool,
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

/// What a frame of the stack will become.
#[derive(Debug)]
pub(crate) enum FrameKind<'a> {
    Root,
    Division(Attributes, Span),
    Paragraph,
    Heading(u8, Attributes),
    Quote,
    Alert(Alert),
    List(Option<u64>, Vec<Item<'a>>),
    Item,
    DefinitionList(Vec<Definition<'a>>),
    Term,
    Meaning,
    /// Index into the footnotes.
    Footnote(u32),
    Code(Cow<'a, str>, Cow<'a, str>),
    Html(Cow<'a, str>),
    Table(Vec<Column>, Vec<Cell<'a>>, Vec<Vec<Cell<'a>>>),
    Row(Vec<Cell<'a>>),
    Cell,
    Emphasis,
    Strong,
    Struck,
    Link(LinkTarget<'a>),
    Image(LinkTarget<'a>),
}

/// A container that is open.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: FrameKind<'a>,
    pub(crate) span: Span,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) inlines: Vec<Inline<'a>>,
    pub(crate) markers: Vec<Marker>,
    pub(crate) census: Census,
    pub(crate) task: Option<bool>,
    /// Attributes that follow an image in this container.
    pub(crate) image_attributes: Option<Attributes>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(kind: FrameKind<'a>, span: Span) -> Self {
        Self {
            kind,
            span,
            blocks: Vec::new(),
            inlines: Vec::new(),
            markers: Vec::new(),
            census: Census::default(),
            task: None,
            image_attributes: None,
        }
    }
}

/// The state of the pass over the events.
#[derive(Debug)]
pub(crate) struct Builder<'a, 'm> {
    pub(crate) text: Text<'a, 'm>,
    pub(crate) limits: Limits,
    pub(crate) findings: Findings,
    /// The open containers; the first is the root and stays.
    frames: Vec<Frame<'a>>,
    pub(crate) run: Run<'a>,
    /// Whether text is taken as it is: CommonMark without our passes.
    pub(crate) plain: bool,
    pub(crate) brackets: bool,
    pub(crate) interesting: [bool; 256],
    pub(crate) abbreviations: Abbreviations,
    pub(crate) languages: Languages,
    /// Script of the report's own language.
    own_script: Script,
    /// Languages of the divisions that are open.
    pub(crate) context: Vec<LanguageId>,
    pub(crate) fences: std::iter::Peekable<std::vec::IntoIter<Fence>>,
    pub(crate) headings: Vec<HeadingDraft<'a>>,
    pub(crate) footnotes: Vec<Footnote<'a>>,
    pub(crate) notes: Vec<NoteDraft>,
    pub(crate) references: Vec<Reference<'a>>,
    pub(crate) internal_links: Vec<(Cow<'a, str>, Span)>,
    pub(crate) targets: Vec<Target>,
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
    hoisted: Vec<Inline<'a>>,
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
        let mut interesting = scan::interesting();
        for byte in 0..=255u8 {
            interesting[usize::from(byte)] |=
                !abbreviations.is_empty() && abbreviations.may_start(byte);
        }
        Self {
            text,
            limits: options.limits.clone(),
            findings,
            frames: vec![Frame::new(
                FrameKind::Root,
                Span::new(text.base, text.source.len()),
            )],
            run: Run::default(),
            plain: false,
            brackets: metadata.brackets != Some(false),
            interesting,
            abbreviations,
            languages: Languages::new(tag, &metadata.languages),
            own_script: super::scripts::of_language(tag),
            context: Vec::new(),
            fences: fences.into_iter().peekable(),
            headings: Vec::new(),
            footnotes: Vec::new(),
            notes: Vec::new(),
            references: Vec::new(),
            internal_links: Vec::new(),
            targets: Vec::new(),
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

    /// The innermost open container.
    pub(crate) fn top(&mut self) -> &mut Frame<'a> {
        if self.frames.is_empty() {
            // Cannot happen: the root is never popped. A fresh root keeps this function total.
            self.frames
                .push(Frame::new(FrameKind::Root, Span::default()));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
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
            FrameKind::Code(_, code) => append(code, kept, source),
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

    fn inline_html(&mut self, html: CowStr<'_>, span: Span) {
        let html = self.text.keep(html);
        let index = self.top().inlines.len();
        match (!self.plain).then(|| html::tag(&html)).flatten() {
            Some(HtmlTag::Break) => self.push_inline(InlineKind::LineBreak, span),
            Some(HtmlTag::Comment) => {}
            Some(HtmlTag::Open(level)) => {
                self.top().markers.push(Marker {
                    index,
                    mark: Mark::Raise(level),
                });
                self.push_inline(InlineKind::RawHtml(html), span);
            }
            Some(HtmlTag::Close(level)) => {
                self.top().markers.push(Marker {
                    index,
                    mark: Mark::Lower(level),
                });
                self.push_inline(InlineKind::RawHtml(html), span);
            }
            Some(HtmlTag::AnchorEnd) => {
                let name = match self.top().inlines.last().map(|last| &last.kind) {
                    Some(InlineKind::RawHtml(open)) => html::tag(open),
                    _ => None,
                };
                let Some(HtmlTag::Anchor(name)) = name else {
                    self.raw_inline(html, span);
                    return;
                };
                let start = self
                    .top()
                    .inlines
                    .pop()
                    .map_or(span.start, |open| open.span.start);
                let span = Span {
                    start,
                    end: span.end,
                };
                let target = self.define_place(&name, span);
                self.push_inline(InlineKind::Anchor(target), span);
            }
            Some(HtmlTag::Anchor(_)) | None => self.raw_inline(html, span),
        }
    }

    fn raw_inline(&mut self, html: Cow<'a, str>, span: Span) {
        if !self.plain && html::tag(&html).is_none() {
            self.findings.add(Code::RawHtml, span, || {
                "this HTML is shown as text; write Markdown instead".to_owned()
            });
        }
        self.push_inline(InlineKind::RawHtml(html), span);
    }

    fn note_reference(&mut self, label: &str, span: Span) -> Result<(), ParseError> {
        let index = self.counted(self.notes.len(), span)?;
        let within = self.frames.iter().rev().find_map(|frame| match frame.kind {
            FrameKind::Footnote(index) => Some(index),
            _ => None,
        });
        self.notes.push(NoteDraft {
            key: note_key(label),
            within,
            span,
        });
        let inline = Inline {
            kind: InlineKind::NoteReference(index),
            span,
        };
        if self.link_depth > 0 {
            self.hoisted.push(inline);
        } else {
            self.top().inlines.push(inline);
        }
        Ok(())
    }

    /// Opens a container, unless there are too many within one another.
    pub(crate) fn open(&mut self, kind: FrameKind<'a>, span: Span) -> Result<(), ParseError> {
        if self.frames.len() > self.limits.nesting {
            let (line, column) = place(self.text.source, span.start as usize);
            return Err(ParseError::NestingTooDeep {
                line,
                column,
                limit: self.limits.nesting,
            });
        }
        if matches!(kind, FrameKind::Link(_) | FrameKind::Image(_)) {
            self.link_depth += 1;
        }
        self.frames.push(Frame::new(kind, span));
        Ok(())
    }

    /// Takes the innermost container off the stack; never the root.
    pub(crate) fn pop(&mut self) -> Option<Frame<'a>> {
        if self.frames.len() < 2 {
            return None;
        }
        let frame = self.frames.pop()?;
        if matches!(frame.kind, FrameKind::Link(_) | FrameKind::Image(_)) {
            self.link_depth = self.link_depth.saturating_sub(1);
        }
        Some(frame)
    }

    /// References to footnotes that wait for the end of a link.
    pub(crate) fn take_hoisted(&mut self) -> Vec<Inline<'a>> {
        if self.link_depth == 0 {
            std::mem::take(&mut self.hoisted)
        } else {
            Vec::new()
        }
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

    /// Makes a block of the inlines that stand in a container of blocks.
    pub(crate) fn flush_plain(&mut self) {
        let frame = self.top();
        if frame.inlines.is_empty() {
            return;
        }
        let inlines = std::mem::take(&mut frame.inlines);
        let markers = std::mem::take(&mut frame.markers);
        let census = std::mem::take(&mut frame.census);
        let span = Span {
            start: inlines.first().map_or(0, |inline| inline.span.start),
            end: inlines.last().map_or(0, |inline| inline.span.end),
        };
        let inlines = self.settle(inlines, markers);
        let language = self.own_language(census);
        self.push_block(BlockKind::Plain(inlines), span, language);
    }

    pub(crate) fn push_block(
        &mut self,
        kind: BlockKind<'a>,
        span: Span,
        language: Option<LanguageId>,
    ) {
        self.top().blocks.push(Block {
            kind,
            span,
            language,
        });
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
        let blocks = std::mem::take(&mut self.top().blocks);
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

    /// The language of a block by its letters, where that is not its context's.
    pub(crate) fn own_language(&mut self, census: Census) -> Option<LanguageId> {
        let script = census.dominant()?;
        let context = self.context_script();
        if script.fits(context) || (script == Script::Latin && !census.is_mostly_latin()) {
            return None;
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
        wanted: &str,
        kind: TargetKind,
        span: Span,
    ) -> (u32, String) {
        let id = self.ids.unique(wanted);
        let index = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
        self.targets.push(Target {
            id: id.clone(),
            kind,
        });
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

    /// Defines a place within text.
    pub(crate) fn define_place(&mut self, label: &str, span: Span) -> u32 {
        self.define(
            Some(label),
            &format!("p-{}", super::slugs::tame(label)),
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
