//! Our own client session in the simulation, with a disk of its own.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_draft::document::{LoadLimits, load_document};
use plenary_protocol::client::{
    ClientConfig, ClientSession, Effect, Event, Identity, KeptReceipt, LinkState,
};
use plenary_protocol::wire::{InstanceId, ParticipantSecret, PeerId};
use rand_chacha::ChaCha8Rng;

/// What a native client has on its disk of one document.
struct Stored {
    saved: Vec<u8>,
    heads: Vec<ChangeHash>,
    receipts: Vec<KeptReceipt>,
}

/// A native client.
pub struct Native {
    name: String,
    documents: Vec<DocumentId>,
    /// The session under test.
    pub session: ClientSession,
    stored: BTreeMap<DocumentId, Stored>,
    /// Changes that were refused and handed out.
    pub rescued: Vec<(DocumentId, Vec<Vec<u8>>)>,
    /// The session asked to dial.
    pub wants_socket: bool,
    /// The session asked to close its socket.
    pub drops_socket: bool,
    starts: u32,
}

impl Native {
    /// A client that has nothing yet and wants to connect.
    pub fn new(name: &str, documents: Vec<DocumentId>, rng: &mut ChaCha8Rng) -> Self {
        let mut native = Self {
            name: name.to_owned(),
            session: Self::session(name, 0, &documents, &BTreeMap::new(), rng),
            documents,
            stored: BTreeMap::new(),
            rescued: Vec::new(),
            wants_socket: false,
            drops_socket: false,
            starts: 0,
        };
        native.handle(Event::Connect, 0, rng);
        native
    }

    fn session(
        name: &str,
        starts: u32,
        documents: &[DocumentId],
        stored: &BTreeMap<DocumentId, Stored>,
        rng: &mut ChaCha8Rng,
    ) -> ClientSession {
        let identity = Identity {
            peer: PeerId::new(format!("{name}-{starts}")),
            instance: InstanceId::new(format!("{name}-{starts}")),
            participant: Some(ParticipantSecret::new(name)),
        };
        let mut session = ClientSession::new(ClientConfig::default(), identity);
        for id in documents {
            let copy = stored.get(id).map(|stored| {
                let automerge = load_document(&stored.saved, &LoadLimits::default())
                    .expect("our own disk is whole");
                (automerge, stored.heads.clone())
            });
            session.open(*id, copy, rng);
            let receipts = stored.get(id).map(|stored| stored.receipts.clone());
            session.restore_receipts(*id, receipts.unwrap_or_default());
        }
        session
    }

    /// The process is killed and started again: only its disk is left.
    pub fn restart(&mut self, now_ms: i64, rng: &mut ChaCha8Rng) {
        self.starts += 1;
        self.session = Self::session(&self.name, self.starts, &self.documents, &self.stored, rng);
        self.handle(Event::Connect, now_ms, rng);
    }

    /// Hands an event to the session and carries out what it answers.
    pub fn handle(&mut self, event: Event, now_ms: i64, rng: &mut ChaCha8Rng) {
        for effect in self.session.handle(event, now_ms, rng) {
            match effect {
                Effect::Dial => self.wants_socket = true,
                Effect::Close { .. } => self.drops_socket = true,
                Effect::Persist(id) => self.persist(id),
                Effect::Rescue(rescue) => self.rescued.push((rescue.document, rescue.changes)),
                Effect::Stopped(reason) => panic!("{} stopped: {reason:?}", self.name),
                Effect::Updated(_) | Effect::StatusChanged | Effect::Told(_) => {}
            }
        }
    }

    fn persist(&mut self, id: DocumentId) {
        let document = self.session.document(id).expect("followed");
        if document.doc().get_heads().is_empty() {
            self.stored.remove(&id);
        } else {
            let stored = Stored {
                saved: document.doc().save(),
                heads: document.stored_heads().to_vec(),
                receipts: document.receipts().to_vec(),
            };
            self.stored.insert(id, stored);
        }
    }

    /// Fires the timer when it is due.
    pub fn timer(&mut self, now_ms: i64, rng: &mut ChaCha8Rng) {
        if self
            .session
            .next_timeout_ms()
            .is_some_and(|due| due <= now_ms)
        {
            self.handle(Event::Timer, now_ms, rng);
        }
    }

    /// The next frame to send, if there is something to say.
    pub fn next_frame(&mut self) -> Option<Bytes> {
        self.session.poll_transmit().map(Bytes::from)
    }

    /// Whether the relay has answered the join.
    pub fn is_online(&self) -> bool {
        matches!(self.session.link(), LinkState::Online { .. })
    }

    /// Its copy of a document.
    pub fn document(&self, id: DocumentId) -> &Automerge {
        self.session.document(id).expect("followed").doc()
    }
}
