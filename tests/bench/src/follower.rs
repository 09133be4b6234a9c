//! A reader that follows a document by the hashes of its changes, without Automerge: it costs the
//! load generator next to nothing, and the server cannot tell it from one that applies.

use anyhow::{Result, bail};
use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_draft::chunk::chunks;
use plenary_protocol::sync::{Have, SyncMessage, Version};

/// More than any single change here inflates to.
const INFLATED: u64 = 1 << 24;

/// What a follower knows of its document: it is somewhere on a line of changes.
pub struct Follower {
    /// The document.
    pub document: DocumentId,
    head: ChangeHash,
}

impl Follower {
    /// Follows `document`, of which it has everything up to `head`.
    pub fn new(document: DocumentId, head: ChangeHash) -> Self {
        Self { document, head }
    }

    /// The message that says what it has and asks for what comes after. The relay is told the
    /// same after every arrival, as an acknowledgement.
    pub fn standing(&self) -> Vec<u8> {
        compose(self.head, self.head, Vec::new())
    }

    /// Takes a message in. The histories here have one writer, so the last change is the new head.
    pub fn take(&mut self, message: &SyncMessage) -> Result<Taken> {
        let hashes = hashes_of(message)?;
        if let Some(last) = hashes.last() {
            self.head = *last;
        }
        // A server that only names heads which we lack has forgotten what we have and waits to be
        // told: automerge-repo does so at its first message to each peer.
        let owes_answer = !hashes.is_empty() || message.heads.iter().any(|head| *head != self.head);
        Ok(Taken {
            hashes,
            owes_answer,
        })
    }
}

/// What a message brought.
pub struct Taken {
    /// The hashes of its changes, in their order.
    pub hashes: Vec<ChangeHash>,
    /// Whether the server is to be told the [`Follower::standing`].
    pub owes_answer: bool,
}

/// The hashes of the changes in a message.
fn hashes_of(message: &SyncMessage) -> Result<Vec<ChangeHash>> {
    let mut hashes = Vec::with_capacity(message.changes.len());
    for part in &message.changes {
        for chunk in chunks(part) {
            hashes.push(chunk?.change_hash(INFLATED)?);
        }
    }
    if message.version == Version::V2 && !hashes.is_empty() {
        bail!("the server sent the second layout to a peer that has not announced it");
    }
    Ok(hashes)
}

/// A sync message of a peer at `head` that last knew the server to be at `shared`. It has no flags
/// section, so the answer comes as single changes.
pub fn compose(head: ChangeHash, shared: ChangeHash, changes: Vec<Bytes>) -> Vec<u8> {
    SyncMessage {
        version: Version::V1,
        heads: vec![head],
        need: Vec::new(),
        have: vec![Have {
            last_sync: vec![shared],
            ..Have::default()
        }],
        changes,
        flags: None,
    }
    .encode()
}
