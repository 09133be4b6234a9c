//! What a peer can prove that this relay had accepted before it was restored from a backup.
//!
//! See [`crate::receipt`]. A change is vouched for when it is among heads with a receipt, or when
//! one that is vouched for builds on it: hashes cover what a change builds on. Such a change is
//! accepted whoever brings it and whatever the stage is now, as it was judged before. It belongs to
//! the participant whom the record names for its actor; so a change of the text or the discussion
//! whose actor is not known waits until the peer's record is here.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, ChangeHash};
use plenary_draft::{DocumentId, Record};

use super::accept::Candidate;
use super::turn::Pending;
use super::types::{Commit, ConnectionId, ParticipantId};
use super::{Permission, Room};
use crate::access::DocumentKind;
use crate::close::{CloseCode, CloseReason};
use crate::receipt::Receipt;

/// What a judge knows from receipts.
#[derive(Default)]
pub(super) struct Vouching {
    /// Changes that this relay had accepted before.
    pub(super) changes: BTreeSet<ChangeHash>,
    /// Connections whose record is still to come back.
    pub(super) awaited: BTreeSet<ConnectionId>,
}

impl Room {
    /// Takes a receipt that a peer shows. One for what is here tells nothing new; one that is not
    /// ours is of another site, or forged, and is worth nothing.
    pub(super) fn hear_receipt(
        &mut self,
        connection: ConnectionId,
        id: DocumentId,
        heads: &[ChangeHash],
        receipt: &Receipt,
    ) -> Result<(), CloseReason> {
        let limit = self.config.limits.hashes_per_list;
        if self.permission(connection, &id) == Permission::None {
            return Ok(());
        }
        let (Some(document), Some(here)) =
            (self.documents.get(&id), self.members.get_mut(&connection))
        else {
            return Ok(());
        };
        let lacks_some = heads.iter().any(|head| !document.log.contains(head));
        if !lacks_some || !self.config.site_key.has_signed(id, heads, receipt) {
            return Ok(());
        }
        let vouched = here.vouched.entry(id).or_default();
        vouched.retain(|head| !document.log.contains(head));
        let missing = heads.iter().filter(|head| !document.log.contains(head));
        vouched.extend(missing);
        if vouched.len() > limit {
            return Err(CloseReason::new(
                CloseCode::TooLarge,
                format!("receipts for more than {limit} heads"),
            ));
        }
        Ok(())
    }

    /// What receipts say about the candidates of a document, and about those that wait.
    pub(super) fn vouching(&self, id: DocumentId, candidates: &[Candidate]) -> Vouching {
        let mut vouching = Vouching::default();
        if self.members.values().all(|here| here.vouched.is_empty()) {
            return vouching;
        }
        let Some(document) = self.documents.get(&id) else {
            return vouching;
        };
        let record = self.id_of(DocumentKind::Record);
        for (connection, here) in &self.members {
            let heads = record.and_then(|record| {
                let log = &self.documents.get(&record)?.log;
                let heads = here.vouched.get(&record)?;
                Some(heads.iter().any(|head| !log.contains(head)))
            });
            if heads == Some(true) && record != Some(id) {
                vouching.awaited.insert(*connection);
            }
        }
        let mut dependencies: BTreeMap<ChangeHash, &[ChangeHash]> = BTreeMap::new();
        for candidate in candidates {
            let incoming = &candidate.incoming;
            dependencies.insert(incoming.hash, incoming.change.deps());
        }
        for follower in document.followers.values() {
            for (hash, incoming) in &follower.waiting {
                dependencies.insert(*hash, incoming.change.deps());
            }
        }
        let heads = self.members.values().filter_map(|it| it.vouched.get(&id));
        let mut open: Vec<ChangeHash> = heads.flatten().copied().collect();
        while let Some(hash) = open.pop() {
            if let Some(deps) = dependencies.get(&hash)
                && vouching.changes.insert(hash)
            {
                open.extend_from_slice(deps);
            }
        }
        vouching
    }

    /// To whom the record says that actors belong, by who they are in truth.
    pub(super) fn recorded_actors(&self) -> BTreeMap<ActorId, ParticipantId> {
        let mut actors = self.written_actors();
        for owner in actors.values_mut() {
            *owner = self.aliases.truly(owner).clone();
        }
        actors
    }

    /// The same by the very ids that stand in the record.
    pub(super) fn written_actors(&self) -> BTreeMap<ActorId, ParticipantId> {
        let Some(record) = self.record_document() else {
            return BTreeMap::new();
        };
        let actors = Record::read(record).actors.into_iter();
        actors
            .map(|(actor, owner)| (actor, ParticipantId::new(owner.as_str())))
            .collect()
    }

    /// Notes that these changes are here, or will be when the turn is committed.
    pub(super) fn came_back(&mut self, id: DocumentId, changes: &BTreeSet<ChangeHash>) {
        for here in self.members.values_mut() {
            if let Some(heads) = here.vouched.get_mut(&id) {
                heads.retain(|head| !changes.contains(head));
            }
        }
    }

    /// Takes back from the record, parts of which a peer brought, what the relay had forgotten:
    /// whose the actors are, and at which stage the draft is. `before` is what the record said of
    /// actors without them. What is bound by now stays as it is.
    pub(super) fn remember(
        &mut self,
        before: &BTreeMap<ActorId, ParticipantId>,
        commit: &mut Commit,
        pending: &mut Pending,
    ) -> Vec<(ConnectionId, CloseReason)> {
        for (actor, owner) in self.recorded_actors() {
            let is_bound =
                self.bindings.contains_key(&actor) || pending.bindings.contains_key(&actor);
            if !is_bound && !before.contains_key(&actor) {
                self.ownerless.remove(&actor);
                commit.bindings.push((actor.clone(), owner.clone()));
                pending.bindings.insert(actor, owner);
            }
        }
        let stage = self.recorded_stage();
        if stage == self.stage {
            return Vec::new();
        }
        self.enter_stage(stage)
    }
}
