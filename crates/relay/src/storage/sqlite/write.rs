//! What each kind of write does to the tables. All of it runs on the writer's thread, inside a
//! savepoint of the group's transaction.

use std::collections::BTreeSet;

use automerge::ActorId;
use plenary_draft::DocumentId;
use rusqlite::{Connection, OptionalExtension, params};

use super::access;
use super::rows::{checksum, join_heads};
use super::schema;
use crate::storage::{
    DocumentKind, NewAudit, NewDocument, NewDraft, NewSnapshot, QuarantineState, RoomCommit,
    SnapshotId,
};
use plenary_protocol::room::{
    NewChange, ParticipantId, QuarantineDecision as Decision, QuarantinedChange,
};

/// Why one write of a group did not succeed.
pub(super) enum WriteFailure {
    /// The database failed.
    Sqlite(rusqlite::Error),
    /// The write contradicts what is stored.
    Conflict(String),
    /// The document is not stored.
    UnknownDocument(DocumentId),
    /// As many participants have joined by a link as may.
    LinkUsedUp,
    /// Whoever is to continue as somebody else is known as themselves.
    KnownAlready,
    /// Whoever asks is not let in any more as they were when they were judged.
    AccessMoved,
}

impl From<rusqlite::Error> for WriteFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

pub(super) type Written<T = ()> = Result<T, WriteFailure>;

/// Stores a new draft with its documents and links.
pub(super) fn create(connection: &Connection, draft: &NewDraft) -> Written {
    insert_draft(connection, draft.id, &draft.participant, draft.created_ms)?;
    for document in &draft.documents {
        let number = insert_document(connection, draft.id, document.id, document.kind)?;
        insert_first_snapshot(connection, number, document, draft)?;
        let changes = document.changes.iter().filter(|_| draft.binds_actors);
        let actors: BTreeSet<&ActorId> = changes.map(|(_, actor)| actor).collect();
        for actor in actors {
            bind(connection, draft.id, actor, &draft.participant)?;
        }
    }
    for link in &draft.links {
        access::insert_link(connection, draft.id, draft.created_ms, link)?;
    }
    let made = NewAudit {
        by: None,
        kind: "draft-made",
        detail: serde_json::json!({"links": draft.links.len()}),
    };
    access::insert_audit(connection, Some(draft.id), draft.created_ms, &made)
}

