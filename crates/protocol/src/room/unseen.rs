//! What somebody brings to a document that they may not even read, as a viewer whose link was one
//! for editing when they wrote it. If something of theirs is in the draft already, it goes into
//! quarantine like all that is refused. From anybody else it is not taken, lest those who only ever
//! read fill the room that is meant for work; they are told that it stays where it is. Of the
//! document nothing is told to either, so that there is no sync state of theirs here.

use automerge::ChangeHash;
use plenary_draft::DocumentId;

use super::Room;
use super::quarantine::Kept;
use super::turn::{Collected, Pending};
use super::types::{Commit, ConnectionId, ParticipantId, QuarantinedChange, RefusalReason};
use crate::close::{CloseCode, CloseReason};
use crate::sync::{IncomingChange, SyncMessage, read_changes};
use crate::wire::Notice;

/// What somebody is told whose changes are not here, and do not come.
const NOT_TAKEN: &str = "this link is for reading: what you wrote was not taken, and is only where you wrote it. \
     To take part, ask a facilitator for a link that allows it";

/// Changes that somebody brought without seeing what they are for.
pub(super) struct Unseen {
    connection: ConnectionId,
    participant: ParticipantId,
    document: DocumentId,
    changes: Vec<IncomingChange>,
}

impl Room {
    /// Takes the changes out of a message about a document that the peer may not read, and says that
    /// it is not here. A peer that only says that it has some is not asked for them: that would
    /// take a sync state, and so tell what is here.
    pub(super) fn hear_unseen(
        &mut self,
        connection: ConnectionId,
        id: DocumentId,
        message: &SyncMessage,
        collected: &mut Collected,
    ) -> Result<(), CloseReason> {
        let (here, document) = (self.members.get_mut(&connection), self.documents.get(&id));
        let (Some(here), Some(document)) = (here, document) else {
            return self.deny(connection, id);
        };
        let participant = here.member.participant.clone();
        let is_known = |hash: &ChangeHash| document.log.contains(hash);
        let has_written = || self.bindings.values().any(|owner| *owner == participant);
        if !message.changes.is_empty() && has_written() {
            let changes = read_changes(&message.changes, &self.config.limits, is_known)
                .map_err(|error| CloseReason::new(error.close_code(), error.to_string()))?;
            collected.count(&changes);
            if !changes.is_empty() {
                collected.unseen.push(Unseen {
                    connection,
                    participant,
                    document: id,
                    changes,
                });
            }
        } else if !message.heads.iter().all(is_known) {
            here.notify_once(Notice::Notice {
                document: Some(id),
                message: NOT_TAKEN.to_owned(),
            });
        }
        self.deny(connection, id)
    }

    /// Keeps what was brought unseen, as far as there is room for it. Whoever brings the same again
    /// is told the same again.
    pub(super) fn keep_unseen(
        &mut self,
        now_ms: i64,
        collected: &mut Collected,
        pending: &mut Pending,
        commit: &mut Commit,
    ) {
        for unseen in core::mem::take(&mut collected.unseen) {
            for change in unseen.changes {
                let kept = Kept {
                    document: unseen.document,
                    hash: change.hash,
                    participant: unseen.participant.clone(),
                    bytes: change.change.raw_bytes().len(),
                    is_handed_in: false,
                };
                let is_new = !self.quarantine.holds(&kept);
                if !self.quarantine.take(kept, &self.config.limits) {
                    let full = CloseCode::QuarantineFull.into();
                    collected.closes.insert(unseen.connection, full);
                    break;
                }
                let reason = RefusalReason::NotAllowed;
                pending.refuse(unseen.connection, unseen.document, reason, change.hash);
                if is_new {
                    commit.quarantined.push(QuarantinedChange {
                        document: unseen.document,
                        hash: change.hash,
                        bytes: change.inflated(),
                        participant: unseen.participant.clone(),
                        reason,
                        received_ms: now_ms,
                    });
                }
            }
        }
    }
}
