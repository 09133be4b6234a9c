//! A storage in memory, for tests: it can lose what was not synced, hold commits back and refuse
//! them.

mod access;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use automerge::{ActorId, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::receipt::SiteKey;
use plenary_protocol::room::ParticipantId;
use tokio::sync::watch;

use super::{
    AccessCommit, AuditEntry, BackupReport, ChangeRecord, Deletion, DocumentKind, DraftSummary,
    LinkHash, NewAudit, NewDraft, NewSnapshot, QuarantineDecision, QuarantineRecord,
    QuarantineState, RoomCommit, Site, SnapshotId, Storage, StorageError, StorageFuture,
    StoredAccess, StoredChange, StoredDocument, StoredDraft, StoredLink, StoredPerson,
    StoredSnapshot,
};

/// A storage in memory. Clones share what they hold.
#[derive(Clone)]
pub struct MemoryStorage {
    disk: Arc<Mutex<Disk>>,
    synced: watch::Sender<bool>,
}

/// What is durable, what would be lost with the power, and what happens to the next writes.
#[derive(Default)]
struct Disk {
    durable: Tables,
    written: Tables,
    refuse: Option<StorageError>,
    closed: bool,
}

/// The same tables as in SQLite.
#[derive(Clone, Default)]
struct Tables {
    site_secret: Option<[u8; 32]>,
    drafts: BTreeSet<DocumentId>,
    documents: Vec<(DocumentId, DocumentKind, DocumentId)>,
    changes: Vec<Change>,
    snapshots: BTreeMap<i64, Snapshot>,
    bindings: BTreeMap<(DocumentId, ActorId), ParticipantId>,
    quarantine: Vec<(DocumentId, QuarantineRecord)>,
    outside: access::Outside,
    next: i64,
}

#[derive(Clone)]
struct Change {
    sequence: i64,
    document: DocumentId,
    bytes: Option<Bytes>,
    record: ChangeRecord,
}

#[derive(Clone)]
struct Snapshot {
    document: DocumentId,
    stored: StoredSnapshot,
    through: i64,
    adopted: bool,
}

impl Default for MemoryStorage {
    fn default() -> Self {
        Self {
            disk: Arc::default(),
            synced: watch::Sender::new(true),
        }
    }
}

impl MemoryStorage {
    /// An empty site.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on writes are taken but not synced: they are answered only after
    /// [`MemoryStorage::sync`], and lost in a [`MemoryStorage::power_loss`] before it.
    pub fn hold_syncs(&self) {
        self.synced.send_replace(false);
    }

    /// Makes durable what was written, answers it, and holds nothing back any more.
    pub fn sync(&self) {
        let mut disk = self.disk();
        disk.durable = disk.written.clone();
        drop(disk);
        self.synced.send_replace(true);
    }

    /// What a machine finds after the power came back: only what was synced. The storage before
    /// is of no use any more.
    pub fn power_loss(&self) -> Self {
        let mut disk = self.disk();
        disk.closed = true;
        let durable = disk.durable.clone();
        Self {
            disk: Arc::new(Mutex::new(Disk {
                written: durable.clone(),
                durable,
                ..Disk::default()
            })),
            synced: watch::Sender::new(true),
        }
    }

    /// Lets every write fail with this error, or succeed again.
    pub fn refuse_writes(&self, error: Option<StorageError>) {
        self.disk().refuse = error;
    }

    /// Damages the stored bytes of a change or snapshot of a document, as a failing disk would.
    pub fn damage(&self, document: DocumentId) {
        let mut disk = self.disk();
        let tables = &mut disk.written;
        for change in &mut tables.changes {
            if let (true, Some(bytes)) = (change.document == document, &mut change.bytes) {
                *bytes = bytes.iter().rev().copied().collect();
            }
        }
        for snapshot in tables.snapshots.values_mut() {
            if snapshot.document == document {
                snapshot.stored.bytes.reverse();
            }
        }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes, and waits until it is synced.
    fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Tables) -> Result<T, StorageError> + Send + 'static,
    ) -> StorageFuture<'_, T> {
        Box::pin(async move {
            let answer = {
                let mut disk = self.disk();
                if disk.closed {
                    return Err(StorageError::Closed);
                }
                if let Some(error) = &disk.refuse {
                    return Err(error.clone());
                }
                let mut tables = disk.written.clone();
                let answer = write(&mut tables)?;
                disk.written = tables;
                if *self.synced.borrow() {
                    disk.durable = disk.written.clone();
                }
                answer
            };
            self.synced
                .subscribe()
                .wait_for(|synced| *synced)
                .await
                .map_err(|_| StorageError::Closed)?;
            if self.disk().closed {
                return Err(StorageError::Closed);
            }
            Ok(answer)
        })
    }

    /// Reads at once.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Tables) -> Result<T, StorageError> + Send + 'static,
    ) -> StorageFuture<'_, T> {
        Box::pin(async move {
            let disk = self.disk();
            if disk.closed {
                return Err(StorageError::Closed);
            }
            read(&disk.written)
        })
    }
}

