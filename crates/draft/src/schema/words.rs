//! Closed lists of words in documents, open for words of later versions.

use std::fmt;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
            /// A word that this version does not know, kept as it is.
            Other(String),
        }

        impl $name {
            /// The word in documents.
            pub fn as_word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }

            /// Reads a word.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Word for $name {
            fn read(word: &str) -> Self {
                Self::from_word(word)
            }

            fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_word())
            }
        }
    )*};
}

/// What all lists of words have in common, for reading.
pub(crate) trait Word {
    fn read(word: &str) -> Self;
    fn is_known(&self) -> bool;
}

words! {
    /// Where a draft stands.
    Stage {
        /// The group writes.
        Drafting = "drafting",
        /// The public comments.
        Review = "review",
        /// Comments are disposed of.
        Settling = "settling",
        /// The text is locked.
        Final = "final",
    }

    /// What became of a suggestion. One without a status is open.
    SuggestionState {
        /// The text was changed as suggested.
        Accepted = "accepted",
        /// The text stays.
        Declined = "declined",
        /// It was set back to open after a decision.
        Reopened = "reopened",
    }

    /// What became of a comment.
    Outcome {
        /// Taken in.
        Accepted = "accepted",
        /// Taken in, in part.
        AcceptedInPart = "accepted-in-part",
        /// Not taken in.
        Rejected = "rejected",
        /// Taken note of; nothing to change.
        Noted = "noted",
        /// Not a matter of this document.
        OutOfScope = "out-of-scope",
    }

    /// The level of consensus on a recommendation, as the facilitator designates it.
    ConsensusLevel {
        /// Nobody speaks against it.
        Full = "full-consensus",
        /// Only a small minority speaks against it.
        Consensus = "consensus",
        /// Most support it, with significant opposition.
        StrongSupport = "strong-support",
        /// No position has the support of the group.
        Divergence = "divergence",
        /// A minority view, recorded.
        MinorityView = "minority-view",
    }

    /// Where a participant stands on a recommendation.
    Stand {
        /// For it.
        Support = "support",
        /// Not for it, but not in its way.
        CanLiveWith = "can-live-with",
        /// Against it.
        Object = "object",
        /// No position.
        Abstain = "abstain",
    }
}
