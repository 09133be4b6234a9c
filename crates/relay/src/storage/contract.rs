//! What every storage has to do, as tests against the trait. Each storage runs [`check_all`] over
//! itself.

mod access;

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};
use plenary_draft::DocumentId;
use plenary_draft::document::new_document;
use plenary_protocol::room::{
    Commit, NewChange, ParticipantId, QuarantineDecision as Decision, QuarantinedChange,
    RefusalReason,
};

use super::compaction::{compact, load};
use super::{
    DocumentKind, LinkId, NewDocument, NewDraft, NewLink, NewSnapshot, QuarantineSize,
    QuarantineState, RoomCommit, Storage, StorageError,
};
use crate::access::Role;

/// Runs every check, each over a fresh storage.
///
/// # Panics
///
/// When the storage breaks the contract.
pub async fn check_all<S: Storage>(fresh: impl Fn() -> Arc<S>) {
    a_draft_comes_back_as_it_was_stored(&*fresh()).await;
    an_imported_draft_binds_nobody(&*fresh()).await;
    commits_come_back_in_order_and_only_once(&*fresh()).await;
    a_refused_commit_leaves_nothing_behind(&*fresh()).await;
    an_actor_belongs_to_one_participant(&*fresh()).await;
    quarantine_is_kept_and_counted_once(&*fresh()).await;
    quarantine_is_listed_of_some_and_read_one_by_one(&*fresh()).await;
    open_documents_are_made_by_their_first_change(&*fresh()).await;
    a_snapshot_counts_only_when_adopted(&*fresh()).await;
    an_older_snapshot_never_replaces_a_newer_one(&*fresh()).await;
    compaction_keeps_every_change(fresh()).await;
    many_rooms_commit_at_once(fresh()).await;
    unknown_documents_are_errors(&*fresh()).await;
    a_closed_storage_says_so(&*fresh()).await;
    access::check_all(fresh).await;
}

/// The participant who made the samples.
pub fn sample_participant() -> ParticipantId {
    ParticipantId::new("anna")
}

