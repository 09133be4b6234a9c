//! Times as people read them, in their own zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn local(at_ms: i64) -> Option<Zoned> {
    Timestamp::from_millisecond(at_ms)
        .ok()
        .map(|timestamp| timestamp.to_zoned(TimeZone::system()))
}

/// `14:02:11`.
pub fn clock_time(at_ms: i64) -> String {
    local(at_ms).map_or_else(
        || "--:--:--".to_owned(),
        |time| time.strftime("%H:%M:%S").to_string(),
    )
}

/// `2026-11-22 14:02`.
pub fn date_and_time(at_ms: i64) -> String {
    local(at_ms).map_or_else(
        || "unknown time".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// `20261122-140211-123`, for the names of files that must not meet.
pub fn file_stamp(at_ms: i64) -> String {
    local(at_ms).map_or_else(
        || at_ms.to_string(),
        |time| {
            format!(
                "{}-{:03}",
                time.strftime("%Y%m%d-%H%M%S"),
                at_ms.rem_euclid(1000)
            )
        },
    )
}
