//! Turning many single changes into one snapshot, without a moment at which something could be
//! lost.
//!
//! The snapshot is made of what is stored, not of what a room has in memory. It is committed
//! beside the changes, read back, loaded, and compared by heads and by every single hash; only
//! then the bytes of the changes that it holds are deleted.

use std::sync::Arc;

use automerge::{Automerge, ChangeHash, ReadDoc};
use plenary_draft::DocumentId;
use plenary_draft::document::{LoadLimits, load_document};

use super::{NewSnapshot, Storage, StorageError, StoredDocument, StoredSnapshot};

/// When single changes are worth a new snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactionPolicy {
    /// At least this many changes stand alone.
    pub changes: usize,
    /// The single changes have at least one part in so many of the snapshot's size, so that the
    /// cost of writing everything again is spread over ever more changes as a document grows.
    pub snapshot_part: usize,
}

impl Default for CompactionPolicy {
    fn default() -> Self {
        Self {
            changes: 256,
            snapshot_part: 4,
        }
    }
}

impl CompactionPolicy {
    /// Whether a document with `changes` single changes of `change_bytes` bytes in all, beside a
    /// snapshot of `snapshot_bytes` bytes, is worth a new snapshot.
    pub fn is_worthwhile(
        &self,
        changes: usize,
        change_bytes: usize,
        snapshot_bytes: usize,
    ) -> bool {
        changes >= self.changes && change_bytes >= snapshot_bytes / self.snapshot_part.max(1)
    }
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// How many single changes went into the snapshot.
    pub changes: usize,
    /// The size of the snapshot in bytes.
    pub snapshot_bytes: usize,
}

/// Makes the Automerge document of what is stored. Counts in UTF-16 units, like JavaScript.
///
/// Errors: [`StorageError::Corrupt`] when something does not load, is missing, or differs from the
/// heads and hashes that were stored with it. Panics in Automerge are contained.
pub fn load(stored: &StoredDocument) -> Result<Automerge, StorageError> {
    let mut bytes = Vec::new();
    if let Some(snapshot) = &stored.snapshot {
        bytes.extend_from_slice(&snapshot.bytes);
    }
    for change in &stored.changes {
        bytes.extend_from_slice(&change.bytes);
    }
    let corrupt = |detail: String| StorageError::Corrupt {
        what: format!("document {}", stored.id),
        detail,
    };
    let document = load_bytes(&bytes).map_err(corrupt)?;
    let missing = document.get_missing_deps(&[]);
    if let Some(hash) = missing.first() {
        return Err(corrupt(format!(
            "{} changes that others build on are not stored, such as {hash}",
            missing.len()
        )));
    }
    let snapshot_heads = stored.snapshot.iter().flat_map(|s| s.heads.iter());
    let expected = stored.changes.iter().map(|c| &c.hash).chain(snapshot_heads);
    match first_absent(&document, expected) {
        Some(hash) => Err(corrupt(format!("change {hash} is stored but did not load"))),
        None => Ok(document),
    }
}

/// Loads chunks one after another; `Err` says in words what is wrong.
fn load_bytes(bytes: &[u8]) -> Result<Automerge, String> {
    load_document(bytes, &LoadLimits::default()).map_err(|error| error.to_string())
}

/// The first of the hashes that the document has not got.
fn first_absent<'a>(
    document: &Automerge,
    hashes: impl IntoIterator<Item = &'a ChangeHash>,
) -> Option<&'a ChangeHash> {
    hashes
        .into_iter()
        .find(|hash| document.get_change_meta_by_hash(hash).is_none())
}

/// Writes a snapshot of a document and drops the bytes of the changes that it holds. Returns
/// `None` when nothing stands alone.
///
/// Errors: whatever the storage says; [`StorageError::Corrupt`] when the snapshot read back is not
/// the document, in which case it is discarded and the changes stay.
pub async fn compact(
    storage: &Arc<dyn Storage>,
    document: DocumentId,
) -> Result<Option<Compacted>, StorageError> {
    let stored = storage.document(document).await?;
    let Some(last) = stored.changes.last() else {
        return Ok(None);
    };
    let through = last.sequence;
    let (stored, bytes, heads) = blocking(move || {
        let loaded = load(&stored)?;
        Ok((stored, loaded.save(), loaded.get_heads()))
    })
    .await?;
    let snapshot_bytes = bytes.len();
    let id = storage
        .write_snapshot(NewSnapshot {
            document,
            bytes,
            heads,
            through,
        })
        .await?;
    let checked = match storage.read_snapshot(id).await {
        Ok(snapshot) => blocking(move || check(&stored, &snapshot)).await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(changes) => {
            storage.adopt_snapshot(id).await?;
            Ok(Some(Compacted {
                changes,
                snapshot_bytes,
            }))
        }
        Err(error) => {
            storage.discard_snapshot(id).await?;
            Err(error)
        }
    }
}

/// Whether a snapshot that was read back holds all that was stored; returns the number of single
/// changes that it makes superfluous.
fn check(stored: &StoredDocument, snapshot: &StoredSnapshot) -> Result<usize, StorageError> {
    let corrupt = |detail: String| StorageError::Corrupt {
        what: format!("the new snapshot of document {}", stored.id),
        detail,
    };
    let read_back = load_bytes(&snapshot.bytes).map_err(corrupt)?;
    let mut heads = read_back.get_heads();
    let mut expected = load(stored)?.get_heads();
    heads.sort();
    expected.sort();
    if heads != expected {
        return Err(corrupt("its heads are not those of the document".into()));
    }
    match first_absent(&read_back, stored.changes.iter().map(|change| &change.hash)) {
        Some(hash) => Err(corrupt(format!("change {hash} is not in it"))),
        None => Ok(stored.changes.len()),
    }
}

/// Runs work that takes long away from the threads that serve sockets.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| StorageError::Closed)?
}
