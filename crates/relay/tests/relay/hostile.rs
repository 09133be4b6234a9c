//! Peers that mean harm. A normal peer works throughout.

use std::time::Duration;

use automerge::transaction::Transactable;
use automerge::{ActorId, ObjType, ROOT};
use plenary_draft::{DocumentId, new_document};
use plenary_protocol::sync::{SyncMessage, Version};
use plenary_protocol::wire::{PeerMetadata, WireMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::client::{PATIENCE, Peer, Seen, has};
use super::start::{Made, Served, quick, quick_open};

const DOCUMENT: DocumentId = DocumentId::from_bytes([7; 16]);

/// Writes and reads as a normal peer, over whatever else goes on.
async fn works(served: &Served, key: &str) {
    works_on(served, key, DOCUMENT).await;
}

async fn works_on(served: &Served, key: &str, document: DocumentId) {
    let mut anna = Peer::join(&format!("anna {key}"), served.address, "", document).await;
    anna.write(key, "still here");
    anna.sync_until_saved().await;
    let mut ben = Peer::join(&format!("ben {key}"), served.address, "", document).await;
    ben.sync_until(has(key)).await;
}

#[tokio::test]
async fn frames_that_are_not_the_protocol_are_told_why_and_closed() {
    let served = Served::start(quick_open()).await;
    let frames = [
        ("text", Message::text("hello"), 4415),
        ("long text", Message::text("x".repeat(1 << 20)), 4413),
        ("garbage", Message::binary(vec![0xFF; 100]), 4400),
        ("nothing", Message::binary(Vec::new()), 4400),
        ("deep", Message::binary(vec![0x81; 60_000]), 4400),
        ("huge", Message::binary(vec![0; 1 << 20]), 4413),
    ];
    for (what, frame, code) in frames {
        let mut eve = Peer::dial("eve", served.address, "", DOCUMENT).await;
        eve.send_raw(frame).await;
        let (closed, words) = eve.closed().await;
        assert_eq!(closed, Some(code), "{what}");
        assert!(words.is_some(), "{what}");
    }
    works(&served, "after frames").await;
}

#[tokio::test]
async fn garbage_after_the_join_is_closed_as_well() {
    let served = Served::start(quick_open()).await;
    let frames = [
        Message::text("hello"),
        Message::binary(vec![0xBF; 1000]),
        Message::binary(vec![0; 17 << 20]),
    ];
    for frame in frames {
        let mut eve = Peer::join("eve", served.address, "", DOCUMENT).await;
        // The relay stops reading before all of a huge frame has come.
        let sent = futures_util::SinkExt::send(&mut eve.socket, frame).await;
        if sent.is_ok() {
            let (code, _) = eve.closed().await;
            assert!(matches!(code, Some(4400..=4415)), "{code:?}");
        }
    }
    let mut liar = Peer::join("liar", served.address, "", DOCUMENT).await;
    let message = WireMessage::Sync {
        sender: "somebody else".into(),
        target: liar.relay.clone().expect("joined"),
        document: DOCUMENT,
        data: vec![1, 2, 3].into(),
    };
    liar.send(&message).await;
    assert_eq!(liar.closed().await.0, Some(4400));
    works(&served, "after garbage").await;
}

#[tokio::test]
async fn a_declared_64_mib_frame_is_refused_at_its_head() {
    let served = Served::start(quick_open()).await;
    let mut eve = Peer::join("eve", served.address, "", DOCUMENT).await;
    let mut head = vec![0x82, 0xFF];
    head.extend((64_u64 << 20).to_be_bytes());
    head.extend([0; 4]);
    let tokio_tungstenite::MaybeTlsStream::Plain(stream) = eve.socket.get_mut() else {
        panic!("the test dials without TLS");
    };
    stream.write_all(&head).await.expect("written");
    assert_eq!(eve.closed().await.0, Some(4413));
}

#[tokio::test]
async fn who_never_joins_is_sent_away() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut mute = Peer::dial("mute", served.address, &query, made.id).await;
    assert_eq!(mute.closed().await.0, Some(4408));
}

