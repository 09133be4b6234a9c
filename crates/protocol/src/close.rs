//! The close codes of our websockets, in one table.
//!
//! The upgrade is accepted even for a connection that is refused, since stock clients crash on an
//! HTTP error there: it then gets an `error` message and one of these codes. The table in
//! docs/protocol.md is compared with [`CloseCode::ALL`] by a test.

use std::fmt;

use crate::wire::{self, PeerId, WireMessage};

/// The longest close reason that a websocket can carry, in bytes (RFC 6455, 5.5).
const MAX_REASON_BYTES: usize = 123;

/// What a client should do after its connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Dial again at once: the next connection will do.
    RedialNow,
    /// Dial again with growing pauses.
    RedialLater,
    /// Do not dial again by yourself: something must change first, and a person be told.
    Stop,
}

impl Advice {
    /// The word for this advice in the documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RedialNow => "now",
            Self::RedialLater => "later",
            Self::Stop => "no",
        }
    }
}

/// Declares the codes with their table.
macro_rules! close_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $advice:ident, $happened:literal;)+) => {
        /// Why a connection was closed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CloseCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl CloseCode {
            /// All codes, in rising order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code on the wire, between 4000 and 4999.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code,)+ }
            }

            /// The name of the code in the documentation.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// What the client should do.
            pub const fn advice(self) -> Advice {
                match self { $(Self::$name => Advice::$advice,)+ }
            }

            /// What happened, in words for a person, when nothing more exact is known.
            pub const fn happened(self) -> &'static str {
                match self { $(Self::$name => $happened,)+ }
            }

            /// Finds the meaning of a code that came from a relay.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

close_codes! {
    /// The peer's bytes are not the protocol.
    ProtocolError = 4400, Stop, "the peer broke the protocol";
    /// No secret, or one that opens nothing.
    Unauthorised = 4401, Stop, "no valid link: ask for a new one";
    /// The link that the connection came with was revoked or has expired.
    LinkRevoked = 4403, Stop, "the link was revoked or has expired";
    /// There is no such draft, or there is none any more.
    DraftGone = 4404, Stop, "there is no such draft on this relay";
    /// The role of the link changed; what may be written is settled at the next connection.
    RoleChanged = 4405, RedialNow, "the role of the link changed";
    /// None of the offered protocol versions is spoken here.
    UnsupportedVersion = 4406, Stop, "no common protocol version: update the client";
    /// The peer did not join in time, or did not answer pings.
    IdleTimeout = 4408, RedialLater, "no sign of life from the peer";
    /// A newer connection of the same client took over.
    Replaced = 4409, Stop, "a newer connection of the same client took over";
    /// The peer exceeded a limit.
    TooLarge = 4413, Stop, "a limit was exceeded";
    /// A text frame came; every message is binary.
    TextFrame = 4415, Stop, "text frames are not part of the protocol";
    /// The relay, or this link, has as many connections as it takes.
    TooManyConnections = 4429, RedialLater, "too many connections";
    /// The relay could not store or load; nothing that was acknowledged is lost.
    StorageFailure = 4500, RedialLater, "the relay's storage failed";
    /// The room dropped its memory and loaded itself from storage again.
    RoomReloaded = 4502, RedialLater, "the draft was loaded again from storage";
    /// The relay shuts down or restarts.
    GoingAway = 4503, RedialLater, "the relay is restarting";
    /// More changes were refused on this connection than the relay keeps.
    QuarantineFull = 4507, Stop, "too many changes that may not be applied";
}

/// A code with words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseReason {
    /// The code.
    pub code: CloseCode,
    /// What happened and what to do, in words for a person. Never a secret.
    pub message: String,
}

impl CloseReason {
    /// Says exactly what happened.
    pub fn new(code: CloseCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The words cut to what fits into a websocket's close frame: at most 123 bytes.
    pub fn websocket_text(&self) -> &str {
        let mut end = self.message.len().min(MAX_REASON_BYTES);
        while !self.message.is_char_boundary(end) {
            end -= 1;
        }
        &self.message[..end]
    }

    /// The `error` frame that goes before the close. `target` is unknown before the `join`.
    pub fn error_frame(&self, sender: &PeerId, target: Option<&PeerId>) -> Vec<u8> {
        wire::encode(&WireMessage::Error {
            sender: Some(sender.clone()),
            target: target.cloned(),
            message: self.message.clone(),
        })
    }
}

impl From<CloseCode> for CloseReason {
    fn from(code: CloseCode) -> Self {
        Self::new(code, code.happened())
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_private_use_and_rise() {
        let codes: Vec<u16> = CloseCode::ALL.iter().map(|code| code.code()).collect();
        assert!(codes.is_sorted_by(|a, b| a < b));
        assert!(codes.iter().all(|code| (4000..5000).contains(code)));
        for code in CloseCode::ALL {
            assert_eq!(CloseCode::from_code(code.code()), Some(*code));
            assert!(code.happened().len() <= MAX_REASON_BYTES);
        }
        assert_eq!(CloseCode::from_code(1000), None);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let reason = CloseReason::new(CloseCode::TooLarge, "é".repeat(100));
        assert_eq!(reason.websocket_text(), "é".repeat(61));
    }
}
