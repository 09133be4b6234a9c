//! A site in one directory, kept by SQLite.
//!
//! One thread writes and commits everything that waits as one group (`synchronous=FULL`); reads
//! run on connections of their own. The file format is the schema in `schema.rs`.

mod access;
mod access_read;
mod backup;
mod digest;
mod directory;
mod failure;
mod people;
mod quarantine;
mod read;
mod readers;
mod rows;
mod schema;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::receipt::SiteKey;
use plenary_protocol::room::ParticipantId;
use rusqlite::Connection;

pub use backup::{backup, restore};

use self::directory::Directory;
use self::failure::sorted;
use self::readers::{Readers, open_read_only};
use self::writer::{Write, Writer};
use super::{
    AccessCommit, AuditEntry, BackupReport, ChangeRecord, Deletion, DraftSummary, LinkHash,
    NewDraft, NewSnapshot, QuarantineRecord, QuarantineSize, RoomCommit, Site, SnapshotId, Storage,
    StorageError, StorageFuture, StoredAccess, StoredDocument, StoredDraft, StoredLink,
    StoredPerson, StoredSnapshot,
};

/// How a database is opened.
#[derive(Debug, Clone, Default)]
pub struct SqliteOptions {
    /// The largest size of the database in bytes; without it, only the disk limits it.
    pub max_bytes: Option<u64>,
}

/// A site kept in one directory by SQLite.
pub struct SqliteStorage {
    path: PathBuf,
    site: Mutex<Site>,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    directory: Mutex<Option<Directory>>,
}

impl SqliteStorage {
    /// Opens the site in `data`, or makes one when the directory holds none. Blocks.
    ///
    /// Errors: [`StorageError::Busy`] when another process uses the directory,
    /// [`StorageError::NewerSchema`], [`StorageError::Corrupt`], [`StorageError::ReadOnly`].
    pub fn open(data: &Path) -> Result<Self, StorageError> {
        Self::open_with(data, &SqliteOptions::default())
    }

    /// Opens a site with options; see [`SqliteStorage::open`].
    pub fn open_with(data: &Path, options: &SqliteOptions) -> Result<Self, StorageError> {
        Self::open_schema(data, options, schema::MIGRATIONS)
    }

    /// Opens a site with a given list of migrations.
    fn open_schema(
        data: &Path,
        options: &SqliteOptions,
        migrations: &[&str],
    ) -> Result<Self, StorageError> {
        let directory = Directory::lock(data)?;
        let path = directory.database();
        let connection = open_writer(&path, options, migrations)?;
        let site = read_site(&connection, &path)?;
        Ok(Self {
            site: Mutex::new(site),
            writer: Arc::new(Writer::start(connection, path.clone())?),
            readers: Readers::new(path.clone()),
            directory: Mutex::new(Some(directory)),
            path,
        })
    }

    /// Opens a site beside the relay that works on it, for an operator's commands: it migrates
    /// nothing, and may only be used for reading and for [`Storage::commit_access`], whose rows the
    /// relay looks up anew each time. Blocks.
    ///
    /// Errors: there is no site, or it is of another version than this program's.
    pub fn open_beside(data: &Path) -> Result<Self, StorageError> {
        let path = data.join(directory::DATABASE);
        if !path.is_file() {
            return Err(StorageError::Conflict(format!(
                "{} holds no site: name the data directory of the relay",
                data.display()
            )));
        }
        let connection = Connection::open(&path).map_err(|error| sorted(&path, &error))?;
        connection
            .busy_timeout(std::time::Duration::from_secs(10))
            .map_err(|error| sorted(&path, &error))?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(|error| sorted(&path, &error))?;
        schema::require_current(&connection, &path)?;
        Ok(Self {
            site: Mutex::new(read_site(&connection, &path)?),
            writer: Arc::new(Writer::start(connection, path.clone())?),
            readers: Readers::new(path.clone()),
            directory: Mutex::new(None),
            path,
        })
    }

    /// Queues a write that answers nothing.
    fn write(&self, write: Write) -> StorageFuture<'_, ()> {
        Box::pin(async move { self.writer.write(write).await.map(|_| ()) })
    }
}

