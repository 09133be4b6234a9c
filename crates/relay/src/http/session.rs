//! Exchanging a link's secret for a session cookie, so that the browser sends it along and no
//! script and no address ever holds it.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use plenary_draft::DocumentId;

use super::credentials::{cookie_name, role_of};
use super::error::ApiError;
use crate::access::LinkSecret;
use crate::config::AccessMode;
use crate::relay::Relay;

/// How long a browser keeps the cookie, in seconds: 30 days.
const COOKIE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// What a page sends.
#[derive(serde::Deserialize)]
pub(super) struct Exchange {
    document_id: String,
    secret: String,
}

/// `POST /api/v1/session`: sets the cookie and says what the link allows.
///
/// The cookie holds the secret itself: the relay keeps no sessions, and a link that is withdrawn
/// opens nothing from that moment on.
pub(super) async fn exchange(
    State(relay): State<Relay>,
    body: Result<Json<Exchange>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(body) = body.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let draft: DocumentId = body.document_id.parse()?;
    if relay.config().access == AccessMode::Open {
        let answer = serde_json::json!({"document_id": draft.to_string(), "role": "facilitator"});
        return Ok(Json(answer).into_response());
    }
    let secret: LinkSecret = body.secret.parse().map_err(|_| ApiError::WrongSecret)?;
    let role = role_of(&relay, draft, &secret).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookie(&relay, draft, &secret)?);
    let answer = serde_json::json!({"document_id": draft.to_string(), "role": role.as_str()});
    Ok((headers, Json(answer)).into_response())
}

/// The cookie: out of reach for scripts and for other sites.
fn cookie(relay: &Relay, draft: DocumentId, secret: &LinkSecret) -> Result<HeaderValue, ApiError> {
    let is_secure = relay
        .config()
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"));
    let text = format!(
        "{}={}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict{}",
        cookie_name(draft),
        secret.reveal(),
        if is_secure { "; Secure" } else { "" }
    );
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| ApiError::Internal("a cookie could not be written"))?;
    value.set_sensitive(true);
    Ok(value)
}
