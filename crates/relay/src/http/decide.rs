//! What refused changes would do, and deciding about them.

use automerge::{Automerge, Change};
use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use plenary_draft::{HeldError, held_entries, held_sections};
use plenary_protocol::room::{Held, ParticipantId, RecordRequest};

use super::caller::{Asker, Caller};
use super::create::blocking;
use super::error::ApiError;
use super::extract::{At, Body};
use super::openapi::Refusals;
use super::quarantine::{Entry, HeldAnswer, Telling, find};
use super::requests::ask;
use super::rooms::draft_rooms;
use crate::access::Role;
use crate::relay::Relay;
use crate::storage::DocumentKind;

/// Refused changes, with what they would do.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct DifferenceAnswer {
    #[serde(flatten)]
    held: HeldAnswer,
    /// What would become different, in the order in which it is read.
    difference: Vec<Difference>,
    /// Why there is no difference to show, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

/// What would become of one section of the text, or one entry of the discussion.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Difference {
    /// The key of the section.
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<String>,
    /// The key of the entry of the discussion.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// What it says now; absent when it would be new.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// What it would say; absent when it would be gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

fn differences(
    kind: &str,
    document: &Automerge,
    held: &[Bytes],
) -> Result<Vec<Difference>, HeldError> {
    let changes = held.iter().map(|bytes| Change::from_bytes(bytes.to_vec()));
    let changes: Vec<Change> = changes
        .collect::<Result<_, _>>()
        .map_err(|error| HeldError::Unusable(error.to_string()))?;
    if kind == DocumentKind::Discussion.as_str() {
        let entries = held_entries(document, &changes)?.into_iter();
        return Ok(entries
            .map(|entry| Difference {
                section: None,
                entry: Some(entry.entry),
                before: entry.before,
                after: entry.after,
            })
            .collect());
    }
    let sections = held_sections(document, &changes)?.into_iter();
    Ok(sections
        .map(|section| Difference {
            section: Some(section.section.as_str().to_owned()),
            entry: None,
            before: section.before,
            after: Some(section.after),
        })
        .collect())
}

/// `GET /api/v1/drafts/{id}/quarantine/{entry}`
#[utoipa::path(
    get, path = "/drafts/{id}/quarantine/{entry}", tag = "quarantine",
    operation_id = "look_at_quarantined",
    summary = "What refused changes would do, if they were admitted now",
    params(("id" = String, Path, description = "The draft"),
           ("entry" = String, Path, description = "The entry's id")),
    responses((status = 200, body = DifferenceAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn look(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, entry)): At<(String, String)>,
) -> Result<Json<DifferenceAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.admission()?;
    let entry = find(&relay, &asker, &entry).await?;
    let held = entry.tell(&Telling::to(&relay, &asker).await?);
    // The difference shows the text around what was refused: only to those who may sync it.
    if !asker.may_sync() {
        return Ok(Json(DifferenceAnswer {
            held,
            difference: Vec::new(),
            unreadable: Some("your link does not let you read the draft's documents".into()),
        }));
    }
    let rooms = draft_rooms(&relay, asker.draft).await?;
    let place = if held.document == DocumentKind::Discussion.as_str() {
        &rooms.discussion
    } else {
        &rooms.text
    };
    let document = place.copy().await?;
    let kind = held.document;
    let bytes = entry.bytes(&relay, asker.draft).await?;
    let found = blocking(move || Ok(differences(kind, &document, &bytes))).await?;
    let (difference, unreadable) = match found {
        Ok(difference) => (difference, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    Ok(Json(DifferenceAnswer {
        held,
        difference,
        unreadable,
    }))
}

/// Why.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    /// Why; required for declining.
    reason: Option<String>,
}

async fn held(relay: &Relay, asker: &Asker, entry: &Entry) -> Result<Vec<Held>, ApiError> {
    let people = relay.storage().people(asker.draft).await?;
    let is_facilitator = |participant: &ParticipantId| {
        let known = people
            .iter()
            .find(|person| person.participant == *participant);
        known.is_some_and(|person| {
            let cap = person.role_cap.unwrap_or(Role::Facilitator);
            person.role.map(|role| role.min(cap)) == Some(Role::Facilitator)
        })
    };
    let records = entry.0.iter();
    let bytes = entry.bytes(relay, asker.draft).await?;
    Ok(records
        .zip(bytes)
        .map(|(record, bytes)| Held {
            document: record.document,
            bytes,
            participant: record.participant.clone(),
            by_facilitator: is_facilitator(&record.participant),
            received_ms: record.received_ms,
        })
        .collect())
}

/// `POST /api/v1/drafts/{id}/quarantine/{entry}/admit`
#[utoipa::path(
    post, path = "/drafts/{id}/quarantine/{entry}/admit", tag = "quarantine",
    operation_id = "admit_quarantined",
    summary = "Apply refused changes after all, as their author made them",
    params(("id" = String, Path, description = "The draft"),
           ("entry" = String, Path, description = "The entry's id")),
    request_body = Decide,
    responses((status = 200, body = HeldAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn admit(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, entry)): At<(String, String)>,
    Body(_): Body<Decide>,
) -> Result<Json<HeldAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let found = find(&relay, &asker, &entry).await?;
    let changes = held(&relay, &asker, &found).await?;
    ask(&relay, &asker, RecordRequest::Admit(changes)).await?;
    let telling = Telling::to(&relay, &asker).await?;
    Ok(Json(find(&relay, &asker, &entry).await?.tell(&telling)))
}

/// `POST /api/v1/drafts/{id}/quarantine/{entry}/decline`
#[utoipa::path(
    post, path = "/drafts/{id}/quarantine/{entry}/decline", tag = "quarantine",
    operation_id = "decline_quarantined",
    summary = "Leave refused changes out for good; they are kept",
    params(("id" = String, Path, description = "The draft"),
           ("entry" = String, Path, description = "The entry's id")),
    request_body = Decide,
    responses((status = 200, body = HeldAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn decline(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, entry)): At<(String, String)>,
    Body(decided): Body<Decide>,
) -> Result<Json<HeldAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let found = find(&relay, &asker, &entry).await?;
    let what = RecordRequest::Decline {
        changes: held(&relay, &asker, &found).await?,
        reason: decided.reason.unwrap_or_default(),
    };
    ask(&relay, &asker, what).await?;
    let telling = Telling::to(&relay, &asker).await?;
    Ok(Json(find(&relay, &asker, &entry).await?.tell(&telling)))
}
