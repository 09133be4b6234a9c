//! Anchors: places in the text that other documents speak of.
//!
//! An anchor follows its passage through everybody's edits. It comes from peers, so nothing in it
//! is trusted: cursors may be garbage, or belong to other sections.

use automerge::{ActorId, Automerge, ChangeHash, Cursor, ObjId, ReadDoc};

use crate::document::contain;
use crate::keys::SectionId;
use crate::schema::{Field, Node};

mod resolve;

pub use resolve::{AnchorError, AnchorState};

/// The longest quote that an anchor keeps, in characters; a longer passage is quoted by its
/// beginning. Enough to find it again, and bounded in every comment.
pub const MAX_QUOTE_CHARS: usize = 2000;

/// The longest cursor that is read, in bytes.
const MAX_CURSOR_BYTES: usize = 300;

/// A passage of the text: from its first character to its last one, within one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The section in which the passage stood when the anchor was made.
    pub section: SectionId,
    /// Automerge's cursor on the first character, or on the character after an empty passage.
    pub start: String,
    /// Automerge's cursor on the last character; the same as `start` for an empty passage.
    pub end: String,
    /// The words of the passage.
    pub quote: String,
    /// The text's heads when the anchor was made.
    pub heads: Vec<ChangeHash>,
}

impl Anchor {
    pub(crate) fn read(node: &Node<'_>, key: &str) -> Option<Self> {
        let node = node.optional_map(key)?;
        Some(Self {
            section: SectionId::from_key(node.string("section")),
            start: node.string("start"),
            end: node.string("end"),
            quote: node.optional_string("quote").unwrap_or_default(),
            heads: node.heads("heads"),
        })
    }

    pub(crate) fn field(anchor: Option<&Self>) -> Field {
        let Some(anchor) = anchor else {
            return Field::Absent;
        };
        Field::Map(vec![
            ("section", Field::str(&anchor.section)),
            ("start", Field::str(&anchor.start)),
            ("end", Field::str(&anchor.end)),
            ("quote", Field::str(&anchor.quote)),
            ("heads", Field::heads(&anchor.heads)),
        ])
    }
}

/// Where a cursor points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pointed {
    /// The index of its character in UTF-16 units, or of the next one when it was deleted.
    pub(crate) index_utf16: usize,
    /// Whether its character is still there.
    pub(crate) alive: bool,
}

/// Resolves a cursor in a Text object, at the present or at known heads. `None` when the cursor
/// is garbage, belongs to another object, or its character is not in the document yet.
///
/// Automerge has two ways to resolve a cursor. The fast one, for the present, asserts that the
/// cursor belongs to the object; the one for old heads looks for it, but gives up on a deleted
/// character with nothing visible after it. So the slow one is taken always (naming an ancestor
/// beside the heads changes nothing but that), and whether the character belongs to the object is
/// asked separately, at the change that wrote it.
pub(crate) fn position_of(
    document: &Automerge,
    object: &ObjId,
    cursor: &str,
    heads: Option<&[ChangeHash]>,
) -> Option<Pointed> {
    let cursor = parse_cursor(cursor)?;
    let resolve = || match &cursor {
        ParsedCursor::Start => Some(Pointed {
            index_utf16: 0,
            alive: false,
        }),
        ParsedCursor::End => Some(Pointed {
            index_utf16: match heads {
                Some(heads) => document.length_at(object, heads),
                None => document.length(object),
            },
            alive: false,
        }),
        ParsedCursor::Character { id, cursor } => {
            let written_by = document.hash_for_opid(id)?;
            document
                .get_cursor_position(object, cursor, Some(&[written_by]))
                .ok()?;
            let mut at = heads.map_or_else(|| document.get_heads(), <[ChangeHash]>::to_vec);
            at.push(written_by);
            at.extend(document.hash_for_opid(object));
            let Ok(index_utf16) = document.get_cursor_position(object, cursor, Some(&at)) else {
                return Some(Pointed {
                    index_utf16: document.length_at(object, &at),
                    alive: false,
                });
            };
            let here = document.get_cursor(object, index_utf16, Some(&at)).ok();
            Some(Pointed {
                index_utf16,
                alive: here.is_some_and(|here| here == *cursor),
            })
        }
    };
    contain(resolve).ok().flatten()
}

enum ParsedCursor {
    Start,
    End,
    Character { id: ObjId, cursor: Cursor },
}

/// Parses a cursor as strictly as Automerge should: its own parser panics on text that is not
/// ASCII, and larger counters than 32 bits would be cut off. A cursor that moves backwards is read
/// as one that moves forwards; the rules for deleted characters here are made for those.
fn parse_cursor(text: &str) -> Option<ParsedCursor> {
    if text.len() > MAX_CURSOR_BYTES || !text.is_ascii() {
        return None;
    }
    match text {
        "s" => return Some(ParsedCursor::Start),
        "e" => return Some(ParsedCursor::End),
        _ => {}
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let (counter, actor) = text.split_once('@')?;
    if !counter.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let counter: u32 = counter.parse().ok()?;
    let actor = ActorId::try_from(actor).ok()?;
    Some(ParsedCursor::Character {
        // The last number is a hint for finding the actor, and may be wrong.
        id: ObjId::Id(u64::from(counter), actor, usize::MAX),
        cursor: Cursor::try_from(text).ok()?,
    })
}

#[cfg(test)]
mod tests;
