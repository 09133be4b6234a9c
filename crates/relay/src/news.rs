//! Word that something moved, for those who follow a draft without syncing it.
//!
//! Nothing is queued: who follows hears that there is something newer than what they saw last, and
//! looks for themselves what they may see of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plenary_draft::DocumentId;
use tokio::sync::watch;

/// How often each part of a draft has moved since somebody began to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moved {
    /// Its documents.
    pub(crate) documents: u64,
    /// Its people and groups.
    pub(crate) people: u64,
    /// Links, roles, or whether it is to be deleted: who follows has to be judged anew.
    pub(crate) access: u64,
}

/// The drafts that somebody follows.
#[derive(Clone, Default)]
pub(crate) struct News(Arc<Mutex<BTreeMap<DocumentId, watch::Sender<Moved>>>>);

/// How access to a draft stood at some moment.
pub(crate) struct Standing {
    moved: watch::Receiver<Moved>,
    access: u64,
}

impl Standing {
    /// Whether nobody has lost or won access since.
    pub(crate) fn is_current(&self) -> bool {
        self.moved.borrow().access == self.access
    }
}

impl News {
    /// Follows a draft from now on.
    pub(crate) fn follow(&self, draft: DocumentId) -> watch::Receiver<Moved> {
        let mut followed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        followed.retain(|_, sender| !sender.is_closed());
        followed.entry(draft).or_default().subscribe()
    }

    /// Access to a draft as it stands now. Taken before somebody is judged, it tells later whether the
    /// judgement may still be relied on.
    pub(crate) fn standing(&self, draft: DocumentId) -> Standing {
        let moved = self.follow(draft);
        let access = moved.borrow().access;
        Standing { moved, access }
    }

    fn tell(&self, draft: DocumentId, moved: impl FnOnce(&mut Moved)) {
        let followed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = followed.get(&draft) {
            sender.send_modify(moved);
        }
    }

    /// Changes of the draft's documents were stored and taken in.
    pub(crate) fn documents(&self, draft: DocumentId) {
        self.tell(draft, |moved| moved.documents += 1);
    }

    /// People or groups changed.
    pub(crate) fn people(&self, draft: DocumentId) {
        self.tell(draft, |moved| moved.people += 1);
    }

    /// Somebody may have lost or won access.
    pub(crate) fn access(&self, draft: DocumentId) {
        self.tell(draft, |moved| moved.access += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_lasts_until_access_moves() {
        let news = News::default();
        let draft = DocumentId::from_bytes([1; 16]);
        let standing = news.standing(draft);
        news.people(draft);
        assert!(standing.is_current());
        news.access(draft);
        assert!(!standing.is_current());
        assert!(news.standing(draft).is_current());
    }

    #[test]
    fn who_follows_hears_and_who_left_is_forgotten() {
        let news = News::default();
        let draft = DocumentId::from_bytes([1; 16]);
        news.documents(draft);
        let mut follower = news.follow(draft);
        assert!(!follower.has_changed().expect("somebody may tell"));
        news.documents(draft);
        news.people(draft);
        assert_eq!(follower.borrow_and_update().documents, 1);
        assert_eq!(follower.borrow_and_update().people, 1);
        drop(follower);
        let other = news.follow(DocumentId::from_bytes([2; 16]));
        assert_eq!(news.0.lock().expect("not poisoned").len(), 1);
        drop(other);
    }
}
