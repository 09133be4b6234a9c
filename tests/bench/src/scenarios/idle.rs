//! What those cost who do nothing, as slopes: what a server takes for itself does not count.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::Scale;
use crate::history::History;
use crate::peer::Peer;
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::writer::Writer;

/// The slope begins here, after the server has grown its tables and pools.
const FIRST: usize = 100;

/// Memory of a connection that has joined and follows nothing.
pub async fn connections(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let mut held = JoinSet::new();
    hold(&server, &mut held, FIRST).await?;
    let before = settled(&server, Duration::from_secs(5)).await?;
    hold(&server, &mut held, scale.idle).await?;
    let after = settled(&server, Duration::from_secs(5)).await?;
    let used_before = server.cpu_seconds()?;
    let span = if scale.quick { 2 } else { 10 };
    tokio::time::sleep(Duration::from_secs(span)).await;
    let used = server.cpu_seconds()? - used_before;
    held.shutdown().await;
    Ok(vec![
        Figure::new(
            "per connection",
            (after - before) / scale.idle as f64,
            "KiB",
        ),
        Figure::new("CPU of all", used / span as f64 * 100.0, "%"),
    ])
}

/// Joins `count` more peers, each kept by a task that reads (and so answers pings).
async fn hold(server: &Arc<Server>, held: &mut JoinSet<Result<()>>, count: usize) -> Result<()> {
    for _ in 0..count {
        let mut peer = Peer::join(server, &format!("idle-{}", held.len())).await?;
        held.spawn(async move {
            loop {
                peer.arrival().await?;
            }
        });
    }
    Ok(())
}

/// Memory of a document that was written and left, once the server has had time to let go of it.
pub async fn documents(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let patience = Duration::from_secs(if scale.quick { 10 } else { 60 });
    leave(&server, 0..FIRST as u64).await?;
    let before = settled(&server, patience).await?;
    // In groups of the first one's size, so that what is open at once does not grow and memory that
    // was let go of can be used again.
    let mut number = FIRST as u64;
    let end = number + scale.idle as u64;
    while number < end {
        let next = end.min(number + FIRST as u64);
        leave(&server, number..next).await?;
        if kind == Kind::Relay {
            settled(&server, patience).await?;
        }
        number = next;
    }
    let after = settled(&server, patience).await?;
    Ok(vec![
        Figure::new("per document", (after - before) / scale.idle as f64, "KiB"),
        Figure::new("resident", after / 1024.0, "MiB"),
    ])
}

async fn leave(server: &Arc<Server>, numbers: std::ops::Range<u64>) -> Result<()> {
    for number in numbers {
        let history = Arc::new(History::new(10_000 + number, 10_000, 0)?);
        Writer::with_base(server, &format!("visitor-{number}"), history).await?;
    }
    Ok(())
}

/// Resident memory in KiB once it has stood still for a while, or when the patience is at its end.
async fn settled(server: &Server, patience: Duration) -> Result<f64> {
    let deadline = Instant::now() + patience;
    let quiet = Duration::from_secs(3).min(patience / 2);
    let mut last = server.resident_kib()?;
    let mut since = Instant::now();
    while Instant::now() < deadline && since.elapsed() < quiet {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = server.resident_kib()?;
        if (now - last).abs() > 64.0 {
            last = now;
            since = Instant::now();
        }
    }
    Ok(last)
}
