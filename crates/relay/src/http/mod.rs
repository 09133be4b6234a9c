//! The HTTP interface: creating and reading drafts, the pages, health and numbers, and the door to
//! the websockets.
//!
//! - `error` is the one place that says which failure has which status.
//! - `credentials` finds out what a request may do.

mod bundle;
mod create;
mod credentials;
mod editor;
mod error;
mod health;
mod pages;
mod read;
mod rooms;
mod security;
mod session;
mod sync;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub(crate) use read::RenderCache;

use crate::relay::Relay;

/// All that the relay answers over HTTP, websockets included. Tests call it without a socket.
pub fn app(relay: Relay) -> Router {
    let bounds = &relay.config().bounds;
    let (body, bundle) = (bounds.body_bytes, bounds.bundle_bytes);
    let api = Router::new()
        .route("/drafts/{id}", get(read::draft))
        .route("/drafts/{id}/markdown", get(read::markdown))
        .route("/drafts/{id}/html", get(read::html))
        .route("/drafts/{id}/bundle", get(read::bundle))
        .route("/drafts/{id}/history", get(read::history))
        .route("/session", post(session::exchange))
        .layer(DefaultBodyLimit::max(body))
        .route("/drafts", post(create::create))
        .route("/drafts/import", post(create::import))
        .layer(DefaultBodyLimit::max(bundle.max(body)))
        .fallback(error::no_such_address);
    Router::new()
        .nest("/api/v1", api)
        .route("/sync", get(sync::sync))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(pages::routes())
        .fallback(editor::file)
        .layer(axum::middleware::from_fn(security::headers))
        .layer(axum::middleware::from_fn_with_state(
            relay.clone(),
            security::origin,
        ))
        .with_state(relay)
}
