//! Copies of a site: made while it works, read back before they count, and put in place again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::digest;
use super::directory::{DATABASE, Directory, sync_directory};
use super::failure::sorted;
use super::read::{self, ReadFailure};
use super::readers::open_read_only;
use super::schema;
use crate::storage::{BackupReport, StorageError};

/// Copies a database into a new file: consistent, compact, and flushed to the disk before it gets
/// its name.
///
/// `VACUUM INTO` reads within one transaction, so that writers go on meanwhile.
pub(super) fn copy_to(connection: &Connection, path: &Path) -> Result<(), StorageError> {
    if path.exists() {
        return Err(StorageError::Conflict(format!(
            "{} exists already: choose another name",
            path.display()
        )));
    }
    let partial = partial_name(path);
    let io = |error| StorageError::from_io(path, &error);
    remove_if_there(&partial).map_err(io)?;
    // A file that cannot be made is reported by the operating system's words, not by SQLite's.
    File::create_new(&partial).map_err(io)?;
    let copied = connection
        .execute("VACUUM INTO ?1", [partial.to_string_lossy()])
        .map_err(|error| sorted(&partial, &error));
    if let Err(error) = copied {
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    seal(&partial)?;
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .map_err(io)?;
    fs::rename(&partial, path).map_err(io)?;
    sync_directory(path).map_err(io)
}

/// Writes a digest of all that a copy holds into it.
fn seal(copy: &Path) -> Result<(), StorageError> {
    let failed = |error| sorted(copy, &error);
    let connection = Connection::open(copy).map_err(failed)?;
    digest::seal(&connection).map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))
}

/// The name under which a file is written until it is complete.
fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Removes what an interrupted copy left.
fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads a copy completely: its structure, every chunk against its checksum, and all of it against the
/// digest that was written when it was made.
pub(super) fn verify(path: &Path) -> Result<BackupReport, StorageError> {
    let failed = |error| sorted(path, &error);
    let connection = open_read_only(path)?;
    let structure: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(failed)?;
    if structure != "ok" {
        return Err(StorageError::Corrupt {
            what: format!("the database file {}", path.display()),
            detail: structure,
        });
    }
    let chunks = verify_chunks(&connection).map_err(|failure| match failure {
        ReadFailure::Sqlite(error) => sorted(path, &error),
        ReadFailure::Corrupt(what, detail) => StorageError::Corrupt {
            what: format!("{what} in {}", path.display()),
            detail,
        },
        ReadFailure::UnknownDocument(document) => StorageError::UnknownDocument(document),
    })?;
    if !digest::is_whole(&connection).map_err(failed)? {
        return Err(StorageError::Corrupt {
            what: format!("the backup {}", path.display()),
            detail: "it does not hold what was copied into it".to_owned(),
        });
    }
    let count = |table: &str| -> Result<u64, StorageError> {
        connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get::<_, i64>(0)
            })
            .map(|count| u64::try_from(count).unwrap_or(0))
            .map_err(failed)
    };
    Ok(BackupReport {
        drafts: count("drafts")?,
        documents: count("documents")?,
        chunks,
        file_bytes: fs::metadata(path)
            .map_err(|error| StorageError::from_io(path, &error))?
            .len(),
    })
}

/// Compares every stored chunk with its checksum and returns how many there are.
fn verify_chunks(connection: &Connection) -> Result<u64, ReadFailure> {
    let mut statement = connection.prepare(
        "SELECT 'snapshot ' || id, bytes, checksum FROM snapshots
         UNION ALL
         SELECT 'change ' || sequence, bytes, checksum FROM changes WHERE bytes IS NOT NULL
         UNION ALL
         SELECT 'quarantined change ' || sequence, bytes, checksum FROM quarantine",
    )?;
    let mut rows = statement.query([])?;
    let mut chunks = 0;
    while let Some(row) = rows.next()? {
        let (what, bytes, sum): (String, Vec<u8>, Vec<u8>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        read::verified(|| what, &bytes, &sum)?;
        chunks += 1;
    }
    Ok(chunks)
}

/// Copies the site in `data` into a new file and reads it back, also while a relay works on it.
/// Blocks.
///
/// Errors: there is no site, the site is damaged or newer, or the file exists already.
pub fn backup(data: &Path, path: &Path) -> Result<BackupReport, StorageError> {
    let database = data.join(DATABASE);
    if !database.is_file() {
        return Err(StorageError::Conflict(format!(
            "{} holds no site: name the data directory of the relay",
            data.display()
        )));
    }
    let connection = open_read_only(&database)?;
    schema::check_version(&connection, &database)?;
    copy_to(&connection, path)?;
    verify(path)
}

/// Puts a backup into a data directory that holds no site, after reading it completely.
///
/// The restored site gets a new storage id, so that no peer takes for stored here what only the
/// lost site had.
///
/// Errors: the directory is in use or holds a site already; the backup is damaged or newer.
pub fn restore(backup: &Path, data: &Path) -> Result<BackupReport, StorageError> {
    let io = |error| StorageError::from_io(backup, &error);
    if !fs::metadata(backup).map_err(io)?.is_file() {
        return Err(StorageError::Conflict(format!(
            "{} is not a file: name the backup itself",
            backup.display()
        )));
    }
    let report = verify(backup)?;
    let directory = Directory::lock(data)?;
    let target = directory.database();
    if target.exists() {
        return Err(StorageError::Conflict(format!(
            "{} holds a site already: move its {DATABASE} away first, or restore into another directory",
            data.display()
        )));
    }
    let partial = partial_name(&target);
    let io = |error| StorageError::from_io(&partial, &error);
    fs::copy(backup, &partial).map_err(io)?;
    renew_identity(&partial)?;
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .map_err(io)?;
    fs::rename(&partial, &target).map_err(io)?;
    sync_directory(&target).map_err(io)?;
    Ok(report)
}

/// Checks that the copy can be opened by this program, gives it a new storage id, and notes when it
/// was restored.
fn renew_identity(path: &Path) -> Result<(), StorageError> {
    let failed = |error| sorted(path, &error);
    let mut connection = Connection::open(path).map_err(failed)?;
    schema::prepare(&mut connection, path, schema::MIGRATIONS)?;
    let id = super::random_storage_id(path)?;
    schema::set_meta(&connection, schema::STORAGE_ID, id.as_bytes()).map_err(failed)?;
    let now = crate::clock::now_ms().to_le_bytes();
    schema::set_meta(&connection, schema::RESTORED, &now).map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))
}
