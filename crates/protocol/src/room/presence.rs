//! Presence on its way through a room: forwarded to who is here, stored by nobody.

use std::collections::VecDeque;

use bytes::Bytes;
use plenary_draft::DocumentId;

use super::people::Aliases;
use super::types::{ConnectionId, Member, ParticipantId};
use super::{Permission, Room};
use crate::limits::Limits;
use crate::wire::{Claims, PeerId, SessionId};

/// How many presence messages wait for one slow connection; the oldest go first.
const MAX_WAITING: usize = 32;

/// How many bytes of presence wait for one slow connection.
const MAX_WAITING_BYTES: usize = 128 << 10;

/// How many presence messages of one connection are forwarded in a second. A person's cursor
/// needs some ten.
const MAX_PER_SECOND: u32 = 50;

/// One presence message.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    /// Under which name: see [`heard_as`](crate::receipt::SiteKey::heard_as).
    pub(super) sender: PeerId,
    pub(super) document: DocumentId,
    pub(super) spoken: Spoken,
}

/// What a peer said in it.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    pub(super) session: SessionId,
    pub(super) count: u64,
    pub(super) data: Bytes,
}

/// An empty map in CBOR: what is passed on of somebody who does not want to be known.
const NOTHING: Bytes = Bytes::from_static(&[0xa0]);

impl Spoken {
    /// The same without what was said: names, colours and cursors tell who somebody is.
    fn without_words(self) -> Self {
        Self {
            data: NOTHING,
            ..self
        }
    }
}

/// Whether the words of a presence message are in nobody else's name: other editors show them under the
/// participant, and for the page, that they name.
fn is_said_by(member: &Member, aliases: &Aliases, data: &[u8], limits: &Limits) -> bool {
    let Ok(claims) = Claims::read(data, limits) else {
        return false;
    };
    let participant = claims.participant.map(|id| ParticipantId::new(id.as_ref()));
    participant.is_none_or(|id| aliases.are_one(&id, &member.participant))
        && claims.peer.is_none_or(|peer| peer == member.peer.as_str())
}

impl Room {
    /// Passes presence on to all who follow the document, each when its socket can take it.
    pub(super) fn forward_presence(
        &mut self,
        now_ms: i64,
        connection: ConnectionId,
        document: DocumentId,
        spoken: Spoken,
    ) {
        if self.permission(connection, &document) == Permission::None
            || spoken.data.len() > self.config.limits.ephemeral_bytes
        {
            return;
        }
        let Some(here) = self.members.get_mut(&connection) else {
            return;
        };
        if !here.gate.admits(now_ms, &spoken.session, spoken.count) {
            return;
        }
        let is_honest = !self.config.binds_actors
            || is_said_by(
                &here.member,
                &self.aliases,
                &spoken.data,
                &self.config.limits,
            );
        let spoken = if here.member.is_withheld || !is_honest {
            spoken.without_words()
        } else {
            spoken
        };
        let presence = Presence {
            sender: here.heard_as.clone(),
            document,
            spoken,
        };
        let Some(followers) = self
            .documents
            .get(&document)
            .map(|document| &document.followers)
        else {
            return;
        };
        for follower in followers.keys().filter(|follower| **follower != connection) {
            if let Some(here) = self.members.get_mut(follower) {
                here.presence.push(presence.clone());
            }
        }
    }
}

/// What waits for one connection.
#[derive(Default)]
pub(super) struct PresenceQueue {
    waiting: VecDeque<Presence>,
    bytes: usize,
}

impl PresenceQueue {
    pub(super) fn push(&mut self, presence: Presence) {
        self.bytes += presence.spoken.data.len();
        self.waiting.push_back(presence);
        while self.waiting.len() > MAX_WAITING || self.bytes > MAX_WAITING_BYTES {
            if self.pop().is_none() {
                break;
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<Presence> {
        let presence = self.waiting.pop_front()?;
        self.bytes -= presence.spoken.data.len();
        Some(presence)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Decides which presence messages of one connection are forwarded.
#[derive(Default)]
pub(super) struct PresenceGate {
    last: Option<(SessionId, u64)>,
    second: i64,
    in_second: u32,
}

impl PresenceGate {
    /// Whether a message is new and its sender not too loud.
    pub(super) fn admits(&mut self, now_ms: i64, session: &SessionId, count: u64) -> bool {
        let seen = self
            .last
            .as_ref()
            .is_some_and(|(last, highest)| last == session && count <= *highest);
        if seen {
            return false;
        }
        self.last = Some((session.clone(), count));
        let second = now_ms.div_euclid(1000);
        if second != self.second {
            self.second = second;
            self.in_second = 0;
        }
        self.in_second += 1;
        self.in_second <= MAX_PER_SECOND
    }
}