/// A draft with three documents, made from a number: another number, another draft.
pub fn sample_draft(number: u8) -> NewDraft {
    let id =
        |part: u8| DocumentId::from_bytes([number, part, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let kinds = [
        DocumentKind::Record,
        DocumentKind::Text,
        DocumentKind::Discussion,
    ];
    let documents = kinds.into_iter().zip(0..).map(|(kind, part)| {
        let document = sample_document();
        NewDocument {
            id: id(part),
            kind,
            snapshot: document.save(),
            heads: document.get_heads(),
            changes: changes_of(&document),
        }
    });
    let links = Role::ALL.into_iter().zip(0..).map(|(role, part)| {
        let hash = [number.wrapping_mul(4).wrapping_add(part); 32];
        NewLink::plain(LinkId::new(format!("{number}-{role}")), hash, role)
    });
    NewDraft {
        id: id(0),
        documents: documents.collect(),
        links: links.collect(),
        binds_actors: true,
        participant: sample_participant(),
        created_ms: 1_000,
    }
}

/// A document with one change by a fixed actor.
pub fn sample_document() -> Automerge {
    let mut document = new_document(ActorId::from([1; 16]));
    let mut transaction = document.transaction();
    transaction
        .put_object(ROOT, "text", ObjType::Text)
        .expect("a map takes a text");
    transaction.commit();
    document
}

/// Hash and actor of each change of a document, dependencies first.
pub fn changes_of(document: &Automerge) -> Vec<(automerge::ChangeHash, ActorId)> {
    document
        .get_changes(&[])
        .iter()
        .map(|change| (change.hash(), change.actor_id().clone()))
        .collect()
}

/// `count` changes that build on the sample document, each after the one before.
pub fn sample_changes(count: usize) -> Vec<Change> {
    let mut document = sample_document();
    let heads = document.get_heads();
    document.set_actor(ActorId::from([2; 16]));
    for index in 0..count {
        let mut transaction = document.transaction();
        let Ok(Some((_, text))) = transaction.get(ROOT, "text") else {
            panic!("the sample document has a text");
        };
        transaction
            .splice_text(&text, index, 0, "a")
            .expect("the index is within the text");
        transaction.commit();
    }
    document.get_changes(&heads)
}

/// A commit of `count` changes to the first document of a sample draft.
pub fn sample_commit(draft: &NewDraft, count: usize) -> RoomCommit {
    let samples = sample_changes(count);
    let changes = samples
        .iter()
        .map(|change| new_change(draft.id, change, &sample_participant()));
    RoomCommit {
        draft: draft.id,
        create_open: false,
        commit: Commit {
            changes: changes.collect(),
            bindings: vec![(ActorId::from([2; 16]), sample_participant())],
            quarantined: Vec::new(),
            decisions: Vec::new(),
            audit: Vec::new(),
        },
    }
}

fn new_change(document: DocumentId, change: &Change, participant: &ParticipantId) -> NewChange {
    NewChange {
        document,
        hash: change.hash(),
        actor: change.actor_id().clone(),
        bytes: change.raw_bytes().to_vec().into(),
        participant: participant.clone(),
        received_ms: 2_000,
    }
}

async fn a_draft_comes_back_as_it_was_stored(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    for new in &draft.documents {
        let stored = storage.document(new.id).await.expect("stored");
        assert_eq!((stored.id, stored.kind), (new.id, new.kind));
        assert_eq!(stored.changes, []);
        let snapshot = stored.snapshot.as_ref().expect("a draft begins with one");
        assert_eq!(
            (&snapshot.bytes, &snapshot.heads),
            (&new.snapshot, &new.heads)
        );
        assert_eq!(load(&stored).expect("loads").get_heads(), new.heads);
        let found = storage.draft_of(new.id).await.expect("readable");
        let found = found.expect("the document belongs to the draft");
        assert_eq!(found.id, draft.id);
        let expected: Vec<_> = draft.documents.iter().map(|d| (d.id, d.kind)).collect();
        assert_eq!(found.documents, expected);
        assert_eq!(
            found.bindings,
            [(ActorId::from([1; 16]), sample_participant())]
        );
        let records = storage.change_records(new.id).await.expect("readable");
        let seen: Vec<_> = records
            .iter()
            .map(|record| (record.hash, record.actor.clone()))
            .collect();
        assert_eq!(seen, new.changes);
        assert!(records.iter().all(|record| record.received_ms == 1_000));
    }
    let links = storage.links(draft.id).await.expect("readable");
    let roles: BTreeSet<_> = links.iter().map(|link| link.terms.role).collect();
    assert_eq!(roles, BTreeSet::from(Role::ALL));
    for link in &draft.links {
        let found = storage.link(link.hash).await.expect("readable");
        let found = found.expect("the link is stored");
        assert_eq!((found.draft, &found.terms), (draft.id, link));
    }
    assert_eq!(storage.link([255; 32]).await, Ok(None));
    let again = storage.create(draft).await;
    assert!(matches!(again, Err(StorageError::Conflict(_))), "{again:?}");
}

async fn an_imported_draft_binds_nobody(storage: &dyn Storage) {
    let mut draft = sample_draft(1);
    draft.binds_actors = false;
    storage.create(draft.clone()).await.expect("created");
    let stored = storage.draft_of(draft.id).await.expect("readable");
    assert_eq!(stored.expect("there").bindings, []);
    let records = storage.change_records(draft.id).await.expect("readable");
    assert_eq!(records.len(), 1);
}

async fn commits_come_back_in_order_and_only_once(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let commit = sample_commit(&draft, 5);
    storage.commit(commit.clone()).await.expect("committed");
    storage.commit(commit.clone()).await.expect("skipped");
    let stored = storage.document(draft.id).await.expect("stored");
    let hashes: Vec<_> = stored.changes.iter().map(|change| change.hash).collect();
    let expected: Vec<_> = commit.commit.changes.iter().map(|c| c.hash).collect();
    assert_eq!(hashes, expected);
    let loaded = load(&stored).expect("loads");
    assert_eq!(loaded.get_heads(), expected[4..]);
    let records = storage.change_records(draft.id).await.expect("readable");
    assert_eq!(records.len(), 6);
    assert_eq!(records[5].participant, sample_participant());
}

async fn a_refused_commit_leaves_nothing_behind(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let mut commit = sample_commit(&draft, 3);
    commit.commit.changes[2].document = DocumentId::from_bytes([9; 16]);
    let answer = storage.commit(commit).await;
    assert!(answer.is_err());
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!(stored.changes, []);
    let bindings = storage.draft_of(draft.id).await.expect("readable");
    assert_eq!(bindings.expect("there").bindings.len(), 1);
}

async fn an_actor_belongs_to_one_participant(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    storage
        .commit(sample_commit(&draft, 1))
        .await
        .expect("committed");
    let mut commit = sample_commit(&draft, 2);
    commit.commit.bindings[0].1 = ParticipantId::new("ben");
    let answer = storage.commit(commit).await;
    assert!(
        matches!(answer, Err(StorageError::Conflict(_))),
        "{answer:?}"
    );
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!(stored.changes.len(), 1);
}

fn refused(change: &NewChange) -> QuarantinedChange {
    QuarantinedChange {
        document: change.document,
        hash: change.hash,
        bytes: change.bytes.clone(),
        participant: change.participant.clone(),
        reason: RefusalReason::NotAllowed,
        received_ms: 3_000,
    }
}

async fn quarantine_is_kept_and_counted_once(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let mut commit = sample_commit(&draft, 1);
    let change = commit.commit.changes.remove(0);
    commit.commit.bindings.clear();
    commit.commit.quarantined.push(refused(&change));
    storage.commit(commit.clone()).await.expect("committed");
    storage.commit(commit).await.expect("skipped");
    let kept = storage.quarantined(draft.id, None).await.expect("readable");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].bytes, change.bytes.len());
    assert_eq!(kept[0].reason, "not-allowed");
    assert_eq!(kept[0].state, QuarantineState::Waiting);
    assert_eq!(kept[0].decision, None);
    let size = QuarantineSize {
        document: change.document,
        hash: change.hash,
        participant: sample_participant(),
        reason: "not-allowed".into(),
        bytes: change.bytes.len(),
    };
    let sizes = storage.quarantine_sizes(draft.id).await;
    assert_eq!(sizes.expect("readable"), [size]);
    let mut decided = sample_commit(&draft, 0);
    decided.commit.decisions.push(Decision {
        document: change.document,
        hash: change.hash,
        participant: sample_participant(),
        admitted: false,
        reason: Some("off topic".into()),
        by: ParticipantId::new("chair"),
        at_ms: 4_000,
    });
    storage.commit(decided).await.expect("committed");
    let kept = storage.quarantined(draft.id, None).await.expect("readable");
    assert_eq!(kept[0].state, QuarantineState::Declined);
    let decision = kept[0].decision.as_ref().expect("it was decided");
    assert_eq!((decision.by.as_str(), decision.at_ms), ("chair", 4_000));
    assert_eq!(decision.reason, "off topic");
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!(stored.changes, []);
}

