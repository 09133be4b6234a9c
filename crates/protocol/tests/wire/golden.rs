//! Frames recorded from automerge-repo's JavaScript client and server by
//! tests/interop/record-golden.mjs, each with what it means.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use plenary_protocol::limits::Limits;
use plenary_protocol::sync::{SyncMessage, Version};
use plenary_protocol::wire::{self, WireMessage};
use serde_json::{Value, json};

use crate::json::{hex, to_json, without_nulls};
use crate::testdata;

/// A recorded frame and what it means.
pub struct Golden {
    pub name: String,
    pub frame: Bytes,
    pub expected: Value,
}

/// Reads all recorded frames.
pub fn golden() -> Vec<Golden> {
    let folder = testdata().join("golden");
    let index = fs::read_to_string(folder.join("index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    assert!(!index.is_empty());
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    index
        .into_iter()
        .map(|entry| Golden {
            name: text(&entry, "name"),
            frame: fs::read(folder.join(text(&entry, "file"))).unwrap().into(),
            expected: entry["expected"].clone(),
        })
        .collect()
}

/// What we should have understood: keys that are not the protocol's are ignored, an absent
/// `isEphemeral` is false, and of an unknown type only its name remains.
fn normalised(expected: Value) -> Value {
    let mut expected = without_nulls(expected);
    for key in ["sync", "future"] {
        expected.as_object_mut().unwrap().remove(key);
    }
    if let Some(metadata) = expected.get_mut("peerMetadata") {
        let metadata = metadata.as_object_mut().unwrap();
        metadata.entry("isEphemeral").or_insert(false.into());
    }
    match expected["type"].as_str() {
        Some("from-the-future") => serde_json::json!({"type": "from-the-future"}),
        Some("plenary") if expected["kind"] == "confetti" => {
            expected.as_object_mut().unwrap().remove("colour");
            expected
        }
        _ => expected,
    }
}

#[test]
fn every_recorded_frame_is_understood() {
    for Golden {
        name,
        frame,
        expected,
    } in golden()
    {
        let message = wire::decode_bytes(&frame, &Limits::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(to_json(&message), normalised(expected), "{name}");
        let again = wire::decode(&wire::encode(&message), &Limits::default());
        assert_eq!(again.as_ref(), Ok(&message), "{name} encoded again");
    }
}

#[test]
fn every_message_type_was_recorded() {
    let types: BTreeSet<String> = golden()
        .iter()
        .map(|golden| golden.expected["type"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "doc-unavailable",
        "ephemeral",
        "error",
        "from-the-future",
        "join",
        "leave",
        "peer",
        "plenary",
        "remote-heads-changed",
        "remote-subscription-change",
        "request",
        "sync",
    ];
    assert_eq!(
        types.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
}

/// The data of a sync message must not be copied out of a large frame.
#[test]
fn data_is_a_slice_of_the_frame() {
    for Golden { name, frame, .. } in golden() {
        let message = wire::decode_bytes(&frame, &Limits::default()).unwrap();
        let (WireMessage::Sync { data, .. } | WireMessage::Request { data, .. }) = message else {
            continue;
        };
        let frame = frame.as_ptr_range();
        assert!(
            frame.contains(&data.as_ptr()),
            "{name}: {} was copied",
            hex(&data)
        );
    }
}

/// What Automerge in JavaScript reads in the sync messages, our own parser reads, too.
#[test]
fn the_automerge_messages_inside_are_understood() {
    let limits = Limits::default();
    let (mut seen_v2, mut seen_changes) = (0, 0);
    for Golden {
        name,
        frame,
        expected,
    } in golden()
    {
        let message = wire::decode_bytes(&frame, &limits).unwrap();
        let (WireMessage::Sync { data, .. } | WireMessage::Request { data, .. }) = message else {
            continue;
        };
        let sync = SyncMessage::parse(&data, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            sync_json(&sync, &expected["sync"]),
            expected["sync"],
            "{name}"
        );
        let again = SyncMessage::parse(&sync.encode().into(), &limits);
        assert_eq!(again.as_ref(), Ok(&sync), "{name} encoded again");
        seen_v2 += usize::from(sync.version == Version::V2);
        seen_changes += sync.changes.len();
    }
    assert!(
        seen_v2 > 10 && seen_changes > 10,
        "{seen_v2} {seen_changes}"
    );
}

/// A sync message in the form of the index. Of a Bloom filter only its emptiness is compared, and
/// `expected` lends the number of its bytes.
fn sync_json(sync: &SyncMessage, expected: &Value) -> Value {
    let hashes = |hashes: &[automerge::ChangeHash]| -> Vec<String> {
        hashes.iter().map(ToString::to_string).collect()
    };
    let have = sync.have.iter().enumerate().map(|(at, have)| {
        let bytes = &expected["have"][at]["bloomBytes"];
        assert_eq!(have.bloom.is_empty(), *bytes == 0);
        json!({"lastSync": hashes(&have.last_sync), "bloomBytes": bytes})
    });
    json!({
        "version": if sync.version == Version::V2 { 2 } else { 1 },
        "heads": hashes(&sync.heads),
        "need": hashes(&sync.need),
        "have": have.collect::<Vec<_>>(),
        "changes": sync.changes.len(),
        "changeBytes": sync.changes.iter().map(Bytes::len).sum::<usize>(),
    })
}
