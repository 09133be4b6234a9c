//! Where the user's data and the program's state are kept, by the XDG base directory rules.

use std::env;
use std::path::PathBuf;

use crate::exit::{Exit, Failure};

/// The folder for drafts that a relay keeps: `$XDG_DATA_HOME/plenary`, `~/.local/share/plenary`.
pub fn data() -> Result<PathBuf, Failure> {
    folder("XDG_DATA_HOME", "APPDATA", &[".local", "share"])
}

/// The folder for what can be made again from a relay: `$XDG_STATE_HOME/plenary`,
/// `~/.local/state/plenary`.
pub fn state() -> Result<PathBuf, Failure> {
    folder("XDG_STATE_HOME", "LOCALAPPDATA", &[".local", "state"])
}

fn folder(variable: &str, on_windows: &str, below_home: &[&str]) -> Result<PathBuf, Failure> {
    let named = env::var_os(variable)
        .or_else(|| cfg!(windows).then(|| env::var_os(on_windows)).flatten())
        .map(PathBuf::from)
        // The rules say that a relative path in these variables is to be ignored.
        .filter(|path| path.is_absolute());
    let base = match named {
        Some(path) => path,
        None => {
            let mut home = env::home_dir().filter(|home| home.is_absolute()).ok_or_else(|| {
                Failure::new(
                    Exit::Failed,
                    format!("your home folder is not known, so there is no place to keep data: set {variable} or HOME"),
                )
            })?;
            home.extend(below_home);
            home
        }
    };
    Ok(base.join("plenary"))
}
