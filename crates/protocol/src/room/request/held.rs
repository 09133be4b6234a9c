//! Admitting and declining what is in quarantine.
//!
//! What is admitted are the authors' own changes, byte for byte, so their later ones fit and their
//! copies heal. They belong to whoever sent them, as if they had been accepted at once; what was
//! forged, or touches what is another's, cannot be admitted by anybody.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, ChangeHash};
use plenary_draft::DocumentId;

use super::types::joined;
use super::{Carried, Failure, Held, Outcome, QuarantineDecision, RequestRefused};
use crate::access::DocumentKind;
use crate::room::accept::{apply, can_apply};
use crate::room::discussion::{self, Entries, Overstep};
use crate::room::types::NewChange;
use crate::room::{ParticipantId, Room};
use crate::sync::{IncomingChange, read_changes};
use crate::wire::Notice;

/// Changes that are being admitted to one document, in the order in which they came.
type Admitted = Vec<(Held, IncomingChange)>;

impl Room {
    pub(super) fn admit(
        &mut self,
        now_ms: i64,
        by: &ParticipantId,
        held: Vec<Held>,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        let mut documents: BTreeMap<DocumentId, Admitted> = BTreeMap::new();
        let mut arrived = Vec::new();
        for held in held {
            let incoming = self.read_held(&held)?;
            let document = self.documents.get(&held.document);
            if document.is_some_and(|document| document.log.contains(&incoming.hash)) {
                // Its author brought it by another way meanwhile. So nothing waits any more.
                arrived.push(admission(&held, incoming.hash, by, now_ms));
                continue;
            }
            let admitted = documents.entry(held.document).or_default();
            if admitted
                .iter()
                .all(|(_, other)| other.hash != incoming.hash)
            {
                admitted.push((held, incoming));
            }
        }
        // All are judged before the first is applied, so that a refusal leaves nothing behind.
        let mut bindings = BTreeMap::new();
        for (id, admitted) in &documents {
            self.judge_held(*id, admitted, &mut bindings)?;
        }
        let mut hashes = Vec::new();
        for (id, admitted) in documents {
            hashes.extend(self.apply_held(now_ms, by, id, admitted, carried)?);
        }
        carried.commit.decisions.extend(arrived);
        if hashes.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        for (actor, owner) in bindings {
            carried.commit.bindings.push((actor.clone(), owner.clone()));
            carried.pending.bindings.insert(actor, owner);
        }
        self.record_bindings(now_ms, &mut carried.commit, &mut carried.pending)?;
        let closes = self.heal(&hashes.iter().copied().collect());
        carried.closes.extend(closes);
        let details = vec![("changes", joined(&hashes))];
        carried.note(now_ms, by.clone(), "quarantine-admitted", details);
        Ok(Outcome::Admitted(hashes))
    }

    fn read_held(&self, held: &Held) -> Result<IncomingChange, RequestRefused> {
        let read = read_changes(
            core::slice::from_ref(&held.bytes),
            &self.config.limits,
            |_| false,
        );
        let unreadable = |error: String| RequestRefused::Unreadable(error);
        let mut changes = read.map_err(|error| unreadable(error.to_string()))?;
        match (changes.pop(), changes.is_empty()) {
            (Some(change), true) => Ok(change),
            _ => Err(unreadable("it is not one change".to_owned())),
        }
    }

