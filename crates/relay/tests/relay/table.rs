//! Every role, document, stage and kind of change on a raw websocket, with hand-made changes.
//!
//! What is allowed reaches an observer. What is refused is in quarantine, its author is told what to do,
//! and neither the storage nor any other copy has it.

use std::collections::BTreeMap;
use std::time::Duration;

use automerge::transaction::{Transactable, Transaction};
use automerge::{ChangeHash, ObjType, ROOT, ReadDoc};
use bytes::Bytes;
use plenary_draft::{DocumentId, Stage};
use plenary_protocol::access::{Access, Act, DocumentKind, Permission, Role};
use plenary_protocol::room::{ParticipantId, RecordRequest, RefusalReason, Request};
use plenary_protocol::wire::{Notice, SessionId, WireMessage};
use serde_json::json;

use super::client::{Peer, Seen};
use super::ours::{KINDS, documents, enter, has_all, join, knows, quarantined};
use super::start::{Made, Served, quick};
use super::visitor::Visitor;

/// What somebody may try: on which document, and what that is.
const TRIALS: [(DocumentKind, &str, Act); 12] = [
    (DocumentKind::Text, "types", Act::WriteText),
    (DocumentKind::Text, "writes at the root", Act::WriteText),
    (DocumentKind::Discussion, "comments", Act::WriteOwnEntry),
    (
        DocumentKind::Discussion,
        "comments as another",
        Act::WriteForeignEntry,
    ),
    (
        DocumentKind::Discussion,
        "changes another's comment",
        Act::WriteForeignEntry,
    ),
    (
        DocumentKind::Discussion,
        "deletes another's comment",
        Act::WriteForeignEntry,
    ),
    (
        DocumentKind::Discussion,
        "comments for another",
        Act::WriteForAnother,
    ),
    (
        DocumentKind::Discussion,
        "suggests for another",
        Act::WriteForAnother,
    ),
    (
        DocumentKind::Discussion,
        "comments for a stranger",
        Act::WriteForeignEntry,
    ),
    (
        DocumentKind::Discussion,
        "replaces the comments",
        Act::WriteForeignEntry,
    ),
    (DocumentKind::Record, "sets the stage", Act::WriteRecord),
    (DocumentKind::Record, "claims an actor", Act::WriteRecord),
];

/// How long the herald waits before it says the same once more.
const SAID_AGAIN: Duration = Duration::from_millis(200);

fn child(it: &Transaction<'_>, parent: &automerge::ObjId, key: &str) -> automerge::ObjId {
    let (_, found) = it.get(parent, key).expect("readable").expect("it is there");
    found
}

fn comment(it: &mut Transaction<'_>, key: &str, participant: &str) {
    enter_for(it, "comments", key, participant, None);
}

/// Makes an entry, perhaps on somebody's behalf.
pub fn enter_for(
    it: &mut Transaction<'_>,
    map: &str,
    key: &str,
    participant: &str,
    behalf: Option<&str>,
) {
    let map = child(it, &ROOT, map);
    let entry = it.put_object(&map, key, ObjType::Map).expect("a map");
    it.put(&entry, "participant", participant).expect("a field");
    if let Some(behalf) = behalf {
        it.put(&entry, "behalf", behalf).expect("a field");
    }
    let body = it
        .put_object(&entry, "body", ObjType::Text)
        .expect("a text");
    it.splice_text(&body, 0, 0, "Why?").expect("words");
}

