//! Entries of the discussion that facilitators make on behalf of people who take part by mail.

use automerge::transaction::Transactable;
use automerge::{ChangeHash, ROOT, ReadDoc};
use axum::http::Method;
use plenary_draft::bundle::{Bundle, BundleLimits};
use plenary_draft::{Discussion, DocumentId};
use plenary_protocol::access::DocumentKind;
use serde_json::json;

use super::client::{Peer, has};
use super::ours::{documents, join, knows, quarantined};
use super::start::{Made, Served, body, quick};
use super::table::enter_for;
use super::visitor::Visitor;

struct Story {
    served: Served,
    made: Made,
    chair: Visitor,
    discussion: DocumentId,
    cleo: String,
}

impl Story {
    async fn begin() -> Self {
        let served = Served::start(quick()).await;
        let made = served.draft("text").await;
        let chair = Visitor::with_role(&served.relay, &made, "facilitator")
            .header("plenary-participant", "secret of the chair");
        let cleo = person(&chair, "Cleo").await;
        let discussion = documents(&served, &made).await[&DocumentKind::Discussion];
        Self {
            served,
            made,
            chair,
            discussion,
            cleo,
        }
    }

    async fn peer(&self, name: &str, role: &str) -> (Peer, String) {
        let secret = self.made.secret(role);
        let (mut peer, me) = join(name, &self.served, &secret, self.discussion).await;
        peer.sync_until(has("comments")).await;
        (peer, me)
    }

    /// Why the newest change in quarantine is there, with its id.
    async fn held(&self) -> (String, String) {
        let held = self.chair.get("/quarantine").await.ok();
        let last = held["entries"].as_array().expect("a list").last().cloned();
        let last = last.expect("something is held back");
        (
            last["reason"].as_str().expect("a word").to_owned(),
            last["id"].as_str().expect("an id").to_owned(),
        )
    }
}

async fn person(chair: &Visitor, name: &str) -> String {
    let added = chair.post("/people", json!({"name": name})).await.ok();
    added["participant"].as_str().expect("an id").to_owned()
}

/// Makes a comment and returns its change.
fn enter(peer: &mut Peer, key: &str, me: &str, behalf: Option<&str>) -> ChangeHash {
    let mut it = peer.document.transaction();
    enter_for(&mut it, "comments", key, me, behalf);
    it.commit().0.expect("a change")
}

/// Writes a field of a comment that stands.
fn set(peer: &mut Peer, key: &str, behalf: &str) -> ChangeHash {
    let mut it = peer.document.transaction();
    let (_, comments) = it.get(ROOT, "comments").expect("readable").expect("there");
    let (_, entry) = it.get(&comments, key).expect("readable").expect("there");
    it.put(&entry, "behalf", behalf).expect("a field");
    it.commit().0.expect("a change")
}

