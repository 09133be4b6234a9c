//! The editor's built files, served from a folder.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode, header};
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::{Relay, RelayConfig};

use super::start::{body, get, quick, relay, request, send};

/// A folder as the editor's build leaves it, with a secret beside it.
fn built() -> (tempfile::TempDir, Relay) {
    let place = tempfile::tempdir().expect("a folder");
    let dist = place.path().join("dist");
    std::fs::create_dir_all(dist.join("assets")).expect("a folder");
    for (name, text) in [
        ("dist/index.html", "<title>the editor</title>"),
        ("dist/sw.js", "// a service worker"),
        ("dist/assets/index-1a2b.js", "// plain"),
        ("dist/assets/index-1a2b.js.br", "// as brotli"),
        ("dist/assets/index-1a2b.js.gz", "// as gzip"),
        ("secret.txt", "not for anybody"),
    ] {
        std::fs::write(place.path().join(name), text).expect("a file");
    }
    let config = RelayConfig {
        web_folder: Some(dist),
        ..quick()
    };
    (place, relay(config, Arc::new(MemoryStorage::new())))
}

async fn get_encoded(relay: &Relay, path: &str, encodings: &str) -> Response<Body> {
    let request = request(Method::GET, path)
        .header(header::ACCEPT_ENCODING, encodings)
        .body(Body::empty())
        .expect("a request");
    send(relay, request).await
}

#[tokio::test]
async fn the_editor_takes_the_place_of_the_small_pages_but_one() {
    let (_place, relay) = built();
    for path in ["/", "/d/anything"] {
        let answer = get(&relay, path, None).await;
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache");
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str();
        assert!(policy.expect("text").contains("'wasm-unsafe-eval'"));
        assert_eq!(body(answer).await, b"<title>the editor</title>", "{path}");
    }
    let reading = body(get(&relay, "/read/anything", None).await).await;
    assert!(String::from_utf8_lossy(&reading).contains("/pages/draft.js"));
}

#[tokio::test]
async fn hashed_files_are_kept_for_good_and_come_compressed() {
    let (_place, relay) = built();
    let path = "/assets/index-1a2b.js";
    for (encodings, expected, bytes) in [
        ("gzip, br", Some("br"), "// as brotli"),
        ("gzip", Some("gzip"), "// as gzip"),
        ("br;q=0", None, "// plain"),
    ] {
        let answer = get_encoded(&relay, path, encodings).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let headers = answer.headers();
        let kind = headers[header::CONTENT_TYPE].to_str().expect("text");
        assert!(kind.starts_with("text/javascript"));
        let cache = headers[header::CACHE_CONTROL].to_str().expect("text");
        assert!(cache.contains("immutable"));
        let encoding = headers.get(header::CONTENT_ENCODING);
        assert_eq!(encoding.and_then(|value| value.to_str().ok()), expected);
        assert_eq!(headers[header::VARY], "accept-encoding");
        assert_eq!(body(answer).await, bytes.as_bytes());
    }
    let worker = get(&relay, "/sw.js", None).await;
    assert_eq!(worker.headers()[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn nothing_outside_of_the_folder_is_served() {
    let (_place, relay) = built();
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/index-1a2b.js.br",
        "//etc/passwd",
        "/assets",
        "/index.html",
        "/missing.js",
    ] {
        let answer = get(&relay, path, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let posted = request(Method::POST, "/sw.js").body(Body::empty());
    let answer = send(&relay, posted.expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