/// Does it to the peer's copy, and returns the change.
fn attempt(peer: &mut Peer, trial: &str, me: &str, cleo: &str) -> ChangeHash {
    let name = peer.name.to_string();
    let mut it = peer.document.transaction();
    match trial {
        "types" => {
            let sections = child(&it, &ROOT, "sections");
            let first = it.keys(&sections).next().expect("a section");
            let section = child(&it, &sections, &first);
            let text = child(&it, &section, "text");
            it.splice_text(&text, 0, 0, &name).expect("words");
        }
        "writes at the root" => it.put(ROOT, name, 1).expect("a key"),
        "comments" => comment(&mut it, &name, me),
        "comments as another" => comment(&mut it, &name, "somebody else"),
        "comments for another" => enter_for(&mut it, "comments", &name, me, Some(cleo)),
        "suggests for another" => enter_for(&mut it, "suggestions", &name, me, Some(cleo)),
        "comments for a stranger" => {
            enter_for(&mut it, "comments", &name, me, Some("nobody's id"));
        }
        "changes another's comment" => {
            let comments = child(&it, &ROOT, "comments");
            let hers = child(&it, &comments, "hers");
            it.put(&hers, "withdrawn", true).expect("a field");
        }
        "deletes another's comment" => {
            let comments = child(&it, &ROOT, "comments");
            it.delete(&comments, "hers").expect("an entry");
        }
        "replaces the comments" => {
            it.put_object(ROOT, "comments", ObjType::Map)
                .expect("a map");
        }
        "sets the stage" => it.put(ROOT, "stage", "forged").expect("a key"),
        "claims an actor" => {
            let actors = child(&it, &ROOT, "actors");
            it.put(&actors, "00", me).expect("a key");
        }
        other => panic!("no such trial: {other}"),
    }
    it.commit().0.expect("something was changed")
}

/// What whoever is refused is told.
fn why(access: Access, kind: DocumentKind, stage: &Stage, trial: &str) -> RefusalReason {
    if access.permission(kind, stage) == Permission::Write {
        return match trial {
            "comments for another" | "suggests for another" | "comments for a stranger" => {
                RefusalReason::Behalf
            }
            _ => RefusalReason::ForeignEntry,
        };
    }
    if access.permission(kind, &Stage::Drafting) == Permission::Write {
        RefusalReason::Stage
    } else {
        RefusalReason::NotAllowed
    }
}

/// Somebody who tries.
struct Trier {
    name: String,
    secret: String,
    access: Access,
}

/// A draft at a stage, with a comment of somebody who takes no further part.
pub struct Scene {
    pub served: Served,
    pub made: Made,
    pub ids: BTreeMap<DocumentKind, DocumentId>,
    pub observers: BTreeMap<DocumentKind, Peer>,
    /// Who says something that observers hear after all that was to be told before.
    heralds: BTreeMap<DocumentKind, Peer>,
    said: u64,
    /// Somebody who takes part by mail.
    cleo: String,
}

/// Somebody who listens and somebody who is heard, for each document.
async fn seats(
    served: &Served,
    made: &Made,
    ids: &BTreeMap<DocumentKind, DocumentId>,
) -> [BTreeMap<DocumentKind, Peer>; 2] {
    let (mut observers, mut heralds) = (BTreeMap::new(), BTreeMap::new());
    for kind in KINDS {
        let secret = made.secret("facilitator");
        let (mut observer, _) =
            join(&format!("observer {kind:?}"), served, &secret, ids[&kind]).await;
        let root = match kind {
            DocumentKind::Record => "stages",
            DocumentKind::Text => "sections",
            _ => "comments",
        };
        observer
            .sync_until(|document| matches!(document.get(ROOT, root), Ok(Some(_))))
            .await;
        observer.sync_until_saved().await;
        let name = format!("herald {kind:?}");
        let (mut herald, _) = join(&name, served, &secret, ids[&kind]).await;
        herald
            .sync_until(has_all(observer.document.get_heads()))
            .await;
        observers.insert(kind, observer);
        heralds.insert(kind, herald);
    }
    [observers, heralds]
}

impl Scene {
    pub async fn at(stage: &Stage) -> Self {
        let served = Served::start(quick()).await;
        let made = served.draft("# One\n\ntext\n").await;
        let ids = documents(&served, &made).await;
        let secret = made.secret("reviewer");
        let (mut her, who) = join("her", &served, &secret, ids[&DocumentKind::Discussion]).await;
        her.sync_until(|document| matches!(document.get(ROOT, "comments"), Ok(Some(_))))
            .await;
        let mut it = her.document.transaction();
        comment(&mut it, "hers", &who);
        it.commit();
        her.sync_until_saved().await;
        let chair = Visitor::with_role(&served.relay, &made, "facilitator");
        let cleo = chair.post("/people", json!({"name": "Cleo"})).await.ok();
        if *stage != Stage::Drafting {
            let request = Request {
                by: ParticipantId::new("facilitator"),
                role: Role::Facilitator,
                what: RecordRequest::SetStage {
                    stage: stage.clone(),
                    reason: None,
                    opens_ms: None,
                    closes_ms: None,
                },
            };
            served
                .relay
                .request(made.id, request)
                .await
                .expect("allowed");
        }
        let [observers, heralds] = seats(&served, &made, &ids).await;
        Self {
            served,
            made,
            ids,
            observers,
            heralds,
            said: 0,
            cleo: cleo["participant"].as_str().expect("an id").to_owned(),
        }
    }

