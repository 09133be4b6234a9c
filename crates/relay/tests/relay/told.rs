//! Pages that are open are told when people change and when work is held back, so that nobody has to
//! look again and again.

use plenary_protocol::access::DocumentKind;
use plenary_protocol::wire::{Notice, WireMessage};
use serde_json::json;

use super::client::{Peer, Seen, has};
use super::ours::{documents, join, quarantined};
use super::start::{Served, quick};
use super::visitor::Visitor;

/// Goes on until the peer is told this.
async fn told(peer: &mut Peer, wanted: &Notice) {
    loop {
        match peer.hear().await {
            Seen::Message(WireMessage::Plenary { notice, .. }) if notice == *wanted => return,
            Seen::Message(_) => peer.speak().await,
            Seen::Closed(frame) => panic!("{} was closed: {frame:?}", peer.name),
        }
    }
}

#[tokio::test]
async fn who_is_here_is_told_of_entries_and_who_decides_of_held_back_work() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let (mut chair, _) = join("chair", &served, &made.secret("facilitator"), text).await;
    chair.sync_until(has("title")).await;

    // Somebody says who they are, then a facilitator corrects it: the page hears of both.
    let bo = Visitor::with_role(&served.relay, &made, "editor").named("bo");
    let id = bo.put("/people/me", json!({"name": "Bo Lee"})).await.ok()["participant"].clone();
    told(&mut chair, &Notice::People).await;
    let facilitator = Visitor::with_role(&served.relay, &made, "facilitator").named("other");
    let path = format!("/people/{}", id.as_str().expect("an id"));
    facilitator
        .patch(&path, json!({"name": "Bo Li"}))
        .await
        .ok();
    told(&mut chair, &Notice::People).await;
    let people = facilitator.get("/people").await.ok();
    assert!(people.to_string().contains("Bo Li"), "{people}");

    // What a reviewer writes into the text is held back, and later left out: both are told.
    let (mut eve, _) = join("eve", &served, &made.secret("reviewer"), text).await;
    eve.sync_until(has("title")).await;
    eve.write("refused", "words");
    quarantined(&mut eve).await;
    told(&mut chair, &Notice::Held).await;
    let held = facilitator.get("/quarantine").await.ok();
    let entry = held["entries"][0]["id"].clone();
    let path = format!("/quarantine/{}/decline", entry.as_str().expect("an id"));
    facilitator
        .post(&path, json!({"reason": "not now"}))
        .await
        .ok();
    told(&mut chair, &Notice::Held).await;
}

#[tokio::test]
async fn who_may_not_decide_hears_nothing_of_what_is_held_back() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let (mut ann, _) = join("ann", &served, &made.secret("editor"), text).await;
    ann.sync_until(has("title")).await;
    let (mut eve, _) = join("eve", &served, &made.secret("reviewer"), text).await;
    eve.sync_until(has("title")).await;
    eve.write("refused", "words");
    quarantined(&mut eve).await;
    // What comes next is told after it: nothing of the kind came before.
    let bo = Visitor::with_role(&served.relay, &made, "editor").named("bo");
    bo.put("/people/me", json!({"name": "Bo Li"})).await.ok();
    loop {
        match ann.hear().await {
            Seen::Message(WireMessage::Plenary { notice, .. }) => {
                assert_ne!(notice, Notice::Held);
                if notice == Notice::People {
                    return;
                }
            }
            Seen::Message(_) => ann.speak().await,
            Seen::Closed(frame) => panic!("closed: {frame:?}"),
        }
    }
}
