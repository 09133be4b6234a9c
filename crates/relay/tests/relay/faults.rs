//! A relay over SQLite that is stopped and started again.

use std::sync::Arc;

use automerge::{ROOT, ReadDoc};
use plenary_draft::DocumentId;
use plenary_relay::storage::sqlite::SqliteOptions;
use plenary_relay::storage::{SqliteStorage, Storage};

use super::client::{Peer, has, until};
use super::start::{Served, quick_open};

const DOCUMENT: DocumentId = DocumentId::from_bytes([7; 16]);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_relay_has_all_that_it_acknowledged() {
    let directory = tempfile::tempdir().expect("a directory");
    for round in 0..3 {
        let storage = SqliteStorage::open(directory.path()).expect("opens");
        let served = Served::start_over(quick_open(), Arc::new(storage)).await;
        let mut anna = Peer::join(&format!("anna {round}"), served.address, "", DOCUMENT).await;
        if round > 0 {
            anna.sync_until(has(&format!("key {}", round - 1))).await;
        }
        anna.write(&format!("key {round}"), "x");
        anna.sync_until_saved().await;
        drop(anna);
        served.stopped().await.expect("ends in order");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_session_is_compacted_without_a_gap() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = Arc::new(SqliteStorage::open(directory.path()).expect("opens"));
    let mut config = quick_open();
    config.bounds.compaction.changes = 16;
    let served = Served::start_over(config, Arc::clone(&storage) as Arc<dyn Storage>).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    for number in 0..100 {
        anna.write(&format!("key {number}"), "x");
        anna.sync_until_saved().await;
    }
    until("a compaction", || {
        served.relay.metrics().compactions.get() > 0
    })
    .await;
    drop(anna);
    until("the room to be let go", || {
        served.relay.registry().is_empty()
    })
    .await;
    let stored = storage.document(DOCUMENT).await.expect("stored");
    assert!(stored.changes.len() < 50, "{}", stored.changes.len());
    let loaded = plenary_relay::storage::compaction::load(&stored).expect("loads");
    assert_eq!(loaded.length(ROOT), 100);
    let mut ben = Peer::join("ben", served.address, "", DOCUMENT).await;
    ben.sync_until(has("key 99")).await;
    assert_eq!(ben.document.length(ROOT), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_to_writers_and_readers_go_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqliteOptions {
        max_bytes: Some(512 << 10),
    };
    let storage = SqliteStorage::open_with(directory.path(), &options).expect("opens");
    let served = Served::start_over(quick_open(), Arc::new(storage)).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    anna.write("first", "x");
    anna.sync_until_saved().await;
    let noise: String = (0..400_000_u32)
        .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 26))
        .collect();
    anna.write("too much", &noise);
    anna.write("more", &noise.chars().rev().collect::<String>());
    anna.write("and more", &noise.replace('a', "xyz"));
    anna.speak().await;
    // The first message may hold no changes yet; go on until the relay gives up.
    let (code, words) = loop {
        match anna.hear().await {
            super::client::Seen::Message(plenary_protocol::wire::WireMessage::Error {
                message,
                ..
            }) => {
                let (code, _) = anna.closed().await;
                break (code, message);
            }
            super::client::Seen::Message(_) => anna.speak().await,
            super::client::Seen::Closed(frame) => panic!("closed without a word: {frame:?}"),
        }
    };
    assert_eq!(code, Some(4500), "{words}");
    assert!(words.contains("disk is full"), "{words}");
    let mut ben = Peer::join("ben", served.address, "", DOCUMENT).await;
    ben.sync_until(has("first")).await;
}
