//! Changing the text, each time in one Automerge change.

mod store;

pub(crate) use store::put_sections;
