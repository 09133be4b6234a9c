//! The text: title, metadata and sections.

use automerge::{Automerge, ChangeHash, ObjId};
use std::collections::BTreeMap;
use std::ops::Range;

use super::finding::{Findings, Problem};
use super::node::Reading;
use super::{Field, Fields, Node, names};
use crate::anchor::position_of;
use crate::keys::{EntryId, SectionId};
use crate::sections::concatenate;
use crate::source::{EndingRun, LineEnding, Source};

/// A text as it stands in its document. Reading is total: what is not as the format says is read
/// past and listed in `findings`.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The draft's title.
    pub title: String,
    /// Fields such as language or licence, by name.
    pub metadata: BTreeMap<String, String>,
    /// How most lines of the authors' file end.
    pub line_ending: LineEnding,
    /// Whether the authors' file begins with a byte order mark.
    pub byte_order_mark: bool,
    /// The sections in the order in which they are read: by order key, then by id.
    pub sections: Vec<Section>,
    /// What was split off from which section, by tidying or by a heading typed at its end.
    pub splits: BTreeMap<EntryId, Split>,
    /// Lines that end otherwise than most, in the byte offsets of [`Text::markdown`].
    pub ending_exceptions: Vec<EndingRun>,
    /// What is not as the format says.
    pub findings: Findings,
}

/// One section: a run of whole lines of Markdown.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its key.
    pub id: SectionId,
    /// Where it stands: a key of [`crate::sections::order`].
    pub order: String,
    /// Its Markdown, with LF only; empty when it was removed.
    pub text: String,
    /// The Text object; absent when a plain string stands in its place.
    pub(crate) object: Option<ObjId>,
    /// The map that holds it.
    pub(crate) map: ObjId,
    /// Where it begins in the whole text, in bytes.
    pub(crate) start: usize,
}

/// A record of text that moved from the end of one section into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The section that the text stood in.
    pub from: SectionId,
    /// The section that it stands in now, from its beginning.
    pub to: SectionId,
    /// Where it began in the old section before the change, in UTF-16 units.
    pub start_utf16: usize,
    /// Its length in UTF-16 units.
    pub length_utf16: usize,
    /// The map of the entry; the change that made it is the change that split.
    pub(crate) map: ObjId,
}

impl Text {
    /// Reads a text at the present.
    pub fn read(document: &Automerge) -> Self {
        Self::read_with(Reading::new(document, None), None)
    }

    /// Reads a text at old heads.
    pub fn read_at(
        document: &Automerge,
        heads: &[ChangeHash],
    ) -> Result<Self, crate::UnknownHeads> {
        crate::history::require_heads(document, heads)?;
        Ok(Self::read_with(
            Reading::new(document, Some(heads)),
            Some(heads),
        ))
    }

    /// The draft's Markdown with LF only: all sections joined.
    pub fn markdown(&self) -> String {
        concatenate(self.section_texts(), |_, _| {})
    }

    /// The authors' source, byte for byte: with their line endings and byte order mark.
    pub fn source(&self) -> Source {
        Source {
            text: self.markdown(),
            byte_order_mark: self.byte_order_mark,
            ending: self.line_ending,
            exceptions: self.ending_exceptions.clone(),
        }
    }

    /// Finds a section by its key.
    pub fn section(&self, id: &SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == *id)
    }

    fn section_texts(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|section| section.text.as_str())
    }

    fn read_with(reading: Reading<'_>, heads: Option<&[ChangeHash]>) -> Self {
        let mut text = {
            let root = reading.root();
            let mut text = Self {
                title: root.text(names::TITLE).text,
                metadata: root.strings_by_key(names::METADATA),
                line_ending: read_ending(&root, names::LINE_ENDING),
                byte_order_mark: root.boolean(names::BYTE_ORDER_MARK),
                sections: read_sections(&root),
                splits: read_splits(&root),
                ending_exceptions: Vec::new(),
                findings: Findings::default(),
            };
            text.find_starts();
            text.ending_exceptions = read_exceptions(&root, reading.document, &text, heads);
            text
        };
        text.findings = reading.into_findings();
        text
    }

    /// A text of nothing but one section, for edits that need no more.
    pub(crate) fn of_one_section(section: Section) -> Self {
        Self {
            title: String::new(),
            metadata: BTreeMap::new(),
            line_ending: LineEnding::Lf,
            byte_order_mark: false,
            sections: vec![section],
            splits: BTreeMap::new(),
            ending_exceptions: Vec::new(),
            findings: Findings::default(),
        }
    }

    fn find_starts(&mut self) {
        let mut starts = vec![0; self.sections.len()];
        concatenate(self.section_texts(), |index, start| starts[index] = start);
        for (section, start) in self.sections.iter_mut().zip(starts) {
            section.start = start;
        }
    }
}

