//! One writer as fast as the server takes it, with at most 64 changes unacknowledged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Scale;
use crate::history::History;
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::work::{Clock, Plan, Readers};
use crate::writer::Writer;

const UNACKNOWLEDGED: usize = 64;
const READERS: usize = 20;

pub async fn run(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let history = Arc::new(History::new(2, 10_000, scale.flat_out_edits)?);
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let writer = Writer::with_base(&server, "writer", Arc::clone(&history)).await?;
    race(&server, &history, writer).await
}

/// Types the edits of `history` as fast as `server` takes them, before readers.
pub async fn race(
    server: &Arc<Server>,
    history: &Arc<History>,
    mut writer: Writer,
) -> Result<Vec<Figure>> {
    let clock = Arc::new(Clock::new(history));
    let plan = Plan {
        readers: READERS,
        applying: 2,
        from: history.base,
        end: history.edits.len(),
        patience: Duration::from_secs(20),
    };
    let mut watching = Readers::start(server, history, &clock, &plan);
    watching.ready().await?;

    let used_before = server.cpu_seconds()?;
    let begun = Instant::now();
    while writer.sent() < plan.end || writer.in_flight() > 0 {
        if writer.sent() < plan.end && writer.in_flight() < UNACKNOWLEDGED {
            clock.stamp(writer.sent());
            writer.type_next().await?;
        } else {
            writer.hear().await?;
        }
    }
    let outcome = watching.finish().await?;
    let seconds = outcome.finished.duration_since(begun).as_secs_f64();
    let edits = plan.end - plan.from;
    let used = server.cpu_seconds()? - used_before;
    Ok(vec![
        Figure::new("edits per second", edits as f64 / seconds, "1/s"),
        Figure::new("p50", outcome.times.percentile(0.5), "ms"),
        Figure::new("p99", outcome.times.percentile(0.99), "ms"),
        Figure::new("CPU per edit", used / edits as f64 * 1e6, "\u{b5}s"),
    ])
}
