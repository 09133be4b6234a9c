//! Writing links, people and the audit trail. All of it runs on the writer's thread, inside a
//! savepoint of the group's transaction.

use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;
use rusqlite::{Connection, OptionalExtension, params};

use super::people;
use super::write::{WriteFailure, Written};
use crate::access::Role;
use crate::storage::{AccessCommit, Act, LinkId, NewAudit, NewLink, Standing};

/// Does all acts of a commit and writes its entries into the audit trail.
pub(super) fn commit(connection: &Connection, commit: &AccessCommit) -> Written {
    match commit.draft {
        Some(draft) => {
            require_draft(connection, draft)?;
            for act in &commit.acts {
                perform(connection, draft, commit.at_ms, act)?;
            }
        }
        None if commit.acts.is_empty() => {}
        None => return conflict("acts without a draft"),
    }
    for entry in &commit.audit {
        insert_audit(connection, commit.draft, commit.at_ms, entry)?;
    }
    Ok(())
}

pub(super) fn conflict<T>(what: &str) -> Written<T> {
    Err(WriteFailure::Conflict(what.to_owned()))
}

fn require_draft(connection: &Connection, draft: DocumentId) -> Written {
    let is_there = connection
        .prepare_cached("SELECT 1 FROM drafts WHERE id = ?1")?
        .exists([draft.as_bytes()])?;
    if is_there {
        Ok(())
    } else {
        Err(WriteFailure::UnknownDocument(draft))
    }
}

fn perform(connection: &Connection, draft: DocumentId, at_ms: i64, act: &Act) -> Written {
    match act {
        Act::Require(standing) => require(connection, draft, at_ms, standing),
        Act::AddLink(link) => insert_link(connection, draft, at_ms, link),
        Act::ChangeLink(link) => change_link(connection, draft, link),
        Act::RevokeLink(link) => revoke_link(connection, draft, at_ms, link),
        Act::UseLink {
            link,
            participant,
            role,
            most_people,
        } => {
            use_link(connection, draft, at_ms, link, participant, *role)?;
            require_room(connection, draft, *most_people)
        }
        Act::PutPerson(person) => people::put(connection, draft, person),
        Act::CorrectPerson { before, after } => people::correct(connection, draft, before, after),
        Act::CapRole { participant, cap } => {
            people::cap_role(connection, draft, at_ms, participant, *cap)
        }
        Act::Continue { from, into } => {
            people::require_unknown(connection, draft, from)?;
            people::merge(connection, draft, at_ms, from, into)
        }
        Act::Merge { from, into } => people::merge(connection, draft, at_ms, from, into),
        Act::DeleteDraft { purge_ms } => {
            connection
                .prepare_cached(
                    "UPDATE drafts SET deleted_ms = coalesce(deleted_ms, ?2),
                                       purge_ms = min(coalesce(purge_ms, ?3), ?3)
                     WHERE id = ?1",
                )?
                .execute(params![draft.as_bytes(), at_ms, purge_ms])?;
            Ok(())
        }
        Act::UndeleteDraft => {
            connection
                .prepare_cached(
                    "UPDATE drafts SET deleted_ms = NULL, purge_ms = NULL WHERE id = ?1",
                )?
                .execute([draft.as_bytes()])?;
            Ok(())
        }
    }
}

/// Fails unless whoever asks is let in as they were when they were judged.
fn require(connection: &Connection, draft: DocumentId, at_ms: i64, standing: &Standing) -> Written {
    let lets_in = connection
        .prepare_cached(
            "SELECT 1 FROM links WHERE id = ?1 AND draft = ?2 AND revoked_ms IS NULL
                                   AND (expires_ms IS NULL OR expires_ms > ?3)",
        )?
        .exists(params![standing.link.as_str(), draft.as_bytes(), at_ms])?;
    let is_as_before = match &standing.participant {
        Some(participant) => people::is_capped(connection, draft, participant, standing.cap)?,
        None => true,
    };
    if lets_in && is_as_before {
        Ok(())
    } else {
        Err(WriteFailure::AccessMoved)
    }
}

/// Stores a link; its id and the hash of its secret must be free.
pub(super) fn insert_link(
    connection: &Connection,
    draft: DocumentId,
    at_ms: i64,
    link: &NewLink,
) -> Written {
    connection
        .prepare_cached(
            "INSERT INTO links (secret_hash, draft, role, created_ms, id, history, label,
                                preset_group, participant, created_by, expires_ms, uses_limit,
                                made_from)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            link.hash,
            draft.as_bytes(),
            link.role.as_str(),
            at_ms,
            link.id.as_str(),
            link.history,
            link.label,
            link.group,
            link.participant.as_ref().map(ParticipantId::as_str),
            link.created_by.as_ref().map(ParticipantId::as_str),
            link.expires_ms,
            link.uses_limit,
            link.made_from.as_ref().map(LinkId::as_str)
        ])?;
    Ok(())
}

fn change_link(connection: &Connection, draft: DocumentId, link: &NewLink) -> Written {
    let changed = connection
        .prepare_cached(
            "UPDATE links SET label = ?3, preset_group = ?4, expires_ms = ?5, uses_limit = ?6
             WHERE id = ?1 AND draft = ?2",
        )?
        .execute(params![
            link.id.as_str(),
            draft.as_bytes(),
            link.label,
            link.group,
            link.expires_ms,
            link.uses_limit
        ])?;
    connection
        .prepare_cached("UPDATE links SET expires_ms = ?3 WHERE made_from = ?1 AND draft = ?2")?
        .execute(params![link.id.as_str(), draft.as_bytes(), link.expires_ms])?;
    one(changed, "there is no such link")
}

