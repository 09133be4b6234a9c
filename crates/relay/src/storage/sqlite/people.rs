//! Writing people, on the writer's thread. Who writes what of a person is kept apart: what they say of
//! themselves, what a facilitator corrects, and the most that they may do. So none of these takes back
//! another that came at the same moment.

use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;
use rusqlite::{Connection, OptionalExtension, params};

use super::access::{conflict, one};
use super::write::{WriteFailure, Written};
use crate::access::Role;
use crate::storage::error::MERGE_TELLS_MORE;
use crate::storage::{PersonEntry, StoredPerson};

/// Stores what a person says of themselves.
pub(super) fn put(connection: &Connection, draft: DocumentId, person: &StoredPerson) -> Written {
    let entry = &person.entry;
    connection
        .prepare_cached(
            "INSERT INTO people (draft, participant, name, affiliation, own_group, capacity,
                                 on_behalf_of, credit, withheld, role, role_cap, added_by,
                                 merged_into, erased_ms, created_ms, changed_ms, corrected_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT (draft, participant) DO UPDATE SET
               name = excluded.name, affiliation = excluded.affiliation,
               own_group = excluded.own_group, capacity = excluded.capacity,
               on_behalf_of = excluded.on_behalf_of, credit = excluded.credit,
               withheld = excluded.withheld, erased_ms = excluded.erased_ms,
               changed_ms = excluded.changed_ms, corrected_by = excluded.corrected_by",
        )?
        .execute(params![
            draft.as_bytes(),
            person.participant.as_str(),
            entry.name,
            entry.affiliation,
            entry.group,
            entry.capacity.as_str(),
            entry.on_behalf_of,
            entry.credit.as_str(),
            entry.withheld,
            person.role.map(Role::as_str),
            person.role_cap.map(Role::as_str),
            person.added_by.as_ref().map(ParticipantId::as_str),
            person.merged_into.as_ref().map(ParticipantId::as_str),
            person.erased_ms,
            person.created_ms,
            person.changed_ms,
            person.corrected_by.as_ref().map(ParticipantId::as_str)
        ])?;
    Ok(())
}

/// Stores a correction of an entry that is still as it was `before`, and not erased.
pub(super) fn correct(
    connection: &Connection,
    draft: DocumentId,
    before: &PersonEntry,
    after: &StoredPerson,
) -> Written {
    let entry = &after.entry;
    let changed = connection
        .prepare_cached(
            "UPDATE people SET name = ?3, affiliation = ?4, own_group = ?5, capacity = ?6,
               on_behalf_of = ?7, credit = ?8, withheld = ?9, changed_ms = ?10, corrected_by = ?11
             WHERE draft = ?1 AND participant = ?2 AND erased_ms IS NULL
               AND name IS ?12 AND affiliation IS ?13 AND own_group IS ?14 AND capacity = ?15
               AND on_behalf_of IS ?16 AND credit = ?17 AND withheld = ?18",
        )?
        .execute(params![
            draft.as_bytes(),
            after.participant.as_str(),
            entry.name,
            entry.affiliation,
            entry.group,
            entry.capacity.as_str(),
            entry.on_behalf_of,
            entry.credit.as_str(),
            entry.withheld,
            after.changed_ms,
            after.corrected_by.as_ref().map(ParticipantId::as_str),
            before.name,
            before.affiliation,
            before.group,
            before.capacity.as_str(),
            before.on_behalf_of,
            before.credit.as_str(),
            before.withheld
        ])?;
    one(changed, "the entry was changed or erased meanwhile")
}

/// Sets the most that a person may do.
pub(super) fn cap_role(
    connection: &Connection,
    draft: DocumentId,
    at_ms: i64,
    participant: &ParticipantId,
    cap: Option<Role>,
) -> Written {
    let changed = connection
        .prepare_cached(
            "UPDATE people SET role_cap = ?3, changed_ms = ?4
             WHERE draft = ?1 AND participant = ?2",
        )?
        .execute(params![
            draft.as_bytes(),
            participant.as_str(),
            cap.map(Role::as_str),
            at_ms
        ])?;
    one(changed, "there is no such person")
}

