//! The one who types: sends changes that were made beforehand, at a pace or with a bound on what
//! the server has not acknowledged yet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use plenary_protocol::sync::{Have, SyncMessage, Version};

use crate::follower::compose;
use crate::history::History;
use crate::peer::{Peer, Typist, parse};
use crate::server::Server;

/// Changes in one message of an upload; a million bytes or so of keystrokes.
const UPLOAD_BATCH: usize = 10_000;

/// A joined peer with a history to send.
pub struct Writer {
    peer: Typist,
    history: Arc<History>,
    sent: usize,
    acknowledged: usize,
}

impl Writer {
    /// Joins and brings the document to its state before the run; the server has it afterwards.
    pub async fn with_base(server: &Server, name: &str, history: Arc<History>) -> Result<Self> {
        let peer = Typist::from(Peer::join(server, name).await?);
        let mut writer = Self {
            peer,
            history,
            sent: 0,
            acknowledged: 0,
        };
        writer.upload(writer.history.base).await?;
        Ok(writer)
    }

    /// Joins a draft that the server was given as it stands before the run.
    pub async fn hosted(server: &Server, name: &str, history: Arc<History>) -> Result<Self> {
        let peer = Typist::from(Peer::join(server, name).await?);
        let mut writer = Self {
            peer,
            sent: history.base,
            acknowledged: history.base,
            history,
        };
        // The server answers only who has said something about a document.
        let standing = compose(
            writer.history.base_head()?,
            writer.history.base_head()?,
            Vec::new(),
        );
        writer.peer.sync(writer.history.document, &standing).await?;
        Ok(writer)
    }

    /// Sends everything up to `end` in large messages, one after another.
    pub async fn upload(&mut self, end: usize) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(240);
        while self.sent < end {
            let batch_end = end.min(self.sent + UPLOAD_BATCH);
            let edits = &self.history.edits[self.sent..batch_end];
            let last = edits.last().context("an empty batch")?.hash;
            let changes = edits.iter().map(|edit| edit.chunk.clone()).collect();
            let shared = self
                .sent
                .checked_sub(1)
                .map(|at| self.history.edits[at].hash);
            let message = SyncMessage {
                version: Version::V1,
                heads: vec![last],
                need: Vec::new(),
                have: vec![Have {
                    last_sync: shared.into_iter().collect(),
                    ..Have::default()
                }],
                changes,
                flags: None,
            };
            self.peer
                .sync(self.history.document, &message.encode())
                .await?;
            self.sent = batch_end;
            while self.acknowledged < self.sent {
                if Instant::now() > deadline {
                    bail!(
                        "the server took {} of {end} changes and no more",
                        self.acknowledged
                    );
                }
                self.hear().await?;
            }
        }
        Ok(())
    }

    /// Sends the next change and gives its place in the history.
    pub async fn type_next(&mut self) -> Result<usize> {
        let at = self.sent;
        let edit = self
            .history
            .edits
            .get(at)
            .context("the history has no more changes")?;
        let shared = self.history.edits[self.acknowledged.max(1) - 1].hash;
        let message = compose(edit.hash, shared, vec![edit.chunk.clone()]);
        self.peer.sync(self.history.document, &message).await?;
        self.sent += 1;
        Ok(at)
    }

    /// Takes in one message of the server, which may acknowledge.
    pub async fn hear(&mut self) -> Result<()> {
        let arrival = self.peer.arrival_soon().await?;
        self.note(&arrival.data)
    }

    /// Takes in what comes until `deadline`.
    pub async fn hear_until(&mut self, deadline: Instant) -> Result<()> {
        loop {
            match tokio::time::timeout_at(deadline.into(), self.peer.arrival()).await {
                Ok(arrival) => self.note(&arrival?.data)?,
                Err(_) => return Ok(()),
            }
        }
    }

    fn note(&mut self, data: &bytes::Bytes) -> Result<()> {
        let message = parse(data)?;
        if let Some(newest) = self.history.newest(&message.heads) {
            self.acknowledged = self.acknowledged.max(newest + 1);
        }
        Ok(())
    }

    /// How many changes are on their way.
    pub fn in_flight(&self) -> usize {
        self.sent - self.acknowledged
    }

    /// How many changes were sent.
    pub fn sent(&self) -> usize {
        self.sent
    }
}
