//! A storage in memory, for tests: it can lose what was not synced, hold commits back and refuse
//! them.

mod access;
mod tables;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::receipt::SiteKey;
use plenary_protocol::room::ParticipantId;
use tokio::sync::watch;

use super::{
    AccessCommit, AuditEntry, BackupReport, ChangeRecord, Deletion, DraftSummary, LinkHash,
    NewDraft, NewSnapshot, QuarantineRecord, QuarantineSize, RoomCommit, Site, SnapshotId, Storage,
    StorageError, StorageFuture, StoredAccess, StoredDocument, StoredDraft, StoredLink,
    StoredPerson, StoredSnapshot,
};

use tables::Tables;

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
    overtaking: Option<AccessCommit>,
    closed: bool,
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

    /// Lets this be written just before the next access commit, which was judged without it.
    pub fn overtake(&self, commit: AccessCommit) {
        self.disk().overtaking = Some(commit);
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

    fn quarantined(
        &self,
        draft: DocumentId,
        from: Option<Vec<ParticipantId>>,
    ) -> StorageFuture<'_, Vec<QuarantineRecord>> {
        self.read(move |tables| {
            let kept = tables.quarantine.iter().filter(|kept| kept.draft == draft);
            let records = kept.map(|kept| &kept.record);
            let asked = records.filter(|record| {
                let from = from.as_ref();
                from.is_none_or(|from| from.contains(&record.participant))
            });
            Ok(asked.cloned().collect())
        })
    }

    fn quarantined_bytes(
        &self,
        draft: DocumentId,
        places: Vec<i64>,
    ) -> StorageFuture<'_, Vec<Bytes>> {
        self.read(move |tables| {
            let read = |place: &i64| {
                let mut kept = tables.quarantine.iter().filter(|kept| kept.draft == draft);
                let found = kept.find(|kept| kept.record.id == *place);
                let bytes = found.map(|kept| kept.bytes.clone());
                bytes.ok_or(StorageError::UnknownDocument(draft))
            };
            places.iter().map(read).collect()
        })
    }

    fn quarantine_sizes(&self, draft: DocumentId) -> StorageFuture<'_, Vec<QuarantineSize>> {
        self.read(move |tables| {
            let kept = tables.quarantine.iter().filter(|kept| kept.draft == draft);
            let sizes = kept.map(|kept| QuarantineSize {
                document: kept.record.document,
                hash: kept.record.hash,
                participant: kept.record.participant.clone(),
                reason: kept.record.reason.clone(),
                bytes: kept.record.bytes,
            });
            Ok(sizes.collect())
        })
    }

    fn commit_access(&self, commit: AccessCommit) -> StorageFuture<'_, ()> {
        Box::pin(async move {
            let overtaking = self.disk().overtaking.take();
            if let Some(first) = overtaking {
                self.write(move |tables| tables.commit_access(first))
                    .await?;
            }
            self.write(move |tables| tables.commit_access(commit)).await
        })
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
