//! What goes into a room and what comes out of it.

use std::fmt;

use automerge::{ActorId, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;

use super::request::{AuditEntry, QuarantineDecision};
use crate::access::Access;
use crate::close::CloseReason;
use crate::handshake::Inbound;
use crate::limits::Limits;
use crate::receipt::SiteKey;
use crate::wire::{PeerId, StorageId};

/// One connection to the relay. The relay counts them; a number is never used twice in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A person as the documents know them: a random id, never a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParticipantId(String);

impl ParticipantId {
    /// Takes the id as text.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The relay itself, as the author of what it writes on request. No person has this id, as
    /// persons have random ones.
    pub fn relay() -> Self {
        Self("relay".to_owned())
    }

    /// Whose changes are that came back after a restore without anybody who could tell.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParticipantId({})", self.0)
    }
}

/// A connection that has joined, as the relay judged it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The connection.
    pub connection: ConnectionId,
    /// The name that the peer gave itself.
    pub peer: PeerId,
    /// Who is at the other end.
    pub participant: ParticipantId,
    /// Whether the peer understands our own messages.
    pub reads_notices: bool,
    /// Whether the participant asked that nobody learn who they are. Their presence then says no
    /// more than that somebody is there.
    pub is_withheld: bool,
    /// What it was let in with. What it may do follows from that and from the draft's stage.
    pub access: Access,
}

/// Something that happened to a room. This is all that can wake it, but for time.
#[derive(Debug)]
pub enum Input {
    /// A connection came.
    Join(Member),
    /// A connection went.
    Leave(ConnectionId),
    /// A connection said something; the handshake has checked that it spoke in its own name.
    Message {
        /// Who said it.
        connection: ConnectionId,
        /// What it said.
        message: Inbound,
    },
}

/// What a room needs to know from the start.
#[derive(Debug, Clone)]
pub struct RoomConfig {
    /// The relay's name on the wire.
    pub relay: PeerId,
    /// The relay's store, for which heads are announced.
    pub storage: StorageId,
    /// What peers may ask of us.
    pub limits: Limits,
    /// A fresh random actor for what the relay writes itself. It is another one each time that the
    /// room is opened, so a relay that starts from a backup never uses a sequence number twice.
    pub actor: ActorId,
    /// With what receipts are signed.
    pub site_key: SiteKey,
    /// When the site was last restored from a backup, in milliseconds since the Unix epoch.
    pub restored_ms: Option<i64>,
    /// Whether an actor belongs to the participant who used it first. Off in the `open` mode.
    pub binds_actors: bool,
    /// The least time between two messages about news to one connection, in milliseconds. What
    /// was asked for is answered without delay.
    pub news_interval_ms: i64,
    /// A message holds changes up to this many bytes, and one at least. A peer that lacks more
    /// gets several, each when its socket can take it.
    pub message_bytes: usize,
    /// Try each connection's changes on a copy first. Set when a room is loaded again after
    /// Automerge rejected a batch, so that whoever caused it is found and the others go on.
    pub careful: bool,
}

/// A change that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// The document that it belongs to.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// The chunk as its author made it.
    pub bytes: Bytes,
    /// Who it claims to be by, checked against the bindings.
    pub actor: ActorId,
    /// Who sent it.
    pub participant: ParticipantId,
    /// When it came in, in milliseconds since the Unix epoch.
    pub received_ms: i64,
}

/// Why a change was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalReason {
    /// The link does not allow to write this document.
    NotAllowed,
    /// The link would allow it, but the draft is at a stage at which nobody may.
    Stage,
    /// The actor belongs to another participant.
    ForeignActor,
    /// It touches an entry of the discussion that somebody else made, or the discussion itself.
    ForeignEntry,
    /// It is said to be on behalf of somebody for whom its author enters nothing.
    Behalf,
    /// The sequence number is taken or leaves a gap.
    SequenceNumber,
    /// The author footer stands where none may stand, or names somebody else.
    AuthorFooter,
    /// It builds on a change that was refused on this connection.
    BuildsOnRefused,
    /// Automerge cannot apply it.
    Invalid,
    /// It was handed in by somebody whose link does not work any more.
    LinkEnded,
}

impl RefusalReason {
    /// A stable word for storage and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAllowed => "not-allowed",
            Self::Stage => "stage",
            Self::ForeignActor => "foreign-actor",
            Self::ForeignEntry => "foreign-entry",
            Self::Behalf => "behalf",
            Self::SequenceNumber => "sequence-number",
            Self::AuthorFooter => "author-footer",
            Self::BuildsOnRefused => "builds-on-refused",
            Self::Invalid => "invalid",
            Self::LinkEnded => "link-ended",
        }
    }

    /// The same for the person who wrote it.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::NotAllowed => "this link does not allow to change this part of the draft",
            Self::Stage => {
                "the draft was closed for changes, as when it is final, before they arrived"
            }
            Self::ForeignActor => "they are marked as made by another participant",
            Self::ForeignEntry => {
                "they touch what others wrote in the discussion; ask a facilitator to hide an entry"
            }
            Self::Behalf => {
                "they speak for somebody else: facilitators enter what people of the draft sent them, \
                 and say for whom when they enter it"
            }
            Self::SequenceNumber => {
                "they repeat or skip a number of their series, as after restoring an old copy"
            }
            Self::AuthorFooter => "they name another author than the one who sent them",
            Self::BuildsOnRefused => "they build on changes that were refused",
            Self::Invalid => "they are damaged and cannot be applied",
            Self::LinkEnded => "the link by which they were made does not work any more",
        }
    }
}

/// A change that is kept, but not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedChange {
    /// The document that it was meant for.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// The change as Automerge encodes it, inflated.
    pub bytes: Bytes,
    /// Who sent it.
    pub participant: ParticipantId,
    /// Why it was refused.
    pub reason: RefusalReason,
    /// When it came in, in milliseconds since the Unix epoch.
    pub received_ms: i64,
}

/// All that one turn wants stored, in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Changes, each after those that it depends on.
    pub changes: Vec<NewChange>,
    /// Actors that were seen for the first time, with whom they belong to.
    pub bindings: Vec<(ActorId, ParticipantId)>,
    /// Changes for the quarantine.
    pub quarantined: Vec<QuarantinedChange>,
    /// What was decided about changes in quarantine.
    pub decisions: Vec<QuarantineDecision>,
    /// What was done on request, for the audit trail.
    pub audit: Vec<AuditEntry>,
}

impl Commit {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.bindings.is_empty()
            && self.quarantined.is_empty()
            && self.decisions.is_empty()
            && self.audit.is_empty()
    }
}

/// What a turn asks of the relay. Nothing leaves the room until [`super::Room::committed`].
#[derive(Debug, Default)]
pub struct Turn {
    /// To be stored durably; `None` when there is nothing.
    pub commit: Option<Commit>,
    /// Connections to close.
    pub closes: Vec<(ConnectionId, CloseReason)>,
    /// What this turn did not take in any more, in its order: for the turn that follows.
    pub rest: Vec<Input>,
}

/// The documents in memory cannot be trusted any more. The relay drops the room, closes its
/// sockets with [`crate::close::CloseCode::RoomReloaded`] and loads it again from storage, with
/// [`RoomConfig::careful`] set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the room must be loaded again: {0}")]
pub struct RoomFault(pub String);
