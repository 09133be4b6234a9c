//! One person types at 10 edits a second, many read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Scale;
use crate::history::History;
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::work::{Clock, Plan, Readers};
use crate::writer::Writer;

const EVERY: Duration = Duration::from_millis(100);
/// Edits before the clock counts: connections, caches and allocators settle.
const WARM_UP: usize = 20;

pub async fn run(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    readers: usize,
    label: &str,
) -> Result<Vec<Figure>> {
    let edits = WARM_UP + (scale.steady.as_millis() / EVERY.as_millis()) as usize;
    let history = Arc::new(History::new(1, 10_000, edits)?);
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let mut writer = Writer::with_base(&server, "writer", Arc::clone(&history)).await?;
    let clock = Arc::new(Clock::new(&history));
    let plan = Plan {
        readers,
        applying: 2,
        from: history.base + WARM_UP,
        end: history.edits.len(),
        patience: Duration::from_secs(20),
    };
    let mut watching = Readers::start(&server, &history, &clock, &plan);
    watching.ready().await?;

    let mut used_before = 0.0;
    let mut next = Instant::now();
    while writer.sent() < plan.end {
        if writer.sent() == plan.from {
            used_before = server.cpu_seconds()?;
        }
        clock.stamp(writer.sent());
        writer.type_next().await?;
        next += EVERY;
        writer.hear_until(next).await?;
    }
    let outcome = watching.finish().await?;
    let used = server.cpu_seconds()? - used_before;
    Ok(vec![
        Figure::new("p50", outcome.times.percentile(0.5), "ms"),
        Figure::new("p99", outcome.times.percentile(0.99), "ms"),
        Figure::new("worst", outcome.times.worst(), "ms"),
        Figure::new(
            "CPU per delivery",
            used / outcome.deliveries as f64 * 1e6,
            "\u{b5}s",
        ),
        Figure::new("resident", server.resident_kib()? / 1024.0, "MiB"),
    ])
}
