//! Live rooms: the I/O around the pure room of `plenary-protocol`.
//!
//! A room is one task with a bounded mailbox. It takes turns: judge everything that the mailbox
//! holds, have the storage make it durable, and only then hand out what there is to tell. The
//! judging runs on threads that may block; a panic there costs the room, not the relay.
//!
//! - [`Registry`] loads rooms when somebody comes and lets them go when nobody is left.
//! - `Outbox` is what waits for one connection: a constant amount.

mod handle;
mod load;
mod outbox;
mod registry;
mod request;
mod task;
mod wake;

pub(crate) use handle::{RoomHandle, RoomIsGone};
pub use load::RoomError;
pub(crate) use outbox::Outbox;
pub use registry::{Registry, RoomSettings};
pub(crate) use request::Asking;
pub use request::RequestError;
