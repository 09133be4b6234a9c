//! The door to the websockets.

use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use plenary_draft::DocumentId;
use plenary_protocol::close::{CloseCode, CloseReason};

use super::credentials::{counted_address, is_local, role};
use super::error::ApiError;
use crate::access::LinkSecret;
use crate::config::AccessMode;
use crate::relay::Relay;
use crate::socket::{Grant, Place, upgrade};

/// What may stand in a websocket's address.
#[derive(Default, serde::Deserialize)]
pub(super) struct Address {
    /// The secret of a link. Never logged.
    access: Option<String>,
    /// The draft; without it, the one that the secret opens.
    draft: Option<String>,
}

/// `GET /sync`: becomes a websocket, also for those who are then told why they may not stay.
pub(super) async fn sync(State(relay): State<Relay>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let admitted = admit(&relay, &parts).await;
    upgrade(relay, Request::from_parts(parts, body), admitted)
}

/// Decides what the connection may reach, and takes a place for it.
async fn admit(relay: &Relay, parts: &Parts) -> Result<(Grant, Place), CloseReason> {
    let address = counted_address(&parts.headers, &parts.extensions);
    let place = relay.places().take(address)?;
    let grant = match relay.config().access {
        AccessMode::Open => open(relay, parts)?,
        AccessMode::Links => {
            let Query(address) = Query::<Address>::try_from_uri(&parts.uri).unwrap_or_default();
            linked(relay, parts, &address)
                .await
                .map_err(|error| close_reason(&error))?
        }
    };
    Ok((grant, place))
}

/// Open access: on this machine the request has to name this machine, lest a page elsewhere whose
/// name was pointed here reads everything.
fn open(relay: &Relay, parts: &Parts) -> Result<Grant, CloseReason> {
    let config = relay.config();
    if config.insist_open
        || config.public_url.is_some()
        || is_local(relay, &parts.headers, &parts.extensions)
    {
        return Ok(Grant::Open);
    }
    Err(CloseReason::new(
        CloseCode::Unauthorised,
        "this relay is open to its own machine only",
    ))
}

/// Access by a link.
async fn linked(relay: &Relay, parts: &Parts, address: &Address) -> Result<Grant, ApiError> {
    let shown = address.access.as_deref();
    let draft: DocumentId = match (&address.draft, shown) {
        (Some(draft), _) => draft.parse()?,
        (None, Some(secret)) => {
            let secret: LinkSecret = secret.parse().map_err(|_| ApiError::WrongSecret)?;
            let link = relay.storage().link(secret.hash()).await?;
            link.ok_or(ApiError::WrongSecret)?.draft
        }
        (None, None) => match super::credentials::bearer(&parts.headers) {
            Some(secret) => {
                let secret: LinkSecret = secret.parse().map_err(|_| ApiError::WrongSecret)?;
                let link = relay.storage().link(secret.hash()).await?;
                link.ok_or(ApiError::WrongSecret)?.draft
            }
            None => return Err(ApiError::NoSecret),
        },
    };
    let role = role(relay, &parts.headers, draft, shown).await?;
    Ok(Grant::Draft(draft, role))
}

/// How a refusal is said on a websocket.
fn close_reason(error: &ApiError) -> CloseReason {
    let code = match error {
        ApiError::NoSuchDraft | ApiError::BadId(_) => CloseCode::DraftGone,
        ApiError::Storage(_) => CloseCode::StorageFailure,
        _ => CloseCode::Unauthorised,
    };
    CloseReason::new(code, error.to_string())
}
