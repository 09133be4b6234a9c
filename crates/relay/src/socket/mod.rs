//! Websockets: one task for each connection, with a constant amount of memory.
//!
//! - `upgrade` turns an HTTP request into a websocket. It accepts whoever asks, since stock
//!   clients crash on an HTTP error; only a page of another origin gets a 403.
//! - `connection` runs one connection from its first frame to its last.
//! - `end` says why one ends.
//! - `grant` says what a connection may reach.
//! - `sessions` knows who is connected, so that a newer connection replaces an older one.
//! - `places` counts connections.
//! - `frame` reads and writes websocket frames.

mod connection;
mod end;
mod frame;
mod grant;
mod life;
mod places;
mod refusal;
mod sessions;
mod upgrade;

pub(crate) use frame::BUDGET_UNIT;
pub(crate) use grant::{Grant, Way};
pub(crate) use life::Pulse;
pub(crate) use places::{Place, Places};
pub(crate) use refusal::close_reason;
pub(crate) use sessions::{Session, Sessions};
pub(crate) use upgrade::upgrade;
