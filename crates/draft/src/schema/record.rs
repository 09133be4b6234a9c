//! The record: what the relay alone writes, after judging a request.

use automerge::{ActorId, Automerge, ChangeHash};
use std::collections::BTreeMap;

use super::finding::{Findings, Problem};
use super::node::Reading;
use super::words::{ConsensusLevel, Outcome, Stage, SuggestionState};
use super::{Field, Fields, Node, names};
use crate::anchor::Anchor;
use crate::ids::DocumentId;
use crate::keys::{
    CommentId, EntryId, GroupId, MilestoneId, ParticipantId, RecommendationId, SuggestionId,
};

/// A record as it stands in its document. Reading is total: what is not as the format says is
/// read past and listed in `findings`.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The version of the format; 0 where none is given.
    pub version: i64,
    /// The text's document.
    pub text: Option<DocumentId>,
    /// The discussion's document.
    pub discussion: Option<DocumentId>,
    /// When the draft was made, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Where the draft stands.
    pub stage: Stage,
    /// How it came there.
    pub stages: BTreeMap<EntryId, StageChange>,
    /// Named versions.
    pub milestones: BTreeMap<MilestoneId, Milestone>,
    /// Passages on which positions are taken.
    pub recommendations: BTreeMap<RecommendationId, Recommendation>,
    /// Levels of consensus, as designated; a later one replaces an earlier one of the same
    /// recommendation.
    pub designations: BTreeMap<EntryId, Designation>,
    /// What became of suggestions; one without an entry is open.
    pub suggestion_statuses: BTreeMap<SuggestionId, SuggestionStatus>,
    /// What became of comments.
    pub dispositions: BTreeMap<CommentId, Disposition>,
    /// To whom the actors of changes belong.
    pub actors: BTreeMap<ActorId, ParticipantId>,
    /// Files that belong to the draft, by their SHA-256 in hexadecimal.
    pub attachments: BTreeMap<String, Attachment>,
    /// The stakeholder groups from which participants choose theirs.
    pub groups: BTreeMap<GroupId, Group>,
    /// Entries of the discussion that were hidden or shown again, by the entry's key.
    pub moderations: BTreeMap<EntryId, Moderation>,
    /// What is not as the format says.
    pub findings: Findings,
}

/// One change of stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageChange {
    /// The new stage.
    pub stage: Stage,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who asked for it.
    pub by: Option<ParticipantId>,
    /// When a public review opens, in milliseconds since the Unix epoch.
    pub opens_ms: Option<i64>,
    /// When it closes.
    pub closes_ms: Option<i64>,
    /// Why, where somebody gave a reason.
    pub reason: Option<String>,
}

/// Heads of the three documents that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftHeads {
    /// Heads of the record.
    pub record: Vec<ChangeHash>,
    /// Heads of the text.
    pub text: Vec<ChangeHash>,
    /// Heads of the discussion.
    pub discussion: Vec<ChangeHash>,
}

/// A named version of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Its name.
    pub name: String,
    /// When it was cut, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who asked for it.
    pub by: Option<ParticipantId>,
    /// The stage at that time.
    pub stage: Stage,
    /// What it holds.
    pub heads: DraftHeads,
}

/// A passage of the text on which positions are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// Its number or name, such as "Recommendation 3".
    pub label: String,
    /// Where it stands in the text.
    pub anchor: Option<Anchor>,
    /// When it was marked, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who marked it.
    pub by: Option<ParticipantId>,
    /// Whether it is no longer one.
    pub withdrawn: bool,
}

/// A level of consensus, designated by the facilitator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designation {
    /// On which recommendation.
    pub recommendation: RecommendationId,
    /// The level.
    pub level: ConsensusLevel,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// By whom.
    pub by: Option<ParticipantId>,
}

/// What became of a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionStatus {
    /// The decision.
    pub state: SuggestionState,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// By whom.
    pub by: Option<ParticipantId>,
    /// The change to the text that carried it out.
    pub change: Option<ChangeHash>,
}

/// What became of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    /// The decision.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// By whom.
    pub by: Option<ParticipantId>,
}

/// What a facilitator did with an entry of the discussion. The entry itself stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderation {
    /// Whether readers are to see the reason in place of the entry's words.
    pub hidden: bool,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// By whom.
    pub by: Option<ParticipantId>,
}

