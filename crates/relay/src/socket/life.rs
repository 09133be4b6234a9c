//! Signs of life of a connection, measured by a pulse that the whole relay shares.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What the relay tells all its connections at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// Time for a ping.
    Beat(u64),
    /// The relay shuts down.
    GoingAway,
}

/// Signs of life of one connection, shared by its two halves and by newer connections of the same
/// client.
#[derive(Debug, Default)]
pub(crate) struct Life {
    /// Something came since the last beat.
    heard: AtomicBool,
    /// The relay does not read at the moment, so silence is its own doing.
    is_held_up: AtomicBool,
    /// Beats since the last sign of life.
    missed: AtomicU32,
    /// A newer connection of the same client waits for this one to go.
    is_challenged: AtomicBool,
}

/// What a beat found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulseless {
    /// The peer lives, or may still.
    No,
    /// The peer was silent for too long.
    Silent,
    /// The peer missed a beat, and a newer connection waits.
    Replaced,
}

impl Life {
    /// Something came from the peer.
    pub(crate) fn hear(&self) {
        self.heard.store(true, Ordering::Relaxed);
        self.missed.store(0, Ordering::Relaxed);
    }

    /// Whether the relay waits before it reads on.
    pub(crate) fn hold_up(&self, is_held_up: bool) {
        self.is_held_up.store(is_held_up, Ordering::Relaxed);
    }

    /// A newer connection of the same client has come. Whether this one can go at once.
    pub(crate) fn challenge(&self) -> bool {
        self.is_challenged.store(true, Ordering::Relaxed);
        self.missed.load(Ordering::Relaxed) > 0
    }

    /// Judges the time since the last beat; `makes_progress` says that the peer takes what is
    /// sent to it.
    pub(crate) fn beat(&self, makes_progress: bool, most_missed: u32) -> Pulseless {
        let heard = self.heard.swap(false, Ordering::Relaxed);
        if heard || makes_progress || self.is_held_up.load(Ordering::Relaxed) {
            self.missed.store(0, Ordering::Relaxed);
            return Pulseless::No;
        }
        let missed = self.missed.fetch_add(1, Ordering::Relaxed) + 1;
        if missed > most_missed {
            Pulseless::Silent
        } else if missed > 1 && self.is_challenged.load(Ordering::Relaxed) {
            // One beat without a sign of life is that before the answer to the first ping.
            Pulseless::Replaced
        } else {
            Pulseless::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_counted_and_a_sign_of_life_forgives_it() {
        let life = Life::default();
        life.hear();
        let beats = [0; 4].map(|_| life.beat(false, 3));
        assert_eq!(beats, [Pulseless::No; 4]);
        assert_eq!(life.beat(false, 3), Pulseless::Silent);
        life.hear();
        assert_eq!(life.beat(false, 3), Pulseless::No);
        assert_eq!(life.beat(true, 0), Pulseless::No);
        life.hold_up(true);
        assert_eq!(life.beat(false, 0), Pulseless::No);
        life.hold_up(false);
        assert_eq!(life.beat(false, 0), Pulseless::Silent);
    }

    #[test]
    fn a_challenged_connection_goes_when_it_misses_a_ping() {
        let life = Life::default();
        life.hear();
        assert!(!life.challenge());
        assert_eq!(life.beat(false, 9), Pulseless::No);
        assert_eq!(life.beat(false, 9), Pulseless::No);
        assert_eq!(life.beat(false, 9), Pulseless::Replaced);
        assert!(life.challenge());
    }
}
