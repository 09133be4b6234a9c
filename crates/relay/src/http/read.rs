//! Reading drafts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use automerge::{Automerge, ChangeHash};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_draft::{DocumentId, Draft, DraftDocument, Record, Text};

use super::bundle;
use super::create::{BUNDLE_TYPE, blocking};
use super::credentials::{require, role};
use super::error::ApiError;
use super::pages::{etag, matches_tag};
use super::rooms::{DraftRooms, draft_rooms};
use super::security::RENDERED_POLICY;
use crate::access::{Reading, Role, least_role};
use crate::relay::Relay;
use crate::render::RenderInput;

/// So many rendered drafts are kept: viewers look again and again, and seldom is anything new.
const RENDERED_DRAFTS: usize = 64;

/// Rendered drafts, each for the heads that it was rendered at.
#[derive(Default)]
pub(crate) struct RenderCache(Mutex<BTreeMap<DocumentId, Rendered>>);

/// A page and the heads that it was rendered at.
struct Rendered {
    heads: Vec<ChangeHash>,
    html: Arc<str>,
}

impl RenderCache {
    fn get(&self, draft: DocumentId, heads: &[ChangeHash]) -> Option<Arc<str>> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rendered = cache.get(&draft)?;
        (rendered.heads == heads).then(|| Arc::clone(&rendered.html))
    }

    fn put(&self, draft: DocumentId, heads: Vec<ChangeHash>, html: &Arc<str>) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= RENDERED_DRAFTS && !cache.contains_key(&draft) {
            cache.pop_first();
        }
        let html = Arc::clone(html);
        cache.insert(draft, Rendered { heads, html });
    }
}

/// Finds a draft's documents for a request that may read them in this way.
async fn admitted(
    relay: &Relay,
    headers: &HeaderMap,
    id: &str,
    reading: Reading,
) -> Result<(DocumentId, Role, DraftRooms), ApiError> {
    let draft: DocumentId = id.parse()?;
    let role = role(relay, headers, draft, None).await?;
    require(role, least_role(reading))?;
    Ok((draft, role, draft_rooms(relay, draft).await?))
}

fn hex(heads: &[ChangeHash]) -> Vec<String> {
    heads.iter().map(ToString::to_string).collect()
}

/// `GET /api/v1/drafts/{id}`: title, role, stage and heads.
pub(super) async fn draft(
    State(relay): State<Relay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<serde_json::Value>, ApiError> {
    let (draft, role, rooms) = admitted(&relay, &headers, &id, Reading::Overview).await?;
    let (title, heads) = rooms
        .text
        .look(|text| (Text::read(text).title, text.get_heads()))
        .await?;
    let stage = rooms
        .record
        .look(|record| Record::read(record).stage.as_word().to_owned())
        .await?;
    Ok(Json(serde_json::json!({
        "document_id": draft.to_string(),
        "title": title,
        "role": role.as_str(),
        "stage": stage,
        "heads": hex(&heads),
    })))
}

/// `GET /api/v1/drafts/{id}/markdown`: the source, byte for byte as its authors wrote it.
pub(super) async fn markdown(
    State(relay): State<Relay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (.., rooms) = admitted(&relay, &headers, &id, Reading::Text).await?;
    let (bytes, heads) = rooms
        .text
        .look(|text| (Text::read(text).source().to_bytes(), text.get_heads()))
        .await?;
    let mut response = file(bytes, "text/markdown; charset=utf-8");
    add_heads(&mut response, &heads);
    Ok(response)
}

/// `GET /api/v1/drafts/{id}/html`: the text as a page.
pub(super) async fn html(
    State(relay): State<Relay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (draft, _, rooms) = admitted(&relay, &headers, &id, Reading::Text).await?;
    let heads = rooms.text.look(Automerge::get_heads).await?;
    let tag = etag(hex(&heads).join(" ").as_bytes());
    if matches_tag(&headers, &tag) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    let (html, heads) = match relay.rendered().get(draft, &heads) {
        Some(html) => (html, heads),
        None => render(&relay, draft, &rooms).await?,
    };
    let mut response = file(html.as_bytes().to_vec(), "text/html; charset=utf-8");
    let policy = HeaderValue::from_static(RENDERED_POLICY);
    let all = response.headers_mut();
    all.insert(header::CONTENT_SECURITY_POLICY, policy);
    add_heads(&mut response, &heads);
    let tag = etag(hex(&heads).join(" ").as_bytes());
    Ok(tagged(response, &tag))
}

/// Renders a draft as it stands now.
async fn render(
    relay: &Relay,
    draft: DocumentId,
    rooms: &DraftRooms,
) -> Result<(Arc<str>, Vec<ChangeHash>), ApiError> {
    let stage = rooms
        .record
        .look(|record| Record::read(record).stage.as_word().to_owned())
        .await?;
    let (text, heads) = rooms
        .text
        .look(|text| (Text::read(text), text.get_heads()))
        .await?;
    let renderer = Arc::clone(relay.renderer());
    let at = heads.clone();
    let html: Arc<str> = blocking(move || {
        let input = RenderInput {
            draft,
            markdown: String::from_utf8_lossy(&text.source().to_bytes()).into_owned(),
            language: text.metadata.get("language").cloned(),
            title: text.title,
            heads: at,
            stage,
        };
        Ok(renderer.html(&input)?.into())
    })
    .await?;
    relay.rendered().put(draft, heads.clone(), &html);
    Ok((html, heads))
}

/// `GET /api/v1/drafts/{id}/bundle`: the whole draft in one file, its history included.
pub(super) async fn bundle(
    State(relay): State<Relay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (.., rooms) = admitted(&relay, &headers, &id, Reading::Bundle).await?;
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
    let bytes = blocking(move || bundle::pack(draft)).await?;
    Ok(file(bytes, BUNDLE_TYPE))
}

/// `GET /api/v1/drafts/{id}/history`: who changed the text when, as the relay saw it, oldest first.
pub(super) async fn history(
    State(relay): State<Relay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<serde_json::Value>, ApiError> {
    let (draft, _, rooms) = admitted(&relay, &headers, &id, Reading::History).await?;
    let records = relay.storage().change_records(rooms.text.id).await?;
    let changes: Vec<serde_json::Value> = records
        .iter()
        .map(|record| {
            serde_json::json!({
                "hash": record.hash.to_string(),
                "actor": record.actor.to_string(),
                "participant": record.participant.as_str(),
                "received_ms": record.received_ms,
            })
        })
        .collect();
    Ok(Json(serde_json::json!({
        "document_id": draft.to_string(),
        "text": rooms.text.id.to_string(),
        "changes": changes,
    })))
}

fn file(bytes: Vec<u8>, kind: &'static str) -> Response {
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
