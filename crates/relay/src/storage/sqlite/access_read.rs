//! Reading links, people and the audit trail.

use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::read::{Read, malformed};
use super::rows::document_id;
use crate::access::Role;
use crate::storage::{
    AuditEntry, Capacity, Credit, Deletion, DraftSummary, LinkHash, LinkId, NewLink, PersonEntry,
    StoredAccess, StoredLink, StoredPerson,
};

/// The columns of a link, with how many have joined by it.
const LINK: &str = "SELECT secret_hash, draft, role, created_ms, id, history, label, preset_group,
       participant, created_by, expires_ms, uses_limit, revoked_ms,
       (SELECT count(*) FROM link_uses WHERE link = links.id), made_from
FROM links";

/// The columns of a person.
const PERSON: &str = "SELECT participant, name, affiliation, own_group, capacity, on_behalf_of,
       credit, withheld, role, role_cap, added_by, merged_into, erased_ms, created_ms, changed_ms,
       corrected_by
FROM people";

/// The links of a draft.
pub(super) fn links(connection: &Connection, draft: DocumentId) -> Read<Vec<StoredLink>> {
    let mut statement = connection.prepare_cached(&format!(
        "{LINK} WHERE draft = ?1 ORDER BY created_ms, role, id"
    ))?;
    let mut rows = statement.query([draft.as_bytes()])?;
    let mut links = Vec::new();
    while let Some(row) = rows.next()? {
        links.push(stored_link(row)?);
    }
    Ok(links)
}

/// The link with this hash of its secret.
pub(super) fn link(connection: &Connection, secret: &LinkHash) -> Read<Option<StoredLink>> {
    let mut statement = connection.prepare_cached(&format!("{LINK} WHERE secret_hash = ?1"))?;
    let mut rows = statement.query([secret])?;
    match rows.next()? {
        Some(row) => Ok(Some(stored_link(row)?)),
        None => Ok(None),
    }
}

fn stored_link(row: &Row<'_>) -> Read<StoredLink> {
    let (secret, draft, role): (Vec<u8>, Vec<u8>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(StoredLink {
        draft: document_id(&draft).ok_or_else(|| malformed("a link", "draft"))?,
        terms: NewLink {
            id: LinkId::new(row.get::<_, String>(4)?),
            hash: secret
                .try_into()
                .map_err(|_| malformed("a link", "secret_hash"))?,
            role: Role::parse(&role).ok_or_else(|| malformed("a link", "role"))?,
            history: row.get(5)?,
            label: row.get(6)?,
            group: row.get(7)?,
            participant: participant(row, 8)?,
            made_from: row.get::<_, Option<String>>(14)?.map(LinkId::new),
            created_by: participant(row, 9)?,
            expires_ms: row.get(10)?,
            uses_limit: row.get(11)?,
        },
        created_ms: row.get(3)?,
        uses: row.get(13)?,
        revoked_ms: row.get(12)?,
    })
}

fn participant(row: &Row<'_>, column: usize) -> Read<Option<ParticipantId>> {
    Ok(row
        .get::<_, Option<String>>(column)?
        .map(ParticipantId::new))
}

/// What is known of whoever shows a secret for a draft.
pub(super) fn access(
    connection: &Connection,
    draft: DocumentId,
    secret: &LinkHash,
    claimed: Option<ParticipantId>,
) -> Read<Option<StoredAccess>> {
    // One state of the tables for all that is asked, and one lock instead of one for each question.
    let connection = &connection.unchecked_transaction()?;
    let Some(link) = link(connection, secret)?.filter(|link| link.draft == draft) else {
        return Ok(None);
    };
    let mut found = match &claimed {
        Some(claimed) => person(connection, draft, claimed)?,
        None => None,
    };
    if let Some(into) = found.as_ref().and_then(|person| person.merged_into.clone()) {
        found = person(connection, draft, &into)?;
    }
    let participant = found
        .as_ref()
        .map(|person| person.participant.clone())
        .or(claimed);
    let has_used = match &participant {
        Some(participant) => connection
            .prepare_cached("SELECT 1 FROM link_uses WHERE link = ?1 AND participant = ?2")?
            .exists([link.terms.id.as_str(), participant.as_str()])?,
        None => false,
    };
    Ok(Some(StoredAccess {
        deletion: deletion(connection, draft)?,
        link,
        participant,
        person: found,
        has_used,
    }))
}

fn person(
    connection: &Connection,
    draft: DocumentId,
    participant: &ParticipantId,
) -> Read<Option<StoredPerson>> {
    let mut statement =
        connection.prepare_cached(&format!("{PERSON} WHERE draft = ?1 AND participant = ?2"))?;
    let mut rows = statement.query(params![draft.as_bytes(), participant.as_str()])?;
    match rows.next()? {
        Some(row) => Ok(Some(stored_person(row)?)),
        None => Ok(None),
    }
}

/// The people of a draft.
pub(super) fn people(connection: &Connection, draft: DocumentId) -> Read<Vec<StoredPerson>> {
    let mut statement =
        connection.prepare_cached(&format!("{PERSON} WHERE draft = ?1 ORDER BY number"))?;
    let mut rows = statement.query([draft.as_bytes()])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        people.push(stored_person(row)?);
    }
    Ok(people)
}

