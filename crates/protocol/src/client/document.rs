//! One document as a client follows it.

use std::collections::BTreeSet;

use automerge::sync::{Message, State, SyncDoc};
use automerge::{Automerge, ChangeHash};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_draft::chunk::{ChunkError, ChunkLimits, chunks};
use plenary_draft::document::{contain, new_document, random_actor};
use rand_core::Rng;

use super::types::Rescue;
use crate::limits::Limits;
use crate::receipt::Receipt;
use crate::sync::{Flags, SyncMessage, SyncMessageError};

/// How many receipts are kept of one document. One is the rule; it is more only as long as a
/// restored relay lacks what it signed for.
const MOST_RECEIPTS: usize = 8;

/// What the relay signed for some heads of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReceipt {
    /// The heads.
    pub heads: Vec<ChangeHash>,
    /// What it signed.
    pub receipt: Receipt,
}

/// Whether a document can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentPhase {
    /// Nothing of it has arrived yet. It must not be shown or written.
    Loading,
    /// It holds changes: all that the relay had announced, or the local copy.
    Ready,
    /// The relay says that it has no such document for us, and neither have we.
    Unavailable,
}

/// Why a relay's sync message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// The message is malformed or beyond a limit.
    #[error(transparent)]
    Message(#[from] SyncMessageError),
    /// A change in it is malformed or beyond a limit.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// Automerge refused to read or apply it.
    #[error("the changes cannot be applied: {0}")]
    Refused(String),
    /// Automerge panicked while it applied the message. The copy in memory must not be used.
    #[error("the changes break the document that they were sent for: {0}")]
    Poisoned(String),
}

/// What a received message changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Received {
    /// The document has new changes.
    pub changed: bool,
    /// The phase or what is known to be stored is another.
    pub status: bool,
    /// The relay does not apply what we send.
    pub read_only: bool,
}

/// One document, its sync state on the present connection, and what the relay is known to hold.
pub struct ClientDocument {
    id: DocumentId,
    doc: Automerge,
    sync: State,
    phase: DocumentPhase,
    /// Heads that the relay announced and that we know, so that the changes up to them are ours
    /// as well as the relay's. Outlives the connection, because stored stays stored.
    stored_heads: Vec<ChangeHash>,
    /// What the relay announced last on this connection.
    relay_heads: Option<Vec<ChangeHash>>,
    read_only: bool,
    introduced: bool,
    due: bool,
    /// What the relay has signed, the newest last.
    receipts: Vec<KeptReceipt>,
    /// How many of them were shown on this connection.
    shown: usize,
}

impl ClientDocument {
    /// Follows `doc` as it was stored, or a document of which there is nothing yet. `stored_heads`
    /// are the heads that the relay was last known to hold. The actor is replaced by a fresh one.
    pub(super) fn open(
        id: DocumentId,
        doc: Option<Automerge>,
        stored_heads: &[ChangeHash],
        rng: &mut impl Rng,
    ) -> Self {
        // An actor that nobody has used before: two programs that shared one would break merging.
        let actor = random_actor(rng);
        let doc = match doc {
            Some(doc) => doc.with_actor(actor),
            None => new_document(actor),
        };
        let mut document = Self {
            id,
            phase: if is_empty(&doc) {
                DocumentPhase::Loading
            } else {
                DocumentPhase::Ready
            },
            doc,
            sync: State::new(),
            stored_heads: Vec::new(),
            relay_heads: None,
            read_only: false,
            introduced: false,
            due: true,
            receipts: Vec::new(),
            shown: 0,
        };
        document.stored_heads = document.known(stored_heads);
        document
    }

    /// The document's id.
    pub fn id(&self) -> DocumentId {
        self.id
    }

    /// The document. Look at [`ClientDocument::phase`] before you believe that it is empty.
    pub fn doc(&self) -> &Automerge {
        &self.doc
    }

    /// The document for a local change; [`super::Event::Changed`] must follow.
    pub fn doc_mut(&mut self) -> &mut Automerge {
        &mut self.doc
    }

    /// Whether the document can be read.
    pub fn phase(&self) -> DocumentPhase {
        self.phase
    }

    /// Whether the relay said on this connection that it does not apply our changes.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// The heads up to which the relay is known to hold this document, sorted.
    pub fn stored_heads(&self) -> &[ChangeHash] {
        &self.stored_heads
    }

    /// Whether we hold all that the relay announced on this connection.
    pub fn up_to_date(&self) -> bool {
        self.relay_heads
            .as_ref()
            .is_some_and(|heads| heads.iter().all(|head| self.knows(head)))
    }

    /// Whether everything in this document is durably stored on the relay, as it told us on this
    /// connection, and nothing that it told us of is missing here.
    pub fn in_step(&self) -> bool {
        self.up_to_date() && self.waiting_changes() == 0
    }

