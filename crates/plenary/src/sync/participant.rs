//! Who this device is to relays: a random secret, made once and kept for its owner alone.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use plenary_client::{fresh_rng, random_text};

use crate::exit::{Exit, Failure};

const FILE: &str = "participant";
/// A secret of this many random bytes cannot be guessed.
const SECRET_BYTES: usize = 24;

/// Reads the participant's secret from the state folder, or makes it.
pub fn participant(state: &Path) -> Result<String, Failure> {
    let path = state.join(FILE);
    read_or_make(&path).map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!(
                "{} cannot be used, so the server would not know you again: {error}",
                path.display()
            ),
        )
    })
}

fn read_or_make(path: &Path) -> io::Result<String> {
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut rng = fresh_rng()?;
    let secret = random_text(&mut rng, SECRET_BYTES);
    let temporary = path.with_extension(random_text(&mut rng, 6));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    // Linking fails when another process was faster: then its secret is the one that counts.
    let linked = fs::hard_link(&temporary, path).or_else(|_| match read(path)? {
        Some(_) => Ok(()),
        None => fs::rename(&temporary, path),
    });
    let _ = fs::remove_file(&temporary);
    linked?;
    Ok(read(path)?.unwrap_or(secret))
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(secret) if secret.trim().is_empty() => Ok(None),
        Ok(secret) => Ok(Some(secret.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = participant(&folder.path().join("deep")).unwrap();
        assert_eq!(first.len(), 2 * SECRET_BYTES);
        assert_eq!(participant(&folder.path().join("deep")).unwrap(), first);
    }
}
