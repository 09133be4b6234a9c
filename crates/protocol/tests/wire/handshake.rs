//! The relay's side of a connection before its rooms.

use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::close::CloseCode;
use plenary_protocol::handshake::{
    DocumentMessage, Ignored, Inbound, Party, Received, ServerHandshake,
};
use plenary_protocol::limits::Limits;
use plenary_protocol::wire::{self, PeerId, PeerMetadata, WireMessage};

use crate::golden::golden;

const RELAY: &str = "golden-server";

fn fresh() -> ServerHandshake {
    let us = Party {
        id: RELAY.into(),
        metadata: PeerMetadata {
            storage_id: Some("disk".into()),
            is_ephemeral: true,
            plenary: None,
        },
    };
    ServerHandshake::new(us, Limits::default())
}

fn joined(name: &str) -> ServerHandshake {
    let mut handshake = fresh();
    assert!(matches!(
        handshake.receive(&join(name, None)),
        Received::Joined { .. }
    ));
    handshake
}

fn frame(message: &WireMessage) -> Bytes {
    wire::encode(message).into()
}

fn join(name: &str, versions: Option<&[&str]>) -> Bytes {
    frame(&WireMessage::Join {
        sender: name.into(),
        metadata: PeerMetadata::default(),
        versions: versions.map(|offered| offered.iter().map(|v| (*v).to_owned()).collect()),
    })
}

fn sync(sender: &str) -> Bytes {
    frame(&WireMessage::Sync {
        sender: sender.into(),
        target: RELAY.into(),
        document: DocumentId::from_bytes([1; 16]),
        data: Bytes::from_static(&[0x42]),
    })
}

/// Checks that the frame is refused with `code`, that the error frame says why, and that the
/// connection is dead afterwards.
fn check_refused(mut handshake: ServerHandshake, bytes: &Bytes, code: CloseCode) {
    let Received::Refused { error, reason } = handshake.receive(bytes) else {
        panic!("{bytes:?} was not refused");
    };
    assert_eq!(reason.code, code, "{reason}");
    let error = wire::decode_bytes(&error, &Limits::default());
    let Ok(WireMessage::Error {
        sender, message, ..
    }) = error
    else {
        panic!("not an error message: {error:?}");
    };
    assert_eq!((sender, message), (Some(RELAY.into()), reason.message));
    assert_eq!(handshake.peer(), None);
    assert_eq!(
        handshake.receive(&join("anna", None)),
        Received::Ignored(Ignored::Closed)
    );
    assert_eq!(handshake.receive_text(), Received::Ignored(Ignored::Closed));
}

#[test]
fn a_join_is_answered_with_peer() {
    for versions in [None, Some(&["1"][..]), Some(&["7", "1"][..])] {
        let mut handshake = fresh();
        assert_eq!(handshake.peer(), None);
        let Received::Joined { peer, reply } = handshake.receive(&join("anna", versions)) else {
            panic!("{versions:?} was refused");
        };
        assert_eq!(peer.id, PeerId::new("anna"));
        assert_eq!(handshake.peer(), Some(&peer.id));
        let reply = wire::decode_bytes(&reply, &Limits::default()).unwrap();
        let WireMessage::Peer {
            sender,
            target,
            metadata,
            version,
        } = reply
        else {
            panic!("{reply:?}");
        };
        assert_eq!((sender, target), (RELAY.into(), "anna".into()));
        assert_eq!(version, "1");
        assert!(metadata.is_ephemeral && metadata.storage_id.is_some());
    }
}

#[test]
fn who_does_not_join_properly_is_refused() {
    use CloseCode::{ProtocolError, TooLarge, UnsupportedVersion};
    check_refused(fresh(), &join("anna", Some(&["2"])), UnsupportedVersion);
    check_refused(fresh(), &join("anna", Some(&[])), UnsupportedVersion);
    check_refused(fresh(), &join("", None), ProtocolError);
    check_refused(fresh(), &join(&"x".repeat(257), None), TooLarge);
    check_refused(fresh(), &join(RELAY, None), ProtocolError);
    check_refused(fresh(), &sync("anna"), ProtocolError);
    check_refused(
        fresh(),
        &Bytes::from_static(b"GET / HTTP/1.1"),
        ProtocolError,
    );
    check_refused(fresh(), &Bytes::new(), ProtocolError);
    // A map without `senderId`.
    check_refused(
        fresh(),
        &Bytes::from_static(b"\xa1\x64type\x64join"),
        ProtocolError,
    );
}

