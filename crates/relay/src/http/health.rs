//! Whether the relay is alive, ready, and how it does.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::relay::Relay;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the storage takes writes.
pub(super) async fn ready(State(relay): State<Relay>) -> Response {
    match relay.storage().probe().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(code = error.code(), %error, "not ready");
            let text = format!("not ready: storage {}\n", error.code());
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

/// `GET /metrics`: numbers in Prometheus' text format.
pub(super) async fn metrics(State(relay): State<Relay>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, relay.metrics().render()).into_response()
}
