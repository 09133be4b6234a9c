//! The local file: read when it is at rest, replaced without ever losing what an editor saves in
//! the same instant.
//!
//! # How a write cannot overwrite a local edit
//!
//! Checking the content and then renaming over it leaves a gap in which an editor may save. So
//! the new content, complete and synced in a temporary file, changes places with the file in one
//! system call (`renameat2` with `RENAME_EXCHANGE`). What the file held in that very instant is
//! then under the temporary name, and is compared with what we expected. If it is something else,
//! an edit came in between: it is handed out ([`Replaced::Displaced`]) and stays on disk until
//! the caller has taken it in.
//!
//! Where the system or the file system knows no exchange, the file is moved aside first and the
//! new content linked to its name, which fails when an editor has made a new file there: the name
//! is free for an instant, but nothing is overwritten either.
//!
//! An editor that holds the displaced file open may still write to it. Its handle is kept for a
//! while and looked at again ([`LocalFile::late_writes`]).

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a file must not change before it is read: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(60);
/// How long we wait for a file to come to rest before reading what there is.
const SETTLE_AT_MOST: Duration = Duration::from_secs(10);
/// How long a displaced file is watched for writes through a handle that an editor still holds.
const LATE_WRITES_FOR: Duration = Duration::from_secs(3);
/// Larger files are refused, in bytes; drafts up to 5 MB are promised.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What stands at the file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Missing,
    /// A file with this content.
    Content(Vec<u8>),
}

/// The names that one write uses, noted before it begins so that a crash can be sorted out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Names {
    /// The file itself, links resolved.
    pub target: PathBuf,
    /// The new content before the exchange, the old content after it.
    pub temporary: PathBuf,
    /// The old content where there is no exchange.
    pub aside: PathBuf,
}

/// How a write ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The file has the new content and had the expected one until then.
    Done,
    /// An edit was saved in the instant of the write and displaced by it. It stays on disk until
    /// [`LocalFile::forget`] is called for the write.
    Displaced {
        /// What the editor saved.
        edit: Vec<u8>,
        /// Whether the file has the new content; else it has yet another edit.
        written: bool,
    },
    /// The file was not touched: its content is not the expected one, or it is gone.
    Untouched,
}

/// The file that is kept equal with the draft.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    last: Option<Fingerprint>,
    displaced: Vec<Displaced>,
}

#[derive(Debug)]
struct Displaced {
    handle: File,
    content: Vec<u8>,
    until: Instant,
}

/// What tells a changed file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fingerprint {
    length: u64,
    modified: Option<std::time::SystemTime>,
    identity: (u64, u64, i64, i64),
}

impl Fingerprint {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
        }
    }

    /// Whether the last write lies so far back that another one would show in the times.
    fn is_settled(&self) -> bool {
        self.modified
            .and_then(|modified| modified.elapsed().ok())
            .is_some_and(|age| age > SETTLE / 2)
    }
}

/// Device, inode and time of the last change of either content or attributes, where there are such.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (
        metadata.dev(),
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> (u64, u64, i64, i64) {
    (0, 0, 0, 0)
}