#[tokio::test]
async fn what_came_by_mail_is_entered_and_on_record() {
    let story = Story::begin().await;
    let (mut chair, me) = story.peer("the chair", "facilitator").await;
    let hash = enter(&mut chair, "mail", &me, Some(&story.cleo));
    chair.sync_until_saved().await;
    let (mut rita, _) = story.peer("rita the reader", "reviewer").await;
    rita.sync_until(knows(hash)).await;
    let read = Discussion::read(&rita.document);
    let comment = read.comments.values().next().expect("a comment");
    assert_eq!(comment.authorship.participant.as_str(), me);
    assert_eq!(comment.authorship.speaker().as_str(), story.cleo);
    let trail = story.chair.get("/audit").await.ok();
    let entered = trail["entries"].as_array().expect("a list").iter();
    let entered: Vec<_> = entered.filter(|it| it["kind"] == "entered-for").collect();
    assert_eq!(entered.len(), 1);
    assert_eq!(entered[0]["by"], me.as_str());
    assert_eq!(entered[0]["detail"]["participant"], story.cleo.as_str());
    // The whole draft in one file names her, as a contributor.
    let bytes = body(story.chair.raw(Method::GET, "/bundle", None).await).await;
    let bundle = Bundle::from_bytes(&bytes, &BundleLimits::default()).expect("a bundle");
    let named = bundle
        .people
        .iter()
        .find(|it| it.participant.as_str() == story.cleo);
    assert_eq!(named.and_then(|it| it.name.as_deref()), Some("Cleo"));
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn nobody_else_lets_others_speak() {
    let story = Story::begin().await;
    let other = story.served.draft("other").await;
    let elsewhere = Visitor::with_role(&story.served.relay, &other, "facilitator");
    let stranger = person(&elsewhere, "Somebody of another draft").await;
    let gone = person(&story.chair, "Gone").await;
    story.chair.delete(&format!("/people/{gone}")).await.ok();
    let cleo = story.cleo.clone();
    for (name, role, behalf) in [
        ("the reviewer", "reviewer", &cleo),
        ("the editor", "editor", &cleo),
        ("second chair", "facilitator", &stranger),
        ("third chair", "facilitator", &gone),
        ("fourth chair", "facilitator", &"relay".to_owned()),
        ("fifth chair", "facilitator", &String::new()),
    ] {
        let (mut peer, me) = story.peer(name, role).await;
        let hash = enter(&mut peer, name, &me, Some(behalf));
        let (hashes, words) = quarantined(&mut peer).await;
        assert_eq!(hashes, [hash], "{name}");
        assert!(words.contains("facilitators enter"), "{words}");
        let (reason, id) = story.held().await;
        assert_eq!(reason, "behalf", "{name}");
        let admit = format!("/quarantine/{id}/admit");
        let admitted = story.chair.post(&admit, json!({})).await;
        assert_eq!(admitted.refused(), (409, "conflict"), "{name}");
    }
    // Nor may one speak on behalf of oneself, as if it were somebody else.
    let (mut peer, me) = story.peer("sixth chair", "facilitator").await;
    enter(&mut peer, "own", &me, Some(&me));
    quarantined(&mut peer).await;
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn for_whom_something_was_entered_stays_as_it_was() {
    let story = Story::begin().await;
    let dora = person(&story.chair, "Dora").await;
    let (mut chair, me) = story.peer("the chair", "facilitator").await;
    enter(&mut chair, "mail", &me, Some(&story.cleo));
    let own = enter(&mut chair, "own", &me, None);
    chair.sync_until_saved().await;
    for (name, key) in [
        ("the chair", "mail"),
        ("the chair", "own"),
        ("second chair", "mail"),
    ] {
        let (mut peer, _) = story.peer(name, "facilitator").await;
        peer.sync_until(knows(own)).await;
        // The same person by another actor, as after a reload.
        let actor: [u8; 16] = std::array::from_fn(|at| {
            if at == 0 {
                key.len() as u8
            } else {
                name.len() as u8
            }
        });
        peer.document.set_actor(actor.into());
        let hash = set(&mut peer, key, &dora);
        let (hashes, _) = quarantined(&mut peer).await;
        assert_eq!(hashes, [hash], "{name} {key}");
    }
    let (mut newcomer, _) = story.peer("newcomer", "reviewer").await;
    newcomer.sync_until(knows(own)).await;
    let read = Discussion::read(&newcomer.document);
    let mut speakers: Vec<_> = read
        .comments
        .values()
        .map(|it| it.authorship.speaker().as_str())
        .collect();
    speakers.sort_unstable();
    let mut expected = [me.as_str(), story.cleo.as_str()];
    expected.sort_unstable();
    assert_eq!(speakers, expected);
    story.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn it_is_entered_for_who_they_are_in_truth_and_by_whom_it_was_held_back() {
    let story = Story::begin().await;
    let dora = person(&story.chair, "Dora").await;
    let merge = format!("/people/{}/merge", story.cleo);
    story.chair.post(&merge, json!({"into": dora})).await.ok();
    let (mut chair, me) = story.peer("the chair", "facilitator").await;
    let old = enter(&mut chair, "old id", &me, Some(&story.cleo));
    chair.sync_until_saved().await;
    assert!(knows(old)(&chair.document));
    // What a facilitator entered before the draft was final, and sends after it, can be admitted.
    let (mut late, late_me) = story.peer("late chair", "facilitator").await;
    late.sync_until(knows(old)).await;
    let stage = |stage: &str| json!({"stage": stage, "reason": "once more"});
    story.chair.post("/stage", stage("final")).await.ok();
    let hash = enter(&mut late, "late", &late_me, Some(&dora));
    quarantined(&mut late).await;
    let (reason, id) = story.held().await;
    assert_eq!(reason, "stage");
    story.chair.post("/stage", stage("drafting")).await.ok();
    let admitted = story
        .chair
        .post(&format!("/quarantine/{id}/admit"), json!({}))
        .await;
    assert_eq!(admitted.ok()["state"], "admitted");
    let (mut newcomer, _) = story.peer("newcomer", "reviewer").await;
    newcomer.sync_until(knows(hash)).await;
    story.served.stopped().await.expect("ends in order");
}
