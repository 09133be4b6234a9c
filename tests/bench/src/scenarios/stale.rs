//! The network was gone: 200 clients come back in the same moment, each some hundred changes behind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tokio::task::JoinSet;

use crate::follower::Follower;
use crate::history::History;
use crate::peer::{Peer, parse};
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::stats::Times;
use crate::writer::Writer;

const CLIENTS: usize = 200;
/// How long the history is, in edits.
pub const EDITS: usize = 2_000;

pub async fn run(kind: Kind, programs: &Programs, label: &str) -> Result<Vec<Figure>> {
    let history = Arc::new(History::new(3, 10_000, EDITS)?);
    let server = Arc::new(Server::start(kind, programs, label).await?);
    let writer = Writer::with_base(&server, "writer", Arc::clone(&history)).await?;
    come_back(&server, &history, writer).await
}

/// The same with a document that the server has, and its writer.
pub async fn come_back(
    server: &Arc<Server>,
    history: &Arc<History>,
    mut writer: Writer,
) -> Result<Vec<Figure>> {
    writer.upload(history.edits.len()).await?;
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let used_before = server.cpu_seconds()?;
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let behind = 50 + rng.next_u32() as usize % 450;
        clients.spawn(catch_up(
            Arc::clone(server),
            Arc::clone(history),
            number,
            behind,
        ));
    }
    let mut finished = Vec::new();
    while let Some(client) = clients.join_next().await {
        finished.push(client??.duration_since(begun).as_secs_f64());
    }
    let times = Times::new(finished);
    let used = server.cpu_seconds()? - used_before;
    Ok(vec![
        Figure::new("all caught up", times.worst(), "s"),
        Figure::new("half caught up", times.percentile(0.5), "s"),
        Figure::new("server CPU", used, "s"),
    ])
}

/// Connects, says where it stands and takes what it lacks; gives the moment of the last arrival.
async fn catch_up(
    server: Arc<Server>,
    history: Arc<History>,
    number: usize,
    behind: usize,
) -> Result<Instant> {
    let end = history.edits.len();
    let mut reached = end - behind;
    let mut follower = Follower::new(history.document, history.edits[reached - 1].hash);
    let mut peer = Peer::join(&server, &format!("stale-{number}")).await?;
    peer.sync(follower.document, &follower.standing()).await?;
    let mut last = Instant::now();
    while reached < end {
        let arrival = tokio::time::timeout(Duration::from_secs(30), peer.arrival())
            .await
            .with_context(|| format!("a client waited in vain for change {reached}"))??;
        let taken = follower.take(&parse(&arrival.data)?)?;
        if !taken.hashes.is_empty() {
            reached += taken.hashes.len();
            last = arrival.at;
        }
        if taken.owes_answer {
            peer.sync(follower.document, &follower.standing()).await?;
        }
    }
    Ok(last)
}
