//! One document of a room, and those who follow it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ChangeHash};
use bytes::Bytes;

use super::types::ConnectionId;
use crate::sync::{
    ChangeLog, Flags, Have, IncomingChange, PeerSync, Standing, SyncMessage, Version,
};

/// How many prepared messages are kept for one state of the document. Those who follow stand at
/// few different places; beyond that a message is made for one.
const MAX_PREPARED: usize = 32;

/// From this many missing changes on, and if they are more than a third of all, a peer that reads
/// whole documents is sent the document.
const MIN_CHANGES_FOR_SNAPSHOT: usize = 64;

pub(super) struct RoomDocument {
    pub(super) automerge: Automerge,
    pub(super) log: ChangeLog<ConnectionId>,
    pub(super) followers: BTreeMap<ConnectionId, Follower>,
    /// When the heads last moved, in milliseconds since the Unix epoch.
    pub(super) moved_ms: i64,
    prepared: Prepared,
}

/// Messages that are the same for all who stand at the same place.
#[derive(Default)]
struct Prepared {
    log_length: usize,
    messages: BTreeMap<Place, Bytes>,
    snapshot: Option<Bytes>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Following(usize),
    Returning {
        known: Vec<ChangeHash>,
        reads_v2: bool,
    },
}

/// One connection's view of one document.
#[derive(Default)]
pub(super) struct Follower {
    pub(super) sync: PeerSync,
    /// Changes whose dependencies have not come yet.
    pub(super) waiting: BTreeMap<ChangeHash, IncomingChange>,
    pub(super) waiting_bytes: usize,
    /// Changes that were refused on this connection, with what they build on.
    pub(super) refused: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    pub(super) refused_bytes: usize,
    /// Set by a refusal: from then on everything goes into quarantine, as the peer's copy can
    /// never again be ours.
    pub(super) restricted: bool,
    /// When the peer was last told news, in milliseconds since the Unix epoch.
    pub(super) told_ms: i64,
    /// Up to which length of the log stored heads were announced to the peer.
    pub(super) announced: Option<usize>,
}

impl RoomDocument {
    pub(super) fn new(automerge: Automerge, moved_ms: i64) -> Self {
        let log = ChangeLog::of(&automerge);
        Self {
            automerge,
            log,
            followers: BTreeMap::new(),
            moved_ms,
            prepared: Prepared::default(),
        }
    }

    /// Finds out how the heads of `message` relate to what is here for `connection`.
    pub(super) fn standing(&self, connection: ConnectionId, message: &SyncMessage) -> Standing {
        let mut known = BTreeSet::new();
        let mut missing = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<ChangeHash> = message.heads.clone();
        let follower = self.followers.get(&connection);
        while let Some(hash) = open.pop() {
            if !seen.insert(hash) {
                continue;
            }
            if self.log.contains(&hash) {
                known.insert(hash);
                continue;
            }
            let waiting = follower.and_then(|follower| follower.waiting.get(&hash));
            let refused = follower.and_then(|follower| follower.refused.get(&hash));
            match (waiting, refused) {
                (Some(change), _) => open.extend_from_slice(change.change.deps()),
                (None, Some(dependencies)) => open.extend_from_slice(dependencies),
                (None, None) => {
                    missing.insert(hash);
                }
            }
        }
        Standing {
            known: known.into_iter().collect(),
            missing: missing.into_iter().collect(),
        }
    }

    /// The message for all who have `log[..from]` and sent nothing of the rest themselves.
    pub(super) fn news(&mut self, from: usize) -> Bytes {
        let place = Place::Following(from);
        if let Some(message) = self.prepared(&place) {
            return message;
        }
        let chunks = self.chunks_since(from, None);
        let message = Bytes::from(self.message(chunks, None).encode());
        self.keep(place, &message);
        message
    }

    /// The same for one connection that sent some of it.
    pub(super) fn news_without_own(
        &self,
        from: usize,
        connection: ConnectionId,
        flags: Option<Flags>,
    ) -> Bytes {
        let chunks = self.chunks_since(from, Some(connection));
        Bytes::from(self.message(chunks, flags).encode())
    }

    /// Whether `connection` sent part of `log[from..]` itself.
    pub(super) fn has_own_since(&self, from: usize, connection: ConnectionId) -> bool {
        self.log
            .since(from)
            .iter()
            .any(|entry| entry.origin == Some(connection))
    }

    /// The message for all who come back with heads `known` and nothing else.
    pub(super) fn catch_up(
        &mut self,
        known: Vec<ChangeHash>,
        reads_v2: bool,
        flags: Option<Flags>,
    ) -> Bytes {
        let place = Place::Returning { known, reads_v2 };
        if let (Some(message), None) = (self.prepared(&place), flags) {
            return message;
        }
        let Place::Returning { known, .. } = &place else {
            return Bytes::new();
        };
        let beyond = self.log.beyond(known);
        let worth_a_snapshot =
            beyond.len() >= MIN_CHANGES_FOR_SNAPSHOT && beyond.len() * 3 > self.log.len();
        let message = if reads_v2 && worth_a_snapshot {
            let snapshot = self.snapshot();
            SyncMessage {
                version: Version::V2,
                ..self.message(vec![snapshot], flags)
            }
        } else {
            let entries = beyond.iter().map(|at| self.log.entry(*at));
            let chunks = entries
                .filter_map(|entry| self.log.chunk(entry, &self.automerge))
                .collect();
            self.message(chunks, flags)
        };
        let message = Bytes::from(message.encode());
        if flags.is_none() {
            self.keep(place, &message);
        }
        message
    }

    /// A message with exactly these chunks, for a peer that has, or will have, all of our heads.
    fn message(&self, changes: Vec<Bytes>, flags: Option<Flags>) -> SyncMessage {
        let heads = self.log.heads();
        SyncMessage {
            version: Version::V1,
            // Naming our heads as shared, instead of sending a Bloom filter of what is beyond an
            // older agreement, is right because the peer has all of it once it read this message.
            have: vec![Have {
                last_sync: heads.clone(),
                ..Have::default()
            }],
            heads,
            need: Vec::new(),
            changes,
            flags,
        }
    }

    fn chunks_since(&self, from: usize, except: Option<ConnectionId>) -> Vec<Bytes> {
        self.log
            .since(from)
            .iter()
            .filter(|entry| except.is_none() || entry.origin != except)
            .filter_map(|entry| self.log.chunk(entry, &self.automerge))
            .collect()
    }

    fn snapshot(&mut self) -> Bytes {
        self.refresh();
        let automerge = &self.automerge;
        self.prepared
            .snapshot
            .get_or_insert_with(|| Bytes::from(automerge.save()))
            .clone()
    }

    fn prepared(&mut self, place: &Place) -> Option<Bytes> {
        self.refresh();
        self.prepared.messages.get(place).cloned()
    }

    fn keep(&mut self, place: Place, message: &Bytes) {
        if self.prepared.messages.len() < MAX_PREPARED {
            self.prepared.messages.insert(place, message.clone());
        }
    }

    fn refresh(&mut self) {
        if self.prepared.log_length != self.log.len() {
            self.prepared = Prepared {
                log_length: self.log.len(),
                ..Prepared::default()
            };
        }
    }
}