#[test]
fn who_breaks_the_protocol_afterwards_is_refused() {
    check_refused(
        joined("anna"),
        &join("anna", None),
        CloseCode::ProtocolError,
    );
    check_refused(joined("anna"), &sync("ben"), CloseCode::ProtocolError);
    check_refused(
        joined("anna"),
        &Bytes::from_static(&[0xff; 40]),
        CloseCode::ProtocolError,
    );
    let too_large = Bytes::from(vec![0; Limits::default().frame_bytes + 1]);
    check_refused(joined("anna"), &too_large, CloseCode::TooLarge);
    let Received::Refused { reason, .. } = joined("anna").receive_text() else {
        panic!("a text frame passed");
    };
    assert_eq!(reason.code, CloseCode::TextFrame);
}

#[test]
fn messages_of_the_peer_pass() {
    let mut handshake = joined("anna");
    let Received::Message(Inbound::Document { document, message }) =
        handshake.receive(&sync("anna"))
    else {
        panic!("refused");
    };
    assert_eq!(document, DocumentId::from_bytes([1; 16]));
    assert_eq!(message, DocumentMessage::Sync(Bytes::from_static(&[0x42])));
    let leave = frame(&WireMessage::Leave {
        sender: "anna".into(),
    });
    assert_eq!(handshake.receive(&leave), Received::Message(Inbound::Leave));
}

#[test]
fn what_is_harmless_is_ignored() {
    let mut handshake = joined("anna");
    let unknown = frame(&WireMessage::Unknown {
        kind: "from-the-future".to_owned(),
    });
    assert_eq!(
        handshake.receive(&unknown),
        Received::Ignored(Ignored::UnknownType("from-the-future".to_owned()))
    );
    let presence = |data: usize| {
        frame(&WireMessage::Ephemeral {
            sender: "anna".into(),
            target: RELAY.into(),
            document: DocumentId::from_bytes([1; 16]),
            session: "s".into(),
            count: 1,
            data: vec![1; data].into(),
        })
    };
    let limit = Limits::default().ephemeral_bytes;
    assert!(matches!(
        handshake.receive(&presence(limit)),
        Received::Message(_)
    ));
    assert_eq!(
        handshake.receive(&presence(limit + 1)),
        Received::Ignored(Ignored::LargePresence)
    );
    let error = frame(&WireMessage::Error {
        sender: None,
        target: None,
        message: "?".to_owned(),
    });
    assert_eq!(
        handshake.receive(&error),
        Received::Ignored(Ignored::NotForUs)
    );
    assert_eq!(handshake.peer(), Some(&PeerId::new("anna")));
}

/// The recorded session of each client passes in whole, its echo of others' presence is ignored.
#[test]
fn recorded_clients_pass() {
    for client in ["with-storage", "without-storage", "1.2.1"] {
        let mut handshake = fresh();
        let mut frames: Vec<_> = golden()
            .into_iter()
            .filter(|golden| golden.name.contains(&format!("{client}-")))
            .filter(|golden| golden.name.contains("client-to-server"))
            .collect();
        frames.sort_by_key(|golden| !golden.name.contains("-join-"));
        frames.retain(|golden| !golden.name.ends_with("join-client-to-server-2"));
        assert!(frames.len() > 3, "{client}");
        let mut echoes = 0;
        for golden in frames {
            match handshake.receive(&golden.frame) {
                Received::Joined { .. } | Received::Message(_) => {}
                Received::Ignored(Ignored::ForeignPresence) => echoes += 1,
                other => panic!("{}: {other:?}", golden.name),
            }
        }
        assert_eq!(echoes, usize::from(client == "without-storage"), "{client}");
    }
}
