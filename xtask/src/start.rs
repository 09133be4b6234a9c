//! `cargo xtask start`: the relay with the sample draft open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::run::run as run_program;
use crate::{web, workspace};

/// How long the relay may take to say its address, and to end when asked.
const PATIENCE: Duration = Duration::from_secs(20);
/// The port that `plenary serve` has by default, and how many after it are tried.
const FIRST_PORT: u16 = 8320;
const PORTS_TRIED: u16 = 20;
const TITLE: &str = "Cybersecurity best practices: a sample report";

#[derive(Args)]
pub struct Options {
    /// Build and run the release profile (slower to build, faster to run)
    #[arg(long)]
    release: bool,
    /// Listen on this port of 127.0.0.1; the default is 8320 or the next free one
    #[arg(long)]
    port: Option<u16>,
    /// Keep the relay's data here instead of in the target folder's start/
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Builds, starts the relay, opens or reopens the sample draft, prints its links and waits.
pub fn run(options: &Options) -> Result<()> {
    let (stop, stopped) = mpsc::sync_channel(1);
    ctrlc::set_handler(move || {
        // A second Ctrl-C while the first is being answered changes nothing.
        let _ = stop.try_send(());
    })
    .context("cannot listen for Ctrl-C")?;

    let binary = build(options.release)?;
    let data = options
        .data
        .clone()
        .unwrap_or_else(|| workspace::target().join("start"));
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;

    let mut relay = Relay::start(&binary, &data.join("data"), options.port)?;
    let sample = match sample_draft(&binary, &data, &relay.address) {
        Ok(sample) => sample,
        Err(error) => {
            relay.end();
            return Err(error);
        }
    };
    print_welcome(&binary, &relay.address, &data, &sample);
    let outcome = relay.wait(&stopped);
    relay.end();
    outcome
}

fn build(release: bool) -> Result<PathBuf> {
    if let Err(error) = web::build() {
        eprintln!(
            "The browser editor is left out, and drafts can only be read in the browser: {error:#}"
        );
    }
    let mut command = Command::new("cargo");
    command
        .args(["build", "--workspace", "--bin", "plenary"])
        .current_dir(workspace::root());
    if release {
        command.arg("--release");
    }
    run_program(&mut command)?;
    Ok(workspace::plenary_binary(if release {
        "release"
    } else {
        "debug"
    }))
}

/// The relay as our child process.
struct Relay {
    child: Child,
    address: String,
}

impl Relay {
    fn start(binary: &Path, data: &Path, wanted: Option<u16>) -> Result<Self> {
        let port = wanted.unwrap_or_else(free_port);
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        in_own_group(&mut command);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        let Some(stdout) = child.stdout.take() else {
            bail!("the relay has no standard output")
        };
        match first_line(stdout) {
            Ok(address) => Ok(Self { child, address }),
            Err(error) => {
                end_process(&mut child);
                Err(error.context("the relay did not start; its own words stand above"))
            }
        }
    }

    /// Until somebody asks to stop, or the relay ends by itself (which is an error).
    fn wait(&mut self, stopped: &mpsc::Receiver<()>) -> Result<()> {
        loop {
            if stopped.recv_timeout(Duration::from_millis(200)).is_ok() {
                println!("\nStopping the relay. The draft stays where it is.");
                return Ok(());
            }
            if let Some(status) = self
                .child
                .try_wait()
                .context("cannot look after the relay")?
            {
                bail!("the relay ended by itself with {status}");
            }
        }
    }

