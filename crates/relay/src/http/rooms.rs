//! The rooms in which the three documents of a draft live: one with links, three in open mode.

use automerge::Automerge;
use plenary_draft::{DocumentId, Record};

use super::error::ApiError;
use crate::config::AccessMode;
use crate::relay::Relay;
use crate::room::RoomHandle;
use crate::storage::DocumentKind;

/// One document and the room that holds it.
pub(super) struct Place {
    pub(super) id: DocumentId,
    room: RoomHandle,
}

/// The documents of a draft, each in its room.
pub(super) struct DraftRooms {
    pub(super) record: Place,
    pub(super) text: Place,
    pub(super) discussion: Place,
}

impl Place {
    /// Looks at the document between two turns of its room. `look` runs on the room's thread: what
    /// takes long is done on a copy.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Automerge) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let id = self.id;
        let seen = self.room.look(move |room| room.document(&id).map(look));
        seen.await?.ok_or(ApiError::NoSuchDraft)
    }

    /// A copy of the document.
    pub(super) async fn copy(&self) -> Result<Automerge, ApiError> {
        self.look(Clone::clone).await
    }
}

/// Finds the documents of a draft.
pub(super) async fn draft_rooms(relay: &Relay, draft: DocumentId) -> Result<DraftRooms, ApiError> {
    match relay.config().access {
        AccessMode::Links => linked(relay, draft).await,
        AccessMode::Open => open(relay, draft).await,
    }
}

async fn linked(relay: &Relay, draft: DocumentId) -> Result<DraftRooms, ApiError> {
    let room = relay.registry().room(draft).await?;
    let place = |kind: DocumentKind| {
        let documents = room.documents().iter();
        let found = documents.clone().find(|(_, other)| *other == kind);
        let (id, _) = found.ok_or(ApiError::NoSuchDraft)?;
        Ok::<_, ApiError>(Place {
            id: *id,
            room: room.clone(),
        })
    };
    Ok(DraftRooms {
        record: place(DocumentKind::Record)?,
        text: place(DocumentKind::Text)?,
        discussion: place(DocumentKind::Discussion)?,
    })
}

/// In open mode the record says which the other two documents are.
async fn open(relay: &Relay, draft: DocumentId) -> Result<DraftRooms, ApiError> {
    if relay.storage().draft_of(draft).await?.is_none() {
        return Err(ApiError::NoSuchDraft);
    }
    let record = Place {
        id: draft,
        room: relay.registry().room(draft).await?,
    };
    let (text, discussion) = record
        .look(|document| {
            let record = Record::read(document);
            (record.text, record.discussion)
        })
        .await?;
    let place = async |id: Option<DocumentId>| {
        let id = id.ok_or(ApiError::NoSuchDraft)?;
        let room = relay.registry().room(id).await?;
        Ok::<_, ApiError>(Place { id, room })
    };
    Ok(DraftRooms {
        record,
        text: place(text).await?,
        discussion: place(discussion).await?,
    })
}
