//! Links: a draft's address with the secret that opens it.
//!
//! Two forms are read. A share link, `https://host/d/<draft>#<secret>`, keeps its secret in the
//! fragment, which browsers send to nobody. A sync address, `wss://host/sync?access=<secret>&draft=<draft>`,
//! is for programs. Both may stand behind a path, as when a relay shares its host.

use std::fmt;
use std::str::FromStr;

use plenary_draft::{DocumentId, DocumentIdError};

/// No link is longer than this, in bytes.
const MAX_LINK_BYTES: usize = 4096;

/// What opens a draft. Shown to nobody by accident: its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret as it stands in a link.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a relay answers: scheme, host, port and a path if it stands behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    secure: bool,
    /// Host, port and path, without a slash at the end.
    rest: String,
}

impl ServerAddress {
    /// The address for HTTP, without a slash at the end.
    pub fn http(&self) -> String {
        format!(
            "{}://{}",
            if self.secure { "https" } else { "http" },
            self.rest
        )
    }

    /// The address of the websocket of one draft, without the secret.
    pub fn websocket(&self, draft: DocumentId) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!("{scheme}://{}/sync?draft={draft}", self.rest)
    }

    /// Host and port alone, for messages to people.
    pub fn host(&self) -> &str {
        self.rest.split('/').next().unwrap_or_default()
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.http())
    }
}

impl FromStr for ServerAddress {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (secure, rest) = split_scheme(text.trim())?;
        let rest = rest.trim_end_matches('/');
        check_authority(rest)?;
        if rest.contains(['?', '#']) {
            return Err(LinkError::NotALink);
        }
        Ok(Self {
            secure,
            rest: rest.to_owned(),
        })
    }
}

/// Why a text is not a link. No variant repeats the text, because it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Longer than any link.
    #[error("a link has at most {MAX_LINK_BYTES} bytes, this one has {0}")]
    TooLong(usize),
    /// Another scheme than HTTP or websocket.
    #[error("a link begins with http://, https://, ws:// or wss://")]
    Scheme,
    /// No host, or characters in it that no host has.
    #[error("the link names no valid host")]
    Host,
    /// Neither form of link.
    #[error(
        "not a link to a draft: expected https://HOST/d/DRAFT#SECRET or wss://HOST/sync?access=SECRET&draft=DRAFT"
    )]
    NotALink,
    /// The draft's id is wrong.
    #[error("the draft's id in the link is wrong: {0}")]
    Draft(#[from] DocumentIdError),
    /// The part behind `#` is missing or malformed.
    #[error("the link has lost its secret (the part behind #): copy the whole link again")]
    NoSecret,
}

/// A draft, the relay that holds it and, except on an open relay, the secret that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where the relay answers.
    pub server: ServerAddress,
    /// The draft, which is the id of its record.
    pub draft: DocumentId,
    /// What opens it; `None` only for a sync address of an open relay.
    pub secret: Option<Secret>,
}

impl Link {
    /// The share link, secret included.
    pub fn share_url(&self) -> String {
        let page = format!("{}/d/{}", self.server.http(), self.draft);
        match &self.secret {
            Some(secret) => format!("{page}#{}", secret.expose()),
            None => page,
        }
    }

    /// The draft's page without the secret: fit for logs and messages.
    pub fn public_url(&self) -> String {
        format!("{}/d/{}", self.server.http(), self.draft)
    }
}

impl FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() > MAX_LINK_BYTES {
            return Err(LinkError::TooLong(text.len()));
        }
        let (secure, rest) = split_scheme(text)?;
        check_authority(rest)?;
        let (rest, fragment) = split_once_or(rest, '#');
        let (path, query) = split_once_or(rest, '?');
        if let Some(server) = path.strip_suffix("/sync") {
            return sync_address(secure, server, query);
        }
        let (server, draft) = path.rsplit_once("/d/").ok_or(LinkError::NotALink)?;
        let draft = draft.trim_end_matches('/').parse()?;
        // Programs that hand a link on sometimes encode its fragment.
        let secret = decode_percent(fragment).ok_or(LinkError::NoSecret)?;
        if !is_secret(&secret) {
            return Err(LinkError::NoSecret);
        }
        Ok(Self {
            server: ServerAddress {
                secure,
                rest: server.to_owned(),
            },
            draft,
            secret: Some(Secret(secret)),
        })
    }
}