fn stored_person(row: &Row<'_>) -> Read<StoredPerson> {
    let role = |column: usize, name: &str| {
        row.get::<_, Option<String>>(column)?
            .map(|role| Role::parse(&role).ok_or_else(|| malformed("a person", name)))
            .transpose()
    };
    let (capacity, credit): (String, String) = (row.get(4)?, row.get(6)?);
    Ok(StoredPerson {
        participant: ParticipantId::new(row.get::<_, String>(0)?),
        entry: PersonEntry {
            name: row.get(1)?,
            affiliation: row.get(2)?,
            group: row.get(3)?,
            capacity: Capacity::parse(&capacity)
                .ok_or_else(|| malformed("a person", "capacity"))?,
            on_behalf_of: row.get(5)?,
            credit: Credit::parse(&credit).ok_or_else(|| malformed("a person", "credit"))?,
            withheld: row.get(7)?,
        },
        role: role(8, "role")?,
        role_cap: role(9, "role_cap")?,
        added_by: participant(row, 10)?,
        corrected_by: participant(row, 15)?,
        merged_into: participant(row, 11)?,
        erased_ms: row.get(12)?,
        created_ms: row.get(13)?,
        changed_ms: row.get(14)?,
    })
}

fn deletion(connection: &Connection, draft: DocumentId) -> Read<Option<Deletion>> {
    let found = connection
        .prepare_cached(
            "SELECT deleted_ms, purge_ms FROM drafts WHERE id = ?1 AND deleted_ms IS NOT NULL",
        )?
        .query_row([draft.as_bytes()], |row| {
            Ok(Deletion {
                asked_ms: row.get(0)?,
                purge_ms: row.get(1)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// The audit trail of a draft or of the whole site.
pub(super) fn audit(
    connection: &Connection,
    draft: Option<DocumentId>,
    after: i64,
    most: u32,
) -> Read<Vec<AuditEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, draft, at_ms, participant, kind, detail FROM audit
         WHERE (?1 IS NULL OR draft = ?1) AND sequence > ?2 ORDER BY sequence LIMIT ?3",
    )?;
    let mut rows = statement.query(params![
        draft.as_ref().map(DocumentId::as_bytes),
        after,
        most
    ])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        let what = || format!("entry {sequence} of the audit trail");
        let of: Option<Vec<u8>> = row.get(1)?;
        let detail: String = row.get(5)?;
        entries.push(AuditEntry {
            sequence,
            draft: of
                .map(|id| document_id(&id).ok_or_else(|| malformed(what(), "draft")))
                .transpose()?,
            at_ms: row.get(2)?,
            by: participant(row, 3)?,
            kind: row.get(4)?,
            detail: serde_json::from_str(&detail).map_err(|_| malformed(what(), "detail"))?,
        });
    }
    Ok(entries)
}

/// All drafts with their sizes.
pub(super) fn drafts(connection: &Connection) -> Read<Vec<DraftSummary>> {
    let mut statement = connection.prepare(
        "SELECT d.id, d.created_ms, d.deleted_ms, d.purge_ms,
           (SELECT count(*) FROM changes c JOIN documents o ON c.document = o.number
            WHERE o.draft = d.id),
           (SELECT max(received_ms) FROM changes c JOIN documents o ON c.document = o.number
            WHERE o.draft = d.id),
           (SELECT coalesce(sum(length(bytes)), 0) FROM changes c
              JOIN documents o ON c.document = o.number WHERE o.draft = d.id)
           + (SELECT coalesce(sum(length(bytes)), 0) FROM snapshots s
              JOIN documents o ON s.document = o.number WHERE o.draft = d.id)
           + (SELECT coalesce(sum(length(bytes)), 0) FROM quarantine WHERE draft = d.id),
           (SELECT count(*) FROM people WHERE draft = d.id AND merged_into IS NULL),
           (SELECT count(*) FROM links WHERE draft = d.id AND revoked_ms IS NULL)
         FROM drafts d ORDER BY d.created_ms, d.id",
    )?;
    let mut rows = statement.query([])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Vec<u8> = row.get(0)?;
        let created_ms = row.get(1)?;
        let (asked, purge): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
        drafts.push(DraftSummary {
            id: document_id(&id).ok_or_else(|| malformed("a draft", "id"))?,
            created_ms,
            deletion: asked
                .zip(purge)
                .map(|(asked_ms, purge_ms)| Deletion { asked_ms, purge_ms }),
            changes: count(row, 4)?,
            changed_ms: row.get::<_, Option<i64>>(5)?.unwrap_or(created_ms),
            bytes: count(row, 6)?,
            people: count(row, 7)?,
            links: count(row, 8)?,
        });
    }
    Ok(drafts)
}

fn count(row: &Row<'_>, column: usize) -> Read<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// The drafts that are to be deleted.
pub(super) fn deletions(connection: &Connection) -> Read<Vec<(DocumentId, Deletion)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, deleted_ms, purge_ms FROM drafts WHERE deleted_ms IS NOT NULL ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut deletions = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Vec<u8> = row.get(0)?;
        let deletion = Deletion {
            asked_ms: row.get(1)?,
            purge_ms: row.get(2)?,
        };
        let id = document_id(&id).ok_or_else(|| malformed("a draft", "id"))?;
        deletions.push((id, deletion));
    }
    Ok(deletions)
}
