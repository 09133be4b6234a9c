//! What a user of the command line can observe: real processes, real files, a real relay.
//!
//! One binary with a module for each subject. Nothing waits for a fixed time: every wait is for a
//! condition, with a limit that only a failing test reaches.

mod admin;
mod export;
mod harness;
mod help;
mod server;
mod sync_crashes;
mod sync_edits;
mod sync_first_contact;
mod sync_offline;
mod sync_refusals;
mod sync_together;
mod tls;
mod word;
