//! The readers of one document, as tasks, and what they saw.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use automerge::ReadDoc;
use plenary_draft::document::new_document;
use tokio::task::JoinSet;

use crate::follower::Follower;
use crate::history::History;
use crate::peer::{Peer, parse};
use crate::server::Server;
use crate::stats::Times;

/// When each change of a history was sent, for whoever sees it arrive.
pub struct Clock {
    begin: Instant,
    /// Nanoseconds after `begin`, by place in the history; 0 is "not yet".
    sent: Vec<AtomicU64>,
}

impl Clock {
    /// A clock for all changes of `history`.
    pub fn new(history: &History) -> Self {
        Self {
            begin: Instant::now(),
            sent: history.edits.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Notes that the change at `at` goes out now.
    pub fn stamp(&self, at: usize) {
        let nanoseconds = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.sent[at].store(nanoseconds.max(1), Ordering::Relaxed);
    }

    /// Milliseconds from the sending of the change at `at` to `arrived`.
    fn since(&self, at: usize, arrived: Instant) -> Option<f64> {
        let sent = self.sent[at].load(Ordering::Relaxed);
        (sent > 0).then(|| {
            let arrived = arrived.duration_since(self.begin).as_nanos() as f64;
            (arrived - sent as f64) / 1e6
        })
    }
}

/// Readers of one document.
pub struct Readers {
    tasks: JoinSet<Result<Seen>>,
    ready: Arc<AtomicUsize>,
    count: usize,
}

/// What one reader saw.
struct Seen {
    milliseconds: Vec<f64>,
    finished: Instant,
}

/// What all readers saw.
pub struct Outcome {
    /// From write to delivery, one sample for each change and reader.
    pub times: Times,
    /// How many deliveries there were.
    pub deliveries: usize,
    /// When the last reader had everything.
    pub finished: Instant,
}

impl Readers {
    /// Starts `count` readers of `history`, which follow it from its base to its change `end`
    /// (exclusive) and keep times of changes from `from` on. `applying` of them really apply and
    /// compare their text at the end of the history.
    pub fn start(
        server: &Arc<Server>,
        history: &Arc<History>,
        clock: &Arc<Clock>,
        plan: &Plan,
    ) -> Self {
        let ready = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for number in 0..plan.readers {
            let reader = Reader {
                name: format!("reader-{}-{number}", history.document),
                server: Arc::clone(server),
                history: Arc::clone(history),
                clock: Arc::clone(clock),
                ready: Arc::clone(&ready),
                plan: plan.clone(),
                applies: number < plan.applying,
            };
            tasks.spawn(reader.run());
        }
        Self {
            tasks,
            ready,
            count: plan.readers,
        }
    }

    /// Waits until every reader has joined and been answered.
    pub async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.ready.load(Ordering::Acquire) < self.count {
            if let Some(ended) = self.tasks.try_join_next() {
                ended?.context("a reader ended before the run")?;
                bail!("a reader ended before the run");
            }
            if Instant::now() > deadline {
                bail!(
                    "only {} of {} readers could join",
                    self.ready.load(Ordering::Acquire),
                    self.count
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Waits until every reader has everything.
    pub async fn finish(mut self) -> Result<Outcome> {
        let mut samples = Vec::new();
        let mut finished = None;
        while let Some(ended) = self.tasks.join_next().await {
            let seen = ended?.context("a reader failed")?;
            samples.extend_from_slice(&seen.milliseconds);
            finished = finished.max(Some(seen.finished));
        }
        Ok(Outcome {
            deliveries: samples.len(),
            times: Times::new(samples),
            finished: finished.context("there were no readers")?,
        })
    }
}

/// How many readers there are and what they look for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many follow the document.
    pub readers: usize,
    /// How many of them also apply every change.
    pub applying: usize,
    /// The first change whose time counts.
    pub from: usize,
    /// The change before which they end.
    pub end: usize,
    /// How long one waits for the next arrival before it gives up.
    pub patience: Duration,
}

struct Reader {
    name: String,
    server: Arc<Server>,
    history: Arc<History>,
    clock: Arc<Clock>,
    ready: Arc<AtomicUsize>,
    plan: Plan,
    applies: bool,
}

impl Reader {
    async fn run(self) -> Result<Seen> {
        let mut peer = Peer::join(&self.server, &self.name).await?;
        let mut follower = Follower::new(self.history.document, self.history.base_head()?);
        let mut replica = self
            .applies
            .then(|| Replica::new(&self.history))
            .transpose()?;
        peer.sync(follower.document, &follower.standing()).await?;
        let mut greeted = false;
        let mut reached = self.history.base;
        let mut milliseconds = Vec::with_capacity(self.plan.end - self.plan.from);
        let mut finished = Instant::now();
        while reached < self.plan.end {
            let patience = if greeted {
                self.plan.patience
            } else {
                Duration::from_secs(3)
            };
            let Ok(arrival) = tokio::time::timeout(patience, peer.arrival()).await else {
                if greeted {
                    bail!("{} waited in vain for change {reached}", self.name);
                }
                // A server need not answer a peer that has everything.
                greeted = true;
                self.ready.fetch_add(1, Ordering::Release);
                continue;
            };
            let arrival = arrival?;
            let message = parse(&arrival.data)?;
            let taken = follower.take(&message)?;
            for hash in &taken.hashes {
                let at = self
                    .history
                    .position(hash)
                    .context("a change that nobody wrote")?;
                if at != reached {
                    bail!("{} got change {at} and expected {reached}", self.name);
                }
                reached += 1;
                if at >= self.plan.from {
                    milliseconds.extend(self.clock.since(at, arrival.at));
                }
            }
            if !greeted {
                greeted = true;
                self.ready.fetch_add(1, Ordering::Release);
            }
            if !taken.hashes.is_empty() {
                finished = arrival.at;
            }
            if taken.owes_answer {
                peer.sync(follower.document, &follower.standing()).await?;
            }
            if let Some(replica) = &mut replica {
                replica.take(message.changes);
            }
        }
        if let Some(replica) = replica {
            replica.compare(&self.history.text).await?;
        }
        Ok(Seen {
            milliseconds,
            finished,
        })
    }
}

/// A reader's own copy, kept by Automerge on a thread of its own, so that applying disturbs the
/// measuring no more than another process would.
struct Replica {
    changes: tokio::sync::mpsc::Sender<Vec<bytes::Bytes>>,
    backlog: Vec<bytes::Bytes>,
    text: tokio::task::JoinHandle<Result<String>>,
}

impl Replica {
    fn new(history: &History) -> Result<Self> {
        let mut document = new_document(automerge::ActorId::from([7; 16]));
        for edit in history.base_edits() {
            document.load_incremental(&edit.chunk)?;
        }
        let object = history.object.clone();
        let (changes, mut queue) = tokio::sync::mpsc::channel::<Vec<bytes::Bytes>>(64);
        let text = tokio::task::spawn_blocking(move || {
            let mut batch = Vec::new();
            while queue.blocking_recv_many(&mut batch, 64) > 0 {
                let bytes: Vec<u8> = batch
                    .drain(..)
                    .flatten()
                    .flat_map(|chunk| chunk.to_vec())
                    .collect();
                document.load_incremental(&bytes)?;
            }
            Ok(document.text(object)?)
        });
        Ok(Self {
            changes,
            backlog: Vec::new(),
            text,
        })
    }

    /// Hands changes on without waiting; what the thread cannot take yet goes with the next ones.
    fn take(&mut self, chunks: Vec<bytes::Bytes>) {
        self.backlog.extend(chunks);
        if let Ok(place) = self.changes.try_reserve() {
            place.send(std::mem::take(&mut self.backlog));
        }
    }

    async fn compare(self, expected: &str) -> Result<()> {
        self.changes
            .send(self.backlog)
            .await
            .context("the copy's thread has ended")?;
        drop(self.changes);
        let text = self.text.await??;
        if text != expected {
            bail!("a reader that applied every change has another text than the writer");
        }
        Ok(())
    }
}
