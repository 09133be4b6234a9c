//! The relay as the simulation has it: the real handshake and room, with the shell played by us.

use std::collections::{BTreeMap, VecDeque};

use automerge::ActorId;
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::access::{Access, DocumentKind};
use plenary_protocol::handshake::{Party, Received, ServerHandshake};
use plenary_protocol::limits::Limits;
use plenary_protocol::receipt::SiteKey;
use plenary_protocol::room::{
    Commit, ConnectionId, Input, Member, ParticipantId, Room, RoomConfig,
};
use plenary_protocol::sync::SyncMessage;
use plenary_protocol::wire::{self, PeerId, PeerMetadata, StorageId, WireMessage};

use crate::disk::Disk;

/// Who is at the other end and what it may do, as the access check would have found out.
#[derive(Clone)]
pub struct Credential {
    /// Who it is.
    pub participant: ParticipantId,
    /// What it was let in with.
    pub access: Access,
}

struct Connection {
    handshake: ServerHandshake,
    credential: Credential,
}

/// The relay with its disk.
pub struct Relay {
    /// What survives.
    pub disk: Disk,
    documents: Vec<DocumentId>,
    room: Option<Room>,
    connections: BTreeMap<ConnectionId, Connection>,
    mailbox: Vec<Input>,
    awaiting: Option<Option<Commit>>,
}

/// What the relay wants done with a connection.
pub enum Outgoing {
    /// Send this.
    Frame(ConnectionId, Bytes),
    /// Close it.
    Close(ConnectionId),
}

impl Relay {
    /// A relay that has not loaded anything yet.
    pub fn new(disk: Disk, documents: Vec<DocumentId>) -> Self {
        Self {
            disk,
            documents,
            room: None,
            connections: BTreeMap::new(),
            mailbox: Vec::new(),
            awaiting: None,
        }
    }

    fn config() -> RoomConfig {
        RoomConfig {
            relay: PeerId::new("relay"),
            storage: StorageId::new("relay-storage"),
            limits: Limits::default(),
            actor: ActorId::from([0xee; 16]),
            site_key: SiteKey::new([7; 32]),
            restored_ms: None,
            binds_actors: true,
            news_interval_ms: 33,
            // Small, so that long absences are made up for in several messages.
            message_bytes: 600,
            careful: false,
        }
    }

    fn room(&mut self, now_ms: i64) -> &mut Room {
        let Self {
            room,
            disk,
            documents,
            ..
        } = self;
        room.get_or_insert_with(|| {
            let loaded: Vec<_> = documents
                .iter()
                .map(|id| (*id, DocumentKind::Text, disk.load(*id)))
                .collect();
            Room::open(Self::config(), loaded, disk.bindings.clone(), now_ms)
        })
    }

    /// A socket was accepted.
    pub fn accept(&mut self, connection: ConnectionId, credential: Credential) {
        let us = Party {
            id: PeerId::new("relay"),
            metadata: PeerMetadata::default(),
        };
        let handshake = ServerHandshake::new(us, Limits::default());
        self.connections.insert(
            connection,
            Connection {
                handshake,
                credential,
            },
        );
    }

    /// The socket is gone.
    pub fn lost(&mut self, connection: ConnectionId) {
        if self.connections.remove(&connection).is_some() {
            self.mailbox.push(Input::Leave(connection));
        }
    }

    /// A frame arrived.
    pub fn frame(&mut self, connection: ConnectionId, frame: &Bytes) -> Vec<Outgoing> {
        let Some(here) = self.connections.get_mut(&connection) else {
            return Vec::new();
        };
        match here.handshake.receive(frame) {
            Received::Joined { peer, reply } => {
                self.mailbox.push(Input::Join(Member {
                    connection,
                    peer: peer.id,
                    participant: here.credential.participant.clone(),
                    reads_notices: peer.metadata.plenary.is_some(),
                    is_withheld: false,
                    access: here.credential.access,
                }));
                vec![Outgoing::Frame(connection, reply)]
            }
            Received::Message(message) => {
                self.mailbox.push(Input::Message {
                    connection,
                    message,
                });
                Vec::new()
            }
            Received::Ignored(_) => Vec::new(),
            Received::Refused { reason, .. } => panic!("an honest peer was refused: {reason}"),
        }
    }

