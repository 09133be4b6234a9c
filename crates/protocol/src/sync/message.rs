//! Sync messages on the wire, read with every length checked before anything is allocated.

use automerge::ChangeHash;
use bytes::Bytes;

use super::bloom::BloomFilter;
use super::leb128;
use crate::limits::Limits;

const TYPE_V1: u8 = 0x42;
const TYPE_V2: u8 = 0x43;
const HASH_BYTES: usize = 32;

/// The byte that peers before the bit field understand as "I can read version 2".
const FLAG_LEGACY_V2: u8 = 0x02;
/// Marks a byte of the flags section as a bit field.
const FLAG_BITFIELD: u8 = 0x80;

/// How the changes of a message are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// One change in each chunk. Every peer reads it.
    V1,
    /// One chunk that holds changes or a whole document.
    V2,
}

/// The optional section at a message's end. That it is there at all says that its sender reads
/// [`Version::V2`] and will write it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flags {
    /// The receiver shall forget which changes it has sent already.
    pub const SYNC_RESET: Self = Self(1 << 0);
    /// The sender does not apply the receiver's changes.
    pub const READ_ONLY: Self = Self(1 << 1);
    /// The sender understands [`Flags::SYNC_RESET`].
    pub const SUPPORTS_SYNC_RESET: Self = Self(1 << 2);

    /// Whether all of `other`'s bits are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a peer says that it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Have {
    /// Heads that both sides had when they last were equal.
    pub last_sync: Vec<ChangeHash>,
    /// The changes that the sender has beyond `last_sync`.
    pub bloom: BloomFilter,
}

/// One sync message. The bytes of the changes are slices of the frame that they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncMessage {
    /// The layout of `changes`.
    pub version: Version,
    /// The heads of the sender.
    pub heads: Vec<ChangeHash>,
    /// Changes that the sender asks for by hash.
    pub need: Vec<ChangeHash>,
    /// What the sender has; an empty list asks for nothing but `need`.
    pub have: Vec<Have>,
    /// Chunks in Automerge's storage format.
    pub changes: Vec<Bytes>,
    /// Present when the sender knows of flags.
    pub flags: Option<Flags>,
}

/// Why bytes are not a sync message that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncMessageError {
    /// The first byte names no type that we know.
    #[error("a sync message begins with 0x42 or 0x43, this one does not")]
    WrongType,
    /// The message ends before what it declares.
    #[error("the sync message is cut short")]
    CutShort,
    /// A list or filter is longer than the limit.
    #[error("the sync message declares {count} {what}, at most {limit} are taken")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many were declared.
        count: u64,
        /// How many are taken.
        limit: usize,
    },
    /// A Bloom filter is malformed or dangerous.
    #[error("the sync message holds a Bloom filter that cannot be read")]
    BadBloomFilter,
}

impl SyncMessage {
    /// Reads a message. Nothing is allocated for a length before the bytes for it are there.
    pub fn parse(data: &Bytes, limits: &Limits) -> Result<Self, SyncMessageError> {
        let mut reader = Reader { data, at: 0 };
        let version = match reader.byte()? {
            TYPE_V1 => Version::V1,
            TYPE_V2 => Version::V2,
            _ => return Err(SyncMessageError::WrongType),
        };
        let heads = reader.hashes("heads", limits)?;
        let need = reader.hashes("needed hashes", limits)?;
        let have = reader.have(limits)?;
        let changes = reader.changes(limits)?;
        let flags = reader.flags()?;
        Ok(Self {
            version,
            heads,
            need,
            have,
            changes,
            flags,
        })
    }

    /// Writes the message. Lists of hashes must be sorted, as Automerge has it.
    pub fn encode(&self) -> Vec<u8> {
        let size: usize = self.changes.iter().map(|chunk| chunk.len() + 5).sum();
        let mut out =
            Vec::with_capacity(size + HASH_BYTES * (self.heads.len() + self.need.len()) + 64);
        out.push(match self.version {
            Version::V1 => TYPE_V1,
            Version::V2 => TYPE_V2,
        });
        write_hashes(&mut out, &self.heads);
        write_hashes(&mut out, &self.need);
        leb128::write(&mut out, self.have.len() as u64);
        for have in &self.have {
            write_hashes(&mut out, &have.last_sync);
            let mut bloom = Vec::new();
            have.bloom.encode(&mut bloom);
            leb128::write(&mut out, bloom.len() as u64);
            out.extend_from_slice(&bloom);
        }
        leb128::write(&mut out, self.changes.len() as u64);
        for chunk in &self.changes {
            leb128::write(&mut out, chunk.len() as u64);
            out.extend_from_slice(chunk);
        }
        if let Some(Flags(bits)) = self.flags {
            out.extend_from_slice(&[2, FLAG_LEGACY_V2, FLAG_BITFIELD | bits]);
        }
        out
    }
}

fn write_hashes(out: &mut Vec<u8>, hashes: &[ChangeHash]) {
    leb128::write(out, hashes.len() as u64);
    for hash in hashes {
        out.extend_from_slice(&hash.0);
    }
}