fn sync_address(secure: bool, server: &str, query: &str) -> Result<Link, LinkError> {
    let mut draft = None;
    let mut secret = None;
    for pair in query.split('&') {
        let (key, value) = split_once_or(pair, '=');
        let value = decode_percent(value).ok_or(LinkError::NotALink)?;
        match key {
            "draft" => draft = Some(value.parse()?),
            "access" if is_secret(&value) => secret = Some(Secret(value)),
            "access" => return Err(LinkError::NoSecret),
            _ => {}
        }
    }
    Ok(Link {
        server: ServerAddress {
            secure,
            rest: server.to_owned(),
        },
        draft: draft.ok_or(LinkError::NotALink)?,
        secret,
    })
}

fn split_scheme(text: &str) -> Result<(bool, &str), LinkError> {
    let (scheme, rest) = text.split_once("://").ok_or(LinkError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => Ok((false, rest)),
        "https" | "wss" => Ok((true, rest)),
        _ => Err(LinkError::Scheme),
    }
}

/// The host ends up in a request line, so nothing may stand in it that would end the line.
fn check_authority(rest: &str) -> Result<(), LinkError> {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    let printable = rest.bytes().all(|byte| byte.is_ascii_graphic());
    if host.is_empty() || !host.bytes().all(plain) || !printable {
        return Err(LinkError::Host);
    }
    Ok(())
}

/// Secrets travel in headers, so only what a header can carry as it stands is one.
fn is_secret(text: &str) -> bool {
    !text.is_empty() && text.len() <= 512 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn split_once_or(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

fn decode_percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after.get(2..)?;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> DocumentId {
        DocumentId::from_bytes([9; 16])
    }

    #[track_caller]
    fn check(text: &str, server: &str, secret: Option<&str>) {
        let link: Link = text.parse().unwrap();
        assert_eq!(link.server.http(), server);
        assert_eq!(link.draft, draft());
        assert_eq!(link.secret.as_ref().map(Secret::expose), secret);
    }

    #[test]
    fn both_forms_are_read() {
        let id = draft();
        check(
            &format!("http://127.0.0.1:8320/d/{id}#s3cret"),
            "http://127.0.0.1:8320",
            Some("s3cret"),
        );
        check(
            &format!(" https://example.org/d/{id}/#s3cret\n"),
            "https://example.org",
            Some("s3cret"),
        );
        check(
            &format!("HTTPS://example.org/group/d/{id}#a%2Db"),
            "https://example.org/group",
            Some("a-b"),
        );
        check(
            &format!("ws://[::1]:80/sync?access=a%2db&draft={id}"),
            "http://[::1]:80",
            Some("a-b"),
        );
        check(
            &format!("wss://example.org/x/sync?draft={id}"),
            "https://example.org/x",
            None,
        );
    }

    #[test]
    fn what_is_not_a_link_is_refused_with_the_reason() {
        let id = draft();
        for (text, error) in [
            ("draft.md".to_owned(), LinkError::Scheme),
            (format!("ftp://host/d/{id}#s"), LinkError::Scheme),
            (format!("http:///d/{id}#s"), LinkError::Host),
            (format!("http://us er/d/{id}#s"), LinkError::Host),
            (format!("http://user@host/d/{id}#s"), LinkError::Host),
            (format!("http://host/d/{id}"), LinkError::NoSecret),
            (format!("http://host/d/{id}#%0a"), LinkError::NoSecret),
            ("http://host/".to_owned(), LinkError::NotALink),
            ("ws://host/sync?access=s".to_owned(), LinkError::NotALink),
            ("h".repeat(5000), LinkError::TooLong(5000)),
        ] {
            assert_eq!(text.parse::<Link>(), Err(error), "{text}");
        }
        assert!(matches!(
            "http://host/d/abc#s".parse::<Link>(),
            Err(LinkError::Draft(_))
        ));
    }

    #[test]
    fn a_link_survives_being_written_and_read() {
        let text = format!("https://example.org/d/{}#s3cret", draft());
        let link: Link = text.parse().unwrap();
        assert_eq!(link.share_url(), text);
        assert!(!format!("{link:?}").contains("s3cret"));
        assert!(!link.public_url().contains("s3cret"));
    }
}
