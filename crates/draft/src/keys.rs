//! Keys of entries: 128 random bits in base58.
//!
//! Keys read from a document are whatever a peer put there, so a key may be any text; only those
//! that are made here are known to be well formed.

use rand_core::Rng;
use std::fmt;

/// The longest text that 16 bytes take in base58.
const MAX_KEY_BYTES: usize = 22;

/// Draws 16 random bytes and writes them in base58, without a checksum.
pub(crate) fn random_key(rng: &mut impl Rng) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bs58::encode(bytes).into_string()
}

/// Whether a text could have come from [`random_key`].
fn is_well_formed(key: &str) -> bool {
    key.len() <= MAX_KEY_BYTES
        && bs58::decode(key)
            .into_vec()
            .is_ok_and(|bytes| bytes.len() == 16)
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Draws a new random key.
            pub fn random(rng: &mut impl Rng) -> Self {
                Self(random_key(rng))
            }

            /// Takes a key as it stands in a document, well formed or not.
            pub fn from_key(key: impl Into<String>) -> Self {
                Self(key.into())
            }

            /// Returns the key as it stands in a document.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the key is 128 bits in base58, as all keys are that Plenary makes.
            pub fn is_well_formed(&self) -> bool {
                is_well_formed(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

keys! {
    /// The key of a section of the text.
    SectionId;
    /// The key of a comment in the discussion.
    CommentId;
    /// The key of a suggestion in the discussion.
    SuggestionId;
    /// The key of a position that somebody takes on a recommendation.
    PositionId;
    /// The key of a recommendation in the record.
    RecommendationId;
    /// The key of a milestone in the record.
    MilestoneId;
    /// The key of a stakeholder group in the record.
    GroupId;
    /// The key of any other entry of a flat map, such as one change of stage.
    EntryId;
    /// A participant: a random id, held durably by the client. Names are never in documents.
    ParticipantId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    #[test]
    fn drawn_keys_are_well_formed_and_differ() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let first = SectionId::random(&mut rng);
        let second = SectionId::random(&mut rng);
        assert!(first.is_well_formed() && second.is_well_formed());
        assert_ne!(first, second);
    }

    #[test]
    fn any_text_is_a_key_but_not_a_well_formed_one() {
        for key in ["", "0OIl", "abc", &"2".repeat(1 << 20)] {
            assert!(!SectionId::from_key(key).is_well_formed());
        }
    }
}
