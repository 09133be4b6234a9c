//! Reads a run of text: bracket marks, cross-references, bare addresses, abbreviations, other
//! scripts. Only text comes here, never code or HTML.

use std::borrow::Cow;

use super::abbreviations::{Abbreviations, is_word, joins};
use super::addresses::{self, Address};
use super::attributes;
use super::brackets::{Mark, Marker};
use super::builder::Builder;
use super::foreign;
use super::run::Run;
use super::scripts;
use super::{Notation, NotationKind};
use crate::bytes;
use crate::error::ParseError;
use crate::model::{Inline, InlineKind, LinkTarget, Reference, ReferenceKind};

/// Bytes at which something may start: marks, and whatever abbreviations start with.
#[derive(Debug)]
pub(crate) struct Starts {
    table: [bool; 256],
    /// The lowest byte that an abbreviation starts with, and how many there are up to the highest.
    abbreviations: (u8, u8),
}

impl Starts {
    pub(crate) fn new(abbreviations: &Abbreviations) -> Self {
        let mut table = [false; 256];
        for byte in b"[]{/:.@" {
            table[usize::from(*byte)] = true;
        }
        let mut own = (0..=255u8).filter(|byte| abbreviations.may_start(*byte));
        let lowest = own.next().unwrap_or_default();
        let highest = own.next_back().unwrap_or(lowest);
        for byte in lowest..=highest {
            table[usize::from(byte)] |= abbreviations.may_start(byte);
        }
        let width = if abbreviations.is_empty() {
            0
        } else {
            (highest - lowest).saturating_add(1)
        };
        Self {
            table,
            abbreviations: (lowest, width),
        }
    }

    /// The next such byte from `at` on.
    fn next(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let (lowest, width) = self.abbreviations;
        let maybe = move |byte: u8| {
            let bracket = (byte == b'[') | (byte == b']') | (byte == b'{');
            let other = (byte == b'/') | (byte == b'.') | (byte == b':') | (byte == b'@');
            bracket | other | (byte.wrapping_sub(lowest) < width)
        };
        bytes::find(bytes, at, maybe, &self.table)
    }
}

/// How far a scan has come.
struct Cursor {
    /// Where text that is not yet put out starts, in bytes of the run.
    from: usize,
    /// Where we look.
    at: usize,
}

