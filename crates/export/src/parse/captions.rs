//! Paragraphs that are more than paragraphs: a table's caption, a figure.

use std::borrow::Cow;

use super::attributes::{self, Attributes};
use super::builder::Builder;
use super::{Notation, NotationKind};
use crate::diagnostics::Code;
use crate::error::ParseError;
use crate::model::{
    BlockKind, Caption, Figure, Inline, InlineKind, LanguageId, Span, TargetKind, plain_text,
};

impl<'a> Builder<'a, '_> {
    /// Turns a finished paragraph into what it is and adds it to the container that is open.
    pub(crate) fn paragraph(
        &mut self,
        inlines: Vec<Inline<'a>>,
        span: Span,
        language: Option<LanguageId>,
        image: Option<Box<Attributes>>,
    ) -> Result<(), ParseError> {
        let inlines = match self.table_caption(inlines, span, language)? {
            Some(inlines) => inlines,
            None => return Ok(()),
        };
        if self.plain || !is_lone_image(&inlines) {
            if !inlines.is_empty() {
                self.push_block(BlockKind::Paragraph(inlines), span, language);
            }
            return Ok(());
        }
        let image_inline = inlines.into_iter().find_map(|inline| match inline.kind {
            InlineKind::Image(image) => Some(*image),
            _ => None,
        });
        if let Some(mut found) = image_inline {
            let caption = std::mem::take(&mut found.inlines);
            let plain = plain_text(&caption);
            let attributes = image.unwrap_or_default();
            let numbered =
                attributes.id.is_some() || (!plain.is_empty() && !has_typed_label(&plain));
            let number = numbered.then(|| {
                self.figures += 1;
                self.figures
            });
            let id = self.define_numbered(
                "fig",
                attributes.id.as_deref(),
                number,
                span,
                TargetKind::Figure(number),
            );
            if let (Some(number), Some(first)) = (number, caption.first()) {
                let at = Span {
                    start: first.span.start,
                    end: first.span.start,
                };
                self.notation.push(Notation {
                    span: at,
                    kind: NotationKind::FigureLabel(number),
                });
            }
            let caption = (!caption.is_empty()).then_some(Caption {
                inlines: caption,
                span,
                language,
            });
            self.push_block(
                BlockKind::Figure(Box::new(Figure {
                    image: found,
                    caption,
                    number,
                    id,
                })),
                span,
                language,
            );
        }
        Ok(())
    }

    /// Takes a paragraph that is the caption of the table before it; gives back any other.
    fn table_caption(
        &mut self,
        mut inlines: Vec<Inline<'a>>,
        span: Span,
        language: Option<LanguageId>,
    ) -> Result<Option<Vec<Inline<'a>>>, ParseError> {
        let after_table = !self.plain
            && matches!(self.last_block().map(|block| &block.kind), Some(BlockKind::Table(table)) if table.caption.is_none());
        let Some(lead) = inlines
            .first()
            .and_then(caption_lead)
            .filter(|_| after_table)
        else {
            return Ok(Some(inlines));
        };
        drop_lead(&mut inlines, lead);
        self.caption_of_last_table(
            inlines,
            Span {
                start: span.start,
                end: span.end,
            },
            language,
            lead,
            false,
        );
        Ok(None)
    }

    /// Gives the table that was added last its caption. `lead` is how many bytes introduce it.
    pub(crate) fn caption_of_last_table(
        &mut self,
        mut inlines: Vec<Inline<'a>>,
        span: Span,
        language: Option<LanguageId>,
        lead: usize,
        as_row: bool,
    ) {
        let found = self.end_attributes(&mut inlines);
        let number = (!has_typed_label(&plain_text(&inlines)) || found.id.is_some()).then(|| {
            self.tables += 1;
            self.tables
        });
        let id = self.define_numbered(
            "tbl",
            found.id.as_deref(),
            number,
            span,
            TargetKind::Table(number),
        );
        if let Some(number) = number {
            let start = span.start as usize;
            let label = Span::new(start, start + lead);
            self.notation.push(Notation {
                span: label,
                kind: NotationKind::TableLabel(number, as_row),
            });
        }
        if let Some(BlockKind::Table(table)) = self.last_block().map(|block| &mut block.kind) {
            table.caption = Some(Caption {
                inlines,
                span,
                language,
            });
            table.number = number;
            table.id = id;
        }
    }

    /// Cuts the attributes off the end of a caption.
    fn end_attributes(&mut self, inlines: &mut Vec<Inline<'a>>) -> Attributes {
        let Some(last) = inlines.last_mut() else {
            return Attributes::default();
        };
        let InlineKind::Text(text) = &mut last.kind else {
            return Attributes::default();
        };
        let Some((before, found)) = attributes::split_off_end(text) else {
            return Attributes::default();
        };
        let kept = before.len();
        let cut = text.len() - kept;
        let end = last.span.end as usize;
        self.notation.push(Notation {
            span: Span::new(end.saturating_sub(cut), end),
            kind: NotationKind::Drop,
        });
        last.span.end -= u32::try_from(cut).unwrap_or_default();
        truncate(text, kept);
        if text.is_empty() {
            inlines.pop();
        }
        found
    }

    /// The id of a table or figure, made from the author's or from its number.
    fn define_numbered(
        &mut self,
        prefix: &str,
        label: Option<&str>,
        number: Option<u32>,
        span: Span,
        kind: TargetKind,
    ) -> Option<String> {
        if label.is_none() && number.is_none() {
            return None;
        }
        let typed = label.map(|label| {
            label
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix(':'))
                .unwrap_or(label)
        });
        let name = typed.map_or_else(
            || number.unwrap_or_default().to_string(),
            super::slugs::tame,
        );
        Some(self.define(label, format!("{prefix}-{name}"), kind, span).1)
    }

    /// Reports an image that says nothing to those who cannot see it.
    pub(crate) fn check_alternative(&mut self, inlines: &[Inline<'a>], address: &str, span: Span) {
        if plain_text(inlines).trim().is_empty() {
            self.findings.add(Code::MissingAlternative, span, || {
                format!("the image {address} has no alternative text; say between its brackets what it shows")
            });
        }
    }
}

