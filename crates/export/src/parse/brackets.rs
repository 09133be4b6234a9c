//! Brackets: `[text that is not agreed]`, `[this / that]`, `[mot]{lang=fr}`, `[@sec:x]`. Matches
//! marks among the inlines of one container in one pass.

use super::attributes::Attributes;
use super::builder::Builder;
use super::{Notation, NotationKind};
use crate::diagnostics::Code;
use crate::model::{Inline, InlineKind, Span};

/// A mark among the inlines of a container.
#[derive(Debug)]
pub(crate) struct Marker {
    /// Index of the inline that is shown when the mark means nothing.
    pub(crate) index: usize,
    pub(crate) mark: Mark,
}

/// The kinds of mark.
#[derive(Debug)]
pub(crate) enum Mark {
    /// `[`
    Open,
    /// `]`, whether `(` follows, and the attributes that follow.
    Close {
        link: bool,
        attributes: Option<Box<Attributes>>,
    },
    /// ` / `
    Alternative,
}

/// How deep brackets may stand in one another; deeper ones stay text.
const DEPTH: u32 = 8;

/// An opening mark that waits for its partner.
struct Waiting {
    /// Index of its inline in the output.
    at: usize,
    /// Where its alternatives part: indexes in the output.
    parts: Vec<usize>,
    /// How many levels stand within it.
    depth: u32,
}

impl<'a> Builder<'a, '_> {
    /// Resolves the marks of a container and gives its inlines.
    pub(crate) fn settle(
        &mut self,
        inlines: Vec<Inline<'a>>,
        markers: Vec<Marker>,
    ) -> Vec<Inline<'a>> {
        if markers.is_empty() {
            return inlines;
        }
        let mut out: Vec<Inline<'a>> = Vec::with_capacity(inlines.len());
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut markers = markers.into_iter().peekable();
        for (index, inline) in inlines.into_iter().enumerate() {
            let Some(marker) = markers.next_if(|marker| marker.index == index) else {
                out.push(inline);
                continue;
            };
            let at = out.len();
            match marker.mark {
                Mark::Open => waiting.push(Waiting {
                    at,
                    parts: Vec::new(),
                    depth: 0,
                }),
                Mark::Alternative => {
                    if let Some(open) = waiting.last_mut() {
                        open.parts.push(at);
                    }
                }
                Mark::Close { link, attributes } => {
                    if self.close_bracket(
                        &mut out,
                        &mut waiting,
                        &inline,
                        link,
                        attributes.as_deref(),
                    ) {
                        continue;
                    }
                }
            }
            out.push(inline);
        }
        for open in &waiting {
            self.unbalanced(out[open.at].span);
        }
        out
    }

    fn unbalanced(&mut self, span: Span) {
        if self.brackets {
            self.findings.add(Code::UnbalancedBracket, span, || {
                "this square bracket has no partner in its paragraph; brackets open and close in one paragraph (write \\[ for a bracket that means nothing)".to_owned()
            });
        }
    }

    /// Closes the last open bracket. Gives whether the closing mark is used up.
    fn close_bracket(
        &mut self,
        out: &mut Vec<Inline<'a>>,
        waiting: &mut Vec<Waiting>,
        close: &Inline<'a>,
        link: bool,
        attributes: Option<&Attributes>,
    ) -> bool {
        let Some(open) = waiting.pop() else {
            self.unbalanced(close.span);
            return false;
        };
        let nature = self.nature(&out[open.at + 1..], link, attributes);
        if nature == Nature::AsTyped || open.depth >= DEPTH {
            deepen(waiting, open.depth);
            return false;
        }
        let mut inner = out.split_off(open.at + 1);
        let start = out.pop().map_or(close.span, |mark| mark.span);
        let span = Span {
            start: start.start,
            end: close.span.end,
        };
        deepen(waiting, open.depth);
        if nature != Nature::NotAgreed {
            self.notation.push(Notation {
                span: start,
                kind: NotationKind::Drop,
            });
            self.notation.push(Notation {
                span: close.span,
                kind: NotationKind::Drop,
            });
        }
        match nature {
            Nature::AsTyped => {}
            Nature::Unwrap => out.append(&mut inner),
            Nature::NotAgreed => {
                let parts = alternatives(inner, open.at + 1, &open.parts);
                out.push(Inline {
                    kind: InlineKind::Bracket(parts),
                    span,
                });
            }
            Nature::Marked => out.extend(self.marked(inner, span, attributes)),
        }
        true
    }

    /// What a pair of brackets is.
    fn nature(
        &mut self,
        inner: &[Inline<'a>],
        link: bool,
        attributes: Option<&Attributes>,
    ) -> Nature {
        if attributes.is_some() {
            return Nature::Marked;
        }
        let Some(first) = inner.first() else {
            return Nature::AsTyped;
        };
        let text = match &first.kind {
            InlineKind::Text(text) => text.as_ref(),
            _ => "",
        };
        if text.starts_with('^') && !link {
            let span = Span {
                start: first.span.start.saturating_sub(1),
                end: first.span.end,
            };
            self.findings.add(Code::UndefinedFootnote, span, || {
                format!(
                    "the footnote [{}] is not defined; add a line `[{}]: …`",
                    short(text),
                    short(text)
                )
            });
            return Nature::AsTyped;
        }
        let is_reference = |inline: &Inline<'_>| match &inline.kind {
            InlineKind::Reference(_) => true,
            InlineKind::Text(text) => text.trim_matches([' ', ';', ',', '-']).is_empty(),
            _ => false,
        };
        if inner.iter().all(is_reference)
            && inner
                .iter()
                .any(|inline| matches!(inline.kind, InlineKind::Reference(_)))
        {
            return Nature::Unwrap;
        }
        let editorial = inner.len() == 1 && is_editorial(text.trim());
        let citation = text.starts_with(['@', '!']) || text.starts_with("-@");
        if link || editorial || citation || !self.brackets {
            Nature::AsTyped
        } else {
            Nature::NotAgreed
        }
    }

    /// `[…]{…}`: a passage in a language, or an id to refer to.
    fn marked(
        &mut self,
        inner: Vec<Inline<'a>>,
        span: Span,
        attributes: Option<&Attributes>,
    ) -> Vec<Inline<'a>> {
        let language = attributes
            .and_then(|found| found.get("lang"))
            .map(str::to_owned);
        let mut inner = inner;
        if let Some(label) = attributes.and_then(|found| found.id.as_deref()) {
            let target = self.define_place(label, span);
            inner.insert(
                0,
                Inline {
                    kind: InlineKind::Anchor(target),
                    span,
                },
            );
        }
        let Some(tag) = language else { return inner };
        let id = self.language(&tag, span);
        let script = self.languages.script(id);
        let flat = inner.into_iter().flat_map(|inline| match inline.kind {
            InlineKind::Foreign(own, children) if self.languages.script(own).fits(script) => {
                children
            }
            kind => vec![Inline {
                kind,
                span: inline.span,
            }],
        });
        let inner = flat.collect();
        vec![Inline {
            kind: InlineKind::Foreign(id, inner),
            span,
        }]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    AsTyped,
    Unwrap,
    NotAgreed,
    Marked,
}

