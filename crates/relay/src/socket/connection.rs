//! One connection, from its first frame to its last.
//!
//! Both directions run in one task. Neither waits for the other, so that a peer that writes
//! without reading, or the other way round, only holds up itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::access::Access;
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::handshake::{Inbound, Party, Received, ServerHandshake};
use plenary_protocol::room::{ConnectionId, Member, ParticipantId};
use plenary_protocol::wire::{PLENARY_VERSION, PeerMetadata, PlenaryPeer, StorageId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::end::End;
use super::frame::{FrameError, FrameReader, FrameWriter, Incoming};
use super::grant::{Grant, Way};
use super::life::{Life, Pulse, Pulseless};
use super::refusal::close_reason;
use super::sessions::{Client, Session, SessionKey};
use crate::access::{Claim, Role, participant_of};
use crate::admission::{Claimed, admit};
use crate::clock::now_ms;
use crate::relay::Relay;
use crate::room::{Outbox, RoomError, RoomHandle, RoomIsGone};

/// How long a peer that is sent away may take to read why.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long a peer of another make may take for what it was sent before its socket begins to close.
/// automerge-repo's adapter throws when it answers a message over a socket that is closing, and the
/// document that the message was for can then never be changed again in that page (seen with 2.5.6).
const LAST_ANSWERS: Duration = Duration::from_millis(250);
/// How long a peer may take for its `join` before its link is judged without it. Most say it at once,
/// and are looked up once for all that is to be known of them.
const MOMENT: Duration = Duration::from_millis(250);
/// How often the clock is asked whether a link has expired.
const EXPIRY_LOOK: Duration = Duration::from_secs(60);
/// The largest frame before `join`, in bytes: nobody is believed more who has not said who they are.
const JOIN_BYTES: usize = 64 << 10;

/// A connection with the state of its protocol.
pub(crate) struct Connection<R, W> {
    relay: Relay,
    reader: FrameReader<R>,
    writer: FrameWriter<W>,
    handshake: ServerHandshake,
}

/// What a connection holds after it has joined.
struct Joined {
    id: ConnectionId,
    grant: Grant,
    peer: Party,
    outbox: Arc<Outbox>,
    life: Arc<Life>,
    rooms: BTreeMap<DocumentId, RoomHandle>,
    follows_our_storage: bool,
    /// Who joined, whatever their device is called; nobody in open mode.
    participant: Option<ParticipantId>,
    /// When their link expires, in milliseconds since the Unix epoch.
    expires_ms: Option<i64>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Connection<R, W> {
    /// Over the two halves of a stream, of which `already` was read before.
    pub(crate) fn new(
        relay: Relay,
        source: R,
        sink: W,
        already: &[u8],
    ) -> Result<Self, FrameError> {
        let us = Party {
            id: relay.peer_id().clone(),
            metadata: PeerMetadata {
                storage_id: Some(relay.storage_id()),
                is_ephemeral: true,
                plenary: Some(PlenaryPeer {
                    version: PLENARY_VERSION,
                    participant: None,
                    instance: None,
                }),
            },
        };
        let limits = relay.config().limits.clone();
        // Before `join` no frame is large enough to need a place in a budget.
        let budget = Arc::new(Semaphore::new(0));
        let most = JOIN_BYTES.min(limits.frame_bytes);
        Ok(Self {
            reader: FrameReader::new(source, already, most, budget)?,
            writer: FrameWriter::new(sink),
            handshake: ServerHandshake::new(us, limits),
            relay,
        })
    }

    /// Runs the connection until it ends.
    pub(crate) async fn run(mut self, grant: Result<Grant, CloseReason>) {
        let end = match grant {
            Ok(grant) => self.serve(grant).await,
            Err(reason) => End::SentAway(reason),
        };
        // Boxed: it comes once, and its room would be kept for as long as the connection lives.
        Box::pin(self.part(end)).await;
    }

    /// Waits for `join`, then serves.
    async fn serve(&mut self, grant: Grant) -> End {
        // Boxed: it runs once, and its room would be kept for as long as the connection lives.
        let (peer, reply) = match Box::pin(self.introduced(&grant)).await {
            Ok(joined) => joined,
            Err(end) => return end,
        };
        let id = self.relay.next_connection();
        let mut joined = Joined {
            id,
            grant,
            peer,
            outbox: Arc::new(Outbox::new(id)),
            life: Arc::default(),
            rooms: BTreeMap::new(),
            follows_our_storage: false,
            participant: None,
            expires_ms: None,
        };
        joined.life.hear();
        let key = joined.session_key();
        let session = Session {
            outbox: Arc::clone(&joined.outbox),
            life: Arc::clone(&joined.life),
            secret: joined.way().map(|way| way.secret),
            claimed: key.participant.clone(),
        };
        self.relay.sessions().enter(key.clone(), id, session);
        let end = self.exchange(&mut joined, &key, reply).await;
        let end = end.of(&joined.peer);
        self.relay.sessions().leave(key, id);
        for room in joined.rooms.into_values() {
            room.leave(id).await;
        }
        end
    }

    /// Waits for `join`, but not for long.
    async fn introduced(&mut self, grant: &Grant) -> Result<(Party, Bytes), End> {
        let relay = self.relay.clone();
        tokio::select! {
            joined = self.await_join() => joined,
            reason = not_waited_for(&relay, grant) => Err(End::SentAway(reason)),
        }
    }

    /// Reads until the peer has said who it is.
    async fn await_join(&mut self) -> Result<(Party, Bytes), End> {
        loop {
            let received = match self.reader.next().await? {
                Incoming::Binary(frame, _) => self.handshake.receive(&frame),
                Incoming::Text => self.handshake.receive_text(),
                Incoming::Close => return Err(End::Closed),
                Incoming::Pong => continue,
                Incoming::Ping(payload) => {
                    self.writer.pong(payload);
                    self.writer.flush().await.map_err(|_| End::Gone)?;
                    continue;
                }
            };
            match received {
                Received::Joined { peer, reply } => return Ok((peer, reply)),
                Received::Refused { reason, .. } => return Err(End::SentAway(reason)),
                Received::Message(_) | Received::Ignored(_) => {}
            }
        }
    }

    /// Both directions at once, until one ends.
    async fn exchange(&mut self, joined: &mut Joined, key: &SessionKey, reply: Bytes) -> End {
        // Boxed: it runs once, and its room would be kept for as long as the connection lives.
        if let Err(end) = Box::pin(joined.enter_draft(&self.relay, key)).await {
            return end;
        }
        self.writer.binary(reply);
        let frame_bytes = self.relay.config().limits.frame_bytes;
        let budget = self.relay.large_message_budget(&joined.grant);
        self.reader.set_limits(frame_bytes, budget);
        let expiry = joined.expires_ms;
        let outbox = Arc::clone(&joined.outbox);
        let life = Arc::clone(&joined.life);
        let end = tokio::select! {
            end = read(&self.relay, &mut self.reader, &mut self.handshake, joined) => end,
            end = write(&self.relay, &mut self.writer, &outbox, &life) => end,
            end = expired(expiry) => end,
        };
        if matches!(&end, End::SentAway(reason) if reason.code == CloseCode::GoingAway) {
            // The room's last words, such as that all is stored, come before the farewell.
            collect(&self.relay, &mut self.writer, &outbox);
        }
        end
    }

    /// Says why, closes, and gives the peer a moment to read it.
    async fn part(&mut self, end: End) {
        let (reason, may_answer) = match end {
            End::Gone => return,
            End::Closed => (None, false),
            End::SentAway(reason) => (Some(reason), false),
            End::Dismissed(reason) => (Some(reason), true),
        };
        match &reason {
            Some(reason) => {
                self.relay.metrics().connections_closed.add(1);
                tracing::debug!(
                    code = reason.code.code(),
                    reason = reason.code.name(),
                    "connection closed"
                );
                let error = reason.error_frame(self.relay.peer_id(), self.handshake.peer());
                self.writer.binary(error.into());
                if may_answer {
                    self.hear_last_answers().await;
                }
                self.writer
                    .close(reason.code.code(), reason.websocket_text());
            }
            None => self.writer.close(1000, ""),
        }
        let farewell = async {
            self.writer.flush().await?;
            self.writer.shutdown().await?;
            // Closing with unread bytes would make the system reset the connection, and the peer
            // might never read why.
            self.reader.drain().await
        };
        // Whoever does not take the farewell in time is gone anyway.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }

    /// Waits while a peer of another make may still answer what it was sent, and hears none of it.
    async fn hear_last_answers(&mut self) {
        let answers = async {
            self.writer.flush().await?;
            self.reader.drain().await
        };
        // They end with the time, unless the peer goes before.
        let _ = tokio::time::timeout(LAST_ANSWERS, answers).await;
    }
}

/// Why a peer that says nothing is waited for no longer: its link is of no use to anybody, or it has had
/// the time that everybody has.
async fn not_waited_for(relay: &Relay, grant: &Grant) -> CloseReason {
    let patience = relay.config().bounds.join_timeout;
    let moment = MOMENT.min(patience);
    tokio::time::sleep(moment).await;
    if let Grant::Draft(way) = grant {
        let judged = admit(relay, way.draft, way.secret, &Claimed::Later, way.address).await;
        if let Err(refusal) = judged {
            return close_reason(&refusal);
        }
    }
    tokio::time::sleep(patience.saturating_sub(moment)).await;
    CloseReason::new(CloseCode::IdleTimeout, "no `join` message in time")
}

/// Waits until the link expires, if it does.
async fn expired(expires_ms: Option<i64>) -> End {
    let Some(expires_ms) = expires_ms else {
        return std::future::pending().await;
    };
    // The clock may be set meanwhile, so it is asked again from time to time.
    while let Some(left_ms) = u64::try_from(expires_ms - now_ms())
        .ok()
        .filter(|ms| *ms > 0)
    {
        tokio::time::sleep(Duration::from_millis(left_ms).min(EXPIRY_LOOK)).await;
    }
    End::SentAway(CloseReason::new(
        CloseCode::LinkRevoked,
        "this link has expired",
    ))
}

/// Reads, and passes on to the rooms.
async fn read<R: AsyncRead + Unpin>(
    relay: &Relay,
    reader: &mut FrameReader<R>,
    handshake: &mut ServerHandshake,
    joined: &mut Joined,
) -> End {
    loop {
        let incoming = match reader.next().await {
            Ok(incoming) => incoming,
            Err(error) => return error.into(),
        };
        joined.life.hear();
        let (received, permit) = match incoming {
            Incoming::Binary(frame, permit) => {
                relay.metrics().messages_received.add(1);
                relay.metrics().received_bytes.add(frame.len());
                (handshake.receive(&frame), permit)
            }
            Incoming::Text => (handshake.receive_text(), None),
            Incoming::Ping(payload) => {
                joined.outbox.pong(payload);
                continue;
            }
            Incoming::Pong => continue,
            Incoming::Close => return End::Closed,
        };
        match received {
            Received::Message(Inbound::Leave) => return End::Closed,
            Received::Message(message) => {
                joined.life.hold_up(true);
                let passed = joined.pass_on(relay, message, permit).await;
                joined.life.hold_up(false);
                if let Err(end) = passed {
                    return end;
                }
            }
            Received::Refused { reason, .. } => return End::SentAway(reason),
            Received::Joined { .. } | Received::Ignored(_) => {}
        }
    }
}

/// Sends what the rooms have put into the outbox, and pings.
async fn write<W: AsyncWrite + Unpin>(
    relay: &Relay,
    writer: &mut FrameWriter<W>,
    outbox: &Outbox,
    life: &Life,
) -> End {
    let mut pulse = relay.pulse();
    let most_missed = relay.config().bounds.missed_pings;
    let (mut was_busy, mut written_before) = (false, 0);
    loop {
        if let Some(reason) = outbox.closing() {
            return End::SentAway(reason);
        }
        if writer.pending_bytes() == 0 {
            collect(relay, writer, outbox);
        }
        tokio::select! {
            biased;
            beat = pulse.changed() => {
                if beat.is_err() || *pulse.borrow_and_update() == Pulse::GoingAway {
                    return End::SentAway(CloseCode::GoingAway.into());
                }
                let progress = was_busy && writer.written_bytes() > written_before;
                match life.beat(progress, most_missed) {
                    Pulseless::No => {}
                    Pulseless::Silent => return End::SentAway(CloseCode::IdleTimeout.into()),
                    Pulseless::Replaced => return End::SentAway(CloseCode::Replaced.into()),
                }
                was_busy = writer.pending_bytes() > 0;
                written_before = writer.written_bytes();
                if !was_busy {
                    writer.ping();
                }
            }
            flushed = writer.flush(), if writer.pending_bytes() > 0 => {
                if flushed.is_err() {
                    return End::Gone;
                }
                outbox.sent();
            }
            () = outbox.changed() => {}
        }
    }
}

/// Takes from the outbox what there is to send.
fn collect<W: AsyncWrite + Unpin>(relay: &Relay, writer: &mut FrameWriter<W>, outbox: &Outbox) {
    if let Some(payload) = outbox.take_pong() {
        writer.pong(payload);
    }
    for frame in outbox.take() {
        relay.metrics().messages_sent.add(1);
        relay.metrics().sent_bytes.add(frame.len());
        writer.binary(frame);
    }
}

impl Joined {
    /// By which a newer connection of the same client is recognised.
    fn session_key(&self) -> SessionKey {
        let plenary = self.peer.metadata.plenary.as_ref();
        let client = match plenary.and_then(|plenary| plenary.instance.clone()) {
            Some(instance) => Client::Instance(instance),
            None => Client::Peer(self.peer.id.clone()),
        };
        let draft = self.way().map(|way| way.draft);
        SessionKey {
            draft,
            participant: self.claimed_participant(draft.unwrap_or(OPEN_SCOPE)),
            client,
        }
    }

    /// The way by which the connection came; none in open mode.
    fn way(&self) -> Option<&Way> {
        match &self.grant {
            Grant::Draft(way) => Some(way),
            Grant::Open => None,
        }
    }

    /// Whom the peer says it is.
    fn claimed_participant(&self, draft: DocumentId) -> ParticipantId {
        let metadata = &self.peer.metadata;
        let secret = metadata
            .plenary
            .as_ref()
            .and_then(|p| p.participant.as_ref());
        let claim = match (secret, &metadata.storage_id) {
            (Some(secret), _) => Claim::Secret(secret.as_str()),
            (None, Some(storage)) => Claim::StorageId(storage.as_str()),
            (None, None) => Claim::PeerId(self.peer.id.as_str()),
        };
        participant_of(draft, claim)
    }

    /// Is judged, and enters the room of the draft for which the connection has a link. In open mode
    /// there is none yet.
    async fn enter_draft(&mut self, relay: &Relay, key: &SessionKey) -> Result<(), End> {
        let Some(way) = self.way().cloned() else {
            relay.sessions().replace_older(key, self.id);
            return Ok(());
        };
        let claimed = key.participant.clone();
        let plenary = self.peer.metadata.plenary.as_ref();
        let claimed = match plenary.and_then(|plenary| plenary.participant.as_ref()) {
            Some(_) => Claimed::Kept(claimed),
            None => Claimed::Passing(claimed),
        };
        let admitted = admit(relay, way.draft, way.secret, &claimed, way.address).await;
        let admission = admitted.map_err(|refusal| End::SentAway(close_reason(&refusal)))?;
        if admission.deletion.is_some() {
            return Err(End::SentAway(CloseCode::DraftGone.into()));
        }
        let access = Access {
            role: admission.role,
            with_history: admission.link.terms.history,
        };
        relay.sessions().replace_older(key, self.id);
        self.expires_ms = admission.link.terms.expires_ms;
        self.participant = admission.participant;
        let is_withheld = admission.person.is_some_and(|it| it.entry.withheld);
        let room = relay.registry().room(way.draft).await.map_err(sent_away)?;
        self.enter(room, access, is_withheld).await
    }

    /// Enters a room. Of whom `is_withheld` nothing is told.
    async fn enter(
        &mut self,
        room: RoomHandle,
        access: Access,
        is_withheld: bool,
    ) -> Result<(), End> {
        let known = self.participant.clone();
        let member = Member {
            connection: self.id,
            peer: self.peer.id.clone(),
            participant: known.unwrap_or_else(|| self.claimed_participant(room.draft())),
            reads_notices: self.peer.metadata.plenary.is_some(),
            is_withheld,
            access,
        };
        // Noted first: if this connection ends while it waits, it leaves again.
        self.rooms.insert(room.draft(), room.clone());
        let entered = room.join(member, Arc::clone(&self.outbox)).await;
        entered.map_err(sent_away)
    }

    /// Passes a message on to the room that it concerns.
    async fn pass_on(
        &mut self,
        relay: &Relay,
        message: Inbound,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<(), End> {
        let room = match (&self.grant, &message) {
            (Grant::Draft(way), _) => self.rooms.get(&way.draft).cloned(),
            (Grant::Open, Inbound::Document { document, .. }) => match self.rooms.get(document) {
                Some(room) => Some(room.clone()),
                None => Some(Box::pin(self.open_room(relay, *document)).await?),
            },
            (Grant::Open, Inbound::Subscription { add, remove }) => {
                let ours = relay.storage_id();
                return Box::pin(self.subscribe(&ours, add, remove)).await;
            }
            (Grant::Open, Inbound::Leave) => None,
        };
        match room {
            Some(room) => self.say(&room, message, permit).await,
            None => Ok(()),
        }
    }

    /// Says something in a room that the connection has entered. A room that is gone by now closes
    /// all its connections and says why, so then there is nothing to do but to wait for that.
    async fn say(
        &self,
        room: &RoomHandle,
        message: Inbound,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<(), End> {
        match room.say(self.id, message, permit).await {
            Ok(()) => Ok(()),
            Err(RoomIsGone) => std::future::pending().await,
        }
    }

    /// Enters the room of an open document that the connection names for the first time.
    async fn open_room(&mut self, relay: &Relay, document: DocumentId) -> Result<RoomHandle, End> {
        if self.rooms.len() >= relay.config().limits.documents_per_connection {
            return Err(End::SentAway(CloseReason::new(
                CloseCode::TooLarge,
                "one connection follows too many documents",
            )));
        }
        let room = relay.registry().room(document).await.map_err(sent_away)?;
        // Everybody writes open documents, whatever the role.
        let access = Access::of(Role::Facilitator);
        self.enter(room.clone(), access, false).await?;
        if self.follows_our_storage {
            self.follow(&room, relay.storage_id()).await?;
        }
        Ok(room)
    }

    /// In open mode a subscription concerns every document that the connection follows, now or
    /// later. Only our own store is ever announced.
    async fn subscribe(
        &mut self,
        ours: &StorageId,
        add: &[StorageId],
        remove: &[StorageId],
    ) -> Result<(), End> {
        if remove.contains(ours) {
            self.follows_our_storage = false;
        }
        if add.contains(ours) {
            self.follows_our_storage = true;
            for room in self.rooms.values() {
                self.follow(room, ours.clone()).await?;
            }
        }
        Ok(())
    }

    /// Follows our store's heads in one room.
    async fn follow(&self, room: &RoomHandle, ours: StorageId) -> Result<(), End> {
        let message = Inbound::Subscription {
            add: vec![ours],
            remove: Vec::new(),
        };
        self.say(room, message, None).await
    }
}

/// In open mode a participant has one session key for all documents.
const OPEN_SCOPE: DocumentId = DocumentId::from_bytes([0; 16]);

/// Ends a connection because of its room.
fn sent_away(error: impl Into<RoomError>) -> End {
    End::SentAway(error.into().close_reason())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

    fn bytes_of<A, B, F: Future>(_: impl FnOnce(A, B) -> F) -> usize {
        size_of::<F>()
    }

    /// Each idle connection holds this future, so what runs once or seldom is boxed inside of it.
    #[test]
    fn a_connection_waits_in_few_bytes() {
        let bytes = bytes_of(Connection::<OwnedReadHalf, OwnedWriteHalf>::run);
        assert!(bytes <= 3_584, "{bytes} bytes");
    }
}