    /// Begins a turn, unless one waits for its commit.
    pub fn turn(&mut self, now_ms: i64) -> Vec<Outgoing> {
        if self.awaiting.is_some() || self.mailbox.is_empty() {
            return Vec::new();
        }
        let inputs = self.without_acknowledgements(now_ms);
        let turn = self
            .room(now_ms)
            .turn(now_ms, inputs)
            .expect("honest peers cause no fault");
        assert!(turn.rest.is_empty(), "honest peers fill no turn");
        self.awaiting = Some(turn.commit);
        turn.closes
            .into_iter()
            .map(|(connection, reason)| {
                panic!("an honest peer, {connection:?}, was closed: {reason}")
            })
            .collect()
    }

    /// The mailbox's content, with acknowledgements at its front taken as the shell takes them.
    fn without_acknowledgements(&mut self, now_ms: i64) -> Vec<Input> {
        let mut rest = Vec::new();
        for input in core::mem::take(&mut self.mailbox) {
            if rest.is_empty() {
                rest.extend(self.room(now_ms).take_acknowledgement(input).err());
            } else {
                rest.push(input);
            }
        }
        rest
    }

    /// The disk answers. A refusal makes the relay drop the room and all sockets.
    pub fn disk_answers(&mut self, now_ms: i64, fine: bool) -> Vec<Outgoing> {
        match self.awaiting.take() {
            None => Vec::new(),
            Some(Some(_)) if !fine => self.drop_room(),
            Some(commit) => {
                if let Some(commit) = commit {
                    self.disk.commit(commit);
                }
                self.room(now_ms).committed(now_ms);
                Vec::new()
            }
        }
    }

    /// The process is killed and started again: only the disk is left.
    pub fn drop_room(&mut self) -> Vec<Outgoing> {
        self.room = None;
        self.awaiting = None;
        self.mailbox.clear();
        core::mem::take(&mut self.connections)
            .into_keys()
            .map(Outgoing::Close)
            .collect()
    }

    /// Composes frames for the connections whose sockets can take one.
    pub fn tell(
        &mut self,
        now_ms: i64,
        mut can_take: impl FnMut(ConnectionId) -> bool,
    ) -> Vec<Outgoing> {
        if self.awaiting.is_some() || self.room.is_none() {
            return Vec::new();
        }
        let mut frames = VecDeque::new();
        for connection in self.room(now_ms).ready(now_ms) {
            if !can_take(connection) {
                continue;
            }
            if let Some(frame) = self.room(now_ms).next_frame(now_ms, connection) {
                self.check_is_durable(&frame);
                frames.push_back(Outgoing::Frame(connection, frame));
            }
        }
        frames.into()
    }

    /// Invariant 1: nothing leaves the relay before it is on disk.
    fn check_is_durable(&self, frame: &Bytes) {
        let limits = Limits::default();
        let message = wire::decode(frame, &limits).expect("the relay's frames are well-formed");
        if let WireMessage::Sync { document, data, .. } = message {
            let message = SyncMessage::parse(&data, &limits)
                .expect("the relay's sync messages are well-formed");
            for head in &message.heads {
                assert!(
                    self.disk.holds(document, head),
                    "a head left the relay that is not on disk"
                );
            }
        }
    }

    /// Whether nothing is under way inside the relay.
    pub fn is_idle(&self, now_ms: i64) -> bool {
        let quiet = self
            .room
            .as_ref()
            .is_none_or(|room| room.ready(now_ms).is_empty() && room.next_due_ms().is_none());
        self.mailbox.is_empty() && self.awaiting.is_none() && quiet
    }
}
