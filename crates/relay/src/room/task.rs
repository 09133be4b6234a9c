//! One room's task: turn, commit, tell, and again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_draft::DocumentId;
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::room::{Commit, ConnectionId, Input, Room, RoomFault, Turn};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::task::JoinSet;

use super::handle::{Envelope, Look};
use super::load::{Loaded, Tail};
use super::registry::{Common, Registry};
use super::wake::RoomWake;
use super::{Outbox, RoomHandle};
use crate::clock::now_ms;
use crate::storage::compaction::compact;
use crate::storage::{RoomCommit, StorageError};

/// Why a room's memory is given up.
pub(super) enum Fault {
    /// Automerge panicked or refused; the next room looks at every change by itself first.
    Memory(String),
    /// The commit failed, so memory holds what the disk does not.
    Storage(StorageError),
}

/// What the task does when it wakes.
enum Event {
    Mail,
    Drained,
    Due,
    Idle,
    GoingAway,
}

/// The task of one room.
pub(super) struct RoomTask {
    registry: Registry,
    common: Arc<Common>,
    handle: RoomHandle,
    mailbox: mpsc::Receiver<Envelope>,
    wake: Arc<RoomWake>,
    /// The room, except while a thread works on it.
    room: Option<Box<Room>>,
    outboxes: Arc<BTreeMap<ConnectionId, Arc<Outbox>>>,
    tails: BTreeMap<DocumentId, Tail>,
    compactions: JoinSet<()>,
    going_away: watch::Receiver<bool>,
    /// When all connections were looked at last, in milliseconds since the Unix epoch.
    told_ms: i64,
}

/// While an outbox is full, the others are looked at in this rhythm at least, in milliseconds.
const LOOK_AGAIN_MS: i64 = 10;

/// All that one round takes out of the mailbox.
#[derive(Default)]
struct Mail {
    inputs: Vec<Input>,
    looks: Vec<Look>,
    /// Places in the budget for large messages, freed when the turn is over.
    permits: Vec<OwnedSemaphorePermit>,
}

impl RoomTask {
    /// Starts the task over a loaded room.
    pub(super) fn start(registry: Registry, common: Arc<Common>, loaded: Loaded) -> RoomHandle {
        let (sender, mailbox) = mpsc::channel(common.settings.mailbox_messages.max(1));
        let handle = RoomHandle::new(loaded.draft, loaded.documents, sender);
        let task = Self {
            registry,
            handle: handle.clone(),
            mailbox,
            wake: Arc::default(),
            room: Some(loaded.room),
            outboxes: Arc::default(),
            tails: loaded.tails,
            compactions: JoinSet::new(),
            going_away: common.going_away.subscribe(),
            told_ms: 0,
            common,
        };
        tokio::spawn(task.run());
        handle
    }

    /// Runs until nobody needs the room any more, the relay shuts down, or the room fails.
    async fn run(mut self) {
        let mut mail = Vec::new();
        loop {
            let done = match self.next_event(&mut mail).await {
                Event::Mail => self.rounds(&mut mail).await,
                Event::Drained => {
                    let drained = self.wake.take();
                    self.tell(Some(drained)).await
                }
                Event::Due => self.tell(None).await,
                Event::Idle if self.try_retire() => break,
                Event::Idle => Ok(()),
                Event::GoingAway => break self.go_away().await,
            };
            if let Err(fault) = done {
                self.fail(fault);
                break;
            }
            self.compact_if_worthwhile();
        }
        self.common.metrics.rooms_loaded.subtract(1);
        while self.compactions.join_next().await.is_some() {}
    }

    /// Waits for something to do.
    async fn next_event(&mut self, mail: &mut Vec<Envelope>) -> Event {
        let due = self.due_in();
        let is_deserted = self.room.as_ref().is_some_and(|room| room.is_deserted());
        let limit = self.common.settings.mailbox_messages.max(1);
        tokio::select! {
            biased;
            _ = self.going_away.wait_for(|going| *going) => Event::GoingAway,
            _ = self.mailbox.recv_many(mail, limit) => Event::Mail,
            () = self.wake.rung() => Event::Drained,
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => Event::Due,
            () = tokio::time::sleep(self.common.settings.idle), if is_deserted => Event::Idle,
        }
    }

