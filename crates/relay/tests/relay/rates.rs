//! How fast one address may join, guess and make drafts, whatever headers it forges.

use std::sync::Arc;

use plenary_relay::access::SiteSecret;
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::{Bounds, Relay, RelayConfig};

use super::start::{Made, make, quick, relay};
use super::visitor::Visitor;

fn strict() -> RelayConfig {
    RelayConfig {
        bounds: Bounds {
            guesses_per_minute: 3,
            joins_per_minute: 2,
            drafts_per_minute: 1,
            ..quick().bounds
        },
        ..quick()
    }
}

async fn fresh() -> (Relay, Made) {
    let relay = relay(strict(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    (relay, made)
}

/// A secret that opens nothing.
fn wrong(number: u8) -> String {
    bs58::encode([number; 32]).into_string()
}

#[tokio::test]
async fn guessing_ends_soon_and_a_forged_header_does_not_help() {
    let (relay, made) = fresh().await;
    for number in 1..=3 {
        let guess = Visitor::with_secret(&relay, &made, &wrong(number)).from("203.0.113.9");
        let forged = guess.header("x-forwarded-for", &format!("198.51.100.{number}"));
        assert_eq!(forged.get("").await.refused(), (403, "wrong_secret"));
    }
    let right = made.secret("viewer");
    for number in 4..=9 {
        for secret in [&wrong(number), &"nonsense".to_owned()] {
            let guess = Visitor::with_secret(&relay, &made, secret).from("203.0.113.9");
            let forged = guess.header("x-forwarded-for", &format!("198.51.100.{number}"));
            let answer = forged.raw(axum::http::Method::GET, "", None).await;
            assert_eq!(answer.status(), 429);
            assert!(answer.headers().contains_key("retry-after"));
        }
    }
    // Whoever has a right one is let in, also from there.
    for address in ["203.0.113.9", "203.0.113.10"] {
        let reader = Visitor::with_secret(&relay, &made, &right).from(address);
        assert_eq!(reader.get("").await.ok()["role"], "viewer");
    }
}

#[tokio::test]
async fn behind_a_proxy_the_client_is_counted_and_what_it_forges_is_not() {
    let (relay, made) = fresh().await;
    let through = |secret: &str, forwarded: String| {
        Visitor::with_secret(&relay, &made, secret)
            .from("127.0.0.1")
            .header("x-forwarded-for", &forwarded)
    };
    for number in 1..=5 {
        // The proxy appends what it saw to what the client sent.
        let guess = through(&wrong(number), format!("198.51.100.{number}, 203.0.113.9"));
        let expected = if number <= 3 { 403 } else { 429 };
        assert_eq!(guess.get("").await.refused().0, expected);
    }
    let other = through(&made.secret("viewer"), "203.0.113.10".into());
    assert_eq!(other.get("").await.ok()["role"], "viewer");
}

#[tokio::test]
async fn joining_and_making_drafts_have_limits_of_their_own() {
    let (relay, made) = fresh().await;
    let join = |name: &str| {
        let visitor = Visitor::with_role(&relay, &made, "editor");
        visitor.from("203.0.113.9").named(name)
    };
    for (name, status) in [("a", 200), ("b", 200), ("a", 200), ("c", 429), ("b", 200)] {
        assert_eq!(join(name).get("").await.status.as_u16(), status, "{name}");
    }
    let config = RelayConfig {
        public_url: Some("https://drafts.example.org".into()),
        site_secret: Some(SiteSecret::new("opensesame")),
        ..strict()
    };
    let relay = super::start::relay(config, Arc::new(MemoryStorage::new()));
    let make = async |secret: &str, from: &str| {
        let peer: std::net::SocketAddr = format!("{from}:1").parse().expect("an address");
        let request = super::start::request(axum::http::Method::POST, "/api/v1/drafts")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {secret}"))
            .extension(axum::extract::ConnectInfo(peer))
            .body(axum::body::Body::from(r#"{"title": "T"}"#))
            .expect("a request");
        super::start::send(&relay, request).await.status().as_u16()
    };
    assert_eq!(make("opensesame", "203.0.113.9").await, 201);
    assert_eq!(make("opensesame", "203.0.113.9").await, 429);
    assert_eq!(make("opensesame", "203.0.113.10").await, 201);
    for expected in [403, 403, 403, 429] {
        assert_eq!(make("guess", "203.0.113.11").await, expected);
    }
}

#[tokio::test]
async fn a_guess_counts_whether_or_not_it_names_a_draft() {
    let served = super::start::Served::start(RelayConfig {
        trusted_proxies: plenary_relay::access::Network::this_machine(),
        ..strict()
    })
    .await;
    let made = served.draft("text").await;
    let mut codes = Vec::new();
    for number in 1..=5 {
        let url = format!("ws://{}/sync?access={}", served.address, wrong(number));
        let mut request =
            tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url)
                .expect("a request");
        let from = axum::http::HeaderValue::from_static("203.0.113.9");
        request.headers_mut().insert("x-forwarded-for", from);
        let (socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("the upgrade is accepted");
        let mut peer = super::client::Peer::over("guess", socket, made.id);
        codes.push(peer.closed().await.0);
    }
    let (no, slow) = (Some(4401), Some(4429));
    assert_eq!(codes, [no, no, no, slow, slow]);
    served.stopped().await.expect("ends in order");
}
