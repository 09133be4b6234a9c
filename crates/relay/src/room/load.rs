//! Making a room out of what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::{ActorId, Automerge};
use plenary_draft::document::new_document;
use plenary_draft::{DocumentId, VersionError, require_current_version};
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::room::{Kept, RefusalReason, Room, RoomConfig};

use crate::clock::now_ms;
use crate::storage::compaction::load;
use crate::storage::{DocumentKind, Storage, StorageError, StoredDocument, StoredDraft};

/// Why there is no room for a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// There is no such draft.
    #[error("there is no draft {0} on this relay")]
    NoSuchDraft(DocumentId),
    /// What is stored cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A newer program wrote it, in a format that this one would misread.
    #[error(
        "the draft has version {found} of the format, which this relay does not know: nothing was changed"
    )]
    TooNew {
        /// The draft's version.
        found: i64,
    },
    /// As many rooms are open as the relay holds.
    #[error("the relay holds as many open documents as it may: try again later")]
    TooManyRooms,
    /// The room was dropped just now; asking again loads it.
    #[error("the draft was loaded again from storage: try again")]
    Gone,
    /// The relay shuts down.
    #[error("the relay is restarting")]
    GoingAway,
}

impl RoomError {
    /// The close code and words for a peer. Paths of the machine are not a peer's business.
    pub(crate) fn close_reason(&self) -> CloseReason {
        match self {
            Self::NoSuchDraft(_) => CloseCode::DraftGone.into(),
            Self::Storage(StorageError::Corrupt { .. }) => CloseReason::new(
                CloseCode::StorageFailure,
                "the draft's stored data is damaged: whoever runs the relay must restore it; nothing was overwritten",
            ),
            Self::Storage(_) => CloseCode::StorageFailure.into(),
            Self::TooNew { .. } => CloseReason::new(
                CloseCode::StorageFailure,
                "the draft is in a newer format than this relay knows: whoever runs the relay must update it; nothing was changed",
            ),
            Self::TooManyRooms => CloseReason::new(CloseCode::TooManyConnections, self.to_string()),
            Self::Gone => CloseCode::RoomReloaded.into(),
            Self::GoingAway => CloseCode::GoingAway.into(),
        }
    }
}

/// How much of a document stands in single changes, to judge when a snapshot is worthwhile.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tail {
    pub(super) changes: usize,
    pub(super) change_bytes: usize,
    pub(super) snapshot_bytes: usize,
}

impl Tail {
    fn of(stored: &StoredDocument) -> Self {
        Self {
            changes: stored.changes.len(),
            change_bytes: stored.changes.iter().map(|c| c.bytes.len()).sum(),
            snapshot_bytes: stored.snapshot.as_ref().map_or(0, |s| s.bytes.len()),
        }
    }
}

/// A room as it was loaded.
pub(super) struct Loaded {
    pub(super) draft: DocumentId,
    pub(super) documents: Vec<(DocumentId, DocumentKind)>,
    pub(super) room: Box<Room>,
    pub(super) tails: BTreeMap<DocumentId, Tail>,
}

/// Loads the room of a draft from storage. In open mode an unknown document begins empty; it is
/// stored with its first change.
pub(super) async fn load_room(
    storage: &Arc<dyn Storage>,
    config: RoomConfig,
    draft: DocumentId,
    is_open: bool,
) -> Result<Loaded, RoomError> {
    let Some(stored) = storage.draft_of(draft).await? else {
        if !is_open {
            return Err(RoomError::NoSuchDraft(draft));
        }
        return Ok(empty(config, draft));
    };
    let belongs = stored.id == draft
        && stored
            .documents
            .iter()
            .all(|(_, kind)| (*kind == DocumentKind::Open) == is_open);
    if !belongs {
        return Err(RoomError::NoSuchDraft(draft));
    }
    let mut chunks = Vec::with_capacity(stored.documents.len());
    for (id, _) in &stored.documents {
        chunks.push(storage.document(*id).await?);
    }
    let kept = storage.quarantine_sizes(draft).await?;
    let mut loaded = tokio::task::spawn_blocking(move || build(config, stored, &chunks))
        .await
        .map_err(|_| RoomError::Gone)??;
    let handed_in = RefusalReason::LinkEnded.word();
    let kept = kept.into_iter().map(|size| Kept {
        document: size.document,
        hash: size.hash,
        participant: size.participant,
        bytes: size.bytes,
        is_handed_in: size.reason == handed_in,
    });
    loaded.room = Box::new(loaded.room.with_quarantine(kept));
    Ok(loaded)
}

/// Builds the room; takes as long as Automerge needs to load the documents.
fn build(
    config: RoomConfig,
    draft: StoredDraft,
    chunks: &[StoredDocument],
) -> Result<Loaded, RoomError> {
    let tails = chunks
        .iter()
        .map(|stored| (stored.id, Tail::of(stored)))
        .collect();
    let mut loaded: Vec<(DocumentId, DocumentKind, Automerge)> = Vec::with_capacity(chunks.len());
    for stored in chunks {
        loaded.push((stored.id, stored.kind, load_known(stored)?));
    }
    let bindings = draft.bindings.into_iter().collect();
    let room = Room::open(config, loaded, bindings, now_ms()).with_merged(draft.merged);
    Ok(Loaded {
        draft: draft.id,
        documents: draft.documents,
        room: Box::new(room),
        tails,
    })
}

/// Loads a document of a format that this program knows.
fn load_known(stored: &StoredDocument) -> Result<Automerge, RoomError> {
    let document = load(stored)?;
    match require_current_version(&document) {
        Err(VersionError::TooNew { found }) if stored.kind == DocumentKind::Record => {
            Err(RoomError::TooNew { found })
        }
        _ => Ok(document),
    }
}

/// A room for an open document that nobody has stored yet.
fn empty(config: RoomConfig, draft: DocumentId) -> Loaded {
    // The relay writes nothing into this document, so any actor will do.
    let document = new_document(ActorId::from(draft.as_bytes().to_vec()));
    Loaded {
        draft,
        documents: vec![(draft, DocumentKind::Open)],
        room: Box::new(Room::open(
            config,
            [(draft, DocumentKind::Open, document)],
            BTreeMap::new(),
            now_ms(),
        )),
        tails: BTreeMap::from([(draft, Tail::default())]),
    }
}

#[cfg(test)]
mod tests {
    use automerge::ROOT;
    use automerge::transaction::Transactable;

    use plenary_draft::SCHEMA_VERSION;

    use super::*;
    use crate::storage::{SnapshotId, StoredSnapshot};

    fn record_of_version(version: i64) -> StoredDocument {
        let mut record = Automerge::new();
        record
            .transact(|transaction| transaction.put(ROOT, "plenary", version))
            .expect("a version");
        StoredDocument {
            id: DocumentId::from_bytes([7; 16]),
            kind: DocumentKind::Record,
            snapshot: Some(StoredSnapshot {
                id: SnapshotId(1),
                bytes: record.save(),
                heads: record.get_heads(),
            }),
            changes: Vec::new(),
        }
    }

    #[test]
    fn a_draft_of_a_newer_format_is_not_read() {
        assert!(load_known(&record_of_version(i64::from(SCHEMA_VERSION))).is_ok());
        let error = load_known(&record_of_version(99)).expect_err("a draft of the future");
        assert_eq!(error, RoomError::TooNew { found: 99 });
        assert!(error.to_string().contains("version 99"));
        assert!(error.close_reason().message.contains("must update it"));
    }
}
