//! The Bloom filter in which a peer says which changes it has.
//!
//! The layout and the probes are Automerge's (they come from the paper that its sync protocol
//! follows, arXiv 2012.00472). Parsing is our own because Automerge divides by the number of bits
//! without looking at it and makes as many probes as the sender asks for.

use automerge::ChangeHash;

use super::leb128;

/// Ten bits for each entry and seven probes give one false positive in a hundred.
const BITS_PER_ENTRY: u32 = 10;
const PROBES: u32 = 7;

/// A set of change hashes that may claim to hold one that it does not, and never the reverse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BloomFilter {
    entries: u32,
    bits_per_entry: u32,
    probes: u32,
    bits: Vec<u8>,
}

impl BloomFilter {
    /// Builds a filter of `hashes`.
    pub fn of<'a>(hashes: impl ExactSizeIterator<Item = &'a ChangeHash>) -> Self {
        let entries = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        if entries == 0 {
            return Self::default();
        }
        let mut filter = Self {
            entries,
            bits_per_entry: BITS_PER_ENTRY,
            probes: PROBES,
            bits: vec![0; bytes_for(entries, BITS_PER_ENTRY)],
        };
        for hash in hashes {
            for bit in probes(hash, PROBES, filter.bits.len()) {
                filter.bits[bit / 8] |= 1 << (bit % 8);
            }
        }
        filter
    }

    /// Reads a filter from exactly `bytes`. `None` when it is malformed, when it would hold
    /// entries in no bits, or when it asks for more than `max_probes` probes.
    pub fn parse(bytes: &[u8], max_probes: u32) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let (entries, rest) = read_u32(bytes)?;
        let (bits_per_entry, rest) = read_u32(rest)?;
        let (probes, rest) = read_u32(rest)?;
        let length = bytes_for(entries, bits_per_entry);
        let empty_with_entries = entries > 0 && (length == 0 || probes == 0);
        // The probes are computed in 32 bits, so a longer filter could not be addressed.
        let too_long = length > (u32::MAX / 16) as usize;
        if empty_with_entries || probes > max_probes || too_long || rest.len() < length {
            return None;
        }
        Some(Self {
            entries,
            bits_per_entry,
            probes,
            bits: rest[..length].to_vec(),
        })
    }

    /// Appends the filter's wire form to `out`; the empty filter is no bytes at all.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if self.entries == 0 {
            return;
        }
        for number in [self.entries, self.bits_per_entry, self.probes] {
            leb128::write(out, u64::from(number));
        }
        out.extend_from_slice(&self.bits);
    }

    /// Whether the filter holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Whether `hash` may be in the set. `false` is certain, `true` is not.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        !self.is_empty()
            && probes(hash, self.probes, self.bits.len())
                .all(|bit| self.bits[bit / 8] & (1 << (bit % 8)) != 0)
    }
}

fn read_u32(input: &[u8]) -> Option<(u32, &[u8])> {
    let (value, rest) = leb128::read(input)?;
    Some((u32::try_from(value).ok()?, rest))
}

fn bytes_for(entries: u32, bits_per_entry: u32) -> usize {
    let bits = u64::from(entries) * u64::from(bits_per_entry);
    usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX)
}

/// The bits that stand for `hash` in a filter of `length` bytes (at least one): three numbers
/// from the hash, added up as in enhanced double hashing.
fn probes(hash: &ChangeHash, count: u32, length: usize) -> impl Iterator<Item = usize> {
    let modulo = 8 * length as u32;
    let word = |at: usize| {
        let bytes = &hash.0[at..at + 4];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) % modulo
    };
    let (mut x, mut y, z) = (word(0), word(4), word(8));
    (0..count).map(move |index| {
        if index > 0 {
            x = (x + y) % modulo;
            y = (y + z) % modulo;
        }
        x as usize
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(count: u8) -> Vec<ChangeHash> {
        (0..count)
            .map(|n| {
                ChangeHash(core::array::from_fn(|i| {
                    (i as u8).wrapping_mul(31) ^ n.wrapping_mul(97)
                }))
            })
            .collect()
    }

    #[test]
    fn the_wire_form_is_automerges() {
        let hashes = hashes(40);
        let theirs = automerge::sync::BloomFilter::from_hashes(hashes.iter()).to_bytes();
        let mut ours = Vec::new();
        BloomFilter::of(hashes.iter()).encode(&mut ours);
        assert_eq!(ours, theirs);
        let read = BloomFilter::parse(&theirs, 64).unwrap();
        assert!(hashes.iter().all(|hash| read.contains(hash)));
    }

    #[test]
    fn filters_that_kill_automerge_are_refused() {
        let no_bits = [1, 0, 7];
        let billions_of_probes = [1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0];
        let longer_than_it_is = [0xff, 0xff, 0xff, 0xff, 0x0f, 10, 7, 0];
        for bytes in [&no_bits[..], &billions_of_probes, &longer_than_it_is] {
            assert_eq!(BloomFilter::parse(bytes, 64), None);
        }
    }
}
