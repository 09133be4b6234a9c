//! The local copy of a draft: one folder, one lock, one file that is replaced as a whole.
//!
//! Everything that must agree is in the one file: the documents, the heads that the relay was
//! known to hold, and what the program notes beside them. It is written to a temporary file,
//! synced, renamed over the old one, and the folder synced, so that a crash leaves either the old
//! copy or the new one. A file that cannot be read is an error and stays where it is: it is never
//! taken for an empty draft, and never overwritten.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use automerge::ChangeHash;
use plenary_draft::DocumentId;
use plenary_protocol::client::KeptReceipt;
use plenary_protocol::receipt::Receipt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"PLENARY-COPY 1\n";
const DIGEST_BYTES: usize = 32;
const COPY_FILE: &str = "copy.plenary-state";
const LOCK_FILE: &str = "lock";

/// Why the local store cannot be used. Each says where, so that nothing has to be searched for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process uses this store.
    #[error("{0} is in use by another process")]
    Busy(PathBuf),
    /// The copy is damaged or of a later version. It was not touched.
    #[error("the local copy {path} cannot be read ({reason}); it was left as it is")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The operating system refused.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io {
        action,
        path,
        source,
    }
}

/// One document of a [`Copy`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyDocument {
    /// The document in Automerge's storage format.
    pub saved: Vec<u8>,
    /// The heads up to which the relay was known to hold it.
    pub stored_heads: Vec<ChangeHash>,
    /// What the relay has signed for it.
    pub receipts: Vec<KeptReceipt>,
}

/// All that is kept of a draft on this device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copy {
    /// The documents that have arrived.
    pub documents: BTreeMap<DocumentId, CopyDocument>,
    /// What the program notes beside them, by name; part of the same atomic write.
    pub notes: BTreeMap<String, Vec<u8>>,
}

/// What stands in front of the parts in the file.
#[derive(Serialize, Deserialize)]
struct Header {
    documents: Vec<DocumentHeader>,
    notes: Vec<NoteHeader>,
}

#[derive(Serialize, Deserialize)]
struct DocumentHeader {
    id: String,
    bytes: usize,
    stored_heads: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    receipts: Vec<ReceiptHeader>,
}

#[derive(Serialize, Deserialize)]
struct ReceiptHeader {
    heads: Vec<String>,
    /// In hexadecimal, as a hash is written.
    receipt: String,
}

#[derive(Serialize, Deserialize)]
struct NoteHeader {
    name: String,
    bytes: usize,
}

impl ReceiptHeader {
    fn of(kept: &KeptReceipt) -> Self {
        Self {
            heads: kept.heads.iter().map(ToString::to_string).collect(),
            receipt: ChangeHash(kept.receipt.0).to_string(),
        }
    }

    fn read(&self) -> Result<KeptReceipt, String> {
        let receipt = ChangeHash::from_str(&self.receipt);
        Ok(KeptReceipt {
            heads: hashes(&self.heads)?,
            receipt: Receipt(receipt.map_err(|_| "a receipt is malformed")?.0),
        })
    }
}

fn hashes(texts: &[String]) -> Result<Vec<ChangeHash>, String> {
    let hash = |text: &String| ChangeHash::from_str(text);
    let hashes = texts.iter().map(hash).collect::<Result<_, _>>();
    hashes.map_err(|_| "a hash is malformed".to_owned())
}

impl Copy {
    /// Writes magic, header length (8 bytes, little-endian), header (JSON), parts, SHA-256.
    fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let header = Header {
            documents: self
                .documents
                .iter()
                .map(|(id, document)| DocumentHeader {
                    id: id.to_string(),
                    bytes: document.saved.len(),
                    stored_heads: document
                        .stored_heads
                        .iter()
                        .map(ToString::to_string)
                        .collect(),
                    receipts: document.receipts.iter().map(ReceiptHeader::of).collect(),
                })
                .collect(),
            notes: self
                .notes
                .iter()
                .map(|(name, note)| NoteHeader {
                    name: name.clone(),
                    bytes: note.len(),
                })
                .collect(),
        };
        let header = serde_json::to_vec(&header)?;
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&(header.len() as u64).to_le_bytes());
        out.extend_from_slice(&header);
        for document in self.documents.values() {
            out.extend_from_slice(&document.saved);
        }
        for note in self.notes.values() {
            out.extend_from_slice(note);
        }
        let digest = Sha256::digest(&out);
        out.extend_from_slice(&digest);
        Ok(out)
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or("it is not a local copy, or one of a later version of Plenary")?;
        let body_end = rest
            .len()
            .checked_sub(DIGEST_BYTES)
            .ok_or("it is cut short")?;
        let (body, digest) = rest.split_at(body_end);
        let whole = bytes.get(..MAGIC.len() + body_end).unwrap_or_default();
        if Sha256::digest(whole).as_slice() != digest {
            return Err("its checksum does not fit".to_owned());
        }
        let (length, body) = body.split_first_chunk::<8>().ok_or("it is cut short")?;
        let length =
            usize::try_from(u64::from_le_bytes(*length)).map_err(|_| "its header is too long")?;
        let (header, parts) = body
            .split_at_checked(length)
            .ok_or("its header is cut short")?;
        let header: Header = serde_json::from_slice(header).map_err(|error| error.to_string())?;
        Self::from_parts(header, parts)
    }

    fn from_parts(header: Header, mut parts: &[u8]) -> Result<Self, String> {
        let mut take = |bytes: usize| {
            let (part, rest) = parts
                .split_at_checked(bytes)
                .ok_or("a part of it is cut short")?;
            parts = rest;
            Ok::<_, String>(part.to_vec())
        };
        let mut copy = Self::default();
        for document in header.documents {
            let id = document
                .id
                .parse()
                .map_err(|_| "a document's id is malformed")?;
            let stored_heads = hashes(&document.stored_heads)?;
            let receipts = document.receipts.iter().map(ReceiptHeader::read);
            let receipts = receipts.collect::<Result<_, _>>()?;
            let saved = take(document.bytes)?;
            copy.documents.insert(
                id,
                CopyDocument {
                    saved,
                    stored_heads,
                    receipts,
                },
            );
        }
        for note in header.notes {
            copy.notes.insert(note.name, take(note.bytes)?);
        }
        Ok(copy)
    }
}

