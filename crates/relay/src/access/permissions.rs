//! What each role may do with each document. docs/privacy.md has the same table in words; a test
//! compares them.

use plenary_draft::Stage;
use plenary_protocol::access::Access;
use plenary_protocol::room::Permission;

use super::Role;
use crate::storage::DocumentKind;

/// What a role may do with a document of this kind by syncing it, as long as the draft is open for
/// changes.
pub fn permission(role: Role, kind: DocumentKind) -> Permission {
    Access::of(role).permission(kind, &Stage::Drafting)
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
