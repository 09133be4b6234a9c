//! Hostile peers against the handshake and the room: arbitrary bytes, and real messages with a few
//! bytes changed. What fuzzing found is replayed by `crashers.rs`.

use automerge::ActorId;
use bytes::Bytes;
use plenary_protocol::wire::{self, PeerId, PeerMetadata, WireMessage};
use plenary_simulation::hostile::attack;
use plenary_simulation::stock::Stock;
use plenary_simulation::table::DOCUMENT;
use plenary_simulation::words::{first_draft, splice};
use proptest::prelude::*;

fn framed(frames: &[Bytes]) -> Vec<u8> {
    let mut input = Vec::new();
    for frame in frames {
        let length = u16::try_from(frame.len()).expect("small frames");
        input.extend_from_slice(&length.to_le_bytes());
        input.extend_from_slice(frame);
    }
    input
}

fn join() -> Bytes {
    let message = WireMessage::Join {
        sender: PeerId::new("mallory"),
        metadata: PeerMetadata::default(),
        versions: None,
    };
    wire::encode(&message).into()
}

/// What a real peer with three changes of its own sends: the first message, which names its
/// heads, and one that brings the changes.
fn conversation() -> Vec<Bytes> {
    let mut stock = Stock::new("mallory", ActorId::from(b"mallory"), DOCUMENT);
    stock
        .automerge
        .merge(&mut first_draft())
        .expect("mergeable");
    for _ in 0..3 {
        splice(&mut stock.automerge, 2, false, "words of mallory ");
    }
    stock.connected();
    let mut frames = vec![stock.next_frame().expect("the join")];
    stock.welcome();
    frames.extend(stock.next_frame());
    let changes: Vec<Bytes> = stock
        .automerge
        .get_changes(&[])
        .iter()
        .map(|change| Bytes::copy_from_slice(change.raw_bytes()))
        .collect();
    let message = plenary_protocol::sync::SyncMessage {
        version: plenary_protocol::sync::Version::V1,
        heads: stock.heads(),
        need: Vec::new(),
        have: Vec::new(),
        changes,
        flags: None,
    };
    let sync = WireMessage::Sync {
        sender: PeerId::new("mallory"),
        target: PeerId::new("relay"),
        document: DOCUMENT,
        data: message.encode().into(),
    };
    frames.push(wire::encode(&sync).into());
    frames
}

#[test]
fn an_honest_conversation_is_no_attack() {
    attack(&framed(&conversation()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_frames_after_the_join_harm_nobody(
        garbage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
    ) {
        let mut frames = vec![join()];
        frames.extend(garbage.into_iter().map(Bytes::from));
        attack(&framed(&frames));
    }

    #[test]
    fn real_messages_with_changed_bytes_harm_nobody(
        changed in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut frames = conversation();
        let last = frames.pop().expect("a conversation");
        let mut bytes = last.to_vec();
        for (at, value) in changed {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        frames.push(bytes.into());
        attack(&framed(&frames));
    }
}
