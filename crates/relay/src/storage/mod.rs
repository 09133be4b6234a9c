//! What the relay keeps, and the promise that it is kept.
//!
//! [`Storage`] is a trait with one suite of contract tests (`contract`). [`sqlite`] keeps a site
//! in one directory; [`memory`] is the double that tests use: it can lose what was not synced and
//! refuse to commit.
//!
//! Invariants, whatever stands behind the trait:
//! - a write is answered only when it would survive the loss of power;
//! - a document that cannot be read completely is an error, never a smaller document;
//! - the bytes of a change are deleted only after a snapshot that holds them has been committed,
//!   read back and loaded.

mod access;
pub mod compaction;
#[cfg(test)]
mod contract;
mod error;
pub mod memory;
pub mod sqlite;
mod types;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;

pub use access::{
    AccessCommit, Act, AuditEntry, Capacity, Credit, Deletion, DraftSummary, LinkId, NewAudit,
    NewLink, PersonEntry, QuarantineState, Standing, StoredAccess, StoredLink, StoredPerson,
};
pub use error::StorageError;
pub use sqlite::SqliteStorage;
pub use types::{
    BackupReport, ChangeRecord, DocumentKind, LinkHash, NewDocument, NewDraft, NewSnapshot,
    QuarantineDecision, QuarantineRecord, QuarantineSize, RoomCommit, Site, SnapshotId,
    StoredChange, StoredDocument, StoredDraft, StoredSnapshot,
};

/// What a storage operation returns: a future that can be sent between threads.
pub type StorageFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'a>>;

/// A place that keeps drafts durably. Every method that writes is answered only after the data
/// would survive the loss of power; dropping the returned future does not undo the write.
pub trait Storage: Send + Sync + 'static {
    /// Who this site is: its storage id, and the hash of the secret that allows making drafts.
    fn site(&self) -> Site;

    /// Keeps the SHA-256 hash of the site secret, replacing the one before.
    fn set_site_secret(&self, hash: [u8; 32]) -> StorageFuture<'_, ()>;

    /// Stores a new draft with its documents and links, all or nothing.
    ///
    /// Errors: [`StorageError::Conflict`] when one of its document ids is taken.
    fn create(&self, draft: NewDraft) -> StorageFuture<'_, ()>;

    /// Commits what one turn of a room produced, all or nothing. A change that is stored already
    /// is skipped; an actor that is bound to somebody else is a [`StorageError::Conflict`]. Who was
    /// merged into somebody else binds for them.
    fn commit(&self, commit: RoomCommit) -> StorageFuture<'_, ()>;

    /// Finds the draft to which a document belongs, with all its bindings of actors and merged
    /// participants.
    fn draft_of(&self, document: DocumentId) -> StorageFuture<'_, Option<StoredDraft>>;

    /// Reads one document: its snapshot and the changes that no snapshot holds, in the order in
    /// which they were committed, each compared with its checksum.
    ///
    /// Errors: [`StorageError::Corrupt`] names what is damaged; [`StorageError::UnknownDocument`].
    fn document(&self, document: DocumentId) -> StorageFuture<'_, StoredDocument>;

    /// Lists who wrote each change of a document and when the relay received it, oldest first.
    fn change_records(&self, document: DocumentId) -> StorageFuture<'_, Vec<ChangeRecord>>;

    /// Lists what was quarantined for the documents of a draft, without the bytes, oldest first: all
    /// of it, or what these participants sent.
    fn quarantined(
        &self,
        draft: DocumentId,
        from: Option<Vec<ParticipantId>>,
    ) -> StorageFuture<'_, Vec<QuarantineRecord>>;

    /// Reads the bytes of quarantined changes of a draft by their places, in the order asked for,
    /// each compared with its checksum.
    ///
    /// Errors: [`StorageError::Corrupt`] names what is damaged; [`StorageError::UnknownDocument`] when
    /// one of them is not there, as the draft is gone.
    fn quarantined_bytes(
        &self,
        draft: DocumentId,
        places: Vec<i64>,
    ) -> StorageFuture<'_, Vec<Bytes>>;

    /// Lists how much of it there is, of whom and why.
    fn quarantine_sizes(&self, draft: DocumentId) -> StorageFuture<'_, Vec<QuarantineSize>>;

    /// Does what an access commit asks for, all or nothing.
    ///
    /// Errors: [`StorageError::LinkUsedUp`]; [`StorageError::KnownAlready`]; [`StorageError::AccessMoved`];
    /// [`StorageError::Conflict`] when a link, a person or the draft is not there.
    fn commit_access(&self, commit: AccessCommit) -> StorageFuture<'_, ()>;

    /// Finds what is known of whoever shows a secret with this hash for this draft, and claims to be
    /// this participant. `None` when the draft has no such link.
    fn access(
        &self,
        draft: DocumentId,
        hash: LinkHash,
        claimed: Option<ParticipantId>,
    ) -> StorageFuture<'_, Option<StoredAccess>>;

    /// Lists the people of a draft, in the order in which they came.
    fn people(&self, draft: DocumentId) -> StorageFuture<'_, Vec<StoredPerson>>;

    /// Lists the audit trail of a draft, or the whole site's, from the entry after `after` on, at
    /// most `most` entries, oldest first.
    fn audit(
        &self,
        draft: Option<DocumentId>,
        after: i64,
        most: u32,
    ) -> StorageFuture<'_, Vec<AuditEntry>>;

    /// Lists all drafts with their sizes, oldest first. Takes long on a large site.
    fn drafts(&self) -> StorageFuture<'_, Vec<DraftSummary>>;

    /// Lists the drafts that are to be deleted.
    fn deletions(&self) -> StorageFuture<'_, Vec<(DocumentId, Deletion)>>;

    /// Deletes a draft with everything that belongs to it, for good, and says so in the site's audit
    /// trail. Only a draft whose time of grace is over at `now_ms` is deleted.
    fn purge(&self, draft: DocumentId, now_ms: i64) -> StorageFuture<'_, ()>;

    /// Lists the links of a draft, revoked and expired ones included, in the order in which they
    /// were made.
    fn links(&self, draft: DocumentId) -> StorageFuture<'_, Vec<StoredLink>>;

    /// Finds a link by the SHA-256 hash of its secret.
    fn link(&self, hash: LinkHash) -> StorageFuture<'_, Option<StoredLink>>;

    /// Writes a snapshot beside what is there. It takes effect only by [`Storage::adopt_snapshot`].
    fn write_snapshot(&self, snapshot: NewSnapshot) -> StorageFuture<'_, SnapshotId>;

    /// Reads a snapshot back from where it was written.
    fn read_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, StoredSnapshot>;

    /// Makes a snapshot the one that [`Storage::document`] returns, and deletes the snapshots
    /// before it and the bytes of the changes that it holds (their records stay).
    fn adopt_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, ()>;

    /// Deletes a snapshot that was never adopted.
    fn discard_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, ()>;

    /// Writes a consistent copy of everything to a new file while work goes on, and reads it back.
    fn backup_to(&self, path: PathBuf) -> StorageFuture<'_, BackupReport>;

    /// Whether a write would be taken now: touches the disk, changes nothing that is visible.
    fn probe(&self) -> StorageFuture<'_, ()>;

    /// Waits until everything that was asked for is written, then lets go of the files.
    fn close(&self) -> StorageFuture<'_, ()>;
}
