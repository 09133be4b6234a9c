//! Typing: one place at a time.

use rand_core::Rng;
use std::ops::Range;

use super::plan::{NewSection, Plan, Replacement};
use super::{EditError, Edited, TextEditor, commit, with_lf};
use crate::keys::SectionId;
use crate::schema::text::{Section, Text, read_section};
use crate::sections::blocks::{BoundaryKind, scan};
use crate::sections::cut::cut_range;
use crate::units::byte_of_utf16;

impl<R: Rng> TextEditor<'_, R> {
    /// Replaces `delete_utf16` units at `index_utf16` of a section by `insert`.
    ///
    /// When the insertion makes a heading at the section's end, the heading and what follows it
    /// become sections of their own in the same change.
    pub fn splice(
        &mut self,
        section: &SectionId,
        index_utf16: usize,
        delete_utf16: usize,
        insert: &str,
    ) -> Result<Edited, EditError> {
        let found = read_section(self.document, section)
            .ok_or_else(|| EditError::NoSection(section.clone()))?;
        let end_utf16 = index_utf16.saturating_add(delete_utf16);
        let range = bytes_of(&found.text, index_utf16..end_utf16)?;
        let insert = with_lf(insert);
        match heading_at_end(&found.text, &range, &insert) {
            None => self.splice_one(&found, range, &insert),
            Some(_) => {
                let text = Text::read(self.document);
                let index = position(&text, section)?;
                let plan = plan_splice(&text, index, range, &insert);
                self.carry_out("type", &text, &plan)
            }
        }
    }

    /// Inserts at an index of the whole text, in UTF-16 units of [`Text::markdown`].
    ///
    /// At the border of two sections, whole lines go to the end of the first and anything else to
    /// the beginning of the second, so that it joins the line that stands there.
    pub fn insert(&mut self, offset_utf16: usize, insert: &str) -> Result<Edited, EditError> {
        let text = Text::read(self.document);
        let insert = with_lf(insert);
        let plan = plan_insert(&text, offset_utf16, &insert)?;
        self.carry_out("type", &text, &plan)
    }

    /// Replaces a range of the whole text, in UTF-16 units of [`Text::markdown`], by `insert`. The
    /// range may reach over several sections; their other lines stay where they are.
    pub fn replace_range(
        &mut self,
        range_utf16: Range<usize>,
        insert: &str,
    ) -> Result<Edited, EditError> {
        if range_utf16.is_empty() {
            return self.insert(range_utf16.start, insert);
        }
        let text = Text::read(self.document);
        let markdown = text.markdown();
        let range = bytes_of(&markdown, range_utf16)?;
        let insert = with_lf(insert);
        let within = |section: &Section| {
            let start = section.start;
            let holds = start <= range.start && range.end <= start + section.text.len();
            // Without its last newline a section would get one again, so that is for whole lines.
            let keeps_line = insert.ends_with('\n') || range.end < start + section.text.len();
            holds && keeps_line && section.is_editable()
        };
        if let Some(index) = text.sections.iter().position(within) {
            let start = text.sections[index].start;
            let plan = plan_splice(
                &text,
                index,
                range.start - start..range.end - start,
                &insert,
            );
            return self.carry_out("type", &text, &plan);
        }
        let mut source = text.source();
        source.text.replace_range(range, &insert);
        self.replace_text(&text, &source.text, None, "type")
    }

    /// Writes one splice without reading more than the section.
    fn splice_one(
        &mut self,
        section: &Section,
        range: Range<usize>,
        insert: &str,
    ) -> Result<Edited, EditError> {
        let alone = Text::of_one_section(section.clone());
        let plan = Plan {
            replacements: replacement(0, range, insert),
            ..Plan::default()
        };
        self.carry_out("type", &alone, &plan)
    }

    pub(super) fn carry_out(
        &mut self,
        message: &str,
        text: &Text,
        plan: &Plan,
    ) -> Result<Edited, EditError> {
        let (written, change) = commit(self.document, self.now_ms, message, |transaction| {
            plan.write(transaction, self.rng, text)
        })?;
        Ok(Edited {
            change,
            splices: written.splices,
            created: written.created,
        })
    }
}

pub(super) fn position(text: &Text, section: &SectionId) -> Result<usize, EditError> {
    text.sections
        .iter()
        .position(|it| it.id == *section)
        .ok_or_else(|| EditError::NoSection(section.clone()))
}