impl LocalFile {
    /// Looks after the file at `path`, which may not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            last: None,
            displaced: Vec::new(),
        }
    }

    /// The path as the user gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file behind the path: a symbolic link is followed, so that it stays a link when the
    /// file that it points to is replaced. A link that leads nowhere leads to where it points.
    pub fn target(&self) -> PathBuf {
        let mut path = self.path.clone();
        // As many links as Linux follows.
        for _ in 0..40 {
            match fs::read_link(&path) {
                Ok(link) => path = path.parent().unwrap_or(Path::new(".")).join(link),
                Err(_) => break,
            }
        }
        path
    }

    /// Whether the file may have changed since [`LocalFile::read_at_rest`] last returned. Cheap.
    pub fn may_have_changed(&self) -> bool {
        self.fingerprint() != self.last
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        fs::metadata(&self.path)
            .ok()
            .map(|metadata| Fingerprint::of(&metadata))
    }

    /// Reads the file once it has stopped changing.
    ///
    /// # Errors
    ///
    /// When it is there but no regular file, too large, or cannot be read.
    pub async fn read_at_rest(&mut self) -> io::Result<Seen> {
        let began = Instant::now();
        let mut before = self.fingerprint();
        loop {
            tokio::time::sleep(SETTLE).await;
            let seen = self.read_now()?;
            let after = self.fingerprint();
            if before == after || began.elapsed() > SETTLE_AT_MOST {
                // A file that was written in this instant can be written once more without its
                // times showing it: then nothing is remembered, and the next look reads again.
                self.last =
                    after.filter(|after| before.as_ref() == Some(after) && after.is_settled());
                return Ok(seen);
            }
            before = after;
        }
    }

    /// Reads the file as it is in this moment.
    pub fn read_now(&self) -> io::Result<Seen> {
        match fs::metadata(&self.path) {
            Ok(metadata) if !metadata.is_file() => {
                Err(io::Error::other("it is not a regular file"))
            }
            Ok(metadata) if metadata.len() > MAX_FILE_BYTES => Err(io::Error::other(format!(
                "it has {} bytes; a draft has at most {MAX_FILE_BYTES}",
                metadata.len()
            ))),
            Ok(_) => match fs::read(&self.path) {
                Ok(bytes) => Ok(Seen::Content(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Seen::Missing),
                Err(error) => Err(error),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Seen::Missing),
            Err(error) => Err(error),
        }
    }

    /// Writes `content` completely and durably under a temporary name beside the file, with the
    /// file's mode. `tag` makes the name unique. Follow with [`LocalFile::replace`] or
    /// [`LocalFile::create`].
    pub fn prepare(&self, content: &[u8], tag: &str) -> io::Result<Names> {
        let target = self.target();
        let names = Names {
            temporary: sibling(&target, tag, "new"),
            aside: sibling(&target, tag, "old"),
            target,
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&names.temporary)?;
        let written = (|| {
            if let Ok(metadata) = fs::metadata(&names.target) {
                file.set_permissions(metadata.permissions())?;
            }
            file.write_all(content)?;
            file.sync_all()
        })();
        if let Err(error) = written {
            // Best effort: the error is what matters.
            let _ = fs::remove_file(&names.temporary);
            return Err(error);
        }
        Ok(names)
    }

    /// Puts the prepared content in the place of `expected`. See the module's description.
    pub async fn replace(&mut self, names: &Names, expected: &[u8]) -> io::Result<Replaced> {
        if self.read_now()? != Seen::Content(expected.to_vec()) {
            self.forget(names);
            return Ok(Replaced::Untouched);
        }
        self.swap(names, expected).await
    }

    /// The half of [`LocalFile::replace`] after the check: what an editor saves between the two
    /// is found here.
    async fn swap(&mut self, names: &Names, expected: &[u8]) -> io::Result<Replaced> {
        let old = match exchange(&names.temporary, &names.target) {
            Ok(()) => &names.temporary,
            Err(Exchange::Missing) => {
                self.forget(names);
                return Ok(Replaced::Untouched);
            }
            Err(Exchange::Unsupported) => {
                if !step_aside(names)? {
                    return self.sort_out_aside(names, expected).await;
                }
                &names.aside
            }
            Err(Exchange::Failed(error)) => return Err(error),
        };
        sync_folder(&names.target)?;
        // What an editor saves from here on must not be taken for our own write.
        self.last = None;
        let (handle, displaced) = read_displaced(old, expected).await?;
        // An empty file is one whose editor truncated it and has not written yet: what it writes
        // will be found through the handle.
        if displaced != expected && !displaced.is_empty() {
            return Ok(Replaced::Displaced {
                edit: displaced,
                written: true,
            });
        }
        self.displaced.push(Displaced {
            handle,
            content: expected.to_vec(),
            until: Instant::now() + LATE_WRITES_FOR,
        });
        self.forget(names);
        Ok(Replaced::Done)
    }

    /// An editor made a new file while the old one stood aside. The new one stays where it is.
    async fn sort_out_aside(&mut self, names: &Names, expected: &[u8]) -> io::Result<Replaced> {
        let (_, displaced) = read_displaced(&names.aside, expected).await?;
        if displaced == expected {
            self.forget(names);
            return Ok(Replaced::Untouched);
        }
        // Two edits at once: one stands at the path, the other one is handed out.
        Ok(Replaced::Displaced {
            edit: displaced,
            written: false,
        })
    }

    /// Gives the prepared content the file's name if nothing stands there. `false` when something
    /// does: it is not touched.
    pub fn create(&mut self, names: &Names) -> io::Result<bool> {
        let made = match fs::hard_link(&names.temporary, &names.target) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            // A file system without hard links: reserve the name, then rename over the reservation.
            Err(_) => match OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&names.target)
            {
                Ok(_) => {
                    fs::rename(&names.temporary, &names.target)?;
                    true
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
                Err(error) => return Err(error),
            },
        };
        self.forget(names);
        sync_folder(&names.target)?;
        self.last = None;
        Ok(made)
    }

    /// Removes what a write left under its temporary names.
    pub fn forget(&self, names: &Names) {
        for leftover in [&names.temporary, &names.aside] {
            // They are usually gone already.
            let _ = fs::remove_file(leftover);
        }
    }

    /// What was written through handles to files that we displaced, with what they held when we
    /// displaced them. Empty almost always.
    pub fn late_writes(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut late = Vec::new();
        let now = Instant::now();
        self.displaced.retain_mut(|displaced| {
            let mut bytes = Vec::new();
            let read = displaced
                .handle
                .seek(SeekFrom::Start(0))
                .and_then(|_| displaced.handle.read_to_end(&mut bytes));
            // An emptied file is one whose writer has not written yet.
            if read.is_ok() && bytes != displaced.content && !bytes.is_empty() {
                late.push((
                    std::mem::replace(&mut displaced.content, bytes.clone()),
                    bytes,
                ));
            }
            now < displaced.until
        });
        late
    }

    /// Whether a displaced file is still watched.
    pub fn watches_displaced(&self) -> bool {
        !self.displaced.is_empty()
    }
}

