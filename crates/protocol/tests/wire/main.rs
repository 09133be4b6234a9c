//! What the wire promises: frames of the real JavaScript peers are understood, ours are stable,
//! limits hold, arbitrary bytes do no harm, and docs/protocol.md says what the code does.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read their vectors from disk; the crate itself does not"
)]
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its vectors fails, in its helpers too"
)]

mod document;
mod golden;
mod handshake;
mod json;
mod limits;
mod ours;
mod properties;

use std::path::PathBuf;

/// The folder of this crate's test data.
fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
