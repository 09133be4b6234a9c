//! Links: made, limited, revoked, and never told twice.

use std::sync::Arc;
use std::time::Duration;

use plenary_relay::storage::memory::MemoryStorage;
use serde_json::{Value, json};

use super::client::{Peer, has, within_a_second};
use super::start::{Served, make, quick, relay};
use super::visitor::Visitor;

fn fresh() -> plenary_relay::Relay {
    relay(quick(), Arc::new(MemoryStorage::new()))
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("fits")
}

#[tokio::test]
async fn a_link_is_made_used_listed_changed_and_revoked() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let wanted = json!({"role": "editor", "label": " For the ministry "});
    let link = chair.post("/links", wanted).await;
    assert_eq!(link.status, 201);
    let link = link.ok();
    assert_eq!(
        (&link["label"], &link["uses"]),
        (&json!("For the ministry"), &json!(0))
    );
    let anna = Visitor::with_url(&relay, &made, &link["url"]).named("anna");
    assert_eq!(anna.get("").await.ok()["role"], "editor");
    let listed = chair.get("/links").await.ok();
    let links = listed["links"].as_array().expect("a list");
    assert_eq!(links.len(), 5);
    let found = links.iter().find(|found| found["id"] == link["id"]);
    assert_eq!(found.expect("listed")["uses"], 1);
    let secret = link["url"].as_str().expect("a link").split('#').nth(1);
    let secret = secret.expect("a secret");
    assert!(
        !listed.to_string().contains(secret),
        "no answer tells it twice"
    );
    assert!(!listed.to_string().contains("url"));
    let path = format!("/links/{}", link["id"].as_str().expect("an id"));
    let changed = chair
        .patch(&path, json!({"label": null, "uses": 1}))
        .await
        .ok();
    assert_eq!(
        (&changed["label"], &changed["uses_limit"]),
        (&Value::Null, &json!(1))
    );
    assert_eq!(anna.get("").await.ok()["role"], "editor", "she came before");
    let ben = Visitor::with_url(&relay, &made, &link["url"]).named("ben");
    assert_eq!(ben.get("").await.refused(), (403, "link_used_up"));
    let nobody = Visitor::with_url(&relay, &made, &link["url"]);
    assert_eq!(nobody.get("").await.refused(), (403, "participant_needed"));
    let revoked = chair.delete(&path).await.ok();
    assert!(revoked["revoked_ms"].is_i64());
    assert_eq!(anna.get("").await.refused(), (403, "link_revoked"));
    let trail = chair.get("/audit").await.ok();
    assert!(!trail.to_string().contains(secret));
    let entries = trail["entries"].as_array().expect("a list");
    let kinds: Vec<_> = entries
        .iter()
        .map(|e| e["kind"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        kinds,
        [
            "draft-made",
            "joined",
            "link-made",
            "joined",
            "link-changed",
            "link-revoked"
        ]
    );
}

#[tokio::test]
async fn terms_that_make_no_sense_are_refused() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator");
    for (wanted, status) in [
        (json!({"role": "owner"}), 422),
        (json!({"role": "editor", "history": true}), 422),
        (json!({"role": "editor", "expires_ms": 1}), 422),
        (json!({"role": "editor", "uses": 0}), 422),
        (json!({"role": "editor", "group": "nobody's"}), 422),
        (json!({"role": "editor", "label": "a\u{202e}b"}), 422),
        (json!({"role": "editor", "secret": "x"}), 400),
        (json!({}), 400),
    ] {
        let answer = chair.post("/links", wanted.clone()).await;
        assert_eq!(answer.refused().0, status, "{wanted}");
    }
    assert_eq!(
        chair.delete("/links/none").await.refused(),
        (404, "no_such_part")
    );
    for role in ["viewer", "reviewer", "editor"] {
        let other = Visitor::with_role(&relay, &made, role);
        assert_eq!(other.get("/links").await.refused(), (403, "role_too_low"));
        let answer = other.post("/links", json!({"role": "viewer"})).await;
        assert_eq!(answer.refused(), (403, "role_too_low"));
    }
}

#[tokio::test]
async fn a_link_expires() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator");
    let at_ms = now_ms() + 300;
    let wanted = json!({"role": "viewer", "expires_ms": at_ms});
    let link = chair.post("/links", wanted).await.ok();
    let anna = Visitor::with_url(&relay, &made, &link["url"]);
    assert_eq!(anna.get("").await.ok()["role"], "viewer");
    while now_ms() <= at_ms {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(anna.get("").await.refused(), (403, "link_expired"));
}

fn query(link: &Value, made: &super::start::Made) -> String {
    let secret = link["url"].as_str().expect("a link").split('#').nth(1);
    format!("?access={}&draft={}", secret.expect("a secret"), made.id)
}

#[tokio::test]
async fn revoking_a_link_cuts_who_is_there_and_nobody_else() {
    within_a_second(|| async {
        let served = Served::start(quick()).await;
        let made = served.draft("text").await;
        let chair = Visitor::with_role(&served.relay, &made, "facilitator");
        let link = chair.post("/links", json!({"role": "editor"})).await.ok();
        let mut anna = Peer::join("anna", served.address, &query(&link, &made), made.id).await;
        anna.sync_until(has("plenary")).await;
        let own = format!("?access={}&draft={}", made.secret("editor"), made.id);
        let mut ben = Peer::join("ben", served.address, &own, made.id).await;
        ben.sync_until(has("plenary")).await;
        let begun = std::time::Instant::now();
        let path = format!("/links/{}", link["id"].as_str().expect("an id"));
        chair.delete(&path).await.ok();
        let (code, words) = anna.closed().await;
        assert_eq!(code, Some(4403));
        assert!(words.expect("words").contains("revoked"));
        let taken = begun.elapsed();
        let mut again = Peer::dial("anna", served.address, &query(&link, &made), made.id).await;
        assert_eq!(again.closed().await.0, Some(4403));
        ben.write("still here", "yes");
        served.stopped().await.expect("ends in order");
        taken
    })
    .await;
}

