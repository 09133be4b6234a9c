//! What a room does after Automerge has failed once: it looks at every change by itself first.

use std::collections::BTreeSet;

use automerge::Change;

use super::accept::{Judgement, can_apply, dependencies};
use super::document::RoomDocument;
use super::types::RefusalReason;

impl RoomDocument {
    /// Tries each connection's changes on a copy, so that one bad change does not cost the room
    /// its memory again. This is slow and is done only after that has happened once.
    pub(super) fn refuse_what_fails(&mut self, judgement: &mut Judgement) {
        let mut good: Vec<Change> = Vec::new();
        let mut bad_connections = BTreeSet::new();
        let mut bad_hashes = BTreeSet::new();
        let mut kept = Vec::new();
        for candidate in core::mem::take(&mut judgement.accepted) {
            let change = &candidate.incoming.change;
            let is_tainted = bad_connections.contains(&candidate.connection)
                || change.deps().iter().any(|dep| bad_hashes.contains(dep));
            let mut tried = good.clone();
            tried.push(change.clone());
            if !is_tainted && can_apply(&self.automerge, tried) {
                good.push(change.clone());
                kept.push(candidate);
                continue;
            }
            bad_connections.insert(candidate.connection);
            bad_hashes.insert(candidate.incoming.hash);
            let follower = self.followers.entry(candidate.connection).or_default();
            follower.restricted = true;
            follower
                .refused
                .insert(candidate.incoming.hash, dependencies(change));
            follower.refused_bytes += candidate.incoming.memory_bytes();
            judgement.refused.push((candidate, RefusalReason::Invalid));
        }
        judgement.accepted = kept;
        let owners: BTreeSet<_> = judgement
            .accepted
            .iter()
            .map(|candidate| candidate.incoming.change.actor_id().clone())
            .collect();
        judgement.bindings.retain(|actor, _| owners.contains(actor));
        judgement
            .entered
            .retain(|(hash, ..)| !bad_hashes.contains(hash));
    }
}
