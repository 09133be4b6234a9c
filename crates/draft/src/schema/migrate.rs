//! Versions of the format: a newer one is refused, an older one is brought up to date.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, AutomergeError, ObjType, ROOT, ReadDoc, Value};
use rand_core::Rng;

use super::node::Reading;
use super::record::StageChange;
use super::words::Stage;
use super::{Field, SCHEMA_VERSION, names, put_entry, put_fields};
use crate::draft::{Draft, EMPTY_DISCUSSION, EMPTY_RECORD, put_empty_maps};
use crate::edit::put_sections;
use crate::keys::EntryId;
use crate::source::Source;

/// Why a draft cannot be opened by this version of the program.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// The document has no version of the format.
    #[error("this document is not a draft's record: it says no version of the format (`plenary`)")]
    NotADraft,
    /// The draft was written by a newer program.
    #[error(
        "this draft has version {found} of the format, and this program knows versions up to \
         {SCHEMA_VERSION}: install a newer Plenary to open it (nothing was changed)"
    )]
    TooNew {
        /// The draft's version.
        found: i64,
    },
    /// The draft has to be migrated first.
    #[error("this draft has version {found} of the format and was not migrated yet")]
    TooOld {
        /// The draft's version.
        found: i64,
    },
    /// Automerge refused a step of the migration; the documents are to be loaded again.
    #[error("the draft could not be migrated: {0}")]
    Failed(#[from] AutomergeError),
}

/// What a migration did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The version before.
    pub from: u32,
    /// The version now.
    pub to: u32,
}

type Step = fn(&mut Draft, &mut dyn Rng, i64) -> Result<(), AutomergeError>;

/// The step from version `n` to `n + 1` stands at index `n`.
const STEPS: [Step; SCHEMA_VERSION as usize] = [from_0_to_1];

/// Reads the version of the format from a record.
pub fn schema_version(record: &Automerge) -> Result<i64, VersionError> {
    Reading::new(record, None)
        .root()
        .optional_integer(names::VERSION)
        .ok_or(VersionError::NotADraft)
}

/// Fails unless the record has the version that this program writes.
pub fn require_current_version(record: &Automerge) -> Result<(), VersionError> {
    let found = schema_version(record)?;
    match found.cmp(&i64::from(SCHEMA_VERSION)) {
        std::cmp::Ordering::Less => Err(VersionError::TooOld { found }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(VersionError::TooNew { found }),
    }
}

/// Brings a draft up to date, each step in changes of its own with the documents' actors. Returns
/// `None` when there was nothing to do. Only the holder of a draft migrates it.
///
/// The record's version is written last, so that a migration that was interrupted begins again.
pub fn migrate(
    draft: &mut Draft,
    rng: &mut impl Rng,
    now_ms: i64,
) -> Result<Option<Migration>, VersionError> {
    let found = schema_version(&draft.record.document)?;
    if found > i64::from(SCHEMA_VERSION) {
        return Err(VersionError::TooNew { found });
    }
    let from = u32::try_from(found).map_err(|_| VersionError::NotADraft)?;
    for (version, step) in (from..).zip(&STEPS[from as usize..]) {
        step(draft, rng, now_ms)?;
        let mut transaction = draft.record.document.transaction();
        transaction.put(ROOT, names::VERSION, i64::from(version + 1))?;
        transaction.commit_with(migration_commit(now_ms));
    }
    Ok((from < SCHEMA_VERSION).then_some(Migration {
        from,
        to: SCHEMA_VERSION,
    }))
}

fn migration_commit(now_ms: i64) -> CommitOptions {
    CommitOptions::default()
        .with_message("migrate the format")
        .with_time(now_ms.div_euclid(1000))
}

/// Version 0, of the first trials: one text `content` without sections, a title as plain string,
/// no stages. The old text is emptied and not deleted, so that what somebody typed into it
/// meanwhile can still be found in the document.
fn from_0_to_1(draft: &mut Draft, rng: &mut dyn Rng, now_ms: i64) -> Result<(), AutomergeError> {
    let mut rng = rng;
    let text = &mut draft.text.document;
    let reading = Reading::new(text, None);
    let title = reading
        .root()
        .optional_string(names::TITLE)
        .unwrap_or_default();
    let content = reading.root().optional_text("content");
    let has_sections = has_map(text, names::SECTIONS);
    let mut transaction = text.transaction();
    if !has_sections {
        let old = content
            .as_ref()
            .map(|it| it.text.as_str())
            .unwrap_or_default();
        put_fields(
            &mut transaction,
            &ROOT,
            vec![(names::TITLE, Field::Text(title))],
        )?;
        put_sections(&mut transaction, &mut rng, &Source::from_text(old))?;
        if let Some(object) = content.and_then(|it| it.object) {
            let length = transaction.length(&object) as isize;
            transaction.splice_text(&object, 0, length, "")?;
        }
    }
    transaction.commit_with(migration_commit(now_ms));

    let missing = missing_maps(&draft.discussion.document, &EMPTY_DISCUSSION);
    let mut transaction = draft.discussion.document.transaction();
    put_empty_maps(&mut transaction, &missing)?;
    transaction.commit_with(migration_commit(now_ms));

    let missing = missing_maps(&draft.record.document, &EMPTY_RECORD);
    let stage = StageChange::drafting(now_ms);
    let mut transaction = draft.record.document.transaction();
    put_empty_maps(&mut transaction, &missing)?;
    if missing.contains(&names::STAGES)
        && let Some((_, stages)) = transaction.get(ROOT, names::STAGES)?
    {
        transaction.put(ROOT, names::STAGE, Stage::Drafting.as_word())?;
        let key = EntryId::random(&mut rng);
        put_entry(&mut transaction, &stages, key.as_str(), stage.fields())?;
    }
    transaction.commit_with(migration_commit(now_ms));
    Ok(())
}

fn has_map(document: &Automerge, key: &str) -> bool {
    matches!(
        document.get(ROOT, key),
        Ok(Some((Value::Object(ObjType::Map), _)))
    )
}

fn missing_maps(document: &Automerge, names: &[&'static str]) -> Vec<&'static str> {
    names
        .iter()
        .copied()
        .filter(|name| !has_map(document, name))
        .collect()
}