async fn quarantine_is_listed_of_some_and_read_one_by_one(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let mut commit = sample_commit(&draft, 1);
    let change = commit.commit.changes.remove(0);
    commit.commit.bindings.clear();
    commit.commit.quarantined.push(refused(&change));
    storage.commit(commit).await.expect("committed");
    let kept = storage.quarantined(draft.id, None).await.expect("readable");
    assert_eq!(kept.len(), 1);
    let whose = |name: &str| Some(vec![ParticipantId::new("x"), ParticipantId::new(name)]);
    let of_bo = storage.quarantined(draft.id, whose("bo")).await;
    assert_eq!(of_bo.expect("readable"), []);
    let of_anna = storage.quarantined(draft.id, whose("anna")).await;
    assert_eq!(of_anna.expect("readable"), kept);
    let of_nobody = storage.quarantined(draft.id, Some(Vec::new())).await;
    assert_eq!(of_nobody.expect("readable"), []);
    let place = kept[0].id;
    let bytes = storage.quarantined_bytes(draft.id, vec![place, place]);
    let twice = [change.bytes.clone(), change.bytes.clone()];
    assert_eq!(bytes.await.expect("readable"), twice);
    let other = sample_draft(2);
    storage.create(other.clone()).await.expect("created");
    for (of, place) in [(draft.id, place + 1), (other.id, place)] {
        let gone = storage.quarantined_bytes(of, vec![place]).await;
        assert_eq!(gone, Err(StorageError::UnknownDocument(of)));
    }
}

async fn open_documents_are_made_by_their_first_change(storage: &dyn Storage) {
    let draft = sample_draft(1);
    let mut commit = sample_commit(&draft, 1);
    let first = sample_document().get_changes(&[]).remove(0);
    commit
        .commit
        .changes
        .insert(0, new_change(draft.id, &first, &sample_participant()));
    let refused = storage.commit(commit.clone()).await;
    assert!(refused.is_err(), "the document is unknown");
    commit.create_open = true;
    storage.commit(commit.clone()).await.expect("made");
    storage.commit(commit).await.expect("known by now");
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!((stored.kind, stored.changes.len()), (DocumentKind::Open, 2));
    load(&stored).expect("loads");
}

