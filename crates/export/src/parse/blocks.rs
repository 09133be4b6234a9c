//! What the start and the end of each container does.

use std::borrow::Cow;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, CowStr, LinkType, Tag};

use super::attributes::Attributes;
use super::builder::{Builder, HeadingDraft};
use super::captions;
use super::frames::{Closed, FrameKind, Verbatim};
use crate::diagnostics::Code;
use crate::error::ParseError;
use crate::html::{Href, judge};
use crate::model::{
    Alert, Alignment, Block, BlockKind, Cell, Column, Definition, Footnote, Image, Inline,
    InlineKind, Item, LanguageId, LinkTarget, List, Span, Table,
};

impl<'a> Builder<'a, '_> {
    pub(crate) fn start(&mut self, tag: Tag<'_>, span: Span) -> Result<(), ParseError> {
        if is_block(&tag) {
            self.before_block(span)?;
        }
        let kind = match tag {
            Tag::Paragraph => FrameKind::Paragraph,
            Tag::Heading {
                level,
                id,
                classes,
                attrs,
            } => {
                self.check(self.headings.len(), self.limits.headings, "headings", span)?;
                let attributes = heading_attributes(id, &classes, attrs);
                FrameKind::Heading(level as u8, Box::new(attributes))
            }
            Tag::BlockQuote(kind) => {
                kind.map_or(FrameKind::Quote, |kind| FrameKind::Alert(alert(kind)))
            }
            Tag::CodeBlock(kind) => FrameKind::Code(Box::new(Verbatim {
                language: self.code_language(kind),
                text: Cow::Borrowed(""),
            })),
            Tag::HtmlBlock => FrameKind::Html(Cow::Borrowed("")),
            Tag::List(start) => FrameKind::List(Box::new(List {
                start,
                items: Vec::new(),
            })),
            Tag::Item => FrameKind::Item,
            Tag::FootnoteDefinition(label) => {
                self.check(
                    self.footnotes.len(),
                    self.limits.footnotes,
                    "footnotes",
                    span,
                )?;
                let index = u32::try_from(self.footnotes.len()).unwrap_or(u32::MAX);
                let label = self.text.keep(label);
                self.footnotes.push(Footnote {
                    label,
                    blocks: Vec::new(),
                    span,
                    number: None,
                    references: Vec::new(),
                });
                FrameKind::Footnote(index)
            }
            Tag::DefinitionList => FrameKind::DefinitionList(Vec::new()),
            Tag::DefinitionListTitle => FrameKind::Term,
            Tag::DefinitionListDefinition => FrameKind::Meaning,
            Tag::Table(columns) => FrameKind::Table(Box::new(Table {
                columns: columns.into_iter().map(column).collect(),
                head: Vec::new(),
                rows: Vec::new(),
                caption: None,
                number: None,
                id: None,
            })),
            Tag::TableHead | Tag::TableRow => FrameKind::Row(Vec::with_capacity(self.columns())),
            Tag::TableCell => {
                self.cells += 1;
                self.check(self.cells - 1, self.limits.table_cells, "table cells", span)?;
                FrameKind::Cell
            }
            Tag::Emphasis | Tag::Superscript | Tag::Subscript => FrameKind::Emphasis,
            Tag::Strong => FrameKind::Strong,
            Tag::Strikethrough => FrameKind::Struck,
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => FrameKind::Link(Box::new(self.link_target(link_type, dest_url, title))),
            Tag::Image {
                dest_url, title, ..
            } => FrameKind::Image(Box::new(self.link_target(
                LinkType::Inline,
                dest_url,
                title,
            ))),
            Tag::MetadataBlock(_) => FrameKind::Html(Cow::Borrowed("")),
        };
        self.open(kind, span)
    }

    pub(crate) fn end(&mut self, _span: Span) -> Result<(), ParseError> {
        let holds_blocks = matches!(
            self.top().kind,
            FrameKind::Item
                | FrameKind::Meaning
                | FrameKind::Footnote(_)
                | FrameKind::Quote
                | FrameKind::Alert(_)
        );
        if holds_blocks {
            self.flush_plain();
        }
        let Some(frame) = self.pop() else {
            return Ok(());
        };
        match &frame.kind {
            FrameKind::Emphasis
            | FrameKind::Strong
            | FrameKind::Struck
            | FrameKind::Link(_)
            | FrameKind::Image(_) => self.end_inline(frame),
            FrameKind::Paragraph | FrameKind::Heading(..) | FrameKind::Term | FrameKind::Cell => {
                self.end_text(frame)
            }
            FrameKind::Table(..) | FrameKind::Row(_) => self.end_table(frame),
            _ => {
                self.end_container(frame);
                Ok(())
            }
        }
    }

    /// How many columns the table has whose rows come now.
    fn columns(&mut self) -> usize {
        match &self.top().kind {
            FrameKind::Table(table) => table.columns.len(),
            _ => 0,
        }
    }

    fn end_inline(&mut self, frame: Closed<'a>) -> Result<(), ParseError> {
        let Closed {
            kind,
            span,
            inlines,
            markers,
            census,
            ..
        } = frame;
        let inlines = self.settle(inlines, markers);
        self.top().census.merge(census);
        let kind = match kind {
            FrameKind::Strong => InlineKind::Strong(inlines),
            FrameKind::Struck => InlineKind::Struck(inlines),
            FrameKind::Link(target) => {
                if let Some(fragment) = target.address.strip_prefix('#') {
                    let fragment = Cow::Owned(fragment.to_owned());
                    self.counted(self.internal_links.len(), span)?;
                    self.internal_links.push((fragment, span));
                } else if !self.plain && judge(&target.address) == Href::Refused {
                    self.findings.add(Code::RefusedLink, span, || {
                        format!("the link to {} is shown as text; published reports link to http, https and mailto addresses and to places in the report", target.address)
                    });
                }
                InlineKind::Link(target, inlines)
            }
            FrameKind::Image(target) => {
                if !self.plain {
                    self.check_alternative(&inlines, &target.address, span);
                }
                InlineKind::Image(Box::new(Image {
                    target: *target,
                    inlines,
                    alternative: None,
                }))
            }
            _ => InlineKind::Emphasis(inlines),
        };
        self.push_inline(kind, span);
        self.push_hoisted();
        Ok(())
    }

    fn end_text(&mut self, frame: Closed<'a>) -> Result<(), ParseError> {
        let Closed {
            kind,
            span,
            inlines,
            markers,
            census,
            image_attributes,
            ..
        } = frame;
        let inlines = self.settle(inlines, markers);
        let language = self.own_language(&census);
        match kind {
            FrameKind::Paragraph => {
                return self.paragraph(inlines, span, language, image_attributes);
            }
            FrameKind::Heading(level, attributes) => {
                self.heading(level, attributes, inlines, span, language)
            }
            FrameKind::Cell => {
                if let FrameKind::Row(cells) = &mut self.top().kind {
                    cells.push(Cell { inlines, language });
                }
            }
            _ => {
                if let FrameKind::DefinitionList(items) = &mut self.top().kind {
                    items.push(Definition::Term(inlines));
                }
            }
        }
        Ok(())
    }

    fn heading(
        &mut self,
        level: u8,
        attributes: Box<Attributes>,
        inlines: Vec<Inline<'a>>,
        span: Span,
        language: Option<LanguageId>,
    ) {
        let index = u32::try_from(self.headings.len()).unwrap_or(u32::MAX);
        let language = attributes
            .get("lang")
            .map(str::to_owned)
            .map(|tag| self.language(&tag, span))
            .or(language);
        let opens_section = self.in_sections();
        self.foreign_sections |= language.is_some_and(|language| language != LanguageId(0));
        let within = self.open_note();
        self.headings.push(HeadingDraft {
            inlines,
            level,
            attributes,
            opens_section,
            within,
            span,
            language,
        });
        self.push_block(BlockKind::Heading(index), span, language);
    }

    fn end_table(&mut self, frame: Closed<'a>) -> Result<(), ParseError> {
        match frame.kind {
            FrameKind::Row(cells) => {
                if let FrameKind::Table(table) = &mut self.top().kind {
                    if table.head.is_empty() {
                        table.head = cells;
                    } else {
                        table.rows.push(cells);
                    }
                }
            }
            FrameKind::Table(mut table) => {
                let last = (!self.plain)
                    .then(|| {
                        table
                            .rows
                            .pop_if(|row| self.is_caption_row(row, frame.span))
                    })
                    .flatten();
                self.push_block(BlockKind::Table(table), frame.span, None);
                let cell = last.and_then(|row| row.into_iter().next());
                if let Some(Cell {
                    mut inlines,
                    language,
                }) = cell
                    && let Some(lead) = inlines.first().and_then(captions::caption_lead)
                {
                    let start = inlines
                        .first()
                        .map_or(frame.span.start, |inline| inline.span.start);
                    captions::drop_lead(&mut inlines, lead);
                    let span = Span {
                        start,
                        end: frame.span.end,
                    };
                    self.caption_of_last_table(inlines, span, language, lead, true);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A caption directly under a table reads as its last row: one cell, no pipe in its line.
    fn is_caption_row(&self, row: &[Cell<'a>], table: Span) -> bool {
        let Some((first, rest)) = row.split_first() else {
            return false;
        };
        let Some(lead) = first.inlines.first() else {
            return false;
        };
        let alone = rest.iter().all(|cell| cell.inlines.is_empty());
        let line = &self.text.source
            [lead.span.start as usize..(table.end as usize).max(lead.span.start as usize)];
        alone && captions::caption_lead(lead).is_some() && !line.contains('|')
    }

    fn end_container(&mut self, frame: Closed<'a>) {
        let Closed {
            kind,
            span,
            blocks,
            task,
            ..
        } = frame;
        match kind {
            FrameKind::Quote => {
                let language = common_language(blocks.iter());
                self.push_block(BlockKind::Quote(blocks), span, language);
            }
            FrameKind::Alert(alert) => self.push_block(BlockKind::Alert(alert, blocks), span, None),
            FrameKind::Item => {
                if let FrameKind::List(list) = &mut self.top().kind {
                    list.items.push(Item { task, blocks, span });
                }
            }
            FrameKind::List(list) => {
                let language = common_language(list.items.iter().flat_map(|item| &item.blocks));
                self.push_block(BlockKind::List(*list), span, language);
            }
            FrameKind::Meaning => {
                if let FrameKind::DefinitionList(items) = &mut self.top().kind {
                    items.push(Definition::Meaning(blocks));
                }
            }
            FrameKind::DefinitionList(items) => {
                self.push_block(BlockKind::DefinitionList(items), span, None)
            }
            FrameKind::Footnote(index) => {
                if let Some(footnote) = self.footnotes.get_mut(index as usize) {
                    footnote.blocks = blocks;
                }
            }
            FrameKind::Code(code) => {
                let Verbatim { language, text } = *code;
                self.push_block(BlockKind::Code { language, text }, span, None)
            }
            FrameKind::Html(html) => self.end_html(html, span),
            _ => {}
        }
    }

    fn end_html(&mut self, html: Cow<'a, str>, span: Span) {
        let html = if self.plain {
            html
        } else {
            super::without_comments(html)
        };
        if html.trim().is_empty() {
            return;
        }
        if !self.plain {
            self.raw_html(span);
        }
        self.push_block(BlockKind::RawHtml(html), span, None);
    }

    fn code_language(&self, kind: CodeBlockKind<'_>) -> Cow<'a, str> {
        match kind {
            CodeBlockKind::Indented => Cow::Borrowed(""),
            CodeBlockKind::Fenced(info) => match self.text.keep(info) {
                Cow::Borrowed(info) => {
                    Cow::Borrowed(info.split_whitespace().next().unwrap_or_default())
                }
                Cow::Owned(info) => Cow::Owned(
                    info.split_whitespace()
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                ),
            },
        }
    }

    fn link_target(
        &self,
        kind: LinkType,
        address: CowStr<'_>,
        title: CowStr<'_>,
    ) -> LinkTarget<'a> {
        let address = self.text.keep(address);
        let mail = kind == LinkType::Email;
        let address = if mail {
            Cow::Owned(format!("mailto:{address}"))
        } else {
            address
        };
        LinkTarget {
            address,
            title: self.text.keep(title),
        }
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::BlockQuote(_)
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::List(_)
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::Table(_)
    )
}

/// The language that all these blocks share, so that a list in Arabic has its bullets on its right.
fn common_language<'b, 'a: 'b>(
    mut blocks: impl Iterator<Item = &'b Block<'a>>,
) -> Option<LanguageId> {
    let first = blocks.next()?.language?;
    blocks
        .all(|block| block.language == Some(first))
        .then_some(first)
}

fn alert(kind: BlockQuoteKind) -> Alert {
    match kind {
        BlockQuoteKind::Note => Alert::Note,
        BlockQuoteKind::Tip => Alert::Tip,
        BlockQuoteKind::Important => Alert::Important,
        BlockQuoteKind::Warning => Alert::Warning,
        BlockQuoteKind::Caution => Alert::Caution,
    }
}

fn column(alignment: pulldown_cmark::Alignment) -> Column {
    Column {
        alignment: match alignment {
            pulldown_cmark::Alignment::None => None,
            pulldown_cmark::Alignment::Left => Some(Alignment::Start),
            pulldown_cmark::Alignment::Center => Some(Alignment::Centre),
            pulldown_cmark::Alignment::Right => Some(Alignment::End),
        },
    }
}

fn heading_attributes(
    id: Option<CowStr<'_>>,
    classes: &[CowStr<'_>],
    pairs: Vec<(CowStr<'_>, Option<CowStr<'_>>)>,
) -> Attributes {
    let mut out = Attributes {
        id: id.filter(|id| !id.is_empty()).map(CowStr::into_string),
        classes: classes.iter().map(ToString::to_string).collect(),
        pairs: Vec::new(),
    };
    for (key, value) in pairs {
        match value {
            Some(value) => {
                let value = value.trim_matches(['"', '\'']).to_owned();
                out.pairs.push((key.to_ascii_lowercase(), value));
            }
            None if &*key == "-" => out.classes.push("unnumbered".to_owned()),
            None => {}
        }
    }
    out
}
