//! Peers, a relay and the network between them, driven by one seeded source of chance.

use std::collections::{BTreeMap, VecDeque};

use automerge::{ActorId, Automerge, Change, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::access::{Access, Role};
use plenary_protocol::client::Event;
use plenary_protocol::room::{ConnectionId, ParticipantId};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::disk::Disk;
use crate::native::Native;
use crate::relay::{Credential, Outgoing, Relay};
use crate::stock::Stock;
use crate::words::{first_draft, splice, text};

/// How many frames fit into one direction of a socket before its sender must wait.
const SOCKET_FRAMES: usize = 3;

/// How often things go wrong, each in a thousand steps.
pub struct Faults {
    cut: u32,
    relay_killed: u32,
    native_killed: u32,
    disk_refuses: u32,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self {
            cut: 0,
            relay_killed: 0,
            native_killed: 0,
            disk_refuses: 0,
        }
    }

    /// Half of the seeds see few faults, so that long quiet exchanges are covered, too.
    pub fn from_seed(seed: u64) -> Self {
        match seed % 4 {
            0 => Self {
                cut: 2,
                relay_killed: 0,
                native_killed: 0,
                disk_refuses: 0,
            },
            1 => Self {
                cut: 10,
                relay_killed: 3,
                native_killed: 3,
                disk_refuses: 20,
            },
            2 => Self {
                cut: 40,
                relay_killed: 0,
                native_killed: 10,
                disk_refuses: 0,
            },
            _ => Self {
                cut: 5,
                relay_killed: 10,
                native_killed: 0,
                disk_refuses: 100,
            },
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "a world has some ten peers")]
enum Kind {
    Native(Native),
    Stock(Stock),
}

struct Peer {
    name: String,
    kind: Kind,
    may_write: bool,
    socket: Option<ConnectionId>,
    typed: Vec<ChangeHash>,
}

struct Socket {
    peer: usize,
    to_relay: VecDeque<Bytes>,
    to_peer: VecDeque<Bytes>,
}

/// One simulated world.
pub struct World {
    rng: ChaCha8Rng,
    faults: Faults,
    now_ms: i64,
    document: DocumentId,
    relay: Relay,
    peers: Vec<Peer>,
    sockets: BTreeMap<ConnectionId, Socket>,
    next_connection: u64,
    delivered: u64,
}

impl World {
    /// A world that is decided by its seed and by how often things go wrong.
    pub fn new(seed: u64, faults: Faults) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let document = DocumentId::from_bytes([1; 16]);
        let mut disk = Disk::default();
        disk.seed(document, &first_draft());
        let mut peers = Vec::new();
        for index in 0..2 + rng.next_u32() % 4 {
            let name = format!("native-{index}");
            let kind = Kind::Native(Native::new(&name, vec![document], &mut rng));
            peers.push(Peer::new(name, kind, index != 1));
        }
        for index in 0..1 + rng.next_u32() % 3 {
            let name = format!("stock-{index}");
            let actor = ActorId::from([0x50 + index as u8; 16]);
            peers.push(Peer::new(
                name.clone(),
                Kind::Stock(Stock::new(&name, actor, document)),
                index != 2,
            ));
        }
        Self {
            rng,
            faults,
            now_ms: 1_000_000,
            document,
            relay: Relay::new(disk, vec![document]),
            peers,
            sockets: BTreeMap::new(),
            next_connection: 0,
            delivered: 0,
        }
    }

    /// How many frames have arrived, in both directions.
    pub fn frames_delivered(&self) -> u64 {
        self.delivered
    }

    /// Some hundred steps with edits and faults.
    pub fn run(&mut self) {
        for _ in 0..600 {
            self.chance();
            self.step();
        }
    }

    /// No edits and no faults any more, until everybody is online and silent.
    pub fn settle(&mut self) {
        self.faults = Faults::none();
        for _ in 0..20_000 {
            let before = self.delivered;
            for peer in 0..self.peers.len() {
                self.connect(peer);
                while self.peer_sends(peer) {}
            }
            for connection in self.sockets.keys().copied().collect::<Vec<_>>() {
                while self.deliver_to_relay(connection) {}
                self.relay_works();
                while self.deliver_to_peer(connection) {}
            }
            self.now_ms += 50;
            let all_online = self.peers.iter().all(|peer| peer.socket.is_some());
            if self.delivered == before && all_online && self.relay.is_idle(self.now_ms) {
                return;
            }
        }
        panic!("the peers never went quiet");
    }

    fn relay_works(&mut self) {
        let mut outgoing = self.relay.turn(self.now_ms);
        outgoing.extend(self.relay.disk_answers(self.now_ms, true));
        self.carry_out(outgoing);
        self.relay_tells();
    }

    fn relay_tells(&mut self) {
        let sockets = &self.sockets;
        let frames = self.relay.tell(self.now_ms, |connection| {
            sockets
                .get(&connection)
                .is_some_and(|socket| socket.to_peer.len() < SOCKET_FRAMES)
        });
        self.carry_out(frames);
    }

    fn carry_out(&mut self, outgoing: Vec<Outgoing>) {
        for outgoing in outgoing {
            match outgoing {
                Outgoing::Frame(connection, frame) => {
                    if let Some(socket) = self.sockets.get_mut(&connection) {
                        socket.to_peer.push_back(frame);
                    }
                }
                Outgoing::Close(connection) => self.cut(connection),
            }
        }
    }

    fn dice(&mut self, sides: usize) -> usize {
        self.rng.next_u32() as usize % sides.max(1)
    }

    fn strikes(&mut self, in_a_thousand: u32) -> bool {
        self.rng.next_u32() % 1000 < in_a_thousand
    }

    fn chance(&mut self) {
        let (cut, killed) = (self.faults.cut, self.faults.relay_killed);
        if self.strikes(cut) {
            let at = self.dice(self.sockets.len());
            if let Some(connection) = self.sockets.keys().nth(at).copied() {
                self.cut(connection);
            }
        }
        if self.strikes(killed) {
            let closed = self.relay.drop_room();
            self.carry_out(closed);
        }
        if self.strikes(self.faults.native_killed) {
            let at = self.dice(self.peers.len());
            if let Kind::Native(native) = &mut self.peers[at].kind {
                native.restart(self.now_ms, &mut self.rng);
                if let Some(connection) = self.peers[at].socket.take() {
                    self.sockets.remove(&connection);
                    self.relay.lost(connection);
                }
            }
        }
    }

    fn step(&mut self) {
        let peer = self.dice(self.peers.len());
        let at = self.dice(self.sockets.len());
        let socket = self.sockets.keys().nth(at).copied();
        match self.dice(12) {
            0 => self.edit(peer),
            1 => self.connect(peer),
            2 | 3 => {
                self.peer_sends(peer);
            }
            4 | 5 => {
                socket.map(|socket| self.deliver_to_relay(socket));
            }
            6 | 7 => {
                socket.map(|socket| self.deliver_to_peer(socket));
            }
            8 => {
                let outgoing = self.relay.turn(self.now_ms);
                self.carry_out(outgoing);
            }
            9 => {
                let fine = !self.strikes(self.faults.disk_refuses);
                let outgoing = self.relay.disk_answers(self.now_ms, fine);
                self.carry_out(outgoing);
            }
            10 => self.relay_tells(),
            _ => self.now_ms += i64::from(self.rng.next_u32() % 400),
        }
    }

    fn edit(&mut self, at: usize) {
        let place = self.rng.next_u32() as usize;
        let delete = self.strikes(200);
        let now = self.now_ms;
        let peer = &mut self.peers[at];
        let words = format!("{} ", peer.typed.len());
        let hash = match &mut peer.kind {
            Kind::Native(native) => {
                let document = native
                    .session
                    .document_mut(self.document)
                    .expect("followed");
                let hash = splice(document.doc_mut(), place, delete, &words);
                if hash.is_some() {
                    native.handle(Event::Changed(self.document), now, &mut self.rng);
                }
                hash
            }
            Kind::Stock(stock) => splice(&mut stock.automerge, place, delete, &words),
        };
        peer.typed.extend(hash);
    }

    fn connect(&mut self, at: usize) {
        let now = self.now_ms;
        let peer = &mut self.peers[at];
        if let Kind::Native(native) = &mut peer.kind {
            native.timer(now, &mut self.rng);
            if !core::mem::take(&mut native.wants_socket) {
                return;
            }
        }
        if peer.socket.is_some() {
            return;
        }
        let connection = ConnectionId(self.next_connection);
        self.next_connection += 1;
        peer.socket = Some(connection);
        self.relay.accept(connection, peer.credential());
        match &mut peer.kind {
            Kind::Native(native) => native.handle(Event::Connected, now, &mut self.rng),
            Kind::Stock(stock) => stock.connected(),
        }
        let socket = Socket {
            peer: at,
            to_relay: VecDeque::new(),
            to_peer: VecDeque::new(),
        };
        self.sockets.insert(connection, socket);
    }

    /// The connection ends with everything that is under way in it, wherever in a frame that is.
    fn cut(&mut self, connection: ConnectionId) {
        self.relay.lost(connection);
        let Some(socket) = self.sockets.remove(&connection) else {
            return;
        };
        let peer = &mut self.peers[socket.peer];
        peer.socket = None;
        if let Kind::Native(native) = &mut peer.kind {
            let event = Event::Disconnected {
                code: None,
                reason: "cut".to_owned(),
                permanent: false,
            };
            native.handle(event, self.now_ms, &mut self.rng);
        }
    }

    fn peer_sends(&mut self, at: usize) -> bool {
        let peer = &mut self.peers[at];
        let Some(connection) = peer.socket else {
            return false;
        };
        let Some(socket) = self.sockets.get_mut(&connection) else {
            return false;
        };
        if socket.to_relay.len() >= SOCKET_FRAMES {
            return false;
        }
        let frame = match &mut peer.kind {
            Kind::Native(native) => native.next_frame(),
            Kind::Stock(stock) => stock.next_frame(),
        };
        let sent = frame.is_some();
        socket.to_relay.extend(frame);
        sent
    }

    fn deliver_to_relay(&mut self, connection: ConnectionId) -> bool {
        let Some(frame) = self
            .sockets
            .get_mut(&connection)
            .and_then(|socket| socket.to_relay.pop_front())
        else {
            return false;
        };
        self.delivered += 1;
        let outgoing = self.relay.frame(connection, &frame);
        self.carry_out(outgoing);
        true
    }

    fn deliver_to_peer(&mut self, connection: ConnectionId) -> bool {
        let Some(socket) = self.sockets.get_mut(&connection) else {
            return false;
        };
        let at = socket.peer;
        let Some(frame) = socket.to_peer.pop_front() else {
            return false;
        };
        self.delivered += 1;
        let mut hangs_up = false;
        match &mut self.peers[at].kind {
            Kind::Native(native) => {
                native.handle(Event::Received(frame), self.now_ms, &mut self.rng);
                hangs_up = core::mem::take(&mut native.drops_socket);
            }
            Kind::Stock(stock) => stock.received(&frame),
        }
        if hangs_up {
            self.peers[at].socket = None;
            self.sockets.remove(&connection);
            self.relay.lost(connection);
        }
        true
    }

    /// What must be true in the end, whatever happened on the way.
    pub fn check(&self) {
        let stored = self.relay.disk.load(self.document);
        for peer in &self.peers {
            let copy = peer.automerge(self.document);
            if let Kind::Native(native) = &peer.kind {
                assert!(native.is_online(), "{} is not online", peer.name);
            }
            for head in stored.get_heads() {
                assert!(
                    copy.get_change_meta_by_hash(&head).is_some(),
                    "{} lacks what is stored",
                    peer.name
                );
            }
            if peer.may_write || matches!(peer.kind, Kind::Native(_)) {
                assert_eq!(
                    copy.get_heads(),
                    stored.get_heads(),
                    "{} differs from the relay",
                    peer.name
                );
                assert_eq!(text(copy), text(&stored));
            }
            for hash in &peer.typed {
                self.check_is_kept(peer, hash);
            }
        }
    }

    fn check_is_kept(&self, peer: &Peer, hash: &ChangeHash) {
        let disk = &self.relay.disk;
        let rescued = match &peer.kind {
            Kind::Native(native) => {
                native
                    .rescued
                    .iter()
                    .flat_map(|(_, changes)| changes)
                    .any(|bytes| {
                        Change::from_bytes(bytes.clone())
                            .expect("what is rescued is whole")
                            .hash()
                            == *hash
                    })
            }
            Kind::Stock(stock) => {
                !peer.may_write && stock.automerge.get_change_meta_by_hash(hash).is_some()
            }
        };
        let kept = if peer.may_write {
            disk.holds(self.document, hash)
        } else {
            disk.quarantines(self.document, hash) || rescued
        };
        assert!(kept, "what {} typed is lost", peer.name);
        assert!(
            peer.may_write || !disk.holds(self.document, hash),
            "what {} may not write was applied",
            peer.name
        );
    }
}

impl Peer {
    fn new(name: String, kind: Kind, may_write: bool) -> Self {
        Self {
            name,
            kind,
            may_write,
            socket: None,
            typed: Vec::new(),
        }
    }

    fn credential(&self) -> Credential {
        let role = if self.may_write {
            Role::Editor
        } else {
            Role::Reviewer
        };
        Credential {
            participant: ParticipantId::new(self.name.clone()),
            access: Access::of(role),
        }
    }

    fn automerge(&self, document: DocumentId) -> &Automerge {
        match &self.kind {
            Kind::Native(native) => native.document(document),
            Kind::Stock(stock) => {
                assert!(
                    !stock.broken,
                    "{} could not take what the relay sent",
                    self.name
                );
                &stock.automerge
            }
        }
    }
}
