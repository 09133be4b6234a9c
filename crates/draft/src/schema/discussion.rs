//! The discussion: comments, suggestions and positions.
//!
//! Each entry is an object that its author made and that nobody else changes; the actor that made
//! it stands in the object's id. The maps are flat, so that ownership can be judged by the key.

use automerge::{ActorId, Automerge, ChangeHash, ObjId};
use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Findings, Problem};
use super::node::Reading;
use super::record::{participant, read_all};
use super::words::Stand;
use super::{Field, Fields, Node, names};
use crate::anchor::Anchor;
use crate::keys::{CommentId, GroupId, ParticipantId, PositionId, RecommendationId, SuggestionId};

/// A discussion as it stands in its document. Reading is total: what is not as the format says is
/// read past and listed in `findings`.
#[derive(Debug, Clone, PartialEq)]
pub struct Discussion {
    /// Comments and replies.
    pub comments: BTreeMap<CommentId, Comment>,
    /// Suggested changes to the text.
    pub suggestions: BTreeMap<SuggestionId, Suggestion>,
    /// Positions on recommendations.
    pub positions: BTreeMap<PositionId, Position>,
    /// What is not as the format says.
    pub findings: Findings,
}

/// What every entry of the discussion has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorship {
    /// The author, as the entry claims. Whether it is true, the record's `actors` tell.
    pub participant: ParticipantId,
    /// Who says this, when the author is a facilitator who entered what came from them by mail.
    pub behalf: Option<ParticipantId>,
    /// When it was made, as the author's device had it, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When its author last changed it.
    pub edited_ms: Option<i64>,
    /// Whether its author took it back. Its words stay in the document's history.
    pub withdrawn: bool,
    /// The actor that made the object; absent for an entry that is not stored yet.
    pub actor: Option<ActorId>,
}

/// A comment on a passage, on the whole draft, or on another comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Who and when.
    pub authorship: Authorship,
    /// The passage; absent for a comment on the whole and for replies.
    pub anchor: Option<Anchor>,
    /// What it says, in Markdown.
    pub body: String,
    /// The comment to which this replies.
    pub reply_to: Option<CommentId>,
}

/// A suggestion to put other words in the place of a passage. It changes the text only when it is
/// accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Who and when.
    pub authorship: Authorship,
    /// The passage; an empty one is a place for an insertion.
    pub anchor: Option<Anchor>,
    /// What should stand there; empty to strike the passage.
    pub replacement: String,
    /// Why, in Markdown.
    pub reason: String,
}

/// A position on a recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Who and when.
    pub authorship: Authorship,
    /// On which recommendation.
    pub recommendation: RecommendationId,
    /// For which stakeholder group.
    pub group: Option<GroupId>,
    /// The position.
    pub stand: Stand,
    /// Why, in Markdown.
    pub reason: String,
}

impl Discussion {
    /// Reads a discussion at the present.
    pub fn read(document: &Automerge) -> Self {
        Self::read_with(Reading::new(document, None))
    }

    /// Reads a discussion at old heads.
    pub fn read_at(
        document: &Automerge,
        heads: &[ChangeHash],
    ) -> Result<Self, crate::UnknownHeads> {
        crate::history::require_heads(document, heads)?;
        Ok(Self::read_with(Reading::new(document, Some(heads))))
    }

    fn read_with(reading: Reading<'_>) -> Self {
        let mut discussion = {
            let root = reading.root();
            Self {
                comments: read_all(&root, names::COMMENTS, CommentId::from_key, Comment::read),
                suggestions: read_all(
                    &root,
                    names::SUGGESTIONS,
                    SuggestionId::from_key,
                    Suggestion::read,
                ),
                positions: read_all(
                    &root,
                    names::POSITIONS,
                    PositionId::from_key,
                    Position::read,
                ),
                findings: Findings::default(),
            }
        };
        for (id, comment) in &discussion.comments {
            if comment.reply_to.is_some() && discussion.thread_of(id) == *id {
                let path = format!("{}/{id}/replyTo", names::COMMENTS);
                reading.find(&path, Problem::DanglingReference);
            }
        }
        discussion.findings = reading.into_findings();
        discussion
    }

    /// The comment that began the thread to which `id` belongs: `id` itself when it replies to
    /// nothing, to what is not there, or in a circle.
    pub fn thread_of(&self, id: &CommentId) -> CommentId {
        let mut seen = BTreeSet::from([id]);
        let mut root = id;
        while let Some(parent) = self.comments.get(root).and_then(|it| it.reply_to.as_ref()) {
            if !self.comments.contains_key(parent) || !seen.insert(parent) {
                // A circle has no beginning, so each of its comments stands alone.
                return if self.comments.contains_key(parent) {
                    id.clone()
                } else {
                    root.clone()
                };
            }
            root = parent;
        }
        root.clone()
    }

