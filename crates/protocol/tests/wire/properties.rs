//! Arbitrary bytes do no harm, and every message survives the way over the wire.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::limits::Limits;
use plenary_protocol::receipt::Receipt;
use plenary_protocol::wire::{
    self, InstanceId, Notice, ParticipantSecret, PeerId, PeerMetadata, PlenaryPeer, RemoteHeads,
    SessionId, StorageId, WireMessage,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::golden::golden;

fn id() -> impl Strategy<Value = String> {
    prop_oneof![".{1,20}", Just("x".repeat(256))]
}

fn data() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 1..300).prop_map(Bytes::from)
}

fn document() -> impl Strategy<Value = DocumentId> {
    any::<[u8; 16]>().prop_map(DocumentId::from_bytes)
}

fn hashes() -> impl Strategy<Value = Vec<ChangeHash>> {
    vec(any::<[u8; 32]>().prop_map(ChangeHash), 0..4)
}

fn metadata() -> impl Strategy<Value = PeerMetadata> {
    let plenary = (0..1_u64 << 53, option::of(id()), option::of(id())).prop_map(
        |(version, participant, instance)| PlenaryPeer {
            version,
            participant: participant.map(ParticipantSecret::new),
            instance: instance.map(InstanceId::new),
        },
    );
    (option::of(id()), any::<bool>(), option::of(plenary)).prop_map(
        |(storage_id, is_ephemeral, plenary)| PeerMetadata {
            storage_id: storage_id.map(StorageId::new),
            is_ephemeral,
            plenary,
        },
    )
}

fn remote_heads() -> impl Strategy<Value = BTreeMap<StorageId, RemoteHeads>> {
    let range = -(1_i64 << 53)..=(1_i64 << 53);
    let saved = (hashes(), range).prop_map(|(heads, timestamp_ms)| RemoteHeads {
        heads,
        timestamp_ms,
    });
    btree_map(id().prop_map(StorageId::new), saved, 0..4)
}

fn notice() -> impl Strategy<Value = Notice> {
    prop_oneof![
        (document(), hashes()).prop_map(|(document, heads)| Notice::Saved { document, heads }),
        (document(), hashes(), ".{0,40}").prop_map(|(document, hashes, message)| {
            Notice::Quarantined {
                document,
                hashes,
                message,
            }
        }),
        (document(), ".{0,40}")
            .prop_map(|(document, message)| Notice::ReadOnly { document, message }),
        (option::of(document()), ".{0,40}")
            .prop_map(|(document, message)| Notice::Notice { document, message }),
        id().prop_map(|participant| Notice::Participant { participant }),
        Just(Notice::People),
        Just(Notice::Held),
        (document(), hashes(), any::<[u8; Receipt::BYTES]>()).prop_map(
            |(document, heads, receipt)| Notice::Receipt {
                document,
                heads,
                receipt: Receipt(receipt),
            }
        ),
        "x-[a-z]{1,20}".prop_map(|kind| Notice::Unknown { kind }),
    ]
}

fn message() -> impl Strategy<Value = WireMessage> {
    let peer = || id().prop_map(PeerId::new);
    let pair = move || (peer(), peer());
    let stores = || vec(id().prop_map(StorageId::new), 0..4);
    prop_oneof![
        (peer(), metadata(), option::of(vec(id(), 0..4))).prop_map(
            |(sender, metadata, versions)| {
                WireMessage::Join {
                    sender,
                    metadata,
                    versions,
                }
            }
        ),
        (pair(), metadata(), id()).prop_map(|((sender, target), metadata, version)| {
            WireMessage::Peer {
                sender,
                target,
                metadata,
                version,
            }
        }),
        (pair(), document(), data()).prop_map(|((sender, target), document, data)| {
            WireMessage::Request {
                sender,
                target,
                document,
                data,
            }
        }),
        (pair(), document(), data()).prop_map(|((sender, target), document, data)| {
            WireMessage::Sync {
                sender,
                target,
                document,
                data,
            }
        }),
        (pair(), document()).prop_map(|((sender, target), document)| {
            WireMessage::DocUnavailable {
                sender,
                target,
                document,
            }
        }),
        peer().prop_map(|sender| WireMessage::Leave { sender }),
        (pair(), document(), id(), 0..1_u64 << 53, data()).prop_map(
            |((sender, target), document, session, count, data)| WireMessage::Ephemeral {
                sender,
                target,
                document,
                session: SessionId::new(session),
                count,
                data,
            }
        ),
        (pair(), stores(), stores()).prop_map(|((sender, target), add, remove)| {
            WireMessage::RemoteSubscriptionChange {
                sender,
                target,
                add,
                remove,
            }
        }),
        (pair(), document(), remote_heads()).prop_map(|((sender, target), document, heads)| {
            WireMessage::RemoteHeadsChanged {
                sender,
                target,
                document,
                heads,
            }
        }),
        (option::of(peer()), option::of(peer()), ".{0,40}").prop_map(
            |(sender, target, message)| WireMessage::Error {
                sender,
                target,
                message
            }
        ),
        (pair(), notice()).prop_map(|((sender, target), notice)| {
            WireMessage::Plenary {
                sender,
                target,
                notice,
            }
        }),
        "x-[a-z]{1,20}".prop_map(|kind| WireMessage::Unknown { kind }),
    ]
}

