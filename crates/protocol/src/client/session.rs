//! The session itself: one connection at a time, any number of documents.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use rand_core::Rng;

use super::backoff::Backoff;
use super::document::{ClientDocument, KeptReceipt};
use super::types::{ClientConfig, Effect, Event, Identity, LinkState, Remark, StopReason};
use crate::close::{Advice, CloseCode};
use crate::wire::{self, Notice, PeerId, PeerMetadata, PlenaryPeer, WireMessage};

/// How long the relay may take to answer our `join` unless the configuration says otherwise.
const HANDSHAKE_MS: i64 = 15_000;

/// How long a connection must have lasted for the relay's "dial again at once" to be followed.
const REDIAL_NOW_AFTER_MS: i64 = 1_000;

/// The longest text of a relay that is passed on, in characters.
const NOTICE_CHARACTERS: usize = 500;

/// The client's side of a connection to a relay, and what outlives it.
pub struct ClientSession {
    config: ClientConfig,
    identity: Identity,
    relay_id: Option<PeerId>,
    /// Who we are for this draft, as the relay said.
    participant: Option<String>,
    link: LinkState,
    join_due: bool,
    backoff: Backoff,
    documents: BTreeMap<DocumentId, ClientDocument>,
    /// The document that sent last, so that a busy one does not silence the others.
    last_sender: Option<DocumentId>,
}

impl ClientSession {
    /// A session that follows nothing yet and is not connected.
    pub fn new(config: ClientConfig, identity: Identity) -> Self {
        Self {
            backoff: Backoff::new(config.backoff.clone()),
            config,
            identity,
            relay_id: None,
            participant: None,
            link: LinkState::Idle,
            join_due: false,
            documents: BTreeMap::new(),
            last_sender: None,
        }
    }

    /// Follows one more document: the copy as it was stored with the heads that the relay was
    /// last known to hold, or `None` when nothing of it is here yet.
    pub fn open(
        &mut self,
        id: DocumentId,
        copy: Option<(Automerge, Vec<ChangeHash>)>,
        rng: &mut impl Rng,
    ) {
        let (doc, stored_heads) =
            copy.map_or((None, Vec::new()), |(doc, heads)| (Some(doc), heads));
        self.documents
            .entry(id)
            .or_insert_with(|| ClientDocument::open(id, doc, &stored_heads, rng));
    }

    /// Takes receipts that were stored with a document, see [`ClientDocument::receipts`].
    pub fn restore_receipts(&mut self, id: DocumentId, receipts: Vec<KeptReceipt>) {
        if let Some(document) = self.documents.get_mut(&id) {
            document.restore_receipts(receipts);
        }
    }

    /// A document that is followed.
    pub fn document(&self, id: DocumentId) -> Option<&ClientDocument> {
        self.documents.get(&id)
    }

    /// A document that is followed, to change it; [`Event::Changed`] must follow.
    pub fn document_mut(&mut self, id: DocumentId) -> Option<&mut ClientDocument> {
        self.documents.get_mut(&id)
    }

    /// All documents that are followed, in the order of their ids.
    pub fn documents(&self) -> impl Iterator<Item = &ClientDocument> {
        self.documents.values()
    }

    /// Our participant id in this draft, once the relay has told it. Entries of the discussion
    /// have to carry it.
    pub fn participant(&self) -> Option<&str> {
        self.participant.as_deref()
    }

    /// Where the connection stands.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// How many changes of all documents the relay is not known to hold.
    pub fn waiting_changes(&self) -> usize {
        self.documents
            .values()
            .map(ClientDocument::waiting_changes)
            .sum()
    }

    /// Whether the relay told on this connection that it holds all that we have, and we hold all
    /// that it told of.
    pub fn in_step(&self) -> bool {
        matches!(self.link, LinkState::Online { .. })
            && self.documents.values().all(ClientDocument::in_step)
    }

    /// When [`Event::Timer`] is due, in milliseconds since the Unix epoch.
    pub fn next_timeout_ms(&self) -> Option<i64> {
        match &self.link {
            LinkState::Waiting { retry_at_ms, .. } => Some(*retry_at_ms),
            LinkState::Joining { deadline_ms } => Some(*deadline_ms),
            _ => None,
        }
    }

    /// Whether [`ClientSession::poll_transmit`] may have a frame.
    pub fn wants_to_send(&self) -> bool {
        match self.link {
            LinkState::Joining { .. } => self.join_due,
            LinkState::Online { .. } => self.documents.values().any(ClientDocument::is_due),
            _ => false,
        }
    }

