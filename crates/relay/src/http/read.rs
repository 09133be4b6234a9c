//! Reading drafts.

use std::sync::Arc;

use automerge::{Automerge, ChangeHash};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use plenary_draft::{DocumentId, Draft, DraftDocument, Record, Text};
use serde_json::json;

use super::bundle;
use super::caller::{Asker, Caller};
use super::create::{BUNDLE_TYPE, blocking};
use super::error::ApiError;
use super::extract::At;
use super::openapi::Refusals;
use super::pages::{etag, matches_tag};
use super::people::People;
use super::rendered::Version;
use super::rooms::{DraftRooms, draft_rooms};
use super::security::rendered_policy;
use crate::access::{Reading, Role, TextSeen, least_role, text_seen};
use crate::clock::now_ms;
use crate::relay::Relay;
use crate::render::{RenderInput, RenderedPage};

/// Finds a draft's documents for a request that may read them in this way.
async fn admitted(
    relay: &Relay,
    caller: &Caller,
    id: &str,
    reading: Reading,
) -> Result<(Asker, DraftRooms), ApiError> {
    let asker = caller.in_draft(relay, id).await?;
    if !asker.with_history() {
        asker.require(least_role(reading))?;
    }
    let rooms = draft_rooms(relay, asker.draft).await?;
    Ok((asker, rooms))
}

/// The text as whoever asks may read it.
pub(super) async fn seen_text(
    asker: &Asker,
    rooms: &DraftRooms,
) -> Result<(Text, Vec<ChangeHash>), ApiError> {
    let (role, history) = (asker.role, asker.with_history());
    let seen = rooms
        .record
        .look(move |record| text_seen(role, history, &Record::read(record), now_ms()))
        .await?;
    let read = move |text: &Automerge| match seen {
        TextSeen::Newest => Ok((Text::read(text), text.get_heads())),
        TextSeen::At(heads) => match Text::read_at(text, &heads) {
            Ok(old) => Ok((old, heads)),
            // A milestone whose changes are not here: the site was restored from a backup that is older.
            Err(_) => Err(ApiError::Unavailable(
                "the version that may be read is not back on this relay yet".into(),
            )),
        },
        TextSeen::NotBefore(opens_ms) => Err(ApiError::NotOpenYet { opens_ms }),
    };
    rooms.text.look(read).await?
}

/// Heads as they stand in answers.
pub(super) fn hex(heads: &[ChangeHash]) -> Vec<String> {
    heads.iter().map(ToString::to_string).collect()
}

/// `GET /api/v1/drafts/{id}/markdown`: the source, byte for byte as its authors wrote it.
#[utoipa::path(
    get, path = "/drafts/{id}/markdown", tag = "drafts", operation_id = "read_markdown",
    summary = "The text as its authors wrote it",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, content_type = "text/markdown", body = String), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn markdown(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let (asker, rooms) = admitted(&relay, &caller, &id, Reading::Text).await?;
    let (text, heads) = seen_text(&asker, &rooms).await?;
    let mut response = file(text.source().to_bytes(), "text/markdown; charset=utf-8");
    add_heads(&mut response, &heads);
    Ok(response)
}

/// `GET /api/v1/drafts/{id}/html`: the text as it may be read, rendered.
#[utoipa::path(
    get, path = "/drafts/{id}/html", tag = "drafts", operation_id = "read_html",
    summary = "The text as a page",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, content_type = "text/html", body = String),
              (status = 304, description = "It is as the browser has it"), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn html(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (asker, rooms) = admitted(&relay, &caller, &id, Reading::Text).await?;
    let (text, heads) = seen_text(&asker, &rooms).await?;
    let stage = rooms
        .record
        .look(|record| Record::read(record).stage.as_word().to_owned())
        .await?;
    let tag = etag(format!("{} {stage}", hex(&heads).join(" ")).as_bytes());
    let version = Version { heads, stage };
    let heads = version.heads.clone();
    let render = || render(&relay, asker.draft, version.clone(), text);
    let page = relay
        .rendered()
        .page(asker.draft, version.clone(), render)
        .await?;
    let mut response = if matches_tag(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // All who read a page at once share its bytes.
        let shared = Bytes::from_owner(Html(Arc::clone(&page)));
        file(shared, "text/html; charset=utf-8")
    };
    // Also where the browser has the page: it takes the policy of the newest answer.
    let policy = rendered_policy(&page.style_hashes);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    add_heads(&mut response, &heads);
    Ok(tagged(response, &tag))
}

