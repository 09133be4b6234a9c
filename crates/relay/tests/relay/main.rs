//! The relay as its clients see it: over HTTP without a socket, and over websockets on a port of
//! its own.

mod access;
mod attacks;
mod behalf;
mod client;
mod convert;
mod documentation;
mod editor;
mod enumeration;
mod events;
mod faults;
mod hand_in;
mod hostile;
mod http;
mod keep_alive;
mod links;
mod losing;
mod memory;
mod merge;
mod openapi;
mod ours;
mod people;
mod quarantine;
mod rates;
mod redaction;
mod request_table;
mod requests;
mod start;
mod sync;
mod table;
mod told;
mod visitor;
mod withheld;
