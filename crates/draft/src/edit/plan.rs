//! What is to be written, worked out before the transaction begins.

use automerge::transaction::Transactable;
use automerge::{ObjId, ObjType, ROOT, ReadDoc, Value};
use rand_core::Rng;
use std::ops::Range;

use super::store::{StoredSection, put_exceptions, put_section};
use super::{EditError, Splice};
use crate::keys::{EntryId, SectionId};
use crate::schema::text::{Split, Text};
use crate::schema::{names, put_entry};
use crate::sections::order;
use crate::source::EndingRun;
use crate::units::utf16_len;

/// A replacement within one section that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    /// Index among the text's sections.
    pub(super) section: usize,
    /// What goes, in bytes of the section's text.
    pub(super) range: Range<usize>,
    /// What comes in its place.
    pub(super) text: String,
}

/// A new section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewSection {
    /// It comes before the section that has this index now; the number of sections for the end.
    pub(super) before: usize,
    /// Its text.
    pub(super) text: String,
    /// Where its text stood before, when it was split off: a section's index and a byte offset.
    pub(super) split_from: Option<(usize, usize)>,
}

/// A change of the text: replacements sorted by section and place, not overlapping, and new
/// sections in the order in which they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    pub(super) replacements: Vec<Replacement>,
    pub(super) created: Vec<NewSection>,
    /// When set, the lines that end otherwise than most are written anew, in bytes of the text
    /// after the change.
    pub(super) exceptions: Option<Vec<EndingRun>>,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) splices: Vec<Splice>,
    pub(super) created: Vec<SectionId>,
}

impl Plan {
    /// The texts of all sections after the change, in the order in which they are read, with the
    /// index of those that exist already.
    pub(super) fn texts_after(&self, text: &Text) -> Vec<(Option<usize>, String)> {
        let mut after = Vec::new();
        let mut created = self.created.iter().peekable();
        for (index, section) in text.sections.iter().enumerate() {
            while let Some(new) = created.next_if(|new| new.before <= index) {
                after.push((None, new.text.clone()));
            }
            let mut replaced = String::with_capacity(section.text.len());
            let mut kept = 0;
            for replacement in self.of_section(index) {
                replaced.push_str(&section.text[kept..replacement.range.start]);
                replaced.push_str(&replacement.text);
                kept = replacement.range.end;
            }
            replaced.push_str(&section.text[kept..]);
            after.push((Some(index), replaced));
        }
        after.extend(created.map(|new| (None, new.text.clone())));
        after
    }

    pub(super) fn of_section(&self, index: usize) -> impl Iterator<Item = &Replacement> {
        let first = self.replacements.partition_point(|it| it.section < index);
        self.replacements[first..]
            .iter()
            .take_while(move |it| it.section == index)
    }

    /// Writes the plan.
    pub(super) fn write(
        &self,
        transaction: &mut impl Transactable,
        rng: &mut impl Rng,
        text: &Text,
    ) -> Result<Written, EditError> {
        let mut written = Written::default();
        for (index, section) in text.sections.iter().enumerate() {
            let mut replacements = self.of_section(index).peekable();
            if replacements.peek().is_none() {
                continue;
            }
            let object = section
                .object
                .as_ref()
                .ok_or_else(|| EditError::NotEditable(section.id.clone()))?;
            // Where reading has come to: in bytes of the old text, in UTF-16 units of the new one.
            let (mut byte, mut unit) = (0, 0);
            for replacement in replacements {
                unit += utf16_len(&section.text[byte..replacement.range.start]);
                let deleted = utf16_len(&section.text[replacement.range.clone()]);
                transaction.splice_text(object, unit, deleted as isize, &replacement.text)?;
                written.splices.push(Splice {
                    section: section.id.clone(),
                    index_utf16: unit,
                    deleted_utf16: deleted,
                    inserted: replacement.text.clone(),
                });
                unit += utf16_len(&replacement.text);
                byte = replacement.range.end;
            }
        }
        let objects = self.create(transaction, rng, text, &mut written.created)?;
        if let Some(runs) = &self.exceptions {
            self.write_exceptions(transaction, rng, text, runs, &written.created, &objects)?;
        }
        Ok(written)
    }

