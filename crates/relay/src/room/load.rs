//! Making a room out of what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::{ActorId, Automerge};
use plenary_draft::DocumentId;
use plenary_draft::document::new_document;
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::room::{Room, RoomConfig};

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
    tokio::task::spawn_blocking(move || build(config, stored, &chunks))
        .await
        .map_err(|_| RoomError::Gone)?
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
        loaded.push((stored.id, stored.kind, load(stored)?));
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
