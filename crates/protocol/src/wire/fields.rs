//! The entries of one CBOR map, and typed reading of their values.
//!
//! Keys and values are borrowed from the frame; what nobody asks for is never interpreted, so that
//! unknown keys may hold anything that is CBOR.

use std::borrow::Cow;

use minicbor::data::Type;
use minicbor::decode::Decoder;

use super::error::DecodeError;
use super::scan::Walker;
use crate::limits::Limits;

/// Tags that mark a byte string as one of JavaScript's arrays of bytes (RFC 8746): `Uint8Array`
/// and `Uint8ClampedArray`.
const BYTE_ARRAY_TAGS: [u64; 2] = [64, 68];

/// The largest integer that JavaScript counts to without gaps.
pub(super) const MAX_SAFE_INTEGER: u64 = 1 << 53;

/// The entries of a map in the order of the wire.
pub(super) struct Fields<'b, 'l> {
    entries: Vec<(&'b str, &'b [u8])>,
    level: usize,
    limits: &'l Limits,
}

impl<'b, 'l> Fields<'b, 'l> {
    /// Reads the map that is all of `bytes`, on nesting level `level` (the message is level 1).
    pub(super) fn read(
        bytes: &'b [u8],
        level: usize,
        limits: &'l Limits,
    ) -> Result<Self, DecodeError> {
        let mut walker = Walker::new(bytes, level - 1, limits);
        let declared = walker.enter_map()?;
        let mut entries: Vec<(&str, &[u8])> = Vec::with_capacity(8);
        for read in 0.. {
            let at_end = match declared {
                Some(declared) => read == declared,
                None => walker.at_break()?,
            };
            if at_end {
                break;
            }
            if read >= limits.keys_per_map as u64 {
                return Err(DecodeError::TooMany {
                    what: "keys in one map",
                    limit: limits.keys_per_map,
                });
            }
            let (key, value) = (walker.value()?, walker.value()?);
            // A key that is not plain text is nothing that we know.
            let Ok(key) = Decoder::new(key).str() else {
                continue;
            };
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(DecodeError::DuplicateKey);
            }
            entries.push((key, value));
        }
        match walker.rest() {
            0 => Ok(Self {
                entries,
                level,
                limits,
            }),
            bytes => Err(DecodeError::TrailingBytes { bytes }),
        }
    }

    /// The value at `field`, unless it is absent, null or undefined.
    pub(super) fn get(&self, field: &'static str) -> Option<Value<'b, 'l>> {
        let (_, bytes) = self.entries.iter().find(|(key, _)| *key == field)?;
        Value::present(bytes, field, self.level + 1, self.limits)
    }

    /// The value at `field`, which must be there.
    pub(super) fn need(&self, field: &'static str) -> Result<Value<'b, 'l>, DecodeError> {
        self.get(field).ok_or(DecodeError::Missing { field })
    }

    /// All entries that have a value, which errors will call `field`.
    pub(super) fn into_entries(
        self,
        field: &'static str,
    ) -> impl Iterator<Item = (&'b str, Value<'b, 'l>)> {
        let (level, limits) = (self.level + 1, self.limits);
        self.entries.into_iter().filter_map(move |(key, bytes)| {
            Some((key, Value::present(bytes, field, level, limits)?))
        })
    }
}

/// One value that is not null, known to be well-formed CBOR.
pub(super) struct Value<'b, 'l> {
    bytes: &'b [u8],
    field: &'static str,
    level: usize,
    limits: &'l Limits,
}

impl<'b, 'l> Value<'b, 'l> {
    fn present(
        bytes: &'b [u8],
        field: &'static str,
        level: usize,
        limits: &'l Limits,
    ) -> Option<Self> {
        (!matches!(bytes, [0xf6 | 0xf7])).then_some(Self {
            bytes,
            field,
            level,
            limits,
        })
    }

