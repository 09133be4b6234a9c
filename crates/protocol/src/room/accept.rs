//! Which changes a document takes, which wait, and which go into quarantine.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Automerge, Change, ChangeHash};

use plenary_draft::document::contain;

use super::document::RoomDocument;
use super::types::{ConnectionId, ParticipantId, RefusalReason, RoomFault};
use crate::limits::Limits;
use crate::sync::IncomingChange;

/// A change that somebody sent, with what is known about the sender.
pub(super) struct Candidate {
    pub(super) connection: ConnectionId,
    pub(super) participant: ParticipantId,
    /// Whether the sender may write the document at all, and if not, why.
    pub(super) may_write: Result<(), RefusalReason>,
    pub(super) incoming: IncomingChange,
}

/// Who sent a change, and whether they may write the document at all.
pub(super) type Sender = (ParticipantId, Result<(), RefusalReason>);

/// What became of one document's candidates.
#[derive(Default)]
pub(super) struct Judgement {
    /// To be applied, each after those that it depends on.
    pub(super) accepted: Vec<Candidate>,
    pub(super) refused: Vec<(Candidate, RefusalReason)>,
    pub(super) bindings: Vec<(ActorId, ParticipantId)>,
    /// Connections whose waiting changes are more than a limit allows.
    pub(super) overflowing: BTreeSet<ConnectionId>,
}

/// Judges the candidates of one document together with what waited for them.
pub(super) struct Judge<'a> {
    pub(super) document: &'a mut RoomDocument,
    pub(super) bindings: &'a BTreeMap<ActorId, ParticipantId>,
    pub(super) binds_actors: bool,
    pub(super) limits: &'a Limits,
}

