//! `plenary sync`: keeps a local Markdown file and the live draft equal, both ways.

mod args;
mod engine;
mod file;
mod handing_in;
mod merge;
mod participant;
mod run;
mod state;
mod voice;
mod watch;

pub use args::SyncArgs;
pub use merge::count_changed_words;
pub use run::sync;
pub use voice::count;
pub use watch::FileWatch;
