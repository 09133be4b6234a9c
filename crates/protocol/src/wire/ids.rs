//! Names that peers give themselves on the wire.

use std::fmt;

/// Declares a newtype of a text that a peer chose.
macro_rules! text_id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        ///
        /// Decoding bounds it by [`crate::limits::Limits::id_bytes`] and refuses an empty one.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text as it stands.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

/// Gives an id that may be logged its text forms.
macro_rules! shown {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }
    };
}

text_id! {
    /// One running program that takes part, for as long as it runs: automerge-repo draws it anew
    /// at every start. It is a claim, not a proof of anything.
    PeerId
}
shown!(PeerId);

text_id! {
    /// One run of a peer, drawn by it at start; presence is numbered within it.
    SessionId
}
shown!(SessionId);

text_id! {
    /// One durable store: peers with the same storage id see the same saved documents.
    StorageId
}
shown!(StorageId);

text_id! {
    /// One running instance of a Plenary client, drawn at random when it starts: a connection of
    /// the same participant and instance replaces the one before it.
    InstanceId
}
shown!(InstanceId);

text_id! {
    /// What a Plenary client shows to be recognised as the same participant again. Whoever knows
    /// it can write as that participant: it is never logged, so its `Debug` form hides it.
    ParticipantSecret
}

impl fmt::Debug for ParticipantSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParticipantSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        assert!(!format!("{:?}", ParticipantSecret::new("hunter2")).contains("hunter2"));
        assert_eq!(format!("{:?}", PeerId::new("anna")), "PeerId(\"anna\")");
    }
}
