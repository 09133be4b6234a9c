//! What the relay writes into a draft's documents itself, under an actor of its own.

use automerge::{ActorId, Automerge};
use plenary_draft::document::{contain, random_actor};
use plenary_draft::edit::EditError;
use plenary_draft::{DocumentId, Record, RecordEditor, Stage};
use rand_core::Rng;

use super::request::{Carried, Failure, RequestRefused};
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

    /// The actor under which the relay writes for as long as the room is loaded. It is fresh each
    /// time, so a relay that starts from a backup never uses a sequence number twice.
    fn our_actor(&mut self, rng: &mut impl Rng) -> ActorId {
        self.our_actor
            .get_or_insert_with(|| random_actor(rng))
            .clone()
    }

    /// Writes the record with `write`, and notes the change for the commit.
    pub(super) fn write_record<R: Rng, T>(
        &mut self,
        now_ms: i64,
        rng: &mut R,
        carried: &mut Carried,
        write: impl FnOnce(&mut RecordEditor<'_, R>) -> Result<T, EditError>,
    ) -> Result<T, Failure> {
        let id = self
            .id_of(DocumentKind::Record)
            .ok_or(RequestRefused::NoRecord)?;
        let actor = self.our_actor(rng);
        let document = self
            .documents
            .get_mut(&id)
            .ok_or(RequestRefused::NoRecord)?;
        let record = &mut document.automerge;
        let before = record.get_heads();
        record.set_actor(actor.clone());
        let written = contain(|| write(&mut RecordEditor::new(record, rng, now_ms)))
            .map_err(|panic| RoomFault(format!("Automerge panicked while writing: {panic}")))?
            .map_err(|error| RequestRefused::Unwritable(error.to_string()))?;
        let ours = record.get_changes(&before);
        let owner = (actor, ParticipantId::relay());
        if !ours.is_empty()
            && !self.bindings.contains_key(&owner.0)
            && !carried.commit.bindings.contains(&owner)
        {
            carried.commit.bindings.push(owner.clone());
            carried.pending.bindings.push(owner);
        }
        note_ours(now_ms, id, ours, &mut carried.commit, &mut carried.pending);
        Ok(written)
    }
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
