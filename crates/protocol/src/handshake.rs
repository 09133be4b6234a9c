//! The relay's side of a connection before its rooms: who is there, and may the frame pass?
//!
//! Pure: frames come in, what to do comes out. The shell holds the socket and the clock, refuses
//! who has no access before the first frame, and closes who does not join in time.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;

use crate::close::{CloseCode, CloseReason};
use crate::limits::Limits;
use crate::receipt::Receipt;
use crate::wire::{
    self, Notice, PROTOCOL_VERSION, PeerId, PeerMetadata, RemoteHeads, SessionId, StorageId,
    WireMessage,
};

/// One end of a connection: its name and what it says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name, claimed and not proven.
    pub id: PeerId,
    /// What it says about itself.
    pub metadata: PeerMetadata,
}

/// What became of one frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// The peer joined: send `reply`, then treat what follows as its messages.
    Joined {
        /// Who joined.
        peer: Party,
        /// The `peer` message.
        reply: Bytes,
    },
    /// A message of the peer that joined.
    Message(Inbound),
    /// Nothing to do.
    Ignored(Ignored),
    /// Send `error`, then close; nothing that comes afterwards is looked at.
    Refused {
        /// The `error` message.
        error: Bytes,
        /// The code and words of the close.
        reason: CloseReason,
    },
}

/// Why a frame has no effect, for the shell to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ignored {
    /// A message type that we do not know.
    UnknownType(String),
    /// Presence in another peer's name. automerge-repo's client echoes all the presence that it
    /// receives, so this is no offence; forwarding it would let anybody speak for anybody.
    ForeignPresence,
    /// Presence larger than [`Limits::ephemeral_bytes`]: dropping it harms nobody's text.
    LargePresence,
    /// A message that makes sense from a relay only, or an `error` that asks for nothing.
    NotForUs,
    /// The connection was refused before.
    Closed,
}

/// A message from the peer that joined, its sender checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Inbound {
    /// About one document.
    Document {
        /// The document.
        document: DocumentId,
        /// What about it.
        message: DocumentMessage,
    },
    /// The peer follows the heads of these stores, or no longer.
    Subscription {
        /// Stores to follow.
        add: Vec<StorageId>,
        /// Stores to follow no longer.
        remove: Vec<StorageId>,
    },
    /// The peer is about to close.
    Leave,
}

/// A message about one document.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentMessage {
    /// The first sync message of a peer that lacks the document: bytes for Automerge.
    Request(Bytes),
    /// A sync message: bytes for Automerge.
    Sync(Bytes),
    /// The peer has not got the document.
    Unavailable,
    /// Presence to pass on.
    Ephemeral {
        /// The peer's run.
        session: SessionId,
        /// Number of the message in that run.
        count: u64,
        /// The application's bytes.
        data: Bytes,
    },
    /// What the relay has signed for the peer before.
    Receipt {
        /// The heads that the document had then.
        heads: Vec<ChangeHash>,
        /// What the relay signed.
        receipt: Receipt,
    },
    /// What the peer, or a store that it knows, has saved.
    RemoteHeads(BTreeMap<StorageId, RemoteHeads>),
}

/// The state of one connection on the relay's side.
#[derive(Debug, Clone)]
pub struct ServerHandshake {
    us: Party,
    limits: Limits,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    AwaitingJoin,
    Joined(PeerId),
    Closed,
}

impl ServerHandshake {
    /// Starts for a fresh connection; `us` is what the `peer` message will say.
    pub const fn new(us: Party, limits: Limits) -> Self {
        Self {
            us,
            limits,
            state: State::AwaitingJoin,
        }
    }

    /// Who joined, as long as the connection is not refused.
    pub const fn peer(&self) -> Option<&PeerId> {
        match &self.state {
            State::Joined(peer) => Some(peer),
            State::AwaitingJoin | State::Closed => None,
        }
    }

    /// Takes one binary frame.
    pub fn receive(&mut self, frame: &Bytes) -> Received {
        if matches!(self.state, State::Closed) {
            return Received::Ignored(Ignored::Closed);
        }
        match wire::decode_bytes(frame, &self.limits) {
            Ok(message) => self.receive_message(message),
            Err(error) => self.refuse(error.reason()),
        }
    }

    /// Takes a text frame, which the protocol has not got.
    pub fn receive_text(&mut self) -> Received {
        if matches!(self.state, State::Closed) {
            return Received::Ignored(Ignored::Closed);
        }
        self.refuse(CloseCode::TextFrame.into())
    }

    /// Ends the connection for a reason of the shell's or a room's.
    pub fn refuse(&mut self, reason: CloseReason) -> Received {
        let error = reason.error_frame(&self.us.id, self.peer());
        self.state = State::Closed;
        Received::Refused {
            error: error.into(),
            reason,
        }
    }

