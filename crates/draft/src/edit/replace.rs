//! Replacing the whole source by the smallest difference.
//!
//! Lines that stay the same stay in their sections untouched, so that what others type into them
//! meanwhile is kept. Changed lines are changed word by word. Whole new lines between two sections
//! become sections of their own when they bring headings.

use automerge::ROOT;
use automerge::transaction::Transactable;
use rand_core::Rng;
use std::borrow::Cow;
use std::ops::Range;

use super::hunks::{Hunk, differences};
use super::plan::{NewSection, Plan, Replacement};
use super::wording::refine;
use super::{EditError, Edited, TextEditor, commit};
use crate::schema::names;
use crate::schema::text::Text;
use crate::sections::blocks::{Boundary, BoundaryKind, scan};
use crate::sections::concatenate;
use crate::sections::cut::{SECTION_TARGET_BYTES, cut_range};
use crate::source::{LineEnding, Source};

impl<R: Rng> TextEditor<'_, R> {
    /// Makes the draft's source equal to `source` (the bytes of a Markdown file), changing as
    /// little as possible: text, line endings and byte order mark.
    pub fn replace_source(&mut self, source: &[u8]) -> Result<Edited, EditError> {
        let source = Source::from_bytes(source)?;
        let text = Text::read(self.document);
        self.replace_text(&text, &source.text, Some(&source), "edit the source")
    }

    /// Makes the text equal to `new`; with a source, also its line endings and byte order mark.
    pub(super) fn replace_text(
        &mut self,
        text: &Text,
        new: &str,
        source: Option<&Source>,
        message: &str,
    ) -> Result<Edited, EditError> {
        let planner = Planner::new(text, new);
        let hunks = planner.hunks();
        let mut plan = planner.plan(&hunks);
        if joined_after(&plan, text) != new {
            // The plan is exact by its making; this is the belt to those braces.
            plan = planner.start_over();
        }
        if let Some(source) = source {
            plan.exceptions = planner.exceptions(&hunks, source);
        }
        let (written, change) = commit(self.document, self.now_ms, message, |transaction| {
            if let Some(source) = source {
                put_endings(transaction, text, source)?;
            }
            plan.write(transaction, self.rng, text)
        })?;
        Ok(Edited {
            change,
            splices: written.splices,
            created: written.created,
        })
    }
}

/// How lines end by default after the change: a source without any newline says nothing.
fn ending_after(text: &Text, source: &Source) -> LineEnding {
    if source.text.contains('\n') {
        source.ending
    } else {
        text.line_ending
    }
}

fn put_endings(
    transaction: &mut impl Transactable,
    text: &Text,
    source: &Source,
) -> Result<(), EditError> {
    let ending = ending_after(text, source);
    if ending != text.line_ending {
        transaction.put(ROOT, names::LINE_ENDING, ending.as_word())?;
    }
    if source.byte_order_mark != text.byte_order_mark {
        transaction.put(ROOT, names::BYTE_ORDER_MARK, source.byte_order_mark)?;
    }
    Ok(())
}

fn joined_after(plan: &Plan, text: &Text) -> String {
    let after = plan.texts_after(text);
    concatenate(after.iter().map(|(_, text)| text.as_str()), |_, _| {})
}

/// A line of the old text.
struct OldLine {
    /// The index of its section.
    section: usize,
    /// Its bytes in the section's text.
    range: Range<usize>,
}

struct Planner<'a> {
    text: &'a Text,
    new: &'a str,
    old_lines: Vec<OldLine>,
    /// What the old lines say; with a newline where joining puts one.
    old_words: Vec<Cow<'a, str>>,
    new_lines: Vec<&'a str>,
    /// Where each new line begins in the new text, and where the last one ends, in bytes.
    new_starts: Vec<usize>,
    boundaries: Vec<Boundary>,
}

/// Some old lines of one section, and the new lines that take their place.
struct Segment {
    section: usize,
    old: Range<usize>,
    new: Range<usize>,
}

