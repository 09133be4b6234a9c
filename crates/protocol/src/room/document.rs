//! One document of a room, and those who follow it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ChangeHash};
use bytes::Bytes;

use plenary_draft::DocumentId;

use super::types::{ConnectionId, RoomConfig};
use crate::access::DocumentKind;
use crate::receipt::{Receipt, SiteKey};
use crate::sync::{
    Answer, ChangeLog, Flags, Have, IncomingChange, LogIndex, PeerSync, Standing, SyncMessage,
    Version,
};
use crate::wire::SyncFrames;

/// How many prepared messages are kept for one state of the document. Those who follow stand at
/// few different places; beyond that a message is made for one.
const MAX_PREPARED: usize = 32;

/// From this many missing changes on, and if they are more than a third of all, a peer that reads
/// whole documents is sent the document.
const MIN_CHANGES_FOR_SNAPSHOT: usize = 64;
/// From this many bytes on, a peer that lacks everything is sent whatever is shorter. Changes travel as
/// they were made, and a document compressed: an imported text is one change and three times as long.
const MIN_BYTES_FOR_SNAPSHOT: usize = 16 * 1024;

pub(super) struct RoomDocument {
    /// What it is for its draft.
    pub(super) kind: DocumentKind,
    pub(super) automerge: Automerge,
    pub(super) log: ChangeLog<ConnectionId>,
    pub(super) followers: BTreeMap<ConnectionId, Follower>,
    /// How many bytes of changes fit into one message.
    message_bytes: usize,
    /// Encodes sync frames, with all that does not depend on the receiver made once.
    pub(super) frames: SyncFrames,
    /// When the heads last moved, in milliseconds since the Unix epoch.
    pub(super) moved_ms: i64,
    prepared: Prepared,
    /// The receipt for the log at this length.
    receipt: Option<(usize, Receipt)>,
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
    Following {
        from: usize,
        reads_v2: bool,
    },
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
    /// The memory that they take, in bytes.
    pub(super) waiting_bytes: usize,
    /// Changes that were refused on this connection, with what they build on.
    pub(super) refused: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    /// The memory that they took when they came, in bytes.
    pub(super) refused_bytes: usize,
    /// Set when the quarantine had no room for one of them.
    pub(super) found_it_full: bool,
    /// Set by a refusal: from then on everything goes into quarantine, as the peer's copy can
    /// never again be ours.
    pub(super) restricted: bool,
    /// When the peer was last told news, in milliseconds since the Unix epoch.
    pub(super) told_ms: i64,
    /// Up to which length of the log stored heads were announced to the peer.
    pub(super) announced: Option<usize>,
}

impl RoomDocument {
    pub(super) fn new(
        id: DocumentId,
        kind: DocumentKind,
        automerge: Automerge,
        config: &RoomConfig,
        moved_ms: i64,
    ) -> Self {
        let log = ChangeLog::of(&automerge);
        Self {
            kind,
            automerge,
            log,
            followers: BTreeMap::new(),
            message_bytes: config.message_bytes,
            frames: SyncFrames::new(&config.relay, id),
            moved_ms,
            prepared: Prepared::default(),
            receipt: None,
        }
    }