    /// Reads a text of at most `limit` bytes, in one piece or in several.
    pub(super) fn text(&self, limit: usize) -> Result<Cow<'b, str>, DecodeError> {
        let mut decoder = Decoder::new(self.bytes);
        let text = match self.data_type(&decoder) {
            Some(Type::String) => decoder.str().map(Cow::Borrowed),
            Some(Type::StringIndef) => decoder
                .str_iter()
                .and_then(Iterator::collect::<Result<String, _>>)
                .map(Cow::Owned),
            _ => return Err(self.wrong("a text")),
        };
        // All that can be wrong with a well-formed text is its encoding.
        let text = text.map_err(|_| self.wrong("a text in UTF-8"))?;
        self.check_length(text.len(), limit)?;
        Ok(text)
    }

    /// Reads a text that names something: neither empty nor longer than an id may be.
    pub(super) fn id(&self) -> Result<Cow<'b, str>, DecodeError> {
        let text = self.text(self.limits.id_bytes)?;
        if text.is_empty() {
            return Err(DecodeError::Empty { field: self.field });
        }
        Ok(text)
    }

    /// Reads a byte string of at least one byte: plain, or tagged as one of JavaScript's arrays of
    /// bytes; in one piece or in several. No longer than the frame, whose length is bounded.
    pub(super) fn bytes(&self) -> Result<Cow<'b, [u8]>, DecodeError> {
        let mut decoder = Decoder::new(self.bytes);
        if self.data_type(&decoder) == Some(Type::Tag) {
            let tag = decoder.tag().map_err(|_| self.wrong("a byte string"))?;
            if !BYTE_ARRAY_TAGS.contains(&tag.as_u64()) {
                return Err(self.wrong("a byte string"));
            }
        }
        let bytes = match self.data_type(&decoder) {
            Some(Type::Bytes) => decoder.bytes().map(Cow::Borrowed),
            Some(Type::BytesIndef) => decoder
                .bytes_iter()
                .and_then(Iterator::collect::<Result<Vec<&[u8]>, _>>)
                .map(|pieces| Cow::Owned(pieces.concat())),
            _ => return Err(self.wrong("a byte string")),
        };
        let bytes = bytes.map_err(|_| self.wrong("a byte string"))?;
        if bytes.is_empty() {
            return Err(DecodeError::Empty { field: self.field });
        }
        Ok(bytes)
    }

    /// Reads a whole number between -2^53 and 2^53, which JavaScript may have written as a float.
    pub(super) fn integer(&self) -> Result<i64, DecodeError> {
        const RANGE: i64 = MAX_SAFE_INTEGER as i64;
        let mut decoder = Decoder::new(self.bytes);
        let wrong = || self.wrong("a whole number up to 2^53");
        let number = match self.data_type(&decoder) {
            Some(Type::F16 | Type::F32 | Type::F64) => {
                let float = decoder.f64().map_err(|_| wrong())?;
                // The cast saturates, and the range is checked below.
                if float.fract() == 0.0 {
                    float as i64
                } else {
                    return Err(wrong());
                }
            }
            _ => decoder.i64().map_err(|_| wrong())?,
        };
        if (-RANGE..=RANGE).contains(&number) {
            Ok(number)
        } else {
            Err(wrong())
        }
    }

    /// Reads a whole number between 0 and 2^53.
    pub(super) fn count(&self) -> Result<u64, DecodeError> {
        u64::try_from(self.integer()?).map_err(|_| self.wrong("a count"))
    }

    /// Reads a truth value.
    pub(super) fn boolean(&self) -> Result<bool, DecodeError> {
        Decoder::new(self.bytes)
            .bool()
            .map_err(|_| self.wrong("true or false"))
    }

    /// Reads a map of our own or of the protocol's.
    pub(super) fn map(&self) -> Result<Fields<'b, 'l>, DecodeError> {
        Fields::read(self.bytes, self.level, self.limits).map_err(|error| match error {
            DecodeError::NotAMap => self.wrong("a map"),
            other => other,
        })
    }

    /// Reads a list of at most `limit` values with `read`; `what` names them in an error.
    pub(super) fn list<T>(
        &self,
        limit: usize,
        what: &'static str,
        mut read: impl FnMut(Value<'b, 'l>) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let mut decoder = Decoder::new(self.bytes);
        let declared = decoder.array().map_err(|_| self.wrong("a list"))?;
        let mut walker = Walker::new(&self.bytes[decoder.position()..], self.level, self.limits);
        let mut values = Vec::new();
        loop {
            let at_end = match declared {
                Some(declared) => values.len() as u64 == declared,
                None => walker.at_break()?,
            };
            if at_end {
                return Ok(values);
            }
            if values.len() == limit {
                return Err(DecodeError::TooMany { what, limit });
            }
            values.push(read(Value {
                bytes: walker.value()?,
                field: self.field,
                level: self.level + 1,
                limits: self.limits,
            })?);
        }
    }

    fn data_type(&self, decoder: &Decoder<'_>) -> Option<Type> {
        decoder.datatype().ok()
    }

    fn check_length(&self, length: usize, limit: usize) -> Result<(), DecodeError> {
        if length > limit {
            return Err(DecodeError::TooLong {
                field: self.field,
                limit,
            });
        }
        Ok(())
    }

    const fn wrong(&self, expected: &'static str) -> DecodeError {
        DecodeError::WrongType {
            field: self.field,
            expected,
        }
    }
}
