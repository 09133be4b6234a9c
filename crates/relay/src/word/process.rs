//! A program that is not trusted to end, to be brief, or to read what it is given.

use std::io;
use std::path::Path;
use std::process::Stdio;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::WordLimits;

/// So much of what the program says on standard error is looked at, in bytes.
const REMARKS_BYTES: u64 = 64 << 10;

/// How a program ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With success.
    Well {
        /// What it wrote on standard output.
        output: Vec<u8>,
        /// The beginning of what it wrote on standard error.
        remarks: Vec<u8>,
    },
    /// With a failure, or by a signal.
    Badly,
    /// It was ended because its time was over.
    TooLong,
    /// It was ended because it wrote too much.
    TooMuch,
}

/// Runs a program in a folder, without any environment, with `input` on its standard input, and ends
/// it with all that it has started when it passes a limit.
///
/// # Errors
/// It cannot be started, or the system fails to read from it.
pub(super) async fn run(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    input: Bytes,
    limits: &WordLimits,
) -> io::Result<Ended> {
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let mut group = Group::of(&child);
    let most = limits.markdown_bytes;
    let ended = tokio::time::timeout(limits.time, exchange(child, input, most)).await;
    let Ok(ended) = ended else {
        return Ok(Ended::TooLong);
    };
    let ended = ended?;
    if matches!(ended, Ended::Well { .. } | Ended::Badly) {
        group.has_ended();
    }
    Ok(ended)
}

/// Gives the program its input while it reads what it says.
async fn exchange(mut child: Child, input: Bytes, most_bytes: usize) -> io::Result<Ended> {
    let none = || io::Error::other("a pipe to the program is missing");
    let stdin = child.stdin.take().ok_or_else(none)?;
    let stdout = child.stdout.take().ok_or_else(none)?;
    let stderr = child.stderr.take().ok_or_else(none)?;
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX - 1);
    let output = async {
        let mut output = Vec::new();
        let mut bounded = stdout.take(most + 1);
        bounded.read_to_end(&mut output).await?;
        if output.len() > most_bytes {
            // Nothing else is waited for then.
            return Err(Stopped::TooMuch);
        }
        Ok::<_, Stopped>(output)
    };
    let all = tokio::try_join!(give(stdin, input), output, beginning(stderr));
    let (output, remarks) = match all {
        Ok(((), output, remarks)) => (output, remarks),
        Err(Stopped::TooMuch) => return Ok(Ended::TooMuch),
        Err(Stopped::Io(error)) => return Err(error),
    };
    let status = child.wait().await?;
    if status.success() {
        return Ok(Ended::Well { output, remarks });
    }
    tracing::info!(%status, "pandoc refused a document");
    Ok(Ended::Badly)
}

/// Writes the input. A program that does not read all of it has its reasons.
async fn give(mut stdin: ChildStdin, input: Bytes) -> Result<(), Stopped> {
    match stdin.write_all(&input).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Reads to the end, and keeps the beginning.
async fn beginning(mut from: impl AsyncRead + Unpin) -> Result<Vec<u8>, Stopped> {
    let mut kept = Vec::new();
    (&mut from)
        .take(REMARKS_BYTES)
        .read_to_end(&mut kept)
        .await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(kept)
}

/// Why nothing more is read.
enum Stopped {
    TooMuch,
    Io(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The program with all that it has started, which is ended when nobody waits for it any more.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// The program was waited for: its number may be another's by now.
    fn has_ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // It may have ended just now.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}
