//! The native peer of a Plenary draft.
//!
//! [`DraftClient`] follows a draft's three documents over a websocket, redials by itself and goes
//! on offline; [`LocalStore`] keeps a draft's documents on this device; [`Api`] speaks the
//! relay's HTTP interface; [`Link`] is the address that people hand each other.
//!
//! What is sent, when to dial and what counts as stored is decided in `plenary-protocol`'s
//! client session. Here are only the socket, the clock, the random source and the files.

mod ambient;
mod api;
mod draft_client;
mod link;
mod socket;
mod store;
mod traffic;
mod trust;
mod upload;

pub use ambient::{fresh_rng, now_ms, random_text};
pub use api::{Api, ApiError, CreatedDraft, DraftLinks, NewDraft, Overview, Rendered};
pub use draft_client::{DraftClient, DraftClientError, DraftEvent, DraftOptions, DraftPart};
pub use link::{Link, LinkError, Secret, ServerAddress};
pub use store::{Copy, CopyDocument, LocalStore, StoreError, write_atomically};
pub use traffic::Traffic;

pub use plenary_protocol::client::{LinkState, Remark, Rescue, StopReason};
pub use upload::Sent;
