//! What a reader of an exported report can observe. One binary, a module for each promise.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read reports and take times; the exporter itself does not"
)]

#[cfg(feature = "test-raw-html")]
mod commonmark;
mod dom;
mod features;
mod github;
mod hostile;
mod markdown;
mod properties;
mod structure;
mod support;