fn bytes_of(text: &str, range_utf16: Range<usize>) -> Result<Range<usize>, EditError> {
    let start = byte_of_utf16(text, range_utf16.start);
    let end = byte_of_utf16(text, range_utf16.end);
    match (start, end) {
        (Some(start), Some(end)) if start <= end => Ok(start..end),
        _ => Err(EditError::OutOfRange {
            start_utf16: range_utf16.start,
            end_utf16: range_utf16.end,
        }),
    }
}

fn replacement(section: usize, range: Range<usize>, text: &str) -> Vec<Replacement> {
    if range.is_empty() && text.is_empty() {
        return Vec::new();
    }
    vec![Replacement {
        section,
        range,
        text: text.to_owned(),
    }]
}

/// Where a heading begins that an insertion makes at the end of a section, in bytes of the text
/// after the insertion. Only blank lines may follow what is inserted, and text must stand before.
fn heading_at_end(text: &str, range: &Range<usize>, insert: &str) -> Option<usize> {
    let (before, rest) = (&text[..range.start], &text[range.end..]);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let marks = |part: &str| part.contains(['#', '=', '-']);
    if insert.is_empty()
        || !rest.trim().is_empty()
        || !(marks(insert) || marks(&before[line_start..]))
    {
        return None;
    }
    let after = format!("{before}{insert}{rest}");
    scan(&after)
        .boundaries
        .iter()
        .filter(|boundary| boundary.kind == BoundaryKind::Heading)
        .map(|boundary| boundary.offset)
        .find(|offset| *offset >= line_start && !after[..*offset].trim().is_empty())
}

/// Plans a splice within the section with the given index.
fn plan_splice(text: &Text, index: usize, range: Range<usize>, insert: &str) -> Plan {
    let old = &text.sections[index].text;
    let Some(heading) = heading_at_end(old, &range, insert) else {
        return Plan {
            replacements: replacement(index, range, insert),
            ..Plan::default()
        };
    };
    let after = format!("{}{insert}{}", &old[..range.start], &old[range.end..]);
    // The part of the insertion that stays, when the heading begins within it; else the old text
    // is shortened back to where the heading's line begins.
    let replaced = heading.min(range.start)..old.len();
    let stays = &after[replaced.start..heading];
    let created = cut_range(&after, heading..after.len(), &scan(&after).boundaries)
        .into_iter()
        .map(|piece| NewSection {
            before: index + 1,
            text: after[piece].to_owned(),
            split_from: None,
        })
        .collect();
    Plan {
        replacements: replacement(index, replaced, stays),
        created,
        exceptions: None,
    }
}

fn plan_insert(text: &Text, offset_utf16: usize, insert: &str) -> Result<Plan, EditError> {
    let markdown = text.markdown();
    let offset = bytes_of(&markdown, offset_utf16..offset_utf16)?.start;
    if insert.is_empty() {
        return Ok(Plan::default());
    }
    let whole_lines = insert.ends_with('\n');
    let mut filled = text
        .sections
        .iter()
        .enumerate()
        .filter(|(_, section)| !section.text.is_empty());
    let holds = |section: &Section| {
        let end = section.start + section.text.len();
        let at_border = offset == end && section.text.ends_with('\n') && end < markdown.len();
        section.start <= offset && offset <= end && (!at_border || whole_lines)
    };
    let Some((index, section)) = filled.find(|(_, section)| holds(section)) else {
        return Ok(plan_first(text, insert));
    };
    let begins_heading = scan(&section.text)
        .headings
        .first()
        .is_some_and(|heading| heading.offset == 0);
    if offset == section.start && whole_lines && begins_heading {
        // In front of the first heading of all: that heading's section stays as it is.
        return Ok(plan_new(index, insert));
    }
    if !section.is_editable() {
        return Err(EditError::NotEditable(section.id.clone()));
    }
    let at = offset - section.start;
    Ok(plan_splice(text, index, at..at, insert))
}

/// Plans an insertion into a text that has nothing in it: into a section that was emptied, so that
/// it comes back to life, or into new ones.
fn plan_first(text: &Text, insert: &str) -> Plan {
    match text.sections.iter().position(Section::is_editable) {
        Some(index) => Plan {
            replacements: replacement(index, 0..0, insert),
            ..Plan::default()
        },
        None => plan_new(0, insert),
    }
}

fn plan_new(before: usize, insert: &str) -> Plan {
    let pieces = cut_range(insert, 0..insert.len(), &scan(insert).boundaries);
    Plan {
        created: pieces
            .into_iter()
            .map(|piece| NewSection {
                before,
                text: insert[piece].to_owned(),
                split_from: None,
            })
            .collect(),
        ..Plan::default()
    }
}