fn revoke_link(connection: &Connection, draft: DocumentId, at_ms: i64, link: &LinkId) -> Written {
    let changed = connection
        .prepare_cached(
            "UPDATE links SET revoked_ms = coalesce(revoked_ms, ?3) WHERE id = ?1 AND draft = ?2",
        )?
        .execute(params![link.as_str(), draft.as_bytes(), at_ms])?;
    connection
        .prepare_cached(
            "UPDATE links SET revoked_ms = coalesce(revoked_ms, ?3)
             WHERE made_from = ?1 AND draft = ?2",
        )?
        .execute(params![link.as_str(), draft.as_bytes(), at_ms])?;
    one(changed, "there is no such link")
}

pub(super) fn one(changed: usize, otherwise: &str) -> Written {
    if changed == 1 {
        Ok(())
    } else {
        conflict(otherwise)
    }
}

fn use_link(
    connection: &Connection,
    draft: DocumentId,
    at_ms: i64,
    link: &LinkId,
    participant: &ParticipantId,
    role: Role,
) -> Written {
    let limit: Option<Option<i64>> = connection
        .prepare_cached("SELECT uses_limit FROM links WHERE id = ?1 AND draft = ?2")?
        .query_row(params![link.as_str(), draft.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(limit) = limit else {
        return conflict("there is no such link");
    };
    let is_new = connection
        .prepare_cached(
            "INSERT INTO link_uses (link, participant, first_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (link, participant) DO NOTHING",
        )?
        .execute(params![link.as_str(), participant.as_str(), at_ms])?
        == 1;
    if is_new {
        let uses: i64 = connection
            .prepare_cached("SELECT count(*) FROM link_uses WHERE link = ?1")?
            .query_row([link.as_str()], |row| row.get(0))?;
        if limit.is_some_and(|limit| uses > limit) {
            return Err(WriteFailure::LinkUsedUp);
        }
        let joined = NewAudit {
            by: Some(participant.clone()),
            kind: "joined",
            detail: serde_json::json!({"link": link.as_str(), "role": role.as_str()}),
        };
        insert_audit(connection, Some(draft), at_ms, &joined)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO people (draft, participant, capacity, credit, withheld, role,
                                 created_ms, changed_ms)
             VALUES (?1, ?2, 'personal', 'by-name', 0, ?3, ?4, ?4)
             ON CONFLICT (draft, participant) DO UPDATE SET role = excluded.role",
        )?
        .execute(params![
            draft.as_bytes(),
            participant.as_str(),
            role.as_str(),
            at_ms
        ])?;
    Ok(())
}

/// Fails when a draft has more people than it may.
fn require_room(connection: &Connection, draft: DocumentId, most_people: u32) -> Written {
    let people: i64 = connection
        .prepare_cached("SELECT count(*) FROM people WHERE draft = ?1")?
        .query_row([draft.as_bytes()], |row| row.get(0))?;
    if people > i64::from(most_people) {
        return conflict(&format!("a draft has at most {most_people} people"));
    }
    Ok(())
}

/// Appends to the audit trail.
pub(super) fn insert_audit(
    connection: &Connection,
    draft: Option<DocumentId>,
    at_ms: i64,
    entry: &NewAudit,
) -> Written {
    connection
        .prepare_cached(
            "INSERT INTO audit (draft, at_ms, participant, kind, detail)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            draft.as_ref().map(DocumentId::as_bytes),
            at_ms,
            entry.by.as_ref().map(ParticipantId::as_str),
            entry.kind,
            entry.detail.to_string()
        ])?;
    Ok(())
}

/// Deletes a draft with everything that belongs to it, when its time of grace is over.
pub(super) fn purge(connection: &Connection, draft: DocumentId, now_ms: i64) -> Written {
    let is_due = connection
        .prepare_cached("SELECT 1 FROM drafts WHERE id = ?1 AND purge_ms <= ?2")?
        .exists(params![draft.as_bytes(), now_ms])?;
    if !is_due {
        return conflict("the draft is not to be deleted yet");
    }
    for statement in [
        "DELETE FROM changes WHERE document IN (SELECT number FROM documents WHERE draft = ?1)",
        "DELETE FROM snapshots WHERE document IN (SELECT number FROM documents WHERE draft = ?1)",
        "DELETE FROM documents WHERE draft = ?1",
        "DELETE FROM bindings WHERE draft = ?1",
        "DELETE FROM quarantine WHERE draft = ?1",
        "DELETE FROM link_uses WHERE link IN (SELECT id FROM links WHERE draft = ?1)",
        "DELETE FROM links WHERE draft = ?1",
        "DELETE FROM people WHERE draft = ?1",
        "DELETE FROM drafts WHERE id = ?1",
        "DELETE FROM audit WHERE draft = ?1",
    ] {
        connection
            .prepare_cached(statement)?
            .execute([draft.as_bytes()])?;
    }
    let entry = NewAudit {
        by: None,
        kind: "draft-deleted-for-good",
        detail: serde_json::json!({"draft": draft.to_string()}),
    };
    insert_audit(connection, None, now_ms, &entry)
}