impl<'a> Planner<'a> {
    fn new(text: &'a Text, new: &'a str) -> Self {
        let last_filled = text.sections.iter().rposition(|it| !it.text.is_empty());
        let mut old_lines = Vec::new();
        let mut old_words = Vec::new();
        for (index, section) in text.sections.iter().enumerate() {
            let mut at = 0;
            for line in section.text.split_inclusive('\n') {
                let joined = !line.ends_with('\n') && Some(index) != last_filled;
                old_words.push(if joined {
                    Cow::Owned(format!("{line}\n"))
                } else {
                    Cow::Borrowed(line)
                });
                old_lines.push(OldLine {
                    section: index,
                    range: at..at + line.len(),
                });
                at += line.len();
            }
        }
        let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
        let mut new_starts = vec![0];
        let mut at = 0;
        for line in &new_lines {
            at += line.len();
            new_starts.push(at);
        }
        Self {
            text,
            new,
            old_lines,
            old_words,
            new_lines,
            new_starts,
            boundaries: scan(new).boundaries,
        }
    }

    fn hunks(&self) -> Vec<Hunk> {
        differences(&self.old_words, &self.new_lines, |line| {
            match self.old_lines.get(line) {
                Some(line) => line.range.start == 0,
                None => true,
            }
        })
    }

    fn plan(&self, hunks: &[Hunk]) -> Plan {
        let mut plan = Plan::default();
        for hunk in hunks {
            if hunk.old.is_empty() {
                self.insertion(hunk, &mut plan);
            } else {
                for segment in self.segments(hunk) {
                    self.segment(&segment, &mut plan);
                }
            }
        }
        plan.replacements
            .sort_by_key(|replacement| (replacement.section, replacement.range.start));
        self.end_last_line(&mut plan);
        plan
    }

    /// Empties everything and writes the new text into new sections: never wrong, never small.
    fn start_over(&self) -> Plan {
        let replacements = self.text.sections.iter().enumerate();
        let last = self.text.sections.len();
        Plan {
            replacements: replacements
                .filter(|(_, section)| !section.text.is_empty())
                .map(|(section, old)| Replacement {
                    section,
                    range: 0..old.text.len(),
                    text: String::new(),
                })
                .collect(),
            created: self.pieces(0..self.new.len(), last),
            exceptions: None,
        }
    }

    fn new_bytes(&self, lines: &Range<usize>) -> Range<usize> {
        self.new_starts[lines.start]..self.new_starts[lines.end]
    }

    fn pieces(&self, bytes: Range<usize>, before: usize) -> Vec<NewSection> {
        cut_range(self.new, bytes, &self.boundaries)
            .into_iter()
            .map(|piece| NewSection {
                before,
                text: self.new[piece].to_owned(),
                split_from: None,
            })
            .collect()
    }

    /// The first heading in `bytes` of the new text, as a byte offset.
    fn first_heading(&self, bytes: &Range<usize>) -> Option<usize> {
        // A text that begins with a heading has no boundary there, since nothing is cut off.
        let first = self
            .boundaries
            .partition_point(|it| it.offset < bytes.start);
        let begins = bytes.start == 0
            && scan(&self.new[..self.new_starts.get(2).copied().unwrap_or(self.new.len())])
                .headings
                .first()
                .is_some_and(|heading| heading.offset == 0);
        if begins {
            return Some(0);
        }
        self.boundaries[first..]
            .iter()
            .take_while(|it| it.offset < bytes.end)
            .find(|it| it.kind == BoundaryKind::Heading)
            .map(|it| it.offset)
    }

    /// Whole new lines between two old ones.
    fn insertion(&self, hunk: &Hunk, plan: &mut Plan) {
        let bytes = self.new_bytes(&hunk.new);
        let above = hunk
            .old
            .start
            .checked_sub(1)
            .map(|line| &self.old_lines[line]);
        let below = self.old_lines.get(hunk.old.start);
        match (above, below) {
            (Some(above), Some(below)) if above.section == below.section => {
                self.replace(
                    below.section,
                    below.range.start..below.range.start,
                    bytes,
                    plan,
                );
            }
            (Some(above), below) => {
                let next = below.map_or(self.text.sections.len(), |below| below.section);
                let end = above.range.end..above.range.end;
                self.at_end(above.section, end, bytes, next, plan);
            }
            (None, below) => {
                let next = below.map_or(self.text.sections.len(), |below| below.section);
                self.fill(0..next, bytes, next, plan);
            }
        }
    }

