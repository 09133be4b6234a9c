//! Reading what was refused and kept: lists without the bytes, and the bytes of single changes.

use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::read::{Read, ReadFailure, malformed, verified};
use super::rows::{document_id, hash};
use crate::storage::{QuarantineDecision, QuarantineRecord, QuarantineSize, QuarantineState};

/// What was refused for the documents of a draft: all of it, or what these participants sent.
/// SQLite knows the length of the bytes without reading them.
pub(super) fn quarantined(
    connection: &Connection,
    draft: DocumentId,
    from: Option<&[ParticipantId]>,
) -> Read<Vec<QuarantineRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT document, hash, length(bytes), participant, reason, received_ms,
                sequence, state, decided_by, decided_ms, decision
         FROM quarantine WHERE draft = ?1 AND (?2 IS NULL OR participant = ?2)
         ORDER BY sequence",
    )?;
    let whose = match from {
        None => vec![None],
        Some(from) => from.iter().map(|it| Some(it.as_str())).collect(),
    };
    let mut records = Vec::new();
    for participant in whose {
        let mut rows = statement.query(params![draft.as_bytes(), participant])?;
        while let Some(row) = rows.next()? {
            records.push(record(row, draft)?);
        }
    }
    records.sort_by_key(|record| record.id);
    Ok(records)
}

fn what(draft: DocumentId) -> String {
    format!("a quarantined change of draft {draft}")
}

fn record(row: &Row<'_>, draft: DocumentId) -> Read<QuarantineRecord> {
    let (document, raw_hash): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
    Ok(QuarantineRecord {
        document: document_id(&document).ok_or_else(|| malformed(what(draft), "document"))?,
        hash: hash(&raw_hash).ok_or_else(|| malformed(what(draft), "hash"))?,
        bytes: usize::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
        participant: ParticipantId::new(row.get::<_, String>(3)?),
        reason: row.get(4)?,
        received_ms: row.get(5)?,
        id: row.get(6)?,
        state: QuarantineState::parse(&row.get::<_, String>(7)?)
            .ok_or_else(|| malformed(what(draft), "state"))?,
        decision: decision(row)?,
    })
}

/// The bytes of refused changes by their places, each compared with its checksum.
pub(super) fn quarantined_bytes(
    connection: &Connection,
    draft: DocumentId,
    places: &[i64],
) -> Read<Vec<Bytes>> {
    let mut statement = connection.prepare_cached(
        "SELECT bytes, checksum FROM quarantine WHERE draft = ?1 AND sequence = ?2",
    )?;
    let mut read = Vec::with_capacity(places.len());
    for place in places {
        let found: Option<(Vec<u8>, Vec<u8>)> = statement
            .query_row(params![draft.as_bytes(), place], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (bytes, sum) = found.ok_or(ReadFailure::UnknownDocument(draft))?;
        verified(|| what(draft), &bytes, &sum)?;
        read.push(bytes.into());
    }
    Ok(read)
}

/// How much was refused and is kept, of whom and why.
pub(super) fn sizes(connection: &Connection, draft: DocumentId) -> Read<Vec<QuarantineSize>> {
    let mut statement = connection.prepare_cached(
        "SELECT hash, participant, reason, length(bytes), document
         FROM quarantine WHERE draft = ?1 ORDER BY sequence",
    )?;
    let mut rows = statement.query(params![draft.as_bytes()])?;
    let mut sizes = Vec::new();
    while let Some(row) = rows.next()? {
        let (raw_hash, document): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(4)?);
        sizes.push(QuarantineSize {
            document: document_id(&document).ok_or_else(|| malformed(what(draft), "document"))?,
            hash: hash(&raw_hash).ok_or_else(|| malformed(what(draft), "hash"))?,
            participant: ParticipantId::new(row.get::<_, String>(1)?),
            reason: row.get(2)?,
            bytes: usize::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
        });
    }
    Ok(sizes)
}

/// Who decided about a quarantined change; `None` while nobody has.
fn decision(row: &Row<'_>) -> Read<Option<QuarantineDecision>> {
    let (by, at_ms): (Option<String>, Option<i64>) = (row.get(8)?, row.get(9)?);
    let Some((by, at_ms)) = by.zip(at_ms) else {
        return Ok(None);
    };
    Ok(Some(QuarantineDecision {
        by: ParticipantId::new(by),
        at_ms,
        reason: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
    }))
}
