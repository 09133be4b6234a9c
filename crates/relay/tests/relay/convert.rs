//! Word documents over HTTP, with a script in the place of pandoc.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use plenary_relay::access::SiteSecret;
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::word::{Pandoc, WordLimits};
use plenary_relay::{Bounds, Relay, RelayConfig};
use serde_json::json;
use tempfile::TempDir;

use super::start::{get, json as json_of, quick, relay, request, send};
use super::visitor::{Answer, answer};

/// Says of a document that is none that it is none.
const SCRIPT: &str = r#"#!/bin/sh
case "$*" in *"--from markdown"*) printf 'A *line*.\n'; exit 0;; esac
if grep -q damaged; then exit 63; fi
echo 'plenary-pictures 1' >&2
printf '# From Word\n'
"#;
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// The script, which is there as long as its folder.
async fn pandoc(limits: WordLimits) -> (Pandoc, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pandoc");
    std::fs::write(&path, SCRIPT).expect("written");
    let may_run = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, may_run).expect("may run");
    let found = Pandoc::find(Some(&path), limits).await;
    let found = found.expect("it works").expect("it was named");
    (found, folder)
}

async fn fresh(limits: WordLimits) -> (Relay, Pandoc, TempDir) {
    let (pandoc, folder) = pandoc(limits).await;
    let config = RelayConfig {
        pandoc: Some(pandoc.clone()),
        ..quick()
    };
    let relay = relay(config, Arc::new(MemoryStorage::new()));
    (relay, pandoc, folder)
}

fn convert(kind: &str, document: &[u8]) -> Request<Body> {
    request(Method::POST, "/api/v1/convert")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(document.to_vec()))
        .expect("a request")
}

async fn converted(relay: &Relay, kind: &str, document: &[u8]) -> Answer {
    answer(send(relay, convert(kind, document)).await).await
}

#[tokio::test]
async fn a_word_document_becomes_markdown() {
    let (relay, _, _folder) = fresh(WordLimits::default()).await;
    let server = json_of(get(&relay, "/api/v1/server", None).await).await;
    assert_eq!(server["word_import"], true);
    assert_eq!(server["word_bytes"], 20 << 20);
    assert_eq!(server["site_secret"], false);
    for kind in [WORD, "application/octet-stream"] {
        let answer = converted(&relay, kind, b"PK\x03\x04 and more").await;
        let expected = json!({"markdown": "# From Word\n", "pictures": 1});
        assert_eq!(answer.ok(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_converted_is_told_why() {
    let limits = WordLimits {
        document_bytes: 100,
        at_once: 1,
        waiting: 0,
        ..WordLimits::default()
    };
    let (relay, pandoc, _folder) = fresh(limits).await;
    for (kind, document, expected) in [
        (WORD, b"PK\x03\x04 damaged".to_vec(), (422, "not_word")),
        (WORD, b"%PDF-1.7".to_vec(), (422, "not_word")),
        (WORD, Vec::new(), (422, "not_word")),
        (WORD, vec![b'x'; 101], (413, "too_large")),
        ("text/plain", b"PK\x03\x04".to_vec(), (400, "bad_request")),
    ] {
        let answer = converted(&relay, kind, &document).await;
        assert_eq!(answer.refused(), expected);
    }
    let place = pandoc.place().expect("all were given back");
    let busy = send(&relay, convert(WORD, b"PK\x03\x04")).await;
    assert_eq!(busy.headers()[header::RETRY_AFTER], "5");
    assert_eq!(answer(busy).await.refused(), (503, "busy"));
    drop(place);
    converted(&relay, WORD, b"PK\x03\x04").await.ok();
}

#[tokio::test]
async fn a_relay_without_pandoc_says_so() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let server = json_of(get(&relay, "/api/v1/server", None).await).await;
    assert_eq!(server["word_import"], false);
    let answer = converted(&relay, WORD, b"PK\x03\x04").await;
    assert_eq!(answer.refused(), (501, "no_pandoc"));
    let words = answer.body["detail"].as_str().expect("text");
    assert!(words.starts_with("this server has no pandoc: "), "{words}");
}

#[tokio::test]
async fn from_elsewhere_it_takes_the_site_secret_and_has_the_limit_of_making_drafts() {
    let (pandoc, _folder) = pandoc(WordLimits::default()).await;
    let config = RelayConfig {
        pandoc: Some(pandoc),
        site_secret: Some(SiteSecret::new("opensesame")),
        public_url: Some("https://drafts.example.org".into()),
        bounds: Bounds {
            drafts_per_minute: 2,
            ..quick().bounds
        },
        ..quick()
    };
    let relay = relay(config, Arc::new(MemoryStorage::new()));
    let server = json_of(get(&relay, "/api/v1/server", None).await).await;
    assert_eq!(server["site_secret"], true);
    let ask = async |secret: Option<&str>| {
        let mut request = convert(WORD, b"PK\x03\x04");
        let peer: std::net::SocketAddr = "203.0.113.9:4711".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(secret) = secret {
            let bearer = format!("Bearer {secret}").parse().expect("a header");
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        answer(send(&relay, request).await).await
    };
    assert_eq!(ask(None).await.refused(), (401, "no_site_secret"));
    assert_eq!(
        ask(Some("wrong")).await.refused(),
        (403, "wrong_site_secret")
    );
    ask(Some("opensesame")).await.ok();
    ask(Some("opensesame")).await.ok();
    assert_eq!(ask(Some("opensesame")).await.refused(), (429, "too_fast"));
}
