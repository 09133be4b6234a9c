//! The messages of automerge-repo's websocket protocol, and the one that we add.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;

use super::ids::{InstanceId, ParticipantSecret, PeerId, SessionId, StorageId};
use super::notice::Notice;

/// The only version of automerge-repo's websocket protocol that there is.
pub const PROTOCOL_VERSION: &str = "1";

/// The version of what Plenary adds to it.
pub const PLENARY_VERSION: u64 = 1;

/// One message, that is one binary websocket frame.
///
/// `sender` and `target` are what the frame claims; the handshake checks them.
#[derive(Debug, Clone, PartialEq)]
pub enum WireMessage {
    /// The client's first message: who it is and which protocol versions it speaks.
    Join {
        /// The client.
        sender: PeerId,
        /// What it says about itself.
        metadata: PeerMetadata,
        /// Versions on offer; `None` when the list is absent, which means version 1.
        versions: Option<Vec<String>>,
    },
    /// The server's answer to `join`.
    Peer {
        /// The server.
        sender: PeerId,
        /// The client that joined.
        target: PeerId,
        /// What the server says about itself.
        metadata: PeerMetadata,
        /// The version that the server chose.
        version: String,
    },
    /// The first sync message of a peer that lacks the document and asks for it.
    Request {
        /// Who asks.
        sender: PeerId,
        /// Who is asked.
        target: PeerId,
        /// What is asked for.
        document: DocumentId,
        /// An Automerge sync message, not empty.
        data: Bytes,
    },
    /// One message of Automerge's sync protocol.
    Sync {
        /// Whose message it is.
        sender: PeerId,
        /// For whom it was made.
        target: PeerId,
        /// The document that it speaks of.
        document: DocumentId,
        /// An Automerge sync message, not empty.
        data: Bytes,
    },
    /// The sender has not got the document, nor has anybody whom it can ask.
    DocUnavailable {
        /// Who lacks it.
        sender: PeerId,
        /// Who asked.
        target: PeerId,
        /// What was asked for.
        document: DocumentId,
    },
    /// The client says good-bye; the close of the socket means the same.
    Leave {
        /// Who leaves.
        sender: PeerId,
    },
    /// Presence: seen by those who are here now, stored by nobody.
    Ephemeral {
        /// Whose presence it is, also when somebody else forwards it.
        sender: PeerId,
        /// For whom this copy is.
        target: PeerId,
        /// The document that it belongs to.
        document: DocumentId,
        /// The sender's run.
        session: SessionId,
        /// Number of the message in that run, rising; at most 2^53.
        count: u64,
        /// CBOR of the application, not empty, passed on unread.
        data: Bytes,
    },
    /// From now on tell me (or no longer) about the heads that these stores have saved.
    RemoteSubscriptionChange {
        /// Who subscribes.
        sender: PeerId,
        /// Who shall tell.
        target: PeerId,
        /// Stores to follow.
        add: Vec<StorageId>,
        /// Stores to follow no longer.
        remove: Vec<StorageId>,
    },
    /// These stores have saved a document up to these heads.
    RemoteHeadsChanged {
        /// Who tells.
        sender: PeerId,
        /// Who is told.
        target: PeerId,
        /// The document.
        document: DocumentId,
        /// What each store has saved.
        heads: BTreeMap<StorageId, RemoteHeads>,
    },
    /// Something is wrong; the sender closes the connection, or goes on when it can.
    Error {
        /// Who complains, when stated.
        sender: Option<PeerId>,
        /// To whom, when stated.
        target: Option<PeerId>,
        /// What is wrong, in words for a person.
        message: String,
    },
    /// Ours, sent only to peers whose `join` announced `plenary`.
    Plenary {
        /// The relay.
        sender: PeerId,
        /// The client.
        target: PeerId,
        /// What it says.
        notice: Notice,
    },
    /// A message type that we do not know, to be ignored so that the session survives.
    Unknown {
        /// Its `type`.
        kind: String,
    },
}

/// What a peer says about itself in `join` or `peer`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerMetadata {
    /// The store that the peer keeps documents in, if it has one.
    pub storage_id: Option<StorageId>,
    /// Whether it is not worth while to keep a sync state for this peer.
    pub is_ephemeral: bool,
    /// Present when the peer understands [`WireMessage::Plenary`].
    pub plenary: Option<PlenaryPeer>,
}

/// What a Plenary program adds to its metadata. The relay states its version only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlenaryPeer {
    /// Version of our additions, see [`PLENARY_VERSION`].
    pub version: u64,
    /// By which the participant is recognised at every connection.
    pub participant: Option<ParticipantSecret>,
    /// Which running client this is.
    pub instance: Option<InstanceId>,
}

/// What one store has saved of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteHeads {
    /// The heads of the saved document.
    pub heads: Vec<ChangeHash>,
    /// When the announcer learnt of it: milliseconds since the Unix epoch by its own clock, within
    /// ±2^53.
    pub timestamp_ms: i64,
}