    /// The receipt for the heads as they are stored.
    pub(super) fn receipt(&mut self, id: DocumentId, key: &SiteKey) -> Receipt {
        let length = self.log.len();
        match self.receipt {
            Some((at, receipt)) if at == length => receipt,
            _ => {
                let receipt = key.receipt(id, &self.log.heads());
                self.receipt = Some((length, receipt));
                receipt
            }
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

    /// Makes the message that `answer` asks for, and says what did not fit into it.
    pub(super) fn compose(
        &mut self,
        connection: ConnectionId,
        answer: Answer,
        reads_v2: bool,
        flags: Option<Flags>,
    ) -> (Bytes, Vec<LogIndex>) {
        match answer {
            Answer::Following { from } => self.news(connection, from, reads_v2, flags),
            Answer::CatchUp { known } => {
                let place = Place::Returning { known, reads_v2 };
                self.shared(place, flags, |document, place| {
                    let Place::Returning { known, .. } = place else {
                        return Vec::new();
                    };
                    document.log.beyond(known)
                })
            }
            Answer::Rest { changes } => self.message(changes, flags),
            Answer::Changes {
                changes,
                need,
                have,
            } => {
                let (chunks, rest) = self.chunks(changes);
                let message = SyncMessage {
                    version: Version::V1,
                    heads: self.log.heads(),
                    need,
                    have: vec![have],
                    changes: chunks,
                    flags,
                };
                (message.encode().into(), rest)
            }
        }
    }

    /// What came since `log[..from]`: the same for all but those who sent some of it themselves.
    fn news(
        &mut self,
        connection: ConnectionId,
        from: usize,
        reads_v2: bool,
        flags: Option<Flags>,
    ) -> (Bytes, Vec<LogIndex>) {
        let has_own = self
            .log
            .since(from)
            .iter()
            .any(|entry| entry.origin == Some(connection));
        if has_own {
            let others = self.log.positions_since(from);
            let others = others
                .filter(|at| self.log.entry(*at).origin != Some(connection))
                .collect();
            return self.message(others, flags);
        }
        let place = Place::Following { from, reads_v2 };
        self.shared(place, flags, |document, _| {
            document.log.positions_since(from).collect()
        })
    }

    /// A message that is the same for all who stand at `place`, made once.
    fn shared(
        &mut self,
        place: Place,
        flags: Option<Flags>,
        lacking: impl FnOnce(&Self, &Place) -> Vec<LogIndex>,
    ) -> (Bytes, Vec<LogIndex>) {
        if self.prepared.log_length != self.log.len() {
            self.prepared = Prepared {
                log_length: self.log.len(),
                ..Prepared::default()
            };
        }
        if let (Some(message), None) = (self.prepared.messages.get(&place), flags) {
            return (message.clone(), Vec::new());
        }
        let lacking = lacking(self, &place);
        let is_most =
            lacking.len() >= MIN_CHANGES_FOR_SNAPSHOT && lacking.len() * 3 > self.log.len();
        let is_all = lacking.len() == self.log.len();
        let (message, rest) = if place.reads_v2() && is_most {
            (self.snapshot_message(flags), Vec::new())
        } else {
            let made = self.message(lacking, flags);
            if place.reads_v2() && is_all && made.0.len() >= MIN_BYTES_FOR_SNAPSHOT {
                self.or_snapshot(made, flags)
            } else {
                made
            }
        };
        let is_worth_keeping =
            flags.is_none() && rest.is_empty() && self.prepared.messages.len() < MAX_PREPARED;
        if is_worth_keeping {
            self.prepared.messages.insert(place, message.clone());
        }
        (message, rest)
    }

    /// A message for a peer that lacks `changes` and nothing else, with as many as fit.
    fn message(&self, changes: Vec<LogIndex>, flags: Option<Flags>) -> (Bytes, Vec<LogIndex>) {
        let (chunks, rest) = self.chunks(changes);
        let message = SyncMessage {
            changes: chunks,
            ..self.envelope(rest.is_empty(), flags)
        };
        (message.encode().into(), rest)
    }

    /// The message, or the whole document in one when that is shorter.
    fn or_snapshot(
        &mut self,
        (message, rest): (Bytes, Vec<LogIndex>),
        flags: Option<Flags>,
    ) -> (Bytes, Vec<LogIndex>) {
        let snapshot = self.snapshot_message(flags);
        if snapshot.len() < message.len() {
            (snapshot, Vec::new())
        } else {
            (message, rest)
        }
    }

    fn snapshot_message(&mut self, flags: Option<Flags>) -> Bytes {
        let automerge = &self.automerge;
        let make = || Bytes::from(automerge.save());
        let snapshot = self.prepared.snapshot.get_or_insert_with(make).clone();
        let message = SyncMessage {
            version: Version::V2,
            changes: vec![snapshot],
            ..self.envelope(true, flags)
        };
        message.encode().into()
    }

    /// A message without changes, for a peer that will have all of our heads once it read it, or
    /// else is to be sent more.
    fn envelope(&self, is_complete: bool, flags: Option<Flags>) -> SyncMessage {
        let heads = self.log.heads();
        // Naming our heads as shared, instead of sending a Bloom filter of what is beyond an older
        // agreement, is right because the peer has all of it then. Before that nothing is named,
        // as a peer that does not know what is named starts over.
        let shared = Have {
            last_sync: heads.clone(),
            ..Have::default()
        };
        SyncMessage {
            version: Version::V1,
            have: if is_complete {
                vec![shared]
            } else {
                Vec::new()
            },
            heads,
            need: Vec::new(),
            changes: Vec::new(),
            flags,
        }
    }

    /// The chunks of as many changes as fit into a message, and the rest.
    fn chunks(&self, mut changes: Vec<LogIndex>) -> (Vec<Bytes>, Vec<LogIndex>) {
        let mut bytes = 0;
        let mut chunks = Vec::new();
        for (count, at) in changes.iter().enumerate() {
            if bytes >= self.message_bytes {
                let rest = changes.split_off(count);
                return (chunks, rest);
            }
            if let Some(chunk) = self.log.chunk(self.log.entry(*at), &self.automerge) {
                bytes += chunk.len();
                chunks.push(chunk);
            }
        }
        (chunks, Vec::new())
    }
}

impl Place {
    fn reads_v2(&self) -> bool {
        match self {
            Self::Following { reads_v2, .. } | Self::Returning { reads_v2, .. } => *reads_v2,
        }
    }
}
