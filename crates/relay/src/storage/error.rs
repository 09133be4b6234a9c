//! Why something could not be stored or read, in terms of what an operator can do about it.

use plenary_draft::DocumentId;

/// Why two people are not made one.
pub(super) const MERGE_TELLS_MORE: &str = "who withholds their name, or has erased their entry, can only be merged into somebody of whom as little is told";

/// A failure of the storage. It is cloned to everyone whose write stood in the same group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The disk, or the size that the database may have, is used up.
    #[error("the disk is full at {place}: free some space; nothing was overwritten")]
    DiskFull {
        /// The path that could not grow.
        place: String,
    },
    /// The place cannot be written.
    #[error(
        "{place} cannot be written ({reason}): check its owner, its mode and whether the file system is mounted read-only; nothing was changed"
    )]
    ReadOnly {
        /// The path that refused the write.
        place: String,
        /// What the operating system or the database said.
        reason: String,
    },
    /// Stored bytes are not what was written.
    #[error(
        "{what} is damaged ({detail}): it is left untouched; restore it from a backup (`plenary restore`) or ask for help before you write to it"
    )]
    Corrupt {
        /// The document, snapshot or file that is damaged.
        what: String,
        /// How that was noticed.
        detail: String,
    },
    /// The data was written by a newer Plenary.
    #[error(
        "{place} has schema {found} and this program knows {known}: run the newer Plenary that wrote it; nothing was changed"
    )]
    NewerSchema {
        /// The database file.
        place: String,
        /// The schema version that it carries.
        found: i64,
        /// The newest schema version that this program knows.
        known: i64,
    },
    /// Another process uses the data directory.
    #[error(
        "{place} is in use by another process: stop it first, or choose another data directory"
    )]
    Busy {
        /// The data directory or file.
        place: String,
    },
    /// There is no such document here.
    #[error("document {0} is not stored here")]
    UnknownDocument(DocumentId),
    /// The write contradicts what is stored.
    #[error("the write contradicts what is stored: {0}")]
    Conflict(String),
    /// As many participants have joined by a link as may.
    #[error("as many people have joined by this link as it allows")]
    LinkUsedUp,
    /// Whoever is to continue as somebody else is known as themselves.
    #[error("whoever asks is known here as somebody already")]
    KnownAlready,
    /// Whoever asks is not let in any more as they were when they were judged.
    #[error("the access of whoever asks has changed meanwhile")]
    AccessMoved,
    /// The operating system failed in another way.
    #[error("{place} could not be used: {reason}")]
    Io {
        /// The path in question.
        place: String,
        /// What the operating system or the database said.
        reason: String,
    },
    /// The storage was closed, or its writer ended.
    #[error("the storage is closed")]
    Closed,
}

impl StorageError {
    /// A short stable name for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DiskFull { .. } => "disk_full",
            Self::ReadOnly { .. } => "read_only",
            Self::Corrupt { .. } => "corrupt",
            Self::NewerSchema { .. } => "newer_schema",
            Self::Busy { .. } => "busy",
            Self::UnknownDocument(_) => "unknown_document",
            Self::Conflict(_) => "conflict",
            Self::LinkUsedUp => "link_used_up",
            Self::KnownAlready => "known_already",
            Self::AccessMoved => "access_moved",
            Self::Io { .. } => "io",
            Self::Closed => "closed",
        }
    }

    /// Sorts an error of the operating system by what can be done about it.
    pub fn from_io(place: &std::path::Path, error: &std::io::Error) -> Self {
        let place = place.display().to_string();
        let reason = error.to_string();
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { place }
            }
            std::io::ErrorKind::ReadOnlyFilesystem
            | std::io::ErrorKind::PermissionDenied
            | std::io::ErrorKind::NotADirectory => Self::ReadOnly { place, reason },
            _ => Self::Io { place, reason },
        }
    }
}