    /// Replaces the last bytes of a section (or none, at its end) by new lines: up to the first
    /// heading they stay in the section, from there on they are sections of their own, before the
    /// section with index `next`.
    fn at_end(
        &self,
        section: usize,
        old: Range<usize>,
        bytes: Range<usize>,
        next: usize,
        plan: &mut Plan,
    ) {
        let stays_until = self.first_heading(&bytes).unwrap_or_else(|| {
            let size = old.start + bytes.len();
            let pieces = cut_range(self.new, bytes.clone(), &self.boundaries);
            match pieces.first() {
                Some(first) if size > 2 * SECTION_TARGET_BYTES && old.is_empty() => {
                    let room = old.start + first.len() <= SECTION_TARGET_BYTES * 3 / 2;
                    if room { first.end } else { bytes.start }
                }
                _ => bytes.end,
            }
        });
        self.replace(section, old, bytes.start..stays_until, plan);
        if stays_until < bytes.end {
            self.fill(section + 1..next, stays_until..bytes.end, next, plan);
        }
    }

    /// Writes new lines into sections of their own: first into emptied ones among `empty`, so that
    /// text that comes back comes back to where it was, then into new ones before `next`.
    fn fill(&self, empty: Range<usize>, bytes: Range<usize>, next: usize, plan: &mut Plan) {
        let mut pieces = self.pieces(bytes, next).into_iter();
        for index in empty {
            let reusable = self
                .text
                .sections
                .get(index)
                .is_some_and(|section| section.text.is_empty() && section.is_editable());
            if reusable && let Some(piece) = pieces.next() {
                plan.replacements.push(Replacement {
                    section: index,
                    range: 0..0,
                    text: piece.text,
                });
            }
        }
        plan.created.extend(pieces);
    }

    /// Replaces bytes of a section by bytes of the new text, word by word.
    fn replace(&self, section: usize, old: Range<usize>, new: Range<usize>, plan: &mut Plan) {
        let text = &self.text.sections[section].text;
        // Where joining put the newline, the section's own last line needs one before more lines.
        let unended = old.is_empty() && old.start == text.len() && !text.ends_with('\n');
        if unended && !text.is_empty() && !new.is_empty() {
            plan.replacements.push(Replacement {
                section,
                range: old,
                text: format!("\n{}", &self.new[new]),
            });
            return;
        }
        for (range, words) in refine(&text[old.clone()], &self.new[new]) {
            plan.replacements.push(Replacement {
                section,
                range: old.start + range.start..old.start + range.end,
                text: words.to_owned(),
            });
        }
    }

