//! What the relay writes into a draft's documents itself, under an actor of its own.

use automerge::{ActorId, Automerge};
use plenary_draft::document::contain;
use plenary_draft::edit::{EditError, bind_actors};
use plenary_draft::{DocumentId, Record, Stage};

use super::request::{Failure, RequestRefused};
use super::types::{Commit, NewChange, ParticipantId, RoomFault};
use super::{Room, turn::Pending};
use crate::access::DocumentKind;
use crate::sync::IncomingChange;

impl Room {
    /// The document of a kind, of which a draft has one each.
    pub(super) fn id_of(&self, kind: DocumentKind) -> Option<DocumentId> {
        let mut documents = self.documents.iter();
        let (id, _) = documents.find(|(_, document)| document.kind == kind)?;
        Some(*id)
    }

    /// The record as it is in memory.
    pub(super) fn record_document(&self) -> Option<&Automerge> {
        self.document(&self.id_of(DocumentKind::Record)?)
    }

    /// Where the draft stands, as the record says it. Open documents have no stage.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Reads the stage out of the record; drafting where there is no record, or no word in it.
    pub(super) fn recorded_stage(&self) -> Stage {
        match self
            .record_document()
            .map(|record| Record::read(record).stage)
        {
            Some(Stage::Other(word)) if word.is_empty() => Stage::Drafting,
            Some(stage) => stage,
            None => Stage::Drafting,
        }
    }

    /// Writes the record with `write` under the relay's own actor, and notes the change.
    pub(super) fn write_record<T>(
        &mut self,
        now_ms: i64,
        commit: &mut Commit,
        pending: &mut Pending,
        write: impl FnOnce(&mut Automerge) -> Result<T, EditError>,
    ) -> Result<T, Failure> {
        let id = self
            .id_of(DocumentKind::Record)
            .ok_or(RequestRefused::NoRecord)?;
        let document = self
            .documents
            .get_mut(&id)
            .ok_or(RequestRefused::NoRecord)?;
        let record = &mut document.automerge;
        let before = record.get_heads();
        record.set_actor(self.config.actor.clone());
        let written = contain(|| write(record))
            .map_err(|_| RoomFault("Automerge panicked while writing".into()))?
            .map_err(|error| RequestRefused::Unwritable(error.to_string()))?;
        let ours = record.get_changes(&before);
        let actor = &self.config.actor;
        let is_bound = self.bindings.contains_key(actor) || pending.bindings.contains_key(actor);
        if !ours.is_empty() && !is_bound {
            commit
                .bindings
                .push((actor.clone(), ParticipantId::relay()));
            pending
                .bindings
                .insert(actor.clone(), ParticipantId::relay());
        }
        note_ours(now_ms, id, ours, commit, pending);
        Ok(written)
    }

    /// Writes into the record to whom the actors belong that were bound in this turn. So whoever
    /// holds a change also holds, in the record, whose it is; and so does a relay that has
    /// forgotten it. Of an actor whose first changes are nobody's the record says nothing: they would
    /// become whoever's who writes on under it.
    pub(super) fn record_bindings(
        &mut self,
        now_ms: i64,
        commit: &mut Commit,
        pending: &mut Pending,
    ) -> Result<(), RoomFault> {
        if commit.bindings.is_empty() || self.id_of(DocumentKind::Record).is_none() {
            return Ok(());
        }
        let relay = ParticipantId::relay();
        let people: Vec<_> = commit
            .bindings
            .iter()
            .filter(|(actor, owner)| *owner != relay && !pending.taken_up.contains(actor))
            .map(|(actor, owner)| (actor.clone(), in_record(owner)))
            .collect();
        match self.bind_in_record(now_ms, &people, commit, pending) {
            // A record that cannot be written says less; what was judged stays judged.
            Ok(()) | Err(Failure::Refused(_)) => Ok(()),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// Writes into the record to whom these actors belong.
    pub(super) fn bind_in_record(
        &mut self,
        now_ms: i64,
        people: &[(ActorId, plenary_draft::ParticipantId)],
        commit: &mut Commit,
        pending: &mut Pending,
    ) -> Result<(), Failure> {
        let people = people.iter().map(|(actor, owner)| (actor, owner));
        let write = |record: &mut Automerge| bind_actors(record, people);
        self.write_record(now_ms, commit, pending, write)?;
        Ok(())
    }
}

/// A participant as documents write it.
pub(super) fn in_record(participant: &ParticipantId) -> plenary_draft::ParticipantId {
    plenary_draft::ParticipantId::from_key(participant.as_str())
}

/// Notes changes that the relay made itself: to be stored, and to be told once they are.
fn note_ours(
    now_ms: i64,
    document: DocumentId,
    ours: Vec<automerge::Change>,
    commit: &mut Commit,
    pending: &mut Pending,
) {
    for change in ours {
        let hash = change.hash();
        let bytes = bytes::Bytes::copy_from_slice(change.raw_bytes());
        commit.changes.push(NewChange {
            document,
            hash,
            bytes: bytes.clone(),
            actor: change.actor_id().clone(),
            participant: ParticipantId::relay(),
            received_ms: now_ms,
        });
        let incoming = IncomingChange {
            hash,
            change,
            bytes,
        };
        pending.applied.push((document, incoming, None));
    }
}
