//! A room's turn: judge what came in, say what to store, and take it in once it is stored.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ActorId;
use plenary_draft::{DocumentId, Stage};

use super::accept::{Candidate, Judge, Judgement, Sender, apply};
use super::discussion::Entries;
use super::presence::Spoken;
use super::request::AuditEntry;
use super::types::{
    Commit, ConnectionId, Input, NewChange, ParticipantId, QuarantinedChange, RefusalReason,
    RoomFault, Turn,
};
use super::unseen::Unseen;
use super::{Here, Permission, Room};
use crate::access::{Access, Act, DocumentKind};
use crate::close::{CloseCode, CloseReason};
use crate::handshake::{DocumentMessage, Inbound};
use crate::sync::{IncomingChange, SyncMessage, read_changes};
use crate::wire::{Notice, StorageId};

/// What was judged in a turn and becomes true when it is stored.
#[derive(Default)]
pub(super) struct Pending {
    /// What was applied, with the connection that it came from; ours came from none.
    pub(super) applied: Vec<(DocumentId, IncomingChange, Option<ConnectionId>)>,
    /// The messages without their changes, in the order in which they came.
    heard: Vec<Heard>,
    pub(super) bindings: BTreeMap<ActorId, ParticipantId>,
    /// Actors among them of which the record says nothing, as their first changes are nobody's.
    pub(super) taken_up: BTreeSet<ActorId>,
    refused: BTreeMap<(ConnectionId, DocumentId), (RefusalReason, Vec<automerge::ChangeHash>)>,
    /// Whether there is more or less work that is held back, beside what was refused in this turn.
    pub(super) held_moved: bool,
}

impl Pending {
    /// Nothing but whether there is more or less work that is held back.
    pub(super) fn of_held(held_moved: bool) -> Self {
        Self {
            held_moved,
            ..Self::default()
        }
    }

    /// Notes that a change was refused, for the words to whoever brought it.
    pub(super) fn refuse(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        reason: RefusalReason,
        hash: automerge::ChangeHash,
    ) {
        let told = self.refused.entry((connection, document));
        told.or_insert((reason, Vec::new())).1.push(hash);
    }
}

struct Heard {
    connection: ConnectionId,
    document: DocumentId,
    message: SyncMessage,
    brought_changes: bool,
    is_request: bool,
}

/// What the inputs of one turn add up to before anything is judged.
#[derive(Default)]
pub(super) struct Collected {
    candidates: BTreeMap<DocumentId, Vec<Candidate>>,
    /// What came for documents that its sender may not read.
    pub(super) unseen: Vec<Unseen>,
    heard: Vec<Heard>,
    pub(super) closes: BTreeMap<ConnectionId, CloseReason>,
    /// How much memory the changes take, in bytes.
    bytes: usize,
}

impl Collected {
    /// Counts the memory that changes take.
    pub(super) fn count(&mut self, changes: &[IncomingChange]) {
        let bytes = changes.iter().map(IncomingChange::memory_bytes);
        self.bytes = self.bytes.saturating_add(bytes.sum());
    }
}

impl Room {
    /// Judges what came in since the last turn: all of it, unless the changes in it take more memory
    /// than [`turn_bytes`](crate::limits::Limits::turn_bytes); then the rest is handed back, for the
    /// turn that follows. The caller stores the commit, if any, and calls [`Room::committed`]; until
    /// then nothing leaves the room.
    ///
    /// # Errors
    ///
    /// Automerge could not apply what looked right. The room must not be used any more.
    pub fn turn(&mut self, now_ms: i64, inputs: Vec<Input>) -> Result<Turn, RoomFault> {
        debug_assert!(
            self.pending.is_none(),
            "a turn began before the last one was committed"
        );
        let mut collected = Collected::default();
        let mut inputs = inputs.into_iter();
        // Whatever roles and documents it is for, a change takes memory as soon as it is read.
        while collected.bytes < self.config.limits.turn_bytes
            && let Some(input) = inputs.next()
        {
            self.take(now_ms, input, &mut collected);
        }
        let mut pending = Pending {
            heard: core::mem::take(&mut collected.heard),
            ..Pending::default()
        };
        let mut commit = Commit::default();
        for (document, candidates) in self.in_order(&mut collected) {
            let before = self.actors_before(document, &candidates);
            let mut judgement = self.judge(document, candidates, &pending.bindings)?;
            for connection in &judgement.overflowing {
                let reason = CloseReason::new(
                    CloseCode::TooLarge,
                    "too many changes wait for others that never came",
                );
                collected.closes.insert(*connection, reason);
            }
            let accepted = judgement.accepted.iter().map(|it| it.incoming.hash);
            let accepted: BTreeSet<_> = accepted.collect();
            // What somebody else was entitled to bring is in, and need not be kept aside.
            let refused = &mut judgement.refused;
            refused.retain(|(candidate, _)| !accepted.contains(&candidate.incoming.hash));
            self.record(now_ms, document, judgement, &mut pending, &mut commit);
            for (connection, reason) in self.heal(&accepted) {
                // Whoever is closed for another reason hears that one.
                collected.closes.entry(connection).or_insert(reason);
            }
            if let (false, Some(before)) = (accepted.is_empty(), before) {
                self.came_back(document, &accepted);
                let closes = self.remember(&before, &mut commit, &mut pending);
                collected.closes.extend(closes);
            }
        }
        self.keep_unseen(now_ms, &mut collected, &mut pending, &mut commit);
        self.record_bindings(now_ms, &mut commit, &mut pending)?;
        self.close_full_quarantines(&mut collected.closes);
        self.pending = Some(pending);
        // Who is sent away now is not listened to any more.
        let closes = collected.closes;
        let rest = inputs.filter(|input| match input {
            Input::Message { connection, .. } => !closes.contains_key(connection),
            Input::Join(_) | Input::Leave(_) => true,
        });
        Ok(Turn {
            commit: (!commit.is_empty()).then_some(commit),
            rest: rest.collect(),
            closes: closes.into_iter().collect(),
        })
    }