fn deepen(waiting: &mut [Waiting], inner: u32) {
    if let Some(open) = waiting.last_mut() {
        open.depth = open.depth.max(inner + 1);
    }
}

fn short(text: &str) -> &str {
    text.char_indices()
        .nth(40)
        .map_or(text, |(end, _)| &text[..end])
}

/// Brackets that editors put into quotations, citation numbers, and ticks outside lists.
fn is_editorial(text: &str) -> bool {
    let numbers = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || " ,;–-".contains(c));
    numbers
        || matches!(
            text,
            "" | "x" | "X" | "…" | "..." | ". . ." | "sic" | "sic!" | "*"
        )
}

/// Cuts a bracket's content at its slashes, with the spaces beside them left out.
fn alternatives<'a>(inner: Vec<Inline<'a>>, first: usize, parts: &[usize]) -> Vec<Vec<Inline<'a>>> {
    let mut out = Vec::with_capacity(parts.len() + 1);
    let mut current = Vec::new();
    let mut parts = parts.iter().peekable();
    for (index, inline) in inner.into_iter().enumerate() {
        if parts.next_if(|part| **part == first + index).is_some() {
            out.push(std::mem::take(&mut current));
        } else {
            current.push(inline);
        }
    }
    out.push(current);
    if out.len() > 1 {
        for part in &mut out {
            trim_ends(part);
        }
    }
    out
}

fn trim_ends(part: &mut Vec<Inline<'_>>) {
    if let Some(InlineKind::Text(text)) = part.first_mut().map(|inline| &mut inline.kind) {
        super::captions::trim_start(text);
    }
    if let Some(InlineKind::Text(text)) = part.last_mut().map(|inline| &mut inline.kind) {
        super::captions::trim_end(text);
    }
}
