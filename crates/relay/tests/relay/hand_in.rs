//! Work that was done offline by a link that has ended since: handed in, held back, decided about.
//! And what nobody gets by handing in.

use axum::http::{Method, StatusCode};
use plenary_protocol::access::DocumentKind;
use plenary_protocol::limits::Limits;
use plenary_protocol::wire::{Notice, WireMessage};
use plenary_relay::{Bounds, RelayConfig};
use serde_json::{Value, json};

use super::client::{Peer, Seen, has};
use super::ours::{documents, join};
use super::start::{Made, Served, body, quick};
use super::visitor::{Answer, Visitor, answer};

const HERS: &str = "secret of annabella";

/// A draft whose editor's link was revoked while Anna, who had joined by it, wrote on.
struct Story {
    served: Served,
    made: Made,
    chair: Visitor,
    anna: Visitor,
    /// The secret of the link.
    secret: String,
    peer: Peer,
    text: plenary_draft::DocumentId,
}

impl Story {
    async fn begin(config: RelayConfig) -> Self {
        let served = Served::start(config).await;
        let made = served.draft("text").await;
        let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
        let link = chair.post("/links", json!({"role": "editor"})).await.ok();
        let url = link["url"].as_str().expect("a link");
        let secret = url.split('#').nth(1).expect("a secret").to_owned();
        let anna = Visitor::with_secret(&served.relay, &made, &secret);
        let anna = anna.header("plenary-participant", HERS);
        anna.put("/people/me", json!({"name": "Anna"})).await.ok();
        let text = documents(&served, &made).await[&DocumentKind::Text];
        let (mut peer, _) = join("annabella", &served, &secret, text).await;
        peer.sync_until(has("sections")).await;
        peer.write("online", "before");
        peer.sync_until_saved().await;
        let path = format!("/links/{}", link["id"].as_str().expect("an id"));
        chair.delete(&path).await.ok();
        let (code, _) = peer.closed().await;
        assert_eq!(code, Some(4403));
        Self {
            served,
            made,
            chair,
            anna,
            secret,
            peer,
            text,
        }
    }

    /// The changes that Anna makes offline.
    fn written(&mut self, key: &str) -> Vec<u8> {
        let before = self.peer.document.get_heads();
        self.peer.write(key, "what nobody has seen yet");
        let changes = self.peer.document.get_changes(&before);
        changes
            .iter()
            .flat_map(|it| it.raw_bytes().to_vec())
            .collect()
    }

    async fn held(&self) -> Vec<Value> {
        let held = self.chair.get("/quarantine").await.ok();
        held["entries"].as_array().expect("a list").clone()
    }
}

async fn hand_in(who: &Visitor, document: &str, bytes: &[u8]) -> Answer {
    let path = format!("/hand-in/{document}");
    answer(who.raw_bytes(Method::POST, &path, bytes.to_vec()).await).await
}

