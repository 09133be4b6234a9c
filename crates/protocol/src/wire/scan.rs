//! Walking over CBOR without trusting it.
//!
//! Everything that a frame declares is compared with what is there before anything is allocated
//! for it: the walk itself needs memory only for the containers that are open, which are bounded
//! by [`Limits::nesting_levels`].

use super::error::DecodeError;
use crate::limits::Limits;

/// CBOR's major types that matter for walking (RFC 8949, 3.1).
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

/// The initial byte that ends a container of indefinite length.
const BREAK: u8 = 0xff;

/// The beginning of a value.
#[derive(Debug, Clone, Copy)]
struct Head {
    major: u8,
    /// `None` stands for an indefinite length.
    argument: Option<u64>,
}

/// A container that the walk is inside of.
#[derive(Debug, Clone, Copy)]
enum Open {
    /// So many values are still to come.
    Values(u64),
    /// Values until a break; in a map, the break may only come before a key.
    Break { map: bool, odd: bool },
    /// Definite pieces of one string until a break.
    Pieces(u8),
}

/// A position in a frame.
pub(super) struct Walker<'b, 'l> {
    bytes: &'b [u8],
    position: usize,
    /// Levels that are open around this walker.
    level: usize,
    values: usize,
    limits: &'l Limits,
}

impl<'b, 'l> Walker<'b, 'l> {
    /// Starts at the first byte of `bytes`, `level` levels deep.
    pub(super) const fn new(bytes: &'b [u8], level: usize, limits: &'l Limits) -> Self {
        Self {
            bytes,
            position: 0,
            level,
            values: 0,
            limits,
        }
    }

    /// Bytes that were not walked over yet.
    pub(super) const fn rest(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Enters a map and returns the number of its entries, `None` when it ends with a break, or
    /// `Err(NotAMap)` when another value stands here. Tags before the map are skipped.
    pub(super) fn enter_map(&mut self) -> Result<Option<u64>, DecodeError> {
        let mut head = self.head()?;
        while head.major == TAG {
            head = self.head()?;
        }
        if head.major != MAP {
            return Err(DecodeError::NotAMap);
        }
        self.level += 1;
        self.check_level(self.level)?;
        if let Some(entries) = head.argument {
            self.check_count(entries.checked_mul(2))?;
        }
        Ok(head.argument)
    }

    /// Consumes a break if one stands here.
    pub(super) fn at_break(&mut self) -> Result<bool, DecodeError> {
        let found = *self.bytes.get(self.position).ok_or(self.truncated())? == BREAK;
        self.position += usize::from(found);
        Ok(found)
    }

    /// Walks over one whole value and returns its bytes.
    pub(super) fn value(&mut self) -> Result<&'b [u8], DecodeError> {
        let start = self.position;
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.step(&mut open)?;
            // Close what is complete.
            while matches!(open.last(), Some(Open::Values(0))) {
                open.pop();
            }
            if open.is_empty() {
                return Ok(&self.bytes[start..self.position]);
            }
        }
    }

    /// Walks over one head, with its string if it has one.
    fn step(&mut self, open: &mut Vec<Open>) -> Result<(), DecodeError> {
        let at = self.position;
        if !open.is_empty() && self.at_break()? {
            return match open.pop() {
                Some(Open::Break { odd: false, .. } | Open::Pieces(_)) => Ok(()),
                _ => Err(malformed(at, "a break in the wrong place")),
            };
        }
        let head = self.head()?;
        self.values += 1;
        if self.values > self.limits.values_per_frame {
            return Err(DecodeError::TooMany {
                what: "CBOR values in one frame",
                limit: self.limits.values_per_frame,
            });
        }
        match open.last_mut() {
            Some(Open::Pieces(major)) if *major != head.major || head.argument.is_none() => {
                return Err(malformed(at, "a string in pieces of another type"));
            }
            Some(Open::Values(left)) => *left -= 1,
            Some(Open::Break { map: true, odd }) => *odd = !*odd,
            _ => {}
        }
        let inner = match (head.major, head.argument) {
            (BYTES | TEXT, Some(length)) => return self.skip_string(length),
            (BYTES | TEXT, None) => Open::Pieces(head.major),
            (ARRAY, Some(values)) => Open::Values(self.check_count(Some(values))?),
            (MAP, Some(entries)) => Open::Values(self.check_count(entries.checked_mul(2))?),
            (ARRAY, None) => Open::Break {
                map: false,
                odd: false,
            },
            (MAP, None) => Open::Break {
                map: true,
                odd: false,
            },
            (TAG, _) => Open::Values(1),
            _ => return Ok(()),
        };
        open.push(inner);
        self.check_level(self.level + open.len())
    }

    /// Reads an initial byte and its argument.
    fn head(&mut self) -> Result<Head, DecodeError> {
        let at = self.position;
        let initial = *self.bytes.get(at).ok_or(self.truncated())?;
        self.position += 1;
        let (major, info) = (initial >> 5, initial & 0x1f);
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24..=27 => Some(self.argument(1 << (info - 24))?),
            31 if matches!(major, BYTES | TEXT | ARRAY | MAP) => None,
            31 if major == SIMPLE => return Err(malformed(at, "a break in the wrong place")),
            _ => return Err(malformed(at, "a reserved initial byte")),
        };
        if major == SIMPLE && info == 24 && argument.is_some_and(|value| value < 32) {
            return Err(malformed(
                at,
                "a simple value in a form that is not allowed",
            ));
        }
        Ok(Head { major, argument })
    }

    /// Reads a big-endian argument of `length` bytes, at most eight.
    fn argument(&mut self, length: usize) -> Result<u64, DecodeError> {
        let bytes = self
            .bytes
            .get(self.position..self.position + length)
            .ok_or(self.truncated())?;
        self.position += length;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// Moves behind a string of `length` bytes.
    fn skip_string(&mut self, length: u64) -> Result<(), DecodeError> {
        match usize::try_from(length) {
            Ok(length) if length <= self.rest() => {
                self.position += length;
                Ok(())
            }
            _ => Err(malformed(
                self.position,
                "a declared length beyond the frame",
            )),
        }
    }

    /// Every value takes a byte at least, so that a container cannot hold more than bytes are left.
    fn check_count(&self, values: Option<u64>) -> Result<u64, DecodeError> {
        values
            .filter(|values| *values <= self.rest() as u64)
            .ok_or(malformed(
                self.position,
                "a declared length beyond the frame",
            ))
    }

    const fn check_level(&self, level: usize) -> Result<(), DecodeError> {
        if level > self.limits.nesting_levels {
            return Err(DecodeError::TooDeep {
                limit: self.limits.nesting_levels,
            });
        }
        Ok(())
    }

    const fn truncated(&self) -> DecodeError {
        malformed(self.bytes.len(), "the frame ends in the middle of a value")
    }
}

