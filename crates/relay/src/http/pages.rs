//! The small pages, built into the program: they need no build and work without script where they
//! only show a draft. The editor itself is in `editor`.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::editor;
use super::error::ApiError;
use super::extract::At;
use crate::relay::Relay;

/// One file of the pages.
struct Page {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

/// Builds the list of files from their names.
macro_rules! pages {
    ($($name:literal: $kind:literal,)*) => {
        &[$(Page {
            name: $name,
            kind: $kind,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/pages/", $name)),
        },)*]
    };
}

/// All files of the pages. A file that is not in this list is not served.
const PAGES: &[Page] = pages! {
    "index.html": "text/html; charset=utf-8",
    "draft.html": "text/html; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "draft.js": "text/javascript; charset=utf-8",
    "shared.js": "text/javascript; charset=utf-8",
    "shared.css": "text/css; charset=utf-8",
    "start.css": "text/css; charset=utf-8",
    "draft.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
};

/// The page of those who only read, what the pages load, and, where the editor was not built, the
/// start page and a draft's page.
pub(super) fn routes() -> Router<Relay> {
    Router::new()
        .route("/", get(start))
        .route("/d/{id}", get(draft))
        .route(
            "/read/{id}",
            get(|headers: HeaderMap| async move { page("draft.html", &headers) })
                .post(super::session::open_form),
        )
        .route("/pages/{name}", get(named))
        .route(
            "/favicon.ico",
            get(|headers: HeaderMap| async move { page("icon.svg", &headers) }),
        )
}

async fn start(State(relay): State<Relay>, headers: HeaderMap) -> Response {
    match editor::index(&relay, &headers).await {
        Some(index) => index,
        None => page("index.html", &headers),
    }
}

async fn draft(State(relay): State<Relay>, headers: HeaderMap) -> Response {
    match editor::index(&relay, &headers).await {
        Some(index) => index,
        None => page("draft.html", &headers),
    }
}

/// A file by its name.
async fn named(At(name): At<String>, headers: HeaderMap) -> Response {
    page(&name, &headers)
}

/// Answers with a file, or with 304 when the browser has it. Pages change with the program, so the
/// browser asks each time, and is answered by a few bytes.
fn page(name: &str, headers: &HeaderMap) -> Response {
    let Some(page) = PAGES.iter().find(|page| page.name == name) else {
        return ApiError::NoSuchAddress.into_response();
    };
    let tag = etag(page.bytes);
    let mut response = if matches_tag(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(page.bytes));
        let kind = HeaderValue::from_static(page.kind);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// A tag that changes with the bytes.
pub(super) fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("\"{}\"", bs58::encode(&digest[..16]).into_string())
}

/// Whether the browser has what the tag names.
pub(super) fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|candidate| candidate.trim().trim_start_matches("W/") == tag)
}