/// A file that belongs to the draft. Its bytes are not in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name.
    pub name: String,
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A stakeholder group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its place among the groups, a key as sections have it.
    pub order: String,
}

impl Record {
    /// Reads a record at the present.
    pub fn read(document: &Automerge) -> Self {
        Self::read_with(Reading::new(document, None))
    }

    /// Reads a record at old heads.
    pub fn read_at(
        document: &Automerge,
        heads: &[ChangeHash],
    ) -> Result<Self, crate::UnknownHeads> {
        crate::history::require_heads(document, heads)?;
        Ok(Self::read_with(Reading::new(document, Some(heads))))
    }

    fn read_with(reading: Reading<'_>) -> Self {
        let mut record = {
            let root = reading.root();
            Self {
                version: root.integer(names::VERSION),
                text: document_id(&root, names::TEXT),
                discussion: document_id(&root, names::DISCUSSION),
                created_ms: root.integer(names::CREATED),
                stage: root.word(names::STAGE),
                stages: read_all(&root, names::STAGES, EntryId::from_key, StageChange::read),
                milestones: read_all(
                    &root,
                    names::MILESTONES,
                    MilestoneId::from_key,
                    Milestone::read,
                ),
                recommendations: read_all(
                    &root,
                    names::RECOMMENDATIONS,
                    RecommendationId::from_key,
                    Recommendation::read,
                ),
                designations: read_all(
                    &root,
                    names::DESIGNATIONS,
                    EntryId::from_key,
                    Designation::read,
                ),
                suggestion_statuses: read_all(
                    &root,
                    names::SUGGESTION_STATUSES,
                    SuggestionId::from_key,
                    SuggestionStatus::read,
                ),
                dispositions: read_all(
                    &root,
                    names::DISPOSITIONS,
                    CommentId::from_key,
                    Disposition::read,
                ),
                actors: read_actors(&root),
                attachments: read_all(&root, names::ATTACHMENTS, |key| key, Attachment::read),
                groups: read_all(&root, names::GROUPS, GroupId::from_key, Group::read),
                moderations: read_all(
                    &root,
                    names::MODERATIONS,
                    EntryId::from_key,
                    Moderation::read,
                ),
                findings: Findings::default(),
            }
        };
        for (key, designation) in &record.designations {
            if !record
                .recommendations
                .contains_key(&designation.recommendation)
            {
                let path = format!("{}/{key}/recommendation", names::DESIGNATIONS);
                reading.find(&path, Problem::DanglingReference);
            }
        }
        record.findings = reading.into_findings();
        record
    }

    /// The participant to whom an actor belongs, if the record says so.
    pub fn participant_of(&self, actor: &ActorId) -> Option<&ParticipantId> {
        self.actors.get(actor)
    }
}