impl Tables {
    fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    fn kind(&self, document: DocumentId) -> Result<(DocumentKind, DocumentId), StorageError> {
        self.documents
            .iter()
            .find(|(id, ..)| *id == document)
            .map(|(_, kind, draft)| (*kind, *draft))
            .ok_or(StorageError::UnknownDocument(document))
    }

    fn bind(
        &mut self,
        draft: DocumentId,
        actor: &ActorId,
        participant: &ParticipantId,
    ) -> Result<(), StorageError> {
        let owner = self
            .bindings
            .entry((draft, actor.clone()))
            .or_insert_with(|| participant.clone());
        if owner == participant {
            Ok(())
        } else {
            Err(StorageError::Conflict(format!(
                "actor {actor} of draft {draft} belongs to another participant"
            )))
        }
    }

    fn insert_document(
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

    fn create(&mut self, draft: NewDraft) -> Result<(), StorageError> {
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

    fn commit(&mut self, turn: RoomCommit) -> Result<(), StorageError> {
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
            let meant = self.quarantine.iter_mut().filter(|(of, record)| {
                *of == draft
                    && record.document == decision.document
                    && record.hash == decision.hash
                    && record.participant == decision.participant
            });
            for (_, record) in meant {
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
                bytes: refused.bytes,
                participant: refused.participant,
                reason: refused.reason.word().to_owned(),
                received_ms: refused.received_ms,
                state: QuarantineState::Waiting,
                decision: None,
            };
            let same = |(of, known): &(DocumentId, QuarantineRecord)| {
                *of == draft
                    && known.document == record.document
                    && known.hash == record.hash
                    && known.participant == record.participant
            };
            if !self.quarantine.iter().any(same) {
                self.quarantine.push((draft, record));
            }
        }
        Ok(())
    }

    fn knows(&self, document: DocumentId, hash: &ChangeHash) -> bool {
        self.changes
            .iter()
            .any(|change| change.document == document && change.record.hash == *hash)
    }

    fn document(&self, id: DocumentId) -> Result<StoredDocument, StorageError> {
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

    fn write_snapshot(&mut self, snapshot: NewSnapshot) -> Result<SnapshotId, StorageError> {
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

    fn adopt_snapshot(&mut self, id: SnapshotId) -> Result<(), StorageError> {
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

    fn draft_of(&self, document: DocumentId) -> Option<StoredDraft> {
        let (_, id) = self.kind(document).ok()?;
        let documents = self.documents.iter().filter(|(.., draft)| *draft == id);
        let bindings = self.bindings.iter().filter(|((draft, _), _)| *draft == id);
        Some(StoredDraft {
            id,
            documents: documents.map(|(id, kind, _)| (*id, *kind)).collect(),
            bindings: bindings
                .map(|((_, actor), participant)| (actor.clone(), participant.clone()))
                .collect(),
        })
    }
}

impl Storage for MemoryStorage {
    fn site(&self) -> Site {
        Site {
            storage_id: "memory".into(),
            key: SiteKey::new([1; 32]),
            restored_ms: None,
            site_secret_hash: self.disk().written.site_secret,
        }
    }

    fn set_site_secret(&self, hash: [u8; 32]) -> StorageFuture<'_, ()> {
        self.write(move |tables| {
            tables.site_secret = Some(hash);
            Ok(())
        })
    }

    fn create(&self, draft: NewDraft) -> StorageFuture<'_, ()> {
        self.write(|tables| tables.create(draft))
    }

    fn commit(&self, commit: RoomCommit) -> StorageFuture<'_, ()> {
        self.write(|tables| tables.commit(commit))
    }

    fn draft_of(&self, document: DocumentId) -> StorageFuture<'_, Option<StoredDraft>> {
        self.read(move |tables| Ok(tables.draft_of(document)))
    }

