//! The relay: rooms, sockets, access, HTTP API, storage, metrics.
//!
//! This crate is the shell with all the I/O around the pure machines of `plenary-protocol`. It
//! does not know how a draft is rendered: the binary hands a renderer in.

pub mod access;
pub mod storage;