/// Reads all entries of a flat map.
pub(super) fn read_all<K: Ord, V>(
    root: &Node<'_>,
    name: &str,
    key: impl Fn(String) -> K,
    read: impl Fn(&Node<'_>) -> V,
) -> BTreeMap<K, V> {
    root.entries(name)
        .into_iter()
        .map(|(text, entry)| (key(text), read(&entry)))
        .collect()
}

pub(super) fn participant(node: &Node<'_>, key: &str) -> Option<ParticipantId> {
    node.optional_string(key).map(ParticipantId::from_key)
}

fn document_id(root: &Node<'_>, key: &str) -> Option<DocumentId> {
    let url = root.string(key);
    let id = DocumentId::from_url(&url).ok();
    if id.is_none() && !url.is_empty() {
        root.find(key, Problem::Malformed);
    }
    id
}

fn read_actors(root: &Node<'_>) -> BTreeMap<ActorId, ParticipantId> {
    let mut actors = BTreeMap::new();
    for (actor, participant) in root.strings_by_key(names::ACTORS) {
        match ActorId::try_from(actor.as_str()) {
            Ok(actor) => {
                actors.insert(actor, ParticipantId::from_key(participant));
            }
            Err(_) => root.find(names::ACTORS, Problem::Malformed),
        }
    }
    actors
}

impl StageChange {
    /// The beginning of every draft.
    pub(crate) fn drafting(now_ms: i64) -> Self {
        Self {
            stage: Stage::Drafting,
            at_ms: now_ms,
            by: None,
            opens_ms: None,
            closes_ms: None,
            reason: None,
        }
    }

    fn read(node: &Node<'_>) -> Self {
        Self {
            stage: node.word("stage"),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
            opens_ms: node.optional_integer("opens"),
            closes_ms: node.optional_integer("closes"),
            reason: node.optional_string("reason"),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("stage", Field::str(&self.stage)),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
            ("opens", Field::optional_time(self.opens_ms)),
            ("closes", Field::optional_time(self.closes_ms)),
            ("reason", Field::optional_str(self.reason.as_ref())),
        ]
    }
}

impl DraftHeads {
    fn read(node: &Node<'_>) -> Self {
        Self {
            record: node.heads("record"),
            text: node.heads("text"),
            discussion: node.heads("discussion"),
        }
    }

    fn fields(&self) -> Fields {
        vec![
            ("record", Field::heads(&self.record)),
            ("text", Field::heads(&self.text)),
            ("discussion", Field::heads(&self.discussion)),
        ]
    }
}

impl Milestone {
    fn read(node: &Node<'_>) -> Self {
        let heads = node.optional_map("heads");
        if heads.is_none() {
            node.find("heads", Problem::Missing);
        }
        Self {
            name: node.string("name"),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
            stage: node.word("stage"),
            heads: heads
                .map(|heads| DraftHeads::read(&heads))
                .unwrap_or_default(),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("name", Field::str(&self.name)),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
            ("stage", Field::str(&self.stage)),
            ("heads", Field::Map(self.heads.fields())),
        ]
    }
}

impl Recommendation {
    fn read(node: &Node<'_>) -> Self {
        Self {
            label: node.string("label"),
            anchor: Anchor::read(node, "anchor"),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
            withdrawn: node.boolean("withdrawn"),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("label", Field::str(&self.label)),
            ("anchor", Anchor::field(self.anchor.as_ref())),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
            ("withdrawn", Field::when_true(self.withdrawn)),
        ]
    }
}

impl Designation {
    fn read(node: &Node<'_>) -> Self {
        Self {
            recommendation: RecommendationId::from_key(node.string("recommendation")),
            level: node.word("level"),
            reason: node.optional_string("reason").unwrap_or_default(),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("recommendation", Field::str(&self.recommendation)),
            ("level", Field::str(&self.level)),
            ("reason", Field::str(&self.reason)),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
        ]
    }
}

impl SuggestionStatus {
    fn read(node: &Node<'_>) -> Self {
        let change = node.optional_string("change");
        let hash = change.as_ref().and_then(|text| text.parse().ok());
        if change.is_some() && hash.is_none() {
            node.find("change", Problem::Malformed);
        }
        Self {
            state: node.word("state"),
            reason: node.optional_string("reason").unwrap_or_default(),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
            change: hash,
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("state", Field::str(&self.state)),
            ("reason", Field::str(&self.reason)),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
            ("change", Field::optional_str(self.change.as_ref())),
        ]
    }
}

impl Disposition {
    fn read(node: &Node<'_>) -> Self {
        Self {
            outcome: node.word("outcome"),
            reason: node.optional_string("reason").unwrap_or_default(),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("outcome", Field::str(&self.outcome)),
            ("reason", Field::str(&self.reason)),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
        ]
    }
}

impl Moderation {
    fn read(node: &Node<'_>) -> Self {
        Self {
            hidden: node.boolean("hidden"),
            reason: node.optional_string("reason").unwrap_or_default(),
            at_ms: node.integer("at"),
            by: participant(node, "by"),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("hidden", Field::when_true(self.hidden)),
            ("reason", Field::str(&self.reason)),
            ("at", Field::Time(self.at_ms)),
            ("by", Field::optional_str(self.by.as_ref())),
        ]
    }
}

impl Attachment {
    fn read(node: &Node<'_>) -> Self {
        Self {
            name: node.string("name"),
            media_type: node.string("mediaType"),
            bytes: u64::try_from(node.integer("bytes")).unwrap_or_default(),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("name", Field::str(&self.name)),
            ("mediaType", Field::str(&self.media_type)),
            (
                "bytes",
                Field::Integer(i64::try_from(self.bytes).unwrap_or(i64::MAX)),
            ),
        ]
    }
}

impl Group {
    fn read(node: &Node<'_>) -> Self {
        Self {
            name: node.string("name"),
            order: node.string("order"),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        vec![
            ("name", Field::str(&self.name)),
            ("order", Field::str(&self.order)),
        ]
    }
}
