//! Receipts: what a relay signs so that it can believe itself after it was restored.
//!
//! A relay that starts from an older backup has forgotten changes that its clients still have,
//! with whose they are. So it gives a receipt with each sync message: a code, made with a key that
//! only the site has, over the document and the heads that the message names. A change's hash
//! covers all that it builds on, so a receipt for heads vouches for the whole history behind them:
//! a client that shows one proves that the relay had accepted all of it. To whom the actors in it
//! belong stands in the record, whose own heads have receipts, too.
//!
//! The code is HMAC-SHA-256 (RFC 2104): nobody but the relay has to check it.

use std::fmt;

use automerge::ChangeHash;
use plenary_draft::DocumentId;
use sha2::{Digest, Sha256};

use crate::room::ParticipantId;
use crate::wire::PeerId;

/// In front of what a receipt is made over, so that the key can serve other purposes as well.
const PURPOSE: &[u8] = b"plenary receipt 1\0";
/// In front of what a name for presence is made over.
const HEARD_AS: &[u8] = b"plenary heard as 1\0";
/// The block length of SHA-256 in bytes.
const BLOCK_BYTES: usize = 64;

/// The secret of a site with which it signs. It belongs into the storage and its backups, and
/// nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteKey([u8; 32]);

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKey(…)")
    }
}

/// What a relay signed for some heads of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt(pub [u8; Receipt::BYTES]);

impl Receipt {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// Reads a receipt; `None` when it has another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }
}

impl SiteKey {
    /// Takes 32 bytes that were drawn at random.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the storage.
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// Signs that `document` has had these heads, in any order.
    pub fn receipt(&self, document: DocumentId, heads: &[ChangeHash]) -> Receipt {
        let mut sorted: Vec<&ChangeHash> = heads.iter().collect();
        sorted.sort_unstable();
        let hashes = sorted.iter().map(|head| head.0.as_slice());
        let parts = [PURPOSE, document.as_bytes()].into_iter().chain(hashes);
        Receipt(hmac(&self.0, parts))
    }

    /// Under which name the presence of a participant's peer is passed on to others: 128 bits in
    /// hexadecimal, the same at every connection, another one for each participant. A peer id stays
    /// between its peer and the relay, for a stock client is known by it; and whoever shows somebody
    /// else's is not heard under their name.
    pub fn heard_as(&self, participant: &ParticipantId, peer: &PeerId) -> PeerId {
        let participant = participant.as_str().as_bytes();
        let parts = [HEARD_AS, participant, b"\0", peer.as_str().as_bytes()];
        let code = hmac(&self.0, parts.into_iter());
        let text: String = code[..16].iter().map(|it| format!("{it:02x}")).collect();
        PeerId::new(text)
    }

    /// Whether this site has signed that `document` has had these heads. Takes the same time
    /// wherever a wrong receipt differs.
    pub fn has_signed(
        &self,
        document: DocumentId,
        heads: &[ChangeHash],
        receipt: &Receipt,
    ) -> bool {
        let right = self.receipt(document, heads);
        let differing = right
            .0
            .iter()
            .zip(receipt.0)
            .fold(0, |all, (a, b)| all | (a ^ b));
        differing == 0
    }
}

/// HMAC-SHA-256 with a key of at most one block.
fn hmac<'a>(key: &[u8; 32], parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; BLOCK_BYTES];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let mut inner = Sha256::new();
    inner.update(pad(0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(pad(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: DocumentId = DocumentId::from_bytes([1; 16]);

    /// Test case 1 of RFC 4231, whose key of 20 bytes is the same as one filled up with zeros.
    #[test]
    fn the_code_is_that_of_the_standard() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let code = hmac(&key, [b"Hi ".as_slice(), b"There"].into_iter());
        let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn a_name_in_presence_is_its_participants_and_its_peers_alone() {
        let key = SiteKey::new([7; 32]);
        let (anna, eve) = (ParticipantId::new("anna"), ParticipantId::new("eve"));
        let name = key.heard_as(&anna, &"laptop".into());
        assert_eq!(name, key.heard_as(&anna, &"laptop".into()));
        assert_ne!(name, key.heard_as(&anna, &"phone".into()));
        assert_ne!(name, key.heard_as(&eve, &"laptop".into()));
        assert_ne!(
            name,
            SiteKey::new([8; 32]).heard_as(&anna, &"laptop".into())
        );
        assert_eq!(name.as_str().len(), 32);
    }

    #[test]
    fn a_receipt_is_for_its_site_its_document_and_its_heads_alone() {
        let key = SiteKey::new([7; 32]);
        let heads = [ChangeHash([2; 32]), ChangeHash([1; 32])];
        let receipt = key.receipt(DOCUMENT, &heads);
        assert!(key.has_signed(DOCUMENT, &[heads[1], heads[0]], &receipt));
        let other = DocumentId::from_bytes([2; 16]);
        assert!(!key.has_signed(other, &heads, &receipt));
        assert!(!key.has_signed(DOCUMENT, &heads[..1], &receipt));
        assert!(!SiteKey::new([8; 32]).has_signed(DOCUMENT, &heads, &receipt));
        for at in 0..Receipt::BYTES {
            let mut wrong = receipt;
            wrong.0[at] ^= 1;
            assert!(!key.has_signed(DOCUMENT, &heads, &wrong));
        }
        assert_eq!(format!("{key:?}"), "SiteKey(…)");
    }
}
