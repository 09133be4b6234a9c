//! What is read of drafts, documents and changes, and how that is checked.

use automerge::ActorId;
use plenary_draft::DocumentId;
use rusqlite::{Connection, OptionalExtension};

use super::rows::{checksum, document_id, hash, split_heads};
use crate::storage::{
    ChangeRecord, DocumentKind, SnapshotId, StoredChange, StoredDocument, StoredDraft,
    StoredSnapshot,
};
use plenary_protocol::room::ParticipantId;

/// Why a read did not succeed.
pub(super) enum ReadFailure {
    /// The database failed.
    Sqlite(rusqlite::Error),
    /// What was read is not what was written: what, and how that was noticed.
    Corrupt(String, String),
    /// The document is not stored.
    UnknownDocument(DocumentId),
}

impl From<rusqlite::Error> for ReadFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

pub(super) type Read<T> = Result<T, ReadFailure>;

/// Compares a chunk with its checksum.
pub(super) fn verified(what: impl FnOnce() -> String, bytes: &[u8], sum: &[u8]) -> Read<()> {
    if checksum(bytes) == sum {
        Ok(())
    } else {
        Err(ReadFailure::Corrupt(
            what(),
            format!("{} bytes do not fit their checksum", bytes.len()),
        ))
    }
}

/// A value that cannot be read as what its column holds.
pub(super) fn malformed(what: impl Into<String>, column: &str) -> ReadFailure {
    ReadFailure::Corrupt(what.into(), format!("column {column} is malformed"))
}

/// Finds the draft of a document.
pub(super) fn draft_of(connection: &Connection, document: DocumentId) -> Read<Option<StoredDraft>> {
    let draft: Option<Vec<u8>> = connection
        .prepare_cached("SELECT draft FROM documents WHERE id = ?1")?
        .query_row([document.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(draft) = draft else {
        return Ok(None);
    };
    let id = document_id(&draft)
        .ok_or_else(|| malformed(format!("the row of document {document}"), "draft"))?;
    Ok(Some(StoredDraft {
        id,
        documents: documents(connection, id)?,
        bindings: bindings(connection, id)?,
        merged: merged(connection, id)?,
    }))
}

/// The documents of a draft, in the order in which they were made.
fn documents(connection: &Connection, draft: DocumentId) -> Read<Vec<(DocumentId, DocumentKind)>> {
    let mut statement = connection
        .prepare_cached("SELECT id, kind FROM documents WHERE draft = ?1 ORDER BY number")?;
    let mut rows = statement.query([draft.as_bytes()])?;
    let mut documents = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, kind): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
        let what = || format!("a document's row of draft {draft}");
        documents.push((
            document_id(&id).ok_or_else(|| malformed(what(), "id"))?,
            DocumentKind::parse(&kind).ok_or_else(|| malformed(what(), "kind"))?,
        ));
    }
    Ok(documents)
}

/// Which actor belongs to whom in a draft.
fn bindings(connection: &Connection, draft: DocumentId) -> Read<Vec<(ActorId, ParticipantId)>> {
    let mut statement =
        connection.prepare_cached("SELECT actor, participant FROM bindings WHERE draft = ?1")?;
    let rows = statement.query_map([draft.as_bytes()], |row| {
        let (actor, participant): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
        Ok((ActorId::from(actor), ParticipantId::new(participant)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Who is somebody else in a draft.
fn merged(connection: &Connection, draft: DocumentId) -> Read<Vec<(ParticipantId, ParticipantId)>> {
    let mut statement = connection.prepare_cached(
        "SELECT participant, merged_into FROM people
         WHERE draft = ?1 AND merged_into IS NOT NULL",
    )?;
    let rows = statement.query_map([draft.as_bytes()], |row| {
        let (from, into): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((ParticipantId::new(from), ParticipantId::new(into)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads the snapshot in use and the changes that it does not hold.
///
/// All within one transaction: an adoption in between would otherwise take away the bytes of
/// changes that the older snapshot does not hold.
pub(super) fn document(connection: &Connection, document: DocumentId) -> Read<StoredDocument> {
    let transaction = connection.unchecked_transaction()?;
    let found: Option<(i64, String)> = transaction
        .prepare_cached("SELECT number, kind FROM documents WHERE id = ?1")?
        .query_row([document.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, kind) = found.ok_or(ReadFailure::UnknownDocument(document))?;
    let kind = DocumentKind::parse(&kind)
        .ok_or_else(|| malformed(format!("the row of document {document}"), "kind"))?;
    let id: Option<i64> = transaction
        .prepare_cached("SELECT max(id) FROM snapshots WHERE document = ?1 AND adopted = 1")?
        .query_row([number], |row| row.get(0))?;
    let snapshot = match id {
        Some(id) => Some(
            snapshot(&transaction, SnapshotId(id)).map_err(|failure| named(failure, document))?,
        ),
        None => None,
    };
    let changes = changes(&transaction, document, number)?;
    Ok(StoredDocument {
        id: document,
        kind,
        snapshot,
        changes,
    })
}

/// Says in a failure to which document it belongs.
fn named(failure: ReadFailure, document: DocumentId) -> ReadFailure {
    match failure {
        ReadFailure::Corrupt(what, detail) => {
            ReadFailure::Corrupt(format!("{what} of document {document}"), detail)
        }
        other => other,
    }
}

/// The changes of a document that still have their bytes.
fn changes(connection: &Connection, document: DocumentId, number: i64) -> Read<Vec<StoredChange>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, hash, bytes, checksum FROM changes
         WHERE document = ?1 AND bytes IS NOT NULL ORDER BY sequence",
    )?;
    let mut rows = statement.query([number])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        let what = || format!("change {sequence} of document {document}");
        let (raw_hash, bytes, sum): (Vec<u8>, Vec<u8>, Vec<u8>) =
            (row.get(1)?, row.get(2)?, row.get(3)?);
        verified(what, &bytes, &sum)?;
        let hash = hash(&raw_hash).ok_or_else(|| malformed(what(), "hash"))?;
        changes.push(StoredChange {
            sequence,
            hash,
            bytes,
        });
    }
    Ok(changes)
}

/// Reads one snapshot, in use or not.
pub(super) fn snapshot(connection: &Connection, id: SnapshotId) -> Read<StoredSnapshot> {
    let what = || format!("snapshot {}", id.0);
    let (bytes, sum, heads): (Vec<u8>, Vec<u8>, Vec<u8>) = connection
        .prepare_cached("SELECT bytes, checksum, heads FROM snapshots WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or_else(|| ReadFailure::Corrupt(what(), "it is not there any more".into()))?;
    verified(what, &bytes, &sum)?;
    let heads = split_heads(&heads).ok_or_else(|| malformed(what(), "heads"))?;
    Ok(StoredSnapshot { id, bytes, heads })
}

/// What the relay knows of each change of a document.
pub(super) fn change_records(
    connection: &Connection,
    document: DocumentId,
) -> Read<Vec<ChangeRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT hash, actor, participant, received_ms FROM changes
         WHERE document = (SELECT number FROM documents WHERE id = ?1) ORDER BY sequence",
    )?;
    let mut rows = statement.query([document.as_bytes()])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let (raw_hash, actor, participant): (Vec<u8>, Vec<u8>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        records.push(ChangeRecord {
            hash: hash(&raw_hash).ok_or_else(|| {
                malformed(format!("a change's row of document {document}"), "hash")
            })?,
            actor: ActorId::from(actor),
            participant: ParticipantId::new(participant),
            received_ms: row.get(3)?,
        });
    }
    Ok(records)
}
