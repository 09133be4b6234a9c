//! How the program ends: the codes that scripts can rely on, and failures that carry one.

use std::fmt;

use plenary_client::{ApiError, DraftClientError, LinkError, StoreError};
use plenary_relay::storage::StorageError;

/// Declares the codes with the table that `--help` and the README show.
macro_rules! exits {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $meaning:literal;)+) => {
        /// The codes that the program ends with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Exit {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Exit {
            /// All codes, in rising order.
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code.
            pub const fn code(self) -> u8 {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it means, in a sentence.
            #[cfg(test)]
            const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }

        /// The table of exit codes as `--help` shows it.
        pub const EXIT_CODES_HELP: &str = concat!(
            "Exit codes:\n",
            $("  ", stringify!($code), "  ", $meaning, "\n",)+
        );
    };
}

exits! {
    /// All is well.
    Success = 0, "done; for `sync --once`: both sides are equal and stored on the server";
    /// Something that has no code of its own.
    Failed = 1, "failed for a reason that has no code of its own";
    /// Clap's code for a command line that it cannot read.
    Usage = 2, "the command line cannot be understood";
    /// The relay does not answer, or has not stored everything yet.
    NotStored = 3, "the server was not reached, or does not hold everything yet; nothing is lost here";
    /// File and draft differ and nobody said which one counts.
    TwoVersions = 4, "file and draft differ at their first contact: choose --ours or --theirs";
    /// The link does not allow it.
    Refused = 5, "the link, or the server's secret, does not allow this";
    /// Somebody else works with the same data.
    Busy = 6, "another process uses the same data";
    /// A copy, bundle or database cannot be read.
    Damaged = 7, "stored data cannot be read; they were left as they are";
    /// A file or link given by the user is no use.
    BadInput = 8, "a given file or link cannot be used";
}

/// A failure that knows its exit code. The message says what happened, what it means for the
/// words, and what to do.
#[derive(Debug)]
pub struct Failure {
    /// The code to end with.
    pub exit: Exit,
    message: String,
}

impl Failure {
    /// Fails with this code and these words.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The code that an error ends the program with: that of the failure in its chain.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Failure>())
        .map_or(Exit::Failed, |failure| failure.exit)
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        Self::new(Exit::BadInput, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Busy(_) => Self::new(
                Exit::Busy,
                "another `plenary sync` is running for this draft and this file; end it first, or let it do the work",
            ),
            StoreError::Damaged { path, .. } => Self::new(
                Exit::Damaged,
                format!(
                    "{error}. To begin again from the server's copy, move the file {} away",
                    path.display()
                ),
            ),
            StoreError::Io { .. } => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

impl From<DraftClientError> for Failure {
    fn from(error: DraftClientError) -> Self {
        let exit = match &error {
            DraftClientError::Load { .. } => Exit::Damaged,
            DraftClientError::Random(_) => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let exit = match &error {
            StorageError::Busy { .. } => Exit::Busy,
            StorageError::Corrupt { .. } | StorageError::NewerSchema { .. } => Exit::Damaged,
            StorageError::Conflict(_) => Exit::BadInput,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let exit = match &error {
            ApiError::Unreachable { .. } => Exit::NotStored,
            ApiError::Refused {
                status: 401 | 403 | 404 | 410,
                ..
            } => Exit::Refused,
            ApiError::Refused {
                status: 400 | 413 | 415 | 422,
                ..
            } => Exit::BadInput,
            ApiError::Refused { .. } | ApiError::Answer(_) => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_in_the_table() {
        assert!(Exit::ALL.is_sorted_by(|a, b| a.code() < b.code()));
        for exit in Exit::ALL {
            let line = format!("  {}  {}\n", exit.code(), exit.meaning());
            assert!(EXIT_CODES_HELP.contains(&line), "{line}");
        }
    }
}
