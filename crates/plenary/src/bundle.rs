//! Bundles as the commands read them.

use std::str::FromStr;

use automerge::ChangeHash;
use plenary_draft::{Bundle, BundleLimits, Record, Text};

use crate::exit::{Exit, Failure};

/// A bundle that has been read and checked.
pub struct OpenedBundle {
    label: String,
    bundle: Bundle,
}

/// A draft's text at certain heads.
pub struct TextAt {
    /// The title.
    pub title: String,
    /// The authors' bytes.
    pub source: Vec<u8>,
    /// The language that the draft's metadata name, where the text does not say.
    pub language: Option<String>,
    /// The heads of the text document.
    pub heads: Vec<ChangeHash>,
}

impl OpenedBundle {
    /// Reads a bundle; `label` names it in messages.
    pub fn read(label: &str, bytes: &[u8]) -> Result<Self, Failure> {
        let bundle = Bundle::from_bytes(bytes, &BundleLimits::default())
            .map_err(|error| Failure::new(Exit::Damaged, format!("{label}: {error}")))?;
        Ok(Self {
            label: label.to_owned(),
            bundle,
        })
    }

    /// The bundle's parts.
    pub fn parts(&self) -> &Bundle {
        &self.bundle
    }

    /// The draft's id.
    pub fn draft_id(&self) -> String {
        self.bundle.draft.record.id.to_string()
    }

    /// The draft's stage, as a word.
    pub fn stage(&self) -> String {
        Record::read(&self.bundle.draft.record.document)
            .stage
            .as_word()
            .to_owned()
    }

    /// The text at the present, or at old heads.
    pub fn text_at(&self, heads: Option<&[ChangeHash]>) -> Result<TextAt, Failure> {
        let document = &self.bundle.draft.text.document;
        let text = match heads {
            None => Text::read(document),
            Some(heads) => Text::read_at(document, heads).map_err(|error| {
                Failure::new(Exit::BadInput, format!("{}: {error}", self.label))
            })?,
        };
        Ok(TextAt {
            source: text.source().to_bytes(),
            language: text.metadata.get("language").cloned(),
            heads: heads.map_or_else(|| document.get_heads(), <[ChangeHash]>::to_vec),
            title: text.title,
        })
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
                    format!(
                        "{head} is no head: expected 64 hexadecimal digits as `plenary history` prints them"
                    ),
                )
            })
        })
        .collect()
}