#[tokio::test]
async fn what_was_written_offline_by_a_revoked_link_waits_for_a_facilitator() {
    let mut story = Story::begin(quick()).await;
    let (mut watcher, _) = join(
        "chair",
        &story.served,
        &story.made.secret("facilitator"),
        story.text,
    )
    .await;
    watcher.sync_until(has("online")).await;
    let work = story.written("offline");
    let path = "/hand-in/text";
    // Two tabs hand in the same.
    for _ in 0..2 {
        let handed = story.anna.raw_bytes(Method::POST, path, work.clone()).await;
        assert_eq!(handed.status(), StatusCode::NO_CONTENT);
        assert_eq!(body(handed).await, b"", "nothing is told");
    }
    loop {
        if let Seen::Message(WireMessage::Plenary {
            notice: Notice::Notice { message, .. },
            ..
        }) = watcher.next().await
            && message.contains("handed in")
        {
            break;
        }
    }
    let held = story.held().await;
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(
        (
            &held[0]["reason"],
            &held[0]["state"],
            &held[0]["changes"],
            &held[0]["document"]
        ),
        (
            &json!("link-ended"),
            &json!("waiting"),
            &json!(1),
            &json!("text")
        )
    );
    let people = story.chair.get("/people").await.ok();
    let people = people["people"].as_array().expect("a list");
    let anna = people.iter().find(|person| person["name"] == "Anna");
    assert_eq!(anna.expect("listed")["participant"], held[0]["participant"]);
    assert!(!has("offline")(&watcher.document), "it is not applied");

    let path = format!("/quarantine/{}", held[0]["id"].as_str().expect("an id"));
    assert!(story.chair.get(&path).await.ok()["difference"].is_array());
    let admitted = story.chair.post(&format!("{path}/admit"), json!({})).await;
    assert_eq!(admitted.ok()["state"], "admitted");
    watcher.sync_until(has("offline")).await;
    let history = story.chair.get("/history").await.ok();
    let last = history["changes"]
        .as_array()
        .expect("a list")
        .last()
        .cloned();
    assert_eq!(
        last.expect("a change")["participant"],
        held[0]["participant"]
    );
    // Handing in what is in the draft by now is taken in the same silence.
    assert_eq!(
        hand_in(&story.anna, "text", &work).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(story.held().await.len(), 1);
    let trail = story.chair.get("/audit").await.ok();
    let handed = trail["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|it| it["kind"] == "handed-in");
    assert_eq!(handed.count(), 1);
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn handing_in_reads_nothing_and_opens_nothing() {
    let mut story = Story::begin(quick()).await;
    let work = story.written("offline");
    assert_eq!(
        hand_in(&story.anna, "text", &work).await.status,
        StatusCode::NO_CONTENT
    );
    for path in [
        "",
        "/markdown",
        "/html",
        "/history",
        "/bundle",
        "/people",
        "/quarantine",
        "/audit",
        "/links",
        "/events",
    ] {
        let refused = story.anna.get(path).await;
        assert_eq!(refused.refused(), (403, "link_revoked"), "{path}");
    }
    let query = format!("?access={}&draft={}", story.secret, story.made.id);
    let mut again = Peer::dial("anna", story.served.address, &query, story.text).await;
    again.say_join_as(HERS).await;
    loop {
        match again.next().await {
            Seen::Closed(frame) => {
                assert_eq!(frame.map(|it| u16::from(it.code)), Some(4403));
                break;
            }
            Seen::Message(WireMessage::Error { .. }) => {}
            Seen::Message(other) => panic!("it was told {other:?}"),
        }
    }
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn nobody_else_hands_in_anything() {
    let mut story = Story::begin(quick()).await;
    let work = story.written("offline");
    let (relay, made) = (&story.served.relay, &story.made);
    let stranger = Visitor::with_secret(relay, made, &story.secret);
    let other = story.served.draft("other").await;
    let guess = bs58::encode([7; 32]).into_string();
    let cookie = format!("plenary-{}={}", made.id, story.secret);
    for (who, refused) in [
        (stranger.clone(), (403, "link_revoked")),
        (
            stranger.clone().named("somebody else"),
            (403, "link_revoked"),
        ),
        (
            Visitor::with_secret(relay, made, &guess).header("plenary-participant", HERS),
            (403, "wrong_secret"),
        ),
        (
            Visitor::with_secret(relay, made, &other.secret("editor"))
                .header("plenary-participant", HERS),
            (403, "wrong_secret"),
        ),
        (
            Visitor::with_role(relay, made, "viewer").header("plenary-participant", HERS),
            (403, "role_too_low"),
        ),
        (
            Visitor::with_role(relay, made, "editor").header("plenary-participant", HERS),
            (409, "conflict"),
        ),
        (stranger.clone().with_cookie(""), (401, "no_secret")),
        // A page of another site cannot set our headers.
        (stranger.with_cookie(&cookie), (403, "no_intent")),
    ] {
        assert_eq!(hand_in(&who, "text", &work).await.refused(), refused);
    }
    assert_eq!(story.held().await, Vec::<Value>::new());
    // With her own session it is hers.
    let session = story.anna.clone().with_cookie(&cookie);
    assert_eq!(
        hand_in(&session, "text", &work).await.status,
        StatusCode::NO_CONTENT
    );
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn what_is_no_change_or_too_much_is_refused_as_a_whole() {
    let config = RelayConfig {
        limits: Limits {
            quarantined_changes: 3,
            quarantined_bytes: 4_000,
            ..Limits::default()
        },
        ..quick()
    };
    let mut story = Story::begin(config).await;
    let whole = story.peer.document.save();
    let work = story.written("offline");
    let damaged: Vec<u8> = work.iter().map(|byte| byte.wrapping_add(1)).collect();
    for (document, bytes, refused) in [
        ("record", &work, (404, "no_such_part")),
        ("people", &work, (404, "no_such_part")),
        ("text", &damaged, (400, "bad_request")),
        ("text", &whole, (400, "bad_request")),
        ("text", &vec![0; 5_000], (413, "too_large")),
    ] {
        assert_eq!(
            hand_in(&story.anna, document, bytes).await.refused(),
            refused
        );
    }
    let more: Vec<u8> = (0..3)
        .flat_map(|n| story.written(&format!("more {n}")))
        .collect();
    let all = [work.clone(), more.clone()].concat();
    assert_eq!(
        hand_in(&story.anna, "text", &all).await.refused(),
        (413, "quarantine_full")
    );
    assert_eq!(story.held().await, Vec::<Value>::new());
    assert_eq!(
        hand_in(&story.anna, "text", &more).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        hand_in(&story.anna, "text", &work).await.refused(),
        (413, "quarantine_full")
    );
    assert_eq!(
        hand_in(&story.anna, "text", &more).await.status,
        StatusCode::NO_CONTENT,
        "known already"
    );
    assert_eq!(
        hand_in(&story.anna, "text", b"").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(story.held().await[0]["changes"], 3);
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn an_address_hands_in_so_often() {
    let config = RelayConfig {
        bounds: Bounds {
            hand_ins_per_minute: 2,
            ..quick().bounds
        },
        ..quick()
    };
    let mut story = Story::begin(config).await;
    let work = story.written("offline");
    let anna = story.anna.clone().from("203.0.113.9");
    for _ in 0..2 {
        assert_eq!(
            hand_in(&anna, "text", &work).await.status,
            StatusCode::NO_CONTENT
        );
    }
    assert_eq!(
        hand_in(&anna, "text", &work).await.refused(),
        (429, "too_fast")
    );
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn who_may_only_read_any_more_hands_in_what_they_wrote_before() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let anna =
        Visitor::with_role(&served.relay, &made, "editor").header("plenary-participant", HERS);
    let id = anna.put("/people/me", json!({"name": "Anna"})).await.ok()["participant"].clone();
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let (mut peer, _) = join("annabella", &served, &made.secret("editor"), text).await;
    peer.sync_until(has("sections")).await;
    let path = format!("/people/{}", id.as_str().expect("an id"));
    let before = peer.document.get_heads();
    peer.write("offline", "words");
    let work: Vec<u8> = peer
        .document
        .get_changes(&before)
        .iter()
        .flat_map(|it| it.raw_bytes().to_vec())
        .collect();
    assert_eq!(
        hand_in(&anna, "text", &work).await.refused(),
        (409, "conflict"),
        "she may sync"
    );
    chair.patch(&path, json!({"role": "viewer"})).await.ok();
    assert_eq!(
        hand_in(&anna, "text", &work).await.status,
        StatusCode::NO_CONTENT
    );
    // Withheld and erased people are told of as everywhere.
    anna.put("/people/me", json!({"withheld": true})).await.ok();
    let held = chair.get("/quarantine").await.ok()["entries"][0].clone();
    assert_eq!(
        (&held["participant"], &held["received_ms"]),
        (&id, &Value::Null)
    );
    anna.delete("/people/me").await.ok();
    peer.write("more", "words");
    let work: Vec<u8> = peer
        .document
        .get_changes(&before)
        .iter()
        .flat_map(|it| it.raw_bytes().to_vec())
        .collect();
    assert_eq!(
        hand_in(&anna, "text", &work).await.status,
        StatusCode::NO_CONTENT
    );
    let held = chair.get("/quarantine").await.ok();
    assert_eq!(held["entries"][0]["changes"], 2);
    assert!(!held.to_string().contains("Anna"));
    // A draft that is to be deleted takes nothing.
    chair
        .post("/delete", json!({"title": "A title"}))
        .await
        .ok();
    assert_eq!(
        hand_in(&anna, "text", &work).await.refused(),
        (410, "draft_deleted")
    );
    served.stopped().await.expect("ends in order");
}
