//! How many connections there are, in all and from one address.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use plenary_protocol::close::{CloseCode, CloseReason};

use crate::access::counted;

/// Counts open websockets.
pub(crate) struct Places {
    most: usize,
    most_per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// One connection's place, free again when it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Places {
    /// At most `most` connections, and `most_per_address` of them from one address.
    pub(crate) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_address,
            taken: Mutex::default(),
        })
    }

    /// Takes a place. Connections from this machine itself (`None`) are counted in all only.
    pub(crate) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, CloseReason> {
        let address = address.map(counted);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.most {
            return Err(CloseCode::TooManyConnections.into());
        }
        if let Some(address) = address {
            let from_there = taken.by_address.entry(address).or_default();
            if *from_there >= self.most_per_address {
                return Err(CloseReason::new(
                    CloseCode::TooManyConnections,
                    "too many connections from your address",
                ));
            }
            *from_there += 1;
        }
        taken.all += 1;
        Ok(Place {
            places: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        let Some(address) = self.address else {
            return;
        };
        if let Some(from_there) = taken.by_address.get_mut(&address) {
            *from_there -= 1;
            if *from_there == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_a_network_of_addresses_counts_as_one() {
        let places = Places::new(9, 2);
        let from = |last: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, last]));
        let held: Vec<_> = (1..=2).map(|last| places.take(from(last))).collect();
        assert!(held.iter().all(Result::is_ok));
        assert!(places.take(from(3)).is_err());
        let elsewhere = IpAddr::from([0x2001, 0xdb8, 0, 8, 0, 0, 0, 1]);
        assert!(places.take(Some(elsewhere)).is_ok());
        drop(held);
        assert!(places.take(from(3)).is_ok());
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let places = Places::new(4, 2);
        let there = Some(IpAddr::from([203, 0, 113, 9]));
        let first = places.take(there).ok();
        let second = places.take(there).ok();
        assert!(first.is_some() && second.is_some());
        assert!(places.take(there).is_err());
        let here: Vec<_> = (0..2).filter_map(|_| places.take(None).ok()).collect();
        assert_eq!(here.len(), 2);
        assert!(places.take(None).is_err(), "all are taken");
        drop(first);
        assert!(places.take(there).is_ok());
        drop((second, here));
        let taken = places.taken.lock().expect("not poisoned");
        assert_eq!((taken.all, taken.by_address.len()), (0, 0));
    }
}
