//! What was refused over the websocket, read and taken away over HTTP.

use axum::http::Method;
use serde_json::json;

use super::client::{Peer, Seen, has};
use super::ours::{documents, join, quarantined};
use super::start::{Served, body, quick};
use super::visitor::Visitor;
use plenary_protocol::access::DocumentKind;
use plenary_protocol::limits::Limits;
use plenary_protocol::wire::WireMessage;
use plenary_relay::RelayConfig;

#[tokio::test]
async fn what_was_refused_is_read_by_its_author_and_by_facilitators() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let relay = &served.relay;
    let chair = Visitor::with_role(relay, &made, "facilitator").named("chair");
    let text = chair.get("").await.ok()["documents"]["text"].clone();
    let text = text.as_str().expect("an id").parse().expect("an id");
    let query = format!("?access={}&draft={}", made.secret("reviewer"), made.id);
    let mut rita = Peer::dial("rita", served.address, &query, text).await;
    rita.say_join_as("a secret that is kept by rita").await;
    rita.hear_peer().await;
    rita.sync_until(has("sections")).await;
    rita.write("mine", "what a reviewer may not write");
    rita.speak().await;
    loop {
        match rita.hear().await {
            Seen::Message(WireMessage::Plenary { .. }) => break,
            Seen::Message(_) => rita.speak().await,
            Seen::Closed(frame) => panic!("closed: {frame:?}"),
        }
    }
    let held = chair.get("/quarantine").await.ok();
    let entry = &held["entries"][0];
    assert_eq!(
        (&entry["document"], &entry["state"]),
        (&json!("text"), &json!("waiting"))
    );
    assert_eq!(
        (&entry["changes"], &entry["reason"]),
        (&json!(1), &json!("not-allowed"))
    );
    let own = Visitor::with_role(relay, &made, "reviewer").named("rita");
    assert_eq!(own.get("/quarantine").await.ok(), held);
    let other = Visitor::with_role(relay, &made, "editor").named("eve");
    assert_eq!(other.get("/quarantine").await.ok()["entries"], json!([]));
    let path = format!(
        "/quarantine/{}/download",
        entry["id"].as_str().expect("an id")
    );
    let bytes = body(own.raw(Method::GET, &path, None).await).await;
    let changes = rita.document.get_changes(&[]);
    let mine = changes.last().expect("a change").raw_bytes();
    assert_eq!(bytes, mine, "the very change that she made");
    assert_eq!(other.get(&path).await.refused(), (404, "no_such_part"));
    assert_eq!(
        own.get("/quarantine/x/download").await.refused(),
        (404, "no_such_part")
    );
    let path = format!("/quarantine/{}", entry["id"].as_str().expect("an id"));
    let seen = own.get(&path).await.ok();
    assert!(seen["difference"].is_array(), "{seen}");
    assert_eq!(other.get(&path).await.refused(), (404, "no_such_part"));
    let unasked = other.post(&format!("{path}/admit"), json!({})).await;
    assert_eq!(unasked.refused(), (403, "role_too_low"));
    let silent = chair.post(&format!("{path}/decline"), json!({})).await;
    assert_eq!(silent.refused(), (422, "bad_field"));
    let why = json!({"reason": "Not in this document"});
    let declined = chair.post(&format!("{path}/decline"), why).await.ok();
    assert_eq!(declined["state"], "declined");
    assert_eq!(declined["decision"], "Not in this document");
    let admitted = chair.post(&format!("{path}/admit"), json!({})).await.ok();
    assert_eq!(admitted["state"], "admitted");
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut eve = Peer::join("eve", served.address, &query, text).await;
    eve.sync_until(has("mine")).await;
    let trail = chair.get("/audit").await.ok().to_string();
    assert!(trail.contains("Not in this document"), "{trail}");
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn nobody_decides_about_what_came_in_since_they_looked() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let (mut rita, _) = join("rita", &served, &made.secret("reviewer"), text).await;
    rita.sync_until(has("sections")).await;
    let mut seen = Vec::new();
    for (key, changes) in [("first", 1), ("second", 2)] {
        rita.write(key, "what a reviewer may not write");
        quarantined(&mut rita).await;
        let held = chair.get("/quarantine").await.ok();
        assert_eq!(held["entries"].as_array().map(Vec::len), Some(1), "{held}");
        assert_eq!(held["entries"][0]["changes"], changes);
        seen.push(held["entries"][0]["id"].as_str().expect("an id").to_owned());
    }
    for id in &seen {
        let bytes = bs58::decode(id).into_vec().expect("base58");
        assert_eq!(bytes.len(), 16, "128 bits");
    }
    let path = |id: &str, what: &str| format!("/quarantine/{id}/{what}");
    let late = chair.post(&path(&seen[0], "admit"), json!({})).await;
    assert_eq!(late.refused(), (404, "no_such_part"));
    let why = json!({"reason": "unseen"});
    let late = chair.post(&path(&seen[0], "decline"), why).await;
    assert_eq!(late.refused(), (404, "no_such_part"));
    let admitted = chair.post(&path(&seen[1], "admit"), json!({})).await.ok();
    assert_eq!(admitted["state"], "admitted");
    assert_eq!(
        admitted["id"],
        seen[1].as_str(),
        "what is decided keeps its id"
    );
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn dialling_again_brings_no_more_room() {
    let config = RelayConfig {
        limits: Limits {
            quarantined_changes: 2,
            ..Limits::default()
        },
        ..quick()
    };
    let served = Served::start(config).await;
    let made = served.draft("text").await;
    let text = documents(&served, &made).await[&DocumentKind::Text];
    for key in ["one", "two"] {
        let (mut rita, _) = join("rita", &served, &made.secret("reviewer"), text).await;
        rita.sync_until(has("sections")).await;
        rita.write(key, "what a reviewer may not write");
        quarantined(&mut rita).await;
    }
    let (mut rita, _) = join("rita", &served, &made.secret("reviewer"), text).await;
    rita.sync_until(has("sections")).await;
    rita.write("three", "more than is kept of hers");
    let (code, words) = loop {
        rita.speak().await;
        if let Seen::Closed(frame) = rita.hear().await {
            let frame = frame.expect("a close frame");
            break (u16::from(frame.code), frame.reason.to_string());
        }
    };
    assert_eq!(code, 4507);
    assert!(words.contains("too many changes"), "{words}");
    // Others have room of their own, and hers is what it was.
    let (mut rob, _) = join("rob", &served, &made.secret("reviewer"), text).await;
    rob.sync_until(has("sections")).await;
    rob.write("four", "what a reviewer may not write");
    quarantined(&mut rob).await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let held = chair.get("/quarantine").await.ok();
    let entries = held["entries"].as_array().expect("entries").iter();
    let counts: Vec<_> = entries.map(|entry| entry["changes"].clone()).collect();
    assert_eq!(counts, [json!(2), json!(1)]);
    served.stopped().await.expect("ends in order");
}

