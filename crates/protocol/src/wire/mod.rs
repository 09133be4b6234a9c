//! automerge-repo's websocket messages: what they mean, and their form as CBOR.
//!
//! One binary websocket frame is one CBOR map. Reading is tolerant of form (any header, tagged or
//! plain byte strings, floats for numbers, unknown keys and unknown message types) and strict on
//! size: whatever a frame declares is compared with [`crate::limits::Limits`] and with the bytes
//! that are there before anything is allocated. docs/protocol.md is the reference in prose.

mod claims;
mod decode;
mod encode;
mod error;
mod fields;
mod ids;
mod message;
mod notice;
mod scan;

pub use claims::Claims;
pub use decode::{decode, decode_bytes, receipt_of};
pub use encode::{SyncFrames, encode, encode_sync};
pub use error::DecodeError;
pub use ids::{InstanceId, ParticipantSecret, PeerId, SessionId, StorageId};
pub use message::{
    PLENARY_VERSION, PROTOCOL_VERSION, PeerMetadata, PlenaryPeer, RemoteHeads, WireMessage,
};
pub use notice::Notice;
