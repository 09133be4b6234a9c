//! Requests: what the relay writes by itself, judged in the room's one order.
//!
//! A request is a turn of its own. What came before it is judged and stored, what comes after it
//! meets the draft as the request left it; so finalising and a keystroke have one order, too.

mod held;
mod types;

use automerge::{Automerge, ROOT, ReadDoc};
use plenary_draft::edit::EditError;
use plenary_draft::schema::record::{DraftHeads, Milestone, Moderation, StageChange};
use plenary_draft::{EntryId, GroupChoice, Record, RecordEditor, Stage};
use rand_core::Rng;

pub use types::{
    Answered, AuditEntry, Held, Outcome, QuarantineDecision, RecordRequest, Request, RequestRefused,
};

use super::discussion::ENTRY_MAPS;
use super::record::in_record;
use super::turn::Pending;
use super::types::{Commit, ConnectionId, RoomFault, Turn};
use super::{ParticipantId, Room};
use crate::access::{DocumentKind, least_role};
use crate::close::{CloseCode, CloseReason};
use crate::wire::Notice;
use types::joined;

/// The longest name of a group or milestone, in characters.
const NAME_CHARACTERS: usize = 200;
/// The longest reason, in characters.
const REASON_CHARACTERS: usize = 4000;
/// How many stakeholder groups a draft may have.
const MOST_GROUPS: usize = 100;

/// What a request adds up to while it is carried out.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) commit: Commit,
    pub(super) pending: Pending,
    pub(super) closes: Vec<(ConnectionId, CloseReason)>,
}

/// Why a request could not be carried out: it is refused, or the room is broken.
pub(super) enum Failure {
    Refused(RequestRefused),
    Fault(RoomFault),
}

impl From<RequestRefused> for Failure {
    fn from(refused: RequestRefused) -> Self {
        Self::Refused(refused)
    }
}

impl From<RoomFault> for Failure {
    fn from(fault: RoomFault) -> Self {
        Self::Fault(fault)
    }
}

impl Room {
    /// Judges a request and carries it out. The caller stores the commit, if any, and calls
    /// [`Room::committed`], as after [`Room::turn`]; until then nothing leaves the room, and the
    /// answer is not given.
    ///
    /// # Errors
    ///
    /// Automerge panicked. The room must not be used any more.
    pub fn request(
        &mut self,
        now_ms: i64,
        rng: &mut impl Rng,
        request: Request,
    ) -> Result<Answered, RoomFault> {
        debug_assert!(
            self.pending.is_none(),
            "a request began before the last turn was committed"
        );
        let mut carried = Carried::default();
        let outcome = match self.carry_out(now_ms, rng, request, &mut carried) {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Refused(refused)) => {
                carried = Carried::default();
                Err(refused)
            }
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        self.pending = Some(carried.pending);
        let commit = carried.commit;
        Ok(Answered {
            turn: Turn {
                commit: (!commit.is_empty()).then_some(commit),
                closes: carried.closes,
                rest: Vec::new(),
            },
            outcome,
        })
    }

    fn carry_out(
        &mut self,
        now_ms: i64,
        rng: &mut impl Rng,
        request: Request,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        if self.id_of(DocumentKind::Record).is_none() {
            return Err(RequestRefused::NoRecord.into());
        }
        let act = request.what.act();
        let stage = || self.stage.clone();
        let needs = least_role(act, &self.stage).ok_or_else(|| RequestRefused::Stage {
            act,
            stage: stage(),
        })?;
        if request.role < needs {
            let has = request.role;
            return Err(RequestRefused::RoleTooLow { act, has, needs }.into());
        }
        let by = request.by;
        match request.what {
            RecordRequest::SetStage {
                stage,
                reason,
                opens_ms,
                closes_ms,
            } => {
                let change = StageChange {
                    stage,
                    at_ms: now_ms,
                    by: Some(in_record(&by)),
                    opens_ms,
                    closes_ms,
                    reason: reason.map(|reason| reason.trim().to_owned()),
                };
                self.set_stage(now_ms, rng, &by, change, carried)
            }
            RecordRequest::SetGroups(choices) => self.set_groups(now_ms, rng, by, choices, carried),
            RecordRequest::Moderate {
                entry,
                hidden,
                reason,
            } => {
                let moderation = Moderation {
                    hidden,
                    reason: required(&reason)?,
                    at_ms: now_ms,
                    by: Some(in_record(&by)),
                };
                self.moderate(rng, by, &entry, moderation, carried)
            }
            RecordRequest::CutMilestone { name } => {
                let milestone = Milestone {
                    name: text("the name of a milestone", &name, NAME_CHARACTERS)?,
                    at_ms: now_ms,
                    by: Some(in_record(&by)),
                    stage: self.stage.clone(),
                    heads: self.draft_heads(),
                };
                self.cut_milestone(rng, by, milestone, carried)
            }
            RecordRequest::Admit(held) => self.admit(now_ms, &by, held, carried),
            RecordRequest::Decline { changes, reason } => {
                let reason = required(&reason)?;
                self.decline(now_ms, &by, &changes, &reason, carried)
            }
        }
    }

