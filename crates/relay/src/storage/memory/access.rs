//! Links, people and the audit trail of the double.

use std::collections::{BTreeMap, BTreeSet};

use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;

use super::Tables;
use crate::access::Role;
use crate::storage::error::MERGE_TELLS_MORE;
use crate::storage::{
    AccessCommit, Act, AuditEntry, Deletion, DraftSummary, LinkHash, LinkId, NewAudit, NewLink,
    PersonEntry, Standing, StorageError, StoredAccess, StoredLink, StoredPerson,
};

/// The tables around the documents.
#[derive(Clone, Default)]
pub(super) struct Outside {
    links: Vec<StoredLink>,
    uses: BTreeSet<(LinkId, ParticipantId)>,
    people: Vec<(DocumentId, StoredPerson)>,
    audit: Vec<AuditEntry>,
    deletions: BTreeMap<DocumentId, Deletion>,
    sequence: i64,
}

fn conflict<T>(what: &str) -> Result<T, StorageError> {
    Err(StorageError::Conflict(what.to_owned()))
}

impl Outside {
    /// Stores a link; its id and the hash of its secret must be free.
    pub(super) fn add_link(
        &mut self,
        draft: DocumentId,
        created_ms: i64,
        terms: NewLink,
    ) -> Result<(), StorageError> {
        let is_taken =
            |known: &StoredLink| known.terms.hash == terms.hash || known.terms.id == terms.id;
        if self.links.iter().any(is_taken) {
            return conflict("the secret is taken");
        }
        self.links.push(StoredLink {
            draft,
            terms,
            created_ms,
            uses: 0,
            revoked_ms: None,
        });
        Ok(())
    }

    /// Says in the audit trail that a draft was made.
    pub(super) fn note_made(&mut self, draft: DocumentId, at_ms: i64) {
        let links = self.links.iter().filter(|link| link.draft == draft).count();
        let made = NewAudit {
            by: None,
            kind: "draft-made",
            detail: serde_json::json!({"links": links}),
        };
        self.note(Some(draft), at_ms, made);
    }

    /// Appends to the audit trail.
    pub(super) fn note(&mut self, draft: Option<DocumentId>, at_ms: i64, entry: NewAudit) {
        self.sequence += 1;
        self.audit.push(AuditEntry {
            sequence: self.sequence,
            draft,
            at_ms,
            by: entry.by,
            kind: entry.kind.to_owned(),
            detail: entry.detail,
        });
    }

    /// The links of a draft with how many have joined by each.
    pub(super) fn links(&self, draft: DocumentId) -> Vec<StoredLink> {
        let links = self.links.iter().filter(|link| link.draft == draft);
        let mut links: Vec<_> = links.map(|link| self.counted(link)).collect();
        links.sort_by(|a, b| {
            let key = |link: &StoredLink| (link.created_ms, link.terms.role.as_str());
            key(a).cmp(&key(b)).then(a.terms.id.cmp(&b.terms.id))
        });
        links
    }

    fn counted(&self, link: &StoredLink) -> StoredLink {
        let uses = self.uses.iter().filter(|(id, _)| *id == link.terms.id);
        StoredLink {
            uses: u32::try_from(uses.count()).unwrap_or(u32::MAX),
            ..link.clone()
        }
    }

    /// The link with this hash of its secret.
    pub(super) fn link(&self, hash: &LinkHash) -> Option<StoredLink> {
        let found = self.links.iter().find(|link| link.terms.hash == *hash)?;
        Some(self.counted(found))
    }

    /// What is known of whoever shows a secret for a draft.
    pub(super) fn access(
        &self,
        draft: DocumentId,
        hash: &LinkHash,
        claimed: Option<ParticipantId>,
    ) -> Option<StoredAccess> {
        let link = self.link(hash).filter(|link| link.draft == draft)?;
        let mut person = claimed
            .as_ref()
            .and_then(|claimed| self.person(draft, claimed));
        if let Some(into) = person
            .as_ref()
            .and_then(|person| person.merged_into.clone())
        {
            person = self.person(draft, &into);
        }
        let participant = person
            .as_ref()
            .map(|person| person.participant.clone())
            .or(claimed);
        let has_used = participant.as_ref().is_some_and(|participant| {
            self.uses
                .contains(&(link.terms.id.clone(), participant.clone()))
        });
        Some(StoredAccess {
            link,
            participant,
            person,
            has_used,
            deletion: self.deletions.get(&draft).copied(),
        })
    }

    fn person(&self, draft: DocumentId, participant: &ParticipantId) -> Option<StoredPerson> {
        self.people
            .iter()
            .find(|(of, person)| *of == draft && person.participant == *participant)
            .map(|(_, person)| person.clone())
    }