    /// How many of our changes the relay is not known to hold.
    pub fn waiting_changes(&self) -> usize {
        if self.doc.get_heads() == self.stored_heads {
            return 0;
        }
        self.doc.get_changes_meta(&self.stored_heads).len()
    }

    /// Our changes that the relay is not known to hold, as Automerge encodes them, one after the
    /// other.
    pub fn unsent_changes(&self) -> Vec<u8> {
        let unsent = self.doc.get_changes(&self.stored_heads);
        unsent
            .iter()
            .flat_map(|change| change.raw_bytes().to_vec())
            .collect()
    }

    /// What the relay has signed for this document: to be stored with it, so that a relay that is
    /// restored from a backup can be shown what it had accepted.
    pub fn receipts(&self) -> &[KeptReceipt] {
        &self.receipts
    }

    /// Takes receipts that were stored with the document.
    pub(super) fn restore_receipts(&mut self, receipts: Vec<KeptReceipt>) {
        self.receipts = receipts;
        self.receipts.truncate(MOST_RECEIPTS);
    }

    /// The next receipt to show on this connection. They come before the first sync message.
    pub(super) fn poll_receipt(&mut self) -> Option<KeptReceipt> {
        let receipt = self.receipts.get(self.shown).cloned()?;
        self.shown += 1;
        Some(receipt)
    }

    /// Keeps the receipt that came with a sync message which has been received. Older ones go when
    /// their heads are behind the new ones; a relay that was restored signs for less than before,
    /// so what it signed then is kept until it has all of that again.
    pub(super) fn keep_receipt(&mut self, receipt: Receipt) {
        let Some(heads) = self.relay_heads.clone() else {
            return;
        };
        if heads.is_empty() || !heads.iter().all(|head| self.knows(head)) {
            return;
        }
        let beyond: BTreeSet<ChangeHash> = if self.doc.get_heads() == heads {
            BTreeSet::new()
        } else {
            let beyond = self.doc.get_changes_meta(&heads);
            beyond.iter().map(|change| change.hash).collect()
        };
        self.receipts
            .retain(|kept| kept.heads.iter().any(|head| beyond.contains(head)));
        if self.receipts.len() == MOST_RECEIPTS {
            self.receipts.remove(0);
        }
        self.receipts.push(KeptReceipt { heads, receipt });
        // What came on this connection need not be shown on it.
        self.shown = self.receipts.len();
    }

    /// Forgets the connection: the next message begins from nothing.
    pub(super) fn new_connection(&mut self) {
        self.shown = 0;
        self.sync = State::new();
        self.relay_heads = None;
        self.read_only = false;
        self.introduced = false;
        self.due = true;
    }

