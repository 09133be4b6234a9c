//! Peers that follow documents through a relay.

use std::sync::Arc;

use automerge::{ROOT, ReadDoc};
use plenary_draft::DocumentId;
use plenary_protocol::wire::{
    InstanceId, ParticipantSecret, PeerMetadata, PlenaryPeer, WireMessage,
};
use plenary_relay::storage::Storage;
use plenary_relay::storage::memory::MemoryStorage;

use super::client::{Peer, Seen, has, until};
use super::start::{Made, Served, quick, quick_open};

const DOCUMENT: DocumentId = DocumentId::from_bytes([7; 16]);
/// Changes of 100 KB that a slow reader misses: more than its socket's buffers hold.
const ROUNDS: i64 = 200;

fn query(made: &Made, role: &str) -> String {
    format!("?access={}&draft={}", made.secret(role), made.id)
}

/// The id of the draft's text.
async fn text_of(served: &Served, made: &Made) -> DocumentId {
    let stored = served.relay.storage().draft_of(made.id).await;
    let stored = stored.expect("readable").expect("stored");
    let kind = plenary_relay::storage::DocumentKind::Text;
    let found = stored.documents.iter().find(|(_, other)| *other == kind);
    found.expect("a draft has a text").0
}

#[tokio::test]
async fn two_stock_peers_converge_over_an_open_relay() {
    let served = Served::start(quick_open()).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    let mut ben = Peer::join("ben", served.address, "", DOCUMENT).await;
    anna.write("a", "from anna");
    ben.write("b", "from ben");
    let both = |d: &automerge::Automerge| has("a")(d) && has("b")(d);
    tokio::join!(anna.sync_until(both), ben.sync_until(both));
    assert_eq!(anna.document.get_heads(), ben.document.get_heads());
    drop((anna, ben));
    until("the room to be let go", || {
        served.relay.registry().is_empty()
    })
    .await;
    let mut clara = Peer::join("clara", served.address, "", DOCUMENT).await;
    clara.sync_until(both).await;
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn an_editor_writes_and_another_one_reads_it() {
    let served = Served::start(quick()).await;
    let made = served.draft("# One\n\ntext\n").await;
    let text = text_of(&served, &made).await;
    let mut anna = Peer::join("anna", served.address, &query(&made, "editor"), text).await;
    let mut ben = Peer::join("ben", served.address, &query(&made, "facilitator"), text).await;
    anna.sync_until(has("title")).await;
    ben.sync_until(has("title")).await;
    anna.write("extra", "news");
    anna.sync_until_saved().await;
    ben.sync_until(has("extra")).await;
    let records = served.relay.storage().change_records(text).await;
    let records = records.expect("readable");
    assert_ne!(records[1].participant, records[0].participant);
    assert_ne!(records[1].participant.as_str(), "anna");
}

#[tokio::test]
async fn the_secret_alone_finds_the_draft() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let text = text_of(&served, &made).await;
    let alone = format!("?access={}", made.secret("editor"));
    let mut anna = Peer::join("anna", served.address, &alone, text).await;
    anna.sync_until(has("title")).await;
}

#[tokio::test]
async fn what_a_reviewer_writes_into_the_text_is_kept_but_reaches_nobody() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let text = text_of(&served, &made).await;
    let mut rita = Peer::join("rita", served.address, &query(&made, "reviewer"), text).await;
    let mut anna = Peer::join("anna", served.address, &query(&made, "editor"), text).await;
    rita.sync_until(has("title")).await;
    anna.sync_until(has("title")).await;
    rita.write("forbidden", "not for a reviewer");
    rita.speak().await;
    loop {
        let kept = served.relay.storage().quarantined(made.id, None).await;
        if !kept.expect("readable").is_empty() {
            break;
        }
        let heard = tokio::time::timeout(std::time::Duration::from_millis(20), rita.next_or_wait());
        if heard.await.is_ok() {
            rita.speak().await;
        }
    }
    anna.write("allowed", "for all");
    anna.sync_until_saved().await;
    assert!(!has("forbidden")(&anna.document));
    let stored = served.relay.storage().document(text).await.expect("stored");
    assert_eq!(stored.changes.len(), 1);
}

