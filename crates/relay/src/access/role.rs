//! What a link allows.

pub use plenary_protocol::access::Role;
