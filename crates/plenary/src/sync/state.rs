//! What `plenary sync` remembers of one draft and one file, and where.
//!
//! The documents, the base (what the file was last known to have) and a write that is under way
//! stand in one atomic file: were they apart, a crash between two of them could take words that
//! came from the draft for the user's edit and write them a second time.

use std::path::{Path, PathBuf};

use plenary_client::{Copy, LocalStore};
use plenary_draft::DocumentId;
use sha2::{Digest, Sha256};

use super::file::Names;
use crate::exit::{Exit, Failure};

const BASE: &str = "base";
const WRITING: &str = "writing";
const NAMES: &str = "writing-names";
const FILE: &str = "file";

/// A write of the file that had begun when this was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// The new content.
    pub content: Vec<u8>,
    /// The names that the write uses.
    pub names: Names,
}

/// The notes beside the documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// What the file was last known to have; `None` before the first contact.
    pub base: Option<Vec<u8>>,
    /// A write under way.
    pub writing: Option<Writing>,
}

impl Notes {
    /// Reads the notes of a copy.
    ///
    /// # Errors
    ///
    /// When the names of a write under way cannot be read: without them the base is not known.
    pub fn of(copy: &Copy) -> Result<Self, Failure> {
        let writing = match (copy.notes.get(WRITING), copy.notes.get(NAMES)) {
            (Some(content), Some(names)) => Some(Writing {
                content: content.clone(),
                names: serde_json::from_slice(names).map_err(|error| {
                    Failure::new(
                        Exit::Damaged,
                        format!("the notes about an interrupted write cannot be read: {error}"),
                    )
                })?,
            }),
            _ => None,
        };
        Ok(Self {
            base: copy.notes.get(BASE).cloned(),
            writing,
        })
    }

    /// Puts the notes beside the documents of `copy`, with the path of the file for people who
    /// look into the folder.
    pub fn put(&self, copy: &mut Copy, file: &Path) {
        copy.notes.insert(
            FILE.to_owned(),
            file.to_string_lossy().into_owned().into_bytes(),
        );
        if let Some(base) = &self.base {
            copy.notes.insert(BASE.to_owned(), base.clone());
        }
        if let Some(writing) = &self.writing {
            copy.notes
                .insert(WRITING.to_owned(), writing.content.clone());
            // Names are paths; those that JSON cannot hold (not UTF-8) are refused at the start.
            if let Ok(names) = serde_json::to_vec(&writing.names) {
                copy.notes.insert(NAMES.to_owned(), names);
            }
        }
    }
}

/// Opens and locks the store for one draft and one file under the user's state folder.
pub fn open_store(draft: DocumentId, file: &Path) -> Result<LocalStore, Failure> {
    let folder = crate::folders::state()?
        .join("sync")
        .join(store_name(draft, file));
    LocalStore::open(&folder).map_err(Failure::from)
}

/// One folder for each pair of draft and file; the file by a hash of its absolute path.
fn store_name(draft: DocumentId, file: &Path) -> PathBuf {
    let digest = Sha256::digest(file.as_os_str().as_encoded_bytes());
    let short: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    PathBuf::from(format!("{draft}-{short}"))
}
