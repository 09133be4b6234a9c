//! A draft at a glance: what it is, where it stands, and what whoever asks may do.

use automerge::{Automerge, ChangeHash};
use axum::Json;
use axum::extract::State;
use plenary_draft::{Record, Text};

use super::caller::{Asker, Caller};
use super::error::ApiError;
use super::extract::At;
use super::groups::{GroupAnswer, groups_of};
use super::openapi::Refusals;
use super::person::PersonAnswer;
use super::read::hex;
use super::rooms::draft_rooms;
use super::session::own_entry;
use crate::access::{TextSeen, text_seen};
use crate::clock::now_ms;
use crate::relay::Relay;

/// A draft at a glance.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct Overview {
    /// The draft's id.
    document_id: String,
    /// Its title, as whoever asks may read it.
    title: String,
    /// The language that its metadata name, where they do: the text's own front matter outranks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// What the link allows this person: `viewer`, `reviewer`, `editor` or `facilitator`.
    role: &'static str,
    /// Whether a viewer may sync all documents, read-only.
    history: bool,
    /// The stage: `drafting`, `review`, `settling`, `final`.
    stage: String,
    /// When a review opens, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_opens_ms: Option<i64>,
    /// When it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_closes_ms: Option<i64>,
    /// The heads of the text as whoever asks may read it, in hexadecimal; none before it opens.
    heads: Vec<String>,
    /// Who asks, if they said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    participant: Option<String>,
    /// What they said of themselves; null when they have not joined.
    person: Option<PersonAnswer>,
    /// The documents' ids, for those who may sync them.
    #[serde(skip_serializing_if = "Option::is_none")]
    documents: Option<Documents>,
}

/// The ids of a draft's documents.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Documents {
    record: String,
    text: String,
    discussion: String,
}

/// Where a draft stands, as its record says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub(super) struct StageSeen {
    /// The stage: `drafting`, `review`, `settling`, `final`.
    pub(super) stage: String,
    /// When a review opens, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opens_ms: Option<i64>,
    /// When it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closes_ms: Option<i64>,
}

impl StageSeen {
    /// Reads it.
    pub(super) fn of(record: &Record) -> Self {
        let changes = record.stages.iter();
        let last = changes.max_by_key(|(key, change)| (change.at_ms, *key));
        let last = last.map(|(_, change)| change);
        Self {
            stage: record.stage.as_word().to_owned(),
            opens_ms: last.and_then(|change| change.opens_ms),
            closes_ms: last.and_then(|change| change.closes_ms),
        }
    }
}

/// What the text says of itself to whoever may see this much of it.
#[derive(Default)]
struct TitleSeen {
    title: String,
    language: Option<String>,
    /// The heads at which that was read; none before the text opens.
    heads: Vec<ChangeHash>,
}

impl TitleSeen {
    fn of(text: &Automerge, seen: TextSeen) -> Self {
        let told = |mut text: Text, heads| Self {
            language: text.metadata.remove("language"),
            title: text.title,
            heads,
        };
        match seen {
            TextSeen::Newest => told(Text::read(text), text.get_heads()),
            // Heads that are not here are those of a milestone that an older copy does not know.
            TextSeen::At(heads) => match Text::read_at(text, &heads) {
                Ok(old) => told(old, heads),
                Err(_) => Self::default(),
            },
            TextSeen::NotBefore(_) => told(Text::read(text), Vec::new()),
        }
    }
}

/// Looks at a draft for whoever asks.
pub(super) async fn overview(
    relay: &Relay,
    asker: &Asker,
) -> Result<(Overview, Vec<GroupAnswer>), ApiError> {
    let rooms = draft_rooms(relay, asker.draft).await?;
    let (role, history) = (asker.role, asker.with_history());
    let look = move |record: &Automerge| {
        let record = Record::read(record);
        let seen = text_seen(role, history, &record, now_ms());
        (StageSeen::of(&record), groups_of(&record), seen)
    };
    let (stage, groups, seen) = rooms.record.look(look).await?;
    let TitleSeen {
        title,
        language,
        heads,
    } = rooms.text.look(|text| TitleSeen::of(text, seen)).await?;
    let participant = asker.participant();
    let overview = Overview {
        document_id: asker.draft.to_string(),
        title,
        language,
        role: role.as_str(),
        history,
        stage: stage.stage,
        stage_opens_ms: stage.opens_ms,
        stage_closes_ms: stage.closes_ms,
        heads: hex(&heads),
        participant: participant.map(|participant| participant.as_str().to_owned()),
        person: own_entry(asker),
        documents: asker.may_sync().then(|| Documents {
            record: rooms.record.id.to_string(),
            text: rooms.text.id.to_string(),
            discussion: rooms.discussion.id.to_string(),
        }),
    };
    Ok((overview, groups))
}

/// `GET /api/v1/drafts/{id}`
#[utoipa::path(
    get, path = "/drafts/{id}", tag = "drafts", operation_id = "look_at_draft",
    summary = "Title, stage, heads, and what one may do",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, body = Overview), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn look(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Json<Overview>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    Ok(Json(overview(&relay, &asker).await?.0))
}