/// Whether somebody is still themselves, and may do so much at most; of whom nothing is known, everything.
pub(super) fn is_capped(
    connection: &Connection,
    draft: DocumentId,
    participant: &ParticipantId,
    cap: Option<Role>,
) -> Written<bool> {
    let found: Option<(Option<String>, bool)> = connection
        .prepare_cached(
            "SELECT role_cap, merged_into IS NULL FROM people
             WHERE draft = ?1 AND participant = ?2",
        )?
        .query_row(params![draft.as_bytes(), participant.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (now, is_themselves) = found.unwrap_or((None, true));
    Ok(is_themselves && now.as_deref() == cap.map(Role::as_str))
}

/// Fails when somebody has said something of themselves or has made changes.
pub(super) fn require_unknown(
    connection: &Connection,
    draft: DocumentId,
    participant: &ParticipantId,
) -> Written {
    let who = params![draft.as_bytes(), participant.as_str()];
    let has_written = connection
        .prepare_cached("SELECT 1 FROM bindings WHERE draft = ?1 AND participant = ?2")?
        .exists(who)?;
    let is_somebody = connection
        .prepare_cached(
            "SELECT 1 FROM people WHERE draft = ?1 AND participant = ?2
               AND coalesce(name, affiliation, on_behalf_of, added_by, erased_ms) IS NOT NULL",
        )?
        .exists(who)?;
    if has_written || is_somebody {
        Err(WriteFailure::KnownAlready)
    } else {
        Ok(())
    }
}

/// Notes that `from` is `into`. Who was merged into `from` is merged into `into` as well, so that
/// no chains come about; what `from` was bound to is `into`'s. Nobody is told of by being merged: who is
/// withheld, or has erased their entry, is merged only into somebody of whom as little is told. An entry
/// that a facilitator added belongs to its person as soon as somebody who came by a link is in it.
pub(super) fn merge(
    connection: &Connection,
    draft: DocumentId,
    at_ms: i64,
    from: &ParticipantId,
    into: &ParticipantId,
) -> Written {
    let into_is_free: Option<Option<String>> = connection
        .prepare_cached("SELECT merged_into FROM people WHERE draft = ?1 AND participant = ?2")?
        .query_row(params![draft.as_bytes(), into.as_str()], |row| row.get(0))
        .optional()?;
    if from == into || into_is_free != Some(None) {
        return conflict("a person can only be merged into somebody else who is there");
    }
    if tells_more(connection, draft, from, into)? {
        return conflict(MERGE_TELLS_MORE);
    }
    connection
        .prepare_cached(
            "INSERT INTO people (draft, participant, capacity, credit, withheld, merged_into,
                                 created_ms, changed_ms)
             VALUES (?1, ?2, 'personal', 'by-name', 0, ?3, ?4, ?4)
             ON CONFLICT (draft, participant) DO UPDATE SET
               merged_into = excluded.merged_into, changed_ms = excluded.changed_ms",
        )?
        .execute(params![
            draft.as_bytes(),
            from.as_str(),
            into.as_str(),
            at_ms
        ])?;
    for statement in [
        "UPDATE people SET added_by = NULL WHERE draft = ?1 AND participant = ?3
           AND EXISTS (SELECT 1 FROM people WHERE draft = ?1 AND participant = ?2
                         AND added_by IS NULL)",
        "UPDATE people SET merged_into = ?3 WHERE draft = ?1 AND merged_into = ?2",
        "UPDATE bindings SET participant = ?3 WHERE draft = ?1 AND participant = ?2",
        "UPDATE links SET participant = ?3 WHERE draft = ?1 AND participant = ?2",
    ] {
        connection.prepare_cached(statement)?.execute(params![
            draft.as_bytes(),
            from.as_str(),
            into.as_str()
        ])?;
    }
    Ok(())
}

/// Whether of `into` is told what is not told of `from`.
fn tells_more(
    connection: &Connection,
    draft: DocumentId,
    from: &ParticipantId,
    into: &ParticipantId,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM people AS one, people AS other
             WHERE one.draft = ?1 AND one.participant = ?2
               AND other.draft = ?1 AND other.participant = ?3
               AND (one.withheld > other.withheld
                    OR (one.erased_ms IS NOT NULL AND other.erased_ms IS NULL))",
        )?
        .exists(params![draft.as_bytes(), from.as_str(), into.as_str()])
}
