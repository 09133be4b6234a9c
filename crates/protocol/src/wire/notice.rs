//! What the relay tells a Plenary client beyond automerge-repo's messages.
//!
//! All of it is optional: a client that ignores every notice loses words, never text. To add a
//! notice, add a variant here; clients that do not know its `kind` skip it.

use std::borrow::Cow;

use automerge::ChangeHash;
use plenary_draft::DocumentId;

use crate::receipt::Receipt;

/// One thing that the relay tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Everything up to these heads is on the relay's disk.
    Saved {
        /// The document.
        document: DocumentId,
        /// The heads that are stored.
        heads: Vec<ChangeHash>,
    },
    /// These changes were not applied; the relay keeps them in quarantine.
    Quarantined {
        /// The document that they were meant for.
        document: DocumentId,
        /// The changes.
        hashes: Vec<ChangeHash>,
        /// Why, in words for a person.
        message: String,
    },
    /// This connection may read the document but not write it.
    ReadOnly {
        /// The document.
        document: DocumentId,
        /// Why, in words for a person.
        message: String,
    },
    /// Who the peer is for this draft, as its entries in the discussion have to say.
    Participant {
        /// The participant's id.
        participant: String,
    },
    /// The draft's people or groups changed: whoever shows them asks for them anew.
    People,
    /// There is more or less work that is held back: told to those who decide on it.
    Held,
    /// From the client to the relay: what the relay has signed before. See [`crate::receipt`].
    Receipt {
        /// The document.
        document: DocumentId,
        /// The heads that it had.
        heads: Vec<ChangeHash>,
        /// What came with the sync message that named them.
        receipt: Receipt,
    },
    /// Words for a person, about a document or about the connection.
    Notice {
        /// The document that they are about, if one.
        document: Option<DocumentId>,
        /// The words.
        message: String,
    },
    /// A kind that this program does not know yet, to be ignored.
    Unknown {
        /// Its `kind`.
        kind: String,
    },
}

impl Notice {
    /// The same in words, for a peer that gets an `error` message instead, as it did not announce
    /// `plenary`. `None` when there is nothing that such a peer would need to know.
    pub fn words(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Saved { .. }
            | Self::Participant { .. }
            | Self::People
            | Self::Held
            | Self::Receipt { .. }
            | Self::Unknown { .. } => None,
            Self::Quarantined {
                document,
                hashes,
                message,
            } => Some(Cow::Owned(format!(
                "{} of your changes to {document} not applied, but kept by the relay: {message}",
                hashes.len()
            ))),
            Self::ReadOnly { document, message } => Some(Cow::Owned(format!(
                "{document} is read-only here: {message}"
            ))),
            Self::Notice { message, .. } => Some(Cow::Borrowed(message)),
        }
    }
}
