//! Peers that announce `plenary`, each following one document of a draft over a real websocket.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash};
use plenary_draft::DocumentId;
use plenary_protocol::access::DocumentKind;
use plenary_protocol::wire::{
    InstanceId, Notice, ParticipantSecret, PeerMetadata, PlenaryPeer, WireMessage,
};

use super::client::{Peer, Seen};
use super::start::{Made, Served};

/// The three documents of every draft.
pub const KINDS: [DocumentKind; 3] = [
    DocumentKind::Record,
    DocumentKind::Text,
    DocumentKind::Discussion,
];

/// The documents of a draft.
pub async fn documents(served: &Served, made: &Made) -> BTreeMap<DocumentKind, DocumentId> {
    let stored = served.relay.storage().draft_of(made.id).await;
    let stored = stored.expect("readable").expect("stored");
    stored
        .documents
        .iter()
        .map(|(id, kind)| (*kind, *id))
        .collect()
}

/// Joins as a Plenary program with a secret of its own name.
pub async fn enter(name: &str, served: &Served, secret: &str, id: DocumentId) -> Peer {
    let query = format!("?access={secret}");
    let mut peer = Peer::dial(name, served.address, &query, id).await;
    peer.say_join(PeerMetadata {
        plenary: Some(PlenaryPeer {
            version: 1,
            participant: Some(ParticipantSecret::new(format!("secret of {name}"))),
            instance: Some(InstanceId::new(format!("instance of {name} {id}"))),
        }),
        ..PeerMetadata::default()
    })
    .await;
    match peer.next().await {
        Seen::Message(WireMessage::Peer { sender, .. }) => peer.relay = Some(sender),
        other => panic!("{name} was told {other:?}"),
    }
    peer
}

/// The same, and hears who it is, as everybody is told who may have entries.
pub async fn join(name: &str, served: &Served, secret: &str, id: DocumentId) -> (Peer, String) {
    let mut peer = enter(name, served, secret, id).await;
    match peer.next().await {
        Seen::Message(WireMessage::Plenary {
            notice: Notice::Participant { participant },
            ..
        }) => (peer, participant),
        other => panic!("{name} was told {other:?}"),
    }
}

/// Waits for the notice that some changes are in quarantine.
pub async fn quarantined(peer: &mut Peer) -> (Vec<ChangeHash>, String) {
    peer.speak().await;
    loop {
        match peer.hear().await {
            Seen::Message(WireMessage::Plenary {
                notice:
                    Notice::Quarantined {
                        hashes, message, ..
                    },
                ..
            }) => return (hashes, message),
            Seen::Closed(frame) => panic!("{} was closed: {frame:?}", peer.name),
            Seen::Message(_) => peer.speak().await,
        }
    }
}

/// Whether a copy has a change.
pub fn knows(hash: ChangeHash) -> impl Fn(&Automerge) -> bool {
    move |document| document.get_change_meta_by_hash(&hash).is_some()
}

/// Whether a copy has all of these heads, and perhaps more: the record goes on by itself.
pub fn has_all(heads: Vec<ChangeHash>) -> impl Fn(&Automerge) -> bool {
    move |document| heads.iter().all(|head| knows(*head)(document))
}
