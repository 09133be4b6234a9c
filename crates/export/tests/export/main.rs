//! What a reader of an exported report can observe. One binary, a module for each promise.

mod commonmark;
mod dom;
mod features;
mod github;
mod hostile;
mod markdown;
mod properties;
mod structure;
mod support;
