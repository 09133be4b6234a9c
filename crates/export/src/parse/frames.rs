//! The containers that are open, and what stands in them.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::brackets::Marker;
use super::builder::Builder;
use super::scripts::Census;
use crate::diagnostics::place;
use crate::error::ParseError;
use crate::model::{
    Alert, Block, BlockKind, Cell, Definition, Inline, InlineKind, LanguageId, LinkTarget, List,
    Span, Table,
};

/// Verbatim text as far as it has come.
#[derive(Debug)]
pub(crate) struct Verbatim<'a> {
    pub(crate) language: Cow<'a, str>,
    pub(crate) text: Cow<'a, str>,
}

/// What a frame of the stack will become. What is large is boxed: frames are moved often.
#[derive(Debug)]
pub(crate) enum FrameKind<'a> {
    Root,
    Division(Box<Attributes>, Span),
    Paragraph,
    Heading(u8, Box<Attributes>),
    Quote,
    Alert(Alert),
    List(Box<List<'a>>),
    Item,
    DefinitionList(Vec<Definition<'a>>),
    Term,
    Meaning,
    /// Index into the footnotes.
    Footnote(u32),
    Code(Box<Verbatim<'a>>),
    Html(Cow<'a, str>),
    Table(Box<Table<'a>>),
    Row(Vec<Cell<'a>>),
    Cell,
    Emphasis,
    Strong,
    Struck,
    Link(Box<LinkTarget<'a>>),
    Image(Box<LinkTarget<'a>>),
}

/// A container that is open. What stands in it lies on two stacks that all containers share, so that
/// a container that closes takes a list of just the right size with it.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: FrameKind<'a>,
    pub(crate) span: Span,
    /// Where its blocks start on the stack of blocks.
    first_block: usize,
    /// Where its inlines start on the stack of inlines.
    first_inline: usize,
    pub(crate) markers: Vec<Marker>,
    pub(crate) census: Census,
    pub(crate) task: Option<bool>,
    /// Attributes that follow an image in this container.
    pub(crate) image_attributes: Option<Box<Attributes>>,
}

/// A container that was closed, with what stood in it.
#[derive(Debug)]
pub(crate) struct Closed<'a> {
    pub(crate) kind: FrameKind<'a>,
    pub(crate) span: Span,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) inlines: Vec<Inline<'a>>,
    pub(crate) markers: Vec<Marker>,
    pub(crate) census: Census,
    pub(crate) task: Option<bool>,
    pub(crate) image_attributes: Option<Box<Attributes>>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        kind: FrameKind<'a>,
        span: Span,
        first_block: usize,
        first_inline: usize,
    ) -> Self {
        Self {
            kind,
            span,
            first_block,
            first_inline,
            markers: Vec::new(),
            census: Census::default(),
            task: None,
            image_attributes: None,
        }
    }
}

impl<'a> Builder<'a, '_> {
    /// The innermost open container.
    pub(crate) fn top(&mut self) -> &mut Frame<'a> {
        if self.frames.is_empty() {
            // Cannot happen: the root is never popped. A fresh root keeps this function total.
            self.frames
                .push(Frame::new(FrameKind::Root, Span::default(), 0, 0));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
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
        let (blocks, inlines) = (self.blocks.len(), self.inlines.len());
        self.frames.push(Frame::new(kind, span, blocks, inlines));
        Ok(())
    }

    /// Takes the innermost container off the stack; never the root.
    pub(crate) fn pop(&mut self) -> Option<Closed<'a>> {
        if self.frames.len() < 2 {
            return None;
        }
        let frame = self.frames.pop()?;
        if matches!(frame.kind, FrameKind::Link(_) | FrameKind::Image(_)) {
            self.link_depth = self.link_depth.saturating_sub(1);
        }
        Some(Closed {
            blocks: take_from(&mut self.blocks, frame.first_block),
            inlines: take_from(&mut self.inlines, frame.first_inline),
            kind: frame.kind,
            span: frame.span,
            markers: frame.markers,
            census: frame.census,
            task: frame.task,
            image_attributes: frame.image_attributes,
        })
    }

    /// How many inlines the innermost container has.
    pub(crate) fn inline_count(&mut self) -> usize {
        let first = self.top().first_inline;
        self.inlines.len() - first
    }

    /// The last inline of the innermost container.
    pub(crate) fn last_inline(&mut self) -> Option<&mut Inline<'a>> {
        let first = self.top().first_inline;
        self.inlines[first..].last_mut()
    }

    /// The last block of the innermost container.
    pub(crate) fn last_block(&mut self) -> Option<&mut Block<'a>> {
        let first = self.top().first_block;
        self.blocks[first..].last_mut()
    }

    pub(crate) fn push_inline(&mut self, kind: InlineKind<'a>, span: Span) {
        self.inlines.push(Inline { kind, span });
    }

    /// Puts references to footnotes behind the link in which they stood.
    pub(crate) fn push_hoisted(&mut self) {
        if self.link_depth == 0 {
            self.inlines.append(&mut self.hoisted);
        }
    }

    /// Makes a block of the inlines that stand in a container of blocks.
    pub(crate) fn flush_plain(&mut self) {
        if self.inline_count() == 0 {
            return;
        }
        let first = self.top().first_inline;
        let inlines = self.inlines.split_off(first);
        let frame = self.top();
        let markers = std::mem::take(&mut frame.markers);
        let census = std::mem::take(&mut frame.census);
        let span = Span {
            start: inlines.first().map_or(0, |inline| inline.span.start),
            end: inlines.last().map_or(0, |inline| inline.span.end),
        };
        let inlines = self.settle(inlines, markers);
        let language = self.own_language(&census);
        self.push_block(BlockKind::Plain(inlines), span, language);
    }

    pub(crate) fn push_block(
        &mut self,
        kind: BlockKind<'a>,
        span: Span,
        language: Option<LanguageId>,
    ) {
        self.blocks.push(Block {
            kind,
            span,
            language,
        });
    }
}

/// Takes what lies on a stack from a place on. Many containers have nothing there.
fn take_from<T>(stack: &mut Vec<T>, first: usize) -> Vec<T> {
    if stack.len() > first {
        stack.split_off(first)
    } else {
        Vec::new()
    }
}
