//! Each limit holds at its edge, and is checked before anything is allocated.

use bytes::Bytes;
use minicbor::Encoder;
use plenary_draft::DocumentId;
use plenary_protocol::close::CloseCode;
use plenary_protocol::limits::Limits;
use plenary_protocol::wire::{self, DecodeError, WireMessage};

/// Encodes a map whose entries `write` writes.
fn map(entries: u64, write: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.map(entries).unwrap();
    write(&mut encoder);
    bytes
}

fn small() -> Limits {
    Limits {
        frame_bytes: 4_000,
        id_bytes: 40,
        text_bytes: 50,
        nesting_levels: 4,
        values_per_frame: 60,
        keys_per_map: 6,
        protocol_versions: 2,
        hashes_per_list: 2,
        subscriptions: 3,
        ..Limits::default()
    }
}

fn check(frame: &[u8], expected: &str) {
    match wire::decode(frame, &small()) {
        Ok(message) => assert_eq!(expected, "", "{message:?} passed"),
        Err(error) => {
            let text = error.to_string();
            assert!(
                !expected.is_empty() && text.contains(expected),
                "{text:?}, not {expected:?}"
            );
        }
    }
}

#[test]
fn declared_lengths_beyond_the_frame_are_refused() {
    let mut frame = b"\xa2\x64type\x64sync\x64data\x5b".to_vec();
    frame.extend((4_u64 << 30).to_be_bytes());
    check(&frame, "declared length");
    check(b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff", "something else");
    check(b"\xbb\x00\x00\x00\x01\x00\x00\x00\x00a", "declared length");
    check(b"\xa1\x64type\x9a\xff\xff\xff\xff", "declared length");
    check(
        b"\xa1\x7b\xff\xff\xff\xff\xff\xff\xff\xf0type",
        "declared length",
    );
}

#[test]
fn frames_are_bounded() {
    check(&[0; 4_001], "at most 4000 bytes");
    let error = wire::decode(&[0; 4_001], &small()).unwrap_err();
    assert_eq!(error.close_code(), CloseCode::TooLarge);
    let bytes = Bytes::from(vec![0; 4_001]);
    assert_eq!(wire::decode_bytes(&bytes, &small()), Err(error));
}

#[test]
fn maps_end_where_they_say() {
    check(b"\xa1\x64type\x65leave\x00", "1 bytes after the end");
    check(b"\xa2\x64type\x65leave\x64type\x65leave", "twice");
    check(b"\xa2\x64type\x65leave", "ends in the middle");
    check(b"\xbf\x64type\x65leave", "ends in the middle");
    check(b"\xa1\x64kind\x65leave", "`type` is missing");
    check(b"\x80", "something else");
    check(b"\xa1\x64type\x01", "`type` is not a text");
    check(b"\xa1\x64type\x61\xff", "`type` is not a text in UTF-8");
    check(b"\xa1\x64type\x60", "`type` is empty");
}

#[test]
fn numbers_of_keys_and_values_are_bounded() {
    let keys = |count: u64| {
        map(count + 1, |e| {
            e.str("type").unwrap().str("unknown").unwrap();
            for key in 0..count {
                e.str(&format!("key {key}")).unwrap().null().unwrap();
            }
        })
    };
    check(&keys(5), "");
    check(&keys(6), "6 keys in one map");
    let values = |count: u64| {
        map(2, |e| {
            e.str("type").unwrap().str("unknown").unwrap();
            e.str("list").unwrap().array(count).unwrap();
            for _ in 0..count {
                e.null().unwrap();
            }
        })
    };
    check(&values(56), "");
    check(&values(57), "60 CBOR values");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| {
        let mut frame = b"\xa2\x64type\x67unknown\x64deep".to_vec();
        frame.extend(std::iter::repeat_n(0x81, depth));
        frame.push(0);
        frame
    };
    check(&nested(3), "");
    check(&nested(4), "4 levels");
    check(&nested(3_000), "4 levels");
}

#[test]
fn ids_and_words_are_bounded() {
    let leave = |length: usize| {
        wire::encode(&WireMessage::Leave {
            sender: "x".repeat(length).as_str().into(),
        })
    };
    check(&leave(40), "");
    check(&leave(41), "`senderId` has more than 40 bytes");
    check(&leave(0), "`senderId` is empty");
    let error = |length: usize| {
        wire::encode(&WireMessage::Error {
            sender: None,
            target: None,
            message: "x".repeat(length),
        })
    };
    check(&error(50), "");
    check(&error(51), "`message` has more than 50 bytes");
    check(
        &wire::encode(&WireMessage::Unknown {
            kind: "x".repeat(41),
        }),
        "`type` has more",
    );
}

#[test]
fn document_ids_are_checked() {
    let unavailable = |id: &str| {
        map(4, |e| {
            e.str("type").unwrap().str("doc-unavailable").unwrap();
            e.str("senderId").unwrap().str("a").unwrap();
            e.str("targetId").unwrap().str("b").unwrap();
            e.str("documentId").unwrap().str(id).unwrap();
        })
    };
    check(
        &unavailable(&DocumentId::from_bytes([3; 16]).to_string()),
        "",
    );
    check(
        &unavailable("3cAxBtkc8r3kv47LwvdvZxEhM41k"),
        "not a document id",
    );
    check(&unavailable("0OIl"), "not a document id");
    check(&unavailable(&"2".repeat(33)), "at most 32");
    check(
        &unavailable(&bs58::encode([1; 15]).with_check().into_string()),
        "16 bytes",
    );
    check(&unavailable(""), "`documentId` is empty");
}

#[test]
fn lists_are_bounded() {
    let subscribe = |count: usize| {
        wire::encode(&WireMessage::RemoteSubscriptionChange {
            sender: "a".into(),
            target: "b".into(),
            add: vec!["s".into(); count],
            remove: Vec::new(),
        })
    };
    check(&subscribe(3), "");
    check(&subscribe(4), "3 storage ids in one list");
    let join = |count: usize| {
        wire::encode(&WireMessage::Join {
            sender: "a".into(),
            metadata: Default::default(),
            versions: Some(vec!["1".to_owned(); count]),
        })
    };
    check(&join(2), "");
    check(&join(3), "2 protocol versions");
}

#[test]
fn presence_is_counted_in_whole_numbers() {
    let ephemeral = |count: &[u8], data: usize| {
        map(7, |e| {
            for (key, value) in [
                ("type", "ephemeral"),
                ("senderId", "a"),
                ("targetId", "b"),
                ("sessionId", "s"),
            ] {
                e.str(key).unwrap().str(value).unwrap();
            }
            e.str("documentId")
                .unwrap()
                .str(&DocumentId::from_bytes([3; 16]).to_string())
                .unwrap();
            e.str("data").unwrap().bytes(&vec![1; data]).unwrap();
            e.str("count")
                .unwrap()
                .writer_mut()
                .extend_from_slice(count);
        })
    };
    let limits = Limits {
        keys_per_map: 7,
        ..small()
    };
    for (count, data, expected) in [
        (&b"\x07"[..], 10, ""),
        (b"\x07", 0, "`data` is empty"),
        (b"\xfb\x40\x45\x00\x00\x00\x00\x00\x00", 1, ""),
        (b"\xf9\x3c\x00", 1, ""),
        (b"\xfb\x40\x45\x40\x00\x00\x00\x00\x00", 1, "whole number"),
        (b"\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00", 1, "whole number"),
        (b"\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00", 1, "whole number"),
        (b"\x1b\x00\x20\x00\x00\x00\x00\x00\x00", 1, ""),
        (b"\x1b\x00\x20\x00\x00\x00\x00\x00\x01", 1, "whole number"),
        (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 1, "whole number"),
        (b"\x20", 1, "a count"),
        (b"\x617", 1, "whole number"),
    ] {
        let found =
            wire::decode(&ephemeral(count, data), &limits).map_err(|error| error.to_string());
        match &found {
            Ok(_) => assert_eq!(expected, "", "{count:02x?} passed"),
            Err(error) => assert!(
                !expected.is_empty() && error.contains(expected),
                "{count:02x?}: {error}"
            ),
        }
    }
}

#[test]
fn remote_heads_are_checked() {
    let heads = |heads: &[&str]| {
        map(5, |e| {
            for (key, value) in [
                ("type", "remote-heads-changed"),
                ("senderId", "a"),
                ("targetId", "b"),
            ] {
                e.str(key).unwrap().str(value).unwrap();
            }
            e.str("documentId")
                .unwrap()
                .str(&DocumentId::from_bytes([3; 16]).to_string())
                .unwrap();
            e.str("newHeads")
                .unwrap()
                .map(1)
                .unwrap()
                .str("store")
                .unwrap()
                .map(2)
                .unwrap();
            e.str("timestamp").unwrap().f64(1.0).unwrap();
            e.str("heads").unwrap().array(heads.len() as u64).unwrap();
            for head in heads {
                e.str(head).unwrap();
            }
        })
    };
    let good = bs58::encode([0; 32]).with_check().into_string();
    let short = bs58::encode([0; 31]).with_check().into_string();
    let long = bs58::encode([255; 33]).with_check().into_string();
    check(&heads(&[&good, &good]), "");
    check(&heads(&[good.as_str(); 3]), "2 hashes in one list");
    check(&heads(&[&short]), "hashes of changes");
    check(&heads(&[&long]), "hashes of changes");
    check(&heads(&[&good[1..]]), "hashes of changes");
    check(&heads(&[&"2".repeat(53)]), "`heads` has more than 52 bytes");
    check(&heads(&[""]), "hashes of changes");
}

/// A typed error, not a text, tells the caller which code to close with.
#[test]
fn errors_choose_their_close_code() {
    let malformed = wire::decode(&[0x1c], &small()).unwrap_err();
    assert!(matches!(malformed, DecodeError::Malformed { .. }));
    assert_eq!(malformed.close_code(), CloseCode::ProtocolError);
    assert_eq!(malformed.reason().code.code(), 4400);
}