/// Sorts out a write that a crash may have interrupted. Returns whether the exchange happened,
/// and an edit that it displaced, if it did. `old` and `new` are what the write was noted with.
pub fn after_crash(names: &Names, old: &[u8], new: &[u8]) -> (bool, Option<Vec<u8>>) {
    let temporary = fs::read(&names.temporary).ok();
    let aside = fs::read(&names.aside).ok();
    let target = fs::read(&names.target).ok();
    // The temporary file holds the new content until the moment of the exchange.
    let happened = temporary.as_deref() != Some(new) || target.as_deref() == Some(new);
    let displaced = [temporary, aside]
        .into_iter()
        .flatten()
        .find(|content| content != old && content != new && !content.is_empty());
    (happened, displaced)
}

enum Exchange {
    Missing,
    Unsupported,
    Failed(io::Error),
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> Result<(), Exchange> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(|error| match error {
        Errno::NOENT => Exchange::Missing,
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => Exchange::Unsupported,
        other => Exchange::Failed(other.into()),
    })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_one: &Path, _other: &Path) -> Result<(), Exchange> {
    Err(Exchange::Unsupported)
}

/// Moves the file aside and links the new content to its name. `false` when an editor has made a
/// new file there in between.
fn step_aside(names: &Names) -> io::Result<bool> {
    fs::rename(&names.target, &names.aside)?;
    match fs::hard_link(&names.temporary, &names.target) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(_) => {
            fs::rename(&names.temporary, &names.target)?;
            Ok(true)
        }
    }
}

/// Reads what was displaced. If it is not what was expected, somebody may be in the middle of
/// writing it: then it is read once it has come to rest.
async fn read_displaced(path: &Path, expected: &[u8]) -> io::Result<(File, Vec<u8>)> {
    let mut handle = File::open(path)?;
    let began = Instant::now();
    let mut before = None;
    loop {
        let mut bytes = Vec::new();
        handle.seek(SeekFrom::Start(0))?;
        handle.read_to_end(&mut bytes)?;
        if bytes == expected {
            return Ok((handle, bytes));
        }
        let at_rest = before.as_ref() == Some(&bytes);
        let patient = bytes.is_empty() && began.elapsed() < LATE_WRITES_FOR;
        if (at_rest && !patient) || began.elapsed() > SETTLE_AT_MOST {
            return Ok((handle, bytes));
        }
        before = Some(bytes);
        tokio::time::sleep(SETTLE).await;
    }
}

/// A hidden name beside the file, so that a rename stays within one file system.
fn sibling(target: &Path, tag: &str, kind: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".plenary-{tag}-{kind}"));
    target.with_file_name(name)
}