struct Reader<'a> {
    data: &'a Bytes,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        &self.data[self.at..]
    }

    fn byte(&mut self) -> Result<u8, SyncMessageError> {
        let byte = *self.rest().first().ok_or(SyncMessageError::CutShort)?;
        self.at += 1;
        Ok(byte)
    }

    fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, SyncMessageError> {
        let before = self.rest().len();
        let (count, rest) = leb128::read(self.rest()).ok_or(SyncMessageError::CutShort)?;
        self.at += before - rest.len();
        match usize::try_from(count) {
            Ok(count) if count <= limit => Ok(count),
            _ => Err(SyncMessageError::TooMany { what, count, limit }),
        }
    }

    fn take(&mut self, length: usize) -> Result<Bytes, SyncMessageError> {
        if self.rest().len() < length {
            return Err(SyncMessageError::CutShort);
        }
        let bytes = self.data.slice(self.at..self.at + length);
        self.at += length;
        Ok(bytes)
    }

    /// Hashes sorted and without repetition, so that lists can be compared.
    fn hashes(
        &mut self,
        what: &'static str,
        limits: &Limits,
    ) -> Result<Vec<ChangeHash>, SyncMessageError> {
        let count = self.count(what, limits.hashes_per_list)?;
        let bytes = self.take(count * HASH_BYTES)?;
        let mut hashes: Vec<ChangeHash> = bytes
            .as_chunks::<HASH_BYTES>()
            .0
            .iter()
            .map(|hash| ChangeHash(*hash))
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        Ok(hashes)
    }

    fn have(&mut self, limits: &Limits) -> Result<Vec<Have>, SyncMessageError> {
        let count = self.count("have entries", limits.have_entries)?;
        let mut have = Vec::with_capacity(count);
        for _ in 0..count {
            let last_sync = self.hashes("hashes of the last sync", limits)?;
            let length = self.count("bytes of a Bloom filter", limits.bloom_bytes)?;
            let bytes = self.take(length)?;
            let bloom = BloomFilter::parse(&bytes, limits.bloom_probes)
                .ok_or(SyncMessageError::BadBloomFilter)?;
            have.push(Have { last_sync, bloom });
        }
        Ok(have)
    }

    fn changes(&mut self, limits: &Limits) -> Result<Vec<Bytes>, SyncMessageError> {
        let count = self.count("changes", limits.changes_per_message)?;
        let mut changes = Vec::with_capacity(count.min(self.rest().len()));
        for _ in 0..count {
            let length = self.count("bytes of a change", usize::MAX)?;
            changes.push(self.take(length)?);
        }
        Ok(changes)
    }

    fn flags(&mut self) -> Result<Option<Flags>, SyncMessageError> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        let length = self.count("bytes of flags", usize::MAX)?;
        let bytes = self.take(length)?;
        let bits = bytes
            .iter()
            .filter(|byte| **byte & FLAG_BITFIELD != 0)
            .fold(0, |bits, byte| bits | (byte & !FLAG_BITFIELD));
        Ok(Some(Flags(bits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::sync::SyncDoc;
    use automerge::transaction::Transactable;

    fn automerge_message() -> Vec<u8> {
        let mut doc = automerge::AutoCommit::new();
        doc.put(automerge::ROOT, "key", 1).unwrap();
        doc.commit();
        let mut state = automerge::sync::State::new();
        state.their_have = Some(vec![automerge::sync::Have::default()]);
        state.their_need = Some(Vec::new());
        doc.sync()
            .generate_sync_message(&mut state)
            .unwrap()
            .encode()
    }

    #[test]
    fn automerges_messages_come_out_as_they_went_in() {
        let bytes = automerge_message();
        let message = SyncMessage::parse(&Bytes::from(bytes.clone()), &Limits::default()).unwrap();
        assert_eq!(message.changes.len(), 1);
        assert!(message.flags.unwrap().contains(Flags::SUPPORTS_SYNC_RESET));
        assert_eq!(message.encode(), bytes);
    }

    #[test]
    fn every_cut_is_an_error_and_never_a_panic() {
        let bytes = automerge_message();
        // The last three bytes are the flags, without which the message is whole, too.
        for length in (0..bytes.len()).filter(|length| *length != bytes.len() - 3) {
            let cut = Bytes::copy_from_slice(&bytes[..length]);
            assert_eq!(
                SyncMessage::parse(&cut, &Limits::default())
                    .map(|message| message.heads.len())
                    .ok(),
                None,
                "{length} of {} bytes",
                bytes.len()
            );
        }
    }

    #[test]
    fn declared_lengths_are_checked_before_they_are_believed() {
        let limits = Limits::default();
        let many_heads = Bytes::from_static(&[0x42, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert!(matches!(
            SyncMessage::parse(&many_heads, &limits),
            Err(SyncMessageError::TooMany { what: "heads", .. })
        ));
        let many_changes = Bytes::from_static(&[0x42, 0, 0, 0, 0xff, 0xff, 0x1e]);
        assert!(matches!(
            SyncMessage::parse(&many_changes, &limits),
            Err(SyncMessageError::TooMany { .. } | SyncMessageError::CutShort)
        ));
    }
}