    /// The candidates of each document, the record's first: it tells whose the others are. When a
    /// part of it comes back, what waited in the other documents is looked at again.
    fn in_order(&self, collected: &mut Collected) -> Vec<(DocumentId, Vec<Candidate>)> {
        let mut candidates = core::mem::take(&mut collected.candidates);
        let record = self.id_of(DocumentKind::Record);
        let first = record.and_then(|id| Some((id, candidates.remove(&id)?)));
        let comes_back = first
            .as_ref()
            .is_some_and(|(id, candidates)| !self.vouching(*id, candidates).changes.is_empty());
        if comes_back {
            for id in self.documents.keys().filter(|id| Some(**id) != record) {
                candidates.entry(*id).or_default();
            }
        }
        first.into_iter().chain(candidates).collect()
    }

    /// What the record says of actors, if candidates for it may be accepted: parts that a peer
    /// brings back.
    fn actors_before(
        &self,
        id: DocumentId,
        candidates: &[Candidate],
    ) -> Option<BTreeMap<ActorId, ParticipantId>> {
        let is_record = self.id_of(DocumentKind::Record) == Some(id);
        let comes_back = is_record && !self.vouching(id, candidates).changes.is_empty();
        comes_back.then(|| self.recorded_actors())
    }

    fn take(&mut self, now_ms: i64, input: Input, collected: &mut Collected) {
        match input {
            Input::Join(mut member) => {
                // They may have been merged since they were let in.
                member.participant = self.aliases.truly(&member.participant).clone();
                let mut here = Here::new(member, &self.config);
                if self.config.binds_actors {
                    here.tell_who_they_are();
                }
                self.members.insert(here.member.connection, here);
            }
            Input::Leave(connection) => {
                self.members.remove(&connection);
                for document in self.documents.values_mut() {
                    document.followers.remove(&connection);
                }
                collected
                    .heard
                    .retain(|heard| heard.connection != connection);
            }
            Input::Message {
                connection,
                message,
            } => {
                if !self.members.contains_key(&connection)
                    || collected.closes.contains_key(&connection)
                {
                    return;
                }
                if let Err(reason) = self.hear(now_ms, connection, message, collected) {
                    collected.closes.insert(connection, reason);
                }
            }
        }
    }

    fn hear(
        &mut self,
        now_ms: i64,
        connection: ConnectionId,
        message: Inbound,
        collected: &mut Collected,
    ) -> Result<(), CloseReason> {
        match message {
            Inbound::Subscription { add, remove } => self.subscribe(connection, add, &remove),
            Inbound::Leave => Ok(()),
            Inbound::Document { document, message } => match message {
                DocumentMessage::Request(data) => {
                    self.hear_sync(connection, document, &data, true, collected)
                }
                DocumentMessage::Sync(data) => {
                    self.hear_sync(connection, document, &data, false, collected)
                }
                DocumentMessage::Ephemeral {
                    session,
                    count,
                    data,
                } => {
                    self.forward_presence(
                        now_ms,
                        connection,
                        document,
                        Spoken {
                            session,
                            count,
                            data,
                        },
                    );
                    Ok(())
                }
                DocumentMessage::Receipt { heads, receipt } => {
                    self.hear_receipt(connection, document, &heads, &receipt)
                }
                // What a peer lacks or has saved elsewhere is of no use to a relay that holds all.
                DocumentMessage::Unavailable | DocumentMessage::RemoteHeads(_) => Ok(()),
            },
        }
    }

