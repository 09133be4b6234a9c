//! The rows of the storage, as values.

use automerge::{ActorId, ChangeHash};
use plenary_draft::DocumentId;

use super::access::{NewLink, QuarantineState};
use plenary_protocol::receipt::SiteKey;
use plenary_protocol::room::{Commit, ParticipantId};

/// Who a site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The storage id that is announced to peers; it changes when a site is restored, so that no
    /// peer relies on what an older copy may have lost.
    pub storage_id: String,
    /// With what the site signs receipts. A backup holds it, so that a restored site knows what it
    /// signed.
    pub key: SiteKey,
    /// When the site was last restored from a backup, in milliseconds since the Unix epoch.
    pub restored_ms: Option<i64>,
    /// The SHA-256 hash of the secret that allows making drafts, once there is one.
    pub site_secret_hash: Option<[u8; 32]>,
}

pub use plenary_protocol::access::DocumentKind;

/// The SHA-256 hash of a link's secret.
pub type LinkHash = [u8; 32];

/// A document with which a draft begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// Its id.
    pub id: DocumentId,
    /// What it is for the draft.
    pub kind: DocumentKind,
    /// The whole document as Automerge saves it.
    pub snapshot: Vec<u8>,
    /// The heads of the snapshot.
    pub heads: Vec<ChangeHash>,
    /// Hash and actor of each change in the snapshot, dependencies first.
    pub changes: Vec<(ChangeHash, ActorId)>,
}

/// A draft to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// The id of the draft: that of its record, or of the one document in open mode.
    pub id: DocumentId,
    /// Its documents.
    pub documents: Vec<NewDocument>,
    /// Its links.
    pub links: Vec<NewLink>,
    /// Whether the actors of its changes belong to `participant` from now on. Those of an imported
    /// draft do not: somebody may still hold changes by them that were never sent.
    pub binds_actors: bool,
    /// Who made it.
    pub participant: ParticipantId,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: i64,
}

/// A draft as it is stored, without the contents of its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDraft {
    /// The draft's id.
    pub id: DocumentId,
    /// Its documents.
    pub documents: Vec<(DocumentId, DocumentKind)>,
    /// Which actor belongs to which participant.
    pub bindings: Vec<(ActorId, ParticipantId)>,
    /// Participants who are somebody else, with who they are.
    pub merged: Vec<(ParticipantId, ParticipantId)>,
}

/// What one turn of a room asks to be made durable, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCommit {
    /// The draft of the room.
    pub draft: DocumentId,
    /// Whether an unknown draft is made as one open document (`--access open`).
    pub create_open: bool,
    /// Changes, bindings and quarantine.
    pub commit: Commit,
}

/// A change whose bytes are still stored one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// Its place in the order of commits.
    pub sequence: i64,
    /// Its hash.
    pub hash: ChangeHash,
    /// The change as Automerge encodes it.
    pub bytes: Vec<u8>,
}

/// A snapshot's place in the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(pub i64);

/// A snapshot to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshot {
    /// The document that it holds.
    pub document: DocumentId,
    /// The whole document as Automerge saves it.
    pub bytes: Vec<u8>,
    /// The heads that it has.
    pub heads: Vec<ChangeHash>,
    /// The sequence of the newest change that it holds; it holds all before that, too.
    pub through: i64,
}

/// A snapshot as it was read, its checksum compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Its place.
    pub id: SnapshotId,
    /// The whole document as Automerge saves it.
    pub bytes: Vec<u8>,
    /// The heads that it had when it was written.
    pub heads: Vec<ChangeHash>,
}

/// All that is needed to load a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its id.
    pub id: DocumentId,
    /// What it is for its draft.
    pub kind: DocumentKind,
    /// The snapshot, if there is one.
    pub snapshot: Option<StoredSnapshot>,
    /// The changes that the snapshot does not hold, in the order of commits.
    pub changes: Vec<StoredChange>,
}

/// What the relay itself knows of a change; the claims inside the change are its author's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// The hash of the change.
    pub hash: ChangeHash,
    /// The actor that made it.
    pub actor: ActorId,
    /// The participant whose connection brought it.
    pub participant: ParticipantId,
    /// When the relay received it, in milliseconds since the Unix epoch.
    pub received_ms: i64,
}

/// A refused change that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRecord {
    /// Its place among all that was refused on this site, which nobody is told.
    pub id: i64,
    /// The document that it was meant for.
    pub document: DocumentId,
    /// The hash of the change.
    pub hash: ChangeHash,
    /// The length of the change in bytes; [`super::Storage::quarantined_bytes`] reads it.
    pub bytes: usize,
    /// The participant who sent it.
    pub participant: ParticipantId,
    /// Why it was refused, as a short stable name.
    pub reason: String,
    /// When it was received, in milliseconds since the Unix epoch.
    pub received_ms: i64,
    /// What became of it.
    pub state: QuarantineState,
    /// Who decided, when (milliseconds since the Unix epoch) and why.
    pub decision: Option<QuarantineDecision>,
}

/// How much a refused change is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineSize {
    /// The document that it was meant for.
    pub document: DocumentId,
    /// The hash of the change.
    pub hash: ChangeHash,
    /// The participant who sent it.
    pub participant: ParticipantId,
    /// Why it was refused, as a short stable name.
    pub reason: String,
    /// The length of the change in bytes.
    pub bytes: usize,
}

/// Who decided about a refused change, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineDecision {
    /// The facilitator.
    pub by: ParticipantId,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The reason given.
    pub reason: String,
}

/// What a backup holds, counted while it was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackupReport {
    /// Drafts.
    pub drafts: u64,
    /// Documents.
    pub documents: u64,
    /// Snapshots and single changes whose checksums were compared.
    pub chunks: u64,
    /// The size of the file in bytes.
    pub file_bytes: u64,
}
