//! Which changes a document takes, which wait, and which go into quarantine.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Author, Automerge, Change, ChangeHash};
use bytes::Bytes;

use plenary_draft::document::contain;

use super::discussion::{self, Entries, Made, Overstep};
use super::document::RoomDocument;
use super::people::Aliases;
use super::types::{ConnectionId, ParticipantId, RefusalReason, RoomFault};
use super::vouching::Vouching;
use crate::access::DocumentKind;
use crate::limits::Limits;
use crate::sync::IncomingChange;

/// A change that somebody sent, with what is known about the sender.
pub(super) struct Candidate {
    pub(super) connection: ConnectionId,
    pub(super) participant: ParticipantId,
    /// Whether the sender keeps receipts, so that what it brings without one was never here.
    pub(super) keeps_receipts: bool,
    /// Whether the sender may write the document at all, and if not, why.
    pub(super) may_write: Result<(), RefusalReason>,
    /// Whether the sender may enter something on behalf of others.
    pub(super) enters_for_others: bool,
    pub(super) incoming: IncomingChange,
}

/// Who sent a change, as of now.
pub(super) struct Sender {
    pub(super) participant: ParticipantId,
    pub(super) keeps_receipts: bool,
    pub(super) may_write: Result<(), RefusalReason>,
    pub(super) enters_for_others: bool,
}

/// What became of one document's candidates.
#[derive(Default)]
pub(super) struct Judgement {
    /// To be applied, each after those that it depends on.
    pub(super) accepted: Vec<Candidate>,
    pub(super) refused: Vec<(Candidate, RefusalReason)>,
    pub(super) bindings: BTreeMap<ActorId, ParticipantId>,
    /// Actors among them that had made changes before, of whom nobody knows whose they are.
    pub(super) taken_up: BTreeSet<ActorId>,
    /// Actors of the discussion whose changes came back after a restore without anybody who could tell
    /// whose they are.
    pub(super) returned: BTreeSet<ActorId>,
    /// Entries that somebody made on another's behalf: in which change, by whom, which, for whom.
    pub(super) entered: Vec<(ChangeHash, ParticipantId, String, ParticipantId)>,
    /// Connections whose waiting changes are more than a limit allows.
    pub(super) overflowing: BTreeSet<ConnectionId>,
}

