//! The only place where Automerge documents are made and loaded.
//!
//! Two things must hold for every document in the program, and one place is enough to see that
//! they do: indexes into text count UTF-16 units, as JavaScript does, and nothing is handed to
//! Automerge before its size is known.

use automerge::{
    ActorId, Automerge, LoadOptions, OnPartialLoad, StringMigration, TextEncoding, VerificationMode,
};
use rand_core::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::chunk::{ChunkError, ChunkLimits, chunks};

/// Bounds for what [`load_document`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadLimits {
    /// Bytes of the stored form.
    pub stored_bytes: u64,
    /// Bytes after inflating, over all chunks together.
    pub inflated_bytes: u64,
    /// Rows of columns, over all chunks together; at least the number of operations.
    pub operations: u64,
}

impl Default for LoadLimits {
    /// Room for a draft of 5 MB that was written key by key and rewritten several times.
    fn default() -> Self {
        Self {
            stored_bytes: 256 << 20,
            inflated_bytes: 1 << 30,
            operations: 64_000_000,
        }
    }
}

/// Why a document or a change could not be loaded. Nothing was changed or overwritten.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There are no bytes at all: an empty store is not an empty document.
    #[error("there are no data to load: the stored document is empty")]
    Empty,
    /// The stored form is larger than allowed.
    #[error("the stored document has {bytes} bytes, more than the limit of {limit}")]
    TooLong {
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A chunk is damaged or too large.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// Automerge refused the data.
    #[error("Automerge cannot load the data: {0}")]
    Automerge(String),
    /// Automerge panicked over the data; the panic was contained.
    #[error("Automerge failed on the data: they are damaged or made to do harm ({0})")]
    Panicked(String),
}

/// Makes an empty document for `actor`, with text counted in UTF-16 units.
pub fn new_document(actor: ActorId) -> Automerge {
    Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit).with_actor(actor)
}

/// Loads a saved document: one or more chunks, complete, verified, within `limits`.
///
/// The document has an actor that nobody knows; whoever writes sets a fresh one first
/// (see [`random_actor`]). No bytes are an error and never an empty document.
pub fn load_document(bytes: &[u8], limits: &LoadLimits) -> Result<Automerge, LoadError> {
    check_limits(bytes, limits)?;
    let options = LoadOptions::new()
        .text_encoding(TextEncoding::Utf16CodeUnit)
        .on_partial_load(OnPartialLoad::Error)
        .verification_mode(VerificationMode::Check)
        .migrate_strings(StringMigration::NoMigration);
    contain(|| Automerge::load_with_options(bytes, options))
        .map_err(LoadError::Panicked)?
        .map_err(|error| LoadError::Automerge(error.to_string()))
}

/// Draws an actor id of 16 random bytes. Every program takes a fresh one each time that it opens
/// a document for writing: two writers with one actor can never be merged again.
pub fn random_actor(rng: &mut impl Rng) -> ActorId {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    ActorId::from(bytes)
}

/// Runs `work` and returns the message of its panic instead of unwinding further.
///
/// Automerge asserts what hostile data can violate. A document that was borrowed mutably when the
/// panic came may be half changed: drop it and load it again.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned())
    })
}

fn check_limits(bytes: &[u8], limits: &LoadLimits) -> Result<(), LoadError> {
    if bytes.is_empty() {
        return Err(LoadError::Empty);
    }
    if bytes.len() as u64 > limits.stored_bytes {
        return Err(LoadError::TooLong {
            bytes: bytes.len() as u64,
            limit: limits.stored_bytes,
        });
    }
    let mut left = ChunkLimits {
        inflated_bytes: limits.inflated_bytes,
        rows: limits.operations,
    };
    for chunk in chunks(bytes) {
        let size = chunk?.measure(&left).map_err(|error| match error {
            ChunkError::TooLarge { .. } => ChunkError::TooLarge {
                limit: limits.inflated_bytes,
            },
            ChunkError::TooManyRows { .. } => ChunkError::TooManyRows {
                limit: limits.operations,
            },
            other => other,
        })?;
        left.inflated_bytes -= size.inflated_bytes;
        left.rows -= size.rows;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::transaction::Transactable;
    use automerge::{ObjType, ROOT, ReadDoc};

    fn saved() -> Vec<u8> {
        let mut document = new_document(ActorId::from([1; 16]));
        let mut transaction = document.transaction();
        let text = transaction.put_object(ROOT, "t", ObjType::Text).unwrap();
        transaction.splice_text(&text, 0, 0, "a😀b").unwrap();
        transaction.commit();
        document.save()
    }

    #[test]
    fn text_counts_utf16_units_when_made_and_when_loaded() {
        let document = load_document(&saved(), &LoadLimits::default()).unwrap();
        let (_, text) = document.get(ROOT, "t").unwrap().unwrap();
        assert_eq!(document.length(&text), 4);
        assert_eq!(
            new_document(ActorId::from([1; 16])).text_encoding(),
            TextEncoding::Utf16CodeUnit
        );
    }

    #[test]
    fn every_failure_is_an_error_and_never_an_empty_document() {
        let limits = LoadLimits::default();
        assert!(matches!(load_document(b"", &limits), Err(LoadError::Empty)));
        let saved = saved();
        for length in 1..saved.len() {
            assert!(
                load_document(&saved[..length], &limits).is_err(),
                "cut at {length}"
            );
        }
        for index in 0..saved.len() {
            let mut damaged = saved.clone();
            damaged[index] ^= 0x40;
            assert!(
                load_document(&damaged, &limits).is_err(),
                "damaged at {index}"
            );
        }
    }

    #[test]
    fn limits_hold_over_all_chunks_together() {
        let mut twice = saved();
        twice.extend(saved());
        let limits = LoadLimits {
            operations: 5,
            ..LoadLimits::default()
        };
        assert!(matches!(
            load_document(&twice, &limits),
            Err(LoadError::Chunk(ChunkError::TooManyRows { limit: 5 }))
        ));
    }
}
