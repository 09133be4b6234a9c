//! A small peer of automerge-repo's protocol over a real websocket, written against the wire and
//! Automerge's own sync, not against the relay's code.

use std::net::SocketAddr;
use std::time::Duration;

use automerge::sync::{Message as SyncMessage, State, SyncDoc};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use plenary_draft::{DocumentId, new_document};
use plenary_protocol::limits::Limits;
use plenary_protocol::sync;
use plenary_protocol::wire::{self, PeerId, PeerMetadata, WireMessage};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// No wait in these tests is meant to last; this only keeps a failure from hanging.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What a peer saw last.
#[derive(Debug)]
pub enum Seen {
    Message(WireMessage),
    Closed(Option<CloseFrame>),
}

/// A peer with one document.
pub struct Peer {
    pub name: PeerId,
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub relay: Option<PeerId>,
    pub document: Automerge,
    pub id: DocumentId,
    state: State,
    has_asked: bool,
}

impl Peer {
    /// Dials, without a word.
    pub async fn dial(name: &str, address: SocketAddr, query: &str, id: DocumentId) -> Self {
        let url = format!("ws://{address}/sync{query}");
        let (socket, _) = tokio_tungstenite::connect_async(url)
            .await
            .expect("the upgrade is accepted");
        Self::over(name, socket, id)
    }

    /// Over a socket that is open already, without a word.
    pub fn over(
        name: &str,
        socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
        id: DocumentId,
    ) -> Self {
        let mut actor = [0; 16];
        let length = name.len().min(16);
        actor[..length].copy_from_slice(&name.as_bytes()[..length]);
        Self {
            name: PeerId::new(name),
            socket,
            relay: None,
            document: new_document(ActorId::from(actor)),
            id,
            state: State::new(),
            has_asked: false,
        }
    }

    /// Dials and joins.
    pub async fn join(name: &str, address: SocketAddr, query: &str, id: DocumentId) -> Self {
        let mut peer = Self::dial(name, address, query, id).await;
        peer.say_join(PeerMetadata::default()).await;
        match peer.next().await {
            Seen::Message(WireMessage::Peer { sender, target, .. }) => {
                assert_eq!(target, peer.name);
                peer.relay = Some(sender);
            }
            other => panic!("{name} was answered {other:?}"),
        }
        peer
    }

    pub async fn say_join(&mut self, metadata: PeerMetadata) {
        let join = WireMessage::Join {
            sender: self.name.clone(),
            metadata,
            versions: Some(vec!["1".into()]),
        };
        self.send(&join).await;
    }

    /// Joins as one of our own clients, with a participant's secret.
    pub async fn say_join_as(&mut self, secret: &str) {
        self.say_join(PeerMetadata {
            plenary: Some(wire::PlenaryPeer {
                version: 1,
                participant: Some(wire::ParticipantSecret::new(secret)),
                instance: None,
            }),
            ..PeerMetadata::default()
        })
        .await;
    }

    /// Hears that the relay lets it in.
    pub async fn hear_peer(&mut self) {
        match self.next().await {
            Seen::Message(WireMessage::Peer { sender, .. }) => self.relay = Some(sender),
            other => panic!("{} was answered {other:?}", self.name),
        }
    }

    pub async fn send(&mut self, message: &WireMessage) {
        self.send_raw(Message::binary(wire::encode(message))).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("the socket is open");
    }

    /// The next message or the close, whatever pings come in between.
    pub async fn next(&mut self) -> Seen {
        tokio::time::timeout(PATIENCE, self.next_or_wait())
            .await
            .unwrap_or_else(|_| panic!("{} heard nothing", self.name))
    }

