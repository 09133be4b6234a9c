//! Who may do what: one table of roles, stages and acts. docs/privacy.md has the same table in
//! words; a test compares them.
//!
//! Links, secrets and people are the relay's business. Here is only what follows from a role.

use std::fmt;

use plenary_draft::Stage;

/// What a link allows. Each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads the rendered text.
    Viewer,
    /// Comments, suggests and takes positions.
    Reviewer,
    /// Writes the text.
    Editor,
    /// Hands out links, moves the draft through its stages, finalises.
    Facilitator,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Reviewer,
        Self::Editor,
        Self::Facilitator,
    ];

    /// The name of the role in JSON, in the storage and in texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Editor => "editor",
            Self::Facilitator => "facilitator",
        }
    }

    /// Reads the name of a role.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a document is for its draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// The draft's record: written by the relay only.
    Record,
    /// The draft's text.
    Text,
    /// The draft's comments, suggestions and positions.
    Discussion,
    /// Any document of a relay with `--access open`; it is a draft of its own.
    Open,
}

impl DocumentKind {
    /// The name under which the kind is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Text => "text",
            Self::Discussion => "discussion",
            Self::Open => "open",
        }
    }

    /// Reads the stored name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Record, Self::Text, Self::Discussion, Self::Open]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// What somebody wants to do with a draft: by a change of a document, or by a request to the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Any change of the text document.
    WriteText,
    /// A new entry of the discussion in one's own name, or a change within one's own entry.
    WriteOwnEntry,
    /// A new entry of the discussion on behalf of a person of the draft who sent it otherwise.
    WriteForAnother,
    /// A change of the discussion that concerns another's entry, or the maps themselves.
    WriteForeignEntry,
    /// A change of the record that the relay did not make.
    WriteRecord,
    /// Asking for another stage.
    SetStage,
    /// Asking for another list of stakeholder groups.
    SetGroups,
    /// Asking to hide an entry of the discussion, or to show it again.
    Moderate,
    /// Asking for a milestone.
    CutMilestone,
    /// Asking to apply changes that are in quarantine.
    Admit,
    /// Asking to leave changes in quarantine for good.
    Decline,
}

impl Act {
    /// All acts, in the order of the table in docs/privacy.md.
    pub const ALL: [Self; 11] = [
        Self::WriteText,
        Self::WriteOwnEntry,
        Self::WriteForAnother,
        Self::WriteForeignEntry,
        Self::WriteRecord,
        Self::SetStage,
        Self::SetGroups,
        Self::Moderate,
        Self::CutMilestone,
        Self::Admit,
        Self::Decline,
    ];

    /// The words for the act in docs/privacy.md and in refusals.
    pub const fn words(self) -> &'static str {
        match self {
            Self::WriteText => "change the text",
            Self::WriteOwnEntry => "add entries to the discussion, change one's own",
            Self::WriteForAnother => "add entries on behalf of others",
            Self::WriteForeignEntry => "change others' entries, or the discussion's maps",
            Self::WriteRecord => "change the record by syncing",
            Self::SetStage => "ask for another stage",
            Self::SetGroups => "ask for other stakeholder groups",
            Self::Moderate => "ask to hide or show an entry",
            Self::CutMilestone => "ask for a milestone",
            Self::Admit => "ask to admit changes from quarantine",
            Self::Decline => "ask to decline changes in quarantine",
        }
    }

    /// What the least is that writing a document of this kind can mean. `None` for open documents,
    /// which everybody writes.
    pub const fn of_writing(kind: DocumentKind) -> Option<Self> {
        match kind {
            DocumentKind::Record => Some(Self::WriteRecord),
            DocumentKind::Text => Some(Self::WriteText),
            DocumentKind::Discussion => Some(Self::WriteOwnEntry),
            DocumentKind::Open => None,
        }
    }
}