    /// The threads: each first comment with all that belong to it, oldest first.
    pub fn threads(&self) -> BTreeMap<CommentId, Vec<CommentId>> {
        let mut threads: BTreeMap<CommentId, Vec<CommentId>> = BTreeMap::new();
        for id in self.comments.keys() {
            threads
                .entry(self.thread_of(id))
                .or_default()
                .push(id.clone());
        }
        for (root, members) in &mut threads {
            members.sort_by_key(|id| {
                let created = self.comments.get(id).map(|it| it.authorship.created_ms);
                (id != root, created, id.clone())
            });
        }
        threads
    }
}

impl Authorship {
    /// An entry that `participant` makes now.
    pub fn new(participant: ParticipantId, now_ms: i64) -> Self {
        Self {
            participant,
            behalf: None,
            created_ms: now_ms,
            edited_ms: None,
            withdrawn: false,
            actor: None,
        }
    }

    /// The same, entered on behalf of somebody else.
    #[must_use]
    pub fn on_behalf_of(mut self, speaker: ParticipantId) -> Self {
        self.behalf = Some(speaker);
        self
    }

    /// Who says it: the author, or the one on whose behalf it was entered.
    pub fn speaker(&self) -> &ParticipantId {
        self.behalf.as_ref().unwrap_or(&self.participant)
    }

    fn read(node: &Node<'_>) -> Self {
        Self {
            participant: participant(node, "participant").unwrap_or_else(|| {
                node.find("participant", Problem::Missing);
                ParticipantId::from_key("")
            }),
            behalf: participant(node, "behalf"),
            created_ms: node.integer("created"),
            edited_ms: node.optional_integer("edited"),
            withdrawn: node.boolean("withdrawn"),
            actor: match node.object() {
                ObjId::Id(_, actor, _) => Some(actor.clone()),
                ObjId::Root => None,
            },
        }
    }

    fn fields(&self) -> Fields {
        vec![
            ("participant", Field::str(&self.participant)),
            ("behalf", Field::optional_str(self.behalf.as_ref())),
            ("created", Field::Time(self.created_ms)),
            ("edited", Field::optional_time(self.edited_ms)),
            ("withdrawn", Field::when_true(self.withdrawn)),
        ]
    }
}

impl Comment {
    fn read(node: &Node<'_>) -> Self {
        Self {
            authorship: Authorship::read(node),
            anchor: Anchor::read(node, "anchor"),
            body: node.text("body").text,
            reply_to: node.optional_string("replyTo").map(CommentId::from_key),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        let mut fields = self.authorship.fields();
        fields.push(("anchor", Anchor::field(self.anchor.as_ref())));
        fields.push(("body", Field::Text(self.body.clone())));
        fields.push(("replyTo", Field::optional_str(self.reply_to.as_ref())));
        fields
    }
}

impl Suggestion {
    fn read(node: &Node<'_>) -> Self {
        let anchor = Anchor::read(node, "anchor");
        if anchor.is_none() {
            node.find("anchor", Problem::Missing);
        }
        Self {
            authorship: Authorship::read(node),
            anchor,
            replacement: node.text("replacement").text,
            reason: node
                .optional_text("reason")
                .map(|it| it.text)
                .unwrap_or_default(),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        let mut fields = self.authorship.fields();
        fields.push(("anchor", Anchor::field(self.anchor.as_ref())));
        fields.push(("replacement", Field::Text(self.replacement.clone())));
        fields.push(("reason", Field::Text(self.reason.clone())));
        fields
    }
}

impl Position {
    fn read(node: &Node<'_>) -> Self {
        Self {
            authorship: Authorship::read(node),
            recommendation: RecommendationId::from_key(node.string("recommendation")),
            group: node.optional_string("group").map(GroupId::from_key),
            stand: node.word("stand"),
            reason: node
                .optional_text("reason")
                .map(|it| it.text)
                .unwrap_or_default(),
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        let mut fields = self.authorship.fields();
        fields.push(("recommendation", Field::str(&self.recommendation)));
        fields.push(("group", Field::optional_str(self.group.as_ref())));
        fields.push(("stand", Field::str(&self.stand)));
        fields.push(("reason", Field::Text(self.reason.clone())));
        fields
    }
}
