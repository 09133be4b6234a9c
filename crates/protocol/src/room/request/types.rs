//! What people ask of the relay, and how it answers.

use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_draft::schema::record::DraftHeads;
use plenary_draft::{EntryId, GroupChoice, GroupId, MilestoneId, Stage};

use crate::access::{Act, Role};
use crate::room::{ParticipantId, Turn};

/// A request to a draft's room, by somebody whose role is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub by: ParticipantId,
    /// In which role.
    pub role: Role,
    /// For what.
    pub what: RecordRequest,
}

/// What the relay writes into a draft only when somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordRequest {
    /// Take the draft to another stage, or give a review other times.
    SetStage {
        /// The new stage.
        stage: Stage,
        /// Why; required on the way back.
        reason: Option<String>,
        /// When a review opens, in milliseconds since the Unix epoch.
        opens_ms: Option<i64>,
        /// When it closes.
        closes_ms: Option<i64>,
    },
    /// Make these the stakeholder groups, in this order.
    SetGroups(Vec<GroupChoice>),
    /// Hide an entry of the discussion, or show it again. The entry itself stays.
    Moderate {
        /// The key of a comment, suggestion or position.
        entry: EntryId,
        /// Whether it is to be hidden.
        hidden: bool,
        /// Why; required.
        reason: String,
    },
    /// Name the draft as it stands.
    CutMilestone {
        /// The name.
        name: String,
    },
    /// Apply changes that are in quarantine, as their authors made them. Each must come with or
    /// after those that it builds on.
    Admit(Vec<Held>),
    /// Leave changes in quarantine for good. They are kept.
    Decline {
        /// Which.
        changes: Vec<Held>,
        /// Why; required.
        reason: String,
    },
}

/// A change in quarantine, as the storage has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The document that it was meant for.
    pub document: DocumentId,
    /// The chunk as it came.
    pub bytes: Bytes,
    /// Who sent it.
    pub participant: ParticipantId,
    /// Whether they are a facilitator, and so may have entered it on behalf of others.
    pub by_facilitator: bool,
    /// When it came in, in milliseconds since the Unix epoch.
    pub received_ms: i64,
}

/// What was decided about a change in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineDecision {
    /// The document that it was meant for.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Who sent it.
    pub participant: ParticipantId,
    /// Whether it is applied now; else it was declined.
    pub admitted: bool,
    /// Why it was declined.
    pub reason: Option<String>,
    /// Who decided.
    pub by: ParticipantId,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

impl RecordRequest {
    /// The act that is asked for.
    pub const fn act(&self) -> Act {
        match self {
            Self::SetStage { .. } => Act::SetStage,
            Self::SetGroups(_) => Act::SetGroups,
            Self::Moderate { .. } => Act::Moderate,
            Self::CutMilestone { .. } => Act::CutMilestone,
            Self::Admit(_) => Act::Admit,
            Self::Decline { .. } => Act::Decline,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The draft was at that stage already, the groups were these, and so on. Nothing is stored.
    Unchanged,
    /// The draft is at this stage now.
    StageSet {
        /// The stage before.
        from: Stage,
        /// The stage now.
        to: Stage,
    },
    /// The keys of the groups, in their order.
    GroupsSet(Vec<GroupId>),
    /// The entry is hidden or shown.
    Moderated,
    /// The milestone stands in the record.
    MilestoneCut {
        /// Its key.
        id: MilestoneId,
        /// What it names.
        heads: DraftHeads,
    },
    /// These changes are applied now; others were already.
    Admitted(Vec<ChangeHash>),
    /// These changes stay in quarantine, marked as declined.
    Declined(Vec<ChangeHash>),
}

/// Why a request was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefused {
    /// The role does not allow it.
    #[error("a {has} may not {}: that takes a link for a {needs}", .act.words())]
    RoleTooLow {
        /// What was asked for.
        act: Act,
        /// The role of whoever asked.
        has: Role,
        /// The role that may.
        needs: Role,
    },
    /// Nobody may at this stage.
    #[error("nobody may {} while the draft is at the stage \"{stage}\": take it back to an earlier stage first", .act.words())]
    Stage {
        /// What was asked for.
        act: Act,
        /// Where the draft stands.
        stage: Stage,
    },
    /// The document is no draft's record, as in the `open` mode.
    #[error("there is no record here: a relay with open access keeps documents, not drafts")]
    NoRecord,
    /// The stage is none that this program knows.
    #[error("there is no stage \"{0}\": it is drafting, review, settling or final")]
    UnknownStage(String),
    /// A reason is missing.
    #[error("say why: going back to an earlier stage, hiding and showing take a reason")]
    ReasonMissing,
    /// The times of a review make no sense.
    #[error("a review has to open before it closes, and only the stage \"review\" has such times")]
    Times,
    /// A name or reason is empty or too long.
    #[error("{what} must have 1 to {most_characters} characters")]
    BadText {
        /// Which of them.
        what: &'static str,
        /// How many characters it may have.
        most_characters: usize,
    },
    /// The list of groups is empty, too long, or names one twice.
    #[error("a draft has 1 to {most} stakeholder groups, each with a name of its own")]
    BadGroups {
        /// How many there may be.
        most: usize,
    },
    /// There is no such entry.
    #[error("the discussion has no entry {0}")]
    NoSuchEntry(EntryId),
    /// A change in quarantine cannot be admitted.
    #[error("change {hash} cannot be admitted: {why}")]
    NotAdmissible {
        /// The change.
        hash: ChangeHash,
        /// Why not, in words for a person.
        why: &'static str,
    },
    /// The bytes of a change in quarantine cannot be read.
    #[error("a change in quarantine cannot be read: {0}")]
    Unreadable(String),
    /// A change that is to be declined is part of the draft.
    #[error("change {0} was admitted before: it is part of the draft")]
    AlreadyAdmitted(ChangeHash),
    /// The record cannot be written.
    #[error("the record could not be written: {0}")]
    Unwritable(String),
}

/// What comes of a request: what is to be stored and who is to be closed, as of a turn, and the
/// answer. The answer is given only when what is to be stored is.
#[derive(Debug)]
pub struct Answered {
    /// To be carried out like any other turn, [`crate::room::Room::committed`] included.
    pub turn: Turn,
    /// The answer.
    pub outcome: Result<Outcome, RequestRefused>,
}

/// One line for the audit trail, stored in the same transaction as what it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who asked for it.
    pub by: ParticipantId,
    /// What was done: a stable word.
    pub what: &'static str,
    /// More about it: stable names, and values that may be a person's words.
    pub details: Vec<(&'static str, String)>,
}

/// Heads as they stand in the audit trail.
pub(super) fn joined(heads: &[ChangeHash]) -> String {
    let heads: Vec<String> = heads.iter().map(ToString::to_string).collect();
    heads.join(" ")
}
