//! A draft: three Automerge documents that belong together.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, AutomergeError, ObjType, ROOT};
use rand_core::Rng;
use std::collections::BTreeMap;

use crate::document::{new_document, random_actor};
use crate::edit::put_sections;
use crate::ids::DocumentId;
use crate::keys::{EntryId, GroupId, ParticipantId};
use crate::schema::record::{Group, StageChange};
use crate::schema::words::Stage;
use crate::schema::{Field, SCHEMA_VERSION, names, put_entry, put_fields};
use crate::sections::blocks::scan;
use crate::sections::order;
use crate::source::{Source, SourceError};

/// The maps that every record has from the beginning. They are made once, with the draft, so that
/// no two writers ever make the same one.
pub(crate) const EMPTY_RECORD: [&str; 10] = [
    names::STAGES,
    names::MILESTONES,
    names::RECOMMENDATIONS,
    names::DESIGNATIONS,
    names::SUGGESTION_STATUSES,
    names::DISPOSITIONS,
    names::ACTORS,
    names::ATTACHMENTS,
    names::GROUPS,
    names::MODERATIONS,
];

/// The maps that every discussion has from the beginning.
pub(crate) const EMPTY_DISCUSSION: [&str; 3] =
    [names::COMMENTS, names::SUGGESTIONS, names::POSITIONS];

/// The title of a draft that was given none and has no heading.
const UNTITLED: &str = "Untitled";

/// A document and its id.
#[derive(Debug, Clone)]
pub struct DraftDocument {
    /// The id by which peers ask for it.
    pub id: DocumentId,
    /// The document.
    pub document: Automerge,
}

/// The three documents of a draft. The record's id is the draft's id.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What the relay writes: stage, milestones, decisions.
    pub record: DraftDocument,
    /// Title, metadata and sections, which editors write.
    pub text: DraftDocument,
    /// Comments, suggestions and positions, which reviewers write.
    pub discussion: DraftDocument,
}

/// What a new draft is made of.
#[derive(Debug, Clone, Default)]
pub struct NewDraft<'a> {
    /// Its title; when it is blank, the first heading of the source.
    pub title: &'a str,
    /// The bytes of a Markdown file; may be empty.
    pub source: &'a [u8],
    /// Fields such as language or licence, by name.
    pub metadata: BTreeMap<String, String>,
    /// The names of the stakeholder groups, in the order in which they are offered.
    pub groups: Vec<String>,
    /// Who makes it.
    pub created_by: Option<ParticipantId>,
}

/// Why a draft could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The source is not UTF-8 or too large.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Automerge refused to write.
    #[error("the draft's documents could not be written: {0}")]
    Automerge(#[from] AutomergeError),
}

impl Draft {
    /// Makes a draft: three documents with random ids and one change each, by fresh actors.
    pub fn create(
        rng: &mut impl Rng,
        now_ms: i64,
        new: &NewDraft<'_>,
    ) -> Result<Self, CreateError> {
        let source = Source::from_bytes(new.source)?;
        let mut draft = Self {
            record: empty_document(rng),
            text: empty_document(rng),
            discussion: empty_document(rng),
        };
        let (text, discussion) = (draft.text.id, draft.discussion.id);
        commit(&mut draft.text.document, now_ms, |transaction| {
            write_text(transaction, rng, new, &source)
        })?;
        commit(&mut draft.discussion.document, now_ms, |transaction| {
            put_empty_maps(transaction, &EMPTY_DISCUSSION)
        })?;
        commit(&mut draft.record.document, now_ms, |transaction| {
            write_record(transaction, rng, now_ms, new, text, discussion)
        })?;
        Ok(draft)
    }
}

fn empty_document(rng: &mut impl Rng) -> DraftDocument {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    DraftDocument {
        id: DocumentId::from_bytes(bytes),
        document: new_document(random_actor(rng)),
    }
}

fn commit(
    document: &mut Automerge,
    now_ms: i64,
    write: impl FnOnce(&mut automerge::transaction::Transaction<'_>) -> Result<(), AutomergeError>,
) -> Result<(), AutomergeError> {
    let mut transaction = document.transaction();
    write(&mut transaction)?;
    let options = CommitOptions::default()
        .with_message("create the draft")
        .with_time(now_ms.div_euclid(1000));
    transaction.commit_with(options);
    Ok(())
}

fn write_text(
    transaction: &mut impl Transactable,
    rng: &mut impl Rng,
    new: &NewDraft<'_>,
    source: &Source,
) -> Result<(), AutomergeError> {
    let title = match new.title.trim() {
        "" => scan(&source.text)
            .headings
            .into_iter()
            .map(|heading| heading.title)
            .find(|title| !title.is_empty())
            .unwrap_or_else(|| UNTITLED.to_owned()),
        title => title.to_owned(),
    };
    let fields = vec![(names::TITLE, Field::Text(title))];
    put_fields(transaction, &ROOT, fields)?;
    let metadata = transaction.put_object(ROOT, names::METADATA, ObjType::Map)?;
    for (key, value) in &new.metadata {
        transaction.put(&metadata, key.as_str(), value.as_str())?;
    }
    put_sections(transaction, rng, source)
}

fn write_record(
    transaction: &mut impl Transactable,
    rng: &mut impl Rng,
    now_ms: i64,
    new: &NewDraft<'_>,
    text: DocumentId,
    discussion: DocumentId,
) -> Result<(), AutomergeError> {
    let fields = vec![
        (names::VERSION, Field::Integer(i64::from(SCHEMA_VERSION))),
        (names::TEXT, Field::Str(text.to_url())),
        (names::DISCUSSION, Field::Str(discussion.to_url())),
        (names::CREATED, Field::Time(now_ms)),
        (names::STAGE, Field::str(Stage::Drafting)),
    ];
    put_fields(transaction, &ROOT, fields)?;
    put_empty_maps(transaction, &EMPTY_RECORD)?;
    let mut stage = StageChange::drafting(now_ms);
    stage.by.clone_from(&new.created_by);
    if let Some((_, stages)) = transaction.get(ROOT, names::STAGES)? {
        put_entry(
            transaction,
            &stages,
            EntryId::random(rng).as_str(),
            stage.fields(),
        )?;
    }
    if let Some((_, groups)) = transaction.get(ROOT, names::GROUPS)? {
        let infix = order::random_infix(rng);
        let orders = order::keys_between(None, None, new.groups.len().max(1), &infix);
        for (name, order) in new.groups.iter().zip(orders.unwrap_or_default()) {
            let name = name.clone();
            let fields = Group { name, order }.fields();
            put_entry(transaction, &groups, GroupId::random(rng).as_str(), fields)?;
        }
    }
    Ok(())
}

pub(crate) fn put_empty_maps(
    transaction: &mut impl Transactable,
    names: &[&'static str],
) -> Result<(), AutomergeError> {
    for name in names {
        transaction.put_object(ROOT, *name, ObjType::Map)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
