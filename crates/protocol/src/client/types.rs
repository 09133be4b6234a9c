//! What goes into a session and what comes out of it.

use bytes::Bytes;
use plenary_draft::DocumentId;

use super::backoff::BackoffConfig;
use crate::limits::Limits;
use crate::wire::{InstanceId, ParticipantSecret, PeerId};

/// Who a client is to the relay.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Names this running program; drawn at random for each start.
    pub peer: PeerId,
    /// Drawn at random for each start: a connection of the same instance replaces the former.
    pub instance: InstanceId,
    /// By which the participant is recognised; kept durably by the caller. `None` for a peer
    /// that means to write nothing.
    pub participant: Option<ParticipantSecret>,
}

/// What a session is set up with.
#[derive(Debug, Clone, Default)]
pub struct ClientConfig {
    /// What the relay may ask of us: the same bounds hold for a relay that turned hostile.
    pub limits: Limits,
    /// Waiting times between attempts to connect.
    pub backoff: BackoffConfig,
    /// How long the relay may take to answer our `join`, in milliseconds; 0 stands for 15 000.
    pub handshake_ms: i64,
}

/// Everything that can wake a session.
#[derive(Debug, Clone)]
pub enum Event {
    /// The caller wants to be connected. Also ends a wait early.
    Connect,
    /// The socket that [`Effect::Dial`] asked for is open.
    Connected,
    /// One binary frame arrived.
    Received(Bytes),
    /// The attempt failed or the socket is gone.
    Disconnected {
        /// The websocket close code, when the relay sent one.
        code: Option<u16>,
        /// Words for people: the close reason or the error of the transport.
        reason: String,
        /// Whether the answer to the upgrade itself forbids another attempt (a wrong address or
        /// a refused certificate), whatever the code.
        permanent: bool,
    },
    /// The caller changed this document.
    Changed(DocumentId),
    /// The time that [`super::ClientSession::next_timeout_ms`] named has come.
    Timer,
}

/// What the runtime has to do. Effects are carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a websocket, then report [`Event::Connected`] or [`Event::Disconnected`].
    Dial,
    /// Close the socket. No [`Event::Disconnected`] is expected for it any more.
    Close {
        /// The websocket close code.
        code: u16,
        /// The reason, fit for people.
        reason: String,
    },
    /// Store this document durably. After [`Event::Changed`] it must be on disk before the next
    /// frame is polled, so that a crash cannot make us write the same words twice.
    Persist(DocumentId),
    /// The relay's changes are in the document.
    Updated(DocumentId),
    /// The phase, the waiting changes or the connection are not what they were.
    StatusChanged,
    /// Store what the relay refused. The document is discarded already.
    Rescue(Rescue),
    /// The relay said something for people.
    Told(Remark),
    /// There will be no further attempt to connect.
    Stopped(StopReason),
}

/// A document as it was when the relay refused our changes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescue {
    /// The document.
    pub document: DocumentId,
    /// The whole document with the refused changes, in Automerge's storage format.
    pub saved: Vec<u8>,
    /// How many changes were refused.
    pub refused_changes: usize,
    /// The refused changes alone, each in Automerge's storage format.
    pub changes: Vec<Vec<u8>>,
}

/// What a relay tells beside the sync itself. Texts are bounded and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Some of our changes were put aside by the relay instead of applied.
    Quarantined {
        /// The document.
        document: DocumentId,
        /// How many.
        changes: usize,
        /// Words for people.
        message: String,
    },
    /// This document may not be written with our link.
    ReadOnly {
        /// The document.
        document: DocumentId,
        /// Words for people.
        message: String,
    },
    /// The relay does not have the document or does not show it to us.
    Unavailable {
        /// The document.
        document: DocumentId,
    },
    /// Anything else.
    Said {
        /// The document that it is about, if one.
        document: Option<DocumentId>,
        /// Words for people.
        message: String,
    },
}

/// Why a session ended for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The relay refused us with this close code and words; another attempt would end alike.
    Refused {
        /// The close code, 0 when the refusal came before there was a websocket.
        code: u16,
        /// Words for people.
        message: String,
    },
    /// The relay speaks another protocol version or another protocol, or the draft has a newer format.
    Incompatible {
        /// Words for people.
        message: String,
    },
    /// The relay sent something that may not be applied. Nothing of it was stored.
    Hostile {
        /// Words for people.
        message: String,
    },
}

/// Where the connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Nobody asked to connect yet.
    Idle,
    /// The next attempt is made at `retry_at_ms`.
    Waiting {
        /// Milliseconds since the Unix epoch.
        retry_at_ms: i64,
        /// Why there is no connection.
        reason: String,
    },
    /// The socket is being opened.
    Dialling,
    /// The socket is open, the relay has not answered our `join`.
    Joining {
        /// When we give up on the answer, in milliseconds since the Unix epoch.
        deadline_ms: i64,
    },
    /// The relay answered.
    Online {
        /// Since when, in milliseconds since the Unix epoch.
        since_ms: i64,
    },
    /// No further attempt is made.
    Stopped(StopReason),
}
