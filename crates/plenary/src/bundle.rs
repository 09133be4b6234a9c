//! Bundles as the commands read them.

use automerge::ChangeHash;
use std::str::FromStr;

use crate::exit::{Exit, Failure};

/// A bundle that has been read and checked.
pub struct OpenedBundle {}

/// A draft's text at certain heads.
pub struct TextAt {
    /// The title.
    pub title: String,
    /// The authors' bytes.
    pub source: Vec<u8>,
    /// The heads of the text document.
    pub heads: Vec<ChangeHash>,
}

impl OpenedBundle {
    /// Reads a bundle; `label` names it in messages.
    pub fn read(label: &str, _bytes: &[u8]) -> Result<Self, Failure> {
        Err(Failure::new(
            Exit::Failed,
            format!("{label}: bundles are not there yet"),
        ))
    }

    /// The draft's id.
    pub fn draft_id(&self) -> String {
        String::new()
    }

    /// The text at the present, or at old heads.
    pub fn text_at(&self, _heads: Option<&[ChangeHash]>) -> Result<TextAt, Failure> {
        Err(Failure::new(Exit::Failed, "bundles are not there yet"))
    }
}

/// Reads heads as `plenary history` prints them: hexadecimal, separated by commas.
pub fn parse_heads(text: &str) -> Result<Vec<ChangeHash>, Failure> {
    text.split(',')
        .map(str::trim)
        .filter(|head| !head.is_empty())
        .map(|head| {
            ChangeHash::from_str(head).map_err(|_| {
                Failure::new(
                    Exit::BadInput,
                    format!("{head} is no head: expected 64 hexadecimal digits as `plenary history` prints them"),
                )
            })
        })
        .collect()
}
