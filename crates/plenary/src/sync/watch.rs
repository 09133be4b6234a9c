//! Notices that the file may have changed: the system's notifications, and a slow poll for file
//! systems that send none.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// How often the file is looked at when no notification comes.
const POLL: Duration = Duration::from_secs(2);

/// What made us look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The system says that something happened: read the file.
    Notified,
    /// Time has passed: read the file if its times changed.
    Polled,
}

/// Watches the folders of a file and of the file that it links to. Watching the folder and not
/// the file is what survives editors that replace the file.
pub struct FileWatch {
    notified: mpsc::Receiver<()>,
    /// Kept for its thread; `None` where the system cannot watch.
    watcher: Option<RecommendedWatcher>,
}

impl FileWatch {
    /// Watches `path` and `target`, which are the same unless `path` is a link. Where that is not
    /// possible only the poll remains, and the reason is returned with it.
    pub fn start(path: &Path, target: &Path) -> (Self, Option<String>) {
        let names: Vec<OsString> = [path, target]
            .iter()
            .filter_map(|path| path.file_name())
            .map(OsString::from)
            .collect();
        // One place is enough: it says "look", not what to see.
        let (notify, notified) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let concerns_us = event.map_or(true, |event| {
                event.paths.is_empty()
                    || event
                        .paths
                        .iter()
                        .filter_map(|path| path.file_name())
                        .any(|name| names.iter().any(|ours| ours == name))
            });
            if concerns_us {
                // A full channel says "look" already.
                let _ = notify.try_send(());
            }
        });
        let watching = watcher.and_then(|mut watcher| {
            watcher.watch(&folder(path), RecursiveMode::NonRecursive)?;
            if folder(target) != folder(path) {
                watcher.watch(&folder(target), RecursiveMode::NonRecursive)?;
            }
            Ok(watcher)
        });
        let (watcher, trouble) = match watching {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(error.to_string())),
        };
        (Self { notified, watcher }, trouble)
    }

    /// Waits until the file should be looked at. Safe to cancel.
    pub async fn next(&mut self) -> Look {
        if self.watcher.is_none() {
            tokio::time::sleep(POLL).await;
            return Look::Polled;
        }
        tokio::select! {
            Some(()) = self.notified.recv() => Look::Notified,
            () = tokio::time::sleep(POLL) => Look::Polled,
        }
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
