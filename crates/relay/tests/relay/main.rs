//! The relay as its clients see it: over HTTP without a socket, and over websockets on a port of
//! its own.

mod access;
mod attacks;
mod client;
mod documentation;
mod faults;
mod hostile;
mod http;
mod keep_alive;
mod ours;
mod redaction;
mod start;
mod sync;
mod table;
