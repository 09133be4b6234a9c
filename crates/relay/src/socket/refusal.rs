//! How a websocket is told why it may not come in.

use plenary_protocol::close::{CloseCode, CloseReason};

use crate::admission::Refusal;

/// The close code and words for a refusal.
pub(crate) fn close_reason(refusal: &Refusal) -> CloseReason {
    let (code, words) = match refusal {
        Refusal::NoSuchDraft => (CloseCode::DraftGone, "there is no such draft here"),
        Refusal::WrongSecret => (
            CloseCode::Unauthorised,
            "the link is not valid: it may not have been copied completely",
        ),
        Refusal::Revoked => (CloseCode::LinkRevoked, "this link was revoked"),
        Refusal::Expired => (CloseCode::LinkRevoked, "this link has expired"),
        Refusal::UsedUp => (
            CloseCode::Unauthorised,
            "as many people have joined by this link as it allows",
        ),
        Refusal::ParticipantNeeded => (
            CloseCode::Unauthorised,
            "this link counts its uses: the program has to say who uses it",
        ),
        Refusal::KnownAlready => (
            CloseCode::Unauthorised,
            "this is a personal link, and whoever uses this program is known in the draft as somebody already",
        ),
        Refusal::Full(what) => return CloseReason::new(CloseCode::Unauthorised, what.clone()),
        Refusal::TooFast(_) => (
            CloseCode::TooManyConnections,
            "too many attempts from your address",
        ),
        Refusal::Storage(_) => return CloseCode::StorageFailure.into(),
    };
    CloseReason::new(code, words)
}
