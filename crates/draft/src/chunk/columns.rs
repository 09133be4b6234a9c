//! The columns in which Automerge keeps changes and operations.

use super::reader::Reader;
use super::{ChunkError, ChunkLimits, ChunkSize, inflate};
use std::borrow::Cow;

/// The bit of a column's specification that says that its data are deflated.
const DEFLATE_BIT: u32 = 0b1000;

/// How many columns one set may declare. Automerge writes fewer than twenty.
const MAX_COLUMNS: u64 = 256;

/// How the rows of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Run-length encoded unsigned numbers: groups, actors, integers, metadata of values.
    Unsigned,
    /// Run-length encoded signed differences.
    Delta,
    /// Run-length encoded strings.
    Text,
    /// Alternating counts of false and true.
    Boolean,
    /// Bytes of values, without rows of their own.
    Raw,
}

/// The description of a set of columns: their specifications and the lengths of their data.
#[derive(Debug)]
pub(super) struct ColumnSet {
    columns: Vec<(u32, usize)>,
}

impl ColumnSet {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ChunkError> {
        let count = reader.unsigned()?;
        if count > MAX_COLUMNS {
            return Err(ChunkError::TooManyRows { limit: MAX_COLUMNS });
        }
        let mut columns = Vec::new();
        for _ in 0..count {
            let spec = u32::try_from(reader.unsigned()?).map_err(|_| ChunkError::BadNumber)?;
            columns.push((spec, reader.length()?));
        }
        Ok(Self { columns })
    }
}

/// Reads the data of `set` and adds their inflated size and their rows to `size`.
pub(super) fn measure_columns(
    set: &ColumnSet,
    reader: &mut Reader<'_>,
    limits: &ChunkLimits,
    size: &mut ChunkSize,
) -> Result<(), ChunkError> {
    for (spec, length) in &set.columns {
        let stored = reader.take(*length)?;
        let data = if spec & DEFLATE_BIT == 0 {
            Cow::Borrowed(stored)
        } else {
            let left = limits.inflated_bytes.saturating_sub(size.inflated_bytes);
            let inflated = inflate(stored, left).map_err(|error| match error {
                ChunkError::TooLarge { .. } => ChunkError::TooLarge {
                    limit: limits.inflated_bytes,
                },
                other => other,
            })?;
            size.inflated_bytes += inflated.len() as u64;
            Cow::Owned(inflated)
        };
        let rows = count_rows(encoding_of(*spec), &data, limits.rows)?;
        size.rows = size.rows.max(rows);
    }
    Ok(())
}

fn encoding_of(spec: u32) -> Encoding {
    match spec & 0b111 {
        3 => Encoding::Delta,
        4 => Encoding::Boolean,
        5 => Encoding::Text,
        7 => Encoding::Raw,
        _ => Encoding::Unsigned,
    }
}

/// Counts rows by their run lengths, without producing them.
///
/// Columns that Automerge does not know are kept by it unread; theirs are counted all the same,
/// but damage in one of them ends the count instead of failing.
fn count_rows(encoding: Encoding, data: &[u8], limit: u64) -> Result<u64, ChunkError> {
    let mut reader = Reader::new(data);
    let mut rows = 0_u64;
    while !reader.is_empty() {
        let Ok(run) = next_run(encoding, &mut reader) else {
            break;
        };
        rows = rows.saturating_add(run);
        if rows > limit {
            return Err(ChunkError::TooManyRows { limit });
        }
    }
    Ok(rows)
}

fn next_run(encoding: Encoding, reader: &mut Reader<'_>) -> Result<u64, ChunkError> {
    match encoding {
        Encoding::Raw => {
            reader.take(reader.rest().len())?;
            Ok(0)
        }
        Encoding::Boolean => reader.unsigned(),
        _ => match reader.signed()? {
            0 => reader.unsigned(),
            literals if literals < 0 => {
                let count = literals.unsigned_abs();
                for _ in 0..count {
                    skip_value(encoding, reader)?;
                }
                Ok(count)
            }
            repeats => {
                skip_value(encoding, reader)?;
                Ok(repeats.unsigned_abs())
            }
        },
    }
}

fn skip_value(encoding: Encoding, reader: &mut Reader<'_>) -> Result<(), ChunkError> {
    match encoding {
        Encoding::Text => reader.skip_prefixed(),
        _ => reader.skip_number(),
    }
}
