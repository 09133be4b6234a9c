//! A draft that is followed over a websocket: the session, its socket and its clock together.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use automerge::{Automerge, ReadDoc};
use plenary_draft::document::{LoadError, LoadLimits, load_document};
use plenary_draft::{DocumentId, VersionError, require_current_version};
use plenary_protocol::client::{
    ClientConfig, ClientDocument, ClientSession, DocumentPhase, Effect, Event, Identity,
    KeptReceipt, LinkState, Remark, Rescue, StopReason,
};
use plenary_protocol::wire::{InstanceId, ParticipantSecret, PeerId};
use rand_chacha::ChaCha20Rng;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::ambient::{fresh_rng, now_ms, random_text};
use crate::link::Link;
use crate::socket::{Outgoing, Socket, SocketEvent, Target};
use crate::store::{Copy, CopyDocument};
use crate::traffic::Traffic;

/// Which of a draft's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DraftPart {
    /// What only the relay writes; names the other two.
    Record,
    /// Title, metadata and sections.
    Text,
    /// Comments, suggestions and positions.
    Discussion,
}

/// What a client is set up with.
#[derive(Debug, Clone, Default)]
pub struct DraftOptions {
    /// Limits and waiting times.
    pub session: ClientConfig,
    /// By which the relay recognises the participant; kept durably by the caller.
    pub participant: Option<String>,
}

/// Why a draft could not be opened on this device.
#[derive(Debug, thiserror::Error)]
pub enum DraftClientError {
    /// The operating system gave no randomness.
    #[error("the operating system gave no random numbers: {0}")]
    Random(#[from] std::io::Error),
    /// A stored document is damaged. It was left as it is.
    #[error("the local copy of document {id} cannot be read, and was left as it is: {source}")]
    Load {
        /// The document.
        id: DocumentId,
        /// What is wrong with it.
        source: LoadError,
    },
}

/// What a draft's client reports.
#[derive(Debug)]
pub enum DraftEvent {
    /// Changes of others are in this document.
    Updated(DraftPart),
    /// The connection, the phase or the waiting changes are not what they were.
    Status,
    /// The relay refused changes; the document starts again from what the relay holds. Store the
    /// rescue before anything else.
    Rescue(Rescue),
    /// The relay said something.
    Remark(Remark),
    /// There will be no further attempt to connect.
    Stopped(StopReason),
}

/// A draft that is followed. Everything happens inside [`DraftClient::next`]; while nobody awaits
/// it nothing is sent, so a caller that stores a change before it awaits again can rely on the
/// change being on disk before anybody else sees it.
pub struct DraftClient {
    session: ClientSession,
    draft: DocumentId,
    parts: BTreeMap<DraftPart, DocumentId>,
    target: Target,
    socket: Option<Socket>,
    rng: ChaCha20Rng,
    /// Events of one step that the caller has not taken yet; filled only when it is empty.
    events: VecDeque<DraftEvent>,
    /// Copies of documents that the record has not led to yet.
    unopened: BTreeMap<DocumentId, Unopened>,
}

/// A stored document that the record has not led to yet.
struct Unopened {
    doc: Automerge,
    stored_heads: Vec<automerge::ChangeHash>,
    receipts: Vec<KeptReceipt>,
}

impl DraftClient {
    /// Opens the draft that `link` names, from `copy` when there is one. Nothing is dialled before
    /// [`DraftClient::connect`].
    pub fn open(
        link: &Link,
        copy: Option<&Copy>,
        options: DraftOptions,
    ) -> Result<Self, DraftClientError> {
        let mut rng = fresh_rng()?;
        let identity = Identity {
            peer: PeerId::new(format!("plenary-{}", random_text(&mut rng, 12))),
            instance: InstanceId::new(random_text(&mut rng, 16)),
            participant: options.participant.map(ParticipantSecret::new),
        };
        let target = Target {
            url: link.server.websocket(link.draft),
            secret: link.secret.clone(),
            max_frame_bytes: options.session.limits.frame_bytes,
            traffic: Traffic::default(),
        };
        let mut unopened = BTreeMap::new();
        for (id, document) in copy.iter().flat_map(|copy| &copy.documents) {
            let doc = load_document(&document.saved, &LoadLimits::default())
                .map_err(|source| DraftClientError::Load { id: *id, source })?;
            let kept = Unopened {
                doc,
                stored_heads: document.stored_heads.clone(),
                receipts: document.receipts.clone(),
            };
            unopened.insert(*id, kept);
        }
        let mut client = Self {
            session: ClientSession::new(options.session, identity),
            draft: link.draft,
            parts: BTreeMap::from([(DraftPart::Record, link.draft)]),
            target,
            socket: None,
            rng,
            events: VecDeque::new(),
            unopened,
        };
        client.open_document(link.draft);
        client.follow_record();
        Ok(client)
    }

    /// Asks for a connection, at once when the session was waiting to redial.
    pub fn connect(&mut self) {
        self.handle(Event::Connect);
    }

    /// The draft's id.
    pub fn draft(&self) -> DocumentId {
        self.draft
    }

