//! Where results go: standard output, or a file that is replaced as a whole.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use plenary_client::write_atomically;

use crate::exit::{Exit, Failure};

/// One place for a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// `-` is standard output.
    pub fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" {
            Self::Standard
        } else {
            Self::File(path.to_owned())
        }
    }

    /// Writes all of it, or leaves what was there.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Standard => {
                let mut out = std::io::stdout().lock();
                match out.write_all(bytes).and_then(|()| out.flush()) {
                    // Whoever read us has seen enough.
                    Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
                    other => other.map_err(|error| {
                        Failure::new(
                            Exit::Failed,
                            format!("standard output cannot be written: {error}"),
                        )
                    }),
                }
            }
            Self::File(path) => write_atomically(path, bytes).map_err(|error| {
                Failure::new(
                    Exit::Failed,
                    format!(
                        "{} cannot be written: {error}. What was there is unchanged",
                        path.display()
                    ),
                )
            }),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("standard output"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Prints a line on standard output; a closed pipe is nobody's error.
pub fn print_line(line: &str) -> Result<(), Failure> {
    Output::Standard.write(format!("{line}\n").as_bytes())
}

/// Reads a file that the user named.
pub fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(
            Exit::BadInput,
            format!("{} cannot be read: {error}", path.display()),
        )
    })
}