    fn person_mut(
        &mut self,
        draft: DocumentId,
        participant: &ParticipantId,
        now_ms: i64,
    ) -> &mut StoredPerson {
        let place = self
            .people
            .iter()
            .position(|(of, person)| *of == draft && person.participant == *participant);
        let place = place.unwrap_or_else(|| {
            let guest = StoredPerson::guest(participant.clone(), now_ms);
            self.people.push((draft, guest));
            self.people.len() - 1
        });
        &mut self.people[place].1
    }

    /// The people of a draft.
    pub(super) fn people(&self, draft: DocumentId) -> Vec<StoredPerson> {
        let people = self.people.iter().filter(|(of, _)| *of == draft);
        people.map(|(_, person)| person.clone()).collect()
    }

    /// The audit trail of a draft or of the whole site.
    pub(super) fn audit(
        &self,
        draft: Option<DocumentId>,
        after: i64,
        most: u32,
    ) -> Vec<AuditEntry> {
        let entries = self
            .audit
            .iter()
            .filter(|entry| entry.sequence > after && (draft.is_none() || entry.draft == draft));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        entries.take(most).cloned().collect()
    }

    /// The drafts that are to be deleted.
    pub(super) fn deletions(&self) -> Vec<(DocumentId, Deletion)> {
        let deletions = self.deletions.iter();
        deletions.map(|(id, deletion)| (*id, *deletion)).collect()
    }

    fn require(
        &self,
        draft: DocumentId,
        at_ms: i64,
        standing: &Standing,
    ) -> Result<(), StorageError> {
        let lets_in = self.links.iter().any(|link| {
            let is_over = link.terms.expires_ms.is_some_and(|at| at <= at_ms);
            (link.draft, &link.terms.id) == (draft, &standing.link)
                && link.revoked_ms.is_none()
                && !is_over
        });
        let asker = standing.participant.as_ref();
        let person = asker.and_then(|participant| self.person(draft, participant));
        let is_as_before = asker.is_none()
            || person.map_or(standing.cap.is_none(), |person| {
                person.merged_into.is_none() && person.role_cap == standing.cap
            });
        if lets_in && is_as_before {
            Ok(())
        } else {
            Err(StorageError::AccessMoved)
        }
    }

    fn perform(&mut self, draft: DocumentId, at_ms: i64, act: Act) -> Result<(), StorageError> {
        match act {
            Act::Require(standing) => self.require(draft, at_ms, &standing)?,
            Act::AddLink(link) => self.add_link(draft, at_ms, link)?,
            Act::ChangeLink(terms) => {
                let link = self.stored_link(draft, &terms.id)?;
                link.terms.label = terms.label;
                link.terms.group = terms.group;
                link.terms.expires_ms = terms.expires_ms;
                link.terms.uses_limit = terms.uses_limit;
                for made in self.made_from(draft, &terms.id) {
                    made.terms.expires_ms = terms.expires_ms;
                }
            }
            Act::RevokeLink(id) => {
                let link = self.stored_link(draft, &id)?;
                link.revoked_ms.get_or_insert(at_ms);
                for made in self.made_from(draft, &id) {
                    made.revoked_ms.get_or_insert(at_ms);
                }
            }
            Act::UseLink {
                link,
                participant,
                role,
                most_people,
            } => {
                self.use_link(draft, at_ms, &link, &participant, role)?;
                if self.people(draft).len() > usize::try_from(most_people).unwrap_or(usize::MAX) {
                    return conflict(&format!("a draft has at most {most_people} people"));
                }
            }
            Act::PutPerson(person) => self.put_person(draft, person),
            Act::CorrectPerson { before, after } => self.correct_person(draft, &before, after)?,
            Act::CapRole { participant, cap } => {
                let person = self.known_mut(draft, &participant);
                let Some(person) = person else {
                    return conflict("there is no such person");
                };
                person.role_cap = cap;
                person.changed_ms = at_ms;
            }
            Act::Merge { from, into } | Act::Continue { from, into } => {
                self.merge(draft, at_ms, &from, &into)?;
            }
            Act::DeleteDraft { purge_ms } => {
                let deletion = self.deletions.entry(draft).or_insert(Deletion {
                    asked_ms: at_ms,
                    purge_ms,
                });
                deletion.purge_ms = deletion.purge_ms.min(purge_ms);
            }
            Act::UndeleteDraft => {
                self.deletions.remove(&draft);
            }
        }
        Ok(())
    }

    fn put_person(&mut self, draft: DocumentId, person: StoredPerson) {
        match self.known_mut(draft, &person.participant) {
            Some(known) => {
                let kept = known.clone();
                *known = StoredPerson {
                    role: kept.role,
                    role_cap: kept.role_cap,
                    added_by: kept.added_by,
                    merged_into: kept.merged_into,
                    created_ms: kept.created_ms,
                    ..person
                };
            }
            None => self.people.push((draft, person)),
        }
    }

