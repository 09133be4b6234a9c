//! The wire protocol of automerge-repo as pure state machines, used by relay and client alike.
//!
//! This crate does no I/O, reads no clock and draws no randomness: bytes, times and random sources
//! come in, what is to be done goes out as data.

pub mod access;
pub mod client;
pub mod close;
pub mod handshake;
pub mod limits;
pub mod receipt;
pub mod room;
pub mod sync;
pub mod wire;