    /// Notes that there may be something to send.
    pub(super) fn mark_due(&mut self) {
        self.due = true;
        if !is_empty(&self.doc) {
            self.phase = DocumentPhase::Ready;
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.due
    }

    /// Makes the next sync message, if there is something to say. The first value tells whether it
    /// is a `request`: the first message for a document that we have nothing of.
    pub(super) fn poll_transmit(&mut self) -> Option<(bool, Vec<u8>)> {
        // One message, and then nothing until something happens: Automerge has nothing more to say
        // while a message is under way, except a reset, which it would repeat for ever.
        self.due = false;
        let message = self.doc.generate_sync_message(&mut self.sync)?;
        let request = !self.introduced && is_empty(&self.doc);
        self.introduced = true;
        Some((request, message.encode()))
    }

    /// Takes a sync message. Every limit is checked on the bytes before Automerge sees them; a
    /// panic inside Automerge is contained and leaves a document that must be thrown away.
    pub(super) fn receive(
        &mut self,
        data: &Bytes,
        limits: &Limits,
    ) -> Result<Received, ReceiveError> {
        let checked = SyncMessage::parse(data, limits)?;
        measure(&checked.changes, limits)?;
        let read_only = checked
            .flags
            .is_some_and(|flags| flags.contains(Flags::READ_ONLY));
        let before = self.doc.get_heads();
        let (doc, sync) = (&mut self.doc, &mut self.sync);
        contain(|| {
            let message =
                Message::decode(data).map_err(|error| ReceiveError::Refused(error.to_string()))?;
            doc.receive_sync_message(sync, message)
                .map_err(|error| ReceiveError::Refused(error.to_string()))
        })
        .map_err(ReceiveError::Poisoned)??;
        self.due = true;

        let changed = self.doc.get_heads() != before;
        let (phase_before, stored_before) = (self.phase, self.stored_heads.clone());
        let was_up_to_date = self.up_to_date();
        self.read_only = read_only;
        self.announced(checked.heads);
        let arrived = self.up_to_date() && !is_empty(&self.doc);
        if arrived {
            self.phase = DocumentPhase::Ready;
        }
        Ok(Received {
            changed,
            status: changed
                || self.phase != phase_before
                || self.stored_heads != stored_before
                || self.up_to_date() != was_up_to_date,
            read_only,
        })
    }

    /// Notes which heads the relay holds durably. While it names some that have not arrived, what
    /// was known before stays known.
    fn announced(&mut self, heads: Vec<ChangeHash>) {
        let known = self.known(&heads);
        if known.len() == heads.len() {
            self.stored_heads = known;
        } else {
            self.stored_heads.extend(known);
            self.stored_heads.sort_unstable();
            self.stored_heads.dedup();
        }
        self.relay_heads = Some(heads);
    }

    /// Notes that the relay has no such document for us.
    pub(super) fn unavailable(&mut self) {
        self.due = false;
        self.relay_heads = None;
        if is_empty(&self.doc) {
            self.phase = DocumentPhase::Unavailable;
        }
    }

    /// Whether the relay refuses changes that we have. Asked only when all that it announced is
    /// here, because until then one of ours may hide behind a head that we do not know yet.
    pub(super) fn has_refused_changes(&self) -> bool {
        self.read_only && self.up_to_date() && self.waiting_changes() > 0
    }

    /// Hands out the document with the refused changes and starts again from nothing.
    pub(super) fn rescue(&mut self, rng: &mut impl Rng) -> Rescue {
        let changes: Vec<Vec<u8>> = self
            .doc
            .get_changes(&self.stored_heads)
            .into_iter()
            .map(|change| change.raw_bytes().to_vec())
            .collect();
        let rescue = Rescue {
            document: self.id,
            saved: self.doc.save(),
            refused_changes: changes.len(),
            changes,
        };
        *self = Self::open(self.id, None, &[], rng);
        rescue
    }

    fn knows(&self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(hash).is_some()
    }

    fn known(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut known: Vec<_> = heads
            .iter()
            .filter(|head| self.knows(head))
            .copied()
            .collect();
        known.sort_unstable();
        known
    }
}

fn is_empty(doc: &Automerge) -> bool {
    doc.get_heads().is_empty()
}

/// Measures what the changes would inflate to, all of them together.
fn measure(parts: &[Bytes], limits: &Limits) -> Result<(), ChunkError> {
    let mut left = ChunkLimits {
        inflated_bytes: limits.inflated_message_bytes,
        rows: u64::try_from(limits.operations_per_change).unwrap_or(u64::MAX),
    };
    for part in parts {
        for chunk in chunks(part) {
            let size = chunk?.measure(&left)?;
            left.inflated_bytes = left.inflated_bytes.saturating_sub(size.inflated_bytes);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::ROOT;
    use automerge::transaction::Transactable;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    fn edit(document: &mut ClientDocument, value: i64) -> Vec<ChangeHash> {
        let mut transaction = document.doc.transaction();
        transaction.put(ROOT, "n", value).unwrap();
        transaction.commit();
        document.doc.get_heads()
    }

    #[test]
    fn a_receipt_is_kept_until_a_newer_one_covers_it() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let id = DocumentId::from_bytes([1; 16]);
        let mut document = ClientDocument::open(id, None, &[], &mut rng);
        let old = edit(&mut document, 1);
        let new = edit(&mut document, 2);
        let kept = |document: &ClientDocument| -> Vec<Vec<ChangeHash>> {
            let receipts = document.receipts().iter();
            receipts.map(|kept| kept.heads.clone()).collect()
        };
        let hear = |document: &mut ClientDocument, heads: &[ChangeHash], number: u8| {
            document.announced(heads.to_vec());
            document.keep_receipt(Receipt([number; Receipt::BYTES]));
        };
        hear(&mut document, &old, 1);
        hear(&mut document, &new, 2);
        assert_eq!(
            kept(&document),
            std::slice::from_ref(&new),
            "it covers the older one"
        );
        // The relay was restored, and signs for less.
        hear(&mut document, &old, 3);
        assert_eq!(kept(&document), [new.clone(), old.clone()]);
        // What is not here yet proves nothing that we could bring.
        hear(&mut document, &[ChangeHash([9; 32])], 4);
        assert_eq!(kept(&document), [new.clone(), old]);
        let newest = edit(&mut document, 3);
        hear(&mut document, &newest, 5);
        assert_eq!(kept(&document), [newest]);
        // All are shown on a new connection, once.
        assert_eq!(document.poll_receipt(), None);
        document.new_connection();
        assert!(document.poll_receipt().is_some());
        assert_eq!(document.poll_receipt(), None);
    }
}
