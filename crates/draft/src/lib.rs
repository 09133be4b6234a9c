//! The draft as Automerge documents: schema, edits, anchors, history, bundles.
//!
//! This crate is pure: it does no I/O, reads no clock and draws no randomness. Whoever calls it
//! passes the time (milliseconds since the Unix epoch) and a random source in.

pub mod chunk;
pub mod document;
pub mod ids;
pub mod keys;
pub mod sections;
pub mod source;
#[cfg(test)]
mod testing;

pub use ids::{DocumentId, DocumentIdError};
