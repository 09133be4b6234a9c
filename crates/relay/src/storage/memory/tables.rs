//! What the storage holds, and what writes do to it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;

use super::access::Outside;
use crate::storage::{
    ChangeRecord, DocumentKind, NewAudit, NewDraft, NewSnapshot, QuarantineDecision,
    QuarantineRecord, QuarantineState, RoomCommit, SnapshotId, StorageError, StoredChange,
    StoredDocument, StoredDraft, StoredSnapshot,
};

/// The same tables as in SQLite.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) site_secret: Option<[u8; 32]>,
    pub(super) drafts: BTreeSet<DocumentId>,
    pub(super) documents: Vec<(DocumentId, DocumentKind, DocumentId)>,
    pub(super) changes: Vec<Change>,
    pub(super) snapshots: BTreeMap<i64, Snapshot>,
    pub(super) bindings: BTreeMap<(DocumentId, ActorId), ParticipantId>,
    pub(super) quarantine: Vec<Kept>,
    pub(super) outside: Outside,
    pub(super) next: i64,
}

#[derive(Clone)]
pub(super) struct Change {
    pub(super) sequence: i64,
    pub(super) document: DocumentId,
    pub(super) bytes: Option<Bytes>,
    pub(super) record: ChangeRecord,
}

/// A change that was refused.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) draft: DocumentId,
    pub(super) record: QuarantineRecord,
    pub(super) bytes: Bytes,
}

#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) document: DocumentId,
    pub(super) stored: StoredSnapshot,
    pub(super) through: i64,
    pub(super) adopted: bool,
}

impl Tables {
    pub(super) fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    pub(super) fn kind(
        &self,
        document: DocumentId,
    ) -> Result<(DocumentKind, DocumentId), StorageError> {
        self.documents
            .iter()
            .find(|(id, ..)| *id == document)
            .map(|(_, kind, draft)| (*kind, *draft))
            .ok_or(StorageError::UnknownDocument(document))
    }

    pub(super) fn bind(
        &mut self,
        draft: DocumentId,
        actor: &ActorId,
        participant: &ParticipantId,
    ) -> Result<(), StorageError> {
        let participant = self.outside.truly(draft, participant);
        let owner = self
            .bindings
            .entry((draft, actor.clone()))
            .or_insert_with(|| participant.clone());
        if *owner == participant {
            Ok(())
        } else {
            Err(StorageError::Conflict(format!(
                "actor {actor} of draft {draft} belongs to another participant"
            )))
        }
    }

    pub(super) fn insert_document(
        &mut self,
        draft: DocumentId,
        id: DocumentId,
        kind: DocumentKind,
    ) -> Result<(), StorageError> {
        if self.kind(id).is_ok() {
            return Err(StorageError::Conflict(format!("document {id} exists")));
        }
        self.documents.push((id, kind, draft));
        Ok(())
    }

    pub(super) fn create(&mut self, draft: NewDraft) -> Result<(), StorageError> {
        if !self.drafts.insert(draft.id) {
            return Err(StorageError::Conflict(format!("draft {} exists", draft.id)));
        }
        for document in draft.documents {
            self.insert_document(draft.id, document.id, document.kind)?;
            for (hash, actor) in document.changes {
                if draft.binds_actors {
                    self.bind(draft.id, &actor, &draft.participant)?;
                }
                let sequence = self.number();
                self.changes.push(Change {
                    sequence,
                    document: document.id,
                    bytes: None,
                    record: ChangeRecord {
                        hash,
                        actor,
                        participant: draft.participant.clone(),
                        received_ms: draft.created_ms,
                    },
                });
            }
            let id = self.write_snapshot(NewSnapshot {
                document: document.id,
                bytes: document.snapshot,
                heads: document.heads,
                through: self.next,
            })?;
            self.adopt_snapshot(id)?;
        }
        for link in draft.links {
            self.outside.add_link(draft.id, draft.created_ms, link)?;
        }
        self.outside.note_made(draft.id, draft.created_ms);
        Ok(())
    }