/// Inserts a draft; its id must be free.
fn insert_draft(
    connection: &Connection,
    id: DocumentId,
    participant: &ParticipantId,
    created_ms: i64,
) -> Written {
    connection
        .prepare_cached("INSERT INTO drafts (id, participant, created_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![id.as_bytes(), participant.as_str(), created_ms])?;
    Ok(())
}

/// Inserts a document and returns its number.
fn insert_document(
    connection: &Connection,
    draft: DocumentId,
    id: DocumentId,
    kind: DocumentKind,
) -> Written<i64> {
    connection
        .prepare_cached("INSERT INTO documents (id, draft, kind) VALUES (?1, ?2, ?3)")?
        .execute(params![id.as_bytes(), draft.as_bytes(), kind.as_str()])?;
    Ok(connection.last_insert_rowid())
}

/// Stores the state with which a document begins: its changes as records without bytes, and the
/// snapshot that holds them.
fn insert_first_snapshot(
    connection: &Connection,
    number: i64,
    document: &NewDocument,
    draft: &NewDraft,
) -> Written {
    let mut insert = connection.prepare_cached(
        "INSERT INTO changes (document, hash, actor, participant, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (hash, actor) in &document.changes {
        insert.execute(params![
            number,
            hash.0,
            actor.to_bytes(),
            draft.participant.as_str(),
            draft.created_ms
        ])?;
    }
    connection
        .prepare_cached(
            "INSERT INTO snapshots (document, bytes, checksum, heads, through, adopted)
             VALUES (?1, ?2, ?3, ?4,
                     (SELECT coalesce(max(sequence), 0) FROM changes WHERE document = ?1), 1)",
        )?
        .execute(params![
            number,
            document.snapshot,
            checksum(&document.snapshot),
            join_heads(&document.heads)
        ])?;
    Ok(())
}

/// Commits one turn of a room.
pub(super) fn commit(connection: &Connection, turn: &RoomCommit) -> Written {
    if turn.create_open {
        create_open(connection, turn)?;
    }
    for (actor, participant) in &turn.commit.bindings {
        bind(connection, turn.draft, actor, participant)?;
    }
    for change in &turn.commit.changes {
        insert_change(connection, turn.draft, change)?;
    }
    for record in &turn.commit.quarantined {
        insert_quarantined(connection, turn.draft, record)?;
    }
    for decision in &turn.commit.decisions {
        decide(connection, turn.draft, decision)?;
    }
    for entry in &turn.commit.audit {
        let at_ms = entry.at_ms;
        access::insert_audit(connection, Some(turn.draft), at_ms, &NewAudit::of(entry))?;
    }
    Ok(())
}

/// Makes the draft of an open document with its first commit.
fn create_open(connection: &Connection, turn: &RoomCommit) -> Written {
    let known = connection
        .prepare_cached("SELECT 1 FROM drafts WHERE id = ?1")?
        .exists([turn.draft.as_bytes()])?;
    match turn.commit.changes.first() {
        Some(first) if !known => {
            insert_draft(
                connection,
                turn.draft,
                &first.participant,
                first.received_ms,
            )?;
            insert_document(connection, turn.draft, turn.draft, DocumentKind::Open).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Binds an actor to a participant, or to whom they were merged into, once and for ever.
fn bind(
    connection: &Connection,
    draft: DocumentId,
    actor: &ActorId,
    participant: &ParticipantId,
) -> Written {
    let into: Option<Option<String>> = connection
        .prepare_cached("SELECT merged_into FROM people WHERE draft = ?1 AND participant = ?2")?
        .query_row(params![draft.as_bytes(), participant.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    let into = into.flatten();
    let participant = into.as_deref().unwrap_or(participant.as_str());
    connection
        .prepare_cached(
            "INSERT INTO bindings (draft, actor, participant) VALUES (?1, ?2, ?3)
             ON CONFLICT (draft, actor) DO NOTHING",
        )?
        .execute(params![draft.as_bytes(), actor.to_bytes(), participant])?;
    let owner: String = connection
        .prepare_cached("SELECT participant FROM bindings WHERE draft = ?1 AND actor = ?2")?
        .query_row(params![draft.as_bytes(), actor.to_bytes()], |row| {
            row.get(0)
        })?;
    if owner == participant {
        Ok(())
    } else {
        Err(WriteFailure::Conflict(format!(
            "actor {actor} of draft {draft} belongs to another participant"
        )))
    }
}

/// Appends a change; one that is stored already is skipped.
fn insert_change(connection: &Connection, draft: DocumentId, change: &NewChange) -> Written {
    let number = document_number(connection, Some(draft), change.document)?;
    connection
        .prepare_cached(
            "INSERT INTO changes (document, hash, bytes, checksum, actor, participant, received_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (document, hash) DO NOTHING",
        )?
        .execute(params![
            number,
            change.hash.0,
            &change.bytes[..],
            checksum(&change.bytes),
            change.actor.to_bytes(),
            change.participant.as_str(),
            change.received_ms
        ])?;
    Ok(())
}

/// Keeps a refused change; the same one from the same participant is kept once.
fn insert_quarantined(
    connection: &Connection,
    draft: DocumentId,
    record: &QuarantinedChange,
) -> Written {
    connection
        .prepare_cached(
            "INSERT INTO quarantine
               (draft, document, hash, bytes, checksum, participant, reason, received_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (draft, document, hash, participant) DO NOTHING",
        )?
        .execute(params![
            draft.as_bytes(),
            record.document.as_bytes(),
            record.hash.0,
            &record.bytes[..],
            checksum(&record.bytes),
            record.participant.as_str(),
            record.reason.word(),
            record.received_ms
        ])?;
    Ok(())
}

/// Notes what was decided about a quarantined change.
fn decide(connection: &Connection, draft: DocumentId, decision: &Decision) -> Written {
    let state = if decision.admitted {
        QuarantineState::Admitted
    } else {
        QuarantineState::Declined
    };
    connection
        .prepare_cached(
            "UPDATE quarantine SET state = ?5, decided_by = ?6, decided_ms = ?7, decision = ?8
             WHERE draft = ?1 AND document = ?2 AND hash = ?3 AND participant = ?4",
        )?
        .execute(params![
            draft.as_bytes(),
            decision.document.as_bytes(),
            decision.hash.0,
            decision.participant.as_str(),
            state.as_str(),
            decision.by.as_str(),
            decision.at_ms,
            decision.reason
        ])?;
    Ok(())
}

/// The number of a document; with a draft given, only if it belongs to that draft.
fn document_number(
    connection: &Connection,
    draft: Option<DocumentId>,
    document: DocumentId,
) -> Written<i64> {
    let found: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT number, draft FROM documents WHERE id = ?1")?
        .query_row([document.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, owner) = found.ok_or(WriteFailure::UnknownDocument(document))?;
    match draft {
        Some(draft) if owner != draft.as_bytes() => Err(WriteFailure::Conflict(format!(
            "document {document} belongs to another draft than {draft}"
        ))),
        _ => Ok(number),
    }
}

/// Writes a snapshot that is not in use yet.
pub(super) fn write_snapshot(
    connection: &Connection,
    snapshot: &NewSnapshot,
) -> Written<SnapshotId> {
    let number = document_number(connection, None, snapshot.document)?;
    connection
        .prepare_cached(
            "INSERT INTO snapshots (document, bytes, checksum, heads, through, adopted)
             VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        )?
        .execute(params![
            number,
            snapshot.bytes,
            checksum(&snapshot.bytes),
            join_heads(&snapshot.heads),
            snapshot.through
        ])?;
    Ok(SnapshotId(connection.last_insert_rowid()))
}

/// Puts a snapshot in use and drops what it holds. A snapshot that holds less than the one in use
/// is refused, for what it lacks may stand nowhere else.
pub(super) fn adopt_snapshot(connection: &Connection, id: SnapshotId) -> Written {
    let found: Option<(i64, i64)> = connection
        .prepare_cached("SELECT document, through FROM snapshots WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (document, through) =
        found.ok_or_else(|| WriteFailure::Conflict(format!("there is no snapshot {}", id.0)))?;
    let overtaken = connection
        .prepare_cached(
            "SELECT 1 FROM snapshots WHERE document = ?1 AND adopted = 1 AND through > ?2",
        )?
        .exists([document, through])?;
    if overtaken {
        return Err(WriteFailure::Conflict(format!(
            "snapshot {} holds less than the one in use",
            id.0
        )));
    }
    connection
        .prepare_cached("UPDATE snapshots SET adopted = 1 WHERE id = ?1")?
        .execute([id.0])?;
    connection
        .prepare_cached("DELETE FROM snapshots WHERE document = ?1 AND id <> ?2 AND adopted = 1")?
        .execute([document, id.0])?;
    connection
        .prepare_cached(
            "UPDATE changes SET bytes = NULL, checksum = NULL
             WHERE document = ?1 AND sequence <= ?2 AND bytes IS NOT NULL",
        )?
        .execute([document, through])?;
    Ok(())
}

/// Deletes a snapshot that never came into use.
pub(super) fn discard_snapshot(connection: &Connection, id: SnapshotId) -> Written {
    connection
        .prepare_cached("DELETE FROM snapshots WHERE id = ?1 AND adopted = 0")?
        .execute([id.0])?;
    Ok(())
}

/// Keeps the hash of the site secret.
pub(super) fn set_site_secret(connection: &Connection, hash: &[u8; 32]) -> Written {
    schema::set_meta(connection, schema::SITE_SECRET, hash)?;
    Ok(())
}

/// Touches the disk without changing anything that is visible.
pub(super) fn probe(connection: &Connection) -> Written {
    schema::set_meta(connection, schema::PROBED, &[1])?;
    Ok(())
}
