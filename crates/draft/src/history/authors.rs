//! Who wrote what: each character carries the actor that typed it.

use automerge::legacy::OpType;
use automerge::{ActorId, Automerge, ChangeHash, ObjId, ReadDoc, ScalarValueRef, ValueRef};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{UnknownHeads, changes_between, require_heads};
use crate::document::contain;
use crate::keys::{ParticipantId, SectionId};
use crate::schema::record::Record;
use crate::schema::text::{Section, Text};
use crate::units::utf16_len;

/// What stands in a text for an object that is no character.
const PLACEHOLDER: &str = "\u{fffc}";

/// A run of characters that one actor typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The section.
    pub section: SectionId,
    /// Where in the section's text, in UTF-16 units.
    pub range_utf16: Range<usize>,
    /// Who typed it.
    pub actor: ActorId,
    /// To whom the actor belongs, if the record says so.
    pub participant: Option<ParticipantId>,
}

/// Whether a passage came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassageKind {
    /// It is there after and was not before.
    Added,
    /// It was there before and is gone after.
    Removed,
}

/// A passage by which two versions of a text differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Whether it came or went.
    pub kind: PassageKind,
    /// The section.
    pub section: SectionId,
    /// Where in the section's later text it stands, or where it would stand, in UTF-16 units.
    pub index_utf16: usize,
    /// Its words.
    pub text: String,
    /// Who typed it or, for a removed one, who removed it; absent when no change between the two
    /// versions removed it (the versions are not one after the other).
    pub actor: Option<ActorId>,
    /// To whom the actor belongs, if the record says so.
    pub participant: Option<ParticipantId>,
}

/// One character, with the operation that typed it.
struct Character {
    id: (u64, ActorId),
    text: String,
}

/// One character that came or went.
struct RawPassage {
    kind: PassageKind,
    section: SectionId,
    index_utf16: usize,
    character: Character,
}

/// By whom characters were removed.
type Removals = HashMap<(u64, ActorId), ActorId>;

/// Says for every character of a text at `heads` who typed it, in runs, section by section.
pub fn attribution(
    document: &Automerge,
    heads: &[ChangeHash],
    record: Option<&Record>,
) -> Result<Vec<Span>, UnknownHeads> {
    let text = Text::read_at(document, heads)?;
    let mut spans: Vec<Span> = Vec::new();
    for section in &text.sections {
        let mut at = 0;
        for character in characters(document, section, heads) {
            let end = at + utf16_len(&character.text);
            match spans.last_mut() {
                Some(last) if last.section == section.id && last.actor == character.id.1 => {
                    last.range_utf16.end = end;
                }
                _ => spans.push(Span {
                    section: section.id.clone(),
                    range_utf16: at..end,
                    participant: participant(record, &character.id.1),
                    actor: character.id.1,
                }),
            }
            at = end;
        }
    }
    Ok(spans)
}

/// Compares a text at two heads: the passages that came and went, in the order in which the later
/// text is read, each with who did it. Sections that only moved make no passages.
pub fn difference(
    document: &Automerge,
    before: &[ChangeHash],
    after: &[ChangeHash],
    record: Option<&Record>,
) -> Result<Vec<Passage>, UnknownHeads> {
    require_heads(document, before)?;
    let old = Text::read_at(document, before)?;
    let new = Text::read_at(document, after)?;
    let mut removers = None;
    let mut passages = Vec::new();
    let old_sections: HashMap<&SectionId, &Section> =
        old.sections.iter().map(|it| (&it.id, it)).collect();
    let only_old = old
        .sections
        .iter()
        .filter(|it| new.section(&it.id).is_none())
        .map(|it| (Some(it), None));
    let all = new
        .sections
        .iter()
        .map(|it| (old_sections.get(&it.id).copied(), Some(it)))
        .chain(only_old);
    for (old, new) in all {
        let (old_text, new_text) = (old.map(|it| &it.text), new.map(|it| &it.text));
        let Some(section) = new.or(old).filter(|_| old_text != new_text) else {
            continue;
        };
        let of = |section: Option<&Section>, heads| {
            section
                .map(|it| characters(document, it, heads))
                .unwrap_or_default()
        };
        let (old, new) = (of(old, before), of(new, after));
        compare(&section.id, old, new, &mut passages);
        let removed = |it: &RawPassage| it.kind == PassageKind::Removed;
        if removers.is_none() && passages.iter().any(removed) {
            removers = Some(removals(document, before, after)?);
        }
    }
    Ok(join(passages, &removers.unwrap_or_default(), record))
}

