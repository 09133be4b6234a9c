//! What was refused and kept: read by its author and by facilitators, taken away, and decided about.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;
use sha2::{Digest, Sha256};

use super::caller::{Asker, Caller};
use super::error::ApiError;
use super::extract::At;
use super::openapi::Refusals;
use super::people::People;
use crate::access::Role;
use crate::relay::Relay;
use crate::storage::{QuarantineRecord, QuarantineState};

/// Refused changes of one person to one document, that belong together.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct HeldAnswer {
    /// Their id. It is another one when more of it comes in, so that nobody decides about what they
    /// have not seen.
    pub(super) id: String,
    /// Who made them.
    participant: String,
    /// For which document: `record`, `text` or `discussion`.
    pub(super) document: &'static str,
    /// Why they were refused, as a short stable word.
    reason: String,
    /// When the newest was received, in milliseconds since the Unix epoch. Of those who asked to be
    /// withheld, only they are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_ms: Option<i64>,
    /// How many there are.
    changes: usize,
    /// How many bytes they have, inflated.
    bytes: usize,
    /// What became of them.
    state: QuarantineState,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    /// When, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_ms: Option<i64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
}

/// What is in quarantine.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct QuarantineAnswer {
    /// Oldest first.
    entries: Vec<HeldAnswer>,
}

/// Changes that belong together: of one person, to one document, decided about at once.
pub(super) struct Entry(pub(super) Vec<QuarantineRecord>);

impl Entry {
    /// The first of its changes. An entry has at least one.
    fn first(&self) -> &QuarantineRecord {
        &self.0[0]
    }

    /// The beginning of a digest over what the entry holds: 128 bits, in base58. Changes hold their
    /// author's random actor, so an id is no easier to guess than one that is drawn.
    fn id(&self) -> String {
        let first = self.first();
        let mut hash = Sha256::new();
        hash.update(first.document.as_bytes());
        hash.update(first.participant.as_str());
        for record in &self.0 {
            hash.update(record.hash.0);
        }
        let digest: [u8; 32] = hash.finalize().into();
        bs58::encode(&digest[..16]).into_string()
    }

    /// Reads the bytes of its changes, in their order.
    pub(super) async fn bytes(
        &self,
        relay: &Relay,
        draft: DocumentId,
    ) -> Result<Vec<Bytes>, ApiError> {
        let places = self.0.iter().map(|record| record.id).collect();
        Ok(relay.storage().quarantined_bytes(draft, places).await?)
    }

    /// How it is told.
    pub(super) fn tell(&self, telling: &Telling) -> HeldAnswer {
        let first = self.first();
        let received = self.0.iter().map(|record| record.received_ms);
        let decision = first.decision.as_ref();
        HeldAnswer {
            id: self.id(),
            participant: first.participant.as_str().to_owned(),
            document: telling.kind(first.document),
            reason: first.reason.clone(),
            received_ms: received
                .max()
                .filter(|_| telling.tells_times_of(&first.participant)),
            changes: self.0.len(),
            bytes: self.0.iter().map(|record| record.bytes).sum(),
            state: first.state,
            decided_by: decision.map(|decision| decision.by.as_str().to_owned()),
            decided_ms: decision
                .filter(|decision| telling.tells_times_of(&decision.by))
                .map(|decision| decision.at_ms),
            decision: decision.map(|decision| decision.reason.clone()),
        }
    }
}

/// The entries that whoever asks may see: all for facilitators, their own for others.
pub(super) async fn entries(relay: &Relay, asker: &Asker) -> Result<Vec<Entry>, ApiError> {
    let from = match asker.participant() {
        _ if asker.role >= Role::Facilitator => None,
        Some(me) => {
            let mut own = People::of(relay, asker).await?.also(me);
            own.push(me.clone());
            Some(own)
        }
        None => return Ok(Vec::new()),
    };
    let records = relay.storage().quarantined(asker.draft, from).await?;
    let mut entries: Vec<Entry> = Vec::new();
    for record in records {
        let decided = |record: &QuarantineRecord| record.decision.as_ref().map(|it| it.at_ms);
        let same = entries.iter_mut().find(|entry| {
            let first = entry.first();
            (&first.participant, first.document) == (&record.participant, record.document)
                && (first.state, decided(first)) == (record.state, decided(&record))
        });
        match same {
            Some(entry) => entry.0.push(record),
            None => entries.push(Entry(vec![record])),
        }
    }
    Ok(entries)
}

/// What has to be known to tell somebody what is in quarantine.
pub(super) struct Telling {
    kinds: BTreeMap<DocumentId, &'static str>,
    people: People,
    asker: Option<ParticipantId>,
}

impl Telling {
    /// Reads it.
    pub(super) async fn to(relay: &Relay, asker: &Asker) -> Result<Self, ApiError> {
        let stored = relay.storage().draft_of(asker.draft).await?;
        let stored = stored.ok_or(ApiError::NoSuchDraft)?;
        let documents = stored.documents.into_iter();
        Ok(Self {
            kinds: documents.map(|(id, kind)| (id, kind.as_str())).collect(),
            people: People::of(relay, asker).await?,
            asker: asker.participant().cloned(),
        })
    }

    /// What a document is.
    pub(super) fn kind(&self, document: DocumentId) -> &'static str {
        self.kinds.get(&document).copied().unwrap_or("other")
    }

    /// Whether it is told when something came from somebody: of those who are withheld, to them alone.
    fn tells_times_of(&self, participant: &ParticipantId) -> bool {
        self.people.tells_times_of(participant, self.asker.as_ref())
    }
}

/// Finds an entry that whoever asks may see.
pub(super) async fn find(relay: &Relay, asker: &Asker, id: &str) -> Result<Entry, ApiError> {
    let entries = entries(relay, asker).await?;
    let found = entries.into_iter().find(|entry| entry.id() == id);
    found.ok_or(ApiError::NoSuchPart("entry"))
}

/// `GET /api/v1/drafts/{id}/quarantine`
#[utoipa::path(
    get, path = "/drafts/{id}/quarantine", tag = "quarantine", operation_id = "list_quarantine",
    summary = "List what was refused and kept: all for facilitators, their own for others",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, body = QuarantineAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn list(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Json<QuarantineAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.admission()?;
    let telling = Telling::to(&relay, &asker).await?;
    let entries = entries(&relay, &asker).await?;
    Ok(Json(QuarantineAnswer {
        entries: entries.iter().map(|entry| entry.tell(&telling)).collect(),
    }))
}

/// `GET /api/v1/drafts/{id}/quarantine/{entry}/download`
#[utoipa::path(
    get, path = "/drafts/{id}/quarantine/{entry}/download", tag = "quarantine",
    operation_id = "download_quarantined",
    summary = "Take away refused changes, as Automerge encodes them, one after the other",
    params(("id" = String, Path, description = "The draft"),
           ("entry" = String, Path, description = "The entry's id")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn download(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, entry)): At<(String, String)>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.admission()?;
    let entry = find(&relay, &asker, &entry).await?;
    let bytes = entry.bytes(&relay, asker.draft).await?.concat();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"refused-changes.automerge-changes\"",
        ),
    ];
    Ok((headers, bytes).into_response())
}
