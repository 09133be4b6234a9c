//! How identifiers stand in columns.

use automerge::ChangeHash;
use plenary_draft::DocumentId;
use sha2::{Digest, Sha256};

/// The checksum that stands beside every stored chunk.
pub(super) fn checksum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Reads a change hash from its 32 bytes.
pub(super) fn hash(bytes: &[u8]) -> Option<ChangeHash> {
    bytes.try_into().ok().map(ChangeHash)
}

/// Reads a document id from its 16 bytes.
pub(super) fn document_id(bytes: &[u8]) -> Option<DocumentId> {
    bytes.try_into().ok().map(DocumentId::from_bytes)
}

/// Joins heads for one column.
pub(super) fn join_heads(heads: &[ChangeHash]) -> Vec<u8> {
    heads.iter().flat_map(|head| head.0).collect()
}

/// Reads heads from one column; `None` when its length is no multiple of 32.
pub(super) fn split_heads(bytes: &[u8]) -> Option<Vec<ChangeHash>> {
    let (heads, rest) = bytes.as_chunks::<32>();
    rest.is_empty()
        .then(|| heads.iter().map(|head| ChangeHash(*head)).collect())
}
