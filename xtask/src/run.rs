//! Running other programs, with what they say passed through and counted.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::report::Counts;

/// Runs a program in `folder` and gives its standard output; a failure carries its standard error.
pub fn output_of(program: &str, arguments: &[&str], folder: &Path) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!(
            "{program} {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Says whether `program arguments` can be run and succeeds; what it prints is thrown away.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program to its end with its output on our terminal; anything but success is an error.
pub fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    if !status.success() {
        bail!(
            "{} ended with {status}",
            command.get_program().to_string_lossy()
        );
    }
    Ok(())
}

/// Runs a test program: its lines appear as they come and are counted by every test runner's
/// habits that we meet (nextest, libtest, node --test). A program that fails without naming a
/// failed test counts as one failure, and one that succeeds without counting as one pass.
pub fn run_counted(command: &mut Command) -> Result<Counts> {
    announce(command);
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    let (sender, lines) = mpsc::sync_channel::<String>(256);
    let mut readers = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        readers.push(pass_on(stdout, sender.clone()));
    }
    if let Some(stderr) = child.stderr.take() {
        readers.push(pass_on(stderr, sender.clone()));
    }
    drop(sender);
    let mut counts = Counts::default();
    let mut out = std::io::stdout();
    for line in lines {
        // A closed pipe at our end must not end the tests.
        let _ = writeln!(out, "{line}");
        counts.read_line(&plain(&line));
    }
    for reader in readers {
        let _ = reader.join();
    }
    let status = child
        .wait()
        .context("the test program cannot be waited for")?;
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    if status.success() && counts.passed == 0 && counts.failed == 0 {
        counts.passed = 1;
    }
    Ok(counts)
}

fn pass_on(
    stream: impl Read + Send + 'static,
    lines: mpsc::SyncSender<String>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            if lines.send(line).is_err() {
                break;
            }
        }
    })
}

fn announce(command: &Command) {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    println!("\n\u{25b8} {}", words.join(" "));
}

/// The line without its colours (CSI sequences).
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for part in characters.by_ref() {
                if part.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(
            plain("\u{1b}[32;1mPASS\u{1b}[0m [   0.004s]"),
            "PASS [   0.004s]"
        );
    }
}
