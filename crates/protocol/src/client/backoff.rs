//! How long to wait before the next attempt to connect.

use rand_core::Rng;

/// The shape of the waiting times, all in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackoffConfig {
    /// The upper bound of the first wait.
    pub first_ms: i64,
    /// No wait is longer than this.
    pub cap_ms: i64,
    /// A connection that lasted this long counts as healthy: the next wait is a first one again.
    pub healthy_after_ms: i64,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            first_ms: 500,
            cap_ms: 30_000,
            healthy_after_ms: 10_000,
        }
    }
}

/// Exponential back-off with jitter. Each wait lies between half of its bound and its bound, so
/// that the clients of a relay that restarts do not all come back in the same instant.
#[derive(Debug, Clone)]
pub struct Backoff {
    config: BackoffConfig,
    attempts: u32,
}

impl Backoff {
    /// Starts with no failed attempt.
    pub fn new(config: BackoffConfig) -> Self {
        Self {
            config,
            attempts: 0,
        }
    }

    /// Draws the next wait in milliseconds and counts the attempt.
    pub fn next_wait_ms(&mut self, rng: &mut impl Rng) -> i64 {
        let doubled = self
            .config
            .first_ms
            .saturating_mul(1_i64 << self.attempts.min(30));
        let bound = doubled.clamp(1, self.config.cap_ms.max(1));
        self.attempts = self.attempts.saturating_add(1);
        let half = bound / 2;
        // The modulo's bias over a range of seconds is far below a millisecond.
        let jitter = i64::try_from(rng.next_u64() % u64::try_from(bound - half + 1).unwrap_or(1))
            .unwrap_or(0);
        half + jitter
    }

    /// Tells how long the last connection lasted; a healthy one makes the next wait short.
    pub fn connection_lasted(&mut self, lasted_ms: i64) {
        if lasted_ms >= self.config.healthy_after_ms {
            self.attempts = 0;
        }
    }

    /// Forgets all failures, as when somebody asks to connect now.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}
