//! The session against a simple relay in memory: Automerge's own sync, one state for each
//! connection, no storage.

mod connection;
mod convergence;
mod refusals;
mod relay;

use automerge::transaction::Transactable;
use automerge::{Automerge, ROOT, ReadDoc};
use plenary_draft::DocumentId;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{ClientConfig, ClientSession, DocumentPhase, Effect, Event, Identity, LinkState};
use crate::wire::{InstanceId, ParticipantSecret, PeerId};
use relay::Relay;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn document_id(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

fn put(doc: &mut Automerge, key: &str, value: i64) {
    let mut transaction = doc.transaction();
    transaction.put(ROOT, key, value).unwrap();
    transaction.commit();
}

fn keys(doc: &Automerge) -> Vec<String> {
    doc.keys(ROOT).collect()
}

/// A client with its connection to the relay, which may be cut.
struct Client {
    name: &'static str,
    session: ClientSession,
    rng: ChaCha20Rng,
    now_ms: i64,
    effects: Vec<Effect>,
}

impl Client {
    fn new(name: &'static str, seed: u64) -> Self {
        let identity = Identity {
            peer: PeerId::new(name),
            instance: InstanceId::new(format!("{name}-instance")),
            participant: Some(ParticipantSecret::new(format!("{name}-secret"))),
        };
        Self {
            name,
            session: ClientSession::new(ClientConfig::default(), identity),
            rng: rng(seed),
            now_ms: 1_000_000,
            effects: Vec::new(),
        }
    }

    fn following(name: &'static str, seed: u64, id: DocumentId) -> Self {
        let mut client = Self::new(name, seed);
        client.session.open(id, None, &mut client.rng);
        client
    }

    fn handle(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.session.handle(event, self.now_ms, &mut self.rng);
        self.effects.extend(effects.iter().cloned());
        effects
    }

    /// Waits for the next attempt if there is one to wait for, and connects.
    fn connect(&mut self, relay: &mut Relay) {
        if let Some(at_ms) = self.session.next_timeout_ms() {
            self.now_ms = self.now_ms.max(at_ms);
        }
        let event = match self.session.link() {
            LinkState::Waiting { .. } => Event::Timer,
            _ => Event::Connect,
        };
        assert!(self.handle(event).contains(&Effect::Dial));
        relay.accept(self.name);
        self.handle(Event::Connected);
    }

    fn disconnect(&mut self, relay: &mut Relay, code: Option<u16>) {
        relay.hang_up(self.name);
        self.handle(Event::Disconnected {
            code,
            reason: "cut".to_owned(),
            permanent: false,
        });
    }

    fn change(&mut self, id: DocumentId, key: &str) {
        put(self.session.document_mut(id).unwrap().doc_mut(), key, 1);
        let effects = self.handle(Event::Changed(id));
        assert!(effects.contains(&Effect::Persist(id)));
    }

    fn doc(&self, id: DocumentId) -> &Automerge {
        self.session.document(id).unwrap().doc()
    }

    fn phase(&self, id: DocumentId) -> DocumentPhase {
        self.session.document(id).unwrap().phase()
    }
}

/// Carries frames both ways until nobody has anything to say.
fn run_until_quiet(relay: &mut Relay, clients: &mut [&mut Client]) {
    for _ in 0..1_000 {
        let mut quiet = true;
        for client in clients.iter_mut() {
            while let Some(frame) = client.session.poll_transmit() {
                quiet = false;
                relay.receive(client.name, &frame.into());
            }
            while let Some(frame) = relay.poll_transmit(client.name) {
                quiet = false;
                client.handle(Event::Received(frame));
            }
        }
        if quiet {
            return;
        }
    }
    panic!("the peers do not become quiet");
}