    /// Each role, and a viewer whose link is one with history.
    async fn triers(&self) -> Vec<Trier> {
        let chair = Visitor::with_role(&self.served.relay, &self.made, "facilitator");
        let wanted = json!({"role": "viewer", "history": true});
        let link = chair.post("/links", wanted).await.ok();
        let url = link["url"].as_str().expect("a link");
        let mut triers = vec![Trier {
            name: "viewer with history".to_owned(),
            secret: url.split('#').nth(1).expect("a secret").to_owned(),
            access: Access {
                with_history: true,
                ..Access::of(Role::Viewer)
            },
        }];
        triers.extend(Role::ALL.map(|role| Trier {
            name: role.to_string(),
            secret: self.made.secret(role.as_str()),
            access: Access::of(role),
        }));
        triers
    }

    async fn is_stored(&self, kind: DocumentKind, hash: ChangeHash) -> bool {
        let records = self.served.relay.storage().change_records(self.ids[&kind]);
        records
            .await
            .expect("readable")
            .iter()
            .any(|it| it.hash == hash)
    }

    async fn is_quarantined(&self, hash: ChangeHash) -> bool {
        let kept = self.served.relay.storage().quarantined(self.made.id, None);
        kept.await
            .expect("readable")
            .iter()
            .any(|it| it.hash == hash)
    }

    /// Lets observers and heralds join anew, whom a stage may have sent away.
    pub async fn join_again(&mut self) {
        let [observers, heralds] = seats(&self.served, &self.made, &self.ids).await;
        (self.observers, self.heralds) = (observers, heralds);
    }

    /// Lets the observer of a document hear all that there is to be told of it: presence is told after all
    /// else, so who hears the herald has heard the rest.
    /// Of presence the relay drops what is too much in a second, so the herald says it again until it is heard.
    pub async fn hear_all(&mut self, kind: DocumentKind) {
        let herald = self.heralds.get_mut(&kind).expect("one for each");
        let observer = self.observers.get_mut(&kind).expect("one for each");
        loop {
            self.said += 1;
            let message = WireMessage::Ephemeral {
                sender: herald.name.clone(),
                target: herald.relay.clone().expect("joined"),
                document: self.ids[&kind],
                session: SessionId::new("herald"),
                count: self.said,
                data: Bytes::from_static(b"\xa0"),
            };
            herald.send(&message).await;
            let heard = async {
                loop {
                    match observer.hear().await {
                        Seen::Message(WireMessage::Ephemeral { count, .. })
                            if count == self.said =>
                        {
                            break;
                        }
                        Seen::Message(_) => {}
                        Seen::Closed(frame) => panic!("the observer was closed: {frame:?}"),
                    }
                }
            };
            if tokio::time::timeout(SAID_AGAIN, heard).await.is_ok() {
                return;
            }
        }
    }

    async fn trial(&mut self, who: &Trier, stage: &Stage, number: usize) {
        let (kind, trial, act) = TRIALS[number];
        let (access, role) = (who.access, &who.name);
        let name = format!("{role} {number}");
        let secret = who.secret.clone();
        if access.permission(kind, stage) == Permission::None {
            return self.blind_trial(who, stage, number).await;
        }
        let (mut peer, me) = join(&name, &self.served, &secret, self.ids[&kind]).await;
        let observer = self.observers.get_mut(&kind).expect("one for each");
        observer.sync_until_saved().await;
        peer.sync_until(has_all(observer.document.get_heads()))
            .await;
        let hash = attempt(&mut peer, trial, &me, &self.cleo);
        if access.may(act, stage) {
            peer.sync_until_saved().await;
            observer.sync_until(knows(hash)).await;
            assert!(self.is_stored(kind, hash).await, "{role} {stage} {trial}");
        } else {
            let (hashes, words) = quarantined(&mut peer).await;
            assert_eq!(hashes, [hash], "{role} {stage} {trial}");
            let reason = why(access, kind, stage, trial);
            assert_eq!(words, reason.explanation(), "{role} {stage} {trial}");
            assert!(!self.is_stored(kind, hash).await, "{role} {stage} {trial}");
            assert!(self.is_quarantined(hash).await, "{role} {stage} {trial}");
            self.hear_all(kind).await;
            let observer = &self.observers[&kind].document;
            assert!(!knows(hash)(observer), "{role} {stage} {trial}");
        }
    }

