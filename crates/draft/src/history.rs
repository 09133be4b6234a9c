//! History: changes, and who wrote what.

use automerge::{Automerge, ChangeHash};

/// Heads that a document does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document has no change {0}: it has not arrived, or it belongs to another document")]
pub struct UnknownHeads(pub ChangeHash);

/// Whether a document has all of `heads`.
pub(crate) fn knows_heads(document: &Automerge, heads: &[ChangeHash]) -> bool {
    require_heads(document, heads).is_ok()
}

/// Fails when a document lacks one of `heads`. Automerge itself passes over what it does not know
/// and would show an older text without a word.
pub(crate) fn require_heads(
    document: &Automerge,
    heads: &[ChangeHash],
) -> Result<(), UnknownHeads> {
    for head in heads {
        if document.get_change_meta_by_hash(head).is_none() {
            return Err(UnknownHeads(*head));
        }
    }
    Ok(())
}
