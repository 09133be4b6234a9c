//! A digest over everything that a copy of a site holds. Chunks have checksums of their own; a link's role,
//! a person's withholding and a line of the audit trail have not, and a bit that turns on a medium for
//! backups would change them unnoticed.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

use super::schema;

/// The key in `meta` under which a copy holds its digest.
const KEY: &str = "backup_digest";

/// Writes the digest into a copy.
pub(super) fn seal(copy: &Connection) -> rusqlite::Result<()> {
    forget(copy)?;
    let digest = of(copy)?;
    schema::set_meta(copy, KEY, &digest)
}

/// Whether a copy is as it was sealed. One by an older program has no seal, and is taken.
pub(super) fn is_whole(copy: &Connection) -> rusqlite::Result<bool> {
    let sealed = schema::meta(copy, KEY)?;
    Ok(match sealed {
        Some(sealed) => sealed == of(copy)?,
        None => true,
    })
}

/// Takes the digest away from a database that is going to be written.
pub(super) fn forget(database: &Connection) -> rusqlite::Result<()> {
    let forgotten = database.execute("DELETE FROM meta WHERE key = ?1", [KEY]);
    forgotten.map(|_| ())
}

/// The digest of all tables, their definitions and their rows but for the digest itself.
fn of(copy: &Connection) -> rusqlite::Result<[u8; 32]> {
    let mut tables = copy
        .prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")?;
    let mut hash = Sha256::new();
    let mut names = Vec::new();
    let mut rows = tables.query([])?;
    while let Some(row) = rows.next()? {
        take(&mut hash, row, 3)?;
        if row.get::<_, String>(0)? == "table" {
            names.push(row.get::<_, String>(1)?);
        }
    }
    for name in names {
        let name = name.replace('"', "\"\"");
        let but = if name == "meta" {
            format!(" WHERE key <> '{KEY}'")
        } else {
            String::new()
        };
        let mut content = copy.prepare(&format!("SELECT * FROM \"{name}\"{but}"))?;
        let columns = content.column_count();
        let mut rows = content.query([])?;
        while let Some(row) = rows.next()? {
            take(&mut hash, row, columns)?;
        }
    }
    Ok(hash.finalize().into())
}

/// Takes a row in, so that no two rows of different values look the same.
fn take(hash: &mut Sha256, row: &Row<'_>, columns: usize) -> rusqlite::Result<()> {
    for column in 0..columns {
        let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => (1, &number.to_le_bytes()),
            ValueRef::Real(number) => (2, &number.to_le_bytes()),
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(blob) => (4, blob),
        };
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    Ok(())
}
