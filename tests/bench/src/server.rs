//! The servers under measurement: each one a child process with fresh data on a port of its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use plenary_client::Api;
use tempfile::TempDir;

use crate::peer::Peer;

/// How long a server may take until it listens.
const READY: Duration = Duration::from_secs(30);

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `plenary serve`: with open access, unless what links cost is measured.
    Relay,
    /// npm's `@automerge/automerge-repo-sync-server`.
    Yardstick,
}

impl Kind {
    /// Its name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Yardstick => "yardstick",
        }
    }
}

/// Where the programs are and where their output goes.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The `plenary` binary.
    pub relay: PathBuf,
    /// The folder with the yardstick's node_modules.
    pub yardstick: PathBuf,
    /// For logs, data and caches.
    pub output: PathBuf,
    /// How `plenary serve` judges who may do what: `open` or `links`.
    pub access: &'static str,
    /// Extra flags for `plenary serve`.
    pub serve_flags: Vec<String>,
}

/// A running server; dropping it ends the process and removes its data.
pub struct Server {
    child: Child,
    kind: Kind,
    data: TempDir,
    log: PathBuf,
    programs: Programs,
    address: SocketAddr,
    path: String,
}

impl Server {
    /// Starts a server with empty data and waits until it answers. `label` names its log file.
    pub async fn start(kind: Kind, programs: &Programs, label: &str) -> Result<Self> {
        let data = tempfile::Builder::new()
            .prefix("data-")
            .tempdir_in(&programs.output)
            .context("cannot make a data folder")?;
        let log = programs.output.join(format!("{label}-{}.log", kind.name()));
        let (child, address) = launch(kind, programs, data.path(), &log)?;
        let server = Self {
            child,
            kind,
            data,
            log,
            programs: programs.clone(),
            address,
            path: match kind {
                Kind::Relay => "/sync".to_owned(),
                Kind::Yardstick => "/".to_owned(),
            },
        };
        // Nobody is let in by a link before there is a draft.
        if kind == Kind::Yardstick || programs.access == "open" {
            Peer::greeted_by(&server).await?;
        }
        Ok(server)
    }

    /// Ends the server and starts it again with the same data.
    pub async fn restart(&mut self) -> Result<()> {
        self.end();
        let (child, address) = launch(self.kind, &self.programs, self.data.path(), &self.log)?;
        self.child = child;
        self.address = address;
        Peer::greeted_by(self).await
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The path of its websocket, with the access in it that a draft's editor has.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Gives the relay a draft as a bundle, and from now on connects as that draft's editors do.
    pub async fn host(&mut self, bundle: Vec<u8>) -> Result<()> {
        let api = Api::new(format!("http://{}", self.address).parse()?);
        let made =
            tokio::task::spawn_blocking(move || api.import(&bundle, None, &mut |_| {})).await??;
        let (_, path) = made
            .sync_url
            .split_once("/sync")
            .context("the relay told no address for sync")?;
        self.path = format!("/sync{path}");
        Peer::greeted_by(self).await
    }

    /// CPU time that the process has used so far, user and system, in seconds. By the process's own
    /// clock: what /proc tells is in hundredths of a second, and a crowd is served within six of them.
    #[cfg(target_os = "linux")]
    pub fn cpu_seconds(&self) -> Result<f64> {
        let process = nix::unistd::Pid::from_raw(self.child.id().try_into()?);
        let clock = nix::time::ClockId::pid_cpu_clock_id(process).context("the server has gone")?;
        Ok(Duration::from(clock.now()?).as_secs_f64())
    }

    /// Systems other than Linux tell it in other ways.
    #[cfg(not(target_os = "linux"))]
    pub fn cpu_seconds(&self) -> Result<f64> {
        bail!("the CPU time of a server is measured on Linux only")
    }

    /// Resident memory in KiB.
    pub fn resident_kib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .context("the server has gone")?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
            .context("the server's status names no VmRSS")
    }

    fn end(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn launch(kind: Kind, programs: &Programs, data: &Path, log: &Path) -> Result<(Child, SocketAddr)> {
    let errors = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    match kind {
        Kind::Relay => launch_relay(programs, data, errors),
        Kind::Yardstick => launch_yardstick(programs, data, errors),
    }
}

fn launch_relay(
    programs: &Programs,
    data: &Path,
    errors: std::fs::File,
) -> Result<(Child, SocketAddr)> {
    let mut child = Command::new(&programs.relay)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--access",
            programs.access,
            "--data",
        ])
        .arg(data)
        .args(&programs.serve_flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .with_context(|| format!("cannot run {}", programs.relay.display()))?;
    let stdout = child
        .stdout
        .take()
        .context("the relay has no standard output")?;
    let mut lines = BufReader::new(stdout).lines();
    let first = lines.next().transpose().ok().flatten().unwrap_or_default();
    // What follows is read and thrown away, so that a full pipe never stops the relay.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    let address = first
        .trim()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse();
    match address {
        Ok(address) => wait_until_ready(child, address),
        Err(_) => {
            let _ = child.kill();
            let _ = child.wait();
            bail!("the relay's first line is not its address: {first:?}")
        }
    }
}

fn launch_yardstick(
    programs: &Programs,
    data: &Path,
    errors: std::fs::File,
) -> Result<(Child, SocketAddr)> {
    let script = std::path::absolute(&programs.yardstick)?
        .join("node_modules/@automerge/automerge-repo-sync-server/src/index.js");
    // It takes no port 0, so a free one is found first. Nothing else here opens ports meanwhile.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let output = errors.try_clone()?;
    let child = Command::new("node")
        .arg(&script)
        .env("PORT", port.to_string())
        .env("DATA_DIR", data)
        .current_dir(data)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .context("cannot run node")?;
    wait_until_ready(child, SocketAddr::from(([127, 0, 0, 1], port)))
}

fn wait_until_ready(mut child: Child, address: SocketAddr) -> Result<(Child, SocketAddr)> {
    let deadline = Instant::now() + READY;
    while Instant::now() < deadline {
        if std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            return Ok((child, address));
        }
        if let Some(status) = child.try_wait()? {
            bail!("the server ended before it listened: {status}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    bail!("the server did not listen within {} s", READY.as_secs())
}