/// A sign of life is no `join`, however many of them come.
#[tokio::test]
async fn who_only_pongs_is_sent_away_as_well() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut eve = Peer::dial("eve", served.address, &query, made.id).await;
    let tokio_tungstenite::MaybeTlsStream::Plain(stream) = eve.socket.get_mut() else {
        panic!("the test dials without TLS");
    };
    let pongs = [0x8A, 0x80, 0, 0, 0, 0].repeat(10_000);
    let flood = async { while stream.write_all(&pongs).await.is_ok() {} };
    let ended = tokio::time::timeout(PATIENCE, flood).await;
    assert!(ended.is_ok(), "she is still listened to");
}

#[tokio::test]
async fn connections_that_say_nothing_are_dropped() {
    let served = Served::start(quick_open()).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(served.address).await.expect("accepted"));
    }
    works(&served, "among the silent").await;
    for stream in &mut silent {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest));
        assert!(read.await.is_ok(), "a silent connection was kept");
    }
}

#[tokio::test]
async fn thousands_of_unknown_documents_end_at_the_limit() {
    let mut config = quick_open();
    config.limits.documents_per_connection = 500;
    let served = Served::start(config).await;
    let mut eve = Peer::join("eve", served.address, "", DOCUMENT).await;
    let ask = |number: u32| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        DocumentId::from_bytes(id)
    };
    let empty = new_document(ActorId::from([1; 16]));
    let mut state = automerge::sync::State::new();
    let data = automerge::sync::SyncDoc::generate_sync_message(&empty, &mut state)
        .expect("a first message")
        .encode();
    for number in 0..500 {
        let request = WireMessage::Request {
            sender: eve.name.clone(),
            target: eve.relay.clone().expect("joined"),
            document: ask(number),
            data: data.clone().into(),
        };
        eve.send(&request).await;
        loop {
            match eve.next().await {
                Seen::Message(WireMessage::DocUnavailable { document, .. })
                    if document == ask(number) =>
                {
                    break;
                }
                Seen::Message(_) => {}
                Seen::Closed(frame) => panic!("{frame:?} at {number}"),
            }
        }
    }
    let one_more = WireMessage::Request {
        sender: eve.name.clone(),
        target: eve.relay.clone().expect("joined"),
        document: ask(500),
        data: data.into(),
    };
    eve.send(&one_more).await;
    assert_eq!(eve.closed().await.0, Some(4413));
    drop(eve);
    super::client::until("the rooms to be let go", || {
        served.relay.registry().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_never_reads_holds_nobody_up_and_is_dropped() {
    let mut config = quick_open();
    config.bounds.ping_interval = Duration::from_millis(100);
    let served = Served::start(config).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    let mut stuck = Peer::join("stuck", served.address, "", DOCUMENT).await;
    anna.write("first", "x");
    anna.sync_until_saved().await;
    stuck.sync_until(has("first")).await;
    let closed = || served.relay.metrics().connections_closed.get();
    let mut round = 0;
    while closed() == 0 {
        round += 1;
        assert!(round < 5_000, "the stuck reader was never dropped");
        anna.write("first", &format!("{round}").repeat(20_000));
        anna.sync_until_saved().await;
    }
    drop(stuck);
}

#[tokio::test]
async fn a_flood_of_connects_is_cut_off_and_ends() {
    let mut config = quick_open();
    config.bounds.connections = 50;
    let served = Served::start(config).await;
    let mut peers = Vec::new();
    for number in 0..50 {
        let name = format!("peer {number}");
        peers.push(Peer::join(&name, served.address, "", DOCUMENT).await);
    }
    let mut late = Peer::dial("late", served.address, "", DOCUMENT).await;
    late.say_join(PeerMetadata::default()).await;
    assert_eq!(late.closed().await.0, Some(4429));
    peers.truncate(40);
    super::client::until("places to be free again", || {
        served.relay.metrics().connections.get() <= 45
    })
    .await;
    works(&served, "after the flood").await;
}

#[tokio::test]
async fn five_thousand_connects_leave_a_normal_client_in_peace() {
    let served = Served::start(quick_open()).await;
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    let half = b"GET /sync HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n";
    for wave in 0..50 {
        let mut sockets = Vec::new();
        for number in 0..100 {
            let mut socket = TcpStream::connect(served.address).await.expect("accepted");
            if number % 2 == 0 {
                // Some say half of what an upgrade takes. Some are cut off while they say it.
                let _ = socket.write_all(half).await;
            }
            sockets.push(socket);
        }
        anna.write("wave", &wave.to_string());
        anna.sync_until_saved().await;
    }
    works(&served, "after five thousand").await;
}

/// Damages one byte of a change and makes the checksum right again.
fn damaged(change: &[u8], at: usize, value: u8) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut bytes = change.to_vec();
    bytes[at] = value;
    let hash = Sha256::digest(&bytes[8..]);
    bytes[4..8].copy_from_slice(&hash[..4]);
    bytes
}

#[tokio::test]
async fn a_change_that_breaks_automerge_costs_the_room_once_and_nobody_a_word() {
    let served = Served::start(quick_open()).await;
    let mut author = new_document(ActorId::from(b"eve"));
    let mut transaction = author.transaction();
    let text = transaction
        .put_object(ROOT, "k", ObjType::Text)
        .expect("a map takes a text");
    transaction
        .splice_text(&text, 0, 0, "words")
        .expect("the start is a place");
    transaction
        .splice_text(&text, 1, 2, "")
        .expect("within the text");
    transaction.commit();
    let change = author.get_last_local_change().expect("a change");
    let change = change.raw_bytes();
    let failed = || served.relay.metrics().rooms_failed.get();
    let mut tried =
        (10..change.len()).flat_map(|at| [0x7f, 0x01, 0xff, 0x80, 0].map(|value| (at, value)));
    let mut number = 0_u128;
    let document = loop {
        let (at, value) = tried.next().expect("one of them breaks Automerge");
        // A document of its own for each, so that no try spoils the next.
        number += 1;
        let document = DocumentId::from_bytes(number.to_be_bytes());
        let data: bytes::Bytes = SyncMessage {
            version: Version::V1,
            heads: Vec::new(),
            need: Vec::new(),
            have: Vec::new(),
            changes: vec![damaged(change, at, value).into()],
            flags: None,
        }
        .encode()
        .into();
        for attempt in 0..2 {
            let mut eve = Peer::join(
                &format!("eve {number} {attempt}"),
                served.address,
                "",
                document,
            )
            .await;
            let (sender, target) = (eve.name.clone(), eve.relay.clone().expect("joined"));
            let message = WireMessage::Sync {
                sender,
                target,
                document,
                data: data.clone(),
            };
            eve.send(&message).await;
            // Whatever becomes of it: the next one is tried when this one was judged.
            let _ = eve.next().await;
        }
        if failed() > 0 {
            break document;
        }
    };
    works_on(&served, "after the fault", document).await;
    assert_eq!(failed(), 1, "a careful room finds the bad change by itself");
}

/// A relay with a limit that a test can wait for.
async fn impatient(markdown: &str) -> (Served, Made) {
    let mut config = quick();
    config.bounds.transfer_timeout = Duration::from_millis(500);
    config.bounds.http_connections = 1;
    let served = Served::start(config).await;
    let made = served.draft(markdown).await;
    (served, made)
}

#[tokio::test]
async fn a_body_that_never_ends_holds_no_connection() {
    let (served, _) = impatient("text").await;
    for (path, kind) in [
        ("/api/v1/session", "application/json"),
        ("/api/v1/drafts", "application/json"),
        ("/api/v1/drafts/import", "application/vnd.plenary.bundle"),
        ("/read/x", "application/x-www-form-urlencoded"),
    ] {
        let mut stream = TcpStream::connect(served.address).await.expect("accepted");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: 99\r\n\r\n{{",
            served.address
        );
        stream.write_all(head.as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
        assert!(read.await.is_ok(), "{path}: the connection was kept");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_dropped() {
    let (served, made) = impatient(&"words and more words\n\n".repeat(100_000)).await;
    let mut stalled = TcpStream::connect(served.address).await.expect("accepted");
    let head = format!(
        "GET /api/v1/drafts/{}/markdown HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        made.id,
        served.address,
        made.secret("viewer")
    );
    // One after the other, which is more than the system keeps for a socket.
    let requests = head.repeat(16);
    stalled
        .write_all(requests.as_bytes())
        .await
        .expect("written");
    // There is room for one connection, so others are answered when it has gone.
    let begun = std::time::Instant::now();
    loop {
        let mut other = TcpStream::connect(served.address).await.expect("accepted");
        let mut answer = Vec::new();
        let ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let asked = other.write_all(ask).await;
        let heard = other.read_to_end(&mut answer).await;
        if asked.is_ok() && heard.is_ok() && answer.starts_with(b"HTTP/1.1 200") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the answer is still kept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let was_kept_a_while = begun.elapsed() >= Duration::from_millis(400);
    assert!(was_kept_a_while, "it was never in the way");
}
