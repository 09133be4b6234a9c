//! What a request may do: secrets from the `Authorization` header, from a session cookie, or for
//! websockets from the address.

use std::net::IpAddr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header};
use plenary_draft::DocumentId;

use super::error::ApiError;
use crate::access::{Rate, SiteSecret, client_address, names_this_machine};
use crate::clock::now_ms;
use crate::relay::Relay;

/// The name of the cookie that holds a draft's secret. On a public site it has the prefix by which
/// browsers take it from this very host alone: no page of a sibling's name can plant one (RFC 6265bis,
/// section 4.1.3.2).
pub(super) fn cookie_name(relay: &Relay, draft: DocumentId) -> String {
    let prefix = if relay.config().is_secure() {
        "__Host-"
    } else {
        ""
    };
    format!("{prefix}plenary-{draft}")
}

/// The text behind `Authorization: Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(secret.trim())
        .filter(|secret| !secret.is_empty())
}

/// The secret in the session cookie of a draft.
pub(super) fn cookie<'a>(
    relay: &Relay,
    headers: &'a HeaderMap,
    draft: DocumentId,
) -> Option<&'a str> {
    let name = cookie_name(relay, draft);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Whether a request may make drafts: from this machine itself, unless the relay has a public
/// address; otherwise with the site secret.
pub(super) fn may_create(
    relay: &Relay,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), ApiError> {
    let address = true_address(relay, headers, extensions);
    let now = now_ms();
    if is_local(relay, headers, extensions) {
        return Ok(());
    }
    let shown = bearer(headers).ok_or(ApiError::NoSiteSecret)?;
    relay.rates().check(Rate::Guess, address, now)?;
    let shown = SiteSecret::new(shown);
    let configured = relay.config().site_secret.as_ref().map(SiteSecret::hash);
    let known = configured.or(relay.storage().site().site_secret_hash);
    match known {
        Some(hash) if shown.matches(&hash) => Ok(relay.rates().take(Rate::Draft, address, now)?),
        _ => {
            relay.rates().take(Rate::Guess, address, now)?;
            Err(ApiError::WrongSiteSecret)
        }
    }
}

/// Whether a relay in open mode answers a request: on this machine it has to name this machine, lest a page
/// elsewhere whose name was pointed here reads everything.
pub(super) fn is_open_to(relay: &Relay, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let config = relay.config();
    config.insist_open || config.public_url.is_some() || is_local(relay, headers, extensions)
}

/// Whether a request was made on this machine to a relay that only this machine can reach.
pub(super) fn is_local(relay: &Relay, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let listens_here = relay
        .listening()
        .is_none_or(|address| address.ip().is_loopback());
    listens_here
        && relay.config().public_url.is_none()
        && peer_address(extensions).is_none_or(|address| address.is_loopback())
        && names_this_machine(headers)
}

/// The address at the other end of the socket; `None` in tests without one.
fn peer_address(extensions: &Extensions) -> Option<IpAddr> {
    extensions
        .get::<ConnectInfo<std::net::SocketAddr>>()
        .map(|info| info.0.ip())
}

/// The address for which connections and attempts are counted; `None` for this machine itself.
pub(super) fn true_address(
    relay: &Relay,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Option<IpAddr> {
    let trusted = &relay.config().trusted_proxies;
    client_address(headers, peer_address(extensions), trusted)
}
