//! Two participants who turn out to be one person while both are connected, on a raw websocket.

use std::time::Duration;

use automerge::ChangeHash;
use automerge::transaction::Transactable;
use automerge::{ObjType, ROOT, ReadDoc};
use plenary_draft::{LoadLimits, Record, load_document};
use plenary_protocol::access::DocumentKind;
use plenary_protocol::wire::{Notice, ParticipantSecret, PeerMetadata, PlenaryPeer, WireMessage};
use serde_json::{Value, json};

use super::client::{Peer, Seen, has};
use super::ours::{documents, join, knows, quarantined};
use super::start::{Made, Served, quick};
use super::visitor::Visitor;

/// A person's device: by HTTP, in the text and in the discussion.
struct Device {
    http: Visitor,
    id: String,
    text: Peer,
    discussion: Peer,
}

async fn device(served: &Served, made: &Made, name: &str) -> Device {
    let ids = documents(served, made).await;
    let http = Visitor::with_role(&served.relay, made, "editor")
        .header("plenary-participant", &format!("secret of {name}"));
    let entry = http.put("/people/me", json!({"name": name})).await.ok();
    let secret = made.secret("editor");
    let (mut text, id) = join(name, served, &secret, ids[&DocumentKind::Text]).await;
    let discussion = ids[&DocumentKind::Discussion];
    let (mut discussion, _) = join(name, served, &secret, discussion).await;
    assert_eq!(entry["participant"], json!(id));
    text.sync_until(has("title")).await;
    discussion.sync_until(has("comments")).await;
    Device {
        http,
        id,
        text,
        discussion,
    }
}

impl Device {
    /// Types into the text, and waits until that is stored.
    async fn types(&mut self, key: &str) -> ChangeHash {
        self.text.write(key, "words");
        let hash = self.text.document.get_heads()[0];
        self.text.sync_until_saved().await;
        hash
    }

    /// Makes an entry in the name of an id.
    fn comment(&mut self, key: &str, participant: &str) -> ChangeHash {
        let mut it = self.discussion.document.transaction();
        let (_, comments) = it.get(ROOT, "comments").expect("readable").expect("there");
        let entry = it.put_object(&comments, key, ObjType::Map).expect("a map");
        it.put(&entry, "participant", participant).expect("a field");
        it.commit().0.expect("something was written")
    }

    /// Withdraws an entry.
    fn withdraw(&mut self, key: &str) {
        let mut it = self.discussion.document.transaction();
        let (_, comments) = it.get(ROOT, "comments").expect("readable").expect("there");
        let (_, entry) = it.get(&comments, key).expect("readable").expect("there");
        it.put(&entry, "withdrawn", true).expect("a field");
        it.commit();
    }
}

async fn merge(chair: &Visitor, from: &str, into: &str) -> Value {
    let path = format!("/people/{from}/merge");
    chair.post(&path, json!({"into": into})).await.ok()
}

/// Whose the changes of the text are, by hash.
async fn author_of(chair: &Visitor, hash: ChangeHash) -> Value {
    let history = chair.get("/history").await.ok();
    let changes = history["changes"].as_array().expect("a list").clone();
    let change = changes.iter().find(|it| it["hash"] == hash.to_string());
    change.expect("it is in the history")["participant"].clone()
}

/// To whom the record says that the actor of a change belongs.
async fn recorded_owner(served: &Served, made: &Made, of: &Peer, hash: ChangeHash) -> String {
    let ids = documents(served, made).await;
    let storage = served.relay.storage();
    let stored = storage.document(ids[&DocumentKind::Record]).await;
    let stored = stored.expect("readable");
    let snapshot = stored.snapshot.expect("a draft begins with one").bytes;
    let mut record = load_document(&snapshot, &LoadLimits::default()).expect("loads");
    for change in stored.changes {
        let change = automerge::Change::from_bytes(change.bytes).expect("a change");
        record.apply_changes([change]).expect("applies");
    }
    let change = of.document.get_change_meta_by_hash(&hash).expect("there");
    let record = Record::read(&record);
    let owner = record.participant_of(&change.actor);
    owner.expect("the record knows the actor").to_string()
}

