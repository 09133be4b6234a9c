//! Who may read what over HTTP: the table of docs/privacy.md.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use plenary_protocol::room::Permission;
use plenary_relay::RelayConfig;
use plenary_relay::access::{Reading, Role, least_role, permission};
use plenary_relay::storage::DocumentKind;
use plenary_relay::storage::memory::MemoryStorage;

use super::start::{get, make, quick, relay, request, send};
use super::visitor::Visitor;

#[tokio::test]
async fn each_link_reads_what_its_role_may() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    for (path, reading) in [
        ("", Reading::Overview),
        ("/markdown", Reading::Text),
        ("/html", Reading::Text),
        ("/history", Reading::History),
        ("/bundle", Reading::Bundle),
    ] {
        let path = format!("/api/v1/drafts/{}{path}", made.id);
        for role in Role::ALL {
            let answer = get(&relay, &path, Some(&made.secret(role.as_str()))).await;
            let expected = if role >= least_role(reading) {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(answer.status(), expected, "{role} {path}");
        }
        let answer = get(&relay, &path, None).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        for wrong in ["x", &"1".repeat(44), &"z".repeat(100_000)] {
            let answer = get(&relay, &path, Some(wrong)).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
}

/// The row of a table for a role, as docs/privacy.md has it.
fn row(role: Role) -> String {
    let sync = |kind| match permission(role, kind) {
        Permission::None => "–",
        Permission::Read => "reads",
        Permission::Write => "reads, writes",
    };
    let reads = |reading| {
        if role >= least_role(reading) {
            "yes"
        } else {
            "–"
        }
    };
    format!(
        "| {role} | {} | {} | {} | {} | {} | {} |",
        reads(Reading::Text),
        sync(DocumentKind::Text),
        sync(DocumentKind::Discussion),
        sync(DocumentKind::Record),
        reads(Reading::History),
        reads(Reading::Bundle),
    )
}

#[test]
fn the_table_in_the_documentation_is_the_one_in_the_code() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/privacy.md");
    let page = std::fs::read_to_string(page).expect("docs/privacy.md is there");
    for role in Role::ALL {
        let row = row(role);
        assert!(page.contains(&row), "docs/privacy.md lacks the row\n{row}");
    }
}

/// Somebody plants a session in another's browser, to be let in as whoever opens a link there.
#[tokio::test]
async fn a_session_that_was_planted_is_neither_taken_up_nor_raised() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    let viewer = made.secret("viewer");
    let invented = bs58::encode([9; 32]).into_string();
    for planted in [viewer.as_str(), invented.as_str(), "1"] {
        let cookie = format!("plenary-{}={planted}", made.id);
        let victim = Visitor::with_role(&relay, &made, "editor")
            .named("victim")
            .with_cookie(&cookie);
        let opened = victim.session(&made, &made.secret("editor")).await;
        let set = opened.headers()[header::SET_COOKIE].to_str();
        let set = set.expect("text");
        assert!(set.contains(&made.secret("editor")), "the link's own");
        assert!(!set.contains(&format!("={planted};")), "{set}");
    }
    // What was planted opens what it opened before, and no more.
    let planter = |secret: &str| {
        let cookie = format!("plenary-{}={secret}", made.id);
        let visitor = Visitor::with_secret(&relay, &made, secret).named("planter");
        visitor.with_cookie(&cookie)
    };
    assert_eq!(planter(&viewer).get("").await.ok()["role"], "viewer");
    let refused = planter(&invented).get("").await;
    assert_eq!(refused.refused(), (403, "wrong_secret"));
    // A page of another site logs nobody in, by the form either.
    let form = request(Method::POST, &format!("/read/{}", made.id))
        .header(header::ORIGIN, "https://evil.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("link={viewer}")))
        .expect("a request");
    let answer = send(&relay, form).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key(header::SET_COOKIE));
}

/// A page of a sibling's name, as `evil.example.org` is one of `drafts.example.org`, may set cookies for both;
/// but none whose name begins with `__Host-`.
#[tokio::test]
async fn what_a_sibling_plants_is_not_looked_at_on_a_public_site() {
    let storage = MemoryStorage::new();
    let local = relay(quick(), Arc::new(storage.clone()));
    let made = make(&local, "text").await;
    let (own, planted) = (made.secret("editor"), made.secret("viewer"));
    let public = RelayConfig {
        public_url: Some("https://drafts.example.org".into()),
        ..quick()
    };
    let public = relay(public, Arc::new(storage));
    let with = |relay, cookies: &str| {
        let visitor = Visitor::with_secret(relay, &made, &own).named("victim");
        visitor.with_cookie(cookies)
    };
    let both = format!(
        "plenary-{id}={planted}; __Host-plenary-{id}={own}",
        id = made.id
    );
    assert_eq!(
        with(&public, &both).get("").await.ok()["role"],
        "editor",
        "the own one"
    );
    let alone = format!("plenary-{}={planted}", made.id);
    let refused = with(&public, &alone).get("").await;
    assert_eq!(refused.refused(), (401, "no_secret"));
    // Without the prefix, as on this machine, it is taken up: the attack works.
    assert_eq!(with(&local, &both).get("").await.ok()["role"], "viewer");
    let opened = with(&public, "").session(&made, &own).await;
    let set = opened.headers()[header::SET_COOKIE].to_str().expect("text");
    assert!(set.starts_with(&format!("__Host-plenary-{}=", made.id)));
    assert!(set.contains("; Path=/;") && set.ends_with("; Secure"));
    assert!(!set.contains("Domain"), "{set}");
}
