//! The room of a whole draft with named peers around it and no faults: for tests that tell a story
//! about roles, stages and requests.

use std::collections::BTreeMap;

use automerge::sync::{Message, State, SyncDoc};
use automerge::{ActorId, Automerge, Change, ChangeHash};
use bytes::Bytes;
use plenary_draft::document::new_document;
use plenary_draft::schema::discussion::{Authorship, Comment};
use plenary_draft::{CommentId, DiscussionEditor, DocumentId, Draft, NewDraft, Text, TextEditor};
use plenary_protocol::access::{Access, DocumentKind, Role};
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::handshake::{DocumentMessage, Inbound};
use plenary_protocol::limits::Limits;
use plenary_protocol::receipt::Receipt;
use plenary_protocol::room::{
    Commit, ConnectionId, Input, Member, Outcome, ParticipantId, RecordRequest, Request,
    RequestRefused, Room, RoomConfig, Turn,
};
use plenary_protocol::wire::{self, PeerId, WireMessage};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::disk::Disk;
use crate::table::config;

/// The three documents of every draft.
pub const KINDS: [DocumentKind; 3] = [
    DocumentKind::Record,
    DocumentKind::Text,
    DocumentKind::Discussion,
];

/// One peer with its copy of the draft.
pub struct Seat {
    /// Its connection.
    pub connection: ConnectionId,
    /// Who it is.
    pub participant: ParticipantId,
    /// Its copies.
    pub copies: BTreeMap<DocumentKind, Automerge>,
    /// What it was told that is not a sync message.
    pub told: Vec<WireMessage>,
    /// Set when the room wanted the connection closed.
    pub closed: Option<CloseReason>,
    /// Whether it announces `plenary`, and so keeps receipts.
    pub is_ours: bool,
    /// Whether it asked not to be known.
    pub is_withheld: bool,
    receipts: Vec<(DocumentKind, Vec<ChangeHash>, Receipt)>,
    states: BTreeMap<DocumentKind, State>,
    said: BTreeMap<DocumentKind, Vec<u8>>,
}

/// The room of a draft, its peers and all that was committed.
pub struct DraftTable {
    /// The room under test.
    pub room: Room,
    /// What survives.
    pub disk: Disk,
    /// The peers by name.
    pub seats: BTreeMap<&'static str, Seat>,
    /// What was committed, in order.
    pub commits: Vec<Commit>,
    /// The time, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Where chance comes from.
    pub rng: ChaCha8Rng,
    /// When the relay was last started from a backup.
    pub restored_ms: Option<i64>,
    ids: BTreeMap<DocumentKind, DocumentId>,
    next_connection: u64,
}

impl DraftTable {
    /// A new draft with these words in its text, and nobody there.
    pub fn new(source: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let new = NewDraft {
            title: "Trust online",
            source: source.as_bytes(),
            groups: vec!["governments".to_owned(), "civil society".to_owned()],
            ..NewDraft::default()
        };
        let draft = Draft::create(&mut rng, 900_000, &new).expect("a small draft");
        let mut disk = Disk::default();
        let mut ids = BTreeMap::new();
        for (kind, part) in [
            (DocumentKind::Record, &draft.record),
            (DocumentKind::Text, &draft.text),
            (DocumentKind::Discussion, &draft.discussion),
        ] {
            disk.seed(part.id, &part.document);
            ids.insert(kind, part.id);
        }
        Self {
            room: load(&disk, &ids, config(), 900_000),
            restored_ms: None,
            disk,
            seats: BTreeMap::new(),
            commits: Vec::new(),
            now_ms: 1_000_000,
            rng,
            ids,
            next_connection: 1,
        }
    }

    /// The id of a document.
    pub fn id(&self, kind: DocumentKind) -> DocumentId {
        self.ids[&kind]
    }

    /// A document as the relay has it.
    pub fn ours(&self, kind: DocumentKind) -> &Automerge {
        self.room
            .document(&self.ids[&kind])
            .expect("a document of the draft")
    }

    /// The relay is started again over `disk`: nobody is connected. A disk that is not the present
    /// one is a backup.
    pub fn restart(&mut self, disk: Disk) {
        self.disk = disk;
        let mut actor = [0; 16];
        self.rng.fill_bytes(&mut actor);
        let config = RoomConfig {
            actor: ActorId::from(actor),
            restored_ms: self.restored_ms,
            ..config()
        };
        self.room = load(&self.disk, &self.ids, config, self.now_ms);
        for seat in self.seats.values_mut() {
            seat.closed = Some(CloseReason::from(CloseCode::GoingAway));
        }
    }

    /// Seats a peer with empty copies and a fresh actor for each.
    pub fn seat(&mut self, name: &'static str, role: Role) {
        self.seat_with(name, name, Access::of(role));
    }

