//! The way into a room.

use std::sync::Arc;

use plenary_draft::DocumentId;
use plenary_protocol::handshake::Inbound;
use plenary_protocol::room::{ConnectionId, Input, Member, Room};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::request::Asked;
use super::{Outbox, RoomError};
use crate::storage::DocumentKind;

/// What comes into a room.
pub(crate) enum Envelope {
    /// A connection came, with the way to it.
    Join(Member, Arc<Outbox>),
    /// A connection said something; it holds its place in the budget for large messages.
    Said(Input, Option<OwnedSemaphorePermit>),
    /// Somebody wants to look at the documents.
    Look(Look),
    /// Somebody asks for what only the relay writes, or something became of people.
    Ask(Box<Asked>),
}

/// A look at the documents of a room.
pub(crate) type Look = Box<dyn FnOnce(&Room) + Send>;

/// A room that is loaded. As long as somebody holds a handle, the room stays.
#[derive(Clone)]
pub(crate) struct RoomHandle(Arc<Shared>);

struct Shared {
    draft: DocumentId,
    documents: Vec<(DocumentId, DocumentKind)>,
    mailbox: mpsc::Sender<Envelope>,
}

/// The room is no more; whoever needs it asks the registry again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RoomIsGone;

impl From<RoomIsGone> for RoomError {
    fn from(RoomIsGone: RoomIsGone) -> Self {
        Self::Gone
    }
}

impl RoomHandle {
    /// A handle to a room of these documents behind a mailbox.
    pub(super) fn new(
        draft: DocumentId,
        documents: Vec<(DocumentId, DocumentKind)>,
        mailbox: mpsc::Sender<Envelope>,
    ) -> Self {
        Self(Arc::new(Shared {
            draft,
            documents,
            mailbox,
        }))
    }

    /// The draft, or in open mode the document, that the room holds.
    pub(crate) fn draft(&self) -> DocumentId {
        self.0.draft
    }

    /// The documents of the room.
    pub(crate) fn documents(&self) -> &[(DocumentId, DocumentKind)] {
        &self.0.documents
    }

    /// How many handles there are, this one included.
    pub(super) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Whether two handles lead to the same room.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) async fn send(&self, envelope: Envelope) -> Result<(), RoomIsGone> {
        let sent = self.0.mailbox.send(envelope).await;
        sent.map_err(|_| RoomIsGone)
    }

    /// Brings a connection in.
    pub(crate) async fn join(&self, member: Member, outbox: Arc<Outbox>) -> Result<(), RoomIsGone> {
        self.send(Envelope::Join(member, outbox)).await
    }

    /// Passes on what a connection said. Waits while the mailbox is full.
    pub(crate) async fn say(
        &self,
        connection: ConnectionId,
        message: Inbound,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<(), RoomIsGone> {
        let input = Input::Message {
            connection,
            message,
        };
        self.send(Envelope::Said(input, permit)).await
    }

    /// Takes a connection out.
    pub(crate) async fn leave(&self, connection: ConnectionId) {
        // Who is gone already need not leave.
        let _ = self
            .send(Envelope::Said(Input::Leave(connection), None))
            .await;
    }

    /// Looks at the documents between two turns, when all that they hold is durable. Runs on the
    /// room's thread, so `look` takes what it needs and works on it elsewhere.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Room) -> T + Send + 'static,
    ) -> Result<T, RoomIsGone> {
        let (answer, answered) = oneshot::channel();
        self.send(Envelope::Look(Box::new(move |room| {
            let _ = answer.send(look(room));
        })))
        .await?;
        answered.await.map_err(|_| RoomIsGone)
    }
}
