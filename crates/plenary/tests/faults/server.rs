//! `plenary serve` as a child process that can be killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plenary_client::{Api, DraftLinks, Link, NewDraft};
use serde_json::Value;

/// No condition takes this long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `condition` holds.
pub async fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts the relay over `data` and waits until it says where it listens. Port 0 is any.
    pub fn start(data: &Path, port: u16) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_plenary"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("readable");
        let url = line.trim().to_owned();
        assert!(
            url.starts_with("http://127.0.0.1:"),
            "the first line is the address, not {line:?}"
        );
        Self { child, url }
    }

    pub fn port(&self) -> u16 {
        self.url
            .rsplit(':')
            .next()
            .expect("a port")
            .parse()
            .expect("a number")
    }

    /// Creates a draft and returns the editor's link.
    pub fn create_draft(&self, title: &str, markdown: &str) -> Link {
        let links = self.create_draft_for_all(title, markdown);
        links.editor.parse().expect("a link")
    }

    /// Creates a draft and returns the links of all roles.
    pub fn create_draft_for_all(&self, title: &str, markdown: &str) -> DraftLinks {
        let api = Api::new(self.url.parse().expect("an address"));
        let draft = NewDraft {
            title: title.to_owned(),
            markdown: Some(markdown.to_owned()),
            language: None,
        };
        let created = std::thread::scope(|scope| {
            scope
                .spawn(|| api.create(&draft, None, &mut |_| {}))
                .join()
                .expect("no panic")
                .expect("created")
        });
        created.links
    }

    /// Asks for something under a draft's address, by a share link and as the participant with this secret;
    /// it must be done.
    pub fn post(&self, link: &str, who: &str, path: &str, body: &Value) -> Value {
        let (address, body) = (self.url.trim_start_matches("http://"), body.to_string());
        let (page, secret) = link.split_once('#').expect("a secret");
        let draft = page.rsplit('/').next().expect("a draft");
        let mut stream = std::net::TcpStream::connect(address).expect("it listens");
        write!(
            stream,
            "POST /api/v1/drafts/{draft}{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Authorization: Bearer {secret}\r\nPlenary-Participant: {who}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        assert!(answer.starts_with("HTTP/1.1 20"), "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("JSON")
    }

    /// The same link, but to this server.
    pub fn rewrite(&self, link: &Link) -> Link {
        Link {
            server: self.url.parse().expect("an address"),
            ..link.clone()
        }
    }

    /// SIGKILL, and wait until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
