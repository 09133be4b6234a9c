//! The relay's storage as the simulation has it: what was committed survives, nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Automerge, Change, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_draft::document::new_document;
use plenary_protocol::room::{Commit, ParticipantId};

/// What was committed.
#[derive(Clone, Default)]
pub struct Disk {
    changes: BTreeMap<DocumentId, Vec<Bytes>>,
    hashes: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
    /// Which actor belongs to whom.
    pub bindings: BTreeMap<ActorId, ParticipantId>,
    /// Whose each change is, by what the relay found out.
    pub authors: BTreeMap<ChangeHash, ParticipantId>,
    quarantine: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
}

impl Disk {
    /// Takes a commit, all of it.
    pub fn commit(&mut self, commit: Commit) {
        for change in commit.changes {
            assert!(
                self.hashes
                    .entry(change.document)
                    .or_default()
                    .insert(change.hash),
                "a change was stored twice"
            );
            self.authors.insert(change.hash, change.participant);
            self.changes
                .entry(change.document)
                .or_default()
                .push(change.bytes);
        }
        for (actor, participant) in commit.bindings {
            assert!(
                self.bindings.insert(actor, participant).is_none(),
                "an actor was bound twice"
            );
        }
        for change in commit.quarantined {
            self.quarantine
                .entry(change.document)
                .or_default()
                .insert(change.hash);
        }
    }

    /// Puts a document there before anything begins.
    pub fn seed(&mut self, document: DocumentId, automerge: &Automerge) {
        for change in automerge.get_changes(&[]) {
            self.hashes
                .entry(document)
                .or_default()
                .insert(change.hash());
            self.changes
                .entry(document)
                .or_default()
                .push(Bytes::copy_from_slice(change.raw_bytes()));
        }
    }

    /// Loads a document from what was committed.
    pub fn load(&self, document: DocumentId) -> Automerge {
        let mut automerge = new_document(ActorId::from([0; 16]));
        let changes: Vec<Change> = self
            .changes
            .get(&document)
            .into_iter()
            .flatten()
            .map(|bytes| Change::from_bytes(bytes.to_vec()).expect("stored changes are whole"))
            .collect();
        automerge
            .apply_changes(changes)
            .expect("stored changes apply");
        automerge
    }

    /// Whether a change is stored.
    pub fn holds(&self, document: DocumentId, hash: &ChangeHash) -> bool {
        self.hashes
            .get(&document)
            .is_some_and(|hashes| hashes.contains(hash))
    }

    /// Whether a change is in quarantine.
    pub fn quarantines(&self, document: DocumentId, hash: &ChangeHash) -> bool {
        self.quarantine
            .get(&document)
            .is_some_and(|hashes| hashes.contains(hash))
    }
}
