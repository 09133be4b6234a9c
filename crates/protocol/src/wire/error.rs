//! Why a frame was not understood.

use plenary_draft::DocumentIdError;

use crate::close::{CloseCode, CloseReason};

/// Why a frame is not a message. The connection that sent it is closed with [`DecodeError::reason`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than a frame may have.
    #[error("a frame has at most {limit} bytes, this one has {bytes}")]
    FrameTooLarge {
        /// What came.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// The bytes are not CBOR, or a declared length reaches beyond them.
    #[error("not CBOR at byte {offset}: {what}")]
    Malformed {
        /// Where, in bytes from the start of the frame or of the value that was read.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// More bytes after the message.
    #[error("{bytes} bytes after the end of the message")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// Values nested too deeply.
    #[error("values nested more than {limit} levels deep")]
    TooDeep {
        /// What is allowed.
        limit: usize,
    },
    /// Too many of something that is counted.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// What is allowed.
        limit: usize,
    },
    /// The frame is CBOR, but not a map.
    #[error("a message is a CBOR map with a text `type`, this is something else")]
    NotAMap,
    /// One key stands twice in a map.
    #[error("a key stands twice in one map")]
    DuplicateKey,
    /// A field that the message needs is absent, null or undefined.
    #[error("the field `{field}` is missing")]
    Missing {
        /// Its key on the wire.
        field: &'static str,
    },
    /// A field has a value of another type.
    #[error("the field `{field}` is not {expected}")]
    WrongType {
        /// Its key on the wire.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A field that must say something is empty.
    #[error("the field `{field}` is empty")]
    Empty {
        /// Its key on the wire.
        field: &'static str,
    },
    /// A field is longer than allowed.
    #[error("the field `{field}` has more than {limit} bytes")]
    TooLong {
        /// Its key on the wire.
        field: &'static str,
        /// What is allowed.
        limit: usize,
    },
    /// A document id that is not one.
    #[error("the field `documentId` is wrong: {0}")]
    DocumentId(#[from] DocumentIdError),
    /// A hash of a change that is not one.
    #[error(
        "the field `{field}` holds something else than hashes of changes (32 bytes in base58 with a checksum)"
    )]
    Hash {
        /// The key of the list on the wire.
        field: &'static str,
    },
}

impl DecodeError {
    /// The code to close the connection with.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::FrameTooLarge { .. } | Self::TooLong { .. } | Self::TooMany { .. } => {
                CloseCode::TooLarge
            }
            _ => CloseCode::ProtocolError,
        }
    }

    /// Code and words to close the connection with.
    pub fn reason(&self) -> CloseReason {
        CloseReason::new(self.close_code(), self.to_string())
    }
}
