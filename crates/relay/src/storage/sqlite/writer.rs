//! The one thread that writes: it takes all writes that wait and commits them as one group.
//!
//! With `synchronous=FULL` a commit costs one flush to the disk, however many rooms take part. So
//! the more rooms wait, the cheaper each becomes, and the wait is bounded by one flush.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::access;
use super::failure::sorted;
use super::write::{self, WriteFailure};
use crate::storage::{AccessCommit, NewDraft, NewSnapshot, RoomCommit, SnapshotId, StorageError};
use plenary_draft::DocumentId;

/// How many writes may wait. Whoever comes later waits until one is done.
const QUEUE_WRITES: usize = 1024;
/// How many writes one group takes at most, so that nobody waits for an endless group.
const GROUP_WRITES: usize = 512;
/// After this long without a write, the write-ahead log is moved into the database, so that busy
/// times seldom pay for it.
const CHECKPOINT_AFTER: Duration = Duration::from_millis(500);

/// One thing to write.
pub(super) enum Write {
    Create(Box<NewDraft>),
    Commit(RoomCommit),
    AddSnapshot(NewSnapshot),
    AdoptSnapshot(SnapshotId),
    DiscardSnapshot(SnapshotId),
    SetSiteSecret([u8; 32]),
    Access(Box<AccessCommit>),
    Purge { draft: DocumentId, now_ms: i64 },
    Probe,
}

/// What a write answers: a snapshot's id where it made one.
type Answer = Result<Option<SnapshotId>, StorageError>;

/// A write that waits, with the place in the queue that it holds.
struct Waiting {
    write: Write,
    answer: oneshot::Sender<Answer>,
    _place: OwnedSemaphorePermit,
}

/// The queue to the writer's thread.
pub(super) struct Writer {
    queue: parking::Slot<mpsc::SyncSender<Waiting>>,
    places: Arc<Semaphore>,
    thread: parking::Slot<std::thread::JoinHandle<()>>,
}

/// A value that can be taken once, from any thread.
mod parking {
    use std::sync::{Mutex, PoisonError};

    pub(super) struct Slot<T>(Mutex<Option<T>>);

    impl<T> Slot<T> {
        pub(super) fn new(value: T) -> Self {
            Self(Mutex::new(Some(value)))
        }

        pub(super) fn take(&self) -> Option<T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
        }

        pub(super) fn with<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_ref()
                .map(f)
        }
    }
}

impl Writer {
    /// Starts the thread over a connection that nobody else writes with.
    pub(super) fn start(connection: Connection, path: PathBuf) -> Result<Self, StorageError> {
        // Never full: whoever sends holds one of as many places.
        let (sender, receiver) = mpsc::sync_channel(QUEUE_WRITES);
        let place = path.clone();
        let thread = std::thread::Builder::new()
            .name("plenary-writer".into())
            .spawn(move || run(connection, &path, &receiver))
            .map_err(|error| StorageError::from_io(&place, &error))?;
        Ok(Self {
            queue: parking::Slot::new(sender),
            places: Arc::new(Semaphore::new(QUEUE_WRITES)),
            thread: parking::Slot::new(thread),
        })
    }