    fn document(&self, document: DocumentId) -> StorageFuture<'_, StoredDocument> {
        self.read(move |tables| tables.document(document))
    }

    fn change_records(&self, document: DocumentId) -> StorageFuture<'_, Vec<ChangeRecord>> {
        self.read(move |tables| {
            let changes = tables.changes.iter().filter(|c| c.document == document);
            Ok(changes.map(|change| change.record.clone()).collect())
        })
    }

    fn quarantined(&self, draft: DocumentId) -> StorageFuture<'_, Vec<QuarantineRecord>> {
        self.read(move |tables| {
            let kept = tables.quarantine.iter().filter(|(of, _)| *of == draft);
            Ok(kept.map(|(_, record)| record.clone()).collect())
        })
    }

    fn commit_access(&self, commit: AccessCommit) -> StorageFuture<'_, ()> {
        self.write(move |tables| tables.commit_access(commit))
    }

    fn access(
        &self,
        draft: DocumentId,
        hash: LinkHash,
        claimed: Option<ParticipantId>,
    ) -> StorageFuture<'_, Option<StoredAccess>> {
        self.read(move |tables| Ok(tables.outside.access(draft, &hash, claimed)))
    }

    fn people(&self, draft: DocumentId) -> StorageFuture<'_, Vec<StoredPerson>> {
        self.read(move |tables| Ok(tables.outside.people(draft)))
    }

    fn audit(
        &self,
        draft: Option<DocumentId>,
        after: i64,
        most: u32,
    ) -> StorageFuture<'_, Vec<AuditEntry>> {
        self.read(move |tables| Ok(tables.outside.audit(draft, after, most)))
    }

    fn drafts(&self) -> StorageFuture<'_, Vec<DraftSummary>> {
        self.read(|tables| Ok(tables.summaries()))
    }

    fn deletions(&self) -> StorageFuture<'_, Vec<(DocumentId, Deletion)>> {
        self.read(|tables| Ok(tables.outside.deletions()))
    }

    fn purge(&self, draft: DocumentId, now_ms: i64) -> StorageFuture<'_, ()> {
        self.write(move |tables| tables.purge(draft, now_ms))
    }

    fn links(&self, draft: DocumentId) -> StorageFuture<'_, Vec<StoredLink>> {
        self.read(move |tables| Ok(tables.outside.links(draft)))
    }

    fn link(&self, hash: LinkHash) -> StorageFuture<'_, Option<StoredLink>> {
        self.read(move |tables| Ok(tables.outside.link(&hash)))
    }

    fn write_snapshot(&self, snapshot: NewSnapshot) -> StorageFuture<'_, SnapshotId> {
        self.write(|tables| tables.write_snapshot(snapshot))
    }

    fn read_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, StoredSnapshot> {
        self.read(move |tables| {
            tables
                .snapshots
                .get(&snapshot.0)
                .map(|found| found.stored.clone())
                .ok_or_else(|| StorageError::Corrupt {
                    what: format!("snapshot {}", snapshot.0),
                    detail: "it is not there any more".into(),
                })
        })
    }

    fn adopt_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, ()> {
        self.write(move |tables| tables.adopt_snapshot(snapshot))
    }

    fn discard_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, ()> {
        self.write(move |tables| {
            tables
                .snapshots
                .retain(|id, found| *id != snapshot.0 || found.adopted);
            Ok(())
        })
    }

    fn backup_to(&self, path: PathBuf) -> StorageFuture<'_, BackupReport> {
        let place = path.display().to_string();
        Box::pin(async move {
            Err(StorageError::Io {
                place,
                reason: "a storage in memory makes no backups".into(),
            })
        })
    }

    fn probe(&self) -> StorageFuture<'_, ()> {
        self.write(|_| Ok(()))
    }

    fn close(&self) -> StorageFuture<'_, ()> {
        Box::pin(async move {
            self.disk().closed = true;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;

    #[tokio::test]
    async fn the_double_keeps_the_contract() {
        contract::check_all(|| Arc::new(MemoryStorage::new())).await;
    }

    #[tokio::test]
    async fn what_was_not_synced_is_gone_after_a_power_loss_and_was_never_answered() {
        let storage = MemoryStorage::new();
        let draft = contract::sample_draft(1);
        storage.create(draft.clone()).await.expect("created");
        storage.hold_syncs();
        let writer = storage.clone();
        let commit = contract::sample_commit(&draft, 1);
        let waiting = tokio::spawn(async move { writer.commit(commit).await });
        while storage
            .document(draft.id)
            .await
            .expect("readable")
            .changes
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished());
        let after = storage.power_loss();
        let stored = after.document(draft.id).await.expect("still there");
        assert_eq!(stored.changes, []);
        storage.sync();
        assert_eq!(waiting.await.expect("no panic"), Err(StorageError::Closed));
    }
}
