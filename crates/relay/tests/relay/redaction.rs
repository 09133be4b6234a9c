//! What the relay logs, at the most talkative level: no secrets, no text, no addresses of queries.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::client::{Peer, has};
use super::start::{Served, get, quick};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

// One thread, so that the subscriber of this test hears everything but what runs on threads that
// may block, where no connection is handled.
#[tokio::test]
async fn logs_hold_no_secret_and_no_text() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _heard = tracing::subscriber::set_default(subscriber);
    let served = Served::start(quick()).await;
    let made = served.draft("the whole world must not read this").await;
    let secret = made.secret("editor");
    let query = format!("?access={secret}&draft={}", made.id);
    let mut anna = Peer::join("anna", served.address, &query, made.id).await;
    anna.sync_until(has("plenary")).await;
    let path = format!("/api/v1/drafts/{}/markdown", made.id);
    get(&served.relay, &path, Some(&secret)).await;
    get(&served.relay, &path, Some("a wrong secret")).await;
    let wrong = format!("?access=wrong{secret}&draft={}", made.id);
    Peer::dial("eve", served.address, &wrong, made.id)
        .await
        .closed()
        .await;
    served.stopped().await.expect("ends in order");
    let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    assert!(text.contains("a draft was created"), "{text}");
    // The client under test logs as well; only the relay's lines are judged.
    let ours = text.lines().filter(|line| line.contains("plenary_relay"));
    for line in ours {
        for hidden in [secret.as_str(), "whole world", "a wrong secret", "access="] {
            assert!(!line.contains(hidden), "{hidden} in {line}");
        }
    }
}