    /// Queues a write and waits until its group is durable. The write happens even if the caller
    /// stops waiting.
    pub(super) async fn write(&self, write: Write) -> Answer {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| StorageError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            write,
            answer,
            _place: place,
        };
        self.queue
            .with(|queue| queue.send(waiting).map_err(|_| StorageError::Closed))
            .ok_or(StorageError::Closed)??;
        answered.await.map_err(|_| StorageError::Closed)?
    }

    /// Takes no more writes and waits, blocking, until those in the queue are done.
    pub(super) fn close(&self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panicked writer has answered nobody; there is nothing more to be done here.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread: group after group until the queue is closed.
fn run(mut connection: Connection, path: &Path, queue: &mpsc::Receiver<Waiting>) {
    let mut checkpointed = true;
    loop {
        let first = match queue.recv_timeout(CHECKPOINT_AFTER) {
            Ok(first) => first,
            Err(mpsc::RecvTimeoutError::Timeout) if checkpointed => match queue.recv() {
                Ok(first) => first,
                Err(mpsc::RecvError) => break,
            },
            Err(mpsc::RecvTimeoutError::Timeout) => {
                checkpoint(&connection);
                checkpointed = true;
                continue;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        };
        let mut group = vec![first];
        group.extend(queue.try_iter().take(GROUP_WRITES - 1));
        commit_group(&mut connection, path, group);
        checkpointed = false;
    }
    checkpoint(&connection);
}

/// Moves the log into the database. A failure costs nothing: the log stays valid.
fn checkpoint(connection: &Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log could not be moved into the database");
    }
}

/// Commits a group in one transaction. If that fails as a whole, each write gets a transaction of
/// its own, so that one that cannot be stored does not fail the others.
fn commit_group(connection: &mut Connection, path: &Path, group: Vec<Waiting>) {
    match together(connection, path, &group) {
        Ok(answers) => {
            for (waiting, answer) in group.into_iter().zip(answers) {
                reply(waiting, answer);
            }
        }
        Err(error) if group.len() == 1 => {
            for waiting in group {
                reply(waiting, Err(error.clone()));
            }
        }
        Err(_) => {
            for waiting in group {
                let answer = together(connection, path, std::slice::from_ref(&waiting))
                    .and_then(|mut answers| answers.pop().unwrap_or(Err(StorageError::Closed)));
                reply(waiting, answer);
            }
        }
    }
}

/// Answers a write; nobody may be waiting any more.
fn reply(waiting: Waiting, answer: Answer) {
    let _ = waiting.answer.send(answer);
}

/// Runs all writes in one transaction, each in a savepoint, and flushes it to the disk.
fn together(
    connection: &mut Connection,
    path: &Path,
    group: &[Waiting],
) -> Result<Vec<Answer>, StorageError> {
    let failed = |error| sorted(path, &error);
    let mut transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let mut answers = Vec::with_capacity(group.len());
    for waiting in group {
        let savepoint = transaction.savepoint().map_err(failed)?;
        match perform(&savepoint, &waiting.write) {
            Ok(answer) => {
                savepoint.commit().map_err(failed)?;
                answers.push(Ok(answer));
            }
            // A constraint concerns this write alone; everything else concerns the group.
            Err(WriteFailure::Sqlite(error)) => match sorted(path, &error) {
                StorageError::Conflict(reason) => answers.push(Err(StorageError::Conflict(reason))),
                error => return Err(error),
            },
            Err(WriteFailure::Conflict(reason)) => {
                answers.push(Err(StorageError::Conflict(reason)));
            }
            Err(WriteFailure::UnknownDocument(document)) => {
                answers.push(Err(StorageError::UnknownDocument(document)));
            }
            Err(WriteFailure::LinkUsedUp) => answers.push(Err(StorageError::LinkUsedUp)),
            Err(WriteFailure::KnownAlready) => answers.push(Err(StorageError::KnownAlready)),
            Err(WriteFailure::AccessMoved) => answers.push(Err(StorageError::AccessMoved)),
        }
    }
    transaction.commit().map_err(failed)?;
    Ok(answers)
}

/// Runs one write.
fn perform(connection: &Connection, write: &Write) -> Result<Option<SnapshotId>, WriteFailure> {
    match write {
        Write::Create(draft) => write::create(connection, draft).map(|()| None),
        Write::Commit(commit) => write::commit(connection, commit).map(|()| None),
        Write::AddSnapshot(snapshot) => write::write_snapshot(connection, snapshot).map(Some),
        Write::AdoptSnapshot(id) => write::adopt_snapshot(connection, *id).map(|()| None),
        Write::DiscardSnapshot(id) => write::discard_snapshot(connection, *id).map(|()| None),
        Write::SetSiteSecret(hash) => write::set_site_secret(connection, hash).map(|()| None),
        Write::Access(commit) => access::commit(connection, commit).map(|()| None),
        Write::Purge { draft, now_ms } => access::purge(connection, *draft, *now_ms).map(|()| None),
        Write::Probe => write::probe(connection).map(|()| None),
    }
}
