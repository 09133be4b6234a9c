//! Many small meetings at once: 200 documents with a writer and a reader each, an edit a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::Scale;
use crate::history::History;
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::stats::Times;
use crate::work::{Clock, Plan, Readers};
use crate::writer::Writer;

const DOCUMENTS: u32 = 200;
const EVERY: Duration = Duration::from_secs(1);

struct Meeting {
    history: Arc<History>,
    clock: Arc<Clock>,
    writer: Writer,
    readers: Readers,
}

pub async fn run(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let edits = (scale.steady.as_secs() / EVERY.as_secs()) as usize;
    let mut meetings = Vec::new();
    for number in 0..DOCUMENTS {
        meetings.push(open(&server, number, edits).await?);
    }
    let used_before = server.cpu_seconds()?;
    // The meetings' seconds begin one after another, so that 200 edits are spread over each second.
    let begin = Instant::now() + Duration::from_millis(100);
    let mut typing = JoinSet::new();
    for (number, meeting) in meetings.into_iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        typing.spawn(hold(meeting, begin + EVERY * number / DOCUMENTS));
    }
    let mut samples = Vec::new();
    while let Some(held) = typing.join_next().await {
        samples.extend(held??);
    }
    let used = server.cpu_seconds()? - used_before;
    let deliveries = samples.len().max(1) as f64;
    let times = Times::new(samples);
    Ok(vec![
        Figure::new("p50", times.percentile(0.5), "ms"),
        Figure::new("p99", times.percentile(0.99), "ms"),
        Figure::new("CPU per delivery", used / deliveries * 1e6, "\u{b5}s"),
        Figure::new("resident", server.resident_kib()? / 1024.0, "MiB"),
    ])
}

async fn open(server: &Arc<Server>, number: u32, edits: usize) -> Result<Meeting> {
    let history = Arc::new(History::new(1_000 + u64::from(number), 10_000, edits)?);
    let writer =
        Writer::with_base(server, &format!("writer-{number}"), Arc::clone(&history)).await?;
    let clock = Arc::new(Clock::new(&history));
    let plan = Plan {
        readers: 1,
        applying: 0,
        from: history.base,
        end: history.edits.len(),
        patience: Duration::from_secs(60),
    };
    let mut readers = Readers::start(server, &history, &clock, &plan);
    readers.ready().await?;
    Ok(Meeting {
        history,
        clock,
        writer,
        readers,
    })
}

async fn hold(mut meeting: Meeting, begin: Instant) -> Result<Vec<f64>> {
    let mut next = begin;
    while meeting.writer.sent() < meeting.history.edits.len() {
        meeting.writer.hear_until(next).await?;
        meeting.clock.stamp(meeting.writer.sent());
        meeting.writer.type_next().await?;
        next += EVERY;
    }
    let outcome = meeting.readers.finish().await?;
    Ok(outcome.times.into_samples())
}
