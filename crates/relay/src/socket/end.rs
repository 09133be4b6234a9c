//! Why a connection ends, and how much of a farewell that takes.

use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::handshake::Party;

use super::frame::FrameError;

/// Why a connection ends.
pub(super) enum End {
    /// The peer went, or the network did.
    Gone,
    /// The peer closed in good order.
    Closed,
    /// It is sent away.
    SentAway(CloseReason),
    /// It is sent away, and may answer before that what it was sent: its peer is of another make.
    Dismissed(CloseReason),
}

impl End {
    /// The end of a connection whose peer has joined.
    pub(super) fn of(self, peer: &Party) -> Self {
        match self {
            Self::SentAway(reason) if peer.metadata.plenary.is_none() => Self::Dismissed(reason),
            end => end,
        }
    }
}

impl From<FrameError> for End {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Io(_) => Self::Gone,
            FrameError::Protocol(what) => {
                Self::SentAway(CloseReason::new(CloseCode::ProtocolError, what))
            }
            FrameError::TooLarge { .. } => {
                Self::SentAway(CloseReason::new(CloseCode::TooLarge, error.to_string()))
            }
            FrameError::Closed => Self::SentAway(CloseCode::GoingAway.into()),
        }
    }
}