#[tokio::test]
async fn a_viewer_is_told_that_there_is_no_such_document() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let text = text_of(&served, &made).await;
    let mut vera = Peer::join("vera", served.address, &query(&made, "viewer"), text).await;
    vera.speak().await;
    loop {
        match vera.next().await {
            Seen::Message(WireMessage::DocUnavailable { document, .. }) => {
                assert_eq!(document, text);
                break;
            }
            Seen::Message(WireMessage::Sync { .. }) => panic!("a viewer syncs nothing"),
            Seen::Message(_) => {}
            Seen::Closed(frame) => panic!("{frame:?}"),
        }
    }
}

#[tokio::test]
async fn who_has_no_link_is_told_so_and_closed() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let other = served.draft("other").await;
    let foreign = format!("?access={}&draft={}", other.secret("editor"), made.id);
    let unknown = format!("?access={}&draft={DOCUMENT}", made.secret("editor"));
    for (query, code) in [
        ("", 4401),
        ("?access=nonsense", 4401),
        (foreign.as_str(), 4401),
        (unknown.as_str(), 4404),
    ] {
        let mut peer = Peer::dial("eve", served.address, query, made.id).await;
        let (closed, words) = peer.closed().await;
        assert_eq!(closed, Some(code), "{query}");
        let words = words.expect("an error message");
        assert!(!words.contains("nonsense"), "{words}");
    }
}

/// One run of one of our clients.
fn one_run() -> PeerMetadata {
    PeerMetadata {
        plenary: Some(PlenaryPeer {
            version: 1,
            participant: Some(ParticipantSecret::new("held durably")),
            instance: Some(InstanceId::new("one run")),
        }),
        ..PeerMetadata::default()
    }
}

#[tokio::test]
async fn the_same_instance_replaces_its_older_connection_at_once() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let query = query(&made, "editor");
    let mut older = Peer::dial("anna", served.address, &query, made.id).await;
    older.say_join(one_run()).await;
    older.next().await;
    let mut newer = Peer::dial("anna again", served.address, &query, made.id).await;
    newer.say_join(one_run()).await;
    assert_eq!(older.closed().await.0, Some(4409));
    assert!(matches!(
        newer.next().await,
        Seen::Message(WireMessage::Peer { .. })
    ));
}

/// With what Anna's client says of itself, but with a link that opens something else.
#[tokio::test]
async fn who_is_not_let_in_replaces_nobody_and_is_told_of_nobody() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let other = served.draft("other").await;
    let mut anna = Peer::dial("anna", served.address, &query(&made, "editor"), made.id).await;
    anna.say_join(one_run()).await;
    anna.hear_peer().await;
    let foreign = format!("?access={}&draft={}", other.secret("editor"), made.id);
    let mut eve = Peer::dial("anna", served.address, &foreign, made.id).await;
    eve.say_join(one_run()).await;
    assert!(matches!(
        eve.next().await,
        Seen::Message(WireMessage::Error { .. })
    ));
    assert_eq!(eve.closed().await.0, Some(4401));
    anna.sync_until(has("plenary")).await;
}

#[tokio::test]
async fn nothing_is_told_before_it_is_durable() {
    let storage = MemoryStorage::new();
    let served = Served::start_over(quick_open(), Arc::new(storage.clone())).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    let mut ben = Peer::join("ben", served.address, "", DOCUMENT).await;
    anna.write("first", "stored");
    anna.sync_until_saved().await;
    ben.sync_until(has("first")).await;
    storage.hold_syncs();
    anna.write("second", "not stored yet");
    anna.speak().await;
    let stored = async {
        while storage.document(DOCUMENT).await.map(|d| d.changes.len()) != Ok(2) {
            tokio::task::yield_now().await;
        }
    };
    stored.await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), ben.next_or_wait());
    assert!(early.await.is_err(), "ben heard of it too early");
    let after = storage.power_loss();
    storage.sync();
    assert_eq!(ben.closed().await.0, Some(4500));
    let served = Served::start_over(quick_open(), Arc::new(after)).await;
    let mut ben = Peer::join("ben", served.address, "", DOCUMENT).await;
    ben.sync_until(has("first")).await;
    let mut again = Peer::join("anna", served.address, "", DOCUMENT).await;
    again.document = anna.document.clone();
    again.sync_until_saved().await;
    ben.sync_until(has("second")).await;
}