    fn set_stage(
        &mut self,
        now_ms: i64,
        rng: &mut impl Rng,
        by: &ParticipantId,
        change: StageChange,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        let from = self.stage.clone();
        let to = change.stage.clone();
        if let Stage::Other(word) = to {
            return Err(RequestRefused::UnknownStage(word).into());
        }
        check_times(&change)?;
        if let Some(reason) = &change.reason {
            text("a reason", reason, REASON_CHARACTERS)?;
        }
        if order_of(&to) < order_of(&from) && change.reason.is_none() {
            return Err(RequestRefused::ReasonMissing.into());
        }
        if to == from && self.is_as_it_was(&change) {
            return Ok(Outcome::Unchanged);
        }
        carried.write(self, now_ms, |record| {
            RecordEditor::new(record, rng, now_ms).set_stage(&change)
        })?;
        let time = |time_ms: Option<i64>| time_ms.map(|time_ms| time_ms.to_string());
        let details = [
            ("from", Some(from.as_word().to_owned())),
            ("to", Some(to.as_word().to_owned())),
            ("reason", change.reason),
            ("opens_ms", time(change.opens_ms)),
            ("closes_ms", time(change.closes_ms)),
        ];
        let details = details
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        carried.note(now_ms, by.clone(), "stage-set", details);
        carried.closes.extend(self.enter_stage(to.clone()));
        Ok(Outcome::StageSet { from, to })
    }

    /// Whether a change of stage says what the last one said.
    fn is_as_it_was(&self, change: &StageChange) -> bool {
        let Some(record) = self.record_document() else {
            return false;
        };
        let record = Record::read(record);
        let last = record
            .stages
            .iter()
            .max_by_key(|(key, it)| (it.at_ms, *key));
        last.is_none_or(|(_, last)| {
            (last.opens_ms, last.closes_ms) == (change.opens_ms, change.closes_ms)
        })
    }

    /// Takes the new stage as what counts. Who may write no longer is told; who may again dials
    /// anew, as nobody can be told by sync messages that an answer of "read only" was taken back.
    pub(super) fn enter_stage(&mut self, stage: Stage) -> Vec<(ConnectionId, CloseReason)> {
        let before = core::mem::replace(&mut self.stage, stage);
        let mut closes = Vec::new();
        for (connection, here) in &mut self.members {
            for (id, document) in &self.documents {
                let access = here.member.access;
                let was = access.permission(document.kind, &before);
                let is = access.permission(document.kind, &self.stage);
                if is > was {
                    let words = "the draft is open for changes";
                    let reason = CloseReason::new(CloseCode::RoleChanged, words);
                    closes.push((*connection, reason));
                    break;
                }
                if is < was && document.followers.contains_key(connection) {
                    here.notify(Notice::ReadOnly {
                        document: *id,
                        message: format!(
                            "the draft is at the stage \"{}\" now: what you have written \
                             before that is in, what comes after it is kept aside",
                            self.stage
                        ),
                    });
                }
            }
        }
        closes
    }

    fn set_groups(
        &mut self,
        now_ms: i64,
        rng: &mut impl Rng,
        by: ParticipantId,
        mut choices: Vec<GroupChoice>,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        for choice in &mut choices {
            choice.name = text("the name of a group", &choice.name, NAME_CHARACTERS)?;
        }
        let names: std::collections::BTreeSet<&str> =
            choices.iter().map(|choice| choice.name.as_str()).collect();
        if choices.is_empty() || choices.len() > MOST_GROUPS || names.len() < choices.len() {
            return Err(RequestRefused::BadGroups { most: MOST_GROUPS }.into());
        }
        let names = names.into_iter().collect::<Vec<_>>().join("; ");
        let ids = carried.write(self, now_ms, |record| {
            RecordEditor::new(record, rng, now_ms).set_groups(&choices)
        })?;
        if carried.commit.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        carried.note(now_ms, by, "groups-set", vec![("groups", names)]);
        Ok(Outcome::GroupsSet(ids))
    }