    fn correct_person(
        &mut self,
        draft: DocumentId,
        before: &PersonEntry,
        after: StoredPerson,
    ) -> Result<(), StorageError> {
        match self.known_mut(draft, &after.participant) {
            Some(known) if known.entry == *before && known.erased_ms.is_none() => {
                known.entry = after.entry;
                known.changed_ms = after.changed_ms;
                known.corrected_by = after.corrected_by;
                Ok(())
            }
            _ => conflict("the entry was changed or erased meanwhile"),
        }
    }

    fn known_mut(
        &mut self,
        draft: DocumentId,
        participant: &ParticipantId,
    ) -> Option<&mut StoredPerson> {
        let mut people = self.people.iter_mut();
        let found = people.find(|(of, known)| *of == draft && known.participant == *participant);
        found.map(|(_, person)| person)
    }

    /// Whether somebody has said something of themselves.
    fn is_somebody(&self, draft: DocumentId, participant: &ParticipantId) -> bool {
        self.person(draft, participant).is_some_and(|person| {
            let entry = &person.entry;
            let said = [&entry.name, &entry.affiliation, &entry.on_behalf_of];
            said.into_iter().any(Option::is_some)
                || person.added_by.is_some()
                || person.erased_ms.is_some()
        })
    }

    fn stored_link(
        &mut self,
        draft: DocumentId,
        id: &LinkId,
    ) -> Result<&mut StoredLink, StorageError> {
        let mut links = self.links.iter_mut();
        match links.find(|link| link.draft == draft && link.terms.id == *id) {
            Some(link) => Ok(link),
            None => conflict("there is no such link"),
        }
    }

    fn made_from<'a>(
        &'a mut self,
        draft: DocumentId,
        id: &'a LinkId,
    ) -> impl Iterator<Item = &'a mut StoredLink> {
        let links = self.links.iter_mut();
        links.filter(move |link| link.draft == draft && link.terms.made_from.as_ref() == Some(id))
    }

    fn use_link(
        &mut self,
        draft: DocumentId,
        at_ms: i64,
        link: &LinkId,
        participant: &ParticipantId,
        role: Role,
    ) -> Result<(), StorageError> {
        let limit = self.stored_link(draft, link)?.terms.uses_limit;
        if self.uses.insert((link.clone(), participant.clone())) {
            let uses = self.uses.iter().filter(|(id, _)| id == link).count();
            if limit.is_some_and(|limit| uses > usize::try_from(limit).unwrap_or(usize::MAX)) {
                return Err(StorageError::LinkUsedUp);
            }
            let joined = NewAudit {
                by: Some(participant.clone()),
                kind: "joined",
                detail: serde_json::json!({"link": link.as_str(), "role": role.as_str()}),
            };
            self.note(Some(draft), at_ms, joined);
        }
        self.person_mut(draft, participant, at_ms).role = Some(role);
        Ok(())
    }

    /// The person of an id, or the id itself.
    pub(super) fn truly(&self, draft: DocumentId, id: &ParticipantId) -> ParticipantId {
        let person = self.person(draft, id);
        let into = person.and_then(|person| person.merged_into.clone());
        into.unwrap_or_else(|| id.clone())
    }

    /// Who is somebody else in a draft.
    pub(super) fn merged(&self, draft: DocumentId) -> Vec<(ParticipantId, ParticipantId)> {
        let people = self.people.iter().filter(|(of, _)| *of == draft);
        people
            .filter_map(|(_, person)| {
                Some((person.participant.clone(), person.merged_into.clone()?))
            })
            .collect()
    }

    fn merge(
        &mut self,
        draft: DocumentId,
        at_ms: i64,
        from: &ParticipantId,
        into: &ParticipantId,
    ) -> Result<(), StorageError> {
        let into_is_free = self
            .person(draft, into)
            .is_some_and(|person| person.merged_into.is_none());
        if from == into || !into_is_free {
            return conflict("a person can only be merged into somebody else who is there");
        }
        let told = |person: Option<StoredPerson>| {
            person.map_or((true, true), |person| {
                (!person.entry.withheld, person.erased_ms.is_none())
            })
        };
        let (one, other) = (
            told(self.person(draft, from)),
            told(self.person(draft, into)),
        );
        if (!one.0 && other.0) || (!one.1 && other.1) {
            return conflict(MERGE_TELLS_MORE);
        }
        let merged = self.person_mut(draft, from, at_ms);
        merged.merged_into = Some(into.clone());
        merged.changed_ms = at_ms;
        if merged.added_by.is_none() {
            self.person_mut(draft, into, at_ms).added_by = None;
        }
        for (of, person) in &mut self.people {
            if *of == draft && person.merged_into.as_ref() == Some(from) {
                person.merged_into = Some(into.clone());
            }
        }
        for link in &mut self.links {
            if link.draft == draft && link.terms.participant.as_ref() == Some(from) {
                link.terms.participant = Some(into.clone());
            }
        }
        Ok(())
    }
}

