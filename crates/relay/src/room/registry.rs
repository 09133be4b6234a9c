//! The rooms that are loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use automerge::ActorId;
use plenary_draft::DocumentId;
use plenary_protocol::limits::Limits;
use plenary_protocol::room::{ParticipantId, RoomConfig};
use plenary_protocol::wire::{PeerId, StorageId};
use tokio::sync::{OnceCell, Semaphore, watch};

use super::load::load_room;
use super::task::RoomTask;
use super::{RoomError, RoomHandle};
use crate::metrics::Metrics;
use crate::news::News;
use crate::random;
use crate::storage::Storage;
use crate::storage::compaction::CompactionPolicy;

/// How many bytes of changes go into one message; a quarter of what peers take in one frame.
const MESSAGE_BYTES: usize = 4 << 20;

/// How rooms behave.
#[derive(Debug, Clone)]
pub struct RoomSettings {
    /// The relay's name on the wire.
    pub relay: PeerId,
    /// What peers may ask of us.
    pub limits: Limits,
    /// Whether documents are independent of each other and made by whoever names them first.
    pub is_open: bool,
    /// The least time between two messages about news to one connection, in milliseconds.
    pub news_interval_ms: i64,
    /// How long a room stays loaded after the last connection left.
    pub idle: Duration,
    /// How many messages wait in a room's mailbox before whoever writes more has to wait.
    pub mailbox_messages: usize,
    /// How many rooms are loaded at once.
    pub rooms: usize,
    /// When a document is worth a new snapshot.
    pub compaction: CompactionPolicy,
}

/// What all rooms share.
pub(super) struct Common {
    pub(super) settings: RoomSettings,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) metrics: Arc<Metrics>,
    /// Hears of what is stored and taken in.
    pub(super) news: News,
    /// How many rooms work at the same time: more than there are processors would only take turns
    /// away from each other.
    pub(super) workers: Semaphore,
    /// One compaction at a time, beside everything else.
    pub(super) compaction: Semaphore,
    /// Becomes true when the relay shuts down.
    pub(super) going_away: watch::Sender<bool>,
}

/// A place for a room, from the moment that somebody asks for it.
type Slot = Arc<OnceCell<RoomHandle>>;

#[derive(Default)]
struct Rooms {
    slots: BTreeMap<DocumentId, Slot>,
    /// Drafts whose room failed: their next room tries each connection's changes on a copy first.
    careful: BTreeSet<DocumentId>,
}

/// The rooms that are loaded, one for each draft, or in open mode one for each document. Clones
/// share them.
#[derive(Clone)]
pub struct Registry {
    common: Arc<Common>,
    rooms: Arc<Mutex<Rooms>>,
}

