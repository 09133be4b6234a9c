//! Where a published report may link to.

use std::borrow::Cow;

/// An address as it may stand in `href`, or why it may not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Href<'a> {
    /// A web address or an e-mail address, percent-encoded where that is needed.
    Outside(Cow<'a, str>),
    /// A place in the report: the fragment as typed.
    Inside(&'a str),
    /// Anything else: shown as text.
    Refused,
}

/// Judges an address. Only `http`, `https`, `mailto` and `#fragment` pass; the scheme must stand
/// at the very start, in full, since browsers ignore what we might overlook.
pub(crate) fn judge(address: &str) -> Href<'_> {
    if let Some(fragment) = address.strip_prefix('#') {
        return Href::Inside(fragment);
    }
    for scheme in ["https://", "http://"] {
        if let Some(rest) = after(scheme, address) {
            let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
            let (host, path) = rest.split_at(end);
            return if is_host(host) {
                outside(scheme, address, host, path)
            } else {
                Href::Refused
            };
        }
    }
    match after("mailto:", address) {
        Some(rest) if rest.contains('@') => outside("mailto:", address, "", rest),
        _ => Href::Refused,
    }
}

/// What follows the scheme, where the address starts with it in capitals or not.
fn after<'a>(scheme: &str, address: &'a str) -> Option<&'a str> {
    let (start, rest) = address.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// The address as it was typed where nothing has to be changed, as is most often so.
fn outside<'a>(scheme: &str, address: &'a str, host: &str, path: &str) -> Href<'a> {
    Href::Outside(match encode(path) {
        Cow::Borrowed(_) if address.starts_with(scheme) => Cow::Borrowed(address),
        path => Cow::Owned(format!("{scheme}{host}{path}")),
    })
}

/// Whether a host is a name or an address with an optional port; user names are refused, since
/// `https://example.org@evil.example` misleads readers.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_sound = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let name_sound = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let label = |label: &str| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .chars()
                        .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            };
            let numeric = name
                .rsplit('.')
                .next()
                .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
            name.len() <= 253
                && name.split('.').all(label)
                && (!numeric || name.parse::<std::net::Ipv4Addr>().is_ok())
        }
    };
    port_sound && name_sound
}

/// Percent-encodes what may not stand in an address, and leaves what is encoded as it is.
fn encode(text: &str) -> Cow<'_, str> {
    use std::fmt::Write;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut fragment = false;
    for (at, c) in text.char_indices() {
        let bad = match c {
            '%' => {
                let pair = text.as_bytes().get(at + 1..at + 3);
                !pair.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
            }
            '#' => std::mem::replace(&mut fragment, true),
            c if c.is_ascii() => !(c.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=".contains(c)),
            c => c.is_whitespace() || c.is_control() || !c.is_alphanumeric(),
        };
        if bad {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: Option<&str>) {
        let found = match judge(address) {
            Href::Outside(href) => Some(href.into_owned()),
            Href::Inside(fragment) => Some(format!("#{fragment}")),
            Href::Refused => None,
        };
        assert_eq!(found.as_deref(), expected, "{address}");
    }

    #[test]
    fn only_four_kinds_pass() {
        check(
            "https://example.org/a?b=c&d#e",
            Some("https://example.org/a?b=c&d#e"),
        );
        check("HTTP://Example.org", Some("http://Example.org"));
        check("mailto:a@b.example", Some("mailto:a@b.example"));
        check("#place", Some("#place"));
        for address in [
            "javascript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/path",
            "path",
            "",
            "http:example.org",
            "https:/example.org",
            "blob:https://x",
            "mailto:nobody",
            "https://",
            "https://a@b.example",
            "https://exa mple.org",
            "https://example.org:99999",
            "\u{1}https://example.org",
            "https://1.2.3",
        ] {
            check(address, None);
        }
    }

    #[test]
    fn what_may_not_stand_is_encoded() {
        check(
            "https://example.org/a b\"<>[x]{y}|^`\\",
            Some("https://example.org/a%20b%22%3C%3E%5Bx%5D%7By%7D%7C%5E%60%5C"),
        );
        check(
            "https://example.org/100%",
            Some("https://example.org/100%25"),
        );
        check(
            "https://example.org/%C3%A9é",
            Some("https://example.org/%C3%A9é"),
        );
        check(
            "https://example.org/#a#b",
            Some("https://example.org/#a%23b"),
        );
        check("http://[::1]:80/", Some("http://[::1]:80/"));
    }
}