impl Tables {
    /// Does all acts of a commit and writes its entries into the audit trail.
    pub(super) fn commit_access(&mut self, commit: AccessCommit) -> Result<(), StorageError> {
        match commit.draft {
            Some(draft) if !self.drafts.contains(&draft) => {
                return Err(StorageError::UnknownDocument(draft));
            }
            None if !commit.acts.is_empty() => return conflict("acts without a draft"),
            _ => {}
        }
        for act in commit.acts {
            let Some(draft) = commit.draft else { continue };
            if let Act::Continue { from, .. } = &act {
                let mut bound = self.bindings.iter();
                let has_written = bound.any(|((of, _), owner)| *of == draft && owner == from);
                if has_written || self.outside.is_somebody(draft, from) {
                    return Err(StorageError::KnownAlready);
                }
            }
            if let Act::Merge { from, into } | Act::Continue { from, into } = &act {
                let bound = self.bindings.iter_mut();
                for (_, owner) in bound.filter(|((of, _), owner)| *of == draft && *owner == from) {
                    *owner = into.clone();
                }
            }
            self.outside.perform(draft, commit.at_ms, act)?;
        }
        for entry in commit.audit {
            self.outside.note(commit.draft, commit.at_ms, entry);
        }
        Ok(())
    }

    /// All drafts with their sizes.
    pub(super) fn summaries(&self) -> Vec<DraftSummary> {
        self.drafts.iter().map(|id| self.summary(*id)).collect()
    }

    fn summary(&self, id: DocumentId) -> DraftSummary {
        let is_ours = |document: &DocumentId| self.kind(*document).is_ok_and(|(_, of)| of == id);
        let changes = self.changes.iter().filter(|c| is_ours(&c.document));
        let snapshots = self.snapshots.values().filter(|s| is_ours(&s.document));
        let refused = self.quarantine.iter().filter(|kept| kept.draft == id);
        let bytes = changes
            .clone()
            .filter_map(|change| change.bytes.as_ref().map(bytes::Bytes::len))
            .chain(snapshots.map(|snapshot| snapshot.stored.bytes.len()))
            .chain(refused.map(|kept| kept.record.bytes));
        let made = self.outside.audit.iter().find(|e| e.draft == Some(id));
        let created_ms = made.map_or(0, |entry| entry.at_ms);
        let people = self.outside.people(id);
        let links = self.outside.links(id);
        DraftSummary {
            id,
            created_ms,
            deletion: self.outside.deletions.get(&id).copied(),
            changes: changes.clone().count() as u64,
            changed_ms: changes
                .map(|change| change.record.received_ms)
                .max()
                .unwrap_or(created_ms),
            bytes: bytes.sum::<usize>() as u64,
            people: people.iter().filter(|p| p.merged_into.is_none()).count() as u64,
            links: links.iter().filter(|l| l.revoked_ms.is_none()).count() as u64,
        }
    }

    /// Deletes a draft with everything that belongs to it, when its time of grace is over.
    pub(super) fn purge(&mut self, draft: DocumentId, now_ms: i64) -> Result<(), StorageError> {
        let deletion = self.outside.deletions.get(&draft);
        if deletion.is_none_or(|deletion| deletion.purge_ms > now_ms) {
            return conflict("the draft is not to be deleted yet");
        }
        let ids: BTreeSet<DocumentId> = self
            .documents
            .iter()
            .filter(|(.., of)| *of == draft)
            .map(|(id, ..)| *id)
            .collect();
        self.changes
            .retain(|change| !ids.contains(&change.document));
        self.snapshots
            .retain(|_, snapshot| !ids.contains(&snapshot.document));
        self.documents.retain(|(id, ..)| !ids.contains(id));
        self.bindings.retain(|(of, _), _| *of != draft);
        self.quarantine.retain(|kept| kept.draft != draft);
        self.drafts.remove(&draft);
        let outside = &mut self.outside;
        outside.links.retain(|link| link.draft != draft);
        outside.people.retain(|(of, _)| *of != draft);
        outside.audit.retain(|entry| entry.draft != Some(draft));
        outside.deletions.remove(&draft);
        let entry = NewAudit {
            by: None,
            kind: "draft-deleted-for-good",
            detail: serde_json::json!({"draft": draft.to_string()}),
        };
        outside.note(None, now_ms, entry);
        Ok(())
    }
}
