//! Who is at the other end, as far as the relay can know.
//!
//! A participant is an opaque id, the same at each connection of the same person's client, and
//! never a name. It is derived by a hash from what the client holds durably, so that whoever reads
//! the storage or a document cannot join as that person.

use plenary_draft::DocumentId;
use sha2::{Digest, Sha256};

use plenary_protocol::room::ParticipantId;

/// What a client shows to be recognised, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim<'a> {
    /// The secret that Plenary's own clients keep for this purpose.
    Secret(&'a str),
    /// The storage id of a stock automerge-repo client: durable, but known to its peers.
    StorageId(&'a str),
    /// The id of the link alone, of a program that shows nothing else.
    Link(&'a str),
    /// The peer id of a client without storage: lasts as long as the program runs.
    PeerId(&'a str),
}

/// Derives the participant of a claim within one draft: 128 bits in base58. Other drafts get
/// another id, so that nobody can be followed from draft to draft.
pub fn participant_of(draft: DocumentId, claim: Claim<'_>) -> ParticipantId {
    let (kind, text) = match claim {
        Claim::Secret(text) => ("plenary-participant-1", text),
        Claim::StorageId(text) => ("storage-id-1", text),
        Claim::Link(text) => ("link-1", text),
        Claim::PeerId(text) => ("peer-id-1", text),
    };
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([0]);
    hash.update(draft.as_bytes());
    hash.update(text);
    let digest: [u8; 32] = hash.finalize().into();
    ParticipantId::new(bs58::encode(&digest[..16]).into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_different_kinds_or_drafts_never_meet() {
        let (one, two) = (
            DocumentId::from_bytes([1; 16]),
            DocumentId::from_bytes([2; 16]),
        );
        let anna = participant_of(one, Claim::Secret("anna"));
        assert_eq!(anna, participant_of(one, Claim::Secret("anna")));
        assert_ne!(anna, participant_of(two, Claim::Secret("anna")));
        assert_ne!(anna, participant_of(one, Claim::StorageId("anna")));
        assert_ne!(anna, participant_of(one, Claim::PeerId("anna")));
        assert!(!anna.as_str().contains("anna"));
    }
}