/// Names what is wrong at `offset` bytes.
const fn malformed(offset: usize, what: &'static str) -> DecodeError {
    DecodeError::Malformed { offset, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<usize, &str>) {
        let limits = Limits {
            nesting_levels: 4,
            values_per_frame: 20,
            ..Limits::default()
        };
        let found = Walker::new(bytes, 0, &limits)
            .value()
            .map(<[u8]>::len)
            .map_err(|error| error.to_string());
        match (&found, expected) {
            (Ok(found), Ok(expected)) if *found == expected => {}
            (Err(found), Err(expected)) if found.contains(expected) => {}
            _ => panic!("{bytes:02x?}: found {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn values_end_where_they_end() {
        check(&[0x00, 0x00], Ok(1));
        check(&[0x43, 1, 2, 3, 9], Ok(4));
        check(&[0xa1, 0x61, b'a', 0x80], Ok(4));
        check(&[0xbf, 0x61, b'a', 0x9f, 0xff, 0xff], Ok(6));
        check(&[0x5f, 0x41, 1, 0x40, 0xff], Ok(5));
        check(&[0xd8, 64, 0x41, 7], Ok(4));
        check(&[0xf9, 0x3c, 0x00], Ok(3));
        check(&[0xfb, 0, 0, 0, 0, 0, 0, 0, 0], Ok(9));
        check(&[0xf7], Ok(1));
    }

    #[test]
    fn what_is_declared_must_be_there() {
        check(&[], Err("ends in the middle"));
        check(&[0x1b, 0, 0], Err("ends in the middle"));
        check(&[0x43, 1, 2], Err("declared length"));
        check(&[0x5a, 0xff, 0xff, 0xff, 0xff, 0], Err("declared length"));
        check(&[0x9b, 0, 0, 0, 1, 0, 0, 0, 0, 0], Err("declared length"));
        check(
            &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            Err("declared length"),
        );
        check(&[0xbf, 0x00], Err("ends in the middle"));
    }

    #[test]
    fn malformed_heads_are_refused() {
        check(&[0x1c], Err("reserved"));
        check(&[0x1f], Err("reserved"));
        check(&[0xff], Err("break"));
        check(&[0x82, 0x00, 0xff], Err("break"));
        check(&[0xbf, 0x00, 0xff], Err("break"));
        check(&[0x5f, 0x61, b'a', 0xff], Err("pieces"));
        check(&[0x5f, 0x5f, 0xff, 0xff], Err("pieces"));
        check(&[0xf8, 0x10], Err("simple"));
        check(&[0xc1, 0xff], Err("break"));
    }

    #[test]
    fn depth_and_number_are_bounded() {
        check(&[0x81, 0x81, 0x81, 0x81, 0x00], Ok(5));
        check(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x00], Err("4 levels"));
        check(&[0xc1, 0xc1, 0xc1, 0xc1, 0xc1, 0x00], Err("4 levels"));
        check(&[&[0x93][..], &[0; 19]].concat(), Ok(20));
        check(&[&[0x94][..], &[0; 20]].concat(), Err("20 CBOR values"));
    }
}
