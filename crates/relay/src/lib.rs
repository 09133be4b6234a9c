//! The relay: rooms, sockets, access, HTTP API, storage, metrics.
//!
//! This crate is the shell with all the I/O around the pure machines of `plenary-protocol`. It
//! does not know how a draft is rendered: the binary hands a renderer in.

pub mod access;
mod admission;
mod clock;
mod config;
mod handing_in;
mod http;
pub mod metrics;
mod news;
mod random;
mod relay;
mod render;
pub mod room;
mod serve;
mod socket;
pub mod storage;
mod templates;
pub mod word;

pub use config::{AccessMode, Bounds, ConfigError, RelayConfig};
pub use http::app;
pub use random::NoRandomness;
pub use relay::Relay;
pub use render::{RenderError, RenderInput, RenderedPage, Renderer};
pub use serve::{ServeError, serve};
pub use templates::{Language, Templates};
