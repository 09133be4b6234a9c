//! Whoever loses access loses it on every connection, however many they opened and by whatever way,
//! and keeps it lost, whatever else is asked at the same moment.

use std::sync::Arc;

use axum::http::StatusCode;
use plenary_protocol::access::DocumentKind;
use plenary_protocol::room::ParticipantId;
use plenary_protocol::wire::WireMessage;
use plenary_relay::access::Role;
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::storage::{AccessCommit, Act, LinkId};
use plenary_relay::{Bounds, RelayConfig};
use serde_json::{Value, json};

use super::client::{Peer, Seen, has, within_a_second};
use super::ours::{documents, join};
use super::start::{Made, Served, make, quick, relay};
use super::visitor::{Answer, Visitor};

fn secret_of(link: &Value) -> String {
    let url = link["url"].as_str().expect("a link");
    url.split('#').nth(1).expect("a secret").to_owned()
}

/// The path of the person who asks.
async fn own_path(visitor: &Visitor, name: &str) -> String {
    let me = visitor.put("/people/me", json!({"name": name})).await.ok();
    format!("/people/{}", me["participant"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_second_socket_under_the_same_name_does_not_hide_the_first() {
    within_a_second(|| async {
        let served = Served::start(quick()).await;
        let made = served.draft("text").await;
        let chair = Visitor::with_role(&served.relay, &made, "facilitator");
        let link = chair.post("/links", json!({"role": "editor"})).await.ok();
        let query = format!("?access={}&draft={}", secret_of(&link), made.id);
        // A stock client's newer connection takes over only when the older one is silent.
        let mut first = Peer::join("mallory", served.address, &query, made.id).await;
        first.sync_until(has("plenary")).await;
        let mut second = Peer::join("mallory", served.address, &query, made.id).await;
        second.sync_until(has("plenary")).await;
        let path = format!("/links/{}", link["id"].as_str().expect("an id"));
        let begun = std::time::Instant::now();
        chair.delete(&path).await.ok();
        for peer in [&mut second, &mut first] {
            assert_eq!(peer.closed().await.0, Some(4403));
        }
        let taken = begun.elapsed();
        served.stopped().await.expect("ends in order");
        taken
    })
    .await;
}

/// On the socket, on a page with a cookie, and where somebody follows: all at the same time.
#[tokio::test]
async fn a_lowered_role_holds_everywhere_within_a_second() {
    within_a_second(|| async {
        let served = Served::start(quick()).await;
        let made = served.draft("text").await;
        let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
        let secret = made.secret("editor");
        let anna = Visitor::with_secret(&served.relay, &made, &secret).named("anna");
        let path = own_path(&anna, "Anna").await;
        let cookie = format!("plenary-{}={secret}", made.id);
        let page = anna.clone().with_cookie(&cookie);
        assert_eq!(page.get("").await.ok()["role"], "editor");
        page.get("/history").await.ok();
        let text = documents(&served, &made).await[&DocumentKind::Text];
        let query = format!("?access={secret}&draft={}", made.id);
        let mut socket = Peer::dial("anna", served.address, &query, text).await;
        socket.say_join_as("a secret that is kept by anna").await;
        socket.hear_peer().await;
        socket.sync_until(has("title")).await;
        let begun = std::time::Instant::now();
        chair.patch(&path, json!({"role": "viewer"})).await.ok();
        assert_eq!(socket.closed().await.0, Some(4405));
        assert_eq!(page.get("").await.ok()["role"], "viewer");
        for path in ["/history", "/bundle"] {
            let refused = page.get(path).await;
            assert_eq!(refused.refused(), (403, "role_too_low"), "{path}");
        }
        // Dialling again by the cookie leads to nothing of the text either.
        let mut again = Peer::dial("anna", served.address, &query, text).await;
        again.say_join_as("a secret that is kept by anna").await;
        again.hear_peer().await;
        again.speak().await;
        let seen = again.next().await;
        let taken = begun.elapsed();
        let told = matches!(&seen, Seen::Message(WireMessage::DocUnavailable { .. }));
        assert!(told, "{seen:?}");
        served.stopped().await.expect("ends in order");
        taken
    })
    .await;
}

/// Between the judging of a request and its writing the link is revoked, or the role lowered.
#[tokio::test]
async fn what_was_revoked_at_that_moment_makes_no_link() {
    let storage = MemoryStorage::new();
    let relay = relay(quick(), Arc::new(storage.clone()));
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let second = chair
        .post("/links", json!({"role": "facilitator"}))
        .await
        .ok();
    let deputy = Visitor::with_url(&relay, &made, &second["url"]).named("deputy");
    let deputys = own_path(&deputy, "Deputy").await;
    let count = async || {
        let links = chair.get("/links").await.ok();
        links["links"].as_array().expect("links").len()
    };
    let before = count().await;
    let at_that_moment = |act: Act| {
        storage.overtake(AccessCommit {
            draft: Some(made.id),
            at_ms: 1_000,
            acts: vec![act],
            audit: Vec::new(),
        });
    };
    let lower = |cap| Act::CapRole {
        participant: ParticipantId::new(deputys.rsplit('/').next().expect("an id")),
        cap,
    };
    at_that_moment(lower(Some(Role::Editor)));
    let late = deputy.post("/links", json!({"role": "facilitator"})).await;
    assert_eq!(late.refused(), (403, "role_too_low"));
    // What has become more than it was is no reason to refuse.
    at_that_moment(lower(None));
    let own = deputy.post("/people/me/link", json!({})).await;
    own.ok();
    let id = second["id"].as_str().expect("an id");
    at_that_moment(Act::RevokeLink(LinkId::new(id)));
    let late = deputy.post("/links", json!({"role": "facilitator"})).await;
    assert_eq!(late.refused(), (403, "link_revoked"));
    assert_eq!(count().await, before + 1, "their own link and no other");
    let trail = chair.get("/audit").await.ok();
    let made_by_deputy = trail["entries"].as_array().expect("entries").iter();
    let kinds: Vec<_> = made_by_deputy
        .filter(|entry| deputys.ends_with(entry["by"].as_str().unwrap_or("-")))
        .filter(|entry| entry["kind"] == "link-made")
        .collect();
    assert!(kinds.is_empty(), "{kinds:?}");
}

/// A stock client in the text, by the personal link of somebody with an entry.
async fn by_personal_link(served: &Served, made: &Made) -> (String, Peer) {
    let anna = Visitor::with_role(&served.relay, made, "editor").named("anna");
    let path = own_path(&anna, "Anna").await;
    let link = anna.post("/people/me/link", json!({})).await.ok();
    let text = documents(served, made).await[&DocumentKind::Text];
    let query = format!("?access={}&draft={}", secret_of(&link), made.id);
    let mut peer = Peer::join("a program", served.address, &query, text).await;
    peer.sync_until(has("title")).await;
    (path, peer)
}

#[tokio::test]
async fn a_program_by_a_personal_link_loses_what_its_owner_loses() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let (anna, mut program) = by_personal_link(&served, &made).await;
    chair.patch(&anna, json!({"role": "reviewer"})).await.ok();
    assert_eq!(program.closed().await.0, Some(4405));
    let (anna, mut program) = by_personal_link(&served, &made).await;
    chair.patch(&anna, json!({"role": null})).await.ok();
    assert_eq!(program.closed().await.0, Some(4405));
    // Merged into somebody who may do less.
    let (anna, mut program) = by_personal_link(&served, &made).await;
    let ben = Visitor::with_role(&served.relay, &made, "editor").named("ben");
    let ben = own_path(&ben, "Ben").await;
    chair.patch(&ben, json!({"role": "viewer"})).await.ok();
    let into = ben.rsplit('/').next().expect("an id");
    chair
        .post(&format!("{anna}/merge"), json!({"into": into}))
        .await
        .ok();
    assert_eq!(program.closed().await.0, Some(4405));
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn whom_a_facilitator_withholds_is_withheld_where_they_are_connected() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let (mut peer, id) = join("anna", &served, &made.secret("editor"), text).await;
    let changed = json!({"withheld": true});
    chair.patch(&format!("/people/{id}"), changed).await.ok();
    assert_eq!(peer.closed().await.0, Some(4405), "judged anew");
    served.stopped().await.expect("ends in order");
}

/// Both at the same moment, as far as two threads can.
async fn at_once(
    one: impl Future<Output = Answer> + Send + 'static,
    other: impl Future<Output = Answer> + Send + 'static,
) -> (Answer, Answer) {
    let (one, other) = (tokio::spawn(one), tokio::spawn(other));
    (one.await.expect("asked"), other.await.expect("asked"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_at_the_same_moment_takes_nothing_back() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    for round in 0..30 {
        let name = format!("anna {round}");
        let anna = Visitor::with_role(&relay, &made, "editor").named(&name);
        let path = own_path(&anna, "Ana").await;
        // Who writes their entry again and again keeps no role by it.
        let (her, ours, to) = (anna.clone(), chair.clone(), path.clone());
        let (capped, written) = at_once(
            async move { ours.patch(&to, json!({"role": "viewer"})).await },
            async move { her.put("/people/me", json!({"name": "Ana"})).await },
        )
        .await;
        assert!(capped.status.is_success() && written.status.is_success());
        assert_eq!(anna.get("").await.ok()["role"], "viewer", "round {round}");
        // A correction undoes neither an erasure nor a withholding.
        let (her, ours) = (anna.clone(), chair.clone());
        let (_, hidden) = at_once(
            async move { ours.patch(&path, json!({"name": "Anna Unique"})).await },
            async move {
                if round % 2 == 0 {
                    return her.delete("/people/me").await;
                }
                let withheld = json!({"name": "Ana", "withheld": true});
                her.put("/people/me", withheld).await
            },
        )
        .await;
        assert!(hidden.status.is_success(), "round {round}: {hidden:?}");
        let told = chair.get("/people").await.ok().to_string();
        assert!(!told.contains("Unique"), "round {round}: {told}");
    }
}

#[tokio::test]
async fn nobody_takes_over_whoever_is_known_already_by_a_link_of_their_own() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let mallory = Visitor::with_role(&served.relay, &made, "reviewer").named("mallory");
    let mine = mallory.put("/people/me", json!({"name": "M"})).await.ok();
    let trap = mallory.post("/people/me/link", json!({})).await.ok();
    // Somebody with an entry, and a guest who has written something.
    let anna = Visitor::with_url(&served.relay, &made, &trap["url"]).named("anna");
    let known = Visitor::with_role(&served.relay, &made, "editor").named("anna");
    let entry = known.put("/people/me", json!({"name": "Anna"})).await.ok();
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let secret = made.secret("editor");
    let (mut guest, guest_id) = join("guest", &served, &secret, text).await;
    guest.sync_until(has("title")).await;
    guest.write("said", "something");
    guest.sync_until_saved().await;
    assert_eq!(anna.get("").await.refused(), (409, "known_already"));
    let secret = secret_of(&trap);
    let mut peer = Peer::dial("guest", served.address, &format!("?access={secret}"), text).await;
    peer.say_join_as("secret of guest").await;
    let (code, words) = peer.closed().await;
    assert_eq!(code, Some(4401), "{words:?}");
    assert!(words.expect("words").contains("known"));
    // All are who they were.
    let people = mallory.get("/people").await.ok();
    let ids: Vec<_> = people["people"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|person| (person["participant"].clone(), person["also"].clone()))
        .collect();
    for id in [
        &mine["participant"],
        &entry["participant"],
        &json!(guest_id),
    ] {
        assert!(ids.contains(&(id.clone(), Value::Null)), "{id} in {ids:?}");
    }
    // A guest who has said and written nothing may still become who they are.
    let phone = Visitor::with_role(&served.relay, &made, "viewer").named("phone");
    phone.get("").await.ok();
    let phone = Visitor::with_url(&served.relay, &made, &trap["url"]).named("phone");
    let seen = phone.get("").await.ok();
    assert_eq!(seen["participant"], mine["participant"]);
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn those_who_only_read_cannot_use_up_the_links_or_fill_the_people() {
    let config = RelayConfig {
        bounds: Bounds {
            people: 4,
            ..quick().bounds
        },
        ..quick()
    };
    let relay = relay(config, Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    let reader = Visitor::with_role(&relay, &made, "viewer").named("reader");
    let mut answers = Vec::new();
    for _ in 0..30 {
        answers.push(reader.post("/people/me/link", json!({})).await.status);
    }
    let made_by_them = answers.iter().filter(|it| it.is_success()).count();
    assert_eq!(made_by_them, 20, "so many devices has nobody");
    assert_eq!(answers.last(), Some(&StatusCode::CONFLICT));
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    chair.post("/links", json!({"role": "viewer"})).await.ok();
    for name in ["three", "four"] {
        let other = Visitor::with_role(&relay, &made, "viewer").named(name);
        other.get("").await.ok();
    }
    let fifth = Visitor::with_role(&relay, &made, "viewer").named("five");
    assert_eq!(fifth.get("").await.refused(), (409, "conflict"));
    let again = Visitor::with_role(&relay, &made, "viewer").named("four");
    again.get("").await.ok();
}
