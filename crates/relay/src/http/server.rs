//! What a page or program has to know of a relay before it can offer anything.

use axum::Json;
use axum::extract::{Request, State};

use super::credentials::is_local;
use super::openapi::Refusals;
use crate::relay::Relay;
use crate::word::WordLimits;

/// What the relay can do for whoever asks.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct ServerAnswer {
    /// Its version.
    version: &'static str,
    /// Whether it makes Markdown of Word documents (`POST /convert`).
    word_import: bool,
    /// The largest Word document that it takes, in bytes.
    word_bytes: usize,
    /// Whether whoever asks needs the site secret for making drafts and for converting.
    site_secret: bool,
}

/// `GET /api/v1/server`
#[utoipa::path(
    get, path = "/server", tag = "drafts", operation_id = "look_at_server",
    summary = "What this relay can do for whoever asks",
    responses((status = 200, body = ServerAnswer), Refusals),
    extensions(("x-plenary-role" = json!("anybody")))
)]
pub(super) async fn look(State(relay): State<Relay>, request: Request) -> Json<ServerAnswer> {
    let pandoc = relay.config().pandoc.as_ref();
    let word_bytes = pandoc.map_or_else(
        || WordLimits::default().document_bytes,
        |pandoc| pandoc.limits().document_bytes,
    );
    Json(ServerAnswer {
        version: env!("CARGO_PKG_VERSION"),
        word_import: pandoc.is_some(),
        word_bytes,
        site_secret: !is_local(&relay, request.headers(), request.extensions()),
    })
}
