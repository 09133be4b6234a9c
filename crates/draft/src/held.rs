//! What changes that are held in quarantine would do to a draft, if they were applied now.
//!
//! Tried on a copy: nothing of it is kept. The changes come from whoever was not allowed to make
//! them, so Automerge's panics over them are contained.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, Change, ChangeHash};

use crate::document::contain;
use crate::keys::SectionId;
use crate::schema::discussion::Discussion;
use crate::schema::text::Text;

/// What would become of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionDifference {
    /// The section.
    pub section: SectionId,
    /// Its text now; absent when it would be new.
    pub before: Option<String>,
    /// Its text with the changes.
    pub after: String,
}

/// What would become of one entry of the discussion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDifference {
    /// The key of the comment, suggestion or position.
    pub entry: String,
    /// Its words now; absent when it would be new.
    pub before: Option<String>,
    /// Its words with the changes; absent when it would be gone.
    pub after: Option<String>,
}

/// Why there is no difference to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeldError {
    /// The changes build on others that are not in the draft, such as earlier ones in quarantine.
    #[error("the changes build on {} that are not in the draft: take them together", .0.len())]
    MissingDependencies(Vec<ChangeHash>),
    /// Automerge cannot apply them.
    #[error("the changes cannot be applied: {0}")]
    Unusable(String),
}

/// The sections that `changes` would make different, in the order in which they would be read.
///
/// # Errors
///
/// The changes cannot be applied to `text` as it is.
pub fn held_sections(
    text: &Automerge,
    changes: &[Change],
) -> Result<Vec<SectionDifference>, HeldError> {
    let with = with_changes(text, changes)?;
    let before: BTreeMap<SectionId, String> = Text::read(text)
        .sections
        .into_iter()
        .map(|section| (section.id, section.text))
        .collect();
    Ok(Text::read(&with)
        .sections
        .into_iter()
        .filter(|section| before.get(&section.id) != Some(&section.text))
        .map(|section| SectionDifference {
            before: before.get(&section.id).cloned(),
            section: section.id,
            after: section.text,
        })
        .collect())
}

/// The entries that `changes` would make different, by their keys.
///
/// # Errors
///
/// The changes cannot be applied to `discussion` as it is.
pub fn held_entries(
    discussion: &Automerge,
    changes: &[Change],
) -> Result<Vec<EntryDifference>, HeldError> {
    let with = with_changes(discussion, changes)?;
    let (before, after) = (words(discussion), words(&with));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    Ok(keys
        .into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| EntryDifference {
            entry: key.clone(),
            before: before.get(key).cloned(),
            after: after.get(key).cloned(),
        })
        .collect())
}

/// A copy of the document with the changes applied.
fn with_changes(document: &Automerge, changes: &[Change]) -> Result<Automerge, HeldError> {
    let given: BTreeSet<ChangeHash> = changes.iter().map(Change::hash).collect();
    let missing: BTreeSet<ChangeHash> = changes
        .iter()
        .flat_map(Change::deps)
        .filter(|dep| !given.contains(dep) && document.get_change_meta_by_hash(dep).is_none())
        .copied()
        .collect();
    if !missing.is_empty() {
        return Err(HeldError::MissingDependencies(
            missing.into_iter().collect(),
        ));
    }
    contain(|| {
        let mut copy = document.clone();
        copy.apply_changes(changes.to_vec())
            .map_err(|error| HeldError::Unusable(error.to_string()))?;
        // Automerge keeps back without a word what it cannot place.
        let placed = changes
            .iter()
            .all(|change| copy.get_change_meta_by_hash(&change.hash()).is_some());
        placed
            .then_some(copy)
            .ok_or_else(|| HeldError::Unusable("they do not fit together".to_owned()))
    })
    .map_err(HeldError::Unusable)?
}

/// The words of every entry, with those of a withdrawn one marked as such.
fn words(discussion: &Automerge) -> BTreeMap<String, String> {
    let discussion = Discussion::read(discussion);
    let said = |withdrawn: bool, words: String| {
        if withdrawn {
            format!("(withdrawn) {words}")
        } else {
            words
        }
    };
    let comments = discussion
        .comments
        .into_iter()
        .map(|(key, it)| (key.to_string(), said(it.authorship.withdrawn, it.body)));
    let suggestions = discussion.suggestions.into_iter().map(|(key, it)| {
        let words = format!("{}\n\n{}", it.replacement, it.reason);
        (key.to_string(), said(it.authorship.withdrawn, words))
    });
    let positions = discussion.positions.into_iter().map(|(key, it)| {
        let words = format!("{}\n\n{}", it.stand, it.reason);
        (key.to_string(), said(it.authorship.withdrawn, words))
    });
    comments.chain(suggestions).chain(positions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::TextEditor;
    use crate::testing::rng;
    use crate::{Draft, NewDraft};

    #[test]
    fn a_difference_shows_what_would_change_and_changes_nothing() {
        let mut rng = rng(3);
        let new = NewDraft {
            title: "Trust",
            source: b"# One\n\nParties should talk.\n",
            ..NewDraft::default()
        };
        let draft = Draft::create(&mut rng, 0, &new).unwrap();
        let text = &draft.text.document;
        let section = Text::read(text).sections[0].id.clone();
        let mut theirs = text.fork();
        let mut edits = Vec::new();
        for word in ["first ", "second "] {
            let mut editor = TextEditor::new(&mut theirs, &mut rng, 0);
            edits.extend(editor.splice(&section, 0, 0, word).unwrap().change);
        }
        let changes = theirs.get_changes(&text.get_heads());
        let before = text.save();
        let found = held_sections(text, &changes).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].section, section);
        assert_eq!(
            found[0].before.as_deref(),
            Some("# One\n\nParties should talk.\n")
        );
        assert!(found[0].after.starts_with("second first # One"));
        assert_eq!(text.save(), before);
        assert_eq!(
            held_sections(text, &changes[1..]),
            Err(HeldError::MissingDependencies(vec![edits[0]]))
        );
        assert_eq!(
            held_entries(&draft.discussion.document, &[]),
            Ok(Vec::new())
        );
    }
}