/// By a plain viewer's link nothing is synced, so the change is sent by hand, as a client does that has the
/// document from before.
#[tokio::test]
async fn what_a_writer_brings_who_may_only_read_by_now_is_kept_and_tells_nothing_of_the_text() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let by = |role: &str| format!("?access={}", made.secret(role));
    let mut sam = Peer::join("sam", served.address, &by("editor"), text).await;
    sam.sync_until(has("sections")).await;
    sam.write("before", "accepted");
    sam.sync_until_saved().await;
    let mut back = Peer::join("sam", served.address, &by("viewer"), text).await;
    let change = sam.write("offline", "too late");
    let message = back.sync_of(std::slice::from_ref(&change));
    for _ in 0..2 {
        back.send(&message).await;
        let Seen::Message(WireMessage::Error { message, .. }) = back.next().await else {
            panic!("words come first");
        };
        assert!(message.contains("not applied, but kept"), "{message}");
        let seen = back.next().await;
        let unavailable = matches!(seen, Seen::Message(WireMessage::DocUnavailable { .. }));
        assert!(unavailable, "{seen:?}");
    }
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let trail = chair.get("/audit").await.ok();
    let lines = trail["entries"].as_array().expect("a list").iter();
    let began: Vec<_> = lines.filter(|it| it["kind"] == "wrote-first").collect();
    assert_eq!(began.len(), 1, "{trail}");
    assert_eq!(began[0]["detail"]["role"], "editor");
    let held = chair.get("/quarantine").await.ok();
    assert_eq!(held["entries"][0]["changes"], json!(1));
    assert_eq!(held["entries"].as_array().map(Vec::len), Some(1));
    let path = held["entries"][0]["id"].as_str().expect("an id");
    let path = format!("/quarantine/{path}/download");
    let bytes = body(chair.raw(Method::GET, &path, None).await).await;
    assert_eq!(bytes, change.raw_bytes());
    // Nobody who never wrote can fill the room: it is not taken, and they are told.
    let mut vera = Peer::join("vera", served.address, &by("viewer"), text).await;
    let message = vera.sync_of(&[change]);
    vera.send(&message).await;
    let Seen::Message(WireMessage::Error { message, .. }) = vera.next().await else {
        panic!("words come first");
    };
    assert!(message.contains("only where you wrote it"), "{message}");
    assert_eq!(chair.get("/quarantine").await.ok(), held);
}