    /// One of the three documents, once the record has named it and something of it is here.
    pub fn document(&self, part: DraftPart) -> Option<&Automerge> {
        self.followed(part)
            .filter(|document| document.phase() == DocumentPhase::Ready)
            .map(ClientDocument::doc)
    }

    /// The id of one of the three documents, once the record has named it.
    pub fn document_id(&self, part: DraftPart) -> Option<DocumentId> {
        self.parts.get(&part).copied()
    }

    /// How one of the three documents stands with the relay.
    pub fn followed(&self, part: DraftPart) -> Option<&ClientDocument> {
        self.parts
            .get(&part)
            .and_then(|id| self.session.document(*id))
    }

    /// Changes a document that is ready. `None` when it is not. Store the draft's
    /// [`DraftClient::copy`] before [`DraftClient::next`] is awaited again.
    pub fn change<R>(
        &mut self,
        part: DraftPart,
        work: impl FnOnce(&mut Automerge, &mut ChaCha20Rng) -> R,
    ) -> Option<R> {
        let id = *self.parts.get(&part)?;
        let document = self
            .session
            .document_mut(id)
            .filter(|document| document.phase() == DocumentPhase::Ready)?;
        let before = document.doc().get_heads();
        let result = work(document.doc_mut(), &mut self.rng);
        if document.doc().get_heads() != before {
            self.handle(Event::Changed(id));
        }
        Some(result)
    }

    /// Our participant id in this draft, once the relay has told it.
    pub fn participant(&self) -> Option<&str> {
        self.session.participant()
    }

    /// How much has passed over the network since the draft was opened.
    pub fn traffic(&self) -> &Traffic {
        &self.target.traffic
    }

    /// Where the connection stands.
    pub fn link(&self) -> &LinkState {
        self.session.link()
    }

    /// Whether the connection is open and the relay has answered.
    pub fn is_online(&self) -> bool {
        matches!(self.session.link(), LinkState::Online { .. })
    }

    /// Whether all three documents can be read.
    pub fn is_ready(&self) -> bool {
        [DraftPart::Record, DraftPart::Text, DraftPart::Discussion]
            .into_iter()
            .all(|part| self.document(part).is_some())
    }

    /// Whether all three documents are known, and each side holds all that the other one has, as
    /// the relay told on the present connection.
    pub fn in_step(&self) -> bool {
        self.is_ready() && self.session.in_step()
    }

    /// How many of our changes the relay is not known to hold.
    pub fn waiting_changes(&self) -> usize {
        self.session.waiting_changes()
    }

    /// All that there is to keep of the draft, without notes.
    pub fn copy(&self) -> Copy {
        let mut copy = Copy::default();
        for document in self.session.documents() {
            if document.phase() == DocumentPhase::Ready {
                copy.documents.insert(
                    document.id(),
                    CopyDocument {
                        saved: document.doc().save(),
                        stored_heads: document.stored_heads().to_vec(),
                        receipts: document.receipts().to_vec(),
                    },
                );
            }
        }
        for (id, kept) in &self.unopened {
            copy.documents.insert(
                *id,
                CopyDocument {
                    saved: kept.doc.save(),
                    stored_heads: kept.stored_heads.clone(),
                    receipts: kept.receipts.clone(),
                },
            );
        }
        copy
    }

    /// Waits for the next thing to report, while sending, receiving and redialling. Safe to
    /// cancel. Never returns while nothing happens, not even offline.
    pub async fn next(&mut self) -> DraftEvent {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            self.step().await;
        }
    }

    async fn step(&mut self) {
        let wants_to_send = self.session.wants_to_send();
        let timeout = self.session.next_timeout_ms();
        let (incoming, outgoing) = match self.socket.as_mut() {
            Some(socket) => (Some(&mut socket.incoming), Some(&socket.outgoing)),
            None => (None, None),
        };
        let session = &mut self.session;
        let woken_by = tokio::select! {
            Some(permit) = room(outgoing), if wants_to_send => {
                if let Some(frame) = session.poll_transmit() {
                    permit.send(Outgoing::Frame(frame));
                }
                None
            }
            event = receive(incoming) => Some(Woken::Socket(event)),
            () = until(timeout) => Some(Woken::Timer),
        };
        match woken_by {
            None => {}
            Some(Woken::Socket(event)) => self.socket_event(event),
            Some(Woken::Timer) => self.handle(Event::Timer),
        }
    }