    fn moderate(
        &mut self,
        rng: &mut impl Rng,
        by: ParticipantId,
        entry: &EntryId,
        moderation: Moderation,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        if !self.discussion_has(entry) {
            return Err(RequestRefused::NoSuchEntry(entry.clone()).into());
        }
        let is_hidden = self.record_document().is_some_and(|record| {
            let moderations = Record::read(record).moderations;
            moderations.get(entry).is_some_and(|it| it.hidden)
        });
        if is_hidden == moderation.hidden {
            return Ok(Outcome::Unchanged);
        }
        let now_ms = moderation.at_ms;
        carried.write(self, now_ms, |record| {
            RecordEditor::new(record, rng, now_ms).moderate(entry, &moderation)
        })?;
        let what = if moderation.hidden {
            "entry-hidden"
        } else {
            "entry-shown"
        };
        let details = vec![("entry", entry.to_string()), ("reason", moderation.reason)];
        carried.note(now_ms, by, what, details);
        Ok(Outcome::Moderated)
    }

    /// Whether an entry of that key stands in one of the discussion's maps.
    fn discussion_has(&self, entry: &EntryId) -> bool {
        let discussion = self
            .id_of(DocumentKind::Discussion)
            .and_then(|id| self.document(&id));
        discussion.is_some_and(|discussion| {
            ENTRY_MAPS.iter().any(|name| {
                let map = discussion.get(ROOT, *name).ok().flatten();
                map.is_some_and(|(_, map)| {
                    matches!(discussion.get(&map, entry.as_str()), Ok(Some(_)))
                })
            })
        })
    }

    fn cut_milestone(
        &mut self,
        rng: &mut impl Rng,
        by: ParticipantId,
        milestone: Milestone,
        carried: &mut Carried,
    ) -> Result<Outcome, Failure> {
        let now_ms = milestone.at_ms;
        let id = carried.write(self, now_ms, |record| {
            RecordEditor::new(record, rng, now_ms).add_milestone(&milestone)
        })?;
        let details = vec![
            ("milestone", id.to_string()),
            ("name", milestone.name),
            ("text", joined(&milestone.heads.text)),
        ];
        carried.note(now_ms, by, "milestone-cut", details);
        let heads = milestone.heads;
        Ok(Outcome::MilestoneCut { id, heads })
    }

    /// The heads of the three documents as they are now.
    fn draft_heads(&self) -> DraftHeads {
        let heads = |kind| {
            let id = self.id_of(kind);
            let document = id.and_then(|id| self.documents.get(&id));
            document.map_or_else(Vec::new, |document| document.log.heads())
        };
        DraftHeads {
            record: heads(DocumentKind::Record),
            text: heads(DocumentKind::Text),
            discussion: heads(DocumentKind::Discussion),
        }
    }
}

impl Carried {
    /// Writes the record.
    fn write<T>(
        &mut self,
        room: &mut Room,
        now_ms: i64,
        write: impl FnOnce(&mut Automerge) -> Result<T, EditError>,
    ) -> Result<T, Failure> {
        room.write_record(now_ms, &mut self.commit, &mut self.pending, write)
    }

    fn note(
        &mut self,
        at_ms: i64,
        by: ParticipantId,
        what: &'static str,
        details: Vec<(&'static str, String)>,
    ) {
        self.commit.audit.push(AuditEntry {
            at_ms,
            by,
            what,
            details,
        });
    }
}

/// How far a stage is on the way; a stage of a newer program is the furthest.
fn order_of(stage: &Stage) -> u8 {
    match stage {
        Stage::Drafting => 0,
        Stage::Review => 1,
        Stage::Settling => 2,
        Stage::Final => 3,
        Stage::Other(_) => 4,
    }
}

fn check_times(change: &StageChange) -> Result<(), RequestRefused> {
    let has_times = change.opens_ms.is_some() || change.closes_ms.is_some();
    let runs_forward = match (change.opens_ms, change.closes_ms) {
        (Some(opens), Some(closes)) => opens < closes,
        _ => true,
    };
    if runs_forward && (!has_times || change.stage == Stage::Review) {
        Ok(())
    } else {
        Err(RequestRefused::Times)
    }
}

/// A reason that has to be given.
fn required(reason: &str) -> Result<String, RequestRefused> {
    if reason.trim().is_empty() {
        return Err(RequestRefused::ReasonMissing);
    }
    text("a reason", reason, REASON_CHARACTERS)
}

fn text(what: &'static str, text: &str, most_characters: usize) -> Result<String, RequestRefused> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most_characters {
        return Err(RequestRefused::BadText {
            what,
            most_characters,
        });
    }
    Ok(text.to_owned())
}
