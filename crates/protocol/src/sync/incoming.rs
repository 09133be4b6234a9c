//! Changes as they come from a peer: measured, hashed and parsed, but not yet judged.

use automerge::{Change, ChangeHash};
use bytes::Bytes;
use plenary_draft::chunk::{ChunkError, ChunkKind, ChunkLimits, chunks};
use plenary_draft::document::contain;

use crate::close::CloseCode;
use crate::limits::Limits;

/// A change that a peer sent.
#[derive(Debug, Clone)]
pub struct IncomingChange {
    /// Its hash, computed here.
    pub hash: ChangeHash,
    /// The change.
    pub change: Change,
    /// The chunk as it came, a slice of its frame.
    pub bytes: Bytes,
}

impl IncomingChange {
    /// How much memory it takes, in bytes: itself, the inflated change with its list of
    /// dependencies, and the chunk as it came, which may be a thousand times shorter.
    pub fn memory_bytes(&self) -> usize {
        let dependencies = size_of::<ChangeHash>().saturating_mul(self.change.deps().len());
        size_of::<Self>()
            .saturating_add(self.change.raw_bytes().len())
            .saturating_add(dependencies)
            .saturating_add(self.bytes.len())
    }

    /// The change as it is when it is inflated, in memory of its own. As long as this is what is
    /// kept, what is kept says how much memory it takes to read it.
    pub fn inflated(&self) -> Bytes {
        Bytes::copy_from_slice(self.change.raw_bytes())
    }
}

/// Why what a peer sent cannot be taken as changes. The connection is closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncomingError {
    /// A chunk is damaged, or grows beyond a limit.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// A chunk holds a document or a bundle. We never announce that we read them from peers:
    /// what they hold could not be judged change by change without decoding all of it.
    #[error("a relay takes single changes, not whole documents")]
    NotAChange,
    /// The changes of one message inflate to more than the limit.
    #[error("the changes of one message inflate to more than {limit} bytes: send fewer at once")]
    MessageTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A change declares more dependencies than the limit.
    #[error("a change has more than {limit} dependencies")]
    TooManyDependencies {
        /// The limit.
        limit: usize,
    },
    /// Automerge cannot parse a change whose chunk is whole.
    #[error("a change cannot be parsed: {0}")]
    Unparseable(String),
}

impl IncomingError {
    /// The code to close the connection with.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::Chunk(ChunkError::TooLarge { .. } | ChunkError::TooManyRows { .. })
            | Self::MessageTooLarge { .. }
            | Self::TooManyDependencies { .. } => CloseCode::TooLarge,
            _ => CloseCode::ProtocolError,
        }
    }
}

/// Reads the changes in the chunks of one message, in their order, without those that `is_known`.
/// Everything is measured before Automerge sees it.
pub fn read_changes(
    data: &[Bytes],
    limits: &Limits,
    is_known: impl Fn(&ChangeHash) -> bool,
) -> Result<Vec<IncomingChange>, IncomingError> {
    let mut left = limits.inflated_message_bytes;
    let mut changes = Vec::with_capacity(data.len());
    for data in data {
        for chunk in chunks(data) {
            let chunk = chunk?;
            if !matches!(chunk.kind, ChunkKind::Change | ChunkKind::CompressedChange) {
                return Err(IncomingError::NotAChange);
            }
            let hash = chunk.change_hash(limits.inflated_change_bytes)?;
            if is_known(&hash) {
                continue;
            }
            let size = chunk.measure(&ChunkLimits {
                inflated_bytes: limits.inflated_change_bytes,
                rows: limits.operations_per_change as u64,
            })?;
            left = left
                .checked_sub(size.inflated_bytes)
                .ok_or(IncomingError::MessageTooLarge {
                    limit: limits.inflated_message_bytes,
                })?;
            let change = parse(chunk.bytes)?;
            if change.deps().len() > limits.dependencies_per_change {
                return Err(IncomingError::TooManyDependencies {
                    limit: limits.dependencies_per_change,
                });
            }
            changes.push(IncomingChange {
                hash,
                change,
                bytes: data.slice_ref(chunk.bytes),
            });
        }
    }
    Ok(changes)
}

fn parse(bytes: &[u8]) -> Result<Change, IncomingError> {
    contain(|| Change::from_bytes(bytes.to_vec()))
        .map_err(IncomingError::Unparseable)?
        .map_err(|error| IncomingError::Unparseable(error.to_string()))
}