/// Opens the connection that writes, with its durability settled before anything else.
fn open_writer(
    path: &Path,
    options: &SqliteOptions,
    migrations: &[&str],
) -> Result<Connection, StorageError> {
    let failed = |error| sorted(path, &error);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .map_err(failed)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(failed)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StorageError::Io {
            place: path.display().to_string(),
            reason: format!("the file system allows no write-ahead log (journal mode {mode})"),
        });
    }
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(failed)?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .map_err(failed)?;
    // Sixteen megabytes of log before a busy writer has to move it; quiet times do it sooner.
    connection
        .pragma_update(None, "wal_autocheckpoint", 4096)
        .map_err(failed)?;
    if let Some(max_bytes) = options.max_bytes {
        let page_bytes: i64 = connection
            .pragma_query_value(None, "page_size", |row| row.get(0))
            .map_err(failed)?;
        let pages = i64::try_from(max_bytes).unwrap_or(i64::MAX) / page_bytes.max(1);
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(failed)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    schema::prepare(&mut connection, path, migrations)?;
    // What an interrupted compaction left was never in use.
    connection
        .execute("DELETE FROM snapshots WHERE adopted = 0", [])
        .map_err(failed)?;
    Ok(connection)
}

/// Reads who the site is, and gives a new site its storage id.
fn read_site(connection: &Connection, path: &Path) -> Result<Site, StorageError> {
    let failed = |error| sorted(path, &error);
    let storage_id = match schema::meta(connection, schema::STORAGE_ID).map_err(failed)? {
        Some(id) => String::from_utf8_lossy(&id).into_owned(),
        None => {
            let id = random_storage_id(path)?;
            schema::set_meta(connection, schema::STORAGE_ID, id.as_bytes()).map_err(failed)?;
            id
        }
    };
    let site_secret_hash = schema::meta(connection, schema::SITE_SECRET)
        .map_err(failed)?
        .and_then(|hash| hash.try_into().ok());
    let restored_ms = schema::meta(connection, schema::RESTORED)
        .map_err(failed)?
        .and_then(|bytes| Some(i64::from_le_bytes(bytes.try_into().ok()?)));
    Ok(Site {
        storage_id,
        key: read_key(connection, path)?,
        restored_ms,
        site_secret_hash,
    })
}

/// Reads the key with which the site signs, and draws one for a site that has none.
fn read_key(connection: &Connection, path: &Path) -> Result<SiteKey, StorageError> {
    let failed = |error| sorted(path, &error);
    match schema::meta(connection, schema::SITE_KEY).map_err(failed)? {
        Some(key) => key
            .try_into()
            .map(SiteKey::new)
            .map_err(|_| StorageError::Corrupt {
                what: path.display().to_string(),
                detail: "the site's key has a wrong length".to_owned(),
            }),
        None => {
            let mut key = [0; 32];
            fill_random(&mut key, path)?;
            schema::set_meta(connection, schema::SITE_KEY, &key).map_err(failed)?;
            Ok(SiteKey::new(key))
        }
    }
}

/// Draws a storage id: 128 random bits in base58.
fn random_storage_id(path: &Path) -> Result<String, StorageError> {
    let mut bytes = [0; 16];
    fill_random(&mut bytes, path)?;
    Ok(bs58::encode(bytes).into_string())
}

fn fill_random(bytes: &mut [u8], path: &Path) -> Result<(), StorageError> {
    getrandom::fill(bytes).map_err(|error| StorageError::Io {
        place: path.display().to_string(),
        reason: format!("no random numbers from the operating system: {error}"),
    })
}

impl Storage for SqliteStorage {
    fn site(&self) -> Site {
        self.site
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_site_secret(&self, hash: [u8; 32]) -> StorageFuture<'_, ()> {
        Box::pin(async move {
            self.writer.write(Write::SetSiteSecret(hash)).await?;
            self.site
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .site_secret_hash = Some(hash);
            Ok(())
        })
    }