#[tokio::test]
async fn who_is_merged_while_connected_goes_on_as_one_person() {
    let served = Served::start(quick()).await;
    let made = served.draft("# One\n\ntext\n").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let mut phone = device(&served, &made, "telephone").await;
    let mut laptop = device(&served, &made, "laptop").await;
    let before = phone.types("before").await;
    phone.comment("theirs", &phone.id.clone());
    phone.discussion.sync_until_saved().await;

    let merged = merge(&chair, &phone.id, &laptop.id).await;
    assert_eq!(merged["also"], json!([phone.id]));

    // Both go on over the sockets that they have, with the actors that they have.
    let from_phone = phone.types("from the phone").await;
    let from_laptop = laptop.types("from the laptop").await;
    phone.text.sync_until(knows(from_laptop)).await;
    laptop.text.sync_until(knows(from_phone)).await;
    for hash in [before, from_phone, from_laptop] {
        assert_eq!(author_of(&chair, hash).await, json!(laptop.id));
        let owner = recorded_owner(&served, &made, &laptop.text, hash).await;
        assert_eq!(owner, laptop.id, "blame reads the record");
    }

    // What the one has said is the other's to withdraw, and both sign with either id.
    let old = phone.id.clone();
    let said = [phone.comment("old id", &old), {
        let new = laptop.id.clone();
        phone.comment("new id", &new)
    }];
    phone.discussion.sync_until_saved().await;
    laptop.discussion.sync_until(knows(said[1])).await;
    laptop.discussion.sync_until(knows(said[0])).await;
    laptop.withdraw("theirs");
    laptop.withdraw("old id");
    laptop.discussion.sync_until_saved().await;
    let kept = served.relay.storage().quarantined(made.id, None).await;
    assert_eq!(kept.expect("readable"), [], "nothing was refused");

    // Somebody else's entries stay somebody else's.
    let stranger = laptop.comment("forged", "somebody else");
    let (refused, _) = quarantined(&mut laptop.discussion).await;
    assert_eq!(refused, [stranger]);
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn who_is_merged_is_told_the_id_and_a_reload_changes_nothing() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let mut phone = device(&served, &made, "telephone").await;
    let laptop = device(&served, &made, "laptop").await;
    let before = phone.types("before").await;
    merge(&chair, &phone.id, &laptop.id).await;
    loop {
        match phone.text.hear().await {
            Seen::Message(WireMessage::Plenary {
                notice: Notice::Participant { participant },
                ..
            }) => {
                assert_eq!(participant, laptop.id);
                break;
            }
            Seen::Closed(frame) => panic!("the phone was closed: {frame:?}"),
            Seen::Message(_) => {}
        }
    }
    assert_eq!(
        phone.http.get("").await.ok()["participant"],
        json!(laptop.id)
    );
    // A connection that dials anew, and a room that is loaded anew, find the same.
    let ids = documents(&served, &made).await;
    let (mut document, copy) = (phone.text.document, ids[&DocumentKind::Text]);
    drop((
        phone.text.socket,
        phone.discussion,
        laptop.text,
        laptop.discussion,
    ));
    super::client::until("the room to be let go", || {
        served.relay.registry().is_empty()
    })
    .await;
    let secret = made.secret("editor");
    let mut again = Peer::dial("again", served.address, &format!("?access={secret}"), copy).await;
    again
        .say_join(PeerMetadata {
            plenary: Some(PlenaryPeer {
                version: 1,
                participant: Some(ParticipantSecret::new("secret of telephone")),
                instance: None,
            }),
            ..PeerMetadata::default()
        })
        .await;
    again.hear_peer().await;
    std::mem::swap(&mut again.document, &mut document);
    again.write("after", "words");
    let after = again.document.get_heads()[0];
    again.sync_until_saved().await;
    for hash in [before, after] {
        assert_eq!(author_of(&chair, hash).await, json!(laptop.id));
    }
}

#[tokio::test]
async fn merged_into_somebody_who_may_less_one_dials_anew() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let mut phone = device(&served, &made, "telephone").await;
    let laptop = device(&served, &made, "laptop").await;
    let path = format!("/people/{}", laptop.id);
    chair.patch(&path, json!({"role": "reviewer"})).await.ok();
    merge(&chair, &phone.id, &laptop.id).await;
    let (code, words) = phone.text.closed().await;
    assert_eq!(code, Some(4405), "{words:?}");
    assert_eq!(phone.http.get("").await.ok()["role"], "reviewer");
    drop(laptop);
    tokio::time::timeout(Duration::from_secs(5), served.stopped())
        .await
        .expect("it ends")
        .expect("in order");
}