impl Section {
    fn read(key: String, node: &Node<'_>) -> Self {
        let found = node.text(names::TEXT);
        Self {
            id: SectionId::from_key(key),
            order: node.string(names::ORDER),
            text: found.text,
            object: found.object,
            map: node.object().clone(),
            start: 0,
        }
    }

    /// Where the section's text begins in the draft's Markdown, in bytes.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Whether the section can be edited: a plain string in place of its text cannot.
    pub fn is_editable(&self) -> bool {
        self.object.is_some()
    }
}

/// Reads one section at the present, without the others.
pub(crate) fn read_section(document: &Automerge, id: &SectionId) -> Option<Section> {
    let reading = Reading::new(document, None);
    let sections = reading.root().optional_map(names::SECTIONS)?;
    let node = sections.optional_map(id.as_str())?;
    Some(Section::read(id.to_string(), &node))
}

fn read_sections(root: &Node<'_>) -> Vec<Section> {
    let mut sections: Vec<Section> = root
        .entries(names::SECTIONS)
        .into_iter()
        .map(|(key, node)| Section::read(key, &node))
        .collect();
    sections.sort_by(|one, two| (&one.order, &one.id).cmp(&(&two.order, &two.id)));
    sections
}

fn read_splits(root: &Node<'_>) -> BTreeMap<EntryId, Split> {
    let read = |node: &Node<'_>, key: &str| usize::try_from(node.integer(key)).unwrap_or_default();
    root.entries(names::SPLITS)
        .into_iter()
        .map(|(key, node)| {
            let split = Split {
                from: SectionId::from_key(node.string("from")),
                to: SectionId::from_key(node.string("to")),
                start_utf16: read(&node, "start"),
                length_utf16: read(&node, "length"),
                map: node.object().clone(),
            };
            (EntryId::from_key(key), split)
        })
        .collect()
}

impl Split {
    pub(crate) fn fields(
        from: &SectionId,
        to: &SectionId,
        start_utf16: usize,
        length_utf16: usize,
    ) -> Fields {
        vec![
            ("from", Field::str(from)),
            ("to", Field::str(to)),
            ("start", Field::Integer(start_utf16 as i64)),
            ("length", Field::Integer(length_utf16 as i64)),
        ]
    }
}

fn read_ending(node: &Node<'_>, key: &str) -> LineEnding {
    let word = node.string(key);
    LineEnding::from_word(&word).unwrap_or_else(|| {
        if !word.is_empty() {
            node.find(key, Problem::UnknownWord);
        }
        LineEnding::Lf
    })
}

/// Resolves the exceptions, each a range of one section between two cursors, to byte offsets of
/// the whole text, in order and without overlap.
fn read_exceptions(
    root: &Node<'_>,
    document: &Automerge,
    text: &Text,
    heads: Option<&[ChangeHash]>,
) -> Vec<EndingRun> {
    let entries = root.entries(names::LINE_ENDING_EXCEPTIONS);
    if entries.is_empty() {
        return Vec::new();
    }
    let sections: BTreeMap<&str, &Section> = text
        .sections
        .iter()
        .map(|section| (section.id.as_str(), section))
        .collect();
    let mut runs = Vec::new();
    for node in entries.values() {
        let ending = read_ending(node, "ending");
        let section = sections.get(node.string("section").as_str()).copied();
        let Some((section, object)) =
            section.and_then(|section| Some((section, section.object.as_ref()?)))
        else {
            node.find("section", Problem::DanglingReference);
            continue;
        };
        let position = |key: &str| {
            let found = position_of(document, object, &node.string(key), heads);
            if found.is_none() {
                node.find(key, Problem::Malformed);
            }
            found
        };
        if let (Some(start), Some(end)) = (position("start"), position("end")) {
            let range = byte_range(&section.text, start.index_utf16..end.index_utf16);
            if range.start < range.end {
                runs.push(EndingRun {
                    range: section.start + range.start..section.start + range.end,
                    ending,
                });
            }
        }
    }
    without_overlap(runs)
}

/// Where two runs claim a line, the one that begins first has it.
fn without_overlap(mut runs: Vec<EndingRun>) -> Vec<EndingRun> {
    runs.sort_by_key(|run| (run.range.start, run.range.end, run.ending));
    let mut end = 0;
    runs.retain_mut(|run| {
        run.range.start = run.range.start.max(end);
        end = end.max(run.range.end);
        run.range.start < run.range.end
    });
    runs
}

/// Turns UTF-16 units of a text into bytes, clamped to its length.
fn byte_range(text: &str, range: Range<usize>) -> Range<usize> {
    let at = |index| crate::units::byte_of_utf16(text, index).unwrap_or(text.len());
    at(range.start)..at(range.end)
}