    /// How long until somebody may be told news who was told some just before.
    ///
    /// Who was due when all were told last, and still is, has a full outbox and rings by itself.
    /// But it may hide others behind it who are due later, so then all are looked at again soon.
    fn due_in(&self) -> Option<Duration> {
        let due_ms = self.room.as_ref()?.next_due_ms()?;
        let at_ms = if due_ms > self.told_ms {
            due_ms
        } else {
            self.told_ms + self.common.settings.news_interval_ms.max(LOOK_AGAIN_MS)
        };
        let wait_ms = u64::try_from(at_ms - now_ms()).unwrap_or(0);
        Some(Duration::from_millis(wait_ms))
    }

    /// One turn over all that came, or several if it is more than one takes in.
    pub(super) async fn round(&mut self, mail: &mut Vec<Envelope>) -> Result<(), Fault> {
        self.take_acknowledgements(mail);
        if mail.is_empty() {
            return Ok(());
        }
        let mut mail = self.sort(mail);
        let room = self.room.as_ref();
        if room.is_some_and(|room| room.has_to_know_people(&mail.inputs)) {
            self.learn_people().await?;
        }
        loop {
            let inputs = core::mem::take(&mut mail.inputs);
            let (turn, looks) = self.judge(inputs, mail.looks).await?;
            self.close(&turn.closes);
            let is_last = turn.rest.is_empty();
            (mail.inputs, mail.looks) = (turn.rest, looks);
            if let Some(commit) = turn.commit {
                self.commit(commit).await?;
                let looks = if is_last {
                    mail.permits.clear();
                    core::mem::take(&mut mail.looks)
                } else {
                    Vec::new()
                };
                self.take_in(looks).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Judges, and tells at once when there is nothing to store: one visit to a thread. Those look
    /// who asked, unless it is too early for it: then they are returned.
    async fn judge(
        &mut self,
        inputs: Vec<Input>,
        mut looks: Vec<Look>,
    ) -> Result<(Turn, Vec<Look>), Fault> {
        let started = Instant::now();
        let (wake, outboxes) = (Arc::clone(&self.wake), Arc::clone(&self.outboxes));
        let judged = self.work(move |room| {
            let turn = if inputs.is_empty() {
                Turn::default()
            } else {
                room.turn(now_ms(), inputs)?
            };
            if turn.commit.is_none() {
                let now = if turn.rest.is_empty() {
                    core::mem::take(&mut looks)
                } else {
                    Vec::new()
                };
                take_in(room, now, &outboxes, &wake);
            }
            Ok((turn, looks))
        });
        let judged = judged
            .await?
            .map_err(|fault: RoomFault| Fault::Memory(fault.to_string()))?;
        self.common.metrics.turn_seconds.observe(started.elapsed());
        Ok(judged)
    }

    /// Lets the room know on whose behalf facilitators may enter something.
    pub(super) async fn learn_people(&mut self) -> Result<(), Fault> {
        let people = self.common.storage.people(self.handle.draft()).await;
        let people = people.map_err(Fault::Storage)?.into_iter();
        let there =
            people.filter(|person| person.erased_ms.is_none() && person.merged_into.is_none());
        let there = there.map(|person| person.participant).collect();
        if let Some(room) = &mut self.room {
            room.set_people(there);
        }
        Ok(())
    }

    /// Takes in what is durable now, and tells.
    pub(super) async fn take_in(&mut self, looks: Vec<Look>) -> Result<(), Fault> {
        let (wake, outboxes) = (Arc::clone(&self.wake), Arc::clone(&self.outboxes));
        self.work(move |room| take_in(room, looks, &outboxes, &wake))
            .await?;
        self.common.news.documents(self.handle.draft());
        Ok(())
    }

    /// Closes connections, each with its reason.
    pub(super) fn close(&self, closes: &[(ConnectionId, CloseReason)]) {
        for (connection, reason) in closes {
            if let Some(outbox) = self.outboxes.get(connection) {
                outbox.close(reason.clone());
            }
        }
    }

    /// Takes acknowledgements off the front of the mail. They are most of what a room hears, and
    /// need neither a thread nor a turn.
    fn take_acknowledgements(&mut self, mail: &mut Vec<Envelope>) {
        let Some(room) = self.room.as_mut() else {
            return;
        };
        let mut rest = Vec::new();
        for envelope in mail.drain(..) {
            match envelope {
                Envelope::Said(input, permit) if rest.is_empty() => {
                    if let Err(input) = room.take_acknowledgement(input) {
                        rest.push(Envelope::Said(input, permit));
                    }
                }
                other => rest.push(other),
            }
        }
        *mail = rest;
    }

    /// Sorts envelopes, and keeps the ways to the connections up to date.
    fn sort(&mut self, envelopes: &mut Vec<Envelope>) -> Mail {
        let mut mail = Mail::default();
        for envelope in envelopes.drain(..) {
            match envelope {
                Envelope::Join(member, outbox) => {
                    Arc::make_mut(&mut self.outboxes).insert(member.connection, outbox);
                    mail.inputs.push(Input::Join(member));
                }
                Envelope::Said(input, permit) => {
                    if let Input::Leave(connection) = &input {
                        Arc::make_mut(&mut self.outboxes).remove(connection);
                    }
                    mail.inputs.push(input);
                    mail.permits.extend(permit);
                }
                Envelope::Look(look) => mail.looks.push(look),
                // Requests were taken out before; see `rounds`.
                Envelope::Ask(_) => {}
            }
        }
        mail
    }

    /// Makes a turn durable. Nothing is told meanwhile.
    pub(super) async fn commit(&mut self, commit: Commit) -> Result<(), Fault> {
        let metrics = Arc::clone(&self.common.metrics);
        for change in &commit.changes {
            let tail = self.tails.entry(change.document).or_default();
            tail.changes += 1;
            tail.change_bytes += change.bytes.len();
        }
        let (changes, quarantined) = (commit.changes.len(), commit.quarantined.len());
        let started = Instant::now();
        let commit = RoomCommit {
            draft: self.handle.draft(),
            create_open: self.common.settings.is_open,
            commit,
        };
        let stored = self.common.storage.commit(commit).await;
        metrics.commit_seconds.observe(started.elapsed());
        stored.map_err(Fault::Storage)?;
        metrics.changes_committed.add(changes);
        metrics.changes_quarantined.add(quarantined);
        Ok(())
    }

    /// Hands out what there is to tell: to `only` these connections, or to all.
    pub(super) async fn tell(&mut self, only: Option<Vec<ConnectionId>>) -> Result<(), Fault> {
        let (wake, outboxes) = (Arc::clone(&self.wake), Arc::clone(&self.outboxes));
        let now = match only {
            Some(_) => now_ms(),
            None => self.look_at_all(),
        };
        self.common.metrics.hand_outs.add(1);
        self.work(move |room| hand_out(room, now, only, &outboxes, &wake))
            .await
    }

    /// Notes that all connections are looked at now.
    fn look_at_all(&mut self) -> i64 {
        self.told_ms = now_ms();
        self.told_ms
    }

    /// Runs `work` over the room on a thread that may block. If it panics, the room is gone.
    pub(super) async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Room) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let gone = || Fault::Memory("its memory was lost before".into());
        let mut room = self.room.take().ok_or_else(gone)?;
        let _worker = self.common.workers.acquire().await.map_err(|_| gone())?;
        let worked = tokio::task::spawn_blocking(move || {
            let answer = work(&mut room);
            (room, answer)
        })
        .await;
        // What a panic says may quote the text, so it is not logged; where it was is.
        let (room, answer) = worked.map_err(|_| Fault::Memory("a turn panicked".into()))?;
        self.room = Some(room);
        Ok(answer)
    }

    /// Lets the room go if nobody is there and nobody is coming.
    fn try_retire(&mut self) -> bool {
        let mailbox = &self.mailbox;
        let retired = self.registry.retire(&self.handle, || mailbox.is_empty());
        if retired {
            self.compact_all();
        }
        retired
    }

    /// Finishes what the mailbox holds and sends everybody away.
    async fn go_away(&mut self) {
        self.mailbox.close();
        let mut mail = Vec::new();
        while let Some(envelope) = self.mailbox.recv().await {
            mail.push(envelope);
        }
        match self.rounds(&mut mail).await {
            Ok(()) => self.close_all(&CloseCode::GoingAway.into()),
            Err(fault) => self.fail(fault),
        }
    }

    /// Gives the room up: everybody dials anew and finds what is stored.
    fn fail(&mut self, fault: Fault) {
        let draft = self.handle.draft();
        let (reason, is_careful): (CloseReason, bool) = match fault {
            Fault::Memory(fault) => {
                tracing::error!(%draft, fault, "a room is loaded again from storage");
                (CloseCode::RoomReloaded.into(), true)
            }
            Fault::Storage(error) => {
                tracing::error!(%draft, code = error.code(), %error, "a commit failed");
                let words = match error {
                    StorageError::DiskFull { .. } => {
                        "the relay's disk is full: what it has not acknowledged is kept by you only"
                    }
                    _ => {
                        "the relay could not store a change: what it has not acknowledged is kept by you only"
                    }
                };
                (CloseReason::new(CloseCode::StorageFailure, words), false)
            }
        };
        self.common.metrics.rooms_failed.add(1);
        self.registry.drop_failed(&self.handle, is_careful);
        self.mailbox.close();
        self.close_all(&reason);
    }

    /// Closes every connection of the room, and those that were about to come in.
    fn close_all(&mut self, reason: &CloseReason) {
        for outbox in self.outboxes.values() {
            outbox.close(reason.clone());
        }
        while let Ok(envelope) = self.mailbox.try_recv() {
            if let Envelope::Join(_, outbox) = envelope {
                outbox.close(reason.clone());
            }
        }
    }

    /// Starts a compaction of each document whose single changes have become many.
    fn compact_if_worthwhile(&mut self) {
        while self.compactions.try_join_next().is_some() {}
        let policy = self.common.settings.compaction;
        let due: Vec<DocumentId> = self
            .tails
            .iter()
            .filter(|(_, tail)| {
                policy.is_worthwhile(tail.changes, tail.change_bytes, tail.snapshot_bytes)
            })
            .map(|(document, _)| *document)
            .collect();
        for document in due {
            self.compact(document);
        }
    }

    /// Compacts, when the room goes, whatever has more than a few single changes.
    fn compact_all(&mut self) {
        let few = self.common.settings.compaction.changes / 8;
        let due: Vec<DocumentId> = self
            .tails
            .iter()
            .filter(|(_, tail)| tail.changes > few)
            .map(|(document, _)| *document)
            .collect();
        for document in due {
            self.compact(document);
        }
    }

    /// Compacts one document beside everything else.
    fn compact(&mut self, document: DocumentId) {
        if let Some(tail) = self.tails.get_mut(&document) {
            tail.snapshot_bytes += tail.change_bytes;
            tail.change_bytes = 0;
            tail.changes = 0;
        }
        let common = Arc::clone(&self.common);
        self.compactions.spawn(async move {
            let Ok(_place) = common.compaction.acquire().await else {
                return;
            };
            match compact(&common.storage, document).await {
                Ok(Some(done)) => {
                    common.metrics.compactions.add(1);
                    tracing::debug!(%document, changes = done.changes, snapshot_bytes = done.snapshot_bytes, "compacted");
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%document, code = error.code(), %error, "a document could not be compacted; its changes stay as they are");
                }
            }
        });
    }
}

/// Takes in what is durable now, tells those whom it concerns, and lets those look who asked.
fn take_in(
    room: &mut Room,
    looks: Vec<Look>,
    outboxes: &BTreeMap<ConnectionId, Arc<Outbox>>,
    wake: &Arc<RoomWake>,
) {
    let now = now_ms();
    room.committed(now);
    hand_out(room, now, None, outboxes, wake);
    for look in looks {
        look(room);
    }
}

/// Fills the outboxes of those who have something to be told.
fn hand_out(
    room: &mut Room,
    now: i64,
    only: Option<Vec<ConnectionId>>,
    outboxes: &BTreeMap<ConnectionId, Arc<Outbox>>,
    wake: &Arc<RoomWake>,
) {
    for connection in only.unwrap_or_else(|| room.ready(now)) {
        if let Some(outbox) = outboxes.get(&connection) {
            outbox.fill(wake, || room.next_frame(now, connection));
        }
    }
}
