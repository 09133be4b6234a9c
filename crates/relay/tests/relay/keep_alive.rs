//! Pings, shutdown.

use std::time::Duration;

use futures_util::StreamExt;
use plenary_draft::DocumentId;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Peer, has};
use super::start::{Served, quick, quick_open};

const DOCUMENT: DocumentId = DocumentId::from_bytes([7; 16]);

#[tokio::test]
async fn peers_are_pinged_and_silent_ones_dropped() {
    let mut config = quick_open();
    config.bounds.ping_interval = Duration::from_millis(50);
    config.bounds.missed_pings = 2;
    let served = Served::start(config).await;
    let mut lively = Peer::join("lively", served.address, "", DOCUMENT).await;
    let silent = Peer::join("silent", served.address, "", DOCUMENT).await;
    // Reading is what answers pings in this client; whoever does not read is silent.
    let mut pings = 0;
    while served.relay.metrics().connections.get() > 1 {
        if let Some(Ok(Message::Ping(_))) = lively.socket.next().await {
            pings += 1;
            assert!(pings < 1000, "the silent one was never dropped");
        }
    }
    assert!(pings >= 2);
    lively.write("a", "x");
    lively.sync_until_saved().await;
    drop(silent);
}

#[tokio::test]
async fn a_shutdown_stores_what_came_tells_everybody_and_ends() {
    let mut served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut anna = Peer::join("anna", served.address, &query, made.id).await;
    let waiting = Peer::dial("not joined", served.address, &query, made.id).await;
    anna.sync_until(has("plenary")).await;
    served.stop();
    let (code, words) = anna.closed().await;
    assert_eq!(code, Some(4503));
    assert!(words.is_some());
    served.stopped().await.expect("ends in order");
    drop(waiting);
}
