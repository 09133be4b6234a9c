//! What of a judgement goes into the audit trail.

use std::collections::{BTreeMap, BTreeSet};

use plenary_draft::DocumentId;

use super::Room;
use super::accept::Judgement;
use super::request::AuditEntry;
use super::turn::Pending;
use super::types::{Commit, ParticipantId};

impl Room {
    /// Notes in the audit trail who writes for the first time with a program that keeps no secret: they
    /// came without joining, as nobody could know whether they ever come again.
    pub(super) fn note_newcomers(
        &self,
        now_ms: i64,
        judgement: &Judgement,
        pending: &Pending,
        commit: &mut Commit,
    ) {
        let mut noted = BTreeSet::new();
        for candidate in &judgement.accepted {
            let (by, actor) = (&candidate.participant, candidate.incoming.change.actor_id());
            let is_theirs = judgement.bindings.get(actor) == Some(by);
            if candidate.keeps_receipts || !is_theirs || noted.contains(by) {
                continue;
            }
            let mut known = self.bindings.values().chain(pending.bindings.values());
            let here = self.members.get(&candidate.connection);
            if let (Some(here), false) = (here, known.any(|owner| owner == by)) {
                noted.insert(by.clone());
                commit.audit.push(AuditEntry {
                    at_ms: now_ms,
                    by: by.clone(),
                    what: "wrote-first",
                    details: vec![("role", here.member.access.role.to_string())],
                });
            }
        }
    }

    /// Notes who brought changes back after a restore of which nobody knows whose they are: they
    /// are stored as nobody's, so that the trail is all that tells where they came from.
    pub(super) fn note_returned(
        &self,
        now_ms: i64,
        id: DocumentId,
        judgement: &Judgement,
        commit: &mut Commit,
    ) {
        let unknown = ParticipantId::unknown();
        let mut brought: BTreeMap<&ParticipantId, usize> = BTreeMap::new();
        for candidate in &judgement.accepted {
            let here = self.members.get(&candidate.connection);
            if let (true, Some(here)) = (candidate.participant == unknown, here) {
                *brought.entry(&here.member.participant).or_default() += 1;
            }
        }
        let Some(document) = self.documents.get(&id) else {
            return;
        };
        for (by, changes) in brought {
            commit.audit.push(AuditEntry {
                at_ms: now_ms,
                by: by.clone(),
                what: "brought-back",
                details: vec![
                    ("document", document.kind.as_str().to_owned()),
                    ("changes", changes.to_string()),
                ],
            });
        }
    }
}
