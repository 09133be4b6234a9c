//! Runs of text: what the parser hands over in pieces, put together again.

use std::borrow::Cow;

use crate::model::Span;

/// A stretch of text between two other inlines.
///
/// The Markdown parser gives text in pieces, cut at every byte that might have meant something.
/// Reading addresses or references needs the whole, with the places of its pieces in the source and
/// of the characters that the author escaped, which never mean anything.
#[derive(Debug, Default)]
pub(crate) struct Run<'a> {
    text: Cow<'a, str>,
    /// Where the first piece stands in the source; none before there is one.
    start: Option<usize>,
    /// (offset in the text, offset in the source) of each further piece that does not simply follow
    /// on. Empty for most runs, which so cost no allocation.
    jumps: Vec<(usize, usize)>,
    /// Offsets in the text of characters that were escaped or written as entities.
    literal: Vec<usize>,
    end: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a piece that stands at `range` in `source`.
    pub(crate) fn push(
        &mut self,
        piece: Cow<'a, str>,
        range: std::ops::Range<usize>,
        source: &'a str,
    ) {
        let verbatim = source
            .get(range.clone())
            .is_some_and(|own| std::ptr::eq(own, &*piece) || own == piece);
        let follows = self.start.is_some() && self.end == range.start;
        let escaped = !follows && range.start > 0 && source.as_bytes()[range.start - 1] == b'\\';
        let at = self.text.len();
        if !verbatim || escaped {
            self.literal.push(at);
        }
        self.end = range.end;
        let Some(start) = self.start else {
            self.start = Some(range.start);
            self.text = piece;
            return;
        };
        // A piece is noted wherever counting on from the one before would miss its place: after a
        // gap, and after an entity, which is longer in the source than in the text.
        let (offset, place) = self.jumps.last().copied().unwrap_or((0, start));
        if place + (at - offset) != range.start || !verbatim {
            self.jumps.push((at, range.start));
        }
        let whole = (follows && verbatim && matches!(self.text, Cow::Borrowed(_)))
            .then(|| source.get(start..range.end))
            .flatten()
            .filter(|whole| whole.len() == at + piece.len());
        match whole {
            Some(whole) => self.text = Cow::Borrowed(whole),
            None if at == 0 => self.text = piece,
            None => self.text.to_mut().push_str(&piece),
        }
    }

    /// The source offset of an offset in the text.
    pub(crate) fn source_offset(&self, at: usize) -> usize {
        if at >= self.text.len() {
            return self.end;
        }
        let jumps = self.jumps.partition_point(|(offset, _)| *offset <= at);
        let (offset, source) = match jumps.checked_sub(1) {
            Some(last) => self.jumps[last],
            None => (0, self.start.unwrap_or_default()),
        };
        source + (at - offset)
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let first = self.source_offset(start);
        Span::new(first, self.source_offset(end).max(first))
    }

    /// Whether the character at an offset was escaped.
    pub(crate) fn is_literal(&self, at: usize) -> bool {
        !self.literal.is_empty() && self.literal.binary_search(&at).is_ok()
    }

    /// A part of the text, borrowed from the source where that is possible.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Cow<'a, str> {
        match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
            Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
        }
    }
}