    fn receive_message(&mut self, message: WireMessage) -> Received {
        match (&self.state, message) {
            (State::Closed, _) => Received::Ignored(Ignored::Closed),
            (_, WireMessage::Unknown { kind }) => Received::Ignored(Ignored::UnknownType(kind)),
            (
                State::AwaitingJoin,
                WireMessage::Join {
                    sender,
                    metadata,
                    versions,
                },
            ) => self.join(sender, metadata, versions.as_deref()),
            (State::AwaitingJoin, _) => self.violation("the first message must be `join`"),
            (State::Joined(_), WireMessage::Join { .. }) => {
                self.violation("a connection joins once only")
            }
            (State::Joined(_), WireMessage::Ephemeral { data, .. })
                if data.len() > self.limits.ephemeral_bytes =>
            {
                Received::Ignored(Ignored::LargePresence)
            }
            (State::Joined(peer), message) => match route(peer, message) {
                Ok(received) => received,
                Err(what) => self.violation(what),
            },
        }
    }

    fn join(
        &mut self,
        sender: PeerId,
        metadata: PeerMetadata,
        versions: Option<&[String]>,
    ) -> Received {
        if sender == self.us.id {
            return self.violation("this peer id is the relay's own");
        }
        let spoken = versions.is_none_or(|offered| offered.iter().any(|v| v == PROTOCOL_VERSION));
        if !spoken {
            return self.refuse(CloseReason::new(
                CloseCode::UnsupportedVersion,
                format!("unsupported protocol version: this relay speaks {PROTOCOL_VERSION}"),
            ));
        }
        let reply = wire::encode(&WireMessage::Peer {
            sender: self.us.id.clone(),
            target: sender.clone(),
            metadata: self.us.metadata.clone(),
            version: PROTOCOL_VERSION.to_owned(),
        });
        self.state = State::Joined(sender.clone());
        Received::Joined {
            peer: Party {
                id: sender,
                metadata,
            },
            reply: reply.into(),
        }
    }

    fn violation(&mut self, what: &str) -> Received {
        self.refuse(CloseReason::new(CloseCode::ProtocolError, what))
    }
}

/// Checks the sender of a message and says where it goes; `Err` names a breach of the protocol.
fn route(peer: &PeerId, message: WireMessage) -> Result<Received, &'static str> {
    let own = |sender: &PeerId| {
        if sender == peer {
            Ok(())
        } else {
            // Not dropped: a lost sync message would stall the document for ever.
            Err("`senderId` is not the peer that joined")
        }
    };
    let about = |document, message| Ok(Received::Message(Inbound::Document { document, message }));
    match message {
        WireMessage::Ephemeral { sender, .. } if sender != *peer => {
            Ok(Received::Ignored(Ignored::ForeignPresence))
        }
        WireMessage::Ephemeral {
            document,
            session,
            count,
            data,
            ..
        } => about(
            document,
            DocumentMessage::Ephemeral {
                session,
                count,
                data,
            },
        ),
        WireMessage::Request {
            sender,
            document,
            data,
            ..
        } => own(&sender).and_then(|()| about(document, DocumentMessage::Request(data))),
        WireMessage::Sync {
            sender,
            document,
            data,
            ..
        } => own(&sender).and_then(|()| about(document, DocumentMessage::Sync(data))),
        WireMessage::DocUnavailable {
            sender, document, ..
        } => own(&sender).and_then(|()| about(document, DocumentMessage::Unavailable)),
        WireMessage::RemoteHeadsChanged {
            sender,
            document,
            heads,
            ..
        } => own(&sender).and_then(|()| about(document, DocumentMessage::RemoteHeads(heads))),
        WireMessage::RemoteSubscriptionChange {
            sender,
            add,
            remove,
            ..
        } => own(&sender).map(|()| Received::Message(Inbound::Subscription { add, remove })),
        WireMessage::Plenary {
            sender,
            notice:
                Notice::Receipt {
                    document,
                    heads,
                    receipt,
                },
            ..
        } => {
            own(&sender).and_then(|()| about(document, DocumentMessage::Receipt { heads, receipt }))
        }
        WireMessage::Leave { sender } => own(&sender).map(|()| Received::Message(Inbound::Leave)),
        // Joins and unknown types were taken care of before.
        WireMessage::Error { .. }
        | WireMessage::Peer { .. }
        | WireMessage::Plenary { .. }
        | WireMessage::Join { .. }
        | WireMessage::Unknown { .. } => Ok(Received::Ignored(Ignored::NotForUs)),
    }
}