    /// Divides a hunk among the sections that it touches.
    fn segments(&self, hunk: &Hunk) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for line in hunk.old.clone() {
            let section = self.old_lines[line].section;
            match segments.last_mut() {
                Some(last) if last.section == section => last.old.end = line + 1,
                _ => segments.push(Segment {
                    section,
                    old: line..line + 1,
                    new: hunk.new.end..hunk.new.end,
                }),
            }
        }
        // Each section after the first takes the new lines from the one that resembles its own
        // first line; without such a line it is left empty. The first takes what comes before.
        let mut from = hunk.new.start;
        let mut owner = 0;
        segments[0].new.start = from;
        for index in 1..segments.len() {
            let first = &self.old_words[segments[index].old.start];
            let found = (from + 1..hunk.new.end)
                .take(MAX_LINES_SEARCHED)
                .find(|line| resembles(first, self.new_lines[*line]));
            if let Some(line) = found {
                segments[owner].new.end = line;
                segments[index].new = line..hunk.new.end;
                owner = index;
                from = line;
            }
        }
        segments
    }

    fn segment(&self, segment: &Segment, plan: &mut Plan) {
        let first = &self.old_lines[segment.old.start].range;
        let last = &self.old_lines[segment.old.end - 1].range;
        let section = &self.text.sections[segment.section];
        let old = first.start..last.end;
        let bytes = self.new_bytes(&segment.new);
        if last.end < section.text.len() {
            self.replace(segment.section, old, bytes, plan);
            return;
        }
        // A heading in the place of the section's own first line stays in the section.
        let keeps_first = first.start == 0 && !segment.new.is_empty();
        let after_first = segment.new.start + usize::from(keeps_first);
        let rest = self.new_starts[after_first.min(segment.new.end)]..bytes.end;
        let next = self.next_filled(segment.section);
        match self.first_heading(&rest) {
            Some(heading) if heading > bytes.start || !keeps_first => {
                self.replace(segment.section, old, bytes.start..heading, plan);
                self.fill(segment.section + 1..next, heading..bytes.end, next, plan);
            }
            _ => self.replace(segment.section, old, bytes, plan),
        }
    }

    /// The next section that has text, or the number of sections.
    fn next_filled(&self, section: usize) -> usize {
        let after = &self.text.sections[section + 1..];
        let next = after.iter().position(|it| !it.text.is_empty());
        next.map_or(self.text.sections.len(), |next| section + 1 + next)
    }

    /// When the last section with text was joined by a newline before and is the last one now, its
    /// line needs a newline of its own.
    fn end_last_line(&self, plan: &mut Plan) {
        if !self.new.ends_with('\n') {
            return;
        }
        let after = plan.texts_after(self.text);
        let last = after.iter().rev().find(|(_, text)| !text.is_empty());
        let Some((Some(index), text)) = last else {
            return;
        };
        if text.ends_with('\n') {
            return;
        }
        let end = self.text.sections[*index].text.len();
        let place = plan.replacements.partition_point(|it| it.section <= *index);
        plan.replacements.insert(
            place,
            Replacement {
                section: *index,
                range: end..end,
                text: "\n".to_owned(),
            },
        );
    }

    /// The exceptions to write, or `None` when those that are written hold after the change too.
    fn exceptions(&self, hunks: &[Hunk], source: &Source) -> Option<Vec<crate::source::EndingRun>> {
        let before = self.text.source();
        let (old, new) = (endings(&before), endings(source));
        let usual = ending_after(self.text, source);
        if usual != self.text.line_ending {
            return Some(source.exceptions.clone());
        }
        let unusual = |ending: Option<&LineEnding>| ending.is_some_and(|it| *it != usual);
        let mut hunks = hunks.iter().peekable();
        let (mut old_line, mut new_line) = (0, 0);
        while old_line < old.len() || new_line < new.len() {
            if let Some(hunk) = hunks.next_if(|hunk| hunk.old.start <= old_line) {
                let around = hunk.old.start.saturating_sub(1)..=hunk.old.end;
                if around.into_iter().any(|line| unusual(old.get(line)))
                    || hunk.new.clone().any(|line| unusual(new.get(line)))
                {
                    return Some(source.exceptions.clone());
                }
                old_line = hunk.old.end.max(old_line);
                new_line = hunk.new.end.max(new_line);
                continue;
            }
            if old.get(old_line) != new.get(new_line) {
                return Some(source.exceptions.clone());
            }
            old_line += 1;
            new_line += 1;
        }
        None
    }
}

/// How many new lines are searched for the one that resembles a section's first line.
const MAX_LINES_SEARCHED: usize = 2000;

/// Whether two lines are the same heading, with some of its words changed.
fn resembles(old: &str, new: &str) -> bool {
    let mark = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    if mark(old) == 0 || mark(old) != mark(new) {
        return false;
    }
    let words = |line: &str| -> Vec<String> {
        line.split(|it: char| !it.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (old, new) = (words(old), words(new));
    let common = old.iter().filter(|word| new.contains(word)).count();
    common > 0 && 2 * common >= old.len().max(new.len())
}

/// The ending of each line that has one.
fn endings(source: &Source) -> Vec<LineEnding> {
    let mut runs = source.exceptions.iter().peekable();
    source
        .text
        .match_indices('\n')
        .map(|(offset, _)| {
            while runs.next_if(|run| run.range.end <= offset).is_some() {}
            match runs.peek() {
                Some(run) if run.range.contains(&offset) => run.ending,
                _ => source.ending,
            }
        })
        .collect()
}
