//! How much of what was refused is kept: within bounds for a connection, a participant and a draft.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use plenary_draft::DocumentId;

use super::Room;
use super::accept::Candidate;
use super::types::{ConnectionId, ParticipantId};
use crate::close::{CloseCode, CloseReason};
use crate::limits::Limits;

/// All of a draft together may fill its quarantine with this many times what one participant may.
pub const QUARANTINE_OF_ALL: usize = 8;

/// A change that the quarantine holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The document that it was meant for.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Who sent it.
    pub participant: ParticipantId,
    /// Its length as it is kept, in bytes.
    pub bytes: usize,
    /// Whether it was handed in. Such work has a bound of its own, so that who has filled the one
    /// by mistake may still bring what they wrote after their link ended.
    pub is_handed_in: bool,
}

/// What the quarantine of a draft holds, decided or not: all of it takes room.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    changes: BTreeMap<ParticipantId, BTreeSet<(DocumentId, ChangeHash)>>,
    fill: BTreeMap<ParticipantId, Fill>,
    all: Fill,
}

#[derive(Debug, Clone, Copy, Default)]
struct Fill {
    changes: usize,
    bytes: usize,
}

impl Fill {
    fn with(self, bytes: usize) -> Self {
        Self {
            changes: self.changes.saturating_add(1),
            bytes: self.bytes.saturating_add(bytes),
        }
    }

    fn is_within(self, limits: &Limits, times: usize) -> bool {
        self.changes <= limits.quarantined_changes.saturating_mul(times)
            && self.bytes <= limits.quarantined_bytes.saturating_mul(times)
    }
}

impl Quarantine {
    /// Notes what is kept. What is kept already is counted once.
    pub(super) fn note(&mut self, kept: Kept) {
        let theirs = self.changes.entry(kept.participant.clone()).or_default();
        if theirs.insert((kept.document, kept.hash)) && !kept.is_handed_in {
            let fill = self.fill.entry(kept.participant).or_default();
            *fill = fill.with(kept.bytes);
            self.all = self.all.with(kept.bytes);
        }
    }

    /// Whether a change is kept already.
    pub(super) fn holds(&self, change: &Kept) -> bool {
        let theirs = self.changes.get(&change.participant);
        theirs.is_some_and(|theirs| theirs.contains(&(change.document, change.hash)))
    }

    /// Takes a refused change, if there is room for it or it is kept already.
    pub(super) fn take(&mut self, change: Kept, limits: &Limits) -> bool {
        let is_kept = self.holds(&change);
        let own = self.fill.get(&change.participant).copied();
        let own = own.unwrap_or_default().with(change.bytes);
        let all = self.all.with(change.bytes);
        let has_room = own.is_within(limits, 1) && all.is_within(limits, QUARANTINE_OF_ALL);
        if is_kept || has_room {
            self.note(change);
            return true;
        }
        false
    }
}

impl Room {
    /// Says what the quarantine of the draft holds, as it is stored. Asked for once, after
    /// [`Room::open`]; the room counts what it adds itself.
    #[must_use]
    pub fn with_quarantine(mut self, kept: impl IntoIterator<Item = Kept>) -> Self {
        for kept in kept {
            self.quarantine.note(kept);
        }
        self
    }

    /// Whether a refused change is kept. If there is no room for it, its connection is closed at the
    /// end of the turn: its peer keeps the change, and is told why.
    pub(super) fn is_kept(&mut self, document: DocumentId, candidate: &Candidate) -> bool {
        let change = Kept {
            document,
            hash: candidate.incoming.hash,
            participant: candidate.participant.clone(),
            bytes: candidate.incoming.change.raw_bytes().len(),
            is_handed_in: false,
        };
        let is_kept = self.quarantine.take(change, &self.config.limits);
        let document = self.documents.get_mut(&document);
        let follower = document.and_then(|it| it.followers.get_mut(&candidate.connection));
        if let (false, Some(follower)) = (is_kept, follower) {
            follower.found_it_full = true;
        }
        is_kept
    }

    /// Closes the connections that have brought more than is kept.
    pub(super) fn close_full_quarantines(&self, closes: &mut BTreeMap<ConnectionId, CloseReason>) {
        let limits = &self.config.limits;
        for document in self.documents.values() {
            for (connection, follower) in &document.followers {
                let is_full = follower.found_it_full
                    || follower.refused.len() > limits.quarantined_changes
                    || follower.refused_bytes > limits.quarantined_bytes;
                if is_full {
                    closes.insert(*connection, CloseCode::QuarantineFull.into());
                }
            }
        }
    }

    /// Whoever brought changes that were refused, and that are part of the draft now by another way,
    /// has a copy that can be ours again: they dial anew, and find nothing refused any more. `arrived`
    /// are those that were accepted or admitted just now. So it goes after a restore, when somebody
    /// brings back what others wrote before these come themselves.
    pub(super) fn heal(
        &mut self,
        arrived: &BTreeSet<ChangeHash>,
    ) -> Vec<(ConnectionId, CloseReason)> {
        let mut closes = Vec::new();
        for document in self.documents.values_mut() {
            for (connection, follower) in &mut document.followers {
                let before = follower.refused.len();
                follower.refused.retain(|hash, _| !arrived.contains(hash));
                if before > 0 && follower.refused.is_empty() {
                    // What they still say before they are gone is judged like anybody's.
                    follower.restricted = false;
                    let words = "what was kept aside is part of the draft now";
                    let reason = CloseReason::new(CloseCode::RoleChanged, words);
                    closes.push((*connection, reason));
                }
            }
        }
        closes
    }
}
