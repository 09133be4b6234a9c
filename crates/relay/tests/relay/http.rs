//! The HTTP interface without a socket.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use plenary_draft::{Bundle, BundleLimits};
use plenary_relay::RelayConfig;
use plenary_relay::access::SiteSecret;
use plenary_relay::storage::StorageError;
use plenary_relay::storage::memory::MemoryStorage;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::start::{
    STYLE_HASH, body, get, json, make, post, quick, quick_open, relay, request, send,
};
use super::visitor::Visitor;

fn fresh(config: RelayConfig) -> plenary_relay::Relay {
    relay(config, Arc::new(MemoryStorage::new()))
}

#[tokio::test]
async fn a_draft_is_made_and_read_again() {
    let relay = fresh(quick());
    let source = "\u{feff}# Title\r\n\r\nSome *text*.\r\n";
    let made = make(&relay, source).await;
    assert_eq!(made.answer["title"], "A title");
    let server = made.answer["server"].as_str().expect("a server");
    let sync_url = made.answer["sync_url"].as_str().expect("an address");
    let expected = format!(
        "{}/sync?access={}&draft={}",
        server.replacen("http", "ws", 1),
        made.secret("editor"),
        made.id
    );
    assert_eq!(sync_url, expected);
    let secret = made.secret("viewer");
    let path = format!("/api/v1/drafts/{}", made.id);
    let overview = json(get(&relay, &path, Some(&secret)).await).await;
    assert_eq!(overview["title"], "A title");
    assert_eq!(overview["role"], "viewer");
    assert_eq!(overview["stage"], "drafting");
    let markdown = get(&relay, &format!("{path}/markdown"), Some(&secret)).await;
    assert_eq!(body(markdown).await, source.as_bytes());
    let html = get(&relay, &format!("{path}/html"), Some(&secret)).await;
    let policy = html.headers()[header::CONTENT_SECURITY_POLICY].clone();
    let expected = format!("default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src");
    let words = policy.to_str().expect("text");
    assert!(words.starts_with(&expected), "{words}");
    assert!(!words.contains("unsafe"), "{words}");
    let tag = html.headers()[header::ETAG].clone();
    assert!(String::from_utf8_lossy(&body(html).await).contains("Some *text*."));
    let again = request(Method::GET, &format!("{path}/html"))
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::IF_NONE_MATCH, tag)
        .body(Body::empty())
        .expect("a request");
    let again = send(&relay, again).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    // A browser that keeps the page takes the policy of this answer.
    assert_eq!(again.headers()[header::CONTENT_SECURITY_POLICY], policy);
}

#[tokio::test]
async fn a_template_begins_a_draft() {
    let relay = fresh(quick());
    let body = serde_json::json!({"title": "T", "template": "report"});
    let made = json(post(&relay, "/api/v1/drafts", &body).await).await;
    let link = made["links"]["editor"].as_str().expect("a link");
    let secret = link.split('#').nth(1).expect("a secret");
    let id = made["document_id"].as_str().expect("an id");
    let path = format!("/api/v1/drafts/{id}/markdown");
    let markdown = get(&relay, &path, Some(secret)).await;
    assert_eq!(super::start::body(markdown).await, b"# Report\n");
    let unknown = serde_json::json!({"title": "T", "template": "poem"});
    let answer = post(&relay, "/api/v1/drafts", &unknown).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let error = json(answer).await;
    let message = error["detail"].as_str().expect("a message");
    assert!(message.contains("report"), "{message}");
}

