//! How fast one address may do what costs others something: join, guess secrets, make drafts.
//!
//! Each address has a bucket for each of these that holds a minute's worth and fills evenly.
//! Whoever has a whole network of IPv6 addresses counts as one.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crate::config::Bounds;

/// How many buckets are kept. Full ones are forgotten first; they are as good as none.
const MOST_BUCKETS: usize = 100_000;
/// A bucket fills in this time.
const MINUTE_MS: i64 = 60_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rate {
    /// A participant joins by a link for the first time.
    Join,
    /// A secret opens nothing.
    Guess,
    /// A draft is made.
    Draft,
    /// Work is handed in by somebody whose link does not work any more.
    HandIn,
}

/// Too much in too short a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFast {
    /// After so many seconds there is room again.
    pub(crate) retry_after_seconds: u32,
}

/// The buckets of all addresses.
pub(crate) struct Rates {
    joins: u32,
    guesses: u32,
    drafts: u32,
    hand_ins: u32,
    buckets: Mutex<BTreeMap<(Rate, IpAddr), Bucket>>,
}

/// What is left: a minute of milliseconds for each that may be taken, so that nothing is rounded.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: i64,
    at_ms: i64,
}

impl Rates {
    /// No bucket has lost anything yet.
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            joins: bounds.joins_per_minute,
            guesses: bounds.guesses_per_minute,
            drafts: bounds.drafts_per_minute,
            hand_ins: bounds.hand_ins_per_minute,
            buckets: Mutex::default(),
        }
    }

    fn most(&self, rate: Rate) -> i64 {
        let most = match rate {
            Rate::Join => self.joins,
            Rate::Guess => self.guesses,
            Rate::Draft => self.drafts,
            Rate::HandIn => self.hand_ins,
        };
        i64::from(most.max(1)) * MINUTE_MS
    }

    /// Takes one. This machine itself (`None`) is not counted.
    pub(crate) fn take(
        &self,
        rate: Rate,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<(), TooFast> {
        self.look(rate, address, now_ms, MINUTE_MS)
    }

    /// Whether there is one left to take.
    pub(crate) fn check(
        &self,
        rate: Rate,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<(), TooFast> {
        self.look(rate, address, now_ms, 0)
    }

    fn look(
        &self,
        rate: Rate,
        address: Option<IpAddr>,
        now_ms: i64,
        takes: i64,
    ) -> Result<(), TooFast> {
        let Some(address) = address else {
            return Ok(());
        };
        let most = self.most(rate);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (rate, counted(address));
        let Some(bucket) = buckets.get_mut(&key) else {
            if takes > 0 {
                self.make_room(&mut buckets, now_ms);
                let left = most - takes;
                buckets.insert(
                    key,
                    Bucket {
                        left,
                        at_ms: now_ms,
                    },
                );
            }
            return Ok(());
        };
        bucket.fill(most, now_ms);
        if bucket.left < MINUTE_MS {
            let wait_ms = (MINUTE_MS - bucket.left) * MINUTE_MS / most;
            let seconds = u32::try_from(wait_ms / 1000 + 1).unwrap_or(u32::MAX);
            return Err(TooFast {
                retry_after_seconds: seconds,
            });
        }
        bucket.left -= takes;
        Ok(())
    }

    /// Keeps the number of buckets bounded: those that are full again go first, then any.
    fn make_room(&self, buckets: &mut BTreeMap<(Rate, IpAddr), Bucket>, now_ms: i64) {
        if buckets.len() < MOST_BUCKETS {
            return;
        }
        buckets.retain(|(rate, _), bucket| {
            let most = self.most(*rate);
            bucket.fill(most, now_ms);
            bucket.left < most
        });
        if buckets.len() >= MOST_BUCKETS {
            buckets.pop_first();
        }
    }
}

impl Bucket {
    fn fill(&mut self, most: i64, now_ms: i64) {
        // A clock that was set back fills nothing and takes nothing away.
        let passed_ms = (now_ms - self.at_ms).clamp(0, MINUTE_MS);
        self.left = (self.left + passed_ms * (most / MINUTE_MS)).min(most);
        self.at_ms = now_ms;
    }
}

/// The address under which somebody is counted: a single IPv4 address, or an IPv6 network of 64
/// bits, which is the least that anybody gets.
pub(crate) fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(network).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(guesses_per_minute: u32) -> Rates {
        Rates::new(&Bounds {
            guesses_per_minute,
            ..Bounds::default()
        })
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let rates = rates(6);
        let there = Some(IpAddr::from([203, 0, 113, 9]));
        for _ in 0..6 {
            assert_eq!(rates.check(Rate::Guess, there, 0), Ok(()));
            assert_eq!(rates.take(Rate::Guess, there, 0), Ok(()));
        }
        let refused = rates.take(Rate::Guess, there, 0).expect_err("empty");
        assert_eq!(refused.retry_after_seconds, 11);
        assert!(rates.check(Rate::Guess, there, 9_999).is_err());
        assert_eq!(rates.take(Rate::Guess, there, 10_000), Ok(()));
        assert!(rates.take(Rate::Guess, there, 10_000).is_err());
        assert_eq!(
            rates.take(Rate::Join, there, 0),
            Ok(()),
            "counted by itself"
        );
        assert_eq!(rates.take(Rate::Guess, None, 0), Ok(()), "this machine");
        let other = Some(IpAddr::from([203, 0, 113, 10]));
        assert_eq!(rates.take(Rate::Guess, other, 0), Ok(()));
    }

    #[test]
    fn a_network_of_addresses_is_one() {
        let rates = rates(1);
        let address = |text: &str| Some(text.parse().expect("an address"));
        assert!(rates.take(Rate::Guess, address("2001:db8::1"), 0).is_ok());
        assert!(
            rates
                .take(Rate::Guess, address("2001:db8::ffff"), 0)
                .is_err()
        );
        assert!(
            rates
                .take(Rate::Guess, address("2001:db8:0:1::1"), 0)
                .is_ok()
        );
        assert!(rates.take(Rate::Guess, address("192.0.2.1"), 0).is_ok());
        assert!(
            rates
                .take(Rate::Guess, address("::ffff:192.0.2.1"), 0)
                .is_err()
        );
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let rates = rates(1);
        for number in 0..u32::try_from(MOST_BUCKETS).expect("fits") + 10 {
            let address = Some(std::net::Ipv4Addr::from_bits(number).into());
            assert!(rates.take(Rate::Guess, address, 0).is_ok());
        }
        let kept = rates.buckets.lock().expect("not poisoned").len();
        assert!(kept <= MOST_BUCKETS, "{kept}");
    }
}