    /// Whether all of it may be applied. Notes actors that are bound by it.
    fn judge_held(
        &self,
        id: DocumentId,
        admitted: &Admitted,
        bindings: &mut BTreeMap<ActorId, ParticipantId>,
    ) -> Result<(), RequestRefused> {
        let refuse = |hash: ChangeHash, why| Err(RequestRefused::NotAdmissible { hash, why });
        let mut given: BTreeSet<ChangeHash> = BTreeSet::new();
        let mut last: BTreeMap<&ActorId, u64> = BTreeMap::new();
        for (held, incoming) in admitted {
            let (hash, change) = (incoming.hash, &incoming.change);
            let Some(document) = self.documents.get(&id) else {
                return refuse(hash, "its document does not belong to this draft");
            };
            if document.kind == DocumentKind::Record {
                return refuse(hash, "the record is written by the relay alone");
            }
            let is_here = |dep: &ChangeHash| document.log.contains(dep) || given.contains(dep);
            if !change.deps().iter().all(is_here) {
                return refuse(hash, "it builds on changes that are not admitted");
            }
            let actor = change.actor_id();
            let before = last
                .get(actor)
                .copied()
                .unwrap_or_else(|| document.log.last_sequence_number(actor));
            if change.seq() != before + 1 {
                return refuse(hash, "its author has gone on without it");
            }
            let author = self.aliases.truly(&held.participant);
            let owner = |actor: &ActorId| self.bindings.get(actor).or_else(|| bindings.get(actor));
            let is_theirs = owner(actor).is_none_or(|owner| owner == author);
            if !is_theirs || self.ownerless.contains(actor) {
                return refuse(hash, "it is marked as made by another participant");
            }
            if document.kind == DocumentKind::Discussion {
                let entries = Entries::of(&document.automerge);
                let author = discussion::Author {
                    names: |name: &str| self.aliases.are_one(&ParticipantId::new(name), author),
                    owns: |other: &ActorId| other == actor || owner(other) == Some(author),
                    may_stand_for: |name: &str| {
                        let speaker = self.aliases.truly(&ParticipantId::new(name)).clone();
                        held.by_facilitator && speaker != *author && self.people.contains(&speaker)
                    },
                };
                match entries.check(&document.automerge, change, &author) {
                    Ok(_) => {}
                    Err(Overstep::Foreign) => return refuse(hash, "it touches what others wrote"),
                    Err(Overstep::Behalf) => {
                        return refuse(
                            hash,
                            "it speaks for somebody else without being entitled to",
                        );
                    }
                }
            }
            given.insert(hash);
            last.insert(actor, change.seq());
            if !self.bindings.contains_key(actor) {
                bindings.insert(actor.clone(), author.clone());
            }
        }
        let changes = admitted.iter().map(|(_, it)| it.change.clone()).collect();
        match (self.documents.get(&id), admitted.last()) {
            (Some(document), Some((_, newest))) if !can_apply(&document.automerge, changes) => {
                refuse(newest.hash, "it is damaged")
            }
            _ => Ok(()),
        }
    }

    fn apply_held(
        &mut self,
        now_ms: i64,
        by: &ParticipantId,
        id: DocumentId,
        admitted: Admitted,
        carried: &mut Carried,
    ) -> Result<Vec<ChangeHash>, Failure> {
        let Some(document) = self.documents.get_mut(&id) else {
            return Ok(Vec::new());
        };
        let changes = admitted.iter().map(|(_, it)| it.change.clone()).collect();
        apply(&mut document.automerge, changes)?;
        let mut hashes = Vec::new();
        for (held, incoming) in admitted {
            hashes.push(incoming.hash);
            carried.commit.changes.push(NewChange {
                document: id,
                hash: incoming.hash,
                bytes: incoming.bytes.clone(),
                actor: incoming.change.actor_id().clone(),
                participant: self.aliases.truly(&held.participant).clone(),
                received_ms: held.received_ms,
            });
            let decision = admission(&held, incoming.hash, by, now_ms);
            carried.commit.decisions.push(decision);
            self.tell_author(
                &held,
                "a facilitator has taken in changes of yours that were kept aside",
            );
            carried.pending.applied.push((id, incoming, None));
            carried.pending.held_moved = true;
        }
        Ok(hashes)
    }

    pub(super) fn decline(
        &mut self,
        now_ms: i64,
        by: &ParticipantId,
        held: &[Held],
        reason: &str,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        let mut hashes = Vec::new();
        for held in held {
            let hash = self.read_held(held)?.hash;
            let document = self.documents.get(&held.document);
            if document.is_some_and(|document| document.log.contains(&hash)) {
                return Err(RequestRefused::AlreadyAdmitted(hash).into());
            }
            hashes.push(hash);
            carried.commit.decisions.push(QuarantineDecision {
                document: held.document,
                hash,
                participant: held.participant.clone(),
                admitted: false,
                reason: Some(reason.to_owned()),
                by: by.clone(),
                at_ms: now_ms,
            });
        }
        if hashes.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        let words =
            format!("a facilitator has declined changes of yours that were kept aside: {reason}");
        carried.pending.held_moved = true;
        for held in held {
            self.tell_author(held, &words);
        }
        let details = vec![("changes", joined(&hashes)), ("reason", reason.to_owned())];
        carried.note(now_ms, by.clone(), "quarantine-declined", details);
        Ok(Outcome::Declined(hashes))
    }

    /// Says something to whoever sent a change, if they are here; once for each document.
    fn tell_author(&mut self, held: &Held, words: &str) {
        let notice = Notice::Notice {
            document: Some(held.document),
            message: words.to_owned(),
        };
        for here in self.members.values_mut() {
            let is_author = here.member.participant == *self.aliases.truly(&held.participant);
            if is_author && here.notices.back() != Some(&notice) {
                here.notify(notice.clone());
            }
        }
    }
}

fn admission(held: &Held, hash: ChangeHash, by: &ParticipantId, at_ms: i64) -> QuarantineDecision {
    QuarantineDecision {
        document: held.document,
        hash,
        participant: held.participant.clone(),
        admitted: true,
        reason: None,
        by: by.clone(),
        at_ms,
    }
}