#[tokio::test]
async fn a_link_that_expires_cuts_who_is_there() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator");
    let wanted = json!({"role": "editor", "expires_ms": now_ms() + 700});
    let link = chair.post("/links", wanted).await.ok();
    let mut anna = Peer::join("anna", served.address, &query(&link, &made), made.id).await;
    let (code, words) = anna.closed().await;
    assert_eq!(code, Some(4403));
    assert!(words.expect("words").contains("expired"));
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn a_lowered_role_cuts_who_has_it_and_holds_from_then_on() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let anna = Visitor::with_role(&served.relay, &made, "editor").named("anna");
    let id = anna.put("/people/me", json!({"name": "Anna"})).await.ok();
    let id = id["participant"].as_str().expect("an id").to_owned();
    let own = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut peer = Peer::dial("anna", served.address, &own, made.id).await;
    peer.say_join_as("a secret that is kept by anna").await;
    peer.hear_peer().await;
    peer.sync_until(has("plenary")).await;
    let path = format!("/people/{id}");
    let capped = chair.patch(&path, json!({"role": "reviewer"})).await.ok();
    assert_eq!(capped["role"], "reviewer");
    assert_eq!(peer.closed().await.0, Some(4405));
    assert_eq!(anna.get("").await.ok()["role"], "reviewer");
    let ben = Visitor::with_role(&served.relay, &made, "editor").named("ben");
    assert_eq!(ben.get("").await.ok()["role"], "editor");
    chair.patch(&path, json!({"role": null})).await.ok();
    assert_eq!(anna.get("").await.ok()["role"], "editor");
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn a_viewers_link_with_history_syncs_and_writes_nothing() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator");
    let wanted = json!({"role": "viewer", "history": true});
    let link = chair.post("/links", wanted).await.ok();
    let reader = Visitor::with_url(&served.relay, &made, &link["url"]);
    let overview = reader.get("").await.ok();
    assert_eq!(
        (&overview["role"], &overview["history"]),
        (&json!("viewer"), &json!(true))
    );
    assert!(overview["documents"]["text"].is_string());
    assert!(reader.get("/history").await.ok()["changes"].is_array());
    let mut peer = Peer::join("reader", served.address, &query(&link, &made), made.id).await;
    peer.sync_until(has("plenary")).await;
    let plain = Visitor::with_role(&served.relay, &made, "viewer");
    assert_eq!(plain.get("/history").await.refused(), (403, "role_too_low"));
    assert_eq!(plain.get("").await.ok()["documents"], Value::Null);
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn a_link_with_a_limit_counts_whoever_comes_by_websocket() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator");
    let wanted = json!({"role": "editor", "uses": 1});
    let link = chair.post("/links", wanted).await.ok();
    let mut first = Peer::join("first", served.address, &query(&link, &made), made.id).await;
    first.sync_until(has("plenary")).await;
    let mut second = Peer::dial("second", served.address, &query(&link, &made), made.id).await;
    second.say_join(Default::default()).await;
    let (code, words) = second.closed().await;
    assert_eq!(code, Some(4401));
    assert!(words.expect("words").contains("as many people"));
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn a_personal_link_continues_as_the_same_person_and_falls_with_its_link() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let link = chair.post("/links", json!({"role": "editor"})).await.ok();
    let laptop = Visitor::with_url(&relay, &made, &link["url"]).named("laptop");
    let me = json!({"name": "Anna", "affiliation": "Ministry"});
    let anna = laptop.put("/people/me", me).await.ok();
    let personal = laptop.post("/people/me/link", json!({})).await;
    assert_eq!(personal.status, 201);
    let personal = personal.ok();
    let phone = Visitor::with_url(&relay, &made, &personal["url"]).named("phone");
    let seen = phone.get("").await.ok();
    assert_eq!(seen["participant"], anna["participant"]);
    assert_eq!(
        (&seen["person"]["name"], &seen["role"]),
        (&json!("Anna"), &json!("editor"))
    );
    // By whatever link the phone comes from now on, it is hers.
    let phone = Visitor::with_role(&relay, &made, "reviewer").named("phone");
    assert_eq!(phone.get("").await.ok()["participant"], anna["participant"]);
    let program = Visitor::with_url(&relay, &made, &personal["url"]);
    assert_eq!(
        program.get("").await.ok()["participant"],
        anna["participant"]
    );
    let people = chair.get("/people").await.ok();
    let people = people["people"].as_array().expect("a list").clone();
    assert_eq!(people.len(), 2, "{people:?}");
    let listed = people.iter().find(|p| p["name"] == "Anna").expect("listed");
    assert_eq!(listed["also"].as_array().expect("a list").len(), 1);
    let nobody = Visitor::with_role(&relay, &made, "editor");
    let answer = nobody.post("/people/me/link", json!({})).await;
    assert_eq!(answer.refused(), (403, "participant_needed"));
    let path = format!("/links/{}", link["id"].as_str().expect("an id"));
    chair.delete(&path).await.ok();
    assert_eq!(program.get("").await.refused(), (403, "link_revoked"));
}