/// Judges the candidates of one document together with what waited for them.
pub(super) struct Judge<'a> {
    pub(super) document: &'a mut RoomDocument,
    pub(super) bindings: &'a BTreeMap<ActorId, ParticipantId>,
    /// Participants who are somebody else in truth.
    pub(super) aliases: &'a Aliases,
    /// What other documents of the same turn have bound.
    pub(super) just_bound: &'a BTreeMap<ActorId, ParticipantId>,
    /// Actors of entries whose author is not known to this relay, as in an imported discussion:
    /// nobody may take them for their own.
    pub(super) ownerless: &'a BTreeSet<ActorId>,
    /// In a discussion, what is whose.
    pub(super) entries: Option<Entries>,
    /// Those on whose behalf facilitators may enter something.
    pub(super) people: &'a BTreeSet<ParticipantId>,
    /// What was accepted before the relay was restored.
    pub(super) vouching: Vouching,
    /// When that was, in milliseconds since the Unix epoch.
    pub(super) restored_ms: Option<i64>,
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
        if !self.vouching.changes.is_empty() {
            open.extend(self.freed(&accepted, &member_of));
        }
        // What waited may be freed by what is accepted now, so the waiting changes are judged
        // again as long as something was accepted.
        loop {
            let before = judgement.accepted.len();
            for mut candidate in core::mem::take(&mut open) {
                let hash = candidate.incoming.hash;
                if self.document.log.contains(&hash) || accepted.contains(&hash) {
                    continue;
                }
                match self.verdict(&candidate, &accepted, &last_seq, &judgement) {
                    Verdict::Accept(made) => {
                        // Entries name their author, so that nobody else could have brought them.
                        let is_by_sender = self.entries.is_some()
                            && made.for_others.is_empty()
                            && !candidate.incoming.change.is_empty();
                        if let Some(entries) = &mut self.entries {
                            entries.accept(&made);
                        }
                        let by = &candidate.participant;
                        let entered = made.for_others.into_iter();
                        judgement.entered.extend(
                            entered.map(|(entry, speaker)| (hash, by.clone(), entry, speaker)),
                        );
                        let change = &candidate.incoming.change;
                        last_seq.insert(change.actor_id().clone(), change.seq());
                        accepted.insert(hash);
                        self.attribute(&mut candidate, is_by_sender, &mut judgement);
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
        let is_vouched_for = self.vouching.changes.contains(&candidate.incoming.hash);
        if let (false, Err(reason)) = (is_vouched_for, candidate.may_write) {
            return Verdict::Refuse(reason);
        }
        if !is_vouched_for && follower.is_some_and(|follower| follower.restricted) {
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
        if !self.binds_actors {
            return Verdict::Accept(Made::default());
        }
        if is_vouched_for {
            let waits = self.owner(actor, judgement).is_none()
                && self.vouching.awaited.contains(&candidate.connection);
            return if waits {
                Verdict::Wait
            } else {
                Verdict::Accept(Made::default())
            };
        }
        let names_author = |name: &str| {
            let name = ParticipantId::new(name);
            self.aliases.are_one(&name, &candidate.participant)
        };
        let is_signed_rightly = |footer: Author<'_>| {
            change.seq() == 1 && core::str::from_utf8(footer.as_bytes()).is_ok_and(names_author)
        };
        if change
            .author()
            .is_some_and(|footer| !is_signed_rightly(footer))
        {
            return Verdict::Refuse(RefusalReason::AuthorFooter);
        }
        let owner = self.owner(actor, judgement);
        let is_theirs = match owner {
            Some(owner) => *owner == candidate.participant,
            None => self.may_take_up(candidate, judgement),
        };
        if !is_theirs {
            return Verdict::Refuse(RefusalReason::ForeignActor);
        }
        let Some(entries) = &self.entries else {
            return Verdict::Accept(Made::default());
        };
        let author = discussion::Author {
            names: names_author,
            owns: |other: &ActorId| {
                other == actor || self.owner(other, judgement) == Some(&candidate.participant)
            },
            may_stand_for: |name: &str| {
                let speaker = self.aliases.truly(&ParticipantId::new(name)).clone();
                candidate.enters_for_others
                    && speaker != candidate.participant
                    && self.people.contains(&speaker)
            },
        };
        match entries.check(&self.document.automerge, change, &author) {
            Ok(made) => Verdict::Accept(made),
            Err(overstep) => Verdict::Refuse(overstep.into()),
        }
    }

    /// Whether somebody may write under an actor that is nobody's. In the discussion its entries would
    /// become theirs to change, so there nobody may; but what comes back may come in several changes.
    fn may_take_up(&self, candidate: &Candidate, judgement: &Judgement) -> bool {
        let actor = candidate.incoming.change.actor_id();
        let comes_back = judgement.returned.contains(actor);
        !self.ownerless.contains(actor) && (!comes_back || self.may_be_anybodys(candidate))
    }

    /// To whom an actor belongs, as far as this turn knows.
    fn owner<'b>(&'b self, actor: &ActorId, judgement: &'b Judgement) -> Option<&'b ParticipantId> {
        self.bindings
            .get(actor)
            .or_else(|| self.just_bound.get(actor))
            .or_else(|| judgement.bindings.get(actor))
    }

    /// Notes whose an accepted change is, and binds its actor to them if it is new.
    fn attribute(&self, candidate: &mut Candidate, is_by_sender: bool, judgement: &mut Judgement) {
        if !self.binds_actors {
            return;
        }
        let change = &candidate.incoming.change;
        let actor = change.actor_id();
        if let Some(owner) = self.owner(actor, judgement) {
            candidate.participant = owner.clone();
            return;
        }
        let is_vouched_for = self.vouching.changes.contains(&candidate.incoming.hash);
        if self.document.kind == DocumentKind::Record {
            // Nobody else could have had it accepted.
            candidate.participant = ParticipantId::relay();
        } else if is_vouched_for || (self.may_be_anybodys(candidate) && !is_by_sender) {
            candidate.participant = ParticipantId::unknown();
            if self.entries.is_some() {
                judgement.returned.insert(actor.clone());
            }
            return;
        }
        let owner = candidate.participant.clone();
        if change.seq() > 1 {
            judgement.taken_up.insert(actor.clone());
        }
        judgement.bindings.insert(actor.clone(), owner);
    }

    /// Whether a change may be one that was lost by a restore, brought by a peer that did not make
    /// it and cannot tell: it says that it is older than the restore.
    fn may_be_anybodys(&self, candidate: &Candidate) -> bool {
        let made_ms = candidate.incoming.change.timestamp().saturating_mul(1000);
        !candidate.keeps_receipts && self.restored_ms.is_some_and(|at_ms| made_ms < at_ms)
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
            .insert(hash, dependencies(&candidate.incoming.change))
            .is_none()
        {
            follower.refused_bytes += candidate.incoming.memory_bytes();
            judgement.refused.push((candidate, reason));
        }
    }

    fn wait(&mut self, mut candidate: Candidate, judgement: &mut Judgement) {
        let follower = self
            .document
            .followers
            .entry(candidate.connection)
            .or_default();
        // A copy: a slice would keep all that came with it in memory.
        candidate.incoming.bytes = Bytes::copy_from_slice(&candidate.incoming.bytes);
        let bytes = candidate.incoming.memory_bytes();
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
            let Some(sender) = member_of(*connection) else {
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
                follower.waiting_bytes = follower
                    .waiting_bytes
                    .saturating_sub(incoming.memory_bytes());
                freed.push(Candidate {
                    connection: *connection,
                    participant: sender.participant.clone(),
                    keeps_receipts: sender.keeps_receipts,
                    may_write: sender.may_write,
                    enters_for_others: sender.enters_for_others,
                    incoming,
                });
            }
        }
        freed
    }
}

impl From<Overstep> for RefusalReason {
    fn from(overstep: Overstep) -> Self {
        match overstep {
            Overstep::Foreign => Self::ForeignEntry,
            Overstep::Behalf => Self::Behalf,
        }
    }
}

/// On what a change builds, each named once: a change may name the same one ten thousand times, and
/// is then a thousand times shorter where it is deflated.
pub(super) fn dependencies(change: &Change) -> Vec<ChangeHash> {
    let each: BTreeSet<ChangeHash> = change.deps().iter().copied().collect();
    each.into_iter().collect()
}

enum Verdict {
    /// With the entries of the discussion that it makes.
    Accept(Made),
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
        // What a panic says may quote the text, and a fault is logged.
        Err(_) => Err(RoomFault(
            "Automerge panicked while applying a change".into(),
        )),
    }
}

/// Whether the changes can be applied, tried on a copy of the document.
pub(super) fn can_apply(document: &Automerge, changes: Vec<Change>) -> bool {
    apply(&mut document.clone(), changes).is_ok()
}
