//! Writing entries of the record and of the discussion.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ChangeHash, ObjType, ROOT, ReadDoc};
use rand_core::Rng;

use super::plan::map;
use super::{EditError, commit};
use crate::keys::{
    CommentId, EntryId, GroupId, MilestoneId, ParticipantId, PositionId, RecommendationId,
    SuggestionId,
};
use crate::schema::discussion::{Comment, Position, Suggestion};
use crate::schema::record::{
    Attachment, Designation, Disposition, Group, Milestone, Moderation, Recommendation, Record,
    StageChange, SuggestionStatus,
};
use crate::schema::{Fields, names, put_entry};
use crate::sections::order;

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

/// One stakeholder group, as somebody wants the list to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChoice {
    /// Its key; absent for a new group.
    pub id: Option<GroupId>,
    /// Its name.
    pub name: String,
}

/// The time of changes that say none.
const NO_TIME: i64 = 0;

/// Notes in a record to whom actors belong, in one change by the document's own actor, which says no
/// time: it would tell when somebody began to write, also of those who withhold who they are. Returns
/// `None` when the record says all of it already.
pub fn bind_actors<'b>(
    record: &mut Automerge,
    bindings: impl IntoIterator<Item = (&'b ActorId, &'b ParticipantId)>,
) -> Result<Option<ChangeHash>, EditError> {
    let ((), change) = commit(record, NO_TIME, names::ACTORS, |transaction| {
        let actors = map(transaction, names::ACTORS)?;
        for (actor, participant) in bindings {
            let key = actor.to_hex_string();
            let there = transaction.get(&actors, key.as_str())?;
            if there.as_ref().and_then(|(it, _)| it.as_str()) != Some(participant.as_str()) {
                transaction.put(&actors, key, participant.as_str())?;
            }
        }
        Ok(())
    })?;
    Ok(change)
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

    /// Notes to whom actors belong, in one change. Returns `None` when the record says all of it
    /// already.
    pub fn bind_actors<'b>(
        &mut self,
        bindings: impl IntoIterator<Item = (&'b ActorId, &'b ParticipantId)>,
    ) -> Result<Option<ChangeHash>, EditError> {
        bind_actors(self.document, bindings)
    }

    /// Makes `choices` the stakeholder groups, in their order, in one change. Returns their keys;
    /// nothing is written when the record says all of it already. A choice with a key that the
    /// record has not got makes a new group.
    pub fn set_groups(&mut self, choices: &[GroupChoice]) -> Result<Vec<GroupId>, EditError> {
        let groups = Record::read(self.document).groups;
        let mut kept: Vec<(GroupId, String)> = Vec::with_capacity(choices.len());
        for choice in choices {
            let known = choice
                .id
                .clone()
                .filter(|id| groups.contains_key(id) && kept.iter().all(|(other, _)| other != id));
            let id = known.unwrap_or_else(|| GroupId::random(self.rng));
            kept.push((id, choice.name.clone()));
        }
        let mut is_now: Vec<_> = groups.iter().collect();
        is_now.sort_by_key(|(id, group)| (&group.order, *id));
        let is_same = is_now.len() == kept.len()
            && (is_now.iter().zip(&kept))
                .all(|((id, group), (kept, name))| *id == kept && group.name == *name);
        let ids = kept.iter().map(|(id, _)| id.clone()).collect();
        if is_same {
            return Ok(ids);
        }
        let infix = order::random_infix(self.rng);
        let orders = order::keys_between(None, None, kept.len().max(1), &infix);
        commit(self.document, self.now_ms, names::GROUPS, |transaction| {
            let parent = map(transaction, names::GROUPS)?;
            for id in groups.keys() {
                if kept.iter().all(|(kept, _)| kept != id) {
                    transaction.delete(&parent, id.as_str())?;
                }
            }
            for ((id, name), order) in kept.into_iter().zip(orders.unwrap_or_default()) {
                put_entry(
                    transaction,
                    &parent,
                    id.as_str(),
                    Group { name, order }.fields(),
                )?;
            }
            Ok(())
        })?;
        Ok(ids)
    }

    /// Hides an entry of the discussion, or shows it again.
    pub fn moderate(&mut self, entry: &EntryId, moderation: &Moderation) -> Result<(), EditError> {
        commit(
            self.document,
            self.now_ms,
            names::MODERATIONS,
            |transaction| {
                let parent = match map(transaction, names::MODERATIONS) {
                    Ok(parent) => parent,
                    // Records from before there were moderations get the map with the first one.
                    Err(_) => transaction.put_object(ROOT, names::MODERATIONS, ObjType::Map)?,
                };
                put_entry(transaction, &parent, entry.as_str(), moderation.fields())?;
                Ok(())
            },
        )?;
        Ok(())
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
