//! Changing the text, each time in one Automerge change.
//!
//! A change carries many operations, because history is paid for by the change: whoever types
//! collects some keystrokes before it calls.

mod arrange;
mod entries;
mod hunks;
mod plan;
mod replace;
mod store;
mod typing;
mod wording;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ChangeHash};
use rand_core::Rng;

use crate::keys::SectionId;
use crate::source::SourceError;

pub use arrange::Place;
pub use entries::{DiscussionEditor, GroupChoice, RecordEditor, bind_actors};
pub(crate) use store::put_sections;

/// Writes to a draft's text document, with the document's own actor.
///
/// Every method makes one change at most, and none when nothing is different. Text is given with
/// any line endings and kept with LF. Indexes count UTF-16 units.
#[derive(Debug)]
pub struct TextEditor<'a, R> {
    document: &'a mut Automerge,
    rng: &'a mut R,
    now_ms: i64,
}

/// One insertion or deletion, as it was carried out. Several are to be carried out one after
/// another: each index is meant after the ones before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The section.
    pub section: SectionId,
    /// Where in the section, in UTF-16 units.
    pub index_utf16: usize,
    /// How much was deleted there, in UTF-16 units.
    pub deleted_utf16: usize,
    /// What was inserted there.
    pub inserted: String,
}

/// What an edit did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// The change; absent when nothing was different.
    pub change: Option<ChangeHash>,
    /// What was changed in sections that existed before.
    pub splices: Vec<Splice>,
    /// New sections, in the order in which they are read.
    pub created: Vec<SectionId>,
}

/// Why an edit was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// There is no such section.
    #[error("there is no section {0}")]
    NoSection(SectionId),
    /// A plain string stands where the section's text should be.
    #[error("section {0} holds a plain string in place of its text and cannot be edited")]
    NotEditable(SectionId),
    /// The document has no map of sections: it is not a draft's text.
    #[error("the document has no sections: it is not a draft's text, or it has not arrived yet")]
    NoSections,
    /// An index lies beyond the end of the text, or between the halves of a character.
    #[error("no place in the text: {start_utf16} to {end_utf16} (UTF-16 units)")]
    OutOfRange {
        /// Where the range begins, in UTF-16 units.
        start_utf16: usize,
        /// Where it ends.
        end_utf16: usize,
    },
    /// The new source is not UTF-8 or too large.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Automerge refused to write.
    #[error("the change could not be written: {0}")]
    Automerge(#[from] AutomergeError),
}

impl<'a, R: Rng> TextEditor<'a, R> {
    /// Writes to `document`, with times from `now_ms` (milliseconds since the Unix epoch).
    pub fn new(document: &'a mut Automerge, rng: &'a mut R, now_ms: i64) -> Self {
        Self {
            document,
            rng,
            now_ms,
        }
    }
}

/// Runs `write` in one transaction and commits it with the time in seconds, as all of Automerge's
/// own programs do. Nothing is committed when nothing was written or `write` failed.
fn commit<T>(
    document: &mut Automerge,
    now_ms: i64,
    message: &str,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<T, EditError>,
) -> Result<(T, Option<ChangeHash>), EditError> {
    let mut transaction = document.transaction();
    match write(&mut transaction) {
        Ok(result) if transaction.pending_ops() > 0 => {
            let options = CommitOptions::default()
                .with_message(message)
                .with_time(now_ms.div_euclid(1000));
            let (change, _) = transaction.commit_with(options);
            Ok((result, change))
        }
        Ok(result) => {
            transaction.rollback();
            Ok((result, None))
        }
        Err(error) => {
            transaction.rollback();
            Err(error)
        }
    }
}

/// A text with LF only.
fn with_lf(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests;