fn participant(record: Option<&Record>, actor: &ActorId) -> Option<ParticipantId> {
    record
        .and_then(|record| record.participant_of(actor))
        .cloned()
}

/// The characters of a section that are visible at `heads`.
fn characters(document: &Automerge, section: &Section, heads: &[ChangeHash]) -> Vec<Character> {
    let Some(object) = &section.object else {
        return Vec::new();
    };
    let read = || {
        document
            .list_range_at(object, .., heads)
            .filter_map(|item| {
                let ObjId::Id(counter, actor, _) = item.id() else {
                    return None;
                };
                let text = match &item.value {
                    ValueRef::Scalar(ScalarValueRef::Str(text)) => text.to_string(),
                    _ => PLACEHOLDER.to_owned(),
                };
                Some(Character {
                    id: (counter, actor),
                    text,
                })
            })
            .collect()
    };
    contain(read).unwrap_or_default()
}

/// Walks two versions of one section side by side. Characters that both have stand in the same
/// order in both, so whatever only one of them has came or went. [`join`] makes
/// passages of them.
fn compare(
    section: &SectionId,
    old: Vec<Character>,
    new: Vec<Character>,
    passages: &mut Vec<RawPassage>,
) {
    let in_old: HashSet<(u64, ActorId)> = old.iter().map(|it| it.id.clone()).collect();
    let in_new: HashSet<(u64, ActorId)> = new.iter().map(|it| it.id.clone()).collect();
    let mut old = old.into_iter().peekable();
    let mut index_utf16 = 0;
    let mut push = |kind, index_utf16, character: Character| {
        passages.push(RawPassage {
            kind,
            section: section.clone(),
            index_utf16,
            character,
        });
    };
    for character in new {
        while let Some(gone) = old.next_if(|it| !in_new.contains(&it.id)) {
            push(PassageKind::Removed, index_utf16, gone);
        }
        let length = utf16_len(&character.text);
        if in_old.contains(&character.id) {
            old.next();
        } else {
            push(PassageKind::Added, index_utf16, character);
        }
        index_utf16 += length;
    }
    for gone in old.filter(|it| !in_new.contains(&it.id)) {
        push(PassageKind::Removed, index_utf16, gone);
    }
}

/// Finds who removed characters, in the changes that belong to `after` and not to `before`.
fn removals(
    document: &Automerge,
    before: &[ChangeHash],
    after: &[ChangeHash],
) -> Result<Removals, UnknownHeads> {
    let mut removals = Removals::new();
    for change in changes_between(document, before, after)? {
        let Some(change) = document.get_change_by_hash(&change.hash) else {
            continue;
        };
        let expanded = contain(|| change.decode());
        for operation in expanded.iter().flat_map(|it| &it.operations) {
            if matches!(operation.action, OpType::Delete) {
                for removed in operation.pred.iter() {
                    let id = (removed.counter(), removed.actor().clone());
                    removals
                        .entry(id)
                        .or_insert_with(|| change.actor_id().clone());
                }
            }
        }
    }
    Ok(removals)
}

/// Joins neighbouring characters that came or went by the same hand.
fn join(raw: Vec<RawPassage>, removals: &Removals, record: Option<&Record>) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for RawPassage {
        kind,
        section,
        index_utf16,
        character,
    } in raw
    {
        let actor = match kind {
            PassageKind::Added => Some(character.id.1),
            PassageKind::Removed => removals.get(&character.id).cloned(),
        };
        let continues = passages.last_mut().filter(|last| {
            let end = match kind {
                PassageKind::Added => last.index_utf16 + utf16_len(&last.text),
                PassageKind::Removed => last.index_utf16,
            };
            last.kind == kind
                && last.section == section
                && last.actor == actor
                && end == index_utf16
        });
        match continues {
            Some(last) => last.text.push_str(&character.text),
            None => passages.push(Passage {
                kind,
                section,
                index_utf16,
                text: character.text,
                participant: actor.as_ref().and_then(|actor| participant(record, actor)),
                actor,
            }),
        }
    }
    passages
}
