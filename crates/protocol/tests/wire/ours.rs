//! Our own frames, kept in testdata/ours: their bytes are stable, and tests/interop/frames.test.mjs
//! reads them with automerge-repo's decoder. `PLENARY_BLESS=1` writes them anew.

use std::fs;

use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::limits::Limits;
use plenary_protocol::receipt::Receipt;
use plenary_protocol::wire::{
    self, Notice, PeerMetadata, PlenaryPeer, RemoteHeads, SyncFrames, WireMessage,
};
use serde_json::{Value, json};

use crate::json::to_json;
use crate::testdata;

/// A message with the name of its file.
type Sample = (&'static str, WireMessage);

const RELAY: &str = "plenary-relay";
const ANNA: &str = "anna";
const DOCUMENT: DocumentId = DocumentId::from_bytes([7; 16]);
const DATA: Bytes = Bytes::from_static(&[0x42, 0, 0, 0, 0]);

const fn hash(byte: u8) -> ChangeHash {
    ChangeHash([byte; 32])
}

/// One message of every type, with every optional field once present and once absent.
pub fn samples() -> Vec<Sample> {
    let mut samples = session_samples();
    samples.extend(document_samples());
    samples.extend(head_samples());
    samples.extend(notice_samples());
    samples
}

fn session_samples() -> Vec<Sample> {
    let ours = |participant: Option<&str>, instance: Option<&str>| PlenaryPeer {
        version: 1,
        participant: participant.map(Into::into),
        instance: instance.map(Into::into),
    };
    let relay = PeerMetadata {
        storage_id: Some("the relay's disk".into()),
        is_ephemeral: true,
        plenary: Some(ours(None, None)),
    };
    let client = PeerMetadata {
        storage_id: None,
        is_ephemeral: false,
        plenary: Some(ours(Some("a secret"), Some("third tab"))),
    };
    let join = WireMessage::Join {
        sender: ANNA.into(),
        metadata: client,
        versions: Some(vec!["1".to_owned()]),
    };
    let plain_join = WireMessage::Join {
        sender: ANNA.into(),
        metadata: PeerMetadata::default(),
        versions: None,
    };
    let peer = WireMessage::Peer {
        sender: RELAY.into(),
        target: ANNA.into(),
        metadata: relay,
        version: "1".to_owned(),
    };
    let error = WireMessage::Error {
        sender: Some(RELAY.into()),
        target: None,
        message: "No valid link: ask for a new one – ünïcödé.".to_owned(),
    };
    let leave = WireMessage::Leave {
        sender: ANNA.into(),
    };
    vec![
        ("join", join),
        ("join-plain", plain_join),
        ("peer", peer),
        ("error", error),
        ("leave", leave),
    ]
}

fn document_samples() -> Vec<Sample> {
    let sync = |data: Bytes| WireMessage::Sync {
        sender: RELAY.into(),
        target: ANNA.into(),
        document: DOCUMENT,
        data,
    };
    let request = WireMessage::Request {
        sender: RELAY.into(),
        target: ANNA.into(),
        document: DOCUMENT,
        data: DATA,
    };
    let unavailable = WireMessage::DocUnavailable {
        sender: RELAY.into(),
        target: ANNA.into(),
        document: DOCUMENT,
    };
    let ephemeral = WireMessage::Ephemeral {
        sender: "ben".into(),
        target: ANNA.into(),
        document: DOCUMENT,
        session: "s1".into(),
        count: 1 << 40,
        // A map {"cursor": 3}.
        data: Bytes::from_static(b"\xa1\x66cursor\x03"),
    };
    vec![
        ("request", request),
        ("sync", sync(DATA)),
        ("sync-of-70000-bytes", sync(vec![9; 70_000].into())),
        ("doc-unavailable", unavailable),
        ("ephemeral", ephemeral),
    ]
}

fn head_samples() -> Vec<Sample> {
    let saved = RemoteHeads {
        heads: vec![hash(0), hash(255)],
        timestamp_ms: 1_795_332_385_052,
    };
    let subscription = WireMessage::RemoteSubscriptionChange {
        sender: ANNA.into(),
        target: RELAY.into(),
        add: vec!["one".into(), "two".into()],
        remove: Vec::new(),
    };
    let heads = WireMessage::RemoteHeadsChanged {
        sender: RELAY.into(),
        target: ANNA.into(),
        document: DOCUMENT,
        heads: [("the relay's disk".into(), saved)].into(),
    };
    vec![
        ("remote-subscription-change", subscription),
        ("remote-heads-changed", heads),
    ]
}

fn notice_samples() -> Vec<Sample> {
    let document = DOCUMENT;
    let saved = Notice::Saved {
        document,
        heads: vec![hash(1)],
    };
    let quarantined = Notice::Quarantined {
        document,
        hashes: vec![hash(2), hash(3)],
        message: "reviewers do not write the text".to_owned(),
    };
    let read_only = Notice::ReadOnly {
        document,
        message: "the draft is final".to_owned(),
    };
    let words = Notice::Notice {
        document: None,
        message: "The relay restarts in a minute.".to_owned(),
    };
    let participant = Notice::Participant {
        participant: "BpngZDbtTiD7RpqNJB69Hz".to_owned(),
    };
    let shown = WireMessage::Plenary {
        sender: ANNA.into(),
        target: RELAY.into(),
        notice: Notice::Receipt {
            document,
            heads: vec![hash(4)],
            receipt: Receipt([5; Receipt::BYTES]),
        },
    };
    let notice = |notice| WireMessage::Plenary {
        sender: RELAY.into(),
        target: ANNA.into(),
        notice,
    };
    vec![
        ("plenary-saved", notice(saved)),
        ("plenary-quarantined", notice(quarantined)),
        ("plenary-read-only", notice(read_only)),
        ("plenary-notice", notice(words)),
        ("plenary-participant", notice(participant)),
        ("plenary-receipt", shown),
        ("plenary-people", notice(Notice::People)),
        ("plenary-held", notice(Notice::Held)),
    ]
}

#[test]
fn our_frames_are_as_they_were() {
    let folder = testdata().join("ours");
    let bless = std::env::var_os("PLENARY_BLESS").is_some();
    let mut index = Vec::new();
    if bless {
        fs::create_dir_all(&folder).unwrap();
    }
    for (name, message) in samples() {
        let file = folder.join(format!("{name}.cbor"));
        let frame = wire::encode(&message);
        index.push(
            json!({"name": name, "file": format!("{name}.cbor"), "expected": to_json(&message)}),
        );
        if bless {
            fs::write(&file, &frame).unwrap();
        }
        let kept = fs::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            kept == frame,
            "{name}: other bytes than in {}",
            file.display()
        );
        assert_eq!(
            wire::decode(&frame, &Limits::default()),
            Ok(message),
            "{name}"
        );
    }
    let file = folder.join("index.json");
    if bless {
        let text = serde_json::to_string_pretty(&index).unwrap();
        fs::write(&file, text + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, Value::Array(index));
}

#[test]
fn the_fast_paths_mean_the_same() {
    let document = DocumentId::from_bytes([9; 16]);
    let frames = SyncFrames::new(&"relay".into(), document);
    for (target, size) in [("a", 1), ("anna", 24), ("x", 255), ("a long name", 70_000)] {
        let data = vec![5; size];
        let receipt = Receipt([3; Receipt::BYTES]);
        let receipted = frames.frame(&target.into(), &data, Some(&receipt));
        let frame = frames.frame(&target.into(), &data, None);
        let single = wire::encode_sync(&"relay".into(), &target.into(), document, &data);
        let message = WireMessage::Sync {
            sender: "relay".into(),
            target: target.into(),
            document,
            data: data.into(),
        };
        assert_eq!(single, wire::encode(&message));
        let limits = Limits::default();
        // A receipt is one key more, which who does not know it skips.
        assert_eq!(wire::decode_bytes(&receipted, &limits), Ok(message.clone()));
        assert_eq!(wire::receipt_of(&receipted, &limits), Some(receipt));
        assert_eq!(wire::receipt_of(&frame, &limits), None);
        assert_eq!(wire::decode_bytes(&frame, &limits), Ok(message));
    }
}
