//! Handing in what was written offline by a link that does not work any more.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use plenary_draft::DocumentId;
use plenary_protocol::room::{HandIn, HandInRefused};

use super::caller::Caller;
use super::create::read;
use super::error::ApiError;
use super::extract::At;
use super::openapi::Refusals;
use crate::config::AccessMode;
use crate::handing_in::{HandInDenied, giver, room_for};
use crate::relay::Relay;
use crate::storage::DocumentKind;

impl From<HandInDenied> for ApiError {
    fn from(denied: HandInDenied) -> Self {
        match denied {
            HandInDenied::Refused(refusal) => refusal.into(),
            HandInDenied::RoleTooLow(has) => Self::RoleTooLow {
                has,
                needs: crate::access::Role::Reviewer,
            },
            HandInDenied::Deleted(deletion) => Self::DraftDeleted {
                purge_ms: deletion.purge_ms,
            },
            HandInDenied::StillOpen => Self::Conflict(
                "your link opens the draft: connect, and what you wrote is judged there".into(),
            ),
        }
    }
}

impl From<HandInRefused> for ApiError {
    fn from(refused: HandInRefused) -> Self {
        match refused {
            HandInRefused::NotWritten => Self::NoSuchPart("document to hand changes in for"),
            HandInRefused::Unreadable(error) => Self::BadRequest(error.to_string()),
            HandInRefused::Full => Self::QuarantineFull,
        }
    }
}

/// `POST /api/v1/drafts/{id}/hand-in/{document}`: for whoever had joined by a link that was revoked or
/// has expired since.
///
/// It answers with nothing: what the draft or the quarantine held before is not told, so nothing of
/// either can be read by handing in.
#[utoipa::path(
    post, path = "/drafts/{id}/hand-in/{document}", tag = "quarantine", operation_id = "hand_in",
    summary = "Hand in changes that were made by a link which has ended since: they go into quarantine",
    params(("id" = String, Path, description = "The draft"),
           ("document" = String, Path, description = "`text` or `discussion`")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream",
                 description = "The changes as Automerge encodes them, one after the other"),
    responses((status = 204, description = "All of it is in quarantine, or in the draft"), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("reviewer")))
)]
pub(super) async fn hand_in(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, document)): At<(String, String)>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let draft: DocumentId = id.parse()?;
    if relay.config().access == AccessMode::Open {
        return Err(ApiError::OpenAccess);
    }
    let hash = caller.shown(&relay, draft)?.hash();
    let claimed = caller.claimed(draft)?;
    // Who asks is judged before a byte of the body is taken.
    let from = giver(&relay, draft, hash, &claimed, caller.address).await?;
    let document = match DocumentKind::parse(&document) {
        Some(kind @ (DocumentKind::Text | DocumentKind::Discussion)) => kind,
        _ => return Err(HandInRefused::NotWritten.into()),
    };
    let counter = relay.hand_ins();
    let _place = counter.place(&from).await;
    let limits = &relay.config().limits;
    let changes = read(request.into_body(), limits.quarantined_bytes).await?;
    let _turn = counter.turn.lock().await;
    let sizes = relay.storage().quarantine_sizes(draft).await?;
    let (held, left) = room_for(&from, &sizes, limits);
    let handed = HandIn {
        from,
        document,
        changes,
        held,
        left,
    };
    let room = relay.registry().room(draft).await?;
    room.hand_in(handed).await??;
    Ok(StatusCode::NO_CONTENT)
}
