//! The Automerge sync protocol as a relay speaks it: to many peers at once, over an index of the
//! history instead of the document itself.
//!
//! Automerge's own `sync::State` asks the document for every message that it makes. That is right
//! for one peer and too dear for a room: the same question is answered a hundred times for each
//! keystroke. Here the history is followed by hash, dependencies and heads ([`ChangeLog`]), the
//! state of a peer is a position in it ([`PeerSync`]), and what many are to hear is made once.
//! The messages are Automerge's own, so any Automerge peer can be at the other end.

mod bloom;
mod incoming;
mod leb128;
mod log;
mod message;
mod peer;

pub use bloom::BloomFilter;
pub use incoming::{IncomingChange, IncomingError, read_changes};
pub use log::{ChangeLog, LogEntry, LogIndex};
pub use message::{Flags, Have, SyncMessage, SyncMessageError, Version};
pub use peer::{Answer, PeerSync, Standing};
