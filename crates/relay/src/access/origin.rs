//! Which pages may talk to the relay, and what counts as this machine.
//!
//! Browsers let any page open a websocket to anywhere, and say in `Origin` which page it was.
//! Programs send no `Origin` and are judged by their secret alone.

use axum::http::{HeaderMap, header};

/// Host and port of an HTTP or websocket address, in lower case, without the scheme's own port.
/// `None` when the address has no such scheme or no host.
pub(crate) fn authority_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let port = match scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let authority = authority.strip_suffix(port).unwrap_or(&authority);
    (!authority.is_empty() && !authority.contains('@')).then(|| authority.to_owned())
}

/// Whether the page that sent a request, if it was one, may talk to the relay: a page of the relay
/// itself, of its public address, or of an origin that the operator named.
pub(crate) fn may_talk(headers: &HeaderMap, public_url: Option<&str>, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    // A form of our own pages, which send no referrer, comes with the origin `null`; then the
    // browser itself says whether the page was of this origin, in a header that no page can set.
    if origin == "null"
        && headers
            .get("sec-fetch-site")
            .is_some_and(|site| site == "same-origin")
    {
        return true;
    }
    let Some(origin) = origin.to_str().ok().and_then(authority_of) else {
        return false;
    };
    let is_own = host(headers)
        .is_some_and(|host| without_default_port(&host) == without_default_port(&origin));
    is_own
        || public_url.and_then(authority_of).as_deref() == Some(&origin)
        || allowed
            .iter()
            .any(|other| authority_of(other).as_deref() == Some(&origin))
}

/// The host that the request names, in lower case.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    Some(host.to_ascii_lowercase())
}

/// The `Host` header does not say the scheme, so either default port may have been left out.
fn without_default_port(authority: &str) -> &str {
    authority
        .strip_suffix(":443")
        .or_else(|| authority.strip_suffix(":80"))
        .unwrap_or(authority)
}

/// Whether the request names this machine itself as its host and came through no proxy. A page
/// elsewhere whose name resolves to 127.0.0.1 is not this machine.
pub(crate) fn names_this_machine(headers: &HeaderMap) -> bool {
    let is_forwarded = [FORWARDED_FOR, "forwarded", "x-real-ip", "x-forwarded-host"]
        .iter()
        .any(|name| headers.contains_key(*name));
    if is_forwarded {
        return false;
    }
    let Some(host) = host(headers) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The header in which a proxy says for whom it asks.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    header::HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_our_own_pages_talk_to_us() {
        let public = Some("https://drafts.example.org");
        let allowed = ["http://localhost:5173".to_owned()];
        for (origin, host, expected) in [
            (None, "127.0.0.1:8320", true),
            (Some("http://127.0.0.1:8320"), "127.0.0.1:8320", true),
            (Some("https://drafts.example.org"), "127.0.0.1:8320", true),
            (Some("https://DRAFTS.example.org:443"), "internal", true),
            (Some("https://proxied.example"), "proxied.example", true),
            (Some("https://proxied.example"), "proxied.example:443", true),
            (Some("http://localhost:5173"), "127.0.0.1:8320", true),
            (Some("https://evil.example"), "127.0.0.1:8320", false),
            (Some("http://127.0.0.1:9999"), "127.0.0.1:8320", false),
            (Some("https://drafts.example.org.evil.example"), "x", false),
            (Some("null"), "127.0.0.1:8320", false),
            (Some("file://"), "127.0.0.1:8320", false),
        ] {
            let mut all = headers(&[]);
            all.insert(header::HOST, host.parse().expect("a value"));
            if let Some(origin) = origin {
                all.insert(header::ORIGIN, origin.parse().expect("a value"));
            }
            assert_eq!(
                may_talk(&all, public, &allowed),
                expected,
                "{origin:?} to {host}"
            );
        }
    }

    #[test]
    fn a_form_without_referrer_is_ours_only_if_the_browser_says_so() {
        for (site, expected) in [
            (Some("same-origin"), true),
            (Some("same-site"), false),
            (Some("cross-site"), false),
            (Some("none"), false),
            (None, false),
        ] {
            let mut all = headers(&[("origin", "null"), ("host", "127.0.0.1:8320")]);
            if let Some(site) = site {
                all.insert("sec-fetch-site", site.parse().expect("a value"));
            }
            assert_eq!(may_talk(&all, None, &[]), expected, "{site:?}");
        }
        let forged = headers(&[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ]);
        assert!(!may_talk(&forged, None, &[]));
    }

    #[test]
    fn this_machine_is_named_by_its_own_names_and_through_no_proxy() {
        for (host, expected) in [
            ("127.0.0.1:8320", true),
            ("localhost:8320", true),
            ("[::1]:8320", true),
            ("LOCALHOST", true),
            ("rebound.example:8320", false),
            ("127.0.0.1.evil.example", false),
        ] {
            let all: HeaderMap = [(header::HOST, host.parse().expect("a value"))]
                .into_iter()
                .collect();
            assert_eq!(names_this_machine(&all), expected, "{host}");
        }
        let proxied = headers(&[("host", "127.0.0.1"), ("x-forwarded-for", "203.0.113.9")]);
        assert!(!names_this_machine(&proxied));
        assert!(!names_this_machine(&headers(&[])));
    }
}
