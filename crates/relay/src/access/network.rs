//! From which address a request truly came: proxies tell it, and only those that the operator named
//! are believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use axum::http::HeaderMap;

use super::FORWARDED_FOR;

/// A network: an address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network looks like 10.0.0.0/8, 2001:db8::/32 or a single address")]
pub struct BadNetwork;

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| BadNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match bits {
            Some(bits) => bits.trim().parse().map_err(|_| BadNetwork)?,
            None => most,
        };
        if prefix_bits > most {
            return Err(BadNetwork);
        }
        Ok(Self {
            address,
            prefix_bits,
        })
    }
}

impl Network {
    /// The addresses under which this machine reaches itself.
    pub fn this_machine() -> Vec<Self> {
        vec![
            Self {
                address: Ipv4Addr::new(127, 0, 0, 0).into(),
                prefix_bits: 8,
            },
            Self {
                address: Ipv6Addr::LOCALHOST.into(),
                prefix_bits: 128,
            },
        ]
    }

    /// Whether an address belongs to the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.prefix_bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.leading_zeros() >= bits
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.leading_zeros() >= bits
            }
            _ => false,
        }
    }
}

/// The address of whoever asks: that of the peer, or when the peer is a trusted proxy, the last one
/// in `X-Forwarded-For` that is no trusted proxy. What stands before it was written by the client
/// itself and is not believed. `None` for this machine.
pub(crate) fn client_address(
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    trusted: &[Network],
) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer?.to_canonical();
    // Each name is read by itself: what the client wrote before the proxy's own word may be any bytes.
    let named: Vec<&[u8]> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .collect();
    for name in named.iter().rev() {
        if !is_trusted(client) {
            break;
        }
        match parse(name) {
            Some(address) => client = address,
            None => break,
        }
    }
    (!client.is_loopback()).then_some(client)
}

/// An address as proxies write it: some add a port.
fn parse(name: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(name).ok()?.trim();
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<std::net::SocketAddr>().map(|it| it.ip()))
        .ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            headers.append(FORWARDED_FOR, value);
        }
        let trusted: Vec<Network> = trusted
            .iter()
            .map(|text| text.parse().expect("a network"))
            .chain(Network::this_machine())
            .collect();
        let peer = peer.parse().expect("an address");
        client_address(&headers, Some(peer), &trusted).map(|address| address.to_string())
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_what_they_saw() {
        let some = |text: &str| Some(text.to_owned());
        // Nobody stands in front.
        assert_eq!(seen("203.0.113.9", &[], &[]), some("203.0.113.9"));
        assert_eq!(seen("127.0.0.1", &[], &[]), None);
        // A client names somebody else.
        assert_eq!(
            seen("203.0.113.9", &["198.51.100.1"], &[]),
            some("203.0.113.9")
        );
        // A proxy on this machine, and a client that names others in front of itself.
        assert_eq!(
            seen("127.0.0.1", &["203.0.113.9"], &[]),
            some("203.0.113.9")
        );
        assert_eq!(
            seen("::1", &["198.51.100.1, 203.0.113.9"], &[]),
            some("203.0.113.9")
        );
        assert_eq!(
            seen(
                "127.0.0.1",
                &["198.51.100.1", "127.0.0.1, 203.0.113.9"],
                &[]
            ),
            some("203.0.113.9")
        );
        // A client that wrote something other than text before what the proxy appended.
        assert_eq!(
            seen("127.0.0.1", &["é\u{fffd}, 203.0.113.9"], &[]),
            some("203.0.113.9")
        );
        // A chain of proxies.
        assert_eq!(
            seen(
                "10.0.0.2",
                &["198.51.100.1, 203.0.113.9, 10.1.1.1"],
                &["10.0.0.0/8"]
            ),
            some("203.0.113.9")
        );
        assert_eq!(
            seen(
                "10.0.0.2",
                &["198.51.100.1, 203.0.113.9, 10.1.1.1"],
                &["10.0.0.0/30"]
            ),
            some("10.1.1.1")
        );
        // What cannot be read is not passed over.
        assert_eq!(
            seen("10.0.0.2", &["203.0.113.9, unknown"], &["10.0.0.2"]),
            some("10.0.0.2")
        );
        // The same address in its other forms.
        assert_eq!(
            seen("::ffff:127.0.0.1", &["[2001:db8::7]:4711"], &[]),
            some("2001:db8::7")
        );
        assert_eq!(
            seen("127.0.0.1", &["::ffff:203.0.113.9"], &[]),
            some("203.0.113.9")
        );
    }

    #[test]
    fn networks_are_read_and_nonsense_is_refused() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "203.0.113.9", false),
        ] {
            let network: Network = network.parse().expect("a network");
            let address = address.parse().expect("an address");
            assert_eq!(network.contains(address), expected, "{network:?} {address}");
        }
        for bad in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/-1",
            "proxy",
        ] {
            assert_eq!(bad.parse::<Network>(), Err(BadNetwork), "{bad}");
        }
    }
}
