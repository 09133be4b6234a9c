//! What those cost who do nothing, as slopes: what a server takes for itself does not count.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;

use super::Scale;
use crate::follower::Follower;
use crate::history::History;
use crate::peer::Peer;
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::writer::Writer;

/// The slope begins here, after the server has grown its tables and pools.
const FIRST: usize = 100;
/// Long enough for buffers of handshakes to be gone, short enough for no ping to be missed.
const SHORT_QUIET: Duration = Duration::from_secs(4);

/// Memory of a connection that has joined and follows nothing.
pub async fn connections(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let server = Arc::new(Server::start(kind, programs, label).await?);
    stay(&server, scale, None).await
}

/// The same on a server that is there; with a history all have its document open.
pub async fn stay(
    server: &Arc<Server>,
    scale: &Scale,
    open: Option<&History>,
) -> Result<Vec<Figure>> {
    let mut held = JoinSet::new();
    hold(server, &mut held, FIRST, open).await?;
    let before = settled(server, SHORT_QUIET).await?;
    hold(server, &mut held, scale.idle, open).await?;
    let after = settled(server, SHORT_QUIET).await?;
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
async fn hold(
    server: &Arc<Server>,
    held: &mut JoinSet<Result<()>>,
    count: usize,
    open: Option<&History>,
) -> Result<()> {
    for _ in 0..count {
        let mut peer = Peer::join(server, &format!("idle-{}", held.len())).await?;
        if let Some(history) = open {
            let follower = Follower::new(history.document, history.base_head()?);
            peer.sync(follower.document, &follower.standing()).await?;
        }
        held.spawn(async move {
            loop {
                peer.arrival().await?;
            }
        });
    }
    Ok(())
}

/// Memory of a document that was written and left, once the server has had time to let go of it.
///
/// Two equal crowds come and go: what the first one makes the allocator keep is there for the second.
pub async fn documents(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let crowd = scale.idle as u64 / 2;
    leave(&server, 0..crowd).await?;
    let before = settled(&server, scale.letting_go).await?;
    leave(&server, crowd..2 * crowd).await?;
    let after = settled(&server, scale.letting_go).await?;
    Ok(vec![
        Figure::new("per document", (after - before) / crowd as f64, "KiB"),
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

/// Resident memory in KiB after a server was left alone for `quiet`.
async fn settled(server: &Server, quiet: Duration) -> Result<f64> {
    tokio::time::sleep(quiet).await;
    server.resident_kib()
}