    fn hear_sync(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        data: &bytes::Bytes,
        is_request: bool,
        collected: &mut Collected,
    ) -> Result<(), CloseReason> {
        let protocol_error = |message: String| CloseReason::new(CloseCode::ProtocolError, message);
        let mut message = SyncMessage::parse(data, &self.config.limits)
            .map_err(|error| protocol_error(error.to_string()))?;
        let permission = self.permission(connection, &document);
        let may_write = self.may_write(connection, &document);
        let room_document = match self.documents.get_mut(&document) {
            Some(room_document) if permission != Permission::None => room_document,
            _ => return self.hear_unseen(connection, document, &message, collected),
        };
        room_document.followers.entry(connection).or_default();
        let chunks = core::mem::take(&mut message.changes);
        let brought_changes = !chunks.is_empty();
        let log = &room_document.log;
        let incoming = read_changes(&chunks, &self.config.limits, |hash| log.contains(hash))
            .map_err(|error| CloseReason::new(error.close_code(), error.to_string()))?;
        collected.count(&incoming);
        if let (false, Some(here)) = (incoming.is_empty(), self.members.get(&connection)) {
            let candidates = collected.candidates.entry(document).or_default();
            candidates.extend(incoming.into_iter().map(|incoming| Candidate {
                connection,
                participant: here.member.participant.clone(),
                keeps_receipts: here.member.reads_notices,
                may_write,
                enters_for_others: here.member.access.may(Act::WriteForAnother, &self.stage),
                incoming,
            }));
        }
        collected.heard.push(Heard {
            connection,
            document,
            message,
            brought_changes,
            is_request,
        });
        Ok(())
    }

    /// Whether a connection may write a document at all, and if not, why.
    fn may_write(&self, connection: ConnectionId, id: &DocumentId) -> Result<(), RefusalReason> {
        match (self.members.get(&connection), self.documents.get(id)) {
            (Some(here), Some(document)) => {
                may_write(here.member.access, document.kind, &self.stage)
            }
            _ => Err(RefusalReason::NotAllowed),
        }
    }

    /// Says that a document is not here, in the same words whether it does not exist or is not
    /// for this connection.
    pub(super) fn deny(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
    ) -> Result<(), CloseReason> {
        let limit = self.config.limits.documents_per_connection;
        let Some(here) = self.members.get_mut(&connection) else {
            return Ok(());
        };
        here.unavailable.insert(document);
        if here.unavailable.len() > limit {
            return Err(CloseReason::new(
                CloseCode::TooLarge,
                format!("more than {limit} documents asked for"),
            ));
        }
        Ok(())
    }

    fn subscribe(
        &mut self,
        connection: ConnectionId,
        add: Vec<StorageId>,
        remove: &[StorageId],
    ) -> Result<(), CloseReason> {
        let limit = self.config.limits.subscriptions;
        let Some(here) = self.members.get_mut(&connection) else {
            return Ok(());
        };
        here.subscriptions.extend(add);
        for storage in remove {
            here.subscriptions.remove(storage);
        }
        if here.subscriptions.len() > limit {
            return Err(CloseReason::new(
                CloseCode::TooLarge,
                format!("more than {limit} subscriptions"),
            ));
        }
        for document in self.documents.values_mut() {
            if let Some(follower) = document.followers.get_mut(&connection) {
                follower.announced = None;
            }
        }
        Ok(())
    }

    /// Judges one document's candidates and applies what was accepted as one batch.
    fn judge(
        &mut self,
        id: DocumentId,
        candidates: Vec<Candidate>,
        just_bound: &BTreeMap<ActorId, ParticipantId>,
    ) -> Result<Judgement, RoomFault> {
        let vouching = self.vouching(id, &candidates);
        let (members, stage) = (&self.members, &self.stage);
        let Some(document) = self.documents.get_mut(&id) else {
            return Ok(Judgement::default());
        };
        let kind = document.kind;
        let judge = Judge {
            entries: (kind == DocumentKind::Discussion).then(|| Entries::of(&document.automerge)),
            document,
            bindings: &self.bindings,
            aliases: &self.aliases,
            just_bound,
            ownerless: &self.ownerless,
            people: &self.people,
            vouching,
            restored_ms: self.config.restored_ms,
            binds_actors: self.config.binds_actors,
            limits: &self.config.limits,
        };
        let mut judgement = judge.judge(candidates, |connection| {
            let member = &members.get(&connection)?.member;
            Some(Sender {
                participant: member.participant.clone(),
                keeps_receipts: member.reads_notices,
                may_write: may_write(member.access, kind, stage),
                enters_for_others: member.access.may(Act::WriteForAnother, stage),
            })
        });
        // Who left in this turn has no use for a sync state any more.
        document
            .followers
            .retain(|connection, _| members.contains_key(connection));
        if self.config.careful {
            document.refuse_what_fails(&mut judgement);
        }
        if !judgement.accepted.is_empty() {
            let changes = judgement
                .accepted
                .iter()
                .map(|candidate| candidate.incoming.change.clone())
                .collect();
            apply(&mut document.automerge, changes)?;
        }
        Ok(judgement)
    }

