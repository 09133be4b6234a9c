//! Who may hand in work after their link has ended, and how much.
//!
//! What somebody typed offline while their link was revoked would else stay on their device. They
//! may not connect any more, so nothing is told to them but that their work is kept, or why not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, Weak};

use automerge::ChangeHash;
use plenary_draft::DocumentId;
use plenary_protocol::limits::Limits;
use plenary_protocol::room::{HandInRoom, ParticipantId, QUARANTINE_OF_ALL, RefusalReason};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::access::{Rate, Role};
use crate::admission::{Claimed, Refusal};
use crate::clock::now_ms;
use crate::relay::Relay;
use crate::storage::{Deletion, LinkHash, QuarantineSize, StoredAccess};

/// How long after a link has ended work that was made by it is taken: 30 days, as long as a browser
/// keeps the session that the link had opened.
pub(crate) const GRACE_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How many bodies are held in memory at once.
const AT_ONCE: usize = 4;

/// Keeps handing in within bounds.
pub(crate) struct Counter {
    /// Places for bodies that are read.
    places: Arc<Semaphore>,
    /// One place for each who hands in: whoever sends slowly holds up themselves.
    own: std::sync::Mutex<BTreeMap<ParticipantId, Weak<Semaphore>>>,
    /// Held from looking at what is in quarantine until more is: two who hand in at the same
    /// time may not both take the room that is left.
    pub(crate) turn: Mutex<()>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            own: std::sync::Mutex::default(),
            turn: Mutex::default(),
        }
    }
}

/// A place for one body, of all and of its giver's own.
pub(crate) struct Place(#[expect(dead_code, reason = "held, not read")] [OwnedSemaphorePermit; 2]);

impl Counter {
    /// Waits for a place for what `giver` sends. `None` when the relay shuts down.
    pub(crate) async fn place(&self, giver: &ParticipantId) -> Option<Place> {
        let own = self.own_place(giver).acquire_owned().await.ok()?;
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        Some(Place([own, place]))
    }

    fn own_place(&self, giver: &ParticipantId) -> Arc<Semaphore> {
        let mut places = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(giver).and_then(Weak::upgrade) {
            return place;
        }
        places.retain(|_, place| place.strong_count() > 0);
        let place = Arc::new(Semaphore::new(1));
        places.insert(giver.clone(), Arc::downgrade(&place));
        place
    }
}

/// Why somebody may not hand in anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HandInDenied {
    /// As for whatever they ask by this link.
    Refused(Refusal),
    /// The link never allowed to write anything.
    RoleTooLow(Role),
    /// The draft is to be deleted.
    Deleted(Deletion),
    /// The link works: what was written by it is synced, and judged there.
    StillOpen,
}

impl From<Refusal> for HandInDenied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Finds out who hands in. It takes a link of this draft that has ended not long ago, or that its
/// holder may only read by any more, and somebody who had joined by it while it worked. Whoever
/// finds an old link is told what anybody with it is told.
pub(crate) async fn giver(
    relay: &Relay,
    draft: DocumentId,
    secret: LinkHash,
    claimed: &Claimed,
    address: Option<IpAddr>,
) -> Result<ParticipantId, HandInDenied> {
    let now = now_ms();
    let rates = relay.rates();
    rates
        .check(Rate::Guess, address, now)
        .map_err(Refusal::from)?;
    let asked = match claimed {
        Claimed::Kept(participant) => Some(participant.clone()),
        _ => None,
    };
    let storage = relay.storage();
    let found = storage.access(draft, secret, asked).await;
    let Some(found) = found.map_err(Refusal::from)? else {
        rates
            .take(Rate::Guess, address, now)
            .map_err(Refusal::from)?;
        let known = storage.draft_of(draft).await.map_err(Refusal::from)?;
        let refusal = match known {
            Some(_) => Refusal::WrongSecret,
            None => Refusal::NoSuchDraft,
        };
        return Err(refusal.into());
    };
    let giver = judge(found, now)?;
    rates
        .take(Rate::HandIn, address, now)
        .map_err(Refusal::from)?;
    Ok(giver)
}

fn judge(found: StoredAccess, now_ms: i64) -> Result<ParticipantId, HandInDenied> {
    let role = found.link.terms.role;
    if role < Role::Reviewer {
        return Err(HandInDenied::RoleTooLow(role));
    }
    let expired = found.link.terms.expires_ms.filter(|at_ms| *at_ms <= now_ms);
    let ended = match (found.link.revoked_ms, expired) {
        (Some(revoked), expired) => {
            let at_ms = expired.map_or(revoked, |expired| expired.min(revoked));
            Some((at_ms, Refusal::Revoked))
        }
        (None, Some(expired)) => Some((expired, Refusal::Expired)),
        (None, None) => None,
    };
    let cap = found.person.as_ref().and_then(|person| person.role_cap);
    if ended.is_none() && cap != Some(Role::Viewer) {
        return Err(HandInDenied::StillOpen);
    }
    let giver = found.participant.filter(|_| found.has_used);
    match (giver, ended) {
        (_, Some((at_ms, refusal))) if now_ms.saturating_sub(at_ms) > GRACE_MS => {
            Err(refusal.into())
        }
        (Some(_), _) if found.deletion.is_some() => Err(found
            .deletion
            .map_or(HandInDenied::StillOpen, HandInDenied::Deleted)),
        (Some(giver), _) => Ok(giver),
        (None, Some((_, refusal))) => Err(refusal.into()),
        (None, None) => Err(Refusal::ParticipantNeeded.into()),
    }
}

