//! Making anchors and finding their passages again.

use automerge::{Automerge, ChangeHash, ReadDoc};
use std::collections::BTreeSet;
use std::ops::Range;

use super::{Anchor, MAX_QUOTE_CHARS, Pointed, position_of};
use crate::document::contain;
use crate::history::knows_heads;
use crate::keys::SectionId;
use crate::schema::text::{Section, Split, Text};
use crate::units::{byte_of_utf16, utf16_len};

/// How many splits an anchor is followed through. Drafts are tidied a few times, not thousands.
const MAX_SPLITS_FOLLOWED: usize = 64;

/// Where an anchor's passage is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnchorState {
    /// In its section, or in one that was split off from it.
    Attached {
        /// The section in which it stands.
        section: SectionId,
        /// Where in the section's text, in UTF-16 units.
        range_utf16: Range<usize>,
        /// Whether the words differ from the quote.
        changed: bool,
    },
    /// The characters are gone, but the same words stand elsewhere, and only once: the passage
    /// was cut and pasted.
    Moved {
        /// The section in which the words stand.
        section: SectionId,
        /// Where in the section's text, in UTF-16 units.
        range_utf16: Range<usize>,
    },
    /// The passage was deleted. Its quote is shown instead.
    Orphaned,
    /// The text to which it belongs has not arrived yet.
    Pending,
}

/// Why no anchor could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// There is no such section, or a plain string stands in its place.
    #[error("there is no section {0} that can be commented on")]
    NoSection(SectionId),
    /// The range is reversed, beyond the text's end or inside of a character.
    #[error(
        "the passage from {start_utf16} to {end_utf16} (UTF-16 units) does not lie in the section"
    )]
    NoPassage {
        /// The range's beginning in UTF-16 units.
        start_utf16: usize,
        /// Its end in UTF-16 units.
        end_utf16: usize,
    },
}

impl Anchor {
    /// Makes an anchor on a passage of one section, given in UTF-16 units of the section's text at
    /// the present. An empty range is a place between two characters.
    pub fn make(
        document: &Automerge,
        section: &SectionId,
        range_utf16: Range<usize>,
    ) -> Result<Self, AnchorError> {
        let text = Text::read(document);
        let found = text
            .section(section)
            .and_then(|found| Some((found, found.object.as_ref()?)));
        let Some((found, object)) = found else {
            return Err(AnchorError::NoSection(section.clone()));
        };
        let no_passage = || AnchorError::NoPassage {
            start_utf16: range_utf16.start,
            end_utf16: range_utf16.end,
        };
        let bytes = bytes_of(&found.text, &range_utf16).ok_or_else(no_passage)?;
        let passage = &found.text[bytes];
        let last = match passage.chars().next_back() {
            Some(last) => range_utf16.end - last.len_utf16(),
            None => range_utf16.start,
        };
        let cursor = |index: usize| {
            if index == utf16_len(&found.text) {
                return Some("e".to_owned());
            }
            let cursor = contain(|| document.get_cursor(object, index, None).ok());
            cursor.ok().flatten().map(|cursor| cursor.to_string())
        };
        Ok(Self {
            section: section.clone(),
            start: cursor(range_utf16.start).ok_or_else(no_passage)?,
            end: cursor(last).ok_or_else(no_passage)?,
            quote: passage.chars().take(MAX_QUOTE_CHARS).collect(),
            heads: document.get_heads(),
        })
    }

    /// Finds the passage in the present text. `text` must have been read from `document`.
    pub fn resolve(&self, document: &Automerge, text: &Text) -> AnchorState {
        if let Some(state) = self.follow(document, text) {
            return state;
        }
        if !knows_heads(document, &self.heads) {
            return AnchorState::Pending;
        }
        self.find_quote(text).unwrap_or(AnchorState::Orphaned)
    }

    /// Follows the cursors, in the anchor's section and through the splits of it.
    fn follow(&self, document: &Automerge, text: &Text) -> Option<AnchorState> {
        let mut place = Place {
            section: self.section.clone(),
            start: self.start.clone(),
            end: self.end.clone(),
        };
        let mut seen = BTreeSet::new();
        for _ in 0..MAX_SPLITS_FOLLOWED {
            let section = text.section(&place.section)?;
            let range = place.range(document, section, self.quote.is_empty());
            if let Some(range_utf16) = range {
                let bytes = bytes_of(&section.text, &range_utf16)?;
                return Some(AnchorState::Attached {
                    section: place.section,
                    changed: !self.quotes(&section.text[bytes]),
                    range_utf16,
                });
            }
            place = place.next(document, text, &mut seen)?;
        }
        None
    }

