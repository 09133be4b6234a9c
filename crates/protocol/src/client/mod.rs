//! The client's side of the protocol as a pure state machine.
//!
//! A [`ClientSession`] follows any number of documents over one connection to a relay. It holds
//! no socket and no clock: the runtime tells it what happened ([`Event`]), asks it for the next
//! frame whenever the socket can take one ([`ClientSession::poll_transmit`]), and carries out
//! what it answers ([`Effect`]). The same machine runs in the native client and in simulations.
//!
//! What it promises:
//!
//! - The sync state of a document belongs to one connection and is thrown away with it.
//! - A document of which nothing has arrived is [`DocumentPhase::Loading`], never an empty
//!   document that somebody could write to.
//! - "Stored on the relay" is said of exactly those changes that the relay itself announced: its
//!   messages speak of durable heads only.
//! - What the relay refuses is handed out ([`Effect::Rescue`]) before it is discarded.
//! - A frame is made when the socket can take it, never queued.

mod backoff;
mod document;
mod session;
mod types;

pub use backoff::{Backoff, BackoffConfig};
pub use document::{ClientDocument, DocumentPhase, KeptReceipt, ReceiveError};
pub use session::ClientSession;
pub use types::{ClientConfig, Effect, Event, Identity, LinkState, Remark, Rescue, StopReason};

#[cfg(test)]
mod tests;
