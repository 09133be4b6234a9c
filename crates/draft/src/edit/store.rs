//! Writing sections into a document.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc};
use rand_core::Rng;

use crate::keys::{EntryId, SectionId};
use crate::schema::{Field, names, put_entry, put_fields};
use crate::sections::cut::cut;
use crate::sections::order;
use crate::source::{EndingRun, Source};
use crate::units::utf16_len;

/// A section that stands in the document: its key, its Text, and the bytes of the whole text that
/// it holds.
pub(crate) struct StoredSection {
    pub(crate) id: SectionId,
    pub(crate) object: ObjId,
    pub(crate) start: usize,
    pub(crate) text: String,
}

/// Writes everything of a text document that comes from a source: sections and line endings.
pub(crate) fn put_sections(
    transaction: &mut impl Transactable,
    rng: &mut impl Rng,
    source: &Source,
) -> Result<(), AutomergeError> {
    let pieces = cut(&source.text);
    let sections = transaction.put_object(ROOT, names::SECTIONS, ObjType::Map)?;
    transaction.put_object(ROOT, names::SPLITS, ObjType::Map)?;
    let exceptions = transaction.put_object(ROOT, names::LINE_ENDING_EXCEPTIONS, ObjType::Map)?;
    let fields = vec![
        (names::LINE_ENDING, Field::str(source.ending.as_word())),
        (
            names::BYTE_ORDER_MARK,
            Field::Boolean(source.byte_order_mark),
        ),
    ];
    put_fields(transaction, &ROOT, fields)?;
    let infix = order::random_infix(rng);
    let orders = order::keys_between(None, None, pieces.len().max(1), &infix);
    let mut stored = Vec::new();
    for (range, order) in pieces.into_iter().zip(orders.unwrap_or_default()) {
        let text = &source.text[range.clone()];
        let (id, object) = put_section(transaction, rng, &sections, &order, text)?;
        stored.push(StoredSection {
            id,
            object,
            start: range.start,
            text: text.to_owned(),
        });
    }
    put_exceptions(transaction, rng, &exceptions, &stored, &source.exceptions)
}

/// Writes one new section.
pub(crate) fn put_section(
    transaction: &mut impl Transactable,
    rng: &mut impl Rng,
    sections: &ObjId,
    order: &str,
    text: &str,
) -> Result<(SectionId, ObjId), AutomergeError> {
    let id = SectionId::random(rng);
    let map = transaction.put_object(sections, id.as_str(), ObjType::Map)?;
    transaction.put(&map, names::ORDER, order)?;
    let object = transaction.put_object(&map, names::TEXT, ObjType::Text)?;
    transaction.splice_text(&object, 0, 0, text)?;
    Ok((id, object))
}

/// Writes the lines that end otherwise than most, each run as a range between two cursors of one
/// section: the first on the run's first newline, the second on what follows its last one.
pub(crate) fn put_exceptions(
    transaction: &mut impl Transactable,
    rng: &mut impl Rng,
    exceptions: &ObjId,
    sections: &[StoredSection],
    runs: &[EndingRun],
) -> Result<(), AutomergeError> {
    let mut runs = runs.iter().peekable();
    for section in sections {
        let end = section.start + section.text.len();
        while let Some(run) = runs.peek() {
            if run.range.start >= end {
                break;
            }
            let from = run.range.start.max(section.start) - section.start;
            let to = run.range.end.min(end) - section.start;
            if let (Some(before), Some(within)) =
                (section.text.get(..from), section.text.get(from..to))
                && !within.is_empty()
            {
                let start = utf16_len(before);
                let stop = start + utf16_len(within);
                let fields = vec![
                    ("section", Field::str(&section.id)),
                    (
                        "start",
                        Field::Str(cursor(transaction, &section.object, start)?),
                    ),
                    (
                        "end",
                        Field::Str(cursor(transaction, &section.object, stop)?),
                    ),
                    ("ending", Field::str(run.ending.as_word())),
                ];
                put_entry(
                    transaction,
                    exceptions,
                    EntryId::random(rng).as_str(),
                    fields,
                )?;
            }
            if run.range.end > end {
                break;
            }
            runs.next();
        }
    }
    Ok(())
}

/// A cursor at a UTF-16 index, which may be the text's end.
fn cursor(
    transaction: &impl ReadDoc,
    object: &ObjId,
    index_utf16: usize,
) -> Result<String, AutomergeError> {
    if index_utf16 >= transaction.length(object) {
        return Ok("e".to_owned());
    }
    Ok(transaction
        .get_cursor(object, index_utf16, None)?
        .to_string())
}