#[tokio::test]
async fn a_draft_begins_in_a_language() {
    let relay = fresh(quick());
    let begun = async |body: serde_json::Value| {
        let made = json(post(&relay, "/api/v1/drafts", &body).await).await;
        let link = made["links"]["editor"].as_str().expect("a link");
        let secret = link.split('#').nth(1).expect("a secret").to_owned();
        let id = made["document_id"].as_str().expect("an id");
        let path = format!("/api/v1/drafts/{id}/markdown");
        let markdown = get(&relay, &path, Some(&secret)).await;
        super::start::body(markdown).await
    };
    let template =
        |tag: &str| serde_json::json!({"title": "T", "template": "report", "language": tag});
    assert_eq!(begun(template("fr")).await, b"# Rapport\n");
    assert_eq!(begun(template("en-gb")).await, b"# Report\n");
    // A template that is not there in the language comes in English.
    assert_eq!(begun(template("ar")).await, b"# Report\n");
    assert_eq!(
        begun(serde_json::json!({"title": "T", "language": "ru"})).await,
        b""
    );
    let answer = post(&relay, "/api/v1/drafts", &template("tlh")).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let error = json(answer).await;
    assert_eq!(error["code"], "no_such_language");
    let detail = error["detail"].as_str().expect("words");
    assert!(detail.contains("ar, zh, en-GB, fr, ru, es"), "{detail}");
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let relay = fresh(quick());
    let long = "x".repeat(301);
    for (body, status, code) in [
        (serde_json::json!({"title": " "}), 422, "bad_title"),
        (serde_json::json!({"title": long}), 422, "bad_title"),
        (serde_json::json!({}), 400, "bad_request"),
        (serde_json::json!({"title": 7}), 400, "bad_request"),
        (
            serde_json::json!({"title": "T", "text": "?"}),
            400,
            "bad_request",
        ),
        (
            serde_json::json!({"title": "T", "markdown": "", "template": "report"}),
            400,
            "bad_request",
        ),
    ] {
        let answer = post(&relay, "/api/v1/drafts", &body).await;
        assert_eq!(answer.status().as_u16(), status, "{body}");
        let error = json(answer).await;
        assert_eq!(error["code"], code, "{body}");
        assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    }
    let text = request(Method::POST, "/api/v1/drafts")
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("# Hello"))
        .expect("a request");
    assert_eq!(send(&relay, text).await.status(), StatusCode::BAD_REQUEST);
    let huge = serde_json::json!({"title": "T", "markdown": "x".repeat(9 << 20)});
    let answer = post(&relay, "/api/v1/drafts", &huge).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn ids_that_are_none_and_drafts_that_are_not_here() {
    let relay = fresh(quick());
    let made = make(&relay, "text").await;
    let secret = made.secret("editor");
    let stranger = plenary_draft::DocumentId::from_bytes([9; 16]);
    for (id, status) in [
        (stranger.to_string(), StatusCode::NOT_FOUND),
        ("nonsense".to_owned(), StatusCode::BAD_REQUEST),
        ("2".repeat(10_000), StatusCode::BAD_REQUEST),
    ] {
        let path = format!("/api/v1/drafts/{id}");
        let answer = get(&relay, &path, Some(&secret)).await;
        assert_eq!(answer.status(), status);
    }
    let answer = get(&relay, "/api/v1/nothing", None).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(json(answer).await["code"], "no_such_address");
}

