//! Native clients that type without a pause, and one that reads.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use automerge::ChangeHash;
use plenary_client::{DraftClient, DraftEvent, DraftOptions, DraftPart, Link};
use plenary_draft::TextEditor;
use plenary_protocol::client::{BackoffConfig, ClientConfig};
use tokio::sync::watch;
use tokio::task::JoinHandle;

fn client(link: &Link) -> DraftClient {
    let backoff = BackoffConfig {
        first_ms: 5,
        cap_ms: 50,
        healthy_after_ms: 1,
    };
    let session = ClientConfig {
        backoff,
        ..ClientConfig::default()
    };
    let options = DraftOptions {
        session,
        ..DraftOptions::default()
    };
    let mut client =
        DraftClient::open(link, None, options).expect("the system gives random numbers");
    client.connect();
    client
}

fn check(event: &DraftEvent) {
    assert!(
        !matches!(event, DraftEvent::Stopped(_) | DraftEvent::Rescue(_)),
        "an honest writer was refused: {event:?}"
    );
}

/// Somebody who types all the time, connected or not.
pub struct Writer {
    acknowledged: Arc<Mutex<BTreeSet<ChangeHash>>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Vec<ChangeHash>>,
}

impl Writer {
    pub fn start(link: &Link) -> Self {
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(write(client(link), Arc::clone(&acknowledged), stopped));
        Self {
            acknowledged,
            stop,
            task,
        }
    }

    /// What the relay said is stored.
    pub fn acknowledged(&self) -> BTreeSet<ChangeHash> {
        self.acknowledged.lock().expect("nobody panicked").clone()
    }

    /// Stops typing, waits until all of it is stored, and returns it.
    pub async fn finish(self) -> Vec<ChangeHash> {
        self.stop.send(true).expect("the writer is there");
        self.task.await.expect("the writer did not panic")
    }
}

async fn write(
    mut client: DraftClient,
    acknowledged: Arc<Mutex<BTreeSet<ChangeHash>>>,
    stopped: watch::Receiver<bool>,
) -> Vec<ChangeHash> {
    let mut typed = Vec::new();
    loop {
        let stopping = *stopped.borrow();
        if client.is_ready() && !stopping && client.waiting_changes() < 50 {
            let edited = client.change(DraftPart::Text, |document, rng| {
                TextEditor::new(document, rng, 0)
                    .insert(0, "word ")
                    .expect("the start is a place")
            });
            typed.extend(edited.and_then(|edited| edited.change));
        }
        if let Ok(event) = tokio::time::timeout(Duration::from_millis(4), client.next()).await {
            check(&event);
        }
        note(&client, &typed, &acknowledged);
        if stopping && client.in_step() {
            return typed;
        }
    }
}

/// What is not beyond the stored heads was acknowledged.
fn note(client: &DraftClient, typed: &[ChangeHash], acknowledged: &Mutex<BTreeSet<ChangeHash>>) {
    let Some(text) = client.followed(DraftPart::Text) else {
        return;
    };
    let waiting: BTreeSet<ChangeHash> = text
        .doc()
        .get_changes_meta(text.stored_heads())
        .into_iter()
        .map(|change| change.hash)
        .collect();
    let mut acknowledged = acknowledged.lock().expect("nobody panicked");
    let fresh = typed
        .iter()
        .rev()
        .take(200)
        .filter(|hash| !waiting.contains(hash));
    acknowledged.extend(fresh);
}

/// All changes of the text that the relay at `link` has.
pub async fn hashes_on(link: &Link) -> BTreeSet<ChangeHash> {
    let mut client = client(link);
    while !client.in_step() {
        check(&client.next().await);
    }
    let text = client.document(DraftPart::Text).expect("it is in step");
    text.get_changes_meta(&[])
        .into_iter()
        .map(|change| change.hash)
        .collect()
}
