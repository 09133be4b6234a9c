//! A site's directory: one process at a time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::storage::StorageError;

/// The name of the database within the data directory.
pub(super) const DATABASE: &str = "plenary.db";
/// The name of the file that a running relay holds locked.
const LOCK: &str = "plenary.lock";

/// A data directory that this process holds until the value is dropped.
pub(super) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Makes the directory if it is not there and takes its lock.
    ///
    /// Errors: [`StorageError::Busy`] when another process holds it.
    pub(super) fn lock(path: &Path) -> Result<Self, StorageError> {
        create_private(path).map_err(|error| StorageError::from_io(path, &error))?;
        let name = path.join(LOCK);
        let io = |error| StorageError::from_io(&name, &error);
        let lock = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&name)
            .map_err(io)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StorageError::Busy {
                place: format!("the data directory {}", path.display()),
            }),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// Where the database stands.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Makes a directory that only its owner can read: drafts are confidential.
fn create_private(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Flushes the directory that holds `file`, so that its name survives the loss of power.
pub(super) fn sync_directory(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
