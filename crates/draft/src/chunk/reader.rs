//! A cursor over bytes that never reads beyond their end.

use super::ChunkError;

#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], ChunkError> {
        if length > self.rest.len() {
            return Err(ChunkError::Truncated);
        }
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ChunkError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self) -> Result<u8, ChunkError> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// Reads an unsigned LEB128 number.
    pub(super) fn unsigned(&mut self) -> Result<u64, ChunkError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ChunkError::BadNumber);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if shift > 0 && byte == 0 {
                    return Err(ChunkError::BadNumber);
                }
                return Ok(value);
            }
        }
        Err(ChunkError::BadNumber)
    }

    /// Reads a signed LEB128 number.
    pub(super) fn signed(&mut self) -> Result<i64, ChunkError> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift < 57 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
        }
        Err(ChunkError::BadNumber)
    }

    /// Skips a LEB128 number of either kind.
    pub(super) fn skip_number(&mut self) -> Result<(), ChunkError> {
        self.signed().map(|_| ())
    }

    /// Reads a number that says how many bytes follow.
    pub(super) fn length(&mut self) -> Result<usize, ChunkError> {
        usize::try_from(self.unsigned()?).map_err(|_| ChunkError::Truncated)
    }

    /// Skips bytes that follow their own length.
    pub(super) fn skip_prefixed(&mut self) -> Result<(), ChunkError> {
        let length = self.length()?;
        self.take(length).map(|_| ())
    }

    /// Skips a list of byte strings that follows its own length.
    pub(super) fn skip_prefixed_list(&mut self) -> Result<(), ChunkError> {
        // Each entry takes a byte at least, so a false count fails as soon as the bytes end.
        for _ in 0..self.unsigned()? {
            self.skip_prefixed()?;
        }
        Ok(())
    }

    /// Skips a list of change hashes that follows its own length.
    pub(super) fn skip_hashes(&mut self) -> Result<(), ChunkError> {
        let bytes = self
            .length()?
            .checked_mul(32)
            .ok_or(ChunkError::Truncated)?;
        self.take(bytes).map(|_| ())
    }
}

/// Writes an unsigned LEB128 number.
pub(super) fn encode_unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(10);
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