/// A folder that holds the copy of one draft, locked for this process.
#[derive(Debug)]
pub struct LocalStore {
    folder: PathBuf,
    /// Held for its lock, which the operating system frees even when we are killed.
    _lock: File,
}

impl LocalStore {
    /// Opens the store in `folder`, which is made when it is missing (readable for its owner
    /// alone), and locks it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] when another process has it open.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        make_private_folder(folder).map_err(io_error("making the folder", folder))?;
        let path = folder.join(LOCK_FILE);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io_error("opening the lock", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(io_error("locking", &path)(source)),
        }
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// The folder, for files that shall lie beside the copy.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads the copy; `None` when there is none yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] when the file is there and cannot be trusted. It stays there.
    pub fn load(&self) -> Result<Option<Copy>, StoreError> {
        let path = self.folder.join(COPY_FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("reading", &path)(error)),
        };
        Copy::decode(&bytes)
            .map(Some)
            .map_err(|reason| StoreError::Damaged { path, reason })
    }

    /// Replaces the copy durably.
    pub fn save(&self, copy: &Copy) -> Result<(), StoreError> {
        let path = self.folder.join(COPY_FILE);
        let bytes = copy
            .encode()
            .map_err(|error| io_error("encoding", &path)(io::Error::other(error)))?;
        write_atomically(&path, &bytes).map_err(io_error("writing", &path))
    }

    /// Writes a file beside the copy that nothing overwrites later, and returns its path.
    /// `name` must be unique; time and a random part make it so.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.folder.join(name);
        write_atomically(&path, bytes).map_err(io_error("writing", &path))?;
        Ok(path)
    }
}

/// Makes a folder and those above it; what this makes is for its owner alone.
fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Replaces `path` by `bytes`: temporary file beside it, sync, rename, sync of the folder. After
/// a crash the file holds either all of the old bytes or all of the new ones.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let temporary = folder.join(format!(
        ".{}.{}.tmp",
        name.to_string_lossy(),
        std::process::id()
    ));
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // Best effort: what failed is reported, a leftover is only untidy.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(folder)
}

/// Makes a rename in `folder` durable. Only Unix lets a folder be synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Copy {
        let mut copy = Copy::default();
        copy.documents.insert(
            DocumentId::from_bytes([1; 16]),
            CopyDocument {
                saved: vec![1, 2, 3],
                stored_heads: vec![ChangeHash([5; 32])],
                receipts: vec![KeptReceipt {
                    heads: vec![ChangeHash([6; 32])],
                    receipt: Receipt([7; 32]),
                }],
            },
        );
        copy.documents
            .insert(DocumentId::from_bytes([2; 16]), CopyDocument::default());
        copy.notes
            .insert("base".to_owned(), b"# Title\r\n".to_vec());
        copy
    }

    #[test]
    fn a_copy_comes_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        assert_eq!(store.load().unwrap(), None);
        store.save(&example()).unwrap();
        store.save(&example()).unwrap();
        assert_eq!(store.load().unwrap(), Some(example()));
    }

    #[test]
    fn damage_is_an_error_and_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        let path = folder.path().join(COPY_FILE);
        let whole = example().encode().unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(
                matches!(store.load(), Err(StoreError::Damaged { .. })),
                "{length} bytes"
            );
            assert_eq!(fs::read(&path).unwrap(), &whole[..length]);
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(
                matches!(store.load(), Err(StoreError::Damaged { .. })),
                "bit at {at}"
            );
        }
    }

    #[test]
    fn two_stores_in_one_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = LocalStore::open(folder.path()).unwrap();
        assert!(matches!(
            LocalStore::open(folder.path()),
            Err(StoreError::Busy(_))
        ));
        drop(first);
        LocalStore::open(folder.path()).unwrap();
    }
}
