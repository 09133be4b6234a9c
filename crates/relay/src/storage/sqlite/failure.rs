//! SQLite's errors, sorted by what an operator can do about them.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::storage::StorageError;

/// Sorts an error of the database at `path`.
pub(super) fn sorted(path: &Path, error: &rusqlite::Error) -> StorageError {
    let place = path.display().to_string();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StorageError::DiskFull { place },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StorageError::ReadOnly { place, reason }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StorageError::Corrupt {
            what: format!("the database file {place}"),
            detail: reason,
        },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageError::Busy { place },
        Some(ErrorCode::ConstraintViolation) => StorageError::Conflict(reason),
        _ => StorageError::Io { place, reason },
    }
}