    fn quotes(&self, passage: &str) -> bool {
        self.quote == passage
            || (self.quote.chars().count() == MAX_QUOTE_CHARS && passage.starts_with(&self.quote))
    }

    /// Finds the quote where it stands exactly once.
    fn find_quote(&self, text: &Text) -> Option<AnchorState> {
        if self.quote.trim().is_empty() {
            return None;
        }
        let mut found = None;
        for section in &text.sections {
            let mut matches = section.text.match_indices(&self.quote);
            let Some((byte, _)) = matches.next() else {
                continue;
            };
            if found.is_some() || matches.next().is_some() {
                return None;
            }
            let start = utf16_len(&section.text[..byte]);
            found = Some(AnchorState::Moved {
                section: section.id.clone(),
                range_utf16: start..start + utf16_len(&self.quote),
            });
        }
        found
    }
}

/// Two cursors in a section.
struct Place {
    section: SectionId,
    start: String,
    end: String,
}

impl Place {
    /// The passage in the present text, unless all of it was deleted.
    fn range(&self, document: &Automerge, section: &Section, empty: bool) -> Option<Range<usize>> {
        let object = section.object.as_ref()?;
        let start = position_of(document, object, &self.start, None)?;
        let end = position_of(document, object, &self.end, None)?;
        if empty {
            let there = start.alive || self.start == "e";
            return there.then_some(start.index_utf16..start.index_utf16);
        }
        let end = end_after(&section.text, end)?;
        (start.index_utf16 < end).then_some(start.index_utf16..end)
    }

    /// Where the passage went when the section was split: its cursors as they stood just before
    /// the split, moved into the new section as it stood just after.
    fn next(&self, document: &Automerge, text: &Text, seen: &mut BTreeSet<String>) -> Option<Self> {
        let from = text.section(&self.section)?.object.as_ref()?;
        for (key, split) in &text.splits {
            if split.from != self.section || !seen.insert(key.to_string()) {
                continue;
            }
            let moved = self.moved_by(document, text, from, split);
            if moved.is_some() {
                return moved;
            }
        }
        None
    }

    fn moved_by(
        &self,
        document: &Automerge,
        text: &Text,
        from: &automerge::ObjId,
        split: &Split,
    ) -> Option<Self> {
        let change = document.hash_for_opid(&split.map)?;
        let before: Vec<ChangeHash> = document.get_change_meta_by_hash(&change)?.deps;
        let to = text.section(&split.to)?.object.as_ref()?;
        let moved = |cursor: &str| {
            let then = position_of(document, from, cursor, Some(&before))?;
            let offset = then.index_utf16.checked_sub(split.start_utf16)?;
            if !then.alive || offset >= split.length_utf16 {
                return None;
            }
            let after = [change];
            let cursor = contain(|| document.get_cursor(to, offset, Some(&after)).ok());
            cursor.ok().flatten().map(|cursor| cursor.to_string())
        };
        // A passage that the split went through keeps the part that has its beginning or, failing
        // that, its end.
        let start = moved(&self.start);
        let end = moved(&self.end);
        Some(Self {
            section: split.to.clone(),
            start: start.clone().or_else(|| end.clone())?,
            end: end.or(start)?,
        })
    }
}

/// The index after the character to which a cursor points. A cursor whose character is gone points
/// to the next one, which is after it already.
fn end_after(text: &str, end: Pointed) -> Option<usize> {
    if !end.alive {
        return Some(end.index_utf16);
    }
    let byte = byte_of_utf16(text, end.index_utf16)?;
    let last = text[byte..].chars().next()?;
    Some(end.index_utf16 + last.len_utf16())
}

fn bytes_of(text: &str, range_utf16: &Range<usize>) -> Option<Range<usize>> {
    let start = byte_of_utf16(text, range_utf16.start)?;
    let end = byte_of_utf16(text, range_utf16.end)?;
    (start <= end).then_some(start..end)
}