/// What the quarantine holds of somebody, and how much more it takes of what they hand in: as much
/// as of one connection, and of all who hand in for the draft together a few times that.
pub(crate) fn room_for(
    giver: &ParticipantId,
    sizes: &[QuarantineSize],
    limits: &Limits,
) -> (BTreeSet<ChangeHash>, HandInRoom) {
    let theirs = |size: &&QuarantineSize| size.participant == *giver;
    let held = sizes.iter().filter(theirs).map(|size| size.hash).collect();
    let word = RefusalReason::LinkEnded.word();
    let handed_in = || sizes.iter().filter(|size| size.reason == word);
    let left = |changes: usize, bytes: usize, times: usize| HandInRoom {
        changes: (limits.quarantined_changes.saturating_mul(times)).saturating_sub(changes),
        bytes: (limits.quarantined_bytes.saturating_mul(times)).saturating_sub(bytes),
    };
    let bytes = |size: &QuarantineSize| size.bytes;
    let own = left(
        handed_in().filter(theirs).count(),
        handed_in().filter(theirs).map(bytes).sum(),
        1,
    );
    let all = left(
        handed_in().count(),
        handed_in().map(bytes).sum(),
        QUARANTINE_OF_ALL,
    );
    let room = HandInRoom {
        changes: own.changes.min(all.changes),
        bytes: own.bytes.min(all.bytes),
    };
    (held, room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{LinkId, NewLink, StoredLink};

    fn size(number: u8, from: &str, reason: &str, bytes: usize) -> QuarantineSize {
        QuarantineSize {
            document: DocumentId::from_bytes([1; 16]),
            hash: ChangeHash([number; 32]),
            participant: ParticipantId::new(from),
            reason: reason.into(),
            bytes,
        }
    }

    fn access(revoked_ms: Option<i64>, expires_ms: Option<i64>) -> StoredAccess {
        let draft = DocumentId::from_bytes([1; 16]);
        let mut terms = NewLink::plain(LinkId::new("link"), [2; 32], Role::Editor);
        terms.expires_ms = expires_ms;
        StoredAccess {
            link: StoredLink {
                draft,
                terms,
                created_ms: 0,
                uses: 1,
                revoked_ms,
            },
            participant: Some(ParticipantId::new("anna")),
            person: None,
            has_used: true,
            deletion: None,
        }
    }

    #[tokio::test]
    async fn who_sends_slowly_holds_up_nobody_else() {
        let counter = Counter::default();
        let (anna, bo) = (ParticipantId::new("anna"), ParticipantId::new("bo"));
        let held = counter.place(&anna).await.expect("a place");
        let mut second = std::pin::pin!(counter.place(&anna));
        let waits = tokio::time::timeout(std::time::Duration::from_millis(1), &mut second);
        assert!(waits.await.is_err(), "her own place is taken");
        let others = counter.place(&bo).await;
        assert!(others.is_some(), "there is room for others");
        drop(held);
        assert!(second.await.is_some());
        drop(others);
        counter.own_place(&ParticipantId::new("cleo"));
        assert_eq!(counter.own.lock().expect("not poisoned").len(), 1);
    }

    #[test]
    fn the_grace_begins_when_the_link_ended_first() {
        let now = 10 * GRACE_MS;
        let old = now - GRACE_MS - 1;
        for (revoked, expires, refusal) in [
            (Some(now), None, None),
            (Some(now - GRACE_MS), None, None),
            (None, Some(now), None),
            (Some(old), None, Some(Refusal::Revoked)),
            (None, Some(old), Some(Refusal::Expired)),
            // Revoking what had expired long ago opens nothing again.
            (Some(now), Some(old), Some(Refusal::Revoked)),
        ] {
            let judged = judge(access(revoked, expires), now);
            assert_eq!(judged.err(), refusal.map(HandInDenied::Refused));
        }
        let open = judge(access(None, Some(now + 1)), now);
        assert_eq!(open, Err(HandInDenied::StillOpen));
        let mut stranger = access(Some(now), None);
        stranger.has_used = false;
        let refused = Err(HandInDenied::Refused(Refusal::Revoked));
        assert_eq!(judge(stranger, now), refused);
    }

    #[test]
    fn what_was_handed_in_before_takes_room_and_what_was_refused_does_not() {
        let limits = Limits {
            quarantined_changes: 3,
            quarantined_bytes: 100,
            ..Limits::default()
        };
        let anna = ParticipantId::new("anna");
        let sizes = [
            size(1, "anna", "link-ended", 30),
            size(2, "anna", "stage", 60),
            size(3, "bo", "link-ended", 90),
        ];
        let (held, room) = room_for(&anna, &sizes, &limits);
        assert_eq!(
            held,
            BTreeSet::from([ChangeHash([1; 32]), ChangeHash([2; 32])])
        );
        assert_eq!((room.changes, room.bytes), (2, 70));
        let many: Vec<_> = (0..23).map(|n| size(n, "bo", "link-ended", 1)).collect();
        let (_, room) = room_for(&anna, &many, &limits);
        assert_eq!(room.changes, 1, "the draft's own bound");
        let (_, room) = room_for(&ParticipantId::new("bo"), &many, &limits);
        assert_eq!(room.changes, 0);
    }
}