fn sync_folder(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with `content`, and a prepared write of `new`.
    fn prepared(content: &[u8], new: &[u8]) -> (tempfile::TempDir, LocalFile, Names) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.md");
        fs::write(&path, content).unwrap();
        let file = LocalFile::new(path);
        let names = file.prepare(new, "test").unwrap();
        (folder, file, names)
    }

    fn names_in(folder: &tempfile::TempDir) -> usize {
        fs::read_dir(folder.path()).unwrap().count()
    }

    #[tokio::test]
    async fn a_write_replaces_what_was_expected_and_leaves_nothing_behind() {
        let (folder, mut file, names) = prepared(b"old", b"new");
        assert_eq!(file.replace(&names, b"old").await.unwrap(), Replaced::Done);
        assert_eq!(file.read_now().unwrap(), Seen::Content(b"new".to_vec()));
        assert_eq!(names_in(&folder), 1);
    }

    #[tokio::test]
    async fn an_edit_that_is_there_before_the_write_is_not_touched() {
        let (folder, mut file, names) = prepared(b"edited", b"new");
        assert_eq!(
            file.replace(&names, b"old").await.unwrap(),
            Replaced::Untouched
        );
        assert_eq!(file.read_now().unwrap(), Seen::Content(b"edited".to_vec()));
        assert_eq!(names_in(&folder), 1);
    }

    #[tokio::test]
    async fn an_edit_between_the_check_and_the_write_is_handed_out_and_kept_on_disk() {
        let (folder, mut file, names) = prepared(b"edited in the gap", b"new");
        assert_eq!(
            file.swap(&names, b"old").await.unwrap(),
            Replaced::Displaced {
                edit: b"edited in the gap".to_vec(),
                written: true
            }
        );
        assert_eq!(file.read_now().unwrap(), Seen::Content(b"new".to_vec()));
        assert_eq!(fs::read(&names.temporary).unwrap(), b"edited in the gap");
        file.forget(&names);
        assert_eq!(names_in(&folder), 1);
    }

    #[tokio::test]
    async fn an_editor_that_still_holds_the_old_file_is_heard() {
        let (_folder, mut file, names) = prepared(b"old", b"new");
        let mut editor = OpenOptions::new().append(true).open(file.path()).unwrap();
        assert_eq!(file.replace(&names, b"old").await.unwrap(), Replaced::Done);
        assert_eq!(file.late_writes(), []);
        editor.write_all(b" and late").unwrap();
        assert_eq!(
            file.late_writes(),
            [(b"old".to_vec(), b"old and late".to_vec())]
        );
        assert_eq!(file.late_writes(), []);
    }

    #[tokio::test]
    async fn without_an_exchange_a_new_file_of_the_editor_stays_and_the_old_one_is_looked_at() {
        let (_folder, mut file, names) = prepared(b"edited", b"new");
        fs::rename(&names.target, &names.aside).unwrap();
        fs::write(&names.target, b"saved in the gap").unwrap();
        assert_eq!(
            file.sort_out_aside(&names, b"old").await.unwrap(),
            Replaced::Displaced {
                edit: b"edited".to_vec(),
                written: false
            }
        );
        assert_eq!(
            file.read_now().unwrap(),
            Seen::Content(b"saved in the gap".to_vec())
        );
    }

    #[test]
    fn stepping_aside_never_overwrites() {
        let (_folder, file, names) = prepared(b"old", b"new");
        assert!(step_aside(&names).unwrap());
        assert_eq!(file.read_now().unwrap(), Seen::Content(b"new".to_vec()));
        assert_eq!(fs::read(&names.aside).unwrap(), b"old");
    }

    #[test]
    fn creating_does_not_overwrite_a_file_that_came_back() {
        let (folder, mut file, names) = prepared(b"came back", b"new");
        assert!(!file.create(&names).unwrap());
        assert_eq!(
            file.read_now().unwrap(),
            Seen::Content(b"came back".to_vec())
        );
        assert_eq!(names_in(&folder), 1);
    }

    #[test]
    fn a_crash_is_sorted_out_by_what_lies_there() {
        // Before the exchange.
        let (_folder, _, names) = prepared(b"old", b"new");
        assert_eq!(after_crash(&names, b"old", b"new"), (false, None));
        // After it, and after the old content was removed.
        exchange(&names.temporary, &names.target).ok();
        assert_eq!(after_crash(&names, b"old", b"new"), (true, None));
        fs::remove_file(&names.temporary).unwrap();
        assert_eq!(after_crash(&names, b"old", b"new"), (true, None));
        // After an exchange that displaced an edit.
        fs::write(&names.temporary, b"edit").unwrap();
        assert_eq!(
            after_crash(&names, b"old", b"new"),
            (true, Some(b"edit".to_vec()))
        );
    }
}
