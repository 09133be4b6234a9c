//! What hostile peers can make the relay hold in memory. Linux tells how much a process holds;
//! elsewhere these tests check the refusals and say that they left out the figure.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use plenary_draft::DocumentId;
use plenary_protocol::sync::{SyncMessage, Version};
use plenary_protocol::wire::WireMessage;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::MaybeTlsStream;

use super::client::Peer;
use super::start::{Served, quick_open};

const DOCUMENT: DocumentId = DocumentId::from_bytes([8; 16]);
const MIB: u64 = 1 << 20;

/// The memory that this process holds, in bytes. The relay and its attackers live in it together,
/// so every bound here leaves room for what the attackers themselves hold.
fn held() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[track_caller]
fn grew_by_at_most(before: Option<u64>, mib: u64) {
    match (before, held()) {
        (Some(before), Some(now)) => {
            let grown = now.saturating_sub(before) / MIB;
            assert!(grown <= mib, "{grown} MiB more are held, at most {mib} may");
        }
        _ => println!("left out: this system does not tell how much memory is held"),
    }
}

/// Writes and reads as a normal peer.
async fn works(served: &Served) {
    let mut anna = Peer::join("anna", served.address, "", DOCUMENT).await;
    anna.write("key", "still here");
    anna.sync_until_saved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_never_end_are_held_within_one_budget() {
    let served = Served::start(quick_open()).await;
    works(&served).await;
    let before = held();
    // Each declares as much as is allowed, sends nearly all of it, and stops.
    let declared = 16 * MIB - 1024;
    let piece = vec![0_u8; MIB as usize];
    let mut attackers = Vec::new();
    for number in 0..40 {
        let name = format!("eve {number}");
        let mut eve = Peer::join(&name, served.address, "", DOCUMENT).await;
        let MaybeTlsStream::Plain(stream) = eve.socket.get_mut() else {
            panic!("the test dials without TLS");
        };
        let mut head = vec![0x82, 0xFF];
        head.extend(declared.to_be_bytes());
        head.extend([0; 4]);
        stream.write_all(&head).await.expect("a head is taken");
        for _ in 0..15 {
            // Whom the relay has no budget for is read no further, and blocks here.
            let wrote = stream.write_all(&piece);
            let patience = std::time::Duration::from_millis(50);
            if !matches!(tokio::time::timeout(patience, wrote).await, Ok(Ok(()))) {
                break;
            }
        }
        attackers.push(eve);
    }
    // 600 MiB were on offer, 64 MiB is the budget; the sockets' own buffers are the kernel's.
    grew_by_at_most(before, 160);
    works(&served).await;
}

/// A change in its compressed form that inflates to `bytes` zeros.
fn bomb(bytes: u64) -> Vec<u8> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0_u8; MIB as usize];
    for _ in 0..bytes / MIB {
        deflate.write_all(&zeros).expect("memory can be written");
    }
    let body = deflate.finish().expect("memory can be written");
    let mut length = Vec::new();
    let mut rest = body.len();
    while rest >= 0x80 {
        length.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    length.push(rest as u8);
    let digest = Sha256::digest(&body);
    let mut chunk = vec![0x85, 0x6F, 0x4A, 0x83];
    chunk.extend(&digest[..4]);
    // 2 marks a compressed change.
    chunk.push(2);
    chunk.extend(length);
    chunk.extend(body);
    chunk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deflate_bombs_are_not_inflated() {
    let served = Served::start(quick_open()).await;
    works(&served).await;
    let data: Bytes = SyncMessage {
        version: Version::V1,
        heads: Vec::new(),
        need: Vec::new(),
        have: Vec::new(),
        changes: vec![bomb(1024 * MIB).into()],
        flags: None,
    }
    .encode()
    .into();
    let before = held();
    for number in 0..20 {
        let name = format!("eve {number}");
        let mut eve = Peer::join(&name, served.address, "", DOCUMENT).await;
        let message = WireMessage::Sync {
            sender: eve.name.clone(),
            target: eve.relay.clone().expect("joined"),
            document: DOCUMENT,
            data: data.clone(),
        };
        eve.send(&message).await;
        let (code, _) = eve.closed().await;
        assert!(matches!(code, Some(4400 | 4413)), "{code:?}");
        grew_by_at_most(before, 100);
    }
    works(&served).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_for_a_reader_that_never_reads_is_dropped() {
    let served = Served::start(quick_open()).await;
    works(&served).await;
    let mut stuck = Peer::join("stuck", served.address, "", DOCUMENT).await;
    stuck.write("key", "I follow the document, and then read nothing more");
    stuck.sync_until_saved().await;
    let mut eve = Peer::join("eve", served.address, "", DOCUMENT).await;
    eve.write("other", "so does she");
    eve.sync_until_saved().await;
    let before = held();
    let data: Bytes = vec![0x40; 60_000].into();
    for count in 0..4_000 {
        let message = WireMessage::Ephemeral {
            sender: eve.name.clone(),
            target: eve.relay.clone().expect("joined"),
            document: DOCUMENT,
            session: "session".into(),
            count,
            data: data.clone(),
        };
        eve.send(&message).await;
    }
    // 240 MB of presence were sent.
    grew_by_at_most(before, 100);
    works(&served).await;
    drop(stuck);
}