impl Judge<'_> {
    pub(super) fn judge(
        mut self,
        candidates: Vec<Candidate>,
        member_of: impl Fn(ConnectionId) -> Option<Sender>,
    ) -> Judgement {
        let mut judgement = Judgement::default();
        let mut accepted: BTreeSet<ChangeHash> = BTreeSet::new();
        let mut last_seq: BTreeMap<ActorId, u64> = BTreeMap::new();
        let mut open = candidates;
        // What waited may be freed by what is accepted now, so the waiting changes are judged
        // again as long as something was accepted.
        loop {
            let before = judgement.accepted.len();
            for candidate in core::mem::take(&mut open) {
                let hash = candidate.incoming.hash;
                if self.document.log.contains(&hash) || accepted.contains(&hash) {
                    continue;
                }
                match self.verdict(&candidate, &accepted, &last_seq, &judgement) {
                    Verdict::Accept => {
                        let change = &candidate.incoming.change;
                        last_seq.insert(change.actor_id().clone(), change.seq());
                        accepted.insert(hash);
                        self.bind(&candidate, &mut judgement);
                        judgement.accepted.push(candidate);
                    }
                    Verdict::Refuse(reason) => self.refuse(candidate, reason, &mut judgement),
                    Verdict::Wait => self.wait(candidate, &mut judgement),
                }
            }
            if judgement.accepted.len() == before {
                return judgement;
            }
            open = self.freed(&accepted, &member_of);
        }
    }

    fn verdict(
        &self,
        candidate: &Candidate,
        accepted: &BTreeSet<ChangeHash>,
        last_seq: &BTreeMap<ActorId, u64>,
        judgement: &Judgement,
    ) -> Verdict {
        let change = &candidate.incoming.change;
        let follower = self.document.followers.get(&candidate.connection);
        if follower.is_some_and(|follower| {
            change
                .deps()
                .iter()
                .any(|dep| follower.refused.contains_key(dep))
        }) {
            return Verdict::Refuse(RefusalReason::BuildsOnRefused);
        }
        if let Err(reason) = candidate.may_write {
            return Verdict::Refuse(reason);
        }
        if follower.is_some_and(|follower| follower.restricted) {
            return Verdict::Refuse(RefusalReason::NotAllowed);
        }
        let is_here = |dep: &ChangeHash| self.document.log.contains(dep) || accepted.contains(dep);
        if !change.deps().iter().all(is_here) {
            return Verdict::Wait;
        }
        let actor = change.actor_id();
        let last = last_seq
            .get(actor)
            .copied()
            .unwrap_or_else(|| self.document.log.last_sequence_number(actor));
        if change.seq() != last + 1 {
            return Verdict::Refuse(RefusalReason::SequenceNumber);
        }
        if change.author().is_some() && change.seq() != 1 {
            return Verdict::Refuse(RefusalReason::AuthorFooter);
        }
        if self.binds_actors {
            let just_bound = judgement
                .bindings
                .iter()
                .find(|(bound, _)| bound == actor)
                .map(|(_, who)| who);
            let owner = self.bindings.get(actor).or(just_bound);
            if owner.is_some_and(|owner| *owner != candidate.participant) {
                return Verdict::Refuse(RefusalReason::ForeignActor);
            }
        }
        Verdict::Accept
    }

    fn bind(&self, candidate: &Candidate, judgement: &mut Judgement) {
        let actor = candidate.incoming.change.actor_id();
        let is_bound = self.bindings.contains_key(actor)
            || judgement.bindings.iter().any(|(bound, _)| bound == actor);
        if self.binds_actors && !is_bound {
            judgement
                .bindings
                .push((actor.clone(), candidate.participant.clone()));
        }
    }

    fn refuse(&mut self, candidate: Candidate, reason: RefusalReason, judgement: &mut Judgement) {
        let follower = self
            .document
            .followers
            .entry(candidate.connection)
            .or_default();
        let hash = candidate.incoming.hash;
        follower.restricted = true;
        if follower
            .refused
            .insert(hash, candidate.incoming.change.deps().to_vec())
            .is_none()
        {
            follower.refused_bytes += candidate.incoming.bytes.len();
            judgement.refused.push((candidate, reason));
        }
    }

    fn wait(&mut self, candidate: Candidate, judgement: &mut Judgement) {
        let follower = self
            .document
            .followers
            .entry(candidate.connection)
            .or_default();
        let bytes = candidate.incoming.bytes.len();
        if follower
            .waiting
            .insert(candidate.incoming.hash, candidate.incoming)
            .is_none()
        {
            follower.waiting_bytes += bytes;
        }
        if follower.waiting.len() > self.limits.waiting_changes
            || follower.waiting_bytes > self.limits.waiting_bytes
        {
            judgement.overflowing.insert(candidate.connection);
        }
    }

    /// Takes those waiting changes out whose fate can be told now.
    fn freed(
        &mut self,
        accepted: &BTreeSet<ChangeHash>,
        member_of: &impl Fn(ConnectionId) -> Option<Sender>,
    ) -> Vec<Candidate> {
        let mut freed = Vec::new();
        for (connection, follower) in &mut self.document.followers {
            if follower.waiting.is_empty() {
                continue;
            }
            let Some((participant, may_write)) = member_of(*connection) else {
                continue;
            };
            let log = &self.document.log;
            let refused = &follower.refused;
            let restricted = follower.restricted;
            let ready = |change: &Change| {
                restricted
                    || change.deps().iter().any(|dep| refused.contains_key(dep))
                    || change
                        .deps()
                        .iter()
                        .all(|dep| log.contains(dep) || accepted.contains(dep))
            };
            let hashes: Vec<ChangeHash> = follower
                .waiting
                .iter()
                .filter(|(_, incoming)| ready(&incoming.change))
                .map(|(hash, _)| *hash)
                .collect();
            for hash in hashes {
                let Some(incoming) = follower.waiting.remove(&hash) else {
                    continue;
                };
                follower.waiting_bytes =
                    follower.waiting_bytes.saturating_sub(incoming.bytes.len());
                freed.push(Candidate {
                    connection: *connection,
                    participant: participant.clone(),
                    may_write,
                    incoming,
                });
            }
        }
        freed
    }
}

enum Verdict {
    Accept,
    Refuse(RefusalReason),
    Wait,
}

/// Applies changes as one batch, which costs the same as applying one. Automerge has asserts that
/// a change with a right checksum and wrong columns can reach, so a panic is contained; the
/// document must not be used after an error.
pub(super) fn apply(document: &mut Automerge, changes: Vec<Change>) -> Result<(), RoomFault> {
    match contain(|| document.apply_changes(changes)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(RoomFault(format!("a change could not be applied: {error}"))),
        Err(panic) => Err(RoomFault(format!(
            "Automerge panicked while applying a change: {panic}"
        ))),
    }
}

/// Whether the changes can be applied, tried on a copy of the document.
pub(super) fn can_apply(document: &Automerge, changes: Vec<Change>) -> bool {
    apply(&mut document.clone(), changes).is_ok()
}
