//! What the relay is to reach, for each figure that has a goal.

/// A goal for one figure.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At most this much, in the figure's unit.
    AtMost(f64),
    /// At most this share of the yardstick's figure in the same run.
    ShareOfYardstick(f64),
    /// At least this many times the yardstick's figure in the same run.
    TimesYardstick(f64),
}

impl Goal {
    /// Whether it is met; None when there is nothing to compare with.
    pub fn met(self, relay: f64, yardstick: Option<f64>) -> Option<bool> {
        match self {
            Self::AtMost(most) => Some(relay <= most),
            Self::ShareOfYardstick(share) => Some(relay <= yardstick? * share),
            Self::TimesYardstick(times) => Some(relay >= yardstick? * times),
        }
    }

    /// In words, for the table.
    pub fn words(self) -> String {
        match self {
            Self::AtMost(most) => format!("\u{2264} {most}"),
            Self::ShareOfYardstick(share) => format!("\u{2264} 1/{:.0} of it", 1.0 / share),
            Self::TimesYardstick(times) => format!("\u{2265} {times} times it"),
        }
    }
}

/// The goal for a figure of a scenario, by their names.
pub fn goal(scenario: &str, figure: &str) -> Option<Goal> {
    Some(match (scenario, figure) {
        ("fan-out-100", "p50") => Goal::AtMost(8.0),
        ("fan-out-100", "p99") => Goal::AtMost(15.0),
        ("fan-out-100", "CPU per delivery") => Goal::ShareOfYardstick(1.0 / 8.0),
        ("fan-out-100-draft", "CPU per delivery") => Goal::ShareOfYardstick(1.0 / 8.0),
        ("fan-out-300", "p99") => Goal::AtMost(25.0),
        ("flat-out-20", "edits per second") => Goal::TimesYardstick(3.0),
        ("documents-200", "p50") => Goal::AtMost(8.0),
        ("documents-200", "resident") => Goal::AtMost(100.0),
        ("first-sync", "warm") => Goal::AtMost(0.5),
        ("stale-200", "all caught up") => Goal::AtMost(0.3),
        ("idle-connections", "per connection") => Goal::AtMost(12.0),
        // Nothing at all, but for the allocator's grain.
        ("idle-documents", "per document") => Goal::AtMost(1.0),
        ("keystroke", "in sections") => Goal::AtMost(1.0),
        ("browser", "text to read") => Goal::AtMost(2_000.0),
        ("browser", "first load") => Goal::AtMost(1.6),
        ("browser", "key, busy p95, ten typing") => Goal::AtMost(16.0),
        _ => return None,
    })
}