#[tokio::test]
async fn making_drafts_from_elsewhere_takes_the_site_secret() {
    let config = RelayConfig {
        public_url: Some("https://drafts.example.org".into()),
        site_secret: Some(SiteSecret::new("opensesame")),
        ..quick()
    };
    let relay = fresh(config);
    let attempt = |secret: Option<&'static str>| {
        let mut request = request(Method::POST, "/api/v1/drafts")
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(secret) = secret {
            request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
        }
        request
            .body(Body::from(r#"{"title": "T"}"#))
            .expect("a request")
    };
    let answer = send(&relay, attempt(None)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = send(&relay, attempt(Some("guess"))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let answer = send(&relay, attempt(Some("opensesame"))).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let made = json(answer).await;
    let link = made["links"]["viewer"].as_str().expect("a link");
    assert!(link.starts_with("https://drafts.example.org/d/"), "{link}");
    let sync = made["sync_url"].as_str().expect("an address");
    assert!(sync.starts_with("wss://drafts.example.org/sync?"), "{sync}");
}

#[tokio::test]
async fn a_name_that_was_pointed_here_is_not_this_machine() {
    let relay = fresh(quick());
    for (name, value) in [
        ("host", "rebound.example:8320"),
        ("x-forwarded-for", "203.0.113.9"),
    ] {
        let mut request = request(Method::POST, "/api/v1/drafts")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(r#"{"title": "T"}"#))
            .expect("a request");
        let value = value.parse().expect("a value");
        request.headers_mut().insert(name, value);
        let answer = send(&relay, request).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_everywhere() {
    let relay = fresh(quick());
    for path in ["/", "/sync", "/api/v1/drafts", "/metrics"] {
        let request = request(Method::GET, path)
            .header(header::ORIGIN, "https://evil.example")
            .body(Body::empty())
            .expect("a request");
        let answer = send(&relay, request).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_session_cookie_stands_for_the_link() {
    let relay = fresh(quick());
    let made = make(&relay, "text").await;
    let exchange = serde_json::json!({
        "document_id": made.id.to_string(),
        "secret": made.secret("reviewer"),
    });
    let answer = post(&relay, "/api/v1/session", &exchange).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let cookie = answer.headers()[header::SET_COOKIE].clone();
    let cookie = cookie.to_str().expect("text").to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "without https none would be kept"
    );
    assert_eq!(json(answer).await["role"], "reviewer");
    let pair = cookie.split(';').next().expect("a pair");
    let overview = request(Method::GET, &format!("/api/v1/drafts/{}", made.id))
        .header(header::COOKIE, format!("other=1; {pair}"))
        .body(Body::empty())
        .expect("a request");
    assert_eq!(json(send(&relay, overview).await).await["role"], "reviewer");
    // What a browser does with the answer to signing out: the cookie goes, the link stays.
    let path = format!("/api/v1/drafts/{}/session", made.id);
    let close = request(Method::DELETE, &path)
        .header(header::COOKIE, pair)
        .body(Body::empty())
        .expect("a request");
    let closed = send(&relay, close).await;
    assert_eq!(closed.status(), StatusCode::NO_CONTENT);
    let gone = closed.headers()[header::SET_COOKIE].to_str().expect("text");
    let name = pair.split('=').next().expect("a name");
    assert!(
        gone.starts_with(&format!("{name}=; Path=/; Max-Age=0;")),
        "{gone}"
    );
    let overview = get(
        &relay,
        &format!("/api/v1/drafts/{}", made.id),
        Some(&made.secret("reviewer")),
    )
    .await;
    assert_eq!(overview.status(), StatusCode::OK);
    let wrong = serde_json::json!({
        "document_id": made.id.to_string(),
        "secret": make(&relay, "other").await.secret("editor"),
    });
    let answer = post(&relay, "/api/v1/session", &wrong).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn pages_are_served_with_their_policy_and_tags() {
    let relay = fresh(quick());
    for (path, kind) in [
        ("/", "text/html"),
        ("/d/anything", "text/html"),
        ("/pages/start.js", "text/javascript"),
        ("/pages/shared.css", "text/css"),
        ("/pages/start.css", "text/css"),
        ("/pages/draft.css", "text/css"),
        ("/pages/icon.svg", "image/svg+xml"),
    ] {
        let answer = get(&relay, path, None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let headers = answer.headers();
        let found = headers[header::CONTENT_TYPE].to_str().expect("text");
        assert!(found.starts_with(kind), "{path}: {found}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str();
        assert!(policy.expect("text").contains("frame-ancestors 'none'"));
        assert!(headers.contains_key(header::ETAG));
    }
    let answer = get(&relay, "/pages/secrets.txt", None).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_storage_that_fails_is_told_without_paths() {
    let storage = MemoryStorage::new();
    let relay = relay(quick(), Arc::new(storage.clone()));
    let made = make(&relay, "text").await;
    storage.refuse_writes(Some(StorageError::DiskFull {
        place: "/srv/plenary".into(),
    }));
    let answer = get(&relay, "/readyz", None).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = serde_json::json!({"title": "T"});
    let answer = post(&relay, "/api/v1/drafts", &body).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let error = json(answer).await;
    assert_eq!(error["code"], "storage_failed");
    assert!(!error.to_string().contains("/srv"), "{error}");
    let path = format!("/api/v1/drafts/{}/markdown", made.id);
    let answer = get(&relay, &path, Some(&made.secret("viewer"))).await;
    assert_eq!(answer.status(), StatusCode::OK, "reading goes on");
    storage.refuse_writes(None);
    assert_eq!(get(&relay, "/readyz", None).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_damaged_draft_is_an_error_and_others_are_unharmed() {
    let storage = MemoryStorage::new();
    let relay = relay(quick(), Arc::new(storage.clone()));
    let (one, two) = (make(&relay, "one").await, make(&relay, "two").await);
    storage.damage(one.id);
    for (made, status) in [(&one, 500), (&two, 200)] {
        let path = format!("/api/v1/drafts/{}", made.id);
        let answer = get(&relay, &path, Some(&made.secret("viewer"))).await;
        assert_eq!(answer.status().as_u16(), status);
    }
}

#[tokio::test]
async fn a_text_that_cannot_be_rendered_is_still_there() {
    let relay = fresh(quick());
    let made = make(&relay, "unrenderable").await;
    let secret = made.secret("viewer");
    let path = format!("/api/v1/drafts/{}", made.id);
    let html = get(&relay, &format!("{path}/html"), Some(&secret)).await;
    assert_eq!(html.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let markdown = get(&relay, &format!("{path}/markdown"), Some(&secret)).await;
    assert_eq!(body(markdown).await, b"unrenderable");
}

#[tokio::test]
async fn a_page_that_a_browser_keeps_is_new_in_another_stage() {
    let relay = fresh(quick());
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    chair.put("/people/me", json!({"name": "Chair"})).await.ok();
    let path = format!("/api/v1/drafts/{}/html", made.id);
    let look = async |tag: Option<HeaderValue>| {
        let bearer = format!("Bearer {}", made.secret("viewer"));
        let mut asked = request(Method::GET, &path).header(header::AUTHORIZATION, bearer);
        if let Some(tag) = tag {
            asked = asked.header(header::IF_NONE_MATCH, tag);
        }
        send(&relay, asked.body(Body::empty()).expect("a request")).await
    };
    let first = look(None).await;
    let tag = first.headers()[header::ETAG].clone();
    assert!(String::from_utf8_lossy(&body(first).await).contains("<i>drafting</i>"));
    let settling = json!({"stage": "settling"});
    chair.post("/stage", settling).await.ok();
    let second = look(Some(tag)).await;
    assert_eq!(second.status(), StatusCode::OK);
    let tag = second.headers()[header::ETAG].clone();
    assert!(String::from_utf8_lossy(&body(second).await).contains("<i>settling</i>"));
    assert_eq!(look(Some(tag)).await.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn in_open_mode_drafts_have_no_secrets() {
    let relay = fresh(quick_open());
    let made = make(&relay, "text").await;
    assert_eq!(made.secret("editor"), "");
    let path = format!("/api/v1/drafts/{}/markdown", made.id);
    let answer = get(&relay, &path, None).await;
    assert_eq!(body(answer).await, b"text");
    // A page elsewhere whose name was pointed to this machine reads nothing.
    let mut rebound = request(Method::GET, &path)
        .body(Body::empty())
        .expect("a request");
    let host = HeaderValue::from_static("rebound.example:8320");
    rebound.headers_mut().insert(header::HOST, host);
    assert_eq!(send(&relay, rebound).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn health_and_numbers_are_there() {
    let relay = fresh(quick());
    assert_eq!(body(get(&relay, "/healthz", None).await).await, b"ok\n");
    make(&relay, "text").await;
    let text = body(get(&relay, "/metrics", None).await).await;
    let text = String::from_utf8(text).expect("text");
    for name in [
        "plenary_connections 0",
        "plenary_commit_seconds_count",
        "# TYPE plenary_received_bytes_total counter",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
}

#[tokio::test]
async fn a_bundle_with_attachments_is_refused_as_this_version_has_none() {
    let relay = fresh(quick());
    let made = make(&relay, "text").await;
    let path = format!("/api/v1/drafts/{}/bundle", made.id);
    let packed = body(get(&relay, &path, Some(&made.secret("editor"))).await).await;
    let limits = BundleLimits::default();
    let mut bundle = Bundle::from_bytes(&packed, &limits).expect("a bundle");
    let picture = b"picture".to_vec();
    let name: String = Sha256::digest(&picture)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    bundle.attachments.insert(name, picture);
    let import = request(Method::POST, "/api/v1/drafts/import")
        .header(header::CONTENT_TYPE, "application/vnd.plenary.bundle")
        .body(Body::from(bundle.to_bytes().expect("packed")))
        .expect("a request");
    let refused = send(&relay, import).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = json(refused).await;
    let words = refused["detail"].as_str().expect("text");
    assert!(words.contains("do not exist in this version"), "{words}");
}