#[tokio::test]
async fn a_commit_that_fails_closes_the_room_and_loses_nothing_acknowledged() {
    let storage = MemoryStorage::new();
    let served = Served::start_over(quick_open(), Arc::new(storage.clone())).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    anna.write("first", "stored");
    anna.sync_until_saved().await;
    storage.refuse_writes(Some(plenary_relay::storage::StorageError::DiskFull {
        place: "/srv".into(),
    }));
    anna.write("second", "refused");
    anna.speak().await;
    let (code, words) = anna.closed().await;
    assert_eq!(code, Some(4500));
    assert!(words.expect("words").contains("disk is full"));
    storage.refuse_writes(None);
    let mut again = Peer::join("anna", served.address, "", DOCUMENT).await;
    again.document = anna.document.clone();
    again.sync_until_saved().await;
    let stored = storage.document(DOCUMENT).await.expect("stored");
    assert_eq!(stored.changes.len(), 2);
}

#[tokio::test]
async fn a_slow_reader_gets_all_of_it_in_few_messages() {
    let mut config = quick_open();
    config.bounds.ping_interval = std::time::Duration::from_secs(60);
    let served = Served::start(config).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    let mut slow = Peer::join("slow", served.address, "", DOCUMENT).await;
    anna.write("first", "x");
    anna.sync_until_saved().await;
    slow.sync_until(has("first")).await;
    let before = served.relay.metrics().messages_sent.get();
    let started = std::time::Instant::now();
    // Far more than a socket's buffers hold, while nobody reads at the other end.
    for _ in 0..ROUNDS {
        anna.write_noise("noise", 100_000);
        anna.sync_until_saved().await;
    }
    let hand_outs = served.relay.metrics().hand_outs.get();
    let elapsed_ms = i64::try_from(started.elapsed().as_millis()).expect("short");
    assert!(
        hand_outs < 4 * ROUNDS + elapsed_ms / 5,
        "{hand_outs} in {elapsed_ms} ms: a full outbox kept the room awake"
    );
    let heads = anna.document.get_heads();
    slow.sync_until(|document| document.get_heads() == heads)
        .await;
    let sent = served.relay.metrics().messages_sent.get() - before;
    assert!(
        sent < 2 * ROUNDS - 20,
        "{sent} messages: the slow reader was sent each change by itself"
    );
    assert!(slow.document.get(ROOT, "first").is_ok());
}

#[tokio::test]
async fn presence_reaches_others_under_its_own_name() {
    let served = Served::start(quick_open()).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    let mut ben = Peer::join("ben", served.address, "", DOCUMENT).await;
    anna.write("first", "x");
    anna.sync_until_saved().await;
    ben.sync_until(has("first")).await;
    let presence = WireMessage::Ephemeral {
        sender: anna.name.clone(),
        target: anna.relay.clone().expect("joined"),
        document: DOCUMENT,
        session: plenary_protocol::wire::SessionId::new("run"),
        count: 1,
        data: vec![0xA0].into(),
    };
    anna.send(&presence).await;
    loop {
        match ben.hear().await {
            Seen::Message(WireMessage::Ephemeral { sender, data, .. }) => {
                assert_eq!((sender.as_str(), &data[..]), ("anna", &[0xA0][..]));
                break;
            }
            Seen::Message(_) => ben.speak().await,
            Seen::Closed(frame) => panic!("{frame:?}"),
        }
    }
}

#[tokio::test]
async fn a_bundle_becomes_the_same_draft_on_another_relay() {
    let (here, there) = (Served::start(quick()).await, Served::start(quick()).await);
    let made = here.draft("# Title\n\nwritten here\n").await;
    let path = format!("/api/v1/drafts/{}", made.id);
    let secret = made.secret("editor");
    let answer = super::start::get(&here.relay, &format!("{path}/bundle"), Some(&secret)).await;
    let bundle = super::start::body(answer).await;
    let import = || {
        super::start::request(axum::http::Method::POST, "/api/v1/drafts/import")
            .body(axum::body::Body::from(bundle.clone()))
            .expect("a request")
    };
    let answer = super::start::send(&there.relay, import()).await;
    assert_eq!(answer.status(), axum::http::StatusCode::CREATED);
    let imported = Made {
        id: made.id,
        answer: super::start::json(answer).await,
    };
    assert_eq!(imported.answer["document_id"], made.answer["document_id"]);
    assert_ne!(imported.secret("editor"), secret);
    let text = text_of(&there, &imported).await;
    let query = query(&imported, "editor");
    let mut anna = Peer::join("anna", there.address, &query, text).await;
    anna.sync_until(has("title")).await;
    let again = super::start::send(&there.relay, import()).await;
    assert_eq!(again.status(), axum::http::StatusCode::UNPROCESSABLE_ENTITY);
}
