//! The door to the websockets.

use std::net::IpAddr;

use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use plenary_draft::{DocumentId, DocumentIdError};
use plenary_protocol::close::{CloseCode, CloseReason};

use super::credentials::{is_open_to, true_address};
use crate::access::{LinkSecret, Rate};
use crate::admission::Refusal;
use crate::clock::now_ms;
use crate::config::AccessMode;
use crate::relay::Relay;
use crate::socket::{Grant, Place, Way, close_reason, upgrade};

/// What may stand in a websocket's address.
#[derive(Default, serde::Deserialize)]
pub(super) struct Address {
    /// The secret of a link. Never logged.
    access: Option<String>,
    /// The draft; without it, the one that the secret opens.
    draft: Option<String>,
}

/// What somebody asks for who dials.
enum Wish {
    /// Whatever an open relay has.
    Open,
    /// What a link's secret opens.
    Linked {
        draft: Option<DocumentId>,
        secret: LinkSecret,
        counted: Option<IpAddr>,
    },
}

/// `GET /sync`: becomes a websocket, also for those who are then told why they may not stay. They are
/// judged when it is one and they have said who they are: a request that waits for that would keep the
/// memory of HTTP, and a crowd comes at once.
pub(super) async fn sync(State(relay): State<Relay>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let wanted = open_door(&relay, &parts);
    let judging = relay.clone();
    let admitted = async move {
        let (wish, place) = wanted?;
        Ok((granted(&judging, wish).await?, place))
    };
    upgrade(relay, Request::from_parts(parts, body), admitted)
}

/// Finds out what is asked for, and takes a place for it.
fn open_door(relay: &Relay, parts: &Parts) -> Result<(Wish, Place), CloseReason> {
    let counted = true_address(relay, &parts.headers, &parts.extensions);
    let place = relay.places().take(counted)?;
    let wish = match relay.config().access {
        AccessMode::Open => open(relay, parts)?,
        AccessMode::Links => {
            let Query(address) = Query::<Address>::try_from_uri(&parts.uri).unwrap_or_default();
            linked(relay, parts, &address, counted)?
        }
    };
    Ok((wish, place))
}

/// Open access, for those to whom the relay is open.
fn open(relay: &Relay, parts: &Parts) -> Result<Wish, CloseReason> {
    if is_open_to(relay, &parts.headers, &parts.extensions) {
        return Ok(Wish::Open);
    }
    Err(CloseReason::new(
        CloseCode::Unauthorised,
        "this relay is open to its own machine only",
    ))
}

/// Access by a link: its secret, as far as it can be one.
fn linked(
    relay: &Relay,
    parts: &Parts,
    address: &Address,
    counted: Option<IpAddr>,
) -> Result<Wish, CloseReason> {
    let bearer = super::credentials::bearer(&parts.headers);
    let shown = address.access.as_deref().or(bearer);
    let draft = address.draft.as_deref().map(str::parse::<DocumentId>);
    let draft = draft.transpose().map_err(|error: DocumentIdError| {
        CloseReason::new(CloseCode::DraftGone, error.to_string())
    })?;
    let cookie = draft.and_then(|id| super::credentials::cookie(relay, &parts.headers, id));
    let shown = shown.or(cookie).ok_or_else(no_secret)?;
    let secret = shown.parse().map_err(|_| {
        let guessed = relay.rates().take(Rate::Guess, counted, now_ms());
        let refusal = guessed.map_or_else(Refusal::TooFast, |()| Refusal::WrongSecret);
        close_reason(&refusal)
    })?;
    Ok(Wish::Linked {
        draft,
        secret,
        counted,
    })
}

/// What the connection asks for. Whether it may have it is judged after `join`, when it is known who comes.
async fn granted(relay: &Relay, wish: Wish) -> Result<Grant, CloseReason> {
    let (named, secret, counted) = match wish {
        Wish::Open => return Ok(Grant::Open),
        Wish::Linked {
            draft,
            secret,
            counted,
        } => (draft, secret, counted),
    };
    let draft = match named {
        Some(draft) => draft,
        None => draft_of(relay, &secret, counted).await?,
    };
    Ok(Grant::Draft(Box::new(Way {
        draft,
        secret: secret.hash(),
        address: counted,
    })))
}

/// The draft that a secret opens. One that opens nothing is a guess, here as where a draft is named.
async fn draft_of(
    relay: &Relay,
    secret: &LinkSecret,
    counted: Option<IpAddr>,
) -> Result<DocumentId, CloseReason> {
    let refused = |refusal: Refusal| close_reason(&refusal);
    let rates = relay.rates();
    let link = relay.storage().link(secret.hash()).await;
    match link.map_err(|error| refused(Refusal::Storage(error)))? {
        Some(link) => Ok(link.draft),
        None => {
            let guessed = rates.take(Rate::Guess, counted, now_ms());
            let refusal = guessed.map_or_else(Refusal::TooFast, |()| Refusal::WrongSecret);
            Err(refused(refusal))
        }
    }
}

fn no_secret() -> CloseReason {
    CloseReason::new(CloseCode::Unauthorised, "this needs a link to the draft")
}
