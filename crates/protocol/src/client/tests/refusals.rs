//! Relays that refuse, and relays that attack.

use super::relay::Relay;
use super::*;
use crate::client::{Rescue, StopReason};
use crate::wire::{self, PeerMetadata, WireMessage};
use bytes::Bytes;

fn rescue(client: &Client) -> Option<&Rescue> {
    client.effects.iter().find_map(|effect| match effect {
        Effect::Rescue(rescue) => Some(rescue),
        _ => None,
    })
}

#[test]
fn what_a_reader_wrote_is_handed_out_before_it_is_discarded() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    anna.disconnect(&mut relay, None);
    anna.change(id, "offline");
    relay.readers.insert("anna");
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);

    let rescued = rescue(&anna).expect("a rescue").clone();
    assert_eq!(rescued.refused_changes, 1);
    assert_eq!(rescued.changes.len(), 1);
    let saved =
        plenary_draft::document::load_document(&rescued.saved, &Default::default()).unwrap();
    assert_eq!(keys(&saved), ["a", "offline"]);
    assert_eq!(
        anna.phase(id),
        DocumentPhase::Loading,
        "the document starts again"
    );

    anna.effects.clear();
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert_eq!(keys(anna.doc(id)), ["a"]);
    assert_eq!(keys(&relay.documents[&id]), ["a"]);
    assert!(rescue(&anna).is_none(), "once is enough");
    assert!(anna.session.document(id).unwrap().read_only());
}

#[test]
fn a_reader_who_wrote_nothing_just_reads() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    relay.readers.insert("anna");
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert!(rescue(&anna).is_none());
    assert!(anna.session.document(id).unwrap().read_only());
    assert!(anna.session.in_step());
}

/// A client that has joined and holds a document with one change.
fn joined() -> (Client, Relay) {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    (anna, relay)
}

#[track_caller]
fn check_hostile(frame: Vec<u8>) {
    let (mut anna, _relay) = joined();
    let before = anna.doc(document_id(1)).save();
    let effects = anna.handle(Event::Received(Bytes::from(frame)));
    assert!(
        matches!(effects.first(), Some(Effect::Close { .. })),
        "{effects:?}"
    );
    assert!(
        matches!(
            anna.session.link(),
            LinkState::Stopped(StopReason::Hostile { .. })
        ),
        "{:?}",
        anna.session.link()
    );
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Persist(_)))
    );
    assert_eq!(anna.doc(document_id(1)).save(), before);
}

fn sync_frame(data: Vec<u8>) -> Vec<u8> {
    wire::encode(&WireMessage::Sync {
        sender: PeerId::new("relay"),
        target: PeerId::new("anna"),
        document: document_id(1),
        data: data.into(),
    })
}

#[test]
fn frames_that_are_no_messages_end_the_session() {
    check_hostile(b"GET / HTTP/1.1".to_vec());
    check_hostile(vec![0xff; 64]);
    check_hostile(Vec::new());
}

#[test]
fn sync_messages_that_kill_automerge_do_not_reach_it() {
    // No sync message at all, and one that is cut short.
    check_hostile(sync_frame(vec![0x00]));
    check_hostile(sync_frame(vec![0x42, 0x01]));
    // A Bloom filter with one entry in no bits: Automerge would divide by zero.
    check_hostile(sync_frame(vec![0x42, 0, 0, 1, 0, 3, 1, 0, 7, 0]));
    // Four billion probes.
    check_hostile(sync_frame(vec![
        0x42, 0, 0, 1, 0, 9, 1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0,
    ]));
    // A chunk that is none.
    check_hostile(sync_frame(vec![0x42, 0, 0, 0, 1, 4, 1, 2, 3, 4]));
}

#[test]
fn a_document_that_nobody_asked_for_is_not_taken() {
    let (mut anna, _relay) = joined();
    let mut doc = Automerge::new();
    put(&mut doc, "gift", 1);
    let mut state = automerge::sync::State::new();
    let message = automerge::sync::SyncDoc::generate_sync_message(&doc, &mut state).unwrap();
    let frame = wire::encode(&WireMessage::Sync {
        sender: PeerId::new("relay"),
        target: PeerId::new("anna"),
        document: document_id(2),
        data: message.encode().into(),
    });
    assert_eq!(anna.handle(Event::Received(frame.into())), Vec::new());
    assert!(anna.session.document(document_id(2)).is_none());
}

#[test]
fn another_protocol_version_ends_the_session_with_words() {
    let mut anna = Client::new("anna", 1);
    anna.handle(Event::Connect);
    anna.handle(Event::Connected);
    let frame = wire::encode(&WireMessage::Peer {
        sender: PeerId::new("relay"),
        target: PeerId::new("anna"),
        metadata: PeerMetadata::default(),
        version: "2".to_owned(),
    });
    anna.handle(Event::Received(frame.into()));
    assert!(matches!(
        anna.session.link(),
        LinkState::Stopped(StopReason::Incompatible { .. })
    ));
}