/// Whether a paragraph holds one image and nothing else.
fn is_lone_image(inlines: &[Inline<'_>]) -> bool {
    let blank = |inline: &Inline<'_>| matches!(&inline.kind, InlineKind::Text(text) if text.trim().is_empty());
    let mut others = inlines.iter().filter(|inline| !blank(inline));
    matches!(
        others.next().map(|inline| &inline.kind),
        Some(InlineKind::Image(_))
    ) && others.next().is_none()
}

/// Whether a caption brings its own "Figure 3".
fn has_typed_label(caption: &str) -> bool {
    let lower = caption.trim_start().to_lowercase();
    let labels = [
        "figure",
        "fig.",
        "table",
        "tableau",
        "figura",
        "cuadro",
        "tabla",
        "рисунок",
        "таблица",
        "الشكل",
        "الجدول",
        "图",
        "表",
    ];
    labels.iter().any(|label| {
        lower
            .strip_prefix(label)
            .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_numeric()))
    })
}

/// How many bytes introduce a caption: `: ` or `Table: `.
pub(crate) fn caption_lead(inline: &Inline<'_>) -> Option<usize> {
    let InlineKind::Text(text) = &inline.kind else {
        return None;
    };
    let rest = text
        .strip_prefix("Table:")
        .or_else(|| text.strip_prefix("table:"))
        .or_else(|| text.strip_prefix(':'))?;
    let trimmed = rest.trim_start();
    (trimmed.len() < rest.len() || trimmed.is_empty()).then(|| text.len() - trimmed.len())
}

pub(crate) fn drop_lead(inlines: &mut Vec<Inline<'_>>, lead: usize) {
    let Some(first) = inlines.first_mut() else {
        return;
    };
    if let InlineKind::Text(text) = &mut first.kind {
        cut_start(text, lead);
        first.span.start += u32::try_from(lead).unwrap_or_default();
        if text.is_empty() {
            inlines.remove(0);
        }
    }
}

/// Cuts the first bytes off, without copying what is borrowed.
pub(crate) fn cut_start(text: &mut Cow<'_, str>, bytes: usize) {
    match text {
        Cow::Borrowed(text) => *text = text.get(bytes..).unwrap_or_default(),
        Cow::Owned(text) => drop(text.drain(..bytes.min(text.len()))),
    }
}

fn truncate(text: &mut Cow<'_, str>, bytes: usize) {
    match text {
        Cow::Borrowed(text) => *text = &text[..bytes],
        Cow::Owned(text) => text.truncate(bytes),
    }
}

pub(crate) fn trim_start(text: &mut Cow<'_, str>) {
    let lead = text.len() - text.trim_start().len();
    cut_start(text, lead);
}

pub(crate) fn trim_end(text: &mut Cow<'_, str>) {
    let kept = text.trim_end().len();
    truncate(text, kept);
}
