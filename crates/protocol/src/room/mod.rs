//! A room: the documents of one draft and all connections that are in it, as a pure machine.
//!
//! A room takes turns. [`Room::turn`] judges all that came in and says what to store; the relay
//! stores it durably and then calls [`Room::committed`]; only from then on does anything of it
//! leave, by [`Room::ready`] and [`Room::next_frame`]. So whatever anyone has seen is on disk.
//! Messages are made when a connection can take one and never wait in a queue: a slow reader
//! costs a constant, and what it gets next holds everything new.

mod accept;
mod acknowledge;
mod careful;
mod discussion;
mod document;
mod hand_in;
mod noted;
mod outgoing;
mod people;
mod presence;
mod quarantine;
mod record;
mod request;
mod turn;
mod types;
mod unseen;
mod vouching;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::{ActorId, Automerge, ChangeHash};
use plenary_draft::{DocumentId, Stage};

pub use crate::access::Permission;
pub use hand_in::{HandIn, HandInRefused, HandInRoom, HandedIn};
pub use quarantine::{Kept, QUARANTINE_OF_ALL};
pub use request::{
    Answered, AuditEntry, Held, Outcome, QuarantineDecision, RecordRequest, Request, RequestRefused,
};
pub use types::{
    Commit, ConnectionId, Input, Member, NewChange, ParticipantId, QuarantinedChange,
    RefusalReason, RoomConfig, RoomFault, Turn,
};

use document::RoomDocument;
use people::Aliases;
use presence::{PresenceGate, PresenceQueue};
use quarantine::Quarantine;
use turn::Pending;

use crate::access::DocumentKind;
use crate::wire::{Notice, PeerId, StorageId};

/// How many notices wait for one slow connection. They are sent in answer to what it did.
const MAX_NOTICES: usize = 16;

/// The documents of one draft, or in the `open` mode one document, with those who follow them.
pub struct Room {
    config: RoomConfig,
    documents: BTreeMap<DocumentId, RoomDocument>,
    members: BTreeMap<ConnectionId, Here>,
    bindings: BTreeMap<ActorId, ParticipantId>,
    /// Participants who are somebody else in truth.
    aliases: Aliases,
    /// Actors that made entries of the discussion and belong to nobody here.
    ownerless: BTreeSet<ActorId>,
    /// Those on whose behalf facilitators may enter something, as the relay said last.
    people: BTreeSet<ParticipantId>,
    /// What was refused and is kept.
    quarantine: Quarantine,
    /// Where the draft stands, as its record says it.
    stage: Stage,
    /// What was judged and is not stored yet. Nothing is composed while it is there.
    pending: Option<Pending>,
}

/// A member with what the room keeps for it.
struct Here {
    member: Member,
    /// Under which name others hear its presence.
    heard_as: PeerId,
    notices: VecDeque<Notice>,
    /// Documents that the peer asked for and that are not here for it.
    unavailable: BTreeSet<DocumentId>,
    presence: PresenceQueue,
    gate: PresenceGate,
    /// Heads that we lack and have signed for, as the peer has shown.
    vouched: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
    /// Stores whose heads the peer wants to hear of. Only ours are announced.
    subscriptions: BTreeSet<StorageId>,
}

impl Room {
    /// Opens a room over documents as storage holds them, with the actors that are bound already.
    pub fn open(
        config: RoomConfig,
        documents: impl IntoIterator<Item = (DocumentId, DocumentKind, Automerge)>,
        bindings: BTreeMap<ActorId, ParticipantId>,
        now_ms: i64,
    ) -> Self {
        let documents = documents
            .into_iter()
            .map(|(id, kind, automerge)| {
                let document = RoomDocument::new(id, kind, automerge, &config, now_ms);
                (id, document)
            })
            .collect();
        let mut room = Self {
            config,
            documents,
            members: BTreeMap::new(),
            bindings,
            aliases: Aliases::default(),
            ownerless: BTreeSet::new(),
            people: BTreeSet::new(),
            quarantine: Quarantine::default(),
            stage: Stage::Drafting,
            pending: None,
        };
        room.stage = room.recorded_stage();
        room.ownerless = room.ownerless_actors();
        room
    }

    /// The document with this id as it is in memory. Between [`Room::turn`] and
    /// [`Room::committed`] it holds what is not stored yet and must not be shown to anyone.
    pub fn document(&self, id: &DocumentId) -> Option<&Automerge> {
        self.documents.get(id).map(|document| &document.automerge)
    }

    /// How many changes the document holds.
    pub fn change_count(&self, id: &DocumentId) -> Option<usize> {
        self.documents.get(id).map(|document| document.log.len())
    }

    /// The connections that are in the room.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionId> + '_ {
        self.members.keys().copied()
    }

    /// Whether nobody is here.
    pub fn is_deserted(&self) -> bool {
        self.members.is_empty()
    }

    /// The actors of the discussion to which no participant is bound.
    fn ownerless_actors(&self) -> BTreeSet<ActorId> {
        let discussions = self
            .documents
            .values()
            .filter(|document| document.kind == DocumentKind::Discussion);
        discussions
            .flat_map(|document| document.log.actors())
            .filter(|actor| !self.bindings.contains_key(actor))
            .cloned()
            .collect()
    }

    fn permission(&self, connection: ConnectionId, document: &DocumentId) -> Permission {
        match (self.members.get(&connection), self.documents.get(document)) {
            (Some(here), Some(document)) => {
                let access = here.member.access;
                access.permission(document.kind, &self.stage)
            }
            _ => Permission::None,
        }
    }
}

impl Here {
    fn new(member: Member, config: &RoomConfig) -> Self {
        let (participant, peer) = (&member.participant, &member.peer);
        Self {
            heard_as: if config.binds_actors {
                config.site_key.heard_as(participant, peer)
            } else {
                peer.clone()
            },
            member,
            notices: VecDeque::new(),
            unavailable: BTreeSet::new(),
            presence: PresenceQueue::default(),
            gate: PresenceGate::default(),
            vouched: BTreeMap::new(),
            subscriptions: BTreeSet::new(),
        }
    }

    /// Queues words for the peer; the oldest make room.
    fn notify(&mut self, notice: Notice) {
        if self.notices.len() == MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// Queues words of which once is enough until they are sent.
    fn notify_once(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notify(notice);
        }
    }

    /// Tells a peer of ours that it may ask for something anew.
    fn nudge(&mut self, notice: Notice) {
        if self.member.reads_notices {
            self.notify_once(notice);
        }
    }
}