    /// Seats a peer of a participant with what it was let in with.
    pub fn seat_with(&mut self, name: &'static str, participant: &str, access: Access) {
        let mut actor = [0; 16];
        let copies = KINDS
            .into_iter()
            .map(|kind| {
                self.rng.fill_bytes(&mut actor);
                (kind, new_document(ActorId::from(actor)))
            })
            .collect();
        let seat = Seat {
            connection: ConnectionId(0),
            participant: ParticipantId::new(participant),
            copies,
            told: Vec::new(),
            closed: None,
            is_ours: true,
            is_withheld: false,
            receipts: Vec::new(),
            states: BTreeMap::new(),
            said: BTreeMap::new(),
        };
        self.seats.insert(name, seat);
        self.dial(name, access);
    }

    /// A peer dials anew, with the copies that it has.
    pub fn dial(&mut self, name: &str, access: Access) {
        let connection = ConnectionId(self.next_connection);
        self.next_connection += 1;
        let seat = self.seats.get_mut(name).expect("a seated peer");
        let older = core::mem::replace(&mut seat.connection, connection);
        seat.states = BTreeMap::new();
        seat.said = BTreeMap::new();
        seat.closed = None;
        let member = Member {
            connection,
            peer: PeerId::new(name),
            participant: seat.participant.clone(),
            is_withheld: seat.is_withheld,
            reads_notices: seat.is_ours,
            access,
        };
        let mut inputs = vec![Input::Leave(older), Input::Join(member)];
        for (kind, heads, receipt) in &seat.receipts {
            let (heads, receipt) = (heads.clone(), *receipt);
            let message = DocumentMessage::Receipt { heads, receipt };
            inputs.push(said(connection, self.ids[kind], message));
        }
        self.turn(inputs);
    }

    /// A peer's program is started again: it takes fresh actors.
    pub fn reload(&mut self, name: &str) {
        let seat = self.seats.get_mut(name).expect("a seated peer");
        for copy in seat.copies.values_mut() {
            let mut actor = [0; 16];
            self.rng.fill_bytes(&mut actor);
            copy.set_actor(ActorId::from(actor));
        }
    }

    /// A peer goes, and keeps its copies.
    pub fn leave(&mut self, name: &str) {
        let seat = self.seats.get_mut(name).expect("a seated peer");
        let connection = core::mem::replace(&mut seat.connection, ConnectionId(0));
        seat.closed = Some(CloseReason::from(CloseCode::GoingAway));
        self.turn(vec![Input::Leave(connection)]);
    }

    /// One turn with these inputs, committed at once.
    pub fn turn(&mut self, inputs: Vec<Input>) {
        let turn = self.room.turn(self.now_ms, inputs).expect("no fault");
        self.commit(turn);
    }

    fn commit(&mut self, turn: Turn) {
        assert!(
            self.room.ready(self.now_ms).is_empty(),
            "nothing leaves before the commit"
        );
        if let Some(commit) = turn.commit {
            self.disk.commit(commit.clone());
            self.commits.push(commit);
        }
        self.room.committed(self.now_ms);
        let mut gone = Vec::new();
        for (connection, reason) in turn.closes {
            for seat in self.seats.values_mut() {
                if seat.connection == connection {
                    seat.closed = Some(reason.clone());
                    gone.push(Input::Leave(connection));
                }
            }
        }
        gone.extend(turn.rest);
        if !gone.is_empty() {
            self.turn(gone);
        }
    }

    /// Somebody asks the relay for something.
    ///
    /// # Errors
    ///
    /// The relay's refusal.
    pub fn ask(
        &mut self,
        by: &str,
        role: Role,
        what: RecordRequest,
    ) -> Result<Outcome, RequestRefused> {
        self.now_ms += 1000;
        let request = Request {
            by: ParticipantId::new(by),
            role,
            what,
        };
        let answered = self
            .room
            .request(self.now_ms, &mut self.rng, request)
            .expect("no fault");
        self.commit(answered.turn);
        answered.outcome
    }

    /// A peer edits its copy of a document, or anything else that one can do to it.
    pub fn edit<T>(
        &mut self,
        name: &str,
        kind: DocumentKind,
        edit: impl FnOnce(&mut Automerge, &mut ChaCha8Rng, i64) -> T,
    ) -> T {
        let seat = self.seats.get_mut(name).expect("a seated peer");
        let copy = seat.copies.get_mut(&kind).expect("a copy of each document");
        edit(copy, &mut self.rng, self.now_ms)
    }

    /// The newest changes of a peer's copy that the relay lacks, sent as they are: hand-made.
    pub fn push(&mut self, name: &str, kind: DocumentKind, changes: &[Change]) {
        use plenary_protocol::sync::{Have, SyncMessage, Version};
        let message = SyncMessage {
            version: Version::V1,
            heads: Vec::new(),
            need: Vec::new(),
            have: vec![Have::default()],
            changes: changes
                .iter()
                .map(|change| Bytes::copy_from_slice(change.raw_bytes()))
                .collect(),
            flags: None,
        };
        let connection = self.seats[name].connection;
        self.turn(vec![said(
            connection,
            self.ids[&kind],
            DocumentMessage::Sync(message.encode().into()),
        )]);
    }