    fn create(
        &self,
        transaction: &mut impl Transactable,
        rng: &mut impl Rng,
        text: &Text,
        created: &mut Vec<SectionId>,
    ) -> Result<Vec<ObjId>, EditError> {
        let mut objects = Vec::new();
        if self.created.is_empty() {
            return Ok(objects);
        }
        let sections = map(transaction, names::SECTIONS)?;
        let places: Vec<usize> = self.created.iter().map(|new| new.before).collect();
        let orders = orders_for(transaction, rng, text, &places)?;
        for (new, order) in self.created.iter().zip(orders) {
            let (id, object) = put_section(transaction, rng, &sections, &order, &new.text)?;
            if let Some((from, start)) = new.split_from
                && let Some(from) = text.sections.get(from)
            {
                let splits = map(transaction, names::SPLITS)?;
                let start = utf16_len(&from.text[..start]);
                let fields = Split::fields(&from.id, &id, start, utf16_len(&new.text));
                put_entry(transaction, &splits, EntryId::random(rng).as_str(), fields)?;
            }
            created.push(id);
            objects.push(object);
        }
        Ok(objects)
    }

    fn write_exceptions(
        &self,
        transaction: &mut impl Transactable,
        rng: &mut impl Rng,
        text: &Text,
        runs: &[EndingRun],
        created: &[SectionId],
        objects: &[ObjId],
    ) -> Result<(), EditError> {
        let exceptions = map(transaction, names::LINE_ENDING_EXCEPTIONS)?;
        let keys: Vec<String> = transaction.keys(&exceptions).collect();
        for key in keys {
            transaction.delete(&exceptions, key)?;
        }
        let after = self.texts_after(text);
        let mut starts = vec![0; after.len()];
        let texts = after.iter().map(|(_, text)| text.as_str());
        crate::sections::concatenate(texts, |index, start| starts[index] = start);
        let mut new = created.iter().zip(objects);
        let mut stored = Vec::new();
        for ((index, text_after), start) in after.into_iter().zip(starts) {
            let found = match index.and_then(|index| text.sections.get(index)) {
                Some(section) => section
                    .object
                    .as_ref()
                    .map(|object| (section.id.clone(), object.clone())),
                None => new.next().map(|(id, object)| (id.clone(), object.clone())),
            };
            if let Some((id, object)) = found {
                stored.push(StoredSection {
                    id,
                    object,
                    start,
                    text: text_after,
                });
            }
        }
        put_exceptions(transaction, rng, &exceptions, &stored, runs)?;
        Ok(())
    }
}

/// A map at the root that every text has.
pub(super) fn map(transaction: &impl ReadDoc, name: &str) -> Result<ObjId, EditError> {
    match transaction.get(ROOT, name)? {
        Some((Value::Object(ObjType::Map), object)) => Ok(object),
        _ => Err(EditError::NoSections),
    }
}

/// Makes order keys for new sections, each to stand before the section with the given index. The
/// places ascend. Where there is no room, all sections get new keys.
pub(super) fn orders_for(
    transaction: &mut impl Transactable,
    rng: &mut impl Rng,
    text: &Text,
    places: &[usize],
) -> Result<Vec<String>, EditError> {
    let infix = order::random_infix(rng);
    let mut orders = Vec::new();
    for group in places.chunk_by(|one, two| one == two) {
        let place = group.first().copied().unwrap_or_default();
        let bound = |index: Option<usize>| {
            let section = index.and_then(|index| text.sections.get(index));
            section.map(|section| section.order.as_str())
        };
        let (low, high) = (bound(place.checked_sub(1)), bound(Some(place)));
        match order::keys_between(low, high, group.len(), &infix) {
            Some(keys) => orders.extend(keys),
            None => return renumber(transaction, text, places, &infix),
        }
    }
    Ok(orders)
}

/// Gives every section a new key and returns those for the new ones.
fn renumber(
    transaction: &mut impl Transactable,
    text: &Text,
    places: &[usize],
    infix: &str,
) -> Result<Vec<String>, EditError> {
    let total = text.sections.len() + places.len();
    let mut keys = order::keys_between(None, None, total.max(2), infix)
        .unwrap_or_default()
        .into_iter();
    let mut places = places.iter().peekable();
    let mut orders = Vec::new();
    for (index, section) in text.sections.iter().enumerate() {
        while places.next_if(|place| **place <= index).is_some() {
            orders.extend(keys.next());
        }
        if let Some(key) = keys.next() {
            transaction.put(&section.map, names::ORDER, key)?;
        }
    }
    orders.extend(places.filter_map(|_| keys.next()));
    Ok(orders)
}
