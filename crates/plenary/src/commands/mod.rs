//! The commands, each in a file of its own (`sync` is large enough for a folder, see `crate::sync`).

pub mod admin;
pub mod backup;
pub mod export;
pub mod history;
pub mod import;
pub mod new;
pub mod restore;
pub mod serve;
