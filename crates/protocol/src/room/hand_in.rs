//! Work that is handed in by somebody who may not connect any more, as their link was revoked.
//!
//! It goes into quarantine as a whole and is judged when a facilitator decides about it. Whoever
//! hands it in is told nothing: not what the relay knew already, nor anything of the documents.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use bytes::Bytes;

use super::Room;
use super::quarantine::Kept;
use super::request::AuditEntry;
use super::turn::Pending;
use super::types::{Commit, ParticipantId, QuarantinedChange, RefusalReason, Turn};
use crate::access::{DocumentKind, Role};
use crate::sync::{IncomingError, read_changes};
use crate::wire::Notice;

/// What somebody hands in.
#[derive(Debug, Clone)]
pub struct HandIn {
    /// Who.
    pub from: ParticipantId,
    /// For which document: the text or the discussion.
    pub document: DocumentKind,
    /// The changes as Automerge encodes them, one after the other.
    pub changes: Bytes,
    /// What the quarantine holds of theirs already.
    pub held: BTreeSet<ChangeHash>,
    /// How much more of theirs it takes.
    pub left: HandInRoom,
}

/// How much the quarantine still takes of what is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandInRoom {
    /// Changes.
    pub changes: usize,
    /// Their bytes, inflated.
    pub bytes: usize,
}

/// Why nothing of what was handed in is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandInRefused {
    /// Nobody writes this document but the relay, or there is none of this kind.
    #[error("changes are handed in for the text or the discussion of a draft")]
    NotWritten,
    /// It is no sequence of changes, or one of them is beyond a limit.
    #[error("what was handed in cannot be read: {0}")]
    Unreadable(#[from] IncomingError),
    /// It is more than the quarantine takes.
    #[error("there is no room for so many changes: those that were handed in before are kept")]
    Full,
}

/// What comes of handing in: to be stored like any other turn, and then the answer may be given.
#[derive(Debug)]
pub struct HandedIn {
    /// To be carried out, [`Room::committed`] included.
    pub turn: Turn,
    /// Whether all of it is with the relay now: in quarantine, or in the draft already.
    pub outcome: Result<(), HandInRefused>,
}

impl Room {
    /// Takes changes into quarantine, all or none of them. What the draft or the quarantine holds
    /// already is passed over, so handing in again does nothing. As after [`Room::turn`], the
    /// caller stores the commit and calls [`Room::committed`] before it answers.
    pub fn hand_in(&mut self, now_ms: i64, handed: HandIn) -> HandedIn {
        debug_assert!(
            self.pending.is_none(),
            "work was handed in before the last turn was committed"
        );
        let mut commit = Commit::default();
        let outcome = self.take_in_hand(now_ms, handed, &mut commit);
        self.pending = Some(Pending::of_held(!commit.quarantined.is_empty()));
        HandedIn {
            turn: Turn {
                commit: (!commit.is_empty()).then_some(commit),
                closes: Vec::new(),
                rest: Vec::new(),
            },
            outcome,
        }
    }

    fn take_in_hand(
        &mut self,
        now_ms: i64,
        handed: HandIn,
        commit: &mut Commit,
    ) -> Result<(), HandInRefused> {
        let is_written = matches!(
            handed.document,
            DocumentKind::Text | DocumentKind::Discussion
        );
        let id = self.id_of(handed.document).filter(|_| is_written);
        let id = id.ok_or(HandInRefused::NotWritten)?;
        let document = self.documents.get(&id).ok_or(HandInRefused::NotWritten)?;
        let limits = &self.config.limits;
        let is_known =
            |hash: &ChangeHash| document.log.contains(hash) || handed.held.contains(hash);
        let mut changes = read_changes(&[handed.changes], limits, is_known)?;
        let mut seen = BTreeSet::new();
        changes.retain(|change| seen.insert(change.hash));
        let bytes: usize = changes
            .iter()
            .map(|change| change.change.raw_bytes().len())
            .sum();
        if changes.len() > handed.left.changes || bytes > handed.left.bytes {
            return Err(HandInRefused::Full);
        }
        if changes.is_empty() {
            return Ok(());
        }
        let from = self.aliases.truly(&handed.from).clone();
        commit.audit.push(AuditEntry {
            at_ms: now_ms,
            by: from.clone(),
            what: "handed-in",
            details: vec![
                ("document", handed.document.as_str().to_owned()),
                ("changes", changes.len().to_string()),
            ],
        });
        commit
            .quarantined
            .extend(changes.into_iter().map(|change| QuarantinedChange {
                document: id,
                hash: change.hash,
                bytes: change.inflated(),
                participant: from.clone(),
                reason: RefusalReason::LinkEnded,
                received_ms: now_ms,
            }));
        for change in &commit.quarantined {
            self.quarantine.note(Kept {
                document: id,
                hash: change.hash,
                participant: from.clone(),
                bytes: change.bytes.len(),
                is_handed_in: true,
            });
        }
        self.tell_facilitators();
        Ok(())
    }

    /// Nobody sees by presence that somebody handed something in, so those who decide are told.
    fn tell_facilitators(&mut self) {
        let notice = Notice::Notice {
            document: None,
            message: "work of somebody whose link does not work any more was handed in: it is \
                      held back until a facilitator decides"
                .to_owned(),
        };
        for here in self.members.values_mut() {
            let decides = here.member.access.role == Role::Facilitator;
            if decides && here.notices.back() != Some(&notice) {
                here.notify(notice.clone());
            }
        }
    }
}
