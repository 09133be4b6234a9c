//! The browser editor's built files: from a folder, or built into the program by the feature
//! `embed-web`.
//!
//! Names of files under `assets/` change with their bytes, so browsers keep those for good; the few
//! others are asked for each time and answered by a tag. `npm run build` writes compressed copies
//! beside the files, so nothing is compressed while somebody waits.

use std::borrow::Cow;
use std::path::{Component, Path};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::pages::{etag, matches_tag};
use crate::relay::Relay;

/// Files whose names change with their bytes.
const HASHED: &str = "assets/";
/// How long browsers keep those, in seconds: a year, the longest that caches honour.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Compressed copies, the smallest first: what browsers call them, and how their names end.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

#[cfg(feature = "embed-web")]
#[derive(rust_embed::Embed)]
#[folder = "../../web/dist"]
struct BuiltIn;

/// The bytes of a built-in file.
#[cfg(feature = "embed-web")]
fn built_in(name: &str) -> Option<Cow<'static, [u8]>> {
    BuiltIn::get(name).map(|file| file.data)
}

#[cfg(not(feature = "embed-web"))]
const fn built_in(_name: &str) -> Option<Cow<'static, [u8]>> {
    None
}

/// The editor's page, when there is an editor.
pub(super) async fn index(relay: &Relay, headers: &HeaderMap) -> Option<Response> {
    respond(relay, "index.html", headers).await
}

/// Any other file of the editor, by the path of the request.
pub(super) async fn file(
    State(relay): State<Relay>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let name = uri.path().trim_start_matches('/');
    let is_asked_for = matches!(method, Method::GET | Method::HEAD) && name != "index.html";
    let answer = if is_asked_for && is_plain(name) {
        respond(&relay, name, &headers).await
    } else {
        None
    };
    answer.unwrap_or_else(|| ApiError::NoSuchAddress.into_response())
}

/// Whether the name stays below the folder and is no compressed copy.
fn is_plain(name: &str) -> bool {
    let is_below = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let is_copy = ENCODINGS.iter().any(|(_, ending)| name.ends_with(ending));
    // What is encoded in an address is no name of ours.
    let is_ours = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
    !name.is_empty() && is_below && !is_copy && is_ours
}

async fn respond(relay: &Relay, name: &str, headers: &HeaderMap) -> Option<Response> {
    let (bytes, encoding) = find(relay, name, headers).await?;
    let tag = etag(&bytes);
    let mut response = if matches_tag(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(match bytes {
            Cow::Borrowed(bytes) => bytes::Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes::Bytes::from(bytes),
        }));
        let kind = HeaderValue::from_static(media_type(name));
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    };
    let cache = if name.starts_with(HASHED) {
        FOR_GOOD
    } else {
        "no-cache"
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    all.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        all.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        all.insert(header::ETAG, tag);
    }
    Some(response)
}

/// A file's bytes and how they are compressed: the smallest copy that the browser understands.
async fn find(
    relay: &Relay,
    name: &str,
    headers: &HeaderMap,
) -> Option<(Cow<'static, [u8]>, Option<&'static str>)> {
    for (encoding, ending) in ENCODINGS {
        if understands(headers, encoding)
            && let Some(bytes) = read(relay, &format!("{name}{ending}")).await
        {
            return Some((bytes, Some(encoding)));
        }
    }
    read(relay, name).await.map(|bytes| (bytes, None))
}

async fn read(relay: &Relay, name: &str) -> Option<Cow<'static, [u8]>> {
    match &relay.config().web_folder {
        // Absent files and folders are ordinary here: not everybody builds the editor.
        Some(folder) => tokio::fs::read(folder.join(name))
            .await
            .ok()
            .map(Cow::Owned),
        None => built_in(name),
    }
}

/// Whether a browser takes an encoding (RFC 9110, section 12.5.3).
fn understands(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let is_it = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let is_refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .is_some_and(|weight| weight.trim_end_matches(['0', '.']).is_empty())
            });
            is_it && !is_refused
        })
}

/// The media type by the ending of a name.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        for name in ["sw.js", "assets/index-Cd3f_a.js", "help/review.html"] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "",
            "..",
            "../secret",
            "assets/../../secret",
            "/etc/passwd",
            "assets/./x.js",
            "%2e%2e/secret",
            "assets/index.js.br",
            "a\\b",
        ] {
            // A single dot in the middle names the same file and does no harm.
            assert!(!is_plain(name) || name.contains("/./"), "{name}");
        }
    }

    #[test]
    fn encodings_are_taken_unless_refused() {
        for (value, expected) in [
            ("br", true),
            ("gzip, deflate, br;q=0.5", true),
            ("gzip, BR", true),
            ("gzip", false),
            ("br;q=0", false),
            ("br;q=0.000, gzip", false),
            ("brotli", false),
        ] {
            let headers: HeaderMap = [(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]
                .into_iter()
                .collect();
            assert_eq!(understands(&headers, "br"), expected, "{value}");
        }
    }
}
