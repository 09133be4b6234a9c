//! Writing entries of the record and of the discussion.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ChangeHash, ROOT, ReadDoc};
use rand_core::Rng;

use super::plan::map;
use super::{EditError, commit};
use crate::keys::{
    CommentId, EntryId, MilestoneId, ParticipantId, PositionId, RecommendationId, SuggestionId,
};
use crate::schema::discussion::{Comment, Position, Suggestion};
use crate::schema::record::{
    Attachment, Designation, Disposition, Milestone, Recommendation, StageChange, SuggestionStatus,
};
use crate::schema::{Fields, names, put_entry};

/// Writes to a draft's discussion, with the document's own actor, one change each.
#[derive(Debug)]
pub struct DiscussionEditor<'a, R> {
    document: &'a mut Automerge,
    rng: &'a mut R,
    now_ms: i64,
}

/// Writes to a draft's record, one change each. Only the relay does, after judging a request.
#[derive(Debug)]
pub struct RecordEditor<'a, R> {
    document: &'a mut Automerge,
    rng: &'a mut R,
    now_ms: i64,
}

fn put(
    document: &mut Automerge,
    now_ms: i64,
    map_name: &str,
    key: &str,
    fields: Fields,
) -> Result<Option<ChangeHash>, EditError> {
    let ((), change) = commit(document, now_ms, map_name, |transaction| {
        let parent = map(transaction, map_name)?;
        put_entry(transaction, &parent, key, fields)?;
        Ok(())
    })?;
    Ok(change)
}

impl<'a, R: Rng> DiscussionEditor<'a, R> {
    /// Writes to `document`, with times from `now_ms` (milliseconds since the Unix epoch).
    pub fn new(document: &'a mut Automerge, rng: &'a mut R, now_ms: i64) -> Self {
        Self {
            document,
            rng,
            now_ms,
        }
    }

    /// Adds a comment.
    pub fn add_comment(&mut self, comment: &Comment) -> Result<CommentId, EditError> {
        let id = CommentId::random(self.rng);
        put(
            self.document,
            self.now_ms,
            names::COMMENTS,
            id.as_str(),
            comment.fields(),
        )?;
        Ok(id)
    }

    /// Adds a suggestion.
    pub fn add_suggestion(&mut self, suggestion: &Suggestion) -> Result<SuggestionId, EditError> {
        let id = SuggestionId::random(self.rng);
        let fields = suggestion.fields();
        put(
            self.document,
            self.now_ms,
            names::SUGGESTIONS,
            id.as_str(),
            fields,
        )?;
        Ok(id)
    }

    /// Adds a position.
    pub fn add_position(&mut self, position: &Position) -> Result<PositionId, EditError> {
        let id = PositionId::random(self.rng);
        put(
            self.document,
            self.now_ms,
            names::POSITIONS,
            id.as_str(),
            position.fields(),
        )?;
        Ok(id)
    }
}

impl<'a, R: Rng> RecordEditor<'a, R> {
    /// Writes to `document`, with times from `now_ms` (milliseconds since the Unix epoch).
    pub fn new(document: &'a mut Automerge, rng: &'a mut R, now_ms: i64) -> Self {
        Self {
            document,
            rng,
            now_ms,
        }
    }

    /// Notes to whom an actor belongs. Returns `None` when the record says so already.
    pub fn bind_actor(
        &mut self,
        actor: &ActorId,
        participant: &ParticipantId,
    ) -> Result<Option<ChangeHash>, EditError> {
        let ((), change) = commit(self.document, self.now_ms, names::ACTORS, |transaction| {
            let actors = map(transaction, names::ACTORS)?;
            let key = actor.to_hex_string();
            let there = transaction.get(&actors, key.as_str())?;
            if there.as_ref().and_then(|(it, _)| it.as_str()) != Some(participant.as_str()) {
                transaction.put(&actors, key, participant.as_str())?;
            }
            Ok(())
        })?;
        Ok(change)
    }

    /// Changes the stage.
    pub fn set_stage(&mut self, stage: &StageChange) -> Result<EntryId, EditError> {
        let id = EntryId::random(self.rng);
        commit(self.document, self.now_ms, names::STAGES, |transaction| {
            let stages = map(transaction, names::STAGES)?;
            put_entry(transaction, &stages, id.as_str(), stage.fields())?;
            transaction.put(ROOT, names::STAGE, stage.stage.as_word())?;
            Ok(())
        })?;
        Ok(id)
    }

    /// Cuts a milestone.
    pub fn add_milestone(&mut self, milestone: &Milestone) -> Result<MilestoneId, EditError> {
        let id = MilestoneId::random(self.rng);
        put(
            self.document,
            self.now_ms,
            names::MILESTONES,
            id.as_str(),
            milestone.fields(),
        )?;
        Ok(id)
    }

    /// Marks a recommendation.
    pub fn add_recommendation(
        &mut self,
        recommendation: &Recommendation,
    ) -> Result<RecommendationId, EditError> {
        let id = RecommendationId::random(self.rng);
        let fields = recommendation.fields();
        put(
            self.document,
            self.now_ms,
            names::RECOMMENDATIONS,
            id.as_str(),
            fields,
        )?;
        Ok(id)
    }

    /// Designates a level of consensus.
    pub fn add_designation(&mut self, designation: &Designation) -> Result<EntryId, EditError> {
        let id = EntryId::random(self.rng);
        let fields = designation.fields();
        put(
            self.document,
            self.now_ms,
            names::DESIGNATIONS,
            id.as_str(),
            fields,
        )?;
        Ok(id)
    }

    /// Decides on a suggestion.
    pub fn set_suggestion_status(
        &mut self,
        suggestion: &SuggestionId,
        status: &SuggestionStatus,
    ) -> Result<(), EditError> {
        let (key, fields) = (suggestion.as_str(), status.fields());
        put(
            self.document,
            self.now_ms,
            names::SUGGESTION_STATUSES,
            key,
            fields,
        )?;
        Ok(())
    }

    /// Disposes of a comment.
    pub fn set_disposition(
        &mut self,
        comment: &CommentId,
        disposition: &Disposition,
    ) -> Result<(), EditError> {
        let (key, fields) = (comment.as_str(), disposition.fields());
        put(self.document, self.now_ms, names::DISPOSITIONS, key, fields)?;
        Ok(())
    }

    /// Notes a file that belongs to the draft, by the SHA-256 of its bytes in hexadecimal.
    pub fn add_attachment(
        &mut self,
        sha256: &str,
        attachment: &Attachment,
    ) -> Result<(), EditError> {
        let fields = attachment.fields();
        put(
            self.document,
            self.now_ms,
            names::ATTACHMENTS,
            sha256,
            fields,
        )?;
        Ok(())
    }
}
