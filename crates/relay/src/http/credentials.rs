//! What a request may do: secrets from the `Authorization` header, from a session cookie, or for
//! websockets from the address.

use std::net::IpAddr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header};
use plenary_draft::DocumentId;

use super::error::ApiError;
use crate::access::{FORWARDED_FOR, LinkSecret, Role, SiteSecret, names_this_machine};
use crate::config::AccessMode;
use crate::relay::Relay;

/// The name of the cookie that holds a draft's secret.
pub(super) fn cookie_name(draft: DocumentId) -> String {
    format!("plenary-{draft}")
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
fn cookie(headers: &HeaderMap, draft: DocumentId) -> Option<&str> {
    let name = cookie_name(draft);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The role that a request has in a draft. `in_address` is the secret of a websocket address.
pub(super) async fn role(
    relay: &Relay,
    headers: &HeaderMap,
    draft: DocumentId,
    in_address: Option<&str>,
) -> Result<Role, ApiError> {
    if relay.config().access == AccessMode::Open {
        return Ok(Role::Facilitator);
    }
    let shown = bearer(headers)
        .or(in_address)
        .or_else(|| cookie(headers, draft))
        .ok_or(ApiError::NoSecret)?;
    let secret: LinkSecret = shown.parse().map_err(|_| ApiError::WrongSecret)?;
    role_of(relay, draft, &secret).await
}

/// The role that a secret gives in a draft. Every link of the draft is compared, each in constant
/// time.
pub(super) async fn role_of(
    relay: &Relay,
    draft: DocumentId,
    secret: &LinkSecret,
) -> Result<Role, ApiError> {
    let links = relay.storage().links(draft).await?;
    let mut found = None;
    for link in &links {
        if secret.matches(&link.hash) {
            found = Some(link.role);
        }
    }
    match found {
        Some(role) => Ok(role),
        None if links.is_empty() && relay.storage().draft_of(draft).await?.is_none() => {
            Err(ApiError::NoSuchDraft)
        }
        None => Err(ApiError::WrongSecret),
    }
}

/// Fails unless `has` includes `needs`.
pub(super) fn require(has: Role, needs: Role) -> Result<(), ApiError> {
    if has >= needs {
        Ok(())
    } else {
        Err(ApiError::RoleTooLow { has, needs })
    }
}

/// Whether a request may make drafts: from this machine itself, unless the relay has a public
/// address; otherwise with the site secret.
pub(super) fn may_create(
    relay: &Relay,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), ApiError> {
    if is_local(relay, headers, extensions) {
        return Ok(());
    }
    let shown = bearer(headers).ok_or(ApiError::NoSiteSecret)?;
    let shown = SiteSecret::new(shown);
    let configured = relay.config().site_secret.as_ref().map(SiteSecret::hash);
    let known = configured.or(relay.storage().site().site_secret_hash);
    match known {
        Some(hash) if shown.matches(&hash) => Ok(()),
        _ => Err(ApiError::WrongSiteSecret),
    }
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

/// The address for which connections are counted: that of the peer, or behind a proxy on this
/// machine the one that the proxy names last. `None` for this machine itself.
pub(super) fn counted_address(headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let address = peer_address(extensions)?;
    if !address.is_loopback() {
        return Some(address);
    }
    let named = headers.get(FORWARDED_FOR)?.to_str().ok()?;
    let last = named.rsplit(',').next()?.trim();
    last.parse()
        .ok()
        .filter(|address: &IpAddr| !address.is_loopback())
}
