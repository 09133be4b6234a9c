//! The text that the parser's events stand in.

use std::borrow::Cow;

use pulldown_cmark::CowStr;

/// The source, and the copy of its body in which `:::` lines are blanked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a, 'm> {
    pub(crate) source: &'a str,
    pub(crate) masked: &'m str,
    /// Where the body starts in the source, in bytes.
    pub(crate) base: usize,
}

impl<'a> Text<'a, '_> {
    /// Borrows from the source what the parser borrowed from the text that it was given. Where that
    /// is a masked copy, both have the same bytes at the same offsets wherever there is text.
    pub(crate) fn keep(&self, text: CowStr<'_>) -> Cow<'a, str> {
        if let CowStr::Borrowed(part) = text {
            let offset = (part.as_ptr() as usize).wrapping_sub(self.masked.as_ptr() as usize);
            let start = self.base.saturating_add(offset);
            if offset <= self.masked.len()
                && let Some(own) = self.source.get(start..start.saturating_add(part.len()))
                && (std::ptr::eq(own.as_ptr(), part.as_ptr()) || own == part)
            {
                return Cow::Borrowed(own);
            }
        }
        Cow::Owned(text.into_string())
    }
}