/// The least role that may do this at this stage; `None` when nobody may.
///
/// A draft that is final is not changed at all; a facilitator takes it back to an earlier stage
/// first, which is an act with a reason. Entries may be hidden at any stage, as what is hidden may
/// have to be hidden at once. At a stage that a newer program wrote nothing is changed, either.
pub fn least_role(act: Act, stage: &Stage) -> Option<Role> {
    let is_open = matches!(stage, Stage::Drafting | Stage::Review | Stage::Settling);
    match act {
        Act::WriteForeignEntry | Act::WriteRecord => None,
        Act::SetStage | Act::Moderate | Act::CutMilestone | Act::Decline => Some(Role::Facilitator),
        Act::WriteText if is_open => Some(Role::Editor),
        Act::WriteOwnEntry if is_open => Some(Role::Reviewer),
        Act::WriteForAnother | Act::SetGroups | Act::Admit if is_open => Some(Role::Facilitator),
        Act::WriteText
        | Act::WriteOwnEntry
        | Act::WriteForAnother
        | Act::SetGroups
        | Act::Admit => None,
    }
}

/// What a connection was let in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The role of its link. It says nothing about open documents.
    pub role: Role,
    /// Whether the link lets read the history, too: a viewer's link with history syncs, read-only.
    pub with_history: bool,
}

impl Access {
    /// What a link of this role gives.
    pub const fn of(role: Role) -> Self {
        Self {
            role,
            with_history: false,
        }
    }

    /// Whether the act is allowed at this stage.
    pub fn may(self, act: Act, stage: &Stage) -> bool {
        least_role(act, stage).is_some_and(|least| self.role >= least)
    }

    /// Whether documents may be synced. Syncing hands over the whole history, deleted sentences
    /// included, so a viewer gets the rendered text instead.
    pub fn may_sync(self) -> bool {
        self.role >= Role::Reviewer || self.with_history
    }

    /// What may be done with a document of this kind by syncing it. In the discussion each change
    /// is judged once more by what it does.
    pub fn permission(self, kind: DocumentKind, stage: &Stage) -> Permission {
        match Act::of_writing(kind) {
            None => Permission::Write,
            Some(_) if !self.may_sync() => Permission::None,
            Some(act) if self.may(act, stage) => Permission::Write,
            Some(_) => Permission::Read,
        }
    }
}

/// What a connection may do with one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Not even know whether it exists.
    None,
    /// Follow it. Changes go into quarantine.
    Read,
    /// Follow and change it.
    Write,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages() -> [Stage; 5] {
        [
            Stage::Drafting,
            Stage::Review,
            Stage::Settling,
            Stage::Final,
            Stage::Other("adopted".into()),
        ]
    }

    const KINDS: [DocumentKind; 4] = [
        DocumentKind::Record,
        DocumentKind::Text,
        DocumentKind::Discussion,
        DocumentKind::Open,
    ];

    #[test]
    fn names_round_trip_and_roles_rise() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        for kind in KINDS {
            assert_eq!(DocumentKind::parse(kind.as_str()), Some(kind));
        }
        assert!(Role::ALL.is_sorted());
        assert_eq!(Role::parse("owner"), None);
    }

    #[test]
    fn each_role_may_do_what_the_one_before_may() {
        for stage in stages() {
            for kind in KINDS {
                let rising = Role::ALL.map(|role| Access::of(role).permission(kind, &stage));
                assert!(rising.is_sorted(), "{kind:?} {stage}: {rising:?}");
            }
        }
    }

    #[test]
    fn what_nobody_may_nobody_may() {
        for stage in stages() {
            for role in Role::ALL {
                let access = Access::of(role);
                assert!(!access.may(Act::WriteRecord, &stage));
                assert!(!access.may(Act::WriteForeignEntry, &stage));
                assert_ne!(
                    access.permission(DocumentKind::Record, &stage),
                    Permission::Write
                );
                let is_locked = !matches!(stage, Stage::Drafting | Stage::Review | Stage::Settling);
                if is_locked {
                    for kind in [DocumentKind::Text, DocumentKind::Discussion] {
                        assert_ne!(access.permission(kind, &stage), Permission::Write);
                    }
                }
            }
        }
    }

    #[test]
    fn history_lets_a_viewer_sync_and_nothing_more() {
        for stage in stages() {
            for kind in [
                DocumentKind::Record,
                DocumentKind::Text,
                DocumentKind::Discussion,
            ] {
                let plain = Access::of(Role::Viewer);
                let with_history = Access {
                    with_history: true,
                    ..plain
                };
                assert_eq!(plain.permission(kind, &stage), Permission::None);
                assert_eq!(with_history.permission(kind, &stage), Permission::Read);
            }
        }
    }
}
