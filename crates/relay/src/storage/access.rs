//! Who may come in, who they are, and what was done about it: the rows behind links, people and the
//! audit trail, as values.
//!
//! Every write is an [`AccessCommit`]: acts and what the audit trail says about them, all or
//! nothing.

use std::fmt;

use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;

use super::LinkHash;
use crate::access::Role;

/// The name of a link that is not its secret: it stands in answers and in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(String);

impl LinkId {
    /// Takes the id as text.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A link to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// The SHA-256 hash of the secret.
    pub hash: LinkHash,
    /// What the link allows.
    pub role: Role,
    /// Whether a viewer may sync all documents, read-only.
    pub history: bool,
    /// What the facilitator calls it.
    pub label: Option<String>,
    /// The stakeholder group that is offered to whoever joins by it; a key of the record's groups.
    pub group: Option<String>,
    /// For a personal link: the participant as whom it continues.
    pub participant: Option<ParticipantId>,
    /// For a personal link: the link by which its owner had come. It is revoked and expires with it.
    pub made_from: Option<LinkId>,
    /// Who made it; absent for those made with the draft and by the operator.
    pub created_by: Option<ParticipantId>,
    /// When it stops working, in milliseconds since the Unix epoch.
    pub expires_ms: Option<i64>,
    /// How many participants may join by it.
    pub uses_limit: Option<u32>,
}

impl NewLink {
    /// A link without limits, label or preset.
    pub fn plain(id: LinkId, hash: LinkHash, role: Role) -> Self {
        Self {
            id,
            hash,
            role,
            history: false,
            label: None,
            group: None,
            participant: None,
            made_from: None,
            created_by: None,
            expires_ms: None,
            uses_limit: None,
        }
    }
}

/// A link as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLink {
    /// The draft that it opens.
    pub draft: DocumentId,
    /// What it allows, to whom and how long.
    pub terms: NewLink,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// How many participants have joined by it.
    pub uses: u32,
    /// When it was revoked, in milliseconds since the Unix epoch.
    pub revoked_ms: Option<i64>,
}

/// Declares an enum of words that stand in JSON and in columns. (The words are token trees, since
/// derive macros cannot read a literal that a macro has wrapped.)
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:tt,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Default,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word under which it is stored and told.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// For whom a person speaks.
    Capacity {
        /// For themselves.
        #[default]
        Personal = "personal",
        /// For an organisation.
        OnBehalfOf = "on-behalf-of",
    }
}

words! {
    /// How a person wants to be credited.
    Credit {
        /// By name and organisation.
        #[default]
        ByName = "by-name",
        /// By organisation only.
        Organisation = "organisation",
        /// Not at all.
        Anonymous = "anonymous",
    }
}

words! {
    /// What became of a refused change.
    QuarantineState {
        /// Nobody has decided yet.
        #[default]
        Waiting = "waiting",
        /// It was applied after all.
        Admitted = "admitted",
        /// It stays out.
        Declined = "declined",
    }
}

/// What a person says of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonEntry {
    /// Their name; without one they are a guest.
    pub name: Option<String>,
    /// Their organisation.
    pub affiliation: Option<String>,
    /// The key of their stakeholder group.
    pub group: Option<String>,
    /// For whom they speak.
    pub capacity: Capacity,
    /// For which organisation they speak.
    pub on_behalf_of: Option<String>,
    /// How they want to be credited.
    pub credit: Credit,
    /// Whether nothing about them may be told to anybody.
    pub withheld: bool,
}

/// A person of a draft as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPerson {
    /// Their id in the draft's documents.
    pub participant: ParticipantId,
    /// What they said of themselves; empty once erased.
    pub entry: PersonEntry,
    /// The role of the link by which they joined last; absent for those who never did.
    pub role: Option<Role>,
    /// The most that they may do, whatever their link allows.
    pub role_cap: Option<Role>,
    /// The facilitator who added them.
    pub added_by: Option<ParticipantId>,
    /// The facilitator who corrected the entry since its owner wrote it last.
    pub corrected_by: Option<ParticipantId>,
    /// The participant who they are in truth, found out later.
    pub merged_into: Option<ParticipantId>,
    /// When their entry was erased, in milliseconds since the Unix epoch.
    pub erased_ms: Option<i64>,
    /// When they came, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When the entry changed last, in milliseconds since the Unix epoch.
    pub changed_ms: i64,
}

impl StoredPerson {
    /// Somebody who has said nothing of themselves.
    pub fn guest(participant: ParticipantId, now_ms: i64) -> Self {
        Self {
            participant,
            entry: PersonEntry::default(),
            role: None,
            role_cap: None,
            added_by: None,
            corrected_by: None,
            merged_into: None,
            erased_ms: None,
            created_ms: now_ms,
            changed_ms: now_ms,
        }
    }

    /// Whether this person's connections must be judged anew when the person turns out to be
    /// `other`: they may do something else then, or less may be told of them.
    pub fn changes_access(&self, other: &Self) -> bool {
        (self.role_cap, self.entry.withheld) != (other.role_cap, other.entry.withheld)
    }
}

/// A draft that is to go for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub asked_ms: i64,
    /// From when on nothing brings it back, in milliseconds since the Unix epoch.
    pub purge_ms: i64,
}

