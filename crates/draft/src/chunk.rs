//! Automerge's storage chunks, read in bytes without Automerge.
//!
//! Automerge inflates what it is given without a bound and trusts run lengths, so whatever comes
//! from a peer or from a disk is measured here first. The layouts follow Automerge's binary
//! format: four magic bytes, a checksum of four bytes, a type byte, the body's length in LEB128,
//! and the body. (See <https://automerge.org/automerge-binary-format-spec/>.)

mod columns;
mod reader;

use automerge::ChangeHash;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io::Read;

use columns::{ColumnSet, measure_columns};
use reader::Reader;

/// The first four bytes of every chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// What a chunk holds, as its type byte says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkKind {
    /// A whole document with its history (type 0).
    Document,
    /// One change (type 1).
    Change,
    /// One change whose body is deflated (type 2).
    CompressedChange,
    /// Several changes in columns (type 3).
    Bundle,
}

/// One chunk, still encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// What the chunk holds.
    pub kind: ChunkKind,
    /// The whole chunk, header included.
    pub bytes: &'a [u8],
    /// What follows the header, deflated still if it was.
    pub body: &'a [u8],
    /// The first four bytes of the body's hash, as the header claims them (not checked here).
    pub checksum: [u8; 4],
}

/// How much a chunk may grow when it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLimits {
    /// Inflated bytes of one chunk.
    pub inflated_bytes: u64,
    /// Rows of the longest column, which is a bound for the number of operations.
    pub rows: u64,
}

/// How much a chunk grows when it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChunkSize {
    /// Bytes after inflating.
    pub inflated_bytes: u64,
    /// Rows of the longest column: at least the number of operations.
    pub rows: u64,
}

/// Why bytes are not a chunk, or not one that may be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The bytes end in the middle of a chunk.
    #[error("the data end in the middle of an Automerge chunk: they were cut off on the way")]
    Truncated,
    /// The bytes do not begin like a chunk.
    #[error("not Automerge data: a chunk begins with 85 6f 4a 83")]
    BadMagic,
    /// The type byte is none that this version knows.
    #[error("unknown kind of Automerge chunk: {0}")]
    UnknownKind(u8),
    /// A number is longer than 64 bits or written in more bytes than it needs.
    #[error("a number in an Automerge chunk is badly encoded")]
    BadNumber,
    /// The deflated data are damaged.
    #[error("the deflated data of an Automerge chunk are damaged")]
    BadDeflate,
    /// The chunk inflates beyond the limit.
    #[error("an Automerge chunk inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The chunk declares more rows than the limit.
    #[error("an Automerge chunk declares more than {limit} operations")]
    TooManyRows {
        /// The limit in rows.
        limit: u64,
    },
    /// The body does not fit its checksum.
    #[error("an Automerge chunk does not fit its checksum: it was damaged")]
    BadChecksum,
    /// The operation makes sense for a change only.
    #[error("this Automerge chunk is not a single change")]
    NotAChange,
}

/// Walks the chunks in `bytes`, which stand one after another as in a saved document.
///
/// The iterator ends after the first error, since nothing tells where the next chunk begins.
pub fn chunks(bytes: &[u8]) -> Chunks<'_> {
    Chunks { rest: bytes }
}