async fn a_snapshot_counts_only_when_adopted(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    storage
        .commit(sample_commit(&draft, 4))
        .await
        .expect("committed");
    let before = storage.document(draft.id).await.expect("stored");
    let loaded = load(&before).expect("loads");
    let snapshot = NewSnapshot {
        document: draft.id,
        bytes: loaded.save(),
        heads: loaded.get_heads(),
        through: before.changes[3].sequence,
    };
    let id = storage
        .write_snapshot(snapshot.clone())
        .await
        .expect("written");
    assert_eq!(storage.document(draft.id).await, Ok(before.clone()));
    let read_back = storage.read_snapshot(id).await.expect("there");
    assert_eq!(read_back.bytes, snapshot.bytes);
    storage.discard_snapshot(id).await.expect("discarded");
    assert!(storage.read_snapshot(id).await.is_err());
    assert!(storage.adopt_snapshot(id).await.is_err());
    assert_eq!(storage.document(draft.id).await, Ok(before));

    let id = storage.write_snapshot(snapshot).await.expect("written");
    storage.adopt_snapshot(id).await.expect("adopted");
    storage
        .discard_snapshot(id)
        .await
        .expect("an adopted one stays");
    let after = storage.document(draft.id).await.expect("stored");
    assert_eq!(after.changes, []);
    assert_eq!(load(&after).expect("loads").get_heads(), loaded.get_heads());
    let records = storage.change_records(draft.id).await.expect("readable");
    assert_eq!(records.len(), 5, "who wrote what is kept");
}

async fn an_older_snapshot_never_replaces_a_newer_one(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    storage
        .commit(sample_commit(&draft, 2))
        .await
        .expect("committed");
    let early = storage.document(draft.id).await.expect("stored");
    storage
        .commit(sample_commit(&draft, 4))
        .await
        .expect("committed");
    let late = storage.document(draft.id).await.expect("stored");
    let mut ids = Vec::new();
    for stored in [&late, &early] {
        let loaded = load(stored).expect("loads");
        let snapshot = NewSnapshot {
            document: draft.id,
            bytes: loaded.save(),
            heads: loaded.get_heads(),
            through: stored.changes.last().expect("changes").sequence,
        };
        ids.push(storage.write_snapshot(snapshot).await.expect("written"));
    }
    storage.adopt_snapshot(ids[0]).await.expect("adopted");
    let answer = storage.adopt_snapshot(ids[1]).await;
    assert!(
        matches!(answer, Err(StorageError::Conflict(_))),
        "{answer:?}"
    );
    let after = storage.document(draft.id).await.expect("stored");
    let expected = load(&late).expect("loads").get_heads();
    assert_eq!(load(&after).expect("loads").get_heads(), expected);
}

async fn compaction_keeps_every_change<S: Storage>(storage: Arc<S>) {
    let storage: Arc<dyn Storage> = storage;
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let commit = sample_commit(&draft, 20);
    storage.commit(commit.clone()).await.expect("committed");
    let done = compact(&storage, draft.id).await.expect("compacted");
    assert_eq!(done.expect("something to do").changes, 20);
    assert_eq!(compact(&storage, draft.id).await, Ok(None));
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!(stored.changes, []);
    let loaded = load(&stored).expect("loads");
    for change in &commit.commit.changes {
        assert!(loaded.get_change_meta_by_hash(&change.hash).is_some());
    }
    storage
        .commit(sample_commit(&draft, 25))
        .await
        .expect("committed");
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!(stored.changes.len(), 5);
    load(&stored).expect("loads");
}

async fn many_rooms_commit_at_once<S: Storage>(storage: Arc<S>) {
    const ROOMS: u8 = 40;
    for number in 0..ROOMS {
        let draft = sample_draft(number);
        storage.create(draft).await.expect("created");
    }
    let rooms = (0..ROOMS).map(|number| {
        let storage = Arc::clone(&storage);
        tokio::spawn(async move {
            let draft = sample_draft(number);
            for count in 1..=5 {
                storage
                    .commit(sample_commit(&draft, count))
                    .await
                    .expect("committed");
            }
        })
    });
    for room in rooms.collect::<Vec<_>>() {
        room.await.expect("the room did not panic");
    }
    for number in 0..ROOMS {
        let stored = storage.document(sample_draft(number).id).await;
        assert_eq!(stored.expect("stored").changes.len(), 5);
    }
}

async fn unknown_documents_are_errors(storage: &dyn Storage) {
    let id = DocumentId::from_bytes([9; 16]);
    let answer = storage.document(id).await;
    assert_eq!(answer, Err(StorageError::UnknownDocument(id)));
    assert_eq!(storage.draft_of(id).await, Ok(None));
    assert_eq!(storage.links(id).await, Ok(Vec::new()));
}

async fn a_closed_storage_says_so(storage: &dyn Storage) {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    storage.probe().await.expect("open");
    storage.close().await.expect("closed");
    let answer = storage.commit(sample_commit(&draft, 1)).await;
    assert_eq!(answer, Err(StorageError::Closed));
    assert!(storage.document(draft.id).await.is_err());
}
