//! What an operator can set. docs/operating.md has the same names with their defaults.

use std::path::PathBuf;
use std::time::Duration;

use plenary_protocol::limits::Limits;

use crate::access::{Network, SiteSecret};
use crate::storage::compaction::CompactionPolicy;
use crate::word::Pandoc;

/// Who may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// Drafts with one secret link for each role.
    Links,
    /// A plain automerge-repo sync server for any documents: no drafts, no roles, no binding of
    /// actors. For a trusted network only.
    Open,
}

/// How a relay is set up.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// Who may connect.
    pub access: AccessMode,
    /// Allows [`AccessMode::Open`] on addresses that other machines can reach.
    pub insist_open: bool,
    /// The address under which people reach the relay, such as `https://drafts.example.org`,
    /// without a slash at the end. Without it, links name the address that the relay listens on.
    pub public_url: Option<String>,
    /// What allows making drafts from other machines. Without it, nobody but this machine can.
    pub site_secret: Option<SiteSecret>,
    /// Further origins whose pages may talk to the relay, such as `https://app.example.org`.
    pub allowed_origins: Vec<String>,
    /// Networks whose machines are believed in `X-Forwarded-For`. By default this machine alone.
    pub trusted_proxies: Vec<Network>,
    /// The folder with the built editor. Without it, the relay has the one that was built into the
    /// program, if any, and else only the small pages.
    pub web_folder: Option<PathBuf>,
    /// What makes Markdown of Word documents. Without it they are refused.
    pub pandoc: Option<Pandoc>,
    /// What peers may ask of the wire protocol.
    pub limits: Limits,
    /// Everything else that is bounded.
    pub bounds: Bounds,
}

/// Bounds on connections, rooms and requests.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Open websockets.
    pub connections: usize,
    /// Open websockets from one address; those from this machine are not counted.
    pub connections_per_address: usize,
    /// Connections that speak HTTP, or have said nothing yet.
    pub http_connections: usize,
    /// How long a peer may take to say `join`, and to send the head of an HTTP request.
    pub join_timeout: Duration,
    /// How long the body of a request may take to arrive, and how long a peer may take nothing of what it
    /// is sent.
    pub transfer_timeout: Duration,
    /// The time between two pings, the same for all connections.
    pub ping_interval: Duration,
    /// After so many pings without a sign of life a connection is closed.
    pub missed_pings: u32,
    /// How long a room stays loaded after the last connection left.
    pub room_idle: Duration,
    /// Rooms that are loaded at once.
    pub rooms: usize,
    /// Messages that wait for one room.
    pub mailbox_messages: usize,
    /// Bytes of large messages (over 64 KiB) that are in memory for one draft, or in open mode for
    /// the relay.
    pub large_message_bytes: usize,
    /// The least time between two messages about news to one connection, in milliseconds.
    pub news_interval_ms: i64,
    /// The body of a request, in bytes; a bundle may be larger by [`Bounds::bundle_bytes`].
    pub body_bytes: usize,
    /// The body of a bundle that is imported, in bytes.
    pub bundle_bytes: usize,
    /// How long the relay waits for connections and rooms to end when it shuts down.
    pub shutdown: Duration,
    /// When a document is worth a new snapshot.
    pub compaction: CompactionPolicy,
    /// Participants who join by links for the first time, from one address and minute.
    pub joins_per_minute: u32,
    /// Secrets that open nothing, from one address and minute; then none is tried any more.
    pub guesses_per_minute: u32,
    /// Drafts that are made, from one address and minute.
    pub drafts_per_minute: u32,
    /// Times that work is handed in by those whose link has ended, from one address and minute.
    pub hand_ins_per_minute: u32,
    /// People of a draft of whom something is kept.
    pub people: u32,
    /// How long a draft that a facilitator deleted can be brought back.
    pub deletion_grace: Duration,
    /// How often the relay looks for drafts whose time of grace is over.
    pub deletion_rounds: Duration,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            access: AccessMode::Links,
            insist_open: false,
            public_url: None,
            site_secret: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Network::this_machine(),
            web_folder: None,
            pandoc: None,
            limits: Limits::default(),
            bounds: Bounds::default(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 500,
            http_connections: 8_192,
            join_timeout: Duration::from_secs(10),
            transfer_timeout: Duration::from_secs(120),
            ping_interval: Duration::from_secs(5),
            missed_pings: 3,
            room_idle: Duration::from_secs(60),
            rooms: 20_000,
            mailbox_messages: 512,
            large_message_bytes: 64 << 20,
            news_interval_ms: 33,
            body_bytes: 8 << 20,
            bundle_bytes: 64 << 20,
            shutdown: Duration::from_secs(10),
            compaction: CompactionPolicy::default(),
            joins_per_minute: 600,
            guesses_per_minute: 30,
            drafts_per_minute: 30,
            hand_ins_per_minute: 60,
            people: 20_000,
            deletion_grace: Duration::from_secs(30 * 24 * 60 * 60),
            deletion_rounds: Duration::from_secs(30),
        }
    }
}

/// Why a relay was not started with its settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Open access on an address that others can reach.
    #[error(
        "--access open lets everybody who can reach {0} read and write everything: listen on 127.0.0.1, or add --insist-open if that is what you want"
    )]
    OpenToOthers(std::net::SocketAddr),
    /// The public address is not one.
    #[error("the public address must look like https://drafts.example.org")]
    PublicUrl,
}

impl RelayConfig {
    /// Whether people reach the site over https.
    pub fn is_secure(&self) -> bool {
        let url = self.public_url.as_deref();
        url.is_some_and(|url| url.starts_with("https://"))
    }

    /// Checks the settings against the address that the relay listens on.
    pub fn check(&self, listen: std::net::SocketAddr) -> Result<(), ConfigError> {
        let is_open = self.access == AccessMode::Open;
        if is_open && !self.insist_open && !listen.ip().is_loopback() {
            return Err(ConfigError::OpenToOthers(listen));
        }
        match &self.public_url {
            Some(url) if crate::access::authority_of(url).is_none() => Err(ConfigError::PublicUrl),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_access_stays_on_this_machine_unless_told_twice() {
        let mut config = RelayConfig {
            access: AccessMode::Open,
            ..RelayConfig::default()
        };
        let here = "127.0.0.1:8320".parse().expect("an address");
        let everywhere = "0.0.0.0:8320".parse().expect("an address");
        assert_eq!(config.check(here), Ok(()));
        assert_eq!(
            config.check(everywhere),
            Err(ConfigError::OpenToOthers(everywhere))
        );
        config.insist_open = true;
        assert_eq!(config.check(everywhere), Ok(()));
    }

    #[test]
    fn a_public_address_has_a_scheme_and_a_host() {
        let here = "127.0.0.1:8320".parse().expect("an address");
        for (url, good) in [
            ("https://drafts.example.org", true),
            ("http://drafts.example.org:8080/base", true),
            ("drafts.example.org", false),
            ("ftp://example.org", false),
            ("https://", false),
        ] {
            let config = RelayConfig {
                public_url: Some(url.into()),
                ..RelayConfig::default()
            };
            assert_eq!(config.check(here).is_ok(), good, "{url}");
        }
    }
}
