//! A room with named stock peers around it and no faults: for tests that tell a story.

use std::collections::BTreeMap;

use automerge::{ActorId, Automerge};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::access::{Access, DocumentKind, Role};
use plenary_protocol::close::CloseReason;
use plenary_protocol::handshake::{DocumentMessage, Inbound};
use plenary_protocol::limits::Limits;
use plenary_protocol::receipt::SiteKey;
use plenary_protocol::room::{
    Commit, ConnectionId, Input, Member, ParticipantId, Permission, Room, RoomConfig, RoomFault,
};
use plenary_protocol::wire::{self, Notice, PeerId, StorageId, WireMessage};

use crate::stock::Stock;

/// The document that all tables share.
pub const DOCUMENT: DocumentId = DocumentId::from_bytes([1; 16]);

/// One peer at the table.
pub struct Seat {
    /// Its connection.
    pub connection: ConnectionId,
    /// Its copy.
    pub stock: Stock,
    /// What it was told that is not a sync message.
    pub told: Vec<WireMessage>,
    /// How many sync messages it was sent.
    pub synced: usize,
    /// Set when the room wanted the connection closed.
    pub closed: Option<CloseReason>,
}

/// The room, its peers and all that was committed.
pub struct Table {
    /// The room under test.
    pub room: Room,
    /// The peers by name.
    pub seats: BTreeMap<&'static str, Seat>,
    /// What was committed, in order.
    pub commits: Vec<Commit>,
    /// The time, in milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// How rooms at tables are set up.
pub fn config() -> RoomConfig {
    RoomConfig {
        relay: PeerId::new("relay"),
        storage: StorageId::new("relay-storage"),
        limits: Limits::default(),
        actor: ActorId::from([0xee; 16]),
        site_key: SiteKey::new([7; 32]),
        restored_ms: None,
        binds_actors: true,
        news_interval_ms: 33,
        message_bytes: 4 << 20,
        careful: false,
    }
}

/// What gives this permission for a draft's text.
pub fn access_to_text(permission: Permission) -> Access {
    Access::of(match permission {
        Permission::None => Role::Viewer,
        Permission::Read => Role::Reviewer,
        Permission::Write => Role::Editor,
    })
}

impl Table {
    /// Opens a room over one document.
    pub fn new(config: RoomConfig, document: Automerge) -> Self {
        Self {
            room: Room::open(
                config,
                [(DOCUMENT, DocumentKind::Text, document)],
                BTreeMap::new(),
                0,
            ),
            seats: BTreeMap::new(),
            commits: Vec::new(),
            now_ms: 1_000_000,
        }
    }

    /// Seats a peer with an empty copy and an actor of its own.
    pub fn seat(&mut self, name: &'static str, permission: Permission) {
        let actor = ActorId::from(name.as_bytes());
        self.seat_as(name, name, Stock::new(name, actor, DOCUMENT), permission);
    }

    /// Seats a peer with a copy that it brings along, as a participant of another name perhaps.
    pub fn seat_as(
        &mut self,
        name: &'static str,
        participant: &str,
        mut stock: Stock,
        permission: Permission,
    ) {
        let connection = ConnectionId(self.seats.len() as u64);
        stock.connected();
        stock.next_frame();
        stock.welcome();
        let member = Member {
            connection,
            peer: PeerId::new(name),
            participant: ParticipantId::new(participant),
            reads_notices: true,
            is_withheld: false,
            access: access_to_text(permission),
        };
        let seat = Seat {
            connection,
            stock,
            told: Vec::new(),
            synced: 0,
            closed: None,
        };
        self.seats.insert(name, seat);
        self.turn(vec![Input::Join(member)])
            .expect("joining causes no fault");
    }

