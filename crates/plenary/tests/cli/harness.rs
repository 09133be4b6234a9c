//! A relay, participants with a file each, and waiting for conditions.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No condition takes this long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(40);

/// Waits until `condition` gives something.
#[track_caller]
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until `condition` holds.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// The program, with a home of its own so that nothing of the user's is read or written.
pub fn plenary(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    command
        .env_clear()
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    command
}

/// Runs to the end.
pub fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

#[track_caller]
pub fn check_exit(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "stdout: {}\nstderr: {}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asks a process to end, as a terminal or a system would.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

/// The lines of a stream, gathered by a thread.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn gather(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let gathered = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                gathered
                    .0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        lines
    }

    pub fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn count(&self, part: &str) -> usize {
        self.all().iter().filter(|line| line.contains(part)).count()
    }

    #[track_caller]
    pub fn wait_for(&self, part: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(line) = self.all().into_iter().find(|line| line.contains(part)) {
                return line;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "no line has {part:?}: {:#?}",
                self.all()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A running relay.
pub struct Relay {
    child: Option<Child>,
    pub url: String,
    pub home: TempDir,
    pub lines: Lines,
}

impl Relay {
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut relay = Self {
            child: None,
            url: String::new(),
            home,
            lines: Lines::default(),
        };
        relay.serve("127.0.0.1:0");
        relay
    }

    fn serve(&mut self, listen: &str) {
        let mut child = plenary(self.home.path())
            .args(["serve", "--listen", listen])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the relay starts");
        self.lines = Lines::gather(child.stdout.take().expect("a pipe"));
        let errors = Lines::gather(child.stderr.take().expect("a pipe"));
        let lines = self.lines.clone();
        self.url = wait_for("the relay's address", || {
            if let Ok(Some(status)) = child.try_wait() {
                panic!("the relay ended with {status}: {:#?}", errors.all());
            }
            lines.all().first().cloned()
        });
        self.child = Some(child);
    }

    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Ends the relay as a system would.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let mut child = self.child.take().expect("the relay runs");
        signal(&child, "TERM");
        child.wait().expect("the relay ends")
    }

    /// Ends the relay without a warning.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the relay runs");
        child.kill().expect("killed");
        child.wait().expect("the relay ends");
    }

    /// Starts it again at the same address with the same data.
    pub fn restart(&mut self) {
        let address = self.address().to_owned();
        self.serve(&address);
    }

    pub fn command(&self) -> Command {
        plenary(self.home.path())
    }

    /// Asks over HTTP, as a participant of the tests, and expects success. Returns head and body.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, secret: &str, json: &str) -> (String, String) {
        let mut socket = TcpStream::connect(self.address()).expect("the relay listens");
        let length = json.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {secret}\r\n\
             Plenary-Participant: whoever runs the tests\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{json}",
            self.address()
        );
        socket.write_all(request.as_bytes()).expect("asked");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        (head.to_owned(), body.to_owned())
    }

    /// Creates a draft with this text.
    #[track_caller]
    pub fn new_draft(&self, markdown: &[u8]) -> Draft {
        let file = self.home.path().join("new.md");
        fs::write(&file, markdown).expect("written");
        let mut command = self.command();
        command.args(["new", "A draft", "--server", &self.url, "--json"]);
        if !markdown.is_empty() {
            command.arg("--from").arg(&file);
        }
        let output = run(&mut command);
        check_exit(&output, 0);
        Draft(serde_json::from_slice(&output.stdout).expect("JSON"))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What `plenary new --json` printed.
pub struct Draft(pub Value);

impl Draft {
    pub fn link(&self, role: &str) -> &str {
        self.0["links"][role].as_str().expect("a link")
    }

    pub fn editor(&self) -> &str {
        self.link("editor")
    }
}

/// Somebody with a file and a state of their own.
pub struct Participant {
    pub home: TempDir,
    pub file: PathBuf,
}

impl Participant {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        fs::create_dir(home.path().join("work")).expect("a folder");
        let file = home.path().join("work").join("report.md");
        Self { home, file }
    }

    pub fn with(content: &[u8]) -> Self {
        let participant = Self::new();
        fs::write(&participant.file, content).expect("written");
        participant
    }

    pub fn read(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        text(&self.read())
    }

    /// Writes in place, as `echo` and many editors do.
    pub fn write(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.file, content).expect("written");
    }

    /// Writes another file and renames it over, as most editors do.
    pub fn save_by_rename(&self, content: impl AsRef<[u8]>) {
        let temporary = self.file.with_extension("md.swp");
        fs::write(&temporary, content).expect("written");
        fs::rename(&temporary, &self.file).expect("renamed");
    }

    #[track_caller]
    pub fn wait_for_text(&self, expected: &str) {
        let began = Instant::now();
        while self.text() != expected {
            assert!(
                began.elapsed() < PATIENCE,
                "the file has {:?} instead of {expected:?}",
                self.text()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn sync_command(&self, link: &str) -> Command {
        let mut command = plenary(self.home.path());
        command.arg("sync").arg(link).arg(&self.file);
        command
    }

    /// Runs `sync --once` with further arguments.
    pub fn once(&self, link: &str, arguments: &[&str]) -> Output {
        run(self.sync_command(link).arg("--once").args(arguments))
    }

    /// Starts `sync` and leaves it running.
    pub fn sync(&self, link: &str) -> Sync {
        Sync::start(&mut self.sync_command(link))
    }

    /// The same, where the file counts if it differs from the draft.
    pub fn sync_ours(&self, link: &str) -> Sync {
        Sync::start(self.sync_command(link).arg("--ours"))
    }

    /// The files that are kept beside the state, whose names begin with `what`.
    pub fn kept(&self, what: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.home.path().join("state")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if entry.file_name().to_string_lossy().starts_with(what) {
                    found.push(entry.path());
                }
            }
        }
        found.sort();
        found
    }

    /// What lies beside the file: nothing but the file, once all is at rest.
    pub fn folder(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.file.parent().expect("a folder"))
            .expect("a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// A running `plenary sync`.
pub struct Sync {
    child: Child,
    pub lines: Lines,
    pub errors: Lines,
}

impl Sync {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sync starts");
        Self {
            lines: Lines::gather(child.stdout.take().expect("a pipe")),
            errors: Lines::gather(child.stderr.take().expect("a pipe")),
            child,
        }
    }

    /// Waits until both sides were once equal and stored.
    #[track_caller]
    pub fn saved(self) -> Self {
        self.lines.wait_for("Saved on the server");
        self
    }

    /// Holds it up, whatever it is doing.
    pub fn hold(&self) {
        signal(&self.child, "STOP");
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        signal(&self.child, "CONT");
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Asks it to end and waits for that.
    pub fn end(&mut self) -> Option<i32> {
        signal(&self.child, "TERM");
        self.child.wait().expect("ended").code()
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub fn wait(&mut self) -> Option<i32> {
        let child = &mut self.child;
        let lines = self.lines.clone();
        wait_for(
            &format!("the end of sync, which said {:#?}", lines.all()),
            || child.try_wait().expect("a status"),
        )
        .code()
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