    /// Makes the next frame. Call it only when the socket can take one: what is not made yet
    /// costs nothing, and the frame then holds all that is new.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        match self.link {
            LinkState::Joining { .. } if self.join_due => {
                self.join_due = false;
                Some(wire::encode(&self.join()))
            }
            LinkState::Online { .. } => self.poll_documents(),
            _ => None,
        }
    }

    fn join(&self) -> WireMessage {
        WireMessage::Join {
            sender: self.identity.peer.clone(),
            metadata: PeerMetadata {
                storage_id: None,
                is_ephemeral: true,
                plenary: Some(PlenaryPeer {
                    version: wire::PLENARY_VERSION,
                    participant: self.identity.participant.clone(),
                    instance: Some(self.identity.instance.clone()),
                }),
            },
            versions: Some(vec![wire::PROTOCOL_VERSION.to_owned()]),
        }
    }

    fn poll_documents(&mut self) -> Option<Vec<u8>> {
        let target = self.relay_id.clone()?;
        // All receipts come first, those of the record too: it says whose the other changes are.
        let receipt = self.documents.values_mut().find_map(|document| {
            let KeptReceipt { heads, receipt } = document.poll_receipt()?;
            Some(Notice::Receipt {
                document: document.id(),
                heads,
                receipt,
            })
        });
        if let Some(notice) = receipt {
            return Some(wire::encode(&WireMessage::Plenary {
                sender: self.identity.peer.clone(),
                target,
                notice,
            }));
        }
        let after = self.last_sender;
        let order: Vec<DocumentId> = self
            .documents
            .keys()
            .filter(|id| Some(**id) > after)
            .chain(self.documents.keys().filter(|id| Some(**id) <= after))
            .copied()
            .collect();
        for id in order {
            let Some(document) = self
                .documents
                .get_mut(&id)
                .filter(|document| document.is_due())
            else {
                continue;
            };
            if let Some((request, data)) = document.poll_transmit() {
                self.last_sender = Some(id);
                let sender = self.identity.peer.clone();
                let data = Bytes::from(data);
                let message = if request {
                    WireMessage::Request {
                        sender,
                        target,
                        document: id,
                        data,
                    }
                } else {
                    WireMessage::Sync {
                        sender,
                        target,
                        document: id,
                        data,
                    }
                };
                return Some(wire::encode(&message));
            }
        }
        None
    }

    /// Takes what happened and says what is to be done.
    pub fn handle(&mut self, event: Event, now_ms: i64, rng: &mut impl Rng) -> Vec<Effect> {
        match event {
            Event::Connect => self.connect(),
            Event::Connected => self.connected(now_ms),
            Event::Received(frame) => self.received(&frame, now_ms, rng),
            Event::Disconnected {
                code,
                reason,
                permanent,
            } => self.disconnected(code, &reason, permanent, now_ms, rng),
            Event::Changed(id) => self.changed(id),
            Event::Timer => self.timer(now_ms, rng),
        }
    }

    fn connect(&mut self) -> Vec<Effect> {
        match self.link {
            LinkState::Idle | LinkState::Waiting { .. } => self.dial(),
            _ => Vec::new(),
        }
    }

    fn dial(&mut self) -> Vec<Effect> {
        self.link = LinkState::Dialling;
        vec![Effect::Dial, Effect::StatusChanged]
    }

    fn connected(&mut self, now_ms: i64) -> Vec<Effect> {
        if self.link != LinkState::Dialling {
            return Vec::new();
        }
        let patience = if self.config.handshake_ms > 0 {
            self.config.handshake_ms
        } else {
            HANDSHAKE_MS
        };
        self.link = LinkState::Joining {
            deadline_ms: now_ms.saturating_add(patience),
        };
        self.join_due = true;
        self.relay_id = None;
        for document in self.documents.values_mut() {
            document.new_connection();
        }
        vec![Effect::StatusChanged]
    }

    fn changed(&mut self, id: DocumentId) -> Vec<Effect> {
        let Some(document) = self.documents.get_mut(&id) else {
            return Vec::new();
        };
        document.mark_due();
        vec![Effect::Persist(id), Effect::StatusChanged]
    }

    fn timer(&mut self, now_ms: i64, rng: &mut impl Rng) -> Vec<Effect> {
        match &self.link {
            LinkState::Waiting { retry_at_ms, .. } if *retry_at_ms <= now_ms => self.dial(),
            LinkState::Joining { deadline_ms } if *deadline_ms <= now_ms => {
                let reason = "the relay did not answer in time".to_owned();
                let mut effects = vec![close(CloseCode::GoingAway, &reason)];
                effects.extend(self.disconnected(None, &reason, false, now_ms, rng));
                effects
            }
            _ => Vec::new(),
        }
    }

    fn disconnected(
        &mut self,
        code: Option<u16>,
        reason: &str,
        permanent: bool,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Vec<Effect> {
        match self.link {
            LinkState::Dialling | LinkState::Joining { .. } | LinkState::Online { .. } => {}
            _ => return Vec::new(),
        }
        let message = presentable(reason);
        let advice = code.and_then(CloseCode::from_code).map(CloseCode::advice);
        if permanent || advice == Some(Advice::Stop) {
            return self.stop(StopReason::Refused {
                code: code.unwrap_or(0),
                message,
            });
        }
        let lasted_ms = match self.link {
            LinkState::Online { since_ms } => now_ms.saturating_sub(since_ms),
            _ => 0,
        };
        // "At once" is believed only of a connection that lasted: else a relay that says it to
        // every newcomer would have us spin.
        if advice == Some(Advice::RedialNow) && lasted_ms >= REDIAL_NOW_AFTER_MS {
            self.relay_id = None;
            self.link = LinkState::Waiting {
                retry_at_ms: now_ms,
                reason: message,
            };
            return vec![Effect::StatusChanged];
        }
        self.backoff.connection_lasted(lasted_ms);
        self.wait(message, now_ms, rng)
    }

    fn wait(&mut self, reason: String, now_ms: i64, rng: &mut impl Rng) -> Vec<Effect> {
        self.relay_id = None;
        self.link = LinkState::Waiting {
            retry_at_ms: now_ms.saturating_add(self.backoff.next_wait_ms(rng)),
            reason,
        };
        vec![Effect::StatusChanged]
    }

    fn stop(&mut self, reason: StopReason) -> Vec<Effect> {
        self.relay_id = None;
        self.link = LinkState::Stopped(reason.clone());
        vec![Effect::StatusChanged, Effect::Stopped(reason)]
    }

    /// Ends the session for good, as relay and program do not understand one another: `message` says to
    /// people why. Nothing is sent or received from then on; what waits stays with the caller.
    pub fn give_up(&mut self, message: &str) -> Vec<Effect> {
        let message = presentable(message);
        let mut effects = vec![close(CloseCode::ProtocolError, &message)];
        effects.extend(self.stop(StopReason::Incompatible { message }));
        effects
    }

    /// Ends the connection because of something that the relay sent.
    fn refuse(&mut self, message: String) -> Vec<Effect> {
        let mut effects = vec![close(CloseCode::ProtocolError, &message)];
        effects.extend(self.stop(StopReason::Hostile { message }));
        effects
    }

    fn received(&mut self, frame: &Bytes, now_ms: i64, rng: &mut impl Rng) -> Vec<Effect> {
        if !matches!(
            self.link,
            LinkState::Joining { .. } | LinkState::Online { .. }
        ) {
            return Vec::new();
        }
        match wire::decode(frame, &self.config.limits) {
            Ok(message) => {
                let signed = match &message {
                    WireMessage::Sync { document, .. } => Some(*document),
                    _ => None,
                };
                let effects = self.message(message, now_ms, rng);
                if let Some(id) = signed {
                    self.keep_receipt(id, frame);
                }
                effects
            }
            Err(error) => self.refuse(presentable(&format!(
                "the relay sent an unreadable frame: {error}"
            ))),
        }
    }

    /// Keeps the receipt in the frame of a sync message that was taken.
    fn keep_receipt(&mut self, id: DocumentId, frame: &Bytes) {
        let is_online = matches!(self.link, LinkState::Online { .. });
        if let (true, Some(document), Some(receipt)) = (
            is_online,
            self.documents.get_mut(&id),
            wire::receipt_of(frame, &self.config.limits),
        ) {
            document.keep_receipt(receipt);
        }
    }

    fn message(&mut self, message: WireMessage, now_ms: i64, rng: &mut impl Rng) -> Vec<Effect> {
        match message {
            WireMessage::Peer {
                sender, version, ..
            } => self.welcomed(sender, &version, now_ms),
            WireMessage::Error { message, .. } => vec![Effect::Told(Remark::Said {
                document: None,
                message: presentable(&message),
            })],
            WireMessage::Sync { document, data, .. }
            | WireMessage::Request { document, data, .. } => {
                self.synced(document, &data, now_ms, rng)
            }
            WireMessage::DocUnavailable { document, .. } => self.unavailable(document),
            WireMessage::Plenary { notice, .. } => self.told(notice),
            // Presence and announcements of other storages are nothing that a native client shows
            // yet; unknown kinds must be harmless so that the protocol can grow.
            _ => Vec::new(),
        }
    }

    fn welcomed(&mut self, relay: PeerId, version: &str, now_ms: i64) -> Vec<Effect> {
        if !matches!(self.link, LinkState::Joining { .. }) {
            return Vec::new();
        }
        if version != wire::PROTOCOL_VERSION {
            return self.give_up(&format!(
                "the relay speaks version {version} of the protocol, this program version {}",
                wire::PROTOCOL_VERSION
            ));
        }
        self.relay_id = Some(relay);
        self.link = LinkState::Online { since_ms: now_ms };
        vec![Effect::StatusChanged]
    }

    /// Notices are words for people: what they speak of is also in the sync messages, so that
    /// a client that misses one loses nothing.
    fn told(&mut self, notice: Notice) -> Vec<Effect> {
        let remark = match notice {
            Notice::Quarantined {
                document,
                hashes,
                message,
            } => Remark::Quarantined {
                document,
                changes: hashes.len(),
                message: presentable(&message),
            },
            Notice::ReadOnly { document, message } => Remark::ReadOnly {
                document,
                message: presentable(&message),
            },
            Notice::Notice { document, message } => Remark::Said {
                document,
                message: presentable(&message),
            },
            Notice::Participant { participant } => {
                self.participant = Some(presentable(&participant));
                return vec![Effect::StatusChanged];
            }
            // A program shows neither people nor what is held back.
            Notice::Saved { .. }
            | Notice::People
            | Notice::Held
            | Notice::Receipt { .. }
            | Notice::Unknown { .. } => return Vec::new(),
        };
        vec![Effect::Told(remark)]
    }

    fn synced(
        &mut self,
        id: DocumentId,
        data: &Bytes,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Vec<Effect> {
        if !matches!(self.link, LinkState::Online { .. }) {
            return Vec::new();
        }
        // A document that we did not ask for is not ours to hold.
        let Some(document) = self.documents.get_mut(&id) else {
            return Vec::new();
        };
        let received = match document.receive(data, &self.config.limits) {
            Ok(received) => received,
            Err(error) => {
                return self.refuse(presentable(&format!(
                    "the relay sent something for document {id} that may not be applied: {error}"
                )));
            }
        };
        if received.read_only && document.has_refused_changes() {
            return self.rescue(id, now_ms, rng);
        }
        let mut effects = Vec::new();
        if received.changed {
            effects.push(Effect::Updated(id));
            effects.push(Effect::Persist(id));
        }
        if received.status {
            effects.push(Effect::StatusChanged);
        }
        effects
    }

    /// Our changes will never be applied. They are handed out, the document is discarded, and
    /// because the relay's sync state still speaks of the discarded one, a new connection is made.
    fn rescue(&mut self, id: DocumentId, now_ms: i64, rng: &mut impl Rng) -> Vec<Effect> {
        let Some(document) = self.documents.get_mut(&id) else {
            return Vec::new();
        };
        let rescue = document.rescue(rng);
        let reason = "starting again from what the relay holds";
        let mut effects = vec![
            Effect::Rescue(rescue),
            Effect::Persist(id),
            close(CloseCode::GoingAway, reason),
        ];
        effects.extend(self.wait(reason.to_owned(), now_ms, rng));
        effects
    }

    fn unavailable(&mut self, id: DocumentId) -> Vec<Effect> {
        let Some(document) = self.documents.get_mut(&id) else {
            return Vec::new();
        };
        document.unavailable();
        vec![
            Effect::Told(Remark::Unavailable { document: id }),
            Effect::StatusChanged,
        ]
    }
}

fn close(code: CloseCode, reason: &str) -> Effect {
    Effect::Close {
        code: code.code(),
        reason: reason.to_owned(),
    }
}

/// What a relay says may end in a terminal or a log: bounded, and without control characters.
fn presentable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(NOTICE_CHARACTERS)
        .collect()
}
