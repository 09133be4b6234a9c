//! The threads that read, each with a connection of its own: in WAL mode readers neither wait for the
//! writer nor hold it up.
//!
//! They are few and stay. On the runtime's own pool a crowd that joins would meet ever new threads,
//! each of which keeps memory of its own for the allocator and for SQLite.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, oneshot};

use super::failure::sorted;
use super::read::{Read, ReadFailure};
use crate::storage::StorageError;

/// How many reads run at once, and so how many threads there are at most: a draft with a long history
/// takes a while, and others are read meanwhile.
const THREADS: usize = 3;

/// How many reads wait for the threads or run. More than there are threads, so that a thread that is done
/// finds the next one there: a crowd that joins is answered without waking a thread for each of it.
const PLACES: usize = 256;

/// How much of the database one connection keeps in memory, in KiB. The system's own cache is behind
/// it, and what is asked for at each join is a few rows.
const CACHE_KIB: i64 = 256;

/// How many prepared statements one connection keeps: more than there are different questions.
const STATEMENTS: usize = 48;

/// What a thread is to do with its connection, or with the reason why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, StorageError>) + Send>;

/// Connections that only read.
pub(super) struct Readers {
    path: PathBuf,
    /// One for each job until it is done, also when nobody waits for it any more.
    places: Arc<Semaphore>,
    /// `None` once no more is read.
    pool: Mutex<Option<Pool>>,
}

/// The threads that were needed so far.
struct Pool {
    jobs: mpsc::SyncSender<Job>,
    waiting: Arc<Mutex<mpsc::Receiver<Job>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Prepares to read the database at `path`.
    pub(super) fn new(path: PathBuf) -> Arc<Self> {
        // Never full: each job in it holds one of as many places.
        let (jobs, waiting) = mpsc::sync_channel(PLACES);
        Arc::new(Self {
            path,
            places: Arc::new(Semaphore::new(PLACES)),
            pool: Mutex::new(Some(Pool {
                jobs,
                waiting: Arc::new(Mutex::new(waiting)),
                threads: Vec::new(),
            })),
        })
    }

    /// Runs `read` on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Read<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| StorageError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let path = self.path.clone();
        let job = move |connection: Result<&Connection, StorageError>| {
            let found = connection.and_then(|connection| {
                read(connection).map_err(|failure| match failure {
                    ReadFailure::Sqlite(error) => sorted(&path, &error),
                    ReadFailure::Corrupt(what, detail) => StorageError::Corrupt { what, detail },
                    ReadFailure::UnknownDocument(id) => StorageError::UnknownDocument(id),
                })
            });
            // Free for the next one before anybody knows; and free after a panic as well.
            drop(place);
            // Whoever stopped waiting needs no answer.
            let _ = answer.send(found);
        };
        self.hand_over(Box::new(job))?;
        // A job that panicked drops its end.
        answered.await.map_err(|_| StorageError::Closed)?
    }

    /// Gives a job to the threads; starts one more if all are at work.
    fn hand_over(&self, job: Job) -> Result<(), StorageError> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = pool.as_mut().ok_or(StorageError::Closed)?;
        let busy = PLACES - self.places.available_permits();
        if busy > pool.threads.len() && pool.threads.len() < THREADS {
            let (path, waiting) = (self.path.clone(), Arc::clone(&pool.waiting));
            let thread = std::thread::Builder::new()
                .name("plenary-reader".into())
                .spawn(move || work(&path, &waiting))
                .map_err(|error| StorageError::from_io(&self.path, &error))?;
            pool.threads.push(thread);
        }
        pool.jobs.send(job).map_err(|_| StorageError::Closed)
    }

    /// Reads no more, and waits, blocking, until the connections are closed.
    pub(super) fn close(&self) {
        self.places.close();
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Pool { jobs, threads, .. }) = pool.take() {
            drop(jobs);
            for thread in threads {
                // Panics are caught with the job that they came from.
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

/// A thread: job after job until there is nobody who could send one.
fn work(path: &Path, waiting: &Mutex<mpsc::Receiver<Job>>) {
    let mut connection = None;
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = job else {
            return;
        };
        let opened = match connection.take() {
            Some(connection) => Ok(connection),
            None => open_read_only(path),
        };
        let worked = catch_unwind(AssertUnwindSafe(|| match &opened {
            Ok(connection) => job(Ok(connection)),
            Err(error) => job(Err(error.clone())),
        }));
        // What panicked may have left the connection in the middle of something.
        connection = opened.ok().filter(|_| worked.is_ok());
    }
}

/// Opens a connection that cannot write.
pub(super) fn open_read_only(path: &Path) -> Result<Connection, StorageError> {
    let failed = |error| sorted(path, &error);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .map_err(failed)?;
    connection
        .pragma_update(None, "cache_size", -CACHE_KIB)
        .map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers() -> (tempfile::TempDir, Arc<Readers>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("some.db");
        let made = Connection::open(&path).expect("made");
        made.execute_batch("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)")
            .expect("written");
        (folder, Readers::new(path))
    }

    fn seven(connection: &Connection) -> Read<i64> {
        Ok(connection.query_row("SELECT n FROM t", [], |row| row.get(0))?)
    }

    #[tokio::test]
    async fn many_read_on_few_threads() {
        let (_folder, readers) = readers();
        for _ in 0..10 {
            assert_eq!(readers.run(seven).await, Ok(7));
        }
        let all = (0..100).map(|_| {
            let readers = Arc::clone(&readers);
            tokio::spawn(async move { readers.run(seven).await })
        });
        for one in all.collect::<Vec<_>>() {
            assert_eq!(one.await.expect("no panic"), Ok(7));
        }
        let pool = readers.pool.lock().expect("not poisoned");
        let threads = pool.as_ref().expect("open").threads.len();
        assert!((1..=THREADS).contains(&threads), "{threads}");
    }

    #[tokio::test]
    async fn a_read_that_panics_costs_itself_alone() {
        let (_folder, readers) = readers();
        for _ in 0..2 * THREADS {
            let panicked: Result<(), _> = readers.run(|_| panic!("a test")).await;
            assert_eq!(panicked, Err(StorageError::Closed));
        }
        assert_eq!(readers.run(seven).await, Ok(7));
        readers.close();
        assert_eq!(readers.run(seven).await, Err(StorageError::Closed));
    }
}