/// One way to damage a frame.
#[derive(Debug, Clone)]
enum Damage {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Truncate(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        at().prop_map(Damage::Remove),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        at().prop_map(Damage::Truncate),
        (at(), at()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

fn apply(frame: &mut Vec<u8>, damage: &Damage) {
    if frame.is_empty() {
        return;
    }
    let length = frame.len();
    match damage {
        Damage::Set(at, byte) => frame[at.index(length)] = *byte,
        Damage::Remove(at) => {
            frame.remove(at.index(length));
        }
        Damage::Insert(at, byte) => frame.insert(at.index(length), *byte),
        Damage::Truncate(at) => frame.truncate(at.index(length)),
        Damage::Repeat(from, to) => {
            let (from, to) = (from.index(length), to.index(length));
            let piece = frame[from.min(to)..from.max(to)].to_vec();
            frame.splice(from..from, piece);
        }
    }
}

/// Decoding either fails, or gives a message that the wire keeps as it is.
fn check_total(frame: &[u8]) {
    let limits = Limits::default();
    if let Ok(message) = wire::decode(frame, &limits) {
        let again = wire::decode(&wire::encode(&message), &limits);
        assert_eq!(again, Ok(message));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_survives_the_wire(message in message()) {
        let frame = Bytes::from(wire::encode(&message));
        prop_assert_eq!(wire::decode_bytes(&frame, &Limits::default()), Ok(message));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(frame in vec(any::<u8>(), 0..400)) {
        check_total(&frame);
    }

    /// Half of all arbitrary frames begin as a message does, to get further.
    #[test]
    fn arbitrary_maps_do_not_panic(
        kind in prop::sample::select(&["join", "peer", "sync", "ephemeral", "remote-heads-changed", "plenary"][..]),
        rest in vec(any::<u8>(), 0..200),
    ) {
        let mut frame = vec![0xbf, 0x64];
        frame.extend(b"type");
        frame.push(0x60 + kind.len() as u8);
        frame.extend(kind.bytes());
        frame.extend(rest);
        check_total(&frame);
    }

    #[test]
    fn damaged_messages_do_not_panic(message in message(), damages in vec(damage(), 1..4)) {
        let mut frame = wire::encode(&message);
        damages.iter().for_each(|damage| apply(&mut frame, damage));
        check_total(&frame);
    }
}

#[test]
fn damaged_golden_frames_do_not_panic() {
    use proptest::test_runner::{Config, TestRunner};
    let golden = golden();
    let config = Config {
        cases: 20_000,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = (0..golden.len(), vec(damage(), 1..5));
    TestRunner::new(config)
        .run(&strategy, |(at, damages)| {
            let mut frame = golden[at].frame.to_vec();
            damages.iter().for_each(|damage| apply(&mut frame, damage));
            check_total(&frame);
            Ok(())
        })
        .unwrap();
}

/// Every byte of every golden frame set to a few telling values, and every truncation.
#[test]
fn golden_frames_damaged_at_every_byte_do_not_panic() {
    for golden in golden() {
        for at in 0..golden.frame.len().min(300) {
            check_total(&golden.frame[..at]);
            for byte in [
                0x00, 0x1b, 0x5b, 0x5f, 0x7f, 0x9b, 0x9f, 0xbf, 0xd8, 0xf7, 0xff,
            ] {
                let mut frame = golden.frame.to_vec();
                frame[at] = byte;
                check_total(&frame);
            }
        }
    }
}