/// What the storage knows of whoever shows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccess {
    /// The link, possibly expired or revoked.
    pub link: StoredLink,
    /// The participant who was claimed, or the one who that is in truth.
    pub participant: Option<ParticipantId>,
    /// Their entry, if there is one.
    pub person: Option<StoredPerson>,
    /// Whether they have joined by this link before.
    pub has_used: bool,
    /// Whether the draft is to be deleted.
    pub deletion: Option<Deletion>,
}

/// What whoever asks was let in with, for judging it once more at the moment of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The link, which must not be revoked, nor expired when the commit is made.
    pub link: LinkId,
    /// Who they are, if they said so.
    pub participant: Option<ParticipantId>,
    /// The most that they may do themselves.
    pub cap: Option<Role>,
}

/// One thing that is done about links and people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Does nothing. Fails with [`super::StorageError::AccessMoved`] when whoever asks is no longer let in as
    /// they were when they were judged, so that nothing falls between the judging and the writing.
    Require(Standing),
    /// Stores a link.
    AddLink(NewLink),
    /// Replaces what a facilitator may change of a link: label, group, expiry, limit of uses.
    /// Personal links that were made from it expire with it.
    ChangeLink(NewLink),
    /// Revokes a link and the personal links that were made from it; one that is revoked already
    /// keeps its time.
    RevokeLink(LinkId),
    /// Notes that a participant joins by a link, counts it once, and says so in the audit trail.
    ///
    /// Fails with [`super::StorageError::LinkUsedUp`] when that would be one too many for the link, and
    /// as a conflict when it would be for the draft.
    UseLink {
        /// The link.
        link: LinkId,
        /// Who joins.
        participant: ParticipantId,
        /// In which role.
        role: Role,
        /// How many people a draft may have.
        most_people: u32,
    },
    /// Stores what a person says of themselves, or that they erase it. Of somebody who is known already,
    /// the role, its limit and who added them stay, whatever stands here: they are not theirs to write.
    PutPerson(StoredPerson),
    /// Stores a correction of a person's entry by somebody else.
    ///
    /// Conflicts when the entry is not as it was before, lest a correction take back what its owner has
    /// withheld or erased meanwhile.
    CorrectPerson {
        /// The entry that was corrected.
        before: PersonEntry,
        /// The person after the correction.
        after: StoredPerson,
    },
    /// Sets the most that a person may do, whatever their link allows; nothing else of them.
    CapRole {
        /// The person.
        participant: ParticipantId,
        /// The most; none takes the limit away.
        cap: Option<Role>,
    },
    /// The same as [`Act::Merge`] for a device that shows a personal link.
    ///
    /// Fails with [`super::StorageError::KnownAlready`] when `from` has said something of themselves or
    /// has made changes: whoever hands out a link of their own must not become by it who else opens it.
    Continue {
        /// Who shows the link.
        from: ParticipantId,
        /// Whose it is.
        into: ParticipantId,
    },
    /// Notes that two participants are one person: what was bound to `from` is bound to `into`.
    Merge {
        /// Who stands for nobody of their own from now on.
        from: ParticipantId,
        /// Who they are.
        into: ParticipantId,
    },
    /// Marks the draft for deletion; when it is marked already, the earlier time of the two holds.
    DeleteDraft {
        /// From when on nothing brings it back, in milliseconds since the Unix epoch.
        purge_ms: i64,
    },
    /// Takes the mark away.
    UndeleteDraft,
}

/// Acts with their entries in the audit trail, stored all or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessCommit {
    /// The draft; without one there can be no acts, and the entries are the site's.
    pub draft: Option<DocumentId>,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What is done, in this order.
    pub acts: Vec<Act>,
    /// What the audit trail says about it.
    pub audit: Vec<NewAudit>,
}

/// An entry for the audit trail. It names people by their ids only, so that a name can be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// Who did it; absent for the operator and for links without a participant.
    pub by: Option<ParticipantId>,
    /// What was done, as a short stable word such as `link-made`.
    pub kind: &'static str,
    /// The particulars, a JSON object.
    pub detail: serde_json::Value,
}

impl NewAudit {
    /// What a room says of a request that it carried out.
    pub fn of(entry: &plenary_protocol::room::AuditEntry) -> Self {
        let details = entry.details.iter();
        let details = details.map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
        Self {
            by: Some(entry.by.clone()),
            kind: entry.what,
            detail: serde_json::Value::Object(details.collect()),
        }
    }
}

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the site's trail; it only grows.
    pub sequence: i64,
    /// The draft, or none for what concerns the site.
    pub draft: Option<DocumentId>,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who did it.
    pub by: Option<ParticipantId>,
    /// What was done.
    pub kind: String,
    /// The particulars.
    pub detail: serde_json::Value,
}

/// A draft as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSummary {
    /// Its id.
    pub id: DocumentId,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Whether it is to be deleted.
    pub deletion: Option<Deletion>,
    /// How many changes it has.
    pub changes: u64,
    /// When the newest was received, in milliseconds since the Unix epoch.
    pub changed_ms: i64,
    /// Bytes of its snapshots, changes and quarantine on disk.
    pub bytes: u64,
    /// How many people have an entry.
    pub people: u64,
    /// How many links open it now.
    pub links: u64,
}
