//! The tables, their version, and how an older site becomes a newer one.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::failure::sorted;
use crate::storage::StorageError;

/// Marks the file as Plenary's (`PRAGMA application_id`): the ASCII letters `PLNY`.
const APPLICATION_ID: i64 = 0x504c_4e59;

/// The key of the site's storage id in `meta`.
pub(super) const STORAGE_ID: &str = "storage_id";
/// The key of the site's key for receipts in `meta`.
pub(super) const SITE_KEY: &str = "site_key";
/// The key of the time of the last restore in `meta`: milliseconds since the Unix epoch, eight
/// bytes, the least first.
pub(super) const RESTORED: &str = "restored_ms";
/// The key of the site secret's hash in `meta`.
pub(super) const SITE_SECRET: &str = "site_secret_sha256";
/// The key that readiness checks write in `meta`.
pub(super) const PROBED: &str = "probed";

/// Each entry takes the schema from its index to the next version. Entries are never edited once
/// released, only added.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2];

/// People, links with names and limits, the audit trail.
const VERSION_2: &str = include_str!("version_2.sql");

/// Drafts, documents, changes, snapshots, bindings, quarantine and links.
///
/// - `changes` is append-only. When a snapshot holds a change, its bytes become NULL and the row
///   stays: who wrote it and when the relay received it are not in the snapshot.
/// - `snapshots` counts only where `adopted` is 1.
/// - Columns that later features of links need are there from the beginning.
const VERSION_1: &str = "
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
  id BLOB PRIMARY KEY,
  participant TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  draft BLOB NOT NULL REFERENCES drafts (id),
  kind TEXT NOT NULL
) STRICT;
CREATE INDEX documents_of_draft ON documents (draft);

CREATE TABLE changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL REFERENCES documents (number),
  hash BLOB NOT NULL,
  bytes BLOB,
  checksum BLOB,
  actor BLOB NOT NULL,
  participant TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  UNIQUE (document, hash)
) STRICT;
CREATE INDEX changes_with_bytes ON changes (document, sequence) WHERE bytes IS NOT NULL;

CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL REFERENCES documents (number),
  bytes BLOB NOT NULL,
  checksum BLOB NOT NULL,
  heads BLOB NOT NULL,
  through INTEGER NOT NULL,
  adopted INTEGER NOT NULL
) STRICT;
CREATE INDEX snapshots_of_document ON snapshots (document);

CREATE TABLE bindings (
  draft BLOB NOT NULL REFERENCES drafts (id),
  actor BLOB NOT NULL,
  participant TEXT NOT NULL,
  PRIMARY KEY (draft, actor)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  draft BLOB NOT NULL REFERENCES drafts (id),
  document BLOB NOT NULL,
  hash BLOB NOT NULL,
  bytes BLOB NOT NULL,
  checksum BLOB NOT NULL,
  participant TEXT NOT NULL,
  reason TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  UNIQUE (draft, document, hash, participant)
) STRICT;

CREATE TABLE links (
  secret_hash BLOB PRIMARY KEY,
  draft BLOB NOT NULL REFERENCES drafts (id),
  role TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  revoked_ms INTEGER,
  uses_left INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX links_of_draft ON links (draft);
";

/// Brings a database to the newest of `migrations`.
///
/// A new file gets all tables. An older one is first copied beside itself, to
/// `<file>.before-schema-<new version>`, and then migrated in one transaction. A newer one, or a
/// file that is not Plenary's, is refused untouched.
pub(super) fn prepare(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), StorageError> {
    let failed = |error| sorted(path, &error);
    let known = version_of(migrations);
    let found = found_version(connection, path, known)?;
    if found > 0 {
        // What is written from now on is not what a copy was sealed with.
        super::digest::forget(connection).map_err(failed)?;
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        keep_copy(connection, path, known)?;
    }
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    let first = usize::try_from(found).unwrap_or(0);
    migrate(&transaction, &migrations[first..], known).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Checks that a database is Plenary's and not newer than this program, without touching it.
pub(super) fn check_version(connection: &Connection, path: &Path) -> Result<(), StorageError> {
    found_version(connection, path, version_of(MIGRATIONS)).map(|_| ())
}

/// Checks that a database is Plenary's and of this program's version.
pub(super) fn require_current(connection: &Connection, path: &Path) -> Result<(), StorageError> {
    let known = version_of(MIGRATIONS);
    let found = found_version(connection, path, known)?;
    if found == known {
        return Ok(());
    }
    Err(StorageError::Conflict(format!(
        "{} has schema {found} and this program knows {known}: start its relay once with this program",
        path.display()
    )))
}

/// The version to which migrations lead.
fn version_of(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// The version of a database; 0 for an empty one.
fn found_version(connection: &Connection, path: &Path, known: i64) -> Result<i64, StorageError> {
    let failed = |error| sorted(path, &error);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let found = pragma("user_version").map_err(failed)?;
    let application = pragma("application_id").map_err(failed)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Err(StorageError::Conflict(format!(
            "{} is a database of another program: choose another data directory",
            path.display()
        )));
    }
    if found > known {
        return Err(StorageError::NewerSchema {
            place: path.display().to_string(),
            found,
            known,
        });
    }
    Ok(found)
}

/// Runs the migrations that are due and writes the version that they lead to.
fn migrate(transaction: &Transaction<'_>, due: &[&str], version: i64) -> rusqlite::Result<()> {
    for migration in due {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)
}

/// Copies the database as it is before a migration; an earlier copy for the same step is kept.
fn keep_copy(connection: &Connection, path: &Path, version: i64) -> Result<(), StorageError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-schema-{version}"));
    let copy = std::path::PathBuf::from(name);
    if copy.exists() {
        return Ok(());
    }
    super::backup::copy_to(connection, &copy)
}

/// Reads one value of the table `meta`.
pub(super) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get(0)
        })
        .optional()
}

/// Writes one value of the table `meta`.
pub(super) fn set_meta(connection: &Connection, key: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            rusqlite::params![key, value],
        )
        .map(|_| ())
}
