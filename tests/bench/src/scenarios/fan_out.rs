//! One person types at 10 edits a second, many read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Scale;
use crate::history::{History, draft};
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
    let history = Arc::new(History::new(1, 10_000, edits_within(scale.steady))?);
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let writer = Writer::with_base(&server, "writer", Arc::clone(&history)).await?;
    follow(&server, &history, writer, readers).await
}

/// The same in a draft's text, which stands in sections.
pub async fn run_draft(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    readers: usize,
    label: &str,
) -> Result<Vec<Figure>> {
    let draft = draft(8, 10_000)?;
    let history = Arc::new(History::in_section(&draft, 8, edits_within(scale.steady))?);
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let writer = Writer::with_base(&server, "writer", Arc::clone(&history)).await?;
    follow(&server, &history, writer, readers).await
}

/// How many edits a run of this length needs, the warm-up's included.
pub fn edits_within(steady: Duration) -> usize {
    WARM_UP + (steady.as_millis() / EVERY.as_millis()) as usize
}

/// Types the edits of `history` at the pace of a person, before `readers` readers.
pub async fn follow(
    server: &Arc<Server>,
    history: &Arc<History>,
    mut writer: Writer,
    readers: usize,
) -> Result<Vec<Figure>> {
    let clock = Arc::new(Clock::new(history));
    let plan = Plan {
        readers,
        applying: 2,
        from: history.base + WARM_UP,
        end: history.edits.len(),
        patience: Duration::from_secs(20),
    };
    let mut watching = Readers::start(server, history, &clock, &plan);
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