    fn create(&self, draft: NewDraft) -> StorageFuture<'_, ()> {
        self.write(Write::Create(Box::new(draft)))
    }

    fn commit(&self, commit: RoomCommit) -> StorageFuture<'_, ()> {
        self.write(Write::Commit(commit))
    }

    fn draft_of(&self, document: DocumentId) -> StorageFuture<'_, Option<StoredDraft>> {
        Box::pin(self.readers.run(move |c| read::draft_of(c, document)))
    }

    fn document(&self, document: DocumentId) -> StorageFuture<'_, StoredDocument> {
        Box::pin(self.readers.run(move |c| read::document(c, document)))
    }

    fn change_records(&self, document: DocumentId) -> StorageFuture<'_, Vec<ChangeRecord>> {
        Box::pin(self.readers.run(move |c| read::change_records(c, document)))
    }

    fn quarantined(
        &self,
        draft: DocumentId,
        from: Option<Vec<ParticipantId>>,
    ) -> StorageFuture<'_, Vec<QuarantineRecord>> {
        let list = move |c: &_| quarantine::quarantined(c, draft, from.as_deref());
        Box::pin(self.readers.run(list))
    }

    fn quarantined_bytes(
        &self,
        draft: DocumentId,
        places: Vec<i64>,
    ) -> StorageFuture<'_, Vec<Bytes>> {
        let read = move |c: &_| quarantine::quarantined_bytes(c, draft, &places);
        Box::pin(self.readers.run(read))
    }

    fn quarantine_sizes(&self, draft: DocumentId) -> StorageFuture<'_, Vec<QuarantineSize>> {
        Box::pin(self.readers.run(move |c| quarantine::sizes(c, draft)))
    }

    fn links(&self, draft: DocumentId) -> StorageFuture<'_, Vec<StoredLink>> {
        Box::pin(self.readers.run(move |c| access_read::links(c, draft)))
    }

    fn link(&self, hash: LinkHash) -> StorageFuture<'_, Option<StoredLink>> {
        Box::pin(self.readers.run(move |c| access_read::link(c, &hash)))
    }

    fn commit_access(&self, commit: AccessCommit) -> StorageFuture<'_, ()> {
        self.write(Write::Access(Box::new(commit)))
    }

    fn access(
        &self,
        draft: DocumentId,
        hash: LinkHash,
        claimed: Option<ParticipantId>,
    ) -> StorageFuture<'_, Option<StoredAccess>> {
        let read = move |c: &Connection| access_read::access(c, draft, &hash, claimed);
        Box::pin(self.readers.run(read))
    }

    fn people(&self, draft: DocumentId) -> StorageFuture<'_, Vec<StoredPerson>> {
        Box::pin(self.readers.run(move |c| access_read::people(c, draft)))
    }

    fn audit(
        &self,
        draft: Option<DocumentId>,
        after: i64,
        most: u32,
    ) -> StorageFuture<'_, Vec<AuditEntry>> {
        let read = move |c: &Connection| access_read::audit(c, draft, after, most);
        Box::pin(self.readers.run(read))
    }

    fn drafts(&self) -> StorageFuture<'_, Vec<DraftSummary>> {
        Box::pin(self.readers.run(access_read::drafts))
    }

    fn deletions(&self) -> StorageFuture<'_, Vec<(DocumentId, Deletion)>> {
        Box::pin(self.readers.run(access_read::deletions))
    }

    fn purge(&self, draft: DocumentId, now_ms: i64) -> StorageFuture<'_, ()> {
        self.write(Write::Purge { draft, now_ms })
    }

    fn write_snapshot(&self, snapshot: NewSnapshot) -> StorageFuture<'_, SnapshotId> {
        Box::pin(async move {
            self.writer
                .write(Write::AddSnapshot(snapshot))
                .await?
                .ok_or(StorageError::Closed)
        })
    }

    fn read_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, StoredSnapshot> {
        Box::pin(self.readers.run(move |c| read::snapshot(c, snapshot)))
    }

    fn adopt_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, ()> {
        self.write(Write::AdoptSnapshot(snapshot))
    }

    fn discard_snapshot(&self, snapshot: SnapshotId) -> StorageFuture<'_, ()> {
        self.write(Write::DiscardSnapshot(snapshot))
    }

    fn backup_to(&self, path: PathBuf) -> StorageFuture<'_, BackupReport> {
        let database = self.path.clone();
        Box::pin(async move {
            blocking(move || {
                backup::copy_to(&open_read_only(&database)?, &path)?;
                backup::verify(&path)
            })
            .await
        })
    }

    fn probe(&self) -> StorageFuture<'_, ()> {
        self.write(Write::Probe)
    }

    fn close(&self) -> StorageFuture<'_, ()> {
        let (writer, readers) = (Arc::clone(&self.writer), Arc::clone(&self.readers));
        Box::pin(async move {
            blocking(move || {
                writer.close();
                readers.close();
                Ok(())
            })
            .await?;
            drop(
                self.directory
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(),
            );
            Ok(())
        })
    }
}

/// Runs something that blocks, away from the threads that serve sockets.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| StorageError::Closed)?
}

#[cfg(test)]
mod tests;