    /// Everything that a peer has to send, as inputs of a turn that is still to be taken.
    pub fn sends(&mut self, name: &str) -> Vec<Input> {
        let seat = self.seats.get_mut(name).expect("a seated peer");
        if seat.closed.is_some() {
            return Vec::new();
        }
        let mut inputs = Vec::new();
        for kind in KINDS {
            let Some(copy) = seat.copies.get_mut(&kind) else {
                continue;
            };
            let is_empty = copy.get_heads().is_empty();
            let state = seat.states.entry(kind).or_default();
            let Some(message) = copy.generate_sync_message(state) else {
                continue;
            };
            let data = message.encode();
            if seat.said.get(&kind) == Some(&data) {
                continue;
            }
            seat.said.insert(kind, data.clone());
            let message = if is_empty {
                DocumentMessage::Request(data.into())
            } else {
                DocumentMessage::Sync(data.into())
            };
            inputs.push(said(seat.connection, self.ids[&kind], message));
        }
        inputs
    }

    /// All that the room has for a peer is delivered.
    pub fn deliver(&mut self, name: &str) {
        let connection = self.seats[name].connection;
        while let Some(frame) = self.room.next_frame(self.now_ms, connection) {
            let message = wire::decode(&frame, &Limits::default()).expect("well-formed");
            let seat = self.seats.get_mut(name).expect("a seated peer");
            let WireMessage::Sync { document, data, .. } = &message else {
                seat.told.push(message);
                continue;
            };
            let found = self.ids.iter().find(|(_, id)| *id == document);
            let (kind, _) = found.expect("a document of the draft");
            let message = Message::decode(data).expect("Automerge reads what the relay says");
            seat.said.remove(kind);
            let copy = seat.copies.get_mut(kind).expect("a copy of each document");
            let state = seat.states.entry(*kind).or_default();
            let heads = message.heads.clone();
            copy.receive_sync_message(state, message)
                .expect("an honest peer takes what the relay sends");
            let signed = wire::receipt_of(&frame, &Limits::default());
            assert_eq!(
                signed.is_some(),
                seat.is_ours,
                "receipts go to those who keep them"
            );
            let is_here = |head: &ChangeHash| copy.get_change_meta_by_hash(head).is_some();
            if let (Some(receipt), true) = (signed, heads.iter().all(is_here)) {
                seat.receipts.push((*kind, heads, receipt));
            }
        }
    }

    /// Sends and delivers until everybody is silent.
    pub fn settle(&mut self) {
        let names: Vec<&'static str> = self.seats.keys().copied().collect();
        for _ in 0..200 {
            let mut is_quiet = true;
            for name in &names {
                let inputs = self.sends(name);
                is_quiet &= inputs.is_empty();
                self.turn(inputs);
                if self.seats[name].closed.is_none() {
                    self.deliver(name);
                }
            }
            self.now_ms += 50;
            if is_quiet && self.room.next_due_ms().is_none() {
                return;
            }
        }
        panic!("the table never went quiet");
    }

    /// Whether a change is applied, on disk and in memory.
    pub fn holds(&self, kind: DocumentKind, hash: &ChangeHash) -> bool {
        let in_memory = self.ours(kind).get_change_meta_by_hash(hash).is_some();
        assert_eq!(in_memory, self.disk.holds(self.ids[&kind], hash));
        in_memory
    }
}

fn said(connection: ConnectionId, document: DocumentId, message: DocumentMessage) -> Input {
    Input::Message {
        connection,
        message: Inbound::Document { document, message },
    }
}

fn load(
    disk: &Disk,
    ids: &BTreeMap<DocumentKind, DocumentId>,
    config: RoomConfig,
    now_ms: i64,
) -> Room {
    let documents: Vec<_> = ids
        .iter()
        .map(|(kind, id)| (*id, *kind, disk.load(*id)))
        .collect();
    Room::open(config, documents, disk.bindings.clone(), now_ms)
}

/// Types a word at the beginning of the text.
pub fn types(word: &str) -> impl FnOnce(&mut Automerge, &mut ChaCha8Rng, i64) -> ChangeHash {
    move |document, rng, now_ms| {
        let section = Text::read(document).sections[0].id.clone();
        TextEditor::new(document, rng, now_ms)
            .splice(&section, 0, 0, word)
            .expect("the section is there")
            .change
            .expect("something was typed")
    }
}

/// Adds a comment in the name of a participant.
pub fn comments(by: &str) -> impl FnOnce(&mut Automerge, &mut ChaCha8Rng, i64) -> CommentId {
    let participant = plenary_draft::ParticipantId::from_key(by);
    move |document, rng, now_ms| {
        let comment = Comment {
            authorship: Authorship::new(participant, now_ms),
            anchor: None,
            body: "Why?".to_owned(),
            reply_to: None,
        };
        DiscussionEditor::new(document, rng, now_ms)
            .add_comment(&comment)
            .expect("the discussion is there")
    }
}
