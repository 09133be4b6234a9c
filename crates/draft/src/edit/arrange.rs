//! Moving, emptying and tidying sections, and the title.

use automerge::transaction::Transactable;
use automerge::{ObjType, ROOT, ReadDoc, Value};
use rand_core::Rng;

use super::plan::{NewSection, Plan, Replacement, map, orders_for};
use super::typing::position;
use super::wording::refine;
use super::{EditError, Edited, Splice, TextEditor, commit, with_lf};
use crate::keys::SectionId;
use crate::schema::names;
use crate::schema::text::Text;
use crate::sections::blocks::scan;
use crate::sections::cut::cut_range;
use crate::units::utf16_len;

/// Where a section is moved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    First,
    /// Right after this section.
    After(SectionId),
}

impl<R: Rng> TextEditor<'_, R> {
    /// Moves a section: one small write, which keeps everybody's edits to it.
    pub fn move_section(&mut self, section: &SectionId, to: &Place) -> Result<Edited, EditError> {
        let mut text = Text::read(self.document);
        let from = position(&text, section)?;
        let place = match to {
            Place::First => 0,
            Place::After(other) => position(&text, other)? + 1,
        };
        if place == from || place == from + 1 {
            return Ok(Edited::default());
        }
        let moved = text.sections.remove(from);
        let place = if place > from { place - 1 } else { place };
        let (_, change) = commit(
            self.document,
            self.now_ms,
            "move a section",
            |transaction| {
                for order in orders_for(transaction, self.rng, &text, &[place])? {
                    transaction.put(&moved.map, names::ORDER, order)?;
                }
                Ok(())
            },
        )?;
        Ok(Edited {
            change,
            ..Edited::default()
        })
    }

    /// Removes what a section says. The section stays, so that what somebody types into it
    /// meanwhile is not lost.
    pub fn empty_section(&mut self, section: &SectionId) -> Result<Edited, EditError> {
        let found = crate::schema::text::read_section(self.document, section)
            .ok_or_else(|| EditError::NoSection(section.clone()))?;
        self.splice(section, 0, utf16_len(&found.text), "")
    }

    /// Splits off headings that stand inside of sections, and cuts sections that have grown long.
    /// The text stays the same, anchors follow it, and what arrives late for the text that moved
    /// stands at the old section's end.
    pub fn tidy(&mut self) -> Result<Edited, EditError> {
        let text = Text::read(self.document);
        let markdown = text.markdown();
        let boundaries = scan(&markdown).boundaries;
        let mut plan = Plan::default();
        for (index, section) in text.sections.iter().enumerate() {
            let start = section.start;
            let range = start..start + section.text.len();
            let pieces = cut_range(&markdown, range.clone(), &boundaries);
            let Some(first) = pieces.first().filter(|_| section.is_editable()) else {
                continue;
            };
            if pieces.len() == 1 {
                continue;
            }
            plan.replacements.push(Replacement {
                section: index,
                range: first.end - start..section.text.len(),
                text: String::new(),
            });
            plan.created
                .extend(pieces[1..].iter().map(|piece| NewSection {
                    before: index + 1,
                    text: markdown[piece.clone()].to_owned(),
                    split_from: Some((index, piece.start - start)),
                }));
        }
        if !plan.created.is_empty() && !text.ending_exceptions.is_empty() {
            plan.exceptions = Some(text.ending_exceptions.clone());
        }
        self.carry_out("tidy the sections", &text, &plan)
    }

    /// Makes the draft's title equal to `title`, changing as few words as possible.
    pub fn set_title(&mut self, title: &str) -> Result<Edited, EditError> {
        let title = with_lf(title);
        let ((), change) = commit(self.document, self.now_ms, "title", |transaction| {
            let found = transaction.get(ROOT, names::TITLE)?;
            let Some((Value::Object(ObjType::Text), object)) = found else {
                let object = transaction.put_object(ROOT, names::TITLE, ObjType::Text)?;
                transaction.splice_text(&object, 0, 0, &title)?;
                return Ok(());
            };
            let old = transaction.text(&object)?;
            for (range, words) in refine(&old, &title).into_iter().rev() {
                let index = utf16_len(&old[..range.start]);
                let deleted = utf16_len(&old[range]) as isize;
                transaction.splice_text(&object, index, deleted, words)?;
            }
            Ok(())
        })?;
        Ok(Edited {
            change,
            ..Edited::default()
        })
    }

    /// Sets a field of the metadata, or takes it out when `value` is `None`.
    pub fn set_metadata(&mut self, name: &str, value: Option<&str>) -> Result<Edited, EditError> {
        let ((), change) = commit(self.document, self.now_ms, "metadata", |transaction| {
            let metadata = map(transaction, names::METADATA)?;
            let there = transaction.get(&metadata, name)?;
            match value {
                Some(value) if there.as_ref().and_then(|(it, _)| it.as_str()) == Some(value) => {}
                Some(value) => transaction.put(&metadata, name, value)?,
                None if there.is_some() => transaction.delete(&metadata, name)?,
                None => {}
            }
            Ok(())
        })?;
        Ok(Edited {
            change,
            ..Edited::default()
        })
    }
}

impl Edited {
    /// Whether nothing was different.
    pub fn is_empty(&self) -> bool {
        self.change.is_none()
    }

    /// The sections that were changed or made.
    pub fn sections(&self) -> impl Iterator<Item = &SectionId> {
        let changed = self.splices.iter().map(|Splice { section, .. }| section);
        changed.chain(&self.created)
    }
}