impl Registry {
    /// No rooms yet, over this storage.
    pub(crate) fn new(
        settings: RoomSettings,
        storage: Arc<dyn Storage>,
        metrics: Arc<Metrics>,
        news: News,
    ) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            common: Arc::new(Common {
                settings,
                storage,
                metrics,
                news,
                workers: Semaphore::new(processors.max(2)),
                compaction: Semaphore::new(1),
                going_away: watch::Sender::new(false),
            }),
            rooms: Arc::default(),
        }
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of a draft; loads it when it is not loaded.
    pub(crate) async fn room(&self, draft: DocumentId) -> Result<RoomHandle, RoomError> {
        if *self.common.going_away.borrow() {
            return Err(RoomError::GoingAway);
        }
        let (slot, is_careful) = {
            let mut rooms = self.rooms();
            if rooms.slots.len() >= self.common.settings.rooms && !rooms.slots.contains_key(&draft)
            {
                return Err(RoomError::TooManyRooms);
            }
            let slot = Arc::clone(rooms.slots.entry(draft).or_default());
            (slot, rooms.careful.contains(&draft))
        };
        let handle = slot.get_or_try_init(|| self.open(draft, is_careful)).await;
        match handle {
            Ok(handle) => Ok(handle.clone()),
            Err(error) => {
                self.forget_failed(draft, &slot);
                Err(error)
            }
        }
    }

    /// Loads a room and starts its task.
    async fn open(&self, draft: DocumentId, is_careful: bool) -> Result<RoomHandle, RoomError> {
        let settings = &self.common.settings;
        let site = self.common.storage.site();
        let actor = random::bytes::<16>().map_err(|_| RoomError::Gone)?;
        let config = RoomConfig {
            relay: settings.relay.clone(),
            storage: StorageId::new(site.storage_id),
            actor: ActorId::from(actor),
            site_key: site.key,
            restored_ms: site.restored_ms,
            limits: settings.limits.clone(),
            binds_actors: !settings.is_open,
            news_interval_ms: settings.news_interval_ms,
            message_bytes: MESSAGE_BYTES,
            careful: is_careful,
        };
        let loaded = load_room(&self.common.storage, config, draft, settings.is_open)
            .await
            .inspect_err(|error| {
                if let RoomError::Storage(error) = error {
                    tracing::error!(%draft, code = error.code(), %error, "a draft could not be loaded");
                }
            })?;
        self.common.metrics.rooms_loaded.add(1);
        Ok(RoomTask::start(
            self.clone(),
            Arc::clone(&self.common),
            loaded,
        ))
    }

    /// Frees the place of a room that could not be loaded, unless somebody loads it by now.
    fn forget_failed(&self, draft: DocumentId, slot: &Slot) {
        let mut rooms = self.rooms();
        let is_ours = rooms
            .slots
            .get(&draft)
            .is_some_and(|found| Arc::ptr_eq(found, slot));
        if is_ours && !slot.initialized() {
            rooms.slots.remove(&draft);
        }
    }

    /// Lets a room go if nobody holds a handle but the registry and the room's own task, whose
    /// mailbox `is_empty`. Nobody can come in between: new handles are made under the same lock.
    pub(super) fn retire(&self, handle: &RoomHandle, is_empty: impl FnOnce() -> bool) -> bool {
        let mut rooms = self.rooms();
        if handle.holders() > 2 || !is_empty() {
            return false;
        }
        rooms.slots.remove(&handle.draft());
        rooms.careful.remove(&handle.draft());
        true
    }

    /// Forgets a room whose memory cannot be trusted any more.
    pub(super) fn drop_failed(&self, handle: &RoomHandle, is_careful: bool) {
        let mut rooms = self.rooms();
        let is_ours = rooms
            .slots
            .get(&handle.draft())
            .and_then(|slot| slot.get())
            .is_some_and(|found| found.is_same(handle));
        if is_ours {
            rooms.slots.remove(&handle.draft());
        }
        if is_careful {
            rooms.careful.insert(handle.draft());
        }
    }

    /// Lets the room of a draft, if it is loaded or being loaded, know that `from` is `into`. To be
    /// called when the storage knows it. Returns when the room has taken it in; a room that is
    /// loaded later has it from the storage, and so has one that fails now.
    pub(crate) async fn become_one(
        &self,
        draft: DocumentId,
        from: &ParticipantId,
        into: &ParticipantId,
    ) {
        if !self.holds(draft) {
            return;
        }
        if let Ok(room) = self.room(draft).await
            && room.become_one(from.clone(), into.clone()).await.is_err()
        {
            tracing::debug!(%draft, "a room ended before it could hear of a merge");
        }
    }

    /// Lets those who are in the room of a draft, if it is loaded, know that people or groups changed.
    pub(crate) async fn people_moved(&self, draft: DocumentId) {
        if !self.holds(draft) {
            return;
        }
        if let Ok(room) = self.room(draft).await
            && room.people_moved().await.is_err()
        {
            tracing::debug!(%draft, "a room ended before it could tell of people");
        }
    }

    /// Whether the room of a draft is loaded or being loaded.
    pub(crate) fn holds(&self, draft: DocumentId) -> bool {
        self.rooms().slots.contains_key(&draft)
    }

    /// How many rooms are loaded or being loaded.
    pub fn len(&self) -> usize {
        self.rooms().slots.len()
    }

    /// Whether no room is loaded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Loads no more rooms, and asks those that there are to finish what they have and to end.
    /// Returns when they have ended.
    pub async fn shut_down(&self) {
        self.common.going_away.send_replace(true);
        // Every task holds a subscription until it has ended.
        self.common.going_away.closed().await;
    }
}
