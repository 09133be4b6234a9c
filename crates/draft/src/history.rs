//! History: changes, what they changed, and who wrote what.
//!
//! Actor, time and message of a change are its author's claims. To whom an actor belongs, the
//! record says; the relay keeps its own time beside each change.

mod authors;

use automerge::{ActorId, Automerge, ChangeHash};
use std::collections::{BTreeMap, BTreeSet};

pub use authors::{Passage, PassageKind, Span, attribution, difference};

/// Heads that a document does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document has no change {0}: it has not arrived, or it belongs to another document")]
pub struct UnknownHeads(pub ChangeHash);

/// A change, without its operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeInfo {
    /// Its hash.
    pub hash: ChangeHash,
    /// The actor that made it.
    pub actor: ActorId,
    /// Its number among the actor's changes, from 1.
    pub sequence: u64,
    /// When, in milliseconds since the Unix epoch; Automerge keeps whole seconds. 0 when the
    /// author's program gave no time.
    pub time_ms: i64,
    /// What its author's program called it.
    pub message: Option<String>,
    /// The changes on which it builds.
    pub dependencies: Vec<ChangeHash>,
    /// How many operations it has.
    pub operations: u64,
}

/// Lists the changes that a document has beyond `since`, each after those on which it builds; all
/// of them when `since` is empty.
pub fn changes(
    document: &Automerge,
    since: &[ChangeHash],
) -> Result<Vec<ChangeInfo>, UnknownHeads> {
    require_heads(document, since)?;
    Ok(document
        .get_changes_meta(since)
        .into_iter()
        .map(|change| ChangeInfo {
            hash: change.hash,
            actor: change.actor.into_owned(),
            sequence: change.seq,
            time_ms: change.timestamp.saturating_mul(1000),
            message: change.message.map(std::borrow::Cow::into_owned),
            dependencies: change.deps,
            operations: (change.max_op + 1).saturating_sub(change.start_op),
        })
        .collect())
}

/// Lists the changes that belong to `after` and not to `before`, in the order of [`changes`].
pub fn changes_between(
    document: &Automerge,
    before: &[ChangeHash],
    after: &[ChangeHash],
) -> Result<Vec<ChangeInfo>, UnknownHeads> {
    require_heads(document, after)?;
    let mut listed = changes(document, before)?;
    let dependencies: BTreeMap<ChangeHash, Vec<ChangeHash>> = listed
        .iter()
        .map(|change| (change.hash, change.dependencies.clone()))
        .collect();
    let mut reached = BTreeSet::new();
    let mut waiting = after.to_vec();
    while let Some(hash) = waiting.pop() {
        if let Some(dependencies) = dependencies.get(&hash)
            && reached.insert(hash)
        {
            waiting.extend(dependencies);
        }
    }
    listed.retain(|change| reached.contains(&change.hash));
    Ok(listed)
}

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

#[cfg(test)]
mod tests;