impl<'a> Builder<'a, '_> {
    /// Puts out the run of text that is pending.
    pub(crate) fn flush_run(&mut self) -> Result<(), ParseError> {
        if self.run.is_empty() {
            return Ok(());
        }
        let run = std::mem::take(&mut self.run);
        if self.plain {
            let (text, span) = (
                run.slice(0, run.text().len()),
                run.span(0, run.text().len()),
            );
            self.push_inline(InlineKind::Text(text), span);
            return Ok(());
        }
        let start = self.image_attributes(&run);
        let mut cursor = Cursor {
            from: start,
            at: start,
        };
        let bytes = run.text().as_bytes();
        while let Some(found) = self.starts.next(bytes, cursor.at) {
            cursor.at = found;
            if run.is_literal(found) {
                cursor.at += 1;
            } else {
                self.look(&run, bytes[found], &mut cursor)?;
            }
        }
        self.text(&run, cursor.from, bytes.len());
        Ok(())
    }

    /// Looks at one byte and moves the cursor past it or past what starts there.
    fn look(&mut self, run: &Run<'a>, byte: u8, cursor: &mut Cursor) -> Result<(), ParseError> {
        let at = cursor.at;
        cursor.at += 1;
        match byte {
            b'[' => self.mark(run, cursor, at, at + 1, Mark::Open),
            b']' => self.close_mark(run, cursor, at),
            b'/' if self.is_alternative(run.text(), at) => {
                self.mark(run, cursor, at, at + 1, Mark::Alternative)
            }
            b'{' => {
                if let Some((_, length)) = attributes::read(&run.text()[at..]) {
                    cursor.at = at + length;
                }
            }
            b':' if self.link_depth == 0 => {
                self.address(run, cursor, &addresses::web(run.text(), at, cursor.from))?
            }
            b'.' if self.link_depth == 0 => {
                self.address(run, cursor, &addresses::www(run.text(), at, cursor.from))?
            }
            b'@' if self.link_depth == 0 && !self.reference(run, cursor, at)? => {
                self.address(run, cursor, &addresses::mail(run.text(), at, cursor.from))?;
            }
            _ => {}
        }
        if cursor.at == at + 1 && cursor.from <= at && self.abbreviations.may_start(byte) {
            self.abbreviation(run, cursor, at);
        }
        Ok(())
    }

    /// Puts out text, other scripts marked.
    fn text(&mut self, run: &Run<'a>, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let text = run.slice(start, end);
        if scripts::plainly_latin(&text) {
            self.top().census.add_latin(&text);
            self.push_inline(InlineKind::Text(text), run.span(start, end));
            return;
        }
        let context = self.context_script();
        self.top().census.add(&text);
        for (from, to, script) in foreign::stretches(&text, context) {
            let (from, to) = (start + from, start + to);
            let span = run.span(from, to);
            let inner = InlineKind::Text(run.slice(from, to));
            match script.and_then(|script| self.languages.of_script(script)) {
                Some(language) => {
                    self.push_inline(
                        InlineKind::Foreign(language, vec![Inline { kind: inner, span }]),
                        span,
                    );
                }
                None => self.push_inline(inner, span),
            }
        }
    }

    /// Puts out a mark that may turn out to be part of a bracketed passage.
    fn mark(&mut self, run: &Run<'a>, cursor: &mut Cursor, start: usize, end: usize, mark: Mark) {
        self.text(run, cursor.from, start);
        let span = run.span(start, end);
        let index = self.inline_count();
        self.top().markers.push(Marker { index, mark });
        self.push_inline(InlineKind::Text(run.slice(start, end)), span);
        cursor.from = end;
        cursor.at = end;
    }

    fn close_mark(&mut self, run: &Run<'a>, cursor: &mut Cursor, at: usize) {
        let rest = &run.text()[at + 1..];
        match attributes::read(rest) {
            Some((found, length)) => {
                let mark = Mark::Close {
                    link: false,
                    attributes: Some(Box::new(found)),
                };
                self.mark(run, cursor, at, at + 1 + length, mark);
            }
            None => {
                let mark = Mark::Close {
                    link: rest.starts_with('('),
                    attributes: None,
                };
                self.mark(run, cursor, at, at + 1, mark);
            }
        }
    }

    /// Whether the slash at `at` stands alone between two alternatives.
    fn is_alternative(&mut self, text: &str, at: usize) -> bool {
        let bytes = text.as_bytes();
        let before = at == 0 || bytes[at - 1] == b' ';
        let after = bytes.get(at + 1).is_none_or(|byte| *byte == b' ');
        before
            && after
            && self
                .top()
                .markers
                .iter()
                .any(|marker| matches!(marker.mark, Mark::Open))
    }

    fn address(
        &mut self,
        run: &Run<'a>,
        cursor: &mut Cursor,
        found: &Option<Address>,
    ) -> Result<(), ParseError> {
        let Some(Address { start, end, prefix }) = *found else {
            return Ok(());
        };
        self.text(run, cursor.from, start);
        let span = run.span(start, end);
        let shown = run.slice(start, end);
        let address = if prefix.is_empty() {
            shown.clone()
        } else {
            Cow::Owned(format!("{prefix}{shown}"))
        };
        let target = LinkTarget {
            address,
            title: Cow::Borrowed(""),
        };
        let inner = Inline {
            kind: InlineKind::Text(shown),
            span,
        };
        self.push_inline(InlineKind::Link(Box::new(target), vec![inner]), span);
        cursor.from = end;
        cursor.at = end;
        Ok(())
    }

    /// A cross-reference whose `@` stands at `at`.
    fn reference(
        &mut self,
        run: &Run<'a>,
        cursor: &mut Cursor,
        at: usize,
    ) -> Result<bool, ParseError> {
        let text = run.text();
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| joins(c, 'a') || "@.-+/".contains(c)) {
            return Ok(false);
        }
        let Some((kind, capital, length)) = reference_label(&text[at + 1..]) else {
            return Ok(false);
        };
        let end = at + 1 + length;
        self.text(run, cursor.from, at);
        let span = run.span(at, end);
        let label = if capital {
            Cow::Owned(
                run.slice(at + 1, end)
                    .to_lowercase()
                    .chars()
                    .take(1)
                    .chain(text[at + 2..end].chars())
                    .collect(),
            )
        } else {
            run.slice(at + 1, end)
        };
        let index = self.counted(self.references.len(), span)?;
        self.references.push(Reference {
            kind,
            label,
            capital,
            target: None,
            span,
        });
        self.notation.push(Notation {
            span,
            kind: NotationKind::Reference(index),
        });
        self.push_inline(InlineKind::Reference(index), span);
        cursor.from = end;
        cursor.at = end;
        Ok(true)
    }

    fn abbreviation(&mut self, run: &Run<'a>, cursor: &mut Cursor, at: usize) {
        let text = run.text();
        let first = text[at..].chars().next();
        if text[..at]
            .chars()
            .next_back()
            .zip(first)
            .is_some_and(|(before, first)| joins(before, first))
        {
            return;
        }
        let Some((length, index)) = self.abbreviations.longest(&text[at..]) else {
            return;
        };
        let end = at + length;
        self.text(run, cursor.from, at);
        self.push_inline(
            InlineKind::Abbreviation(index, run.slice(at, end)),
            run.span(at, end),
        );
        cursor.from = end;
        cursor.at = end;
    }

    /// Attributes directly after an image; gives how much of the run they take.
    fn image_attributes(&mut self, run: &Run<'a>) -> usize {
        let text = run.text();
        if !text.starts_with('{') || run.is_literal(0) {
            return 0;
        }
        let Some(InlineKind::Image(image)) = self.last_inline().map(|last| &mut last.kind) else {
            return 0;
        };
        let Some((found, length)) = attributes::read(text) else {
            return 0;
        };
        image.alternative = found
            .get("alt")
            .or_else(|| found.get("fig-alt"))
            .map(str::to_owned);
        self.top().image_attributes = Some(Box::new(found));
        self.notation.push(Notation {
            span: run.span(0, length),
            kind: NotationKind::Drop,
        });
        length
    }
}

/// Reads `sec:x`, `Fig:y`, `tbl:z` at the start of a text: the kind, whether it is capital, its length.
fn reference_label(text: &str) -> Option<(ReferenceKind, bool, usize)> {
    let kind = match text.get(..4)? {
        "sec:" | "Sec:" => ReferenceKind::Section,
        "fig:" | "Fig:" => ReferenceKind::Figure,
        "tbl:" | "Tbl:" => ReferenceKind::Table,
        _ => return None,
    };
    let name = &text[4..];
    let end = name
        .find(|c: char| !(is_word(c) || "-.:".contains(c)))
        .unwrap_or(name.len());
    let name = name[..end].trim_end_matches(['.', ':', '-']);
    (!name.is_empty()).then(|| {
        (
            kind,
            text.starts_with(|c: char| c.is_ascii_uppercase()),
            4 + name.len(),
        )
    })
}