    pub async fn next_or_wait(&mut self) -> Seen {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    let message = wire::decode_bytes(&bytes, &Limits::default());
                    return Seen::Message(message.expect("the relay speaks the protocol"));
                }
                Some(Ok(Message::Close(frame))) => return Seen::Closed(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Seen::Closed(None),
            }
        }
    }

    /// Waits for the close and returns its code and the words of the `error` before it.
    pub async fn closed(&mut self) -> (Option<u16>, Option<String>) {
        let mut words = None;
        loop {
            match self.next().await {
                Seen::Closed(frame) => return (frame.map(|frame| frame.code.into()), words),
                Seen::Message(WireMessage::Error { message, .. }) => words = Some(message),
                Seen::Message(_) => {}
            }
        }
    }

    fn relay(&self) -> PeerId {
        self.relay.clone().expect("joined")
    }

    /// Sends what Automerge wants to say, if anything.
    pub async fn speak(&mut self) {
        let Some(message) = self.document.generate_sync_message(&mut self.state) else {
            return;
        };
        let (sender, target, document) = (self.name.clone(), self.relay(), self.id);
        let data = message.encode().into();
        let lacks_all = self.document.get_heads().is_empty() && !self.has_asked;
        self.has_asked = true;
        let message = if lacks_all {
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
        self.send(&message).await;
    }

    /// Takes one message in; returns it.
    pub async fn hear(&mut self) -> Seen {
        let seen = self.next().await;
        self.take(&seen);
        seen
    }

    fn take(&mut self, seen: &Seen) {
        if let Seen::Message(WireMessage::Sync { document, data, .. }) = seen
            && *document == self.id
        {
            let message = SyncMessage::decode(data).expect("a sync message");
            self.document
                .receive_sync_message(&mut self.state, message)
                .expect("applies");
        }
    }

    /// Syncs until `done` says so.
    pub async fn sync_until(&mut self, done: impl Fn(&Automerge) -> bool) {
        self.speak().await;
        while !done(&self.document) {
            if let Seen::Closed(frame) = self.hear().await {
                panic!("{} was closed: {frame:?}", self.name);
            }
            self.speak().await;
        }
    }

    /// Syncs until the relay has acknowledged all that is here.
    pub async fn sync_until_saved(&mut self) {
        self.speak().await;
        while self.state.their_heads.as_ref() != Some(&self.document.get_heads()) {
            if let Seen::Closed(frame) = self.hear().await {
                panic!("{} was closed: {frame:?}", self.name);
            }
            self.speak().await;
        }
    }

    /// Writes bytes that no compression makes shorter.
    pub fn write_noise(&mut self, key: &str, bytes: usize) {
        let mut seed = self
            .document
            .get_heads()
            .first()
            .map_or(1, |head| u64::from(head.0[0]));
        let noise: Vec<u8> = (0..bytes)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect();
        let mut transaction = self.document.transaction();
        transaction
            .put(ROOT, key, noise)
            .expect("a map takes bytes");
        transaction.commit();
    }

    /// Writes a key with a text into the document.
    /// Writes, and returns the change.
    pub fn write(&mut self, key: &str, text: &str) -> Change {
        let mut transaction = self.document.transaction();
        let object = transaction
            .put_object(ROOT, key, ObjType::Text)
            .expect("a map takes a text");
        transaction
            .splice_text(&object, 0, 0, text)
            .expect("the index is within the text");
        let hash = transaction.commit().0.expect("a change");
        self.document.get_change_by_hash(&hash).expect("just made")
    }

    /// A sync message of one's own making, with these changes as they are.
    pub fn sync_of(&self, changes: &[Change]) -> WireMessage {
        let message = sync::SyncMessage {
            version: sync::Version::V1,
            heads: changes.last().map(Change::hash).into_iter().collect(),
            need: Vec::new(),
            have: vec![sync::Have::default()],
            changes: changes
                .iter()
                .map(|change| Bytes::copy_from_slice(change.raw_bytes()))
                .collect(),
            flags: None,
        };
        WireMessage::Sync {
            sender: self.name.clone(),
            target: self.relay.clone().expect("joined"),
            document: self.id,
            data: message.encode().into(),
        }
    }
}

/// Whether a document has a key.
pub fn has(key: &str) -> impl Fn(&Automerge) -> bool + '_ {
    move |document| matches!(document.get(ROOT, key), Ok(Some(_)))
}

/// Waits for a condition that something else brings about.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain for {what}");
}

/// Runs a story that tells how long it took until a promise held. Tests run beside others, and the
/// machine may have stood still meanwhile: a story that took too long is told anew.
pub async fn within_a_second<F: Future<Output = Duration>>(story: impl Fn() -> F) {
    for _ in 0..3 {
        if story().await < Duration::from_secs(1) {
            return;
        }
    }
    panic!("it took more than a second, three times");
}
