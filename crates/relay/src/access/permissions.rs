//! What each role may do with each document. docs/privacy.md has the same table in words; a test
//! compares them.

use std::collections::BTreeMap;

use plenary_draft::DocumentId;
use plenary_protocol::room::Permission;

use super::Role;
use crate::storage::DocumentKind;

/// What a connection may do with each document of its draft.
pub type Permissions = BTreeMap<DocumentId, Permission>;

/// What a role may do with a document of this kind by syncing it.
///
/// Nobody writes the record: the relay alone does, on request. Syncing hands over the whole
/// history, deleted sentences included, so a viewer gets the rendered text instead.
pub const fn permission(role: Role, kind: DocumentKind) -> Permission {
    match (kind, role) {
        (_, Role::Viewer) => Permission::None,
        (DocumentKind::Record, _) => Permission::Read,
        (DocumentKind::Text, Role::Reviewer) => Permission::Read,
        (DocumentKind::Text, Role::Editor | Role::Facilitator) => Permission::Write,
        (DocumentKind::Discussion, _) => Permission::Write,
        // Open documents have no links; a role says nothing about them.
        (DocumentKind::Open, _) => Permission::None,
    }
}

/// A way of reading a draft over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Title, stage, one's own role.
    Overview,
    /// The text as it stands, as Markdown or rendered.
    Text,
    /// Who changed the text when.
    History,
    /// All three documents with their whole history.
    Bundle,
}

/// The least role that may read in this way. A bundle holds what syncing all documents would give,
/// so it takes a role that may sync them all.
pub const fn least_role(reading: Reading) -> Role {
    match reading {
        Reading::Overview | Reading::Text => Role::Viewer,
        Reading::History | Reading::Bundle => Role::Reviewer,
    }
}

/// What a link of a role, possibly with history, lets do with the documents of a draft.
pub fn permissions(
    role: Role,
    history: bool,
    documents: &[(DocumentId, DocumentKind)],
) -> Permissions {
    let least = if history {
        Permission::Read
    } else {
        Permission::None
    };
    documents
        .iter()
        .map(|(id, kind)| (*id, permission(role, *kind).max(least)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_one_before_may() {
        for kind in [
            DocumentKind::Record,
            DocumentKind::Text,
            DocumentKind::Discussion,
        ] {
            let rising = Role::ALL.map(|role| permission(role, kind));
            assert!(rising.is_sorted(), "{kind:?}: {rising:?}");
        }
    }

    #[test]
    fn nobody_writes_the_record_and_a_viewer_syncs_nothing() {
        for role in Role::ALL {
            assert_ne!(permission(role, DocumentKind::Record), Permission::Write);
        }
        for kind in [
            DocumentKind::Record,
            DocumentKind::Text,
            DocumentKind::Discussion,
            DocumentKind::Open,
        ] {
            assert_eq!(permission(Role::Viewer, kind), Permission::None);
        }
    }
}