    /// Somebody who may not even know of a document has a copy of it all the same, and sends a change of it.
    async fn blind_trial(&mut self, who: &Trier, stage: &Stage, number: usize) {
        let (kind, trial, _) = TRIALS[number];
        let what = format!("{} {stage} {trial}", who.name);
        let name = format!("{} {number}", who.name);
        let mut peer = enter(&name, &self.served, &who.secret, self.ids[&kind]).await;
        let observer = self.observers.get_mut(&kind).expect("one for each");
        observer.sync_until_saved().await;
        let actor = peer.document.get_actor().clone();
        peer.document = observer.document.fork().with_actor(actor);
        let hash = attempt(&mut peer, trial, "somebody", &self.cleo);
        let change = peer
            .document
            .get_change_by_hash(&hash)
            .expect("it is there");
        peer.send(&peer.sync_of(&[change])).await;
        let words = loop {
            if let Seen::Message(WireMessage::Plenary { notice, .. }) = peer.next().await
                && let Notice::Notice { message, .. } = notice
            {
                break message;
            }
        };
        assert!(words.contains("only where you wrote it"), "{what}: {words}");
        let seen = peer.next().await;
        let unavailable = matches!(seen, Seen::Message(WireMessage::DocUnavailable { .. }));
        assert!(unavailable, "{what}: {seen:?}");
        assert!(!self.is_stored(kind, hash).await, "{what}");
        assert!(!self.is_quarantined(hash).await, "{what}");
        self.hear_all(kind).await;
        assert!(!knows(hash)(&self.observers[&kind].document), "{what}");
    }

    /// Nobody who comes now gets anything that is not stored.
    async fn check_newcomers(&self) {
        for kind in KINDS {
            let secret = self.made.secret("facilitator");
            let (mut peer, _) = join("newcomer", &self.served, &secret, self.ids[&kind]).await;
            let heads = self.observers[&kind].document.get_heads();
            peer.sync_until(has_all(heads)).await;
            for change in peer.document.get_changes_meta(&[]) {
                assert!(self.is_stored(kind, change.hash).await);
                assert!(!self.is_quarantined(change.hash).await);
            }
        }
    }
}

async fn all_trials_at(stage: Stage) {
    let mut scene = Scene::at(&stage).await;
    for who in scene.triers().await {
        for number in 0..TRIALS.len() {
            scene.trial(&who, &stage, number).await;
        }
    }
    scene.check_newcomers().await;
    scene.served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn drafting() {
    all_trials_at(Stage::Drafting).await;
}

#[tokio::test]
async fn review() {
    all_trials_at(Stage::Review).await;
}

#[tokio::test]
async fn settling() {
    all_trials_at(Stage::Settling).await;
}

#[tokio::test]
async fn the_end() {
    all_trials_at(Stage::Final).await;
}

/// The rows of docs/privacy.md, as the function has them.
#[test]
fn the_table_of_acts_in_the_documentation_is_the_one_in_the_code() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/privacy.md");
    let page = std::fs::read_to_string(page).expect("docs/privacy.md is there");
    for act in Act::ALL {
        let stages = [
            Stage::Drafting,
            Stage::Review,
            Stage::Settling,
            Stage::Final,
        ];
        let cells = stages.map(|stage| {
            plenary_protocol::access::least_role(act, &stage)
                .map_or("nobody".to_owned(), |role| role.to_string())
        });
        let row = format!("| {} | {} |", act.words(), cells.join(" | "));
        assert!(page.contains(&row), "docs/privacy.md lacks the row\n{row}");
    }
}
