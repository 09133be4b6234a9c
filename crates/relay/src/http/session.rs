//! Exchanging a link's secret for a session cookie, so that the browser sends it along and no
//! script and no address ever holds it.

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use plenary_draft::DocumentId;

use super::caller::{Asker, Caller};
use super::credentials::cookie_name;
use super::error::ApiError;
use super::extract::{At, Body};
use super::groups::GroupAnswer;
use super::openapi::Refusals;
use super::overview::{Overview, overview};
use super::person::PersonAnswer;
use crate::access::Role;
use crate::admission::{Claimed, admit};
use crate::config::AccessMode;
use crate::relay::Relay;

/// How long a browser keeps the cookie, in seconds: 30 days.
const COOKIE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// What a page sends.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// The draft.
    document_id: String,
    /// The part of the link behind `#`.
    secret: String,
}

/// What the link allows, and to whom.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct SessionAnswer {
    #[serde(flatten)]
    overview: Overview,
    /// The stakeholder group that the link offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The stakeholder groups from which people choose.
    groups: Vec<GroupAnswer>,
}

/// `POST /api/v1/session`: sets the cookie and says what the link allows.
///
/// The cookie holds the secret itself: the relay keeps no sessions, and a link that is withdrawn
/// opens nothing from that moment on.
#[utoipa::path(
    post, path = "/session", tag = "access", operation_id = "open_session",
    summary = "Exchange a link's secret for a cookie; joins whoever sends Plenary-Participant",
    request_body = Exchange,
    responses((status = 200, body = SessionAnswer), Refusals),
    extensions(("x-plenary-role" = json!("anybody")))
)]
pub(super) async fn exchange(
    State(relay): State<Relay>,
    caller: Caller,
    Body(body): Body<Exchange>,
) -> Result<Response, ApiError> {
    let draft: DocumentId = body.document_id.parse()?;
    let mut headers = HeaderMap::new();
    let asker = if relay.config().access == AccessMode::Open {
        Asker {
            draft,
            role: Role::Facilitator,
            admission: None,
            address: caller.address,
            claimed: Claimed::Nobody,
        }
    } else {
        let secret = caller.secret(&relay, &body.secret)?;
        let claimed = caller.claimed(draft)?;
        let admission = admit(&relay, draft, secret.hash(), &claimed, caller.address).await?;
        if let Some(deletion) = admission.deletion {
            return Err(ApiError::DraftDeleted {
                purge_ms: deletion.purge_ms,
            });
        }
        let value = cookie(&relay, draft, &secret.reveal(), COOKIE_SECONDS)?;
        headers.insert(header::SET_COOKIE, value);
        Asker {
            draft,
            role: admission.role,
            admission: Some(admission),
            address: caller.address,
            claimed,
        }
    };
    let (overview, groups) = overview(&relay, &asker).await?;
    let link = asker.admission.as_ref().map(|admission| &admission.link);
    let answer = SessionAnswer {
        group: link.and_then(|link| link.terms.group.clone()),
        overview,
        groups,
    };
    Ok((headers, Json(answer)).into_response())
}

/// What the form of the page for readers sends.
#[derive(serde::Deserialize)]
pub(super) struct Pasted {
    /// A link, or the part of it behind `#`.
    link: String,
}

/// `POST /read/{id}`: opens a session for a browser without script, which cannot send the part of a
/// link behind `#` by itself, and leads on to the text.
pub(super) async fn open_form(
    State(relay): State<Relay>,
    At(id): At<String>,
    caller: Caller,
    form: Result<Form<Pasted>, FormRejection>,
) -> Result<Response, ApiError> {
    let Form(pasted) = form.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let draft: DocumentId = id.parse()?;
    let text = pasted.link.trim();
    let text = text.rsplit_once('#').map_or(text, |(_, secret)| secret);
    let secret = caller.secret(&relay, text)?;
    let nobody = Claimed::Nobody;
    let admission = admit(&relay, draft, secret.hash(), &nobody, caller.address).await?;
    if let Some(deletion) = admission.deletion {
        return Err(ApiError::DraftDeleted {
            purge_ms: deletion.purge_ms,
        });
    }
    let place = format!("/api/v1/drafts/{draft}/html");
    let place = HeaderValue::from_str(&place)
        .map_err(|_| ApiError::Internal("an address could not be written"))?;
    let mut headers = HeaderMap::new();
    let value = cookie(&relay, draft, &secret.reveal(), COOKIE_SECONDS)?;
    headers.insert(header::SET_COOKIE, value);
    headers.insert(header::LOCATION, place);
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// What is told of whoever asks to themselves.
pub(super) fn own_entry(asker: &Asker) -> Option<PersonAnswer> {
    let person = asker.admission.as_ref()?.person.as_ref()?;
    Some(PersonAnswer::of(person, &[], asker.role, true))
}

/// `DELETE /api/v1/drafts/{id}/session`: takes the browser's own cookie away, which no page can do.
///
/// Nothing is judged: it tells nobody anything, and the link stays as good as it was.
#[utoipa::path(
    delete, path = "/drafts/{id}/session", tag = "access", operation_id = "close_session",
    summary = "Take this browser's cookie for a draft away; the link stays valid",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 204, description = "The browser holds no cookie for this draft"), Refusals),
    extensions(("x-plenary-role" = json!("anybody")))
)]
pub(super) async fn close(
    State(relay): State<Relay>,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let draft: DocumentId = id.parse()?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookie(&relay, draft, "", 0)?);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// The cookie: out of reach for scripts and for other sites. `seconds` is how long it is kept; none
/// takes it away.
fn cookie(
    relay: &Relay,
    draft: DocumentId,
    secret: &str,
    seconds: u32,
) -> Result<HeaderValue, ApiError> {
    let text = format!(
        "{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{}",
        cookie_name(relay, draft),
        if relay.config().is_secure() {
            "; Secure"
        } else {
            ""
        }
    );
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| ApiError::Internal("a cookie could not be written"))?;
    value.set_sensitive(true);
    Ok(value)
}