    pub(super) fn commit(&mut self, turn: RoomCommit) -> Result<(), StorageError> {
        let draft = turn.draft;
        if turn.create_open && !turn.commit.changes.is_empty() && self.drafts.insert(draft) {
            self.insert_document(draft, draft, DocumentKind::Open)?;
        }
        for (actor, participant) in &turn.commit.bindings {
            self.bind(draft, actor, participant)?;
        }
        for change in turn.commit.changes {
            if self.kind(change.document)?.1 != draft {
                return Err(StorageError::Conflict(format!(
                    "document {} belongs to another draft than {draft}",
                    change.document
                )));
            }
            if self.knows(change.document, &change.hash) {
                continue;
            }
            let sequence = self.number();
            self.changes.push(Change {
                sequence,
                document: change.document,
                bytes: Some(change.bytes),
                record: ChangeRecord {
                    hash: change.hash,
                    actor: change.actor,
                    participant: change.participant,
                    received_ms: change.received_ms,
                },
            });
        }
        for decision in &turn.commit.decisions {
            let meant = self.quarantine.iter_mut().filter(|kept| {
                let record = &kept.record;
                kept.draft == draft
                    && record.document == decision.document
                    && record.hash == decision.hash
                    && record.participant == decision.participant
            });
            for Kept { record, .. } in meant {
                record.state = if decision.admitted {
                    QuarantineState::Admitted
                } else {
                    QuarantineState::Declined
                };
                record.decision = Some(QuarantineDecision {
                    by: decision.by.clone(),
                    at_ms: decision.at_ms,
                    reason: decision.reason.clone().unwrap_or_default(),
                });
            }
        }
        for entry in &turn.commit.audit {
            let at_ms = entry.at_ms;
            self.outside.note(Some(draft), at_ms, NewAudit::of(entry));
        }
        for refused in turn.commit.quarantined {
            let record = QuarantineRecord {
                id: self.number(),
                document: refused.document,
                hash: refused.hash,
                bytes: refused.bytes.len(),
                participant: refused.participant,
                reason: refused.reason.word().to_owned(),
                received_ms: refused.received_ms,
                state: QuarantineState::Waiting,
                decision: None,
            };
            let same = |kept: &Kept| {
                let known = &kept.record;
                kept.draft == draft
                    && known.document == record.document
                    && known.hash == record.hash
                    && known.participant == record.participant
            };
            if !self.quarantine.iter().any(same) {
                self.quarantine.push(Kept {
                    draft,
                    record,
                    bytes: refused.bytes,
                });
            }
        }
        Ok(())
    }

    pub(super) fn knows(&self, document: DocumentId, hash: &ChangeHash) -> bool {
        self.changes
            .iter()
            .any(|change| change.document == document && change.record.hash == *hash)
    }

    pub(super) fn document(&self, id: DocumentId) -> Result<StoredDocument, StorageError> {
        let (kind, _) = self.kind(id)?;
        let snapshot = self
            .snapshots
            .values()
            .rfind(|snapshot| snapshot.document == id && snapshot.adopted);
        let changes = self
            .changes
            .iter()
            .filter(|change| change.document == id)
            .filter_map(|change| {
                Some(StoredChange {
                    sequence: change.sequence,
                    hash: change.record.hash,
                    bytes: change.bytes.as_ref()?.to_vec(),
                })
            });
        Ok(StoredDocument {
            id,
            kind,
            snapshot: snapshot.map(|snapshot| snapshot.stored.clone()),
            changes: changes.collect(),
        })
    }

    pub(super) fn write_snapshot(
        &mut self,
        snapshot: NewSnapshot,
    ) -> Result<SnapshotId, StorageError> {
        self.kind(snapshot.document)?;
        let id = SnapshotId(self.number());
        self.snapshots.insert(
            id.0,
            Snapshot {
                document: snapshot.document,
                stored: StoredSnapshot {
                    id,
                    bytes: snapshot.bytes,
                    heads: snapshot.heads,
                },
                through: snapshot.through,
                adopted: false,
            },
        );
        Ok(id)
    }

    pub(super) fn adopt_snapshot(&mut self, id: SnapshotId) -> Result<(), StorageError> {
        let adopted = self
            .snapshots
            .get(&id.0)
            .ok_or_else(|| StorageError::Conflict(format!("there is no snapshot {}", id.0)))?
            .clone();
        let is_overtaken = self.snapshots.values().any(|other| {
            other.document == adopted.document && other.adopted && other.through > adopted.through
        });
        if is_overtaken {
            return Err(StorageError::Conflict(format!(
                "snapshot {} holds less than the one in use",
                id.0
            )));
        }
        self.snapshots.retain(|key, other| {
            *key == id.0 || other.document != adopted.document || !other.adopted
        });
        if let Some(snapshot) = self.snapshots.get_mut(&id.0) {
            snapshot.adopted = true;
        }
        for change in &mut self.changes {
            if change.document == adopted.document && change.sequence <= adopted.through {
                change.bytes = None;
            }
        }
        Ok(())
    }

    pub(super) fn draft_of(&self, document: DocumentId) -> Option<StoredDraft> {
        let (_, id) = self.kind(document).ok()?;
        let documents = self.documents.iter().filter(|(.., draft)| *draft == id);
        let bindings = self.bindings.iter().filter(|((draft, _), _)| *draft == id);
        Some(StoredDraft {
            id,
            documents: documents.map(|(id, kind, _)| (*id, *kind)).collect(),
            bindings: bindings
                .map(|((_, actor), participant)| (actor.clone(), participant.clone()))
                .collect(),
            merged: self.outside.merged(id),
        })
    }
}