/// The iterator that [`chunks`] returns.
#[derive(Debug, Clone)]
pub struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, ChunkError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match read_chunk(self.rest) {
            Ok(chunk) => {
                self.rest = self.rest.get(chunk.bytes.len()..).unwrap_or_default();
                Some(Ok(chunk))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

fn read_chunk(bytes: &[u8]) -> Result<Chunk<'_>, ChunkError> {
    let mut reader = Reader::new(bytes);
    if reader.take(4)? != MAGIC {
        return Err(ChunkError::BadMagic);
    }
    let checksum = reader.array::<4>()?;
    let kind = match reader.byte()? {
        0 => ChunkKind::Document,
        1 => ChunkKind::Change,
        2 => ChunkKind::CompressedChange,
        3 => ChunkKind::Bundle,
        other => return Err(ChunkError::UnknownKind(other)),
    };
    let length = reader.length()?;
    let body = reader.take(length)?;
    let whole = bytes.len() - reader.rest().len();
    Ok(Chunk {
        kind,
        bytes: &bytes[..whole],
        body,
        checksum,
    })
}

impl<'a> Chunk<'a> {
    /// Measures what Automerge would decode this chunk to, without decoding beyond `limits`.
    pub fn measure(&self, limits: &ChunkLimits) -> Result<ChunkSize, ChunkError> {
        let body = self.inflated_body(limits.inflated_bytes)?;
        let mut size = ChunkSize {
            inflated_bytes: check_size(body.len() as u64, limits.inflated_bytes)?,
            rows: 0,
        };
        let mut reader = Reader::new(&body);
        match self.kind {
            ChunkKind::Change | ChunkKind::CompressedChange => {
                skip_change_header(&mut reader)?;
                let operations = ColumnSet::read(&mut reader)?;
                measure_columns(&operations, &mut reader, limits, &mut size)?;
            }
            ChunkKind::Document => {
                reader.skip_prefixed_list()?;
                reader.skip_hashes()?;
                let changes = ColumnSet::read(&mut reader)?;
                let operations = ColumnSet::read(&mut reader)?;
                measure_columns(&changes, &mut reader, limits, &mut size)?;
                measure_columns(&operations, &mut reader, limits, &mut size)?;
            }
            ChunkKind::Bundle => {
                reader.skip_hashes()?;
                reader.skip_prefixed_list()?;
                let changes = ColumnSet::read(&mut reader)?;
                measure_columns(&changes, &mut reader, limits, &mut size)?;
                let operations = ColumnSet::read(&mut reader)?;
                measure_columns(&operations, &mut reader, limits, &mut size)?;
            }
        }
        Ok(size)
    }

    /// Returns the hash of the change in this chunk, as Automerge defines it: SHA-256 over the
    /// type byte of an uncompressed change, the length of the inflated body and that body.
    ///
    /// Fails when the chunk is not a change, inflates to more than `limit` bytes or does not fit
    /// its checksum.
    pub fn change_hash(&self, limit: u64) -> Result<ChangeHash, ChunkError> {
        if !matches!(self.kind, ChunkKind::Change | ChunkKind::CompressedChange) {
            return Err(ChunkError::NotAChange);
        }
        let body = self.inflated_body(limit)?;
        let mut hasher = Sha256::new();
        hasher.update([1]);
        hasher.update(reader::encode_unsigned(body.len() as u64));
        hasher.update(&body);
        let hash: [u8; 32] = hasher.finalize().into();
        if hash[..4] != self.checksum {
            return Err(ChunkError::BadChecksum);
        }
        Ok(ChangeHash(hash))
    }

    /// The body as Automerge would parse it: inflated if the whole body is deflated.
    fn inflated_body(&self, limit: u64) -> Result<Cow<'a, [u8]>, ChunkError> {
        match self.kind {
            ChunkKind::CompressedChange => inflate(self.body, limit).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(self.body)),
        }
    }
}

/// Inflates raw deflate data, up to `limit` bytes.
pub(crate) fn inflate(deflated: &[u8], limit: u64) -> Result<Vec<u8>, ChunkError> {
    let mut inflated = Vec::new();
    // One byte more than allowed is read, so that reaching the limit can be told from passing it.
    flate2::bufread::DeflateDecoder::new(deflated)
        .take(limit.saturating_add(1))
        .read_to_end(&mut inflated)
        .map_err(|_| ChunkError::BadDeflate)?;
    check_size(inflated.len() as u64, limit)?;
    Ok(inflated)
}

fn check_size(bytes: u64, limit: u64) -> Result<u64, ChunkError> {
    if bytes > limit {
        return Err(ChunkError::TooLarge { limit });
    }
    Ok(bytes)
}

/// Skips everything in a change's body that stands before the description of its columns.
fn skip_change_header(reader: &mut Reader<'_>) -> Result<(), ChunkError> {
    reader.skip_hashes()?; // dependencies
    reader.skip_prefixed()?; // actor
    reader.unsigned()?; // sequence number
    reader.unsigned()?; // first operation
    reader.skip_number()?; // time, signed
    reader.skip_prefixed()?; // message
    reader.skip_prefixed_list() // other actors
}

#[cfg(test)]
mod tests;
