//! The simple relay.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::Automerge;
use automerge::sync::{Message, State, SyncDoc};
use bytes::Bytes;
use plenary_draft::DocumentId;

use crate::limits::Limits;
use crate::wire::{self, PeerId, PeerMetadata, WireMessage};

#[derive(Default)]
struct Connection {
    peer: Option<PeerId>,
    states: BTreeMap<DocumentId, State>,
    outbox: VecDeque<WireMessage>,
}

/// Holds documents and follows each connection with Automerge's sync protocol.
#[derive(Default)]
pub(super) struct Relay {
    pub(super) documents: BTreeMap<DocumentId, Automerge>,
    /// Who may not write.
    pub(super) readers: BTreeSet<&'static str>,
    connections: BTreeMap<&'static str, Connection>,
}

impl Relay {
    pub(super) fn holding(id: DocumentId, keys: &[&str]) -> Self {
        let mut doc = Automerge::new();
        for key in keys {
            super::put(&mut doc, key, 1);
        }
        Self {
            documents: BTreeMap::from([(id, doc)]),
            ..Self::default()
        }
    }

    pub(super) fn accept(&mut self, name: &'static str) {
        self.connections.insert(name, Connection::default());
    }

    pub(super) fn hang_up(&mut self, name: &'static str) {
        self.connections.remove(name);
    }

    fn id() -> PeerId {
        PeerId::new("relay")
    }

    pub(super) fn receive(&mut self, name: &'static str, frame: &Bytes) {
        let Some(connection) = self.connections.get_mut(name) else {
            return;
        };
        match wire::decode(frame, &Limits::default()).unwrap() {
            WireMessage::Join { sender, .. } => {
                connection.peer = Some(sender.clone());
                connection.outbox.push_back(WireMessage::Peer {
                    sender: Self::id(),
                    target: sender,
                    metadata: PeerMetadata::default(),
                    version: wire::PROTOCOL_VERSION.to_owned(),
                });
            }
            WireMessage::Request { document, data, .. }
            | WireMessage::Sync { document, data, .. } => {
                let Some(doc) = self.documents.get_mut(&document) else {
                    let target = connection.peer.clone().unwrap();
                    connection.outbox.push_back(WireMessage::DocUnavailable {
                        sender: Self::id(),
                        target,
                        document,
                    });
                    return;
                };
                let reader = self.readers.contains(name);
                let state = connection
                    .states
                    .entry(document)
                    .or_insert_with(|| match reader {
                        true => State::new_read_only(),
                        false => State::new(),
                    });
                let message = Message::decode(&data).unwrap();
                doc.receive_sync_message(state, message).unwrap();
            }
            other => panic!("a client does not send {other:?}"),
        }
    }

    pub(super) fn poll_transmit(&mut self, name: &'static str) -> Option<Bytes> {
        let connection = self.connections.get_mut(name)?;
        let message = connection.outbox.pop_front().or_else(|| {
            let target = connection.peer.clone()?;
            connection.states.iter_mut().find_map(|(id, state)| {
                let message = self.documents.get(id)?.generate_sync_message(state)?;
                Some(WireMessage::Sync {
                    sender: Self::id(),
                    target: target.clone(),
                    document: *id,
                    data: message.encode().into(),
                })
            })
        })?;
        Some(wire::encode(&message).into())
    }
}