    /// The same participant by a new connection, which may read; the older one is gone.
    pub fn seat_again(&mut self, name: &'static str) {
        let connection = self.seats[name].connection;
        let fresh = ConnectionId(connection.0 + 1_000);
        let seat = self.seats.get_mut(name).expect("a seated peer");
        (seat.connection, seat.closed) = (fresh, None);
        let member = Member {
            connection: fresh,
            peer: PeerId::new(name),
            participant: ParticipantId::new(name),
            reads_notices: true,
            is_withheld: false,
            access: access_to_text(Permission::Read),
        };
        self.turn(vec![Input::Leave(connection), Input::Join(member)])
            .expect("joining causes no fault");
    }

    /// One turn with these inputs, committed at once.
    ///
    /// # Errors
    ///
    /// The room's fault.
    pub fn turn(&mut self, inputs: Vec<Input>) -> Result<(), RoomFault> {
        let turn = self.room.turn(self.now_ms, inputs)?;
        assert!(
            self.room.ready(self.now_ms).is_empty(),
            "nothing leaves before the commit"
        );
        self.commits.extend(turn.commit);
        self.room.committed(self.now_ms);
        for (connection, reason) in turn.closes {
            for seat in self
                .seats
                .values_mut()
                .filter(|seat| seat.connection == connection)
            {
                seat.closed = Some(reason.clone());
            }
        }
        if turn.rest.is_empty() {
            return Ok(());
        }
        self.turn(turn.rest)
    }

    /// A peer says something to the room.
    ///
    /// # Errors
    ///
    /// The room's fault.
    pub fn say(&mut self, name: &str, message: DocumentMessage) -> Result<(), RoomFault> {
        let connection = self.seats[name].connection;
        self.turn(vec![Input::Message {
            connection,
            message: Inbound::Document {
                document: DOCUMENT,
                message,
            },
        }])
    }

    /// Everything that a peer has to send goes to the room, as one turn.
    pub fn send(&mut self, name: &str) {
        let seat = self.seats.get_mut(name).expect("a seated peer");
        let mut inputs = Vec::new();
        while let Some(frame) = seat.stock.next_frame() {
            let message =
                wire::decode(&frame, &Limits::default()).expect("stock frames are well-formed");
            let message = match message {
                WireMessage::Request { data, .. } => DocumentMessage::Request(data),
                WireMessage::Sync { data, .. } => DocumentMessage::Sync(data),
                other => panic!("unexpected: {other:?}"),
            };
            let message = Inbound::Document {
                document: DOCUMENT,
                message,
            };
            inputs.push(Input::Message {
                connection: seat.connection,
                message,
            });
        }
        self.turn(inputs).expect("stock peers cause no fault");
    }

    /// All that the room has for a peer is delivered.
    pub fn deliver(&mut self, name: &str) {
        let connection = self.seats[name].connection;
        while let Some(frame) = self.room.next_frame(self.now_ms, connection) {
            self.receive(name, &frame);
        }
    }

    fn receive(&mut self, name: &str, frame: &Bytes) {
        let seat = self.seats.get_mut(name).expect("a seated peer");
        match wire::decode(frame, &Limits::default()).expect("the room's frames are well-formed") {
            WireMessage::Sync { .. } => {
                seat.synced += 1;
                seat.stock.received(frame);
            }
            // Who it is, said to everybody once.
            WireMessage::Plenary {
                notice: Notice::Participant { .. },
                ..
            } => {}
            other => seat.told.push(other),
        }
    }

    /// Sends and delivers until everybody is silent.
    pub fn settle(&mut self) {
        let names: Vec<&'static str> = self.seats.keys().copied().collect();
        for _ in 0..100 {
            let before: usize = self.traffic();
            for name in &names {
                self.send(name);
                self.deliver(name);
            }
            self.now_ms += 50;
            if self.traffic() == before && self.room.next_due_ms().is_none() {
                return;
            }
        }
        panic!("the table never went quiet");
    }

    fn traffic(&self) -> usize {
        self.seats
            .values()
            .map(|seat| seat.synced + seat.told.len())
            .sum::<usize>()
            + self.commits.len()
    }
}
