//! A peer that is nothing but Automerge's own sync protocol, as automerge-repo runs it.

use automerge::sync::{Message, State, SyncDoc};
use automerge::{ActorId, Automerge, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_draft::document::new_document;
use plenary_protocol::limits::Limits;
use plenary_protocol::wire::{self, PeerId, PeerMetadata, WireMessage};

/// A stock peer with its copy of one document.
pub struct Stock {
    name: PeerId,
    /// The document that it follows.
    pub document: DocumentId,
    /// Its copy.
    pub automerge: Automerge,
    state: State,
    join_due: bool,
    online: bool,
    asked: bool,
    /// What was sent last, until something arrives. Automerge would repeat a reset for ever;
    /// automerge-repo asks it once for each thing that happens.
    said: Option<Vec<u8>>,
    /// Set when Automerge could not take what the relay sent. That happens to a copy with forged
    /// or repeated changes in it, which can never again be merged, and to no other.
    pub broken: bool,
}

impl Stock {
    /// A peer with an empty copy.
    pub fn new(name: &str, actor: ActorId, document: DocumentId) -> Self {
        Self {
            name: PeerId::new(name),
            document,
            automerge: new_document(actor),
            state: State::new(),
            join_due: false,
            online: false,
            asked: false,
            said: None,
            broken: false,
        }
    }

    /// A socket is open: the next frame joins.
    pub fn connected(&mut self) {
        self.state = State::new();
        self.join_due = true;
        self.online = false;
        self.asked = false;
        self.said = None;
    }

    /// The relay has answered the join.
    pub fn welcome(&mut self) {
        self.online = true;
    }

    /// A frame arrived.
    pub fn received(&mut self, frame: &Bytes) {
        self.said = None;
        match wire::decode(frame, &Limits::default()).expect("the relay's frames are well-formed") {
            WireMessage::Peer { .. } => self.online = true,
            WireMessage::Sync { data, .. } => {
                let message =
                    Message::decode(&data).expect("Automerge reads the relay's sync messages");
                let received = self
                    .automerge
                    .receive_sync_message(&mut self.state, message);
                self.broken |= received.is_err();
            }
            // Words about refused changes; automerge-repo logs them and goes on.
            WireMessage::Error { .. } => {}
            other => panic!("unexpected: {other:?}"),
        }
    }

    /// The next frame to send, if there is something to say.
    pub fn next_frame(&mut self) -> Option<Bytes> {
        if self.join_due {
            self.join_due = false;
            let message = WireMessage::Join {
                sender: self.name.clone(),
                metadata: PeerMetadata::default(),
                versions: Some(vec![wire::PROTOCOL_VERSION.to_owned()]),
            };
            return Some(wire::encode(&message).into());
        }
        if !self.online || self.broken {
            return None;
        }
        let said = self
            .automerge
            .generate_sync_message(&mut self.state)?
            .encode();
        if self.said.as_ref() == Some(&said) {
            return None;
        }
        self.said = Some(said.clone());
        let data = Bytes::from(said);
        let (sender, target, document) = (self.name.clone(), PeerId::new("relay"), self.document);
        let first = !core::mem::replace(&mut self.asked, true);
        let message = if first && self.automerge.get_heads().is_empty() {
            WireMessage::Request {
                sender,
                target,
                document,
                data,
            }
        } else {
            WireMessage::Sync {
                sender,
                target,
                document,
                data,
            }
        };
        Some(wire::encode(&message).into())
    }

    /// Whether the relay said that it does not apply what this peer sends.
    pub fn peer_is_read_only(&self) -> bool {
        self.state.is_peer_read_only()
    }

    /// The heads of its copy.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.automerge.get_heads()
    }
}