/// Renders a draft in this version.
async fn render(
    relay: &Relay,
    draft: DocumentId,
    version: Version,
    text: Text,
) -> Result<Arc<RenderedPage>, ApiError> {
    let renderer = Arc::clone(relay.renderer());
    blocking(move || {
        let input = RenderInput {
            draft,
            markdown: String::from_utf8_lossy(&text.source().to_bytes()).into_owned(),
            language: text.metadata.get("language").cloned(),
            title: text.title,
            heads: version.heads,
            stage: version.stage,
        };
        Ok(Arc::new(renderer.html(&input)?))
    })
    .await
}

/// `GET /api/v1/drafts/{id}/bundle`: the whole draft in one file, its history included.
#[utoipa::path(
    get, path = "/drafts/{id}/bundle", tag = "drafts", operation_id = "take_bundle",
    summary = "The whole draft in one file, its history included",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, content_type = "application/vnd.plenary.bundle", body = Vec<u8>), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("reviewer")))
)]
pub(super) async fn bundle(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let (asker, rooms) = admitted(&relay, &caller, &id, Reading::Bundle).await?;
    let part = async |place: &super::rooms::Place| {
        Ok::<_, ApiError>(DraftDocument {
            id: place.id,
            document: place.copy().await?,
        })
    };
    let draft = Draft {
        record: part(&rooms.record).await?,
        text: part(&rooms.text).await?,
        discussion: part(&rooms.discussion).await?,
    };
    let people = relay.storage().people(asker.draft).await?;
    let bytes = blocking(move || bundle::pack(draft, &people)).await?;
    if asker.admission.is_some() {
        let noted = asker.note(&relay, "bundle-exported", json!({}));
        if let Err(error) = noted.await {
            // A full disk must not keep anybody from taking their draft away.
            tracing::warn!(%error, "an export could not be noted in the audit trail");
        }
    }
    Ok(file(bytes, BUNDLE_TYPE))
}

/// `GET /api/v1/drafts/{id}/history`: who changed the text when, as the relay saw it, oldest first.
#[utoipa::path(
    get, path = "/drafts/{id}/history", tag = "drafts", operation_id = "read_history",
    summary = "Who changed the text when, as the relay saw it, oldest first",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, body = HistoryAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("reviewer")))
)]
pub(super) async fn history(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Json<HistoryAnswer>, ApiError> {
    let (asker, rooms) = admitted(&relay, &caller, &id, Reading::History).await?;
    let records = relay.storage().change_records(rooms.text.id).await?;
    let people = People::of(&relay, &asker).await?;
    let tells_ids = asker.role >= Role::Reviewer;
    let changes = records.into_iter().map(|record| {
        let person = people.find(record.participant.as_str());
        let tells_time = people.tells_times_of(&record.participant, None);
        let author = person.map_or(&record.participant, |person| &person.participant);
        HistoryEntry {
            hash: record.hash.to_string(),
            actor: record.actor.to_string(),
            participant: tells_ids.then(|| author.as_str().to_owned()),
            received_ms: tells_time.then_some(record.received_ms),
        }
    });
    Ok(Json(HistoryAnswer {
        document_id: asker.draft.to_string(),
        text: rooms.text.id.to_string(),
        changes: changes.collect(),
    }))
}

/// The history of a text.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct HistoryAnswer {
    /// The draft's id.
    document_id: String,
    /// The id of the text's document.
    text: String,
    /// Its changes, oldest first.
    changes: Vec<HistoryEntry>,
}

/// One change.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct HistoryEntry {
    /// Its hash, in hexadecimal.
    hash: String,
    /// The actor that made it, in hexadecimal.
    actor: String,
    /// Whose it is. Readers are not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    participant: Option<String>,
    /// When the relay received it, in milliseconds since the Unix epoch. Not told of those who
    /// asked to be withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_ms: Option<i64>,
}

/// A rendered page as its bytes.
struct Html(Arc<RenderedPage>);

impl AsRef<[u8]> for Html {
    fn as_ref(&self) -> &[u8] {
        self.0.html.as_bytes()
    }
}

fn file(bytes: impl IntoResponse, kind: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

/// Says at which heads an answer was made.
fn add_heads(response: &mut Response, heads: &[ChangeHash]) {
    if let Ok(value) = HeaderValue::from_str(&hex(heads).join(" ")) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("plenary-heads"), value);
    }
}

/// Lets the browser ask whether anything is new, each time.
fn tagged(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