    fn end(&mut self) {
        end_process(&mut self.child);
    }
}

/// In a process group of its own the relay gets no Ctrl-C from the terminal, so that it ends
/// when, and only when, we ask it to.
#[cfg(unix)]
fn in_own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn in_own_group(_command: &mut Command) {}

/// Asks the process to end, and ends it when it does not within the patience.
fn end_process(child: &mut Child) {
    if matches!(child.try_wait(), Ok(Some(_))) {
        return;
    }
    if cfg!(unix) {
        let _ = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if matches!(child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!(
            "the relay did not end within {} s and is killed",
            PATIENCE.as_secs()
        );
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The relay's first line is its address; what follows is passed on.
fn first_line(stdout: ChildStdout) -> Result<String> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines();
        let first = lines.next().and_then(Result::ok);
        if sender.send(first).is_err() {
            return;
        }
        lines
            .map_while(Result::ok)
            .for_each(|line| println!("{line}"));
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(Some(address)) if address.starts_with("http://") => Ok(address.trim().to_owned()),
        Ok(Some(other)) => bail!("its first line is not an address: {other}"),
        Ok(None) => bail!("it ended without saying its address"),
        Err(_) => bail!("it said no address within {} s", PATIENCE.as_secs()),
    }
}

fn free_port() -> u16 {
    (FIRST_PORT..FIRST_PORT + PORTS_TRIED)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap_or(0)
}

/// The sample draft as `plenary new --json` described it: the one of an earlier run when this
/// relay still has it, else a new one.
fn sample_draft(binary: &Path, data: &Path, address: &str) -> Result<Value> {
    let file = data.join("sample.json");
    if let Some(known) = std::fs::read(&file)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        && relay_has(&known, address)
    {
        return Ok(moved_to(&known, address));
    }
    let source = workspace::root().join("crates/plenary/templates/sample-report.md");
    let output = Command::new(binary)
        .args(["new", TITLE, "--from"])
        .arg(&source)
        .args(["--server", address, "--json"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run plenary new")?;
    if !output.status.success() {
        bail!(
            "plenary new ended with {}; its own words stand above",
            output.status
        );
    }
    let made: Value =
        serde_json::from_slice(&output.stdout).context("plenary new --json gave no JSON")?;
    std::fs::write(&file, serde_json::to_vec_pretty(&made)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(made)
}

/// Whether the relay knows the draft of an earlier run: its data may have been removed meanwhile.
fn relay_has(sample: &Value, address: &str) -> bool {
    let (Some(id), Some(secret)) = (
        sample["document_id"].as_str(),
        sample["links"]["viewer"]
            .as_str()
            .and_then(|link| link.split_once('#'))
            .map(|(_, secret)| secret),
    ) else {
        return false;
    };
    status_of(address, &format!("/api/v1/drafts/{id}"), secret).is_ok_and(|status| status == 200)
}

/// The status of one GET with the secret as bearer. One request on loopback is not worth an HTTP client.
fn status_of(address: &str, path: &str, secret: &str) -> Result<u16> {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(64).read_to_string(&mut answer)?;
    answer
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("the relay's answer has no status")
}

/// The links of an earlier run at the address of this one: the port may be another.
fn moved_to(sample: &Value, address: &str) -> Value {
    let Some(before) = sample["server"].as_str() else {
        return sample.clone();
    };
    let without_scheme = |url: &str| {
        url.trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned()
    };
    let text = sample
        .to_string()
        .replace(&without_scheme(before), &without_scheme(address));
    serde_json::from_str(&text).unwrap_or_else(|_| sample.clone())
}

fn print_welcome(binary: &Path, address: &str, data: &Path, sample: &Value) {
    let link = |role: &str| {
        sample["links"][role]
            .as_str()
            .unwrap_or("(missing)")
            .to_owned()
    };
    println!("\nPlenary is running at {address}");
    println!("Its data is in {}", data.display());
    println!(
        "\n\u{201c}{}\u{201d} is open:",
        sample["title"].as_str().unwrap_or(TITLE)
    );
    for (role, words) in [
        ("facilitator", "facilitate"),
        ("editor", "edit"),
        ("reviewer", "review"),
        ("viewer", "read"),
    ] {
        println!("  {words:<11}{}", link(role));
    }
    println!("\nKeep a file equal to it, in another terminal:");
    println!("  {} sync '{}' sample.md", binary.display(), link("editor"));
    println!("\nCtrl-C ends the relay.");
}

#[cfg(test)]
mod tests {
    use super::moved_to;
    use serde_json::json;

    #[test]
    fn links_follow_the_relay_to_another_port() {
        let sample = json!({
            "server": "http://127.0.0.1:8320",
            "sync_url": "ws://127.0.0.1:8320/sync?access=s",
            "links": {"viewer": "http://127.0.0.1:8320/d/abc#s"},
        });
        let moved = moved_to(&sample, "http://127.0.0.1:8321");
        assert_eq!(moved["sync_url"], "ws://127.0.0.1:8321/sync?access=s");
        assert_eq!(moved["links"]["viewer"], "http://127.0.0.1:8321/d/abc#s");
    }
}
