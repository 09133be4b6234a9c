//! What every answer tells browsers, and which pages may ask.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use crate::access::may_talk;
use crate::relay::Relay;

/// What the relay's own pages may load: only what the relay itself serves. The editor compiles
/// Automerge's WebAssembly, and shows exports and pictures that it holds in memory.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
     worker-src 'self'; frame-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'; object-src 'none'";

/// What a rendered draft may load: nothing, but the styles that stand in it, by their hashes.
pub(super) fn rendered_policy(style_hashes: &[String]) -> HeaderValue {
    let mut styles = String::new();
    for hash in style_hashes {
        styles.push_str(&format!(" 'sha256-{hash}'"));
    }
    let styles = if styles.is_empty() {
        " 'none'"
    } else {
        &styles
    };
    let policy = format!(
        "default-src 'none'; style-src{styles}; img-src 'self' data:; frame-ancestors 'self'; \
         base-uri 'none'; form-action 'none'; \
         sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    );
    // What is no header is no hash either: then the page is shown without style.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'self'; sandbox",
    ))
}

/// Adds the headers that an answer has not set itself.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // The headers of a 304 replace those that the browser keeps with the page, so the policy of our
    // own pages would shut a rendered draft out of the frame in which it is shown.
    let is_kept = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        if is_kept && name == header::CONTENT_SECURITY_POLICY {
            continue;
        }
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses pages of other origins, websockets included.
pub(super) async fn origin(State(relay): State<Relay>, request: Request, next: Next) -> Response {
    let config = relay.config();
    let public_url = config.public_url.as_deref();
    if may_talk(request.headers(), public_url, &config.allowed_origins) {
        next.run(request).await
    } else {
        ApiError::ForeignOrigin.into_response()
    }
}
