//! What an operator can measure, in Prometheus' text format. Written by hand: a dozen numbers need
//! no library.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// A number that rises, or with [`Count::subtract`] a level.
#[derive(Debug, Default)]
pub struct Count(AtomicI64);

impl Count {
    /// Adds `n`.
    pub fn add(&self, n: usize) {
        self.0
            .fetch_add(i64::try_from(n).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Takes `n` away.
    pub fn subtract(&self, n: usize) {
        self.0
            .fetch_sub(i64::try_from(n).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The upper bounds of a histogram's buckets, in seconds.
const BOUNDS: [f64; 10] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0,
];

/// How long something took, as a histogram.
#[derive(Debug, Default)]
pub struct Seconds {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Seconds {
    /// Counts one duration.
    pub fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            if seconds <= bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
    }
}

/// All numbers of one relay.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Open websockets.
    pub connections: Count,
    /// Websockets ever accepted.
    pub connections_total: Count,
    /// Websockets that were refused or closed for a reason.
    pub connections_closed: Count,
    /// Rooms that are loaded.
    pub rooms_loaded: Count,
    /// Rooms that were given up and loaded again.
    pub rooms_failed: Count,
    /// Messages received.
    pub messages_received: Count,
    /// Bytes of messages received.
    pub received_bytes: Count,
    /// Messages sent.
    pub messages_sent: Count,
    /// Bytes of messages sent.
    pub sent_bytes: Count,
    /// Changes that are stored.
    pub changes_committed: Count,
    /// Changes that were refused and kept.
    pub changes_quarantined: Count,
    /// Times that a room looked for something to tell, beside its turns.
    pub hand_outs: Count,
    /// Snapshots written in place of single changes.
    pub compactions: Count,
    /// How long judging a turn took.
    pub turn_seconds: Seconds,
    /// How long a commit took until it was durable.
    pub commit_seconds: Seconds,
}

impl Metrics {
    /// All numbers in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut out = String::new();
        for (name, kind, help, count) in self.counts() {
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {}",
                count.get()
            );
        }
        for (name, help, seconds) in [
            (
                "plenary_turn_seconds",
                "Time to judge one turn of a room.",
                &self.turn_seconds,
            ),
            (
                "plenary_commit_seconds",
                "Time until a commit is durable.",
                &self.commit_seconds,
            ),
        ] {
            histogram(&mut out, name, help, seconds);
        }
        out
    }

    fn counts(&self) -> [(&'static str, &'static str, &'static str, &Count); 13] {
        [
            (
                "plenary_connections",
                "gauge",
                "Open websockets.",
                &self.connections,
            ),
            (
                "plenary_connections_total",
                "counter",
                "Websockets accepted.",
                &self.connections_total,
            ),
            (
                "plenary_connections_closed_total",
                "counter",
                "Websockets refused or closed by the relay for a reason.",
                &self.connections_closed,
            ),
            (
                "plenary_rooms",
                "gauge",
                "Rooms that are loaded.",
                &self.rooms_loaded,
            ),
            (
                "plenary_rooms_failed_total",
                "counter",
                "Rooms given up and loaded again from storage.",
                &self.rooms_failed,
            ),
            (
                "plenary_messages_received_total",
                "counter",
                "Messages received.",
                &self.messages_received,
            ),
            (
                "plenary_received_bytes_total",
                "counter",
                "Bytes of messages received.",
                &self.received_bytes,
            ),
            (
                "plenary_messages_sent_total",
                "counter",
                "Messages sent.",
                &self.messages_sent,
            ),
            (
                "plenary_sent_bytes_total",
                "counter",
                "Bytes of messages sent.",
                &self.sent_bytes,
            ),
            (
                "plenary_changes_committed_total",
                "counter",
                "Changes stored.",
                &self.changes_committed,
            ),
            (
                "plenary_changes_quarantined_total",
                "counter",
                "Changes refused and kept.",
                &self.changes_quarantined,
            ),
            (
                "plenary_hand_outs_total",
                "counter",
                "Times that a room looked for something to tell, beside its turns.",
                &self.hand_outs,
            ),
            (
                "plenary_compactions_total",
                "counter",
                "Snapshots written in place of single changes.",
                &self.compactions,
            ),
        ]
    }
}

/// Writes one histogram.
fn histogram(out: &mut String, name: &str, help: &str, seconds: &Seconds) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
    for (bucket, bound) in seconds.buckets.iter().zip(BOUNDS) {
        let count = bucket.load(Ordering::Relaxed);
        let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {count}");
    }
    let count = seconds.count.load(Ordering::Relaxed);
    let sum_us = seconds.sum_us.load(Ordering::Relaxed);
    let sum = Duration::from_micros(sum_us).as_secs_f64();
    let _ = writeln!(
        out,
        "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rendered_with_their_units() {
        let metrics = Metrics::default();
        metrics.connections.add(3);
        metrics.connections.subtract(1);
        metrics.commit_seconds.observe(Duration::from_millis(3));
        let text = metrics.render();
        assert!(text.contains("\nplenary_connections 2\n"), "{text}");
        assert!(text.contains("plenary_commit_seconds_bucket{le=\"0.002\"} 0\n"));
        assert!(text.contains("plenary_commit_seconds_bucket{le=\"0.005\"} 1\n"));
        assert!(text.contains("plenary_commit_seconds_sum 0.003\n"));
    }
}