    fn socket_event(&mut self, event: SocketEvent) {
        match event {
            SocketEvent::Connected => self.handle(Event::Connected),
            SocketEvent::Frame(frame) => self.handle(Event::Received(frame)),
            SocketEvent::Closed {
                code,
                reason,
                permanent,
            } => {
                self.socket = None;
                self.handle(Event::Disconnected {
                    code,
                    reason,
                    permanent,
                });
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let effects = self.session.handle(event, now_ms(), &mut self.rng);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Dial => self.socket = Some(Socket::dial(self.target.clone())),
                Effect::Close { code, reason } => {
                    if let Some(socket) = self.socket.take() {
                        socket.close(code, reason);
                    }
                }
                // The caller stores when it changes something; what others changed is stored by
                // the relay already, and by the caller when it hears of `Updated`.
                Effect::Persist(_) => {}
                Effect::Updated(id) => {
                    if id == self.draft {
                        self.follow_record();
                    }
                    if let Some(part) = self.part_of(id) {
                        self.events.push_back(DraftEvent::Updated(part));
                    }
                }
                Effect::StatusChanged => self.events.push_back(DraftEvent::Status),
                Effect::Rescue(rescue) => self.events.push_back(DraftEvent::Rescue(rescue)),
                Effect::Told(remark) => self.events.push_back(DraftEvent::Remark(remark)),
                Effect::Stopped(reason) => self.events.push_back(DraftEvent::Stopped(reason)),
            }
        }
    }

    /// Opens the text and the discussion as soon as the record names them; ends the session when the record
    /// has a format that this program does not know.
    fn follow_record(&mut self) {
        let Some(record) = self.document(DraftPart::Record) else {
            return;
        };
        if let Err(error @ VersionError::TooNew { .. }) = require_current_version(record) {
            let effects = self.session.give_up(&error.to_string());
            self.carry_out(effects);
            return;
        }
        let named: Vec<(DraftPart, DocumentId)> = [
            (DraftPart::Text, "text"),
            (DraftPart::Discussion, "discussion"),
        ]
        .into_iter()
        .filter(|(part, _)| !self.parts.contains_key(part))
        .filter_map(|(part, key)| Some((part, named_document(record, key)?)))
        .collect();
        for (part, id) in named {
            self.parts.insert(part, id);
            self.open_document(id);
        }
    }

    fn open_document(&mut self, id: DocumentId) {
        let (copy, receipts) = match self.unopened.remove(&id) {
            Some(kept) => (Some((kept.doc, kept.stored_heads)), kept.receipts),
            None => (None, Vec::new()),
        };
        self.session.open(id, copy, &mut self.rng);
        self.session.restore_receipts(id, receipts);
    }

    fn part_of(&self, id: DocumentId) -> Option<DraftPart> {
        self.parts
            .iter()
            .find(|(_, known)| **known == id)
            .map(|(part, _)| *part)
    }
}

/// What ended a wait, beside a frame that was sent.
enum Woken {
    Socket(SocketEvent),
    Timer,
}

/// Reads an `automerge:` URL from the record's root.
fn named_document(record: &Automerge, key: &str) -> Option<DocumentId> {
    let (value, _) = record.get(automerge::ROOT, key).ok()??;
    DocumentId::from_url(value.as_str()?).ok()
}

async fn room(outgoing: Option<&mpsc::Sender<Outgoing>>) -> Option<mpsc::Permit<'_, Outgoing>> {
    match outgoing {
        // A closed channel is reported by the incoming side, with the reason.
        Some(outgoing) => match outgoing.reserve().await {
            Ok(permit) => Some(permit),
            Err(_) => std::future::pending().await,
        },
        None => None,
    }
}

async fn receive(incoming: Option<&mut mpsc::Receiver<SocketEvent>>) -> SocketEvent {
    match incoming {
        Some(incoming) => incoming.recv().await.unwrap_or(SocketEvent::Closed {
            code: None,
            reason: "the connection ended".to_owned(),
            permanent: false,
        }),
        None => std::future::pending().await,
    }
}

async fn until(at_ms: Option<i64>) {
    match at_ms {
        Some(at_ms) => {
            let wait = u64::try_from(at_ms.saturating_sub(now_ms())).unwrap_or(0);
            sleep(Duration::from_millis(wait)).await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use automerge::ROOT;
    use automerge::transaction::Transactable;

    use super::*;

    #[tokio::test]
    async fn a_draft_of_a_newer_format_is_left_alone() {
        let mut record = Automerge::new();
        let id = DocumentId::from_bytes([7; 16]);
        let text = DocumentId::from_bytes([8; 16]);
        record
            .transact(|transaction| {
                transaction.put(ROOT, "plenary", 99)?;
                transaction.put(ROOT, "text", text.to_url())
            })
            .unwrap();
        let mut copy = Copy::default();
        let kept = CopyDocument {
            saved: record.save(),
            ..CopyDocument::default()
        };
        copy.documents.insert(id, kept);
        let link: Link = format!("http://127.0.0.1:1/d/{id}#secret").parse().unwrap();
        let mut client = DraftClient::open(&link, Some(&copy), DraftOptions::default()).unwrap();
        client.connect();
        let stopped = loop {
            match client.next().await {
                DraftEvent::Status => {}
                DraftEvent::Stopped(reason) => break reason,
                other => panic!("{other:?}"),
            }
        };
        let StopReason::Incompatible { message } = stopped else {
            panic!("{stopped:?}");
        };
        assert!(message.contains("install a newer Plenary"), "{message}");
        assert!(client.document_id(DraftPart::Text).is_none());
    }
}