    /// Writes down what a judgement means for storage and for the time after it.
    fn record(
        &mut self,
        now_ms: i64,
        id: DocumentId,
        judgement: Judgement,
        pending: &mut Pending,
        commit: &mut Commit,
    ) {
        self.note_newcomers(now_ms, &judgement, pending, commit);
        self.note_returned(now_ms, id, &judgement, commit);
        self.ownerless.extend(judgement.returned);
        pending.taken_up.extend(judgement.taken_up);
        for (_, by, entry, speaker) in judgement.entered {
            commit.audit.push(AuditEntry {
                at_ms: now_ms,
                by,
                what: "entered-for",
                details: vec![
                    ("participant", speaker.as_str().to_owned()),
                    ("entry", entry),
                ],
            });
        }
        for candidate in judgement.accepted {
            commit.changes.push(NewChange {
                document: id,
                hash: candidate.incoming.hash,
                bytes: candidate.incoming.bytes.clone(),
                actor: candidate.incoming.change.actor_id().clone(),
                participant: candidate.participant.clone(),
                received_ms: now_ms,
            });
            let from = Some(candidate.connection);
            pending.applied.push((id, candidate.incoming, from));
        }
        for (candidate, reason) in judgement.refused {
            if !self.is_kept(id, &candidate) {
                continue;
            }
            pending.refuse(candidate.connection, id, reason, candidate.incoming.hash);
            commit.quarantined.push(QuarantinedChange {
                document: id,
                hash: candidate.incoming.hash,
                bytes: candidate.incoming.inflated(),
                participant: candidate.participant,
                reason,
                received_ms: now_ms,
            });
        }
        let bound = judgement.bindings.iter();
        commit
            .bindings
            .extend(bound.map(|(actor, owner)| (actor.clone(), owner.clone())));
        pending.bindings.extend(judgement.bindings);
    }

    /// Takes in what the last turn judged, now that it is stored. From here on it may be told.
    pub fn committed(&mut self, now_ms: i64) {
        let Some(pending) = self.pending.take() else {
            return;
        };
        self.bindings.extend(pending.bindings);
        for (id, incoming, from) in pending.applied {
            if let Some(document) = self.documents.get_mut(&id) {
                document.log.push(&incoming.change, incoming.bytes, from);
                // Peers ignore an announcement whose time does not rise.
                document.moved_ms = now_ms.max(document.moved_ms + 1);
            }
        }
        for heard in pending.heard {
            self.understand(heard);
        }
        if pending.held_moved || !pending.refused.is_empty() {
            self.held_moved();
        }
        for ((connection, document), (reason, hashes)) in pending.refused {
            if let Some(here) = self.members.get_mut(&connection) {
                here.notify(Notice::Quarantined {
                    document,
                    hashes,
                    message: reason.explanation().to_owned(),
                });
            }
        }
    }

    fn understand(&mut self, heard: Heard) {
        let open_mode = !self.config.binds_actors;
        let Some(document) = self.documents.get_mut(&heard.document) else {
            return;
        };
        let standing = document.standing(heard.connection, &heard.message);
        let is_empty = document.log.is_empty();
        let Some(follower) = document.followers.get_mut(&heard.connection) else {
            return;
        };
        let knows_nothing = heard.message.heads.is_empty();
        let is_closed = standing.missing.is_empty();
        follower
            .sync
            .receive(heard.message, heard.brought_changes, standing);
        if open_mode && is_empty && knows_nothing && heard.is_request {
            // Nobody has this document yet. The peer is told so, and hears of it when it comes.
            follower.sync.answer(&document.log);
            if let Some(here) = self.members.get_mut(&heard.connection) {
                here.unavailable.insert(heard.document);
            }
        }
        if follower.restricted && is_closed {
            // All that the peer had to say is in quarantine: now it may be told to stop.
            follower.sync.tell_read_only();
        }
    }
}

/// Whether somebody may write a document of this kind at this stage, and if not, why.
fn may_write(access: Access, kind: DocumentKind, stage: &Stage) -> Result<(), RefusalReason> {
    if access.permission(kind, stage) == Permission::Write {
        Ok(())
    } else if access.permission(kind, &Stage::Drafting) == Permission::Write {
        Err(RefusalReason::Stage)
    } else {
        Err(RefusalReason::NotAllowed)
    }
}
