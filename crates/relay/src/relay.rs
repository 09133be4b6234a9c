//! What all parts of a relay share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use plenary_draft::DocumentId;
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::room::{ConnectionId, Outcome, ParticipantId, Request};
use plenary_protocol::wire::{PeerId, StorageId};
use tokio::sync::{Semaphore, watch};

use crate::access::Rates;
use crate::config::{AccessMode, RelayConfig};
use crate::handing_in::Counter;
use crate::http::RenderCache;
use crate::metrics::Metrics;
use crate::news::News;
use crate::random::{self, NoRandomness};
use crate::render::Renderer;
use crate::room::{Asking, Registry, RequestError, RoomSettings};
use crate::socket::{Grant, Places, Pulse, Session, Sessions};
use crate::storage::Storage;
use crate::templates::Templates;

/// One byte of the budget for large messages stands for so many bytes of memory.
const BUDGET_UNIT: usize = crate::socket::BUDGET_UNIT;

/// A relay: its settings, storage, rooms and connections. Clones share them.
#[derive(Clone)]
pub struct Relay(Arc<Inner>);

struct Inner {
    config: RelayConfig,
    templates: Templates,
    peer_id: PeerId,
    storage: Arc<dyn Storage>,
    registry: Registry,
    renderer: Arc<dyn Renderer>,
    rendered: RenderCache,
    metrics: Arc<Metrics>,
    news: News,
    rates: Rates,
    hand_ins: Counter,
    places: Arc<Places>,
    sessions: Sessions,
    pulse: watch::Sender<Pulse>,
    budgets: Mutex<BTreeMap<Option<DocumentId>, Weak<Semaphore>>>,
    next_connection: AtomicU64,
    listening: OnceLock<SocketAddr>,
}

impl Relay {
    /// Puts a relay together. It does nothing until [`crate::serve`] or a request to
    /// [`crate::app`]. `templates` are the texts that a draft can begin with.
    ///
    /// Errors: the operating system gives no random numbers.
    pub fn new(
        config: RelayConfig,
        storage: Arc<dyn Storage>,
        renderer: Arc<dyn Renderer>,
        templates: Templates,
    ) -> Result<Self, NoRandomness> {
        let name = bs58::encode(random::bytes::<16>()?).into_string();
        let peer_id = PeerId::new(format!("plenary-{name}"));
        let bounds = &config.bounds;
        let metrics = Arc::new(Metrics::default());
        let settings = RoomSettings {
            relay: peer_id.clone(),
            limits: config.limits.clone(),
            is_open: config.access == AccessMode::Open,
            news_interval_ms: bounds.news_interval_ms,
            idle: bounds.room_idle,
            mailbox_messages: bounds.mailbox_messages,
            rooms: bounds.rooms,
            compaction: bounds.compaction,
        };
        let news = News::default();
        let registry = Registry::new(
            settings,
            Arc::clone(&storage),
            Arc::clone(&metrics),
            news.clone(),
        );
        Ok(Self(Arc::new(Inner {
            rates: Rates::new(bounds),
            hand_ins: Counter::default(),
            news,
            places: Places::new(bounds.connections, bounds.connections_per_address),
            templates,
            peer_id,
            storage,
            registry,
            renderer,
            rendered: RenderCache::default(),
            metrics,
            sessions: Sessions::default(),
            pulse: watch::Sender::new(Pulse::Beat(0)),
            budgets: Mutex::default(),
            next_connection: AtomicU64::new(1),
            listening: OnceLock::new(),
            config,
        })))
    }

    /// The settings.
    pub fn config(&self) -> &RelayConfig {
        &self.0.config
    }

    /// The numbers that an operator can measure.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// The rooms.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The storage.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.0.storage
    }

    /// The relay's name on the wire, drawn anew at each start.
    pub fn peer_id(&self) -> &PeerId {
        &self.0.peer_id
    }

    /// The id under which the relay announces what it has stored.
    pub fn storage_id(&self) -> StorageId {
        StorageId::new(self.0.storage.site().storage_id)
    }

    /// The texts that a draft can begin with.
    pub(crate) fn templates(&self) -> &Templates {
        &self.0.templates
    }

    pub(crate) fn renderer(&self) -> &Arc<dyn Renderer> {
        &self.0.renderer
    }

    pub(crate) fn rendered(&self) -> &RenderCache {
        &self.0.rendered
    }

    pub(crate) fn places(&self) -> &Arc<Places> {
        &self.0.places
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Word of what moves, for those who follow drafts without syncing.
    pub(crate) fn news(&self) -> &News {
        &self.0.news
    }

    /// How fast one address may do what.
    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// Bounds for what is handed in.
    pub(crate) fn hand_ins(&self) -> &Counter {
        &self.0.hand_ins
    }

    /// Cuts the connections of a draft that `is_meant`, and lets all who follow it be judged anew.
    /// To be called after the storage knows why.
    pub(crate) fn cut(
        &self,
        draft: DocumentId,
        reason: &CloseReason,
        is_meant: impl Fn(&Session) -> bool,
    ) {
        self.0.sessions.cut(draft, reason, is_meant);
        self.0.news.access(draft);
    }

    /// Cuts the connections of a person, whom these ids mean, on all their devices and by all their
    /// personal links; they may dial again and are judged anew. To be called after the storage knows why.
    pub(crate) async fn cut_person(&self, draft: DocumentId, ids: &[ParticipantId], words: &str) {
        let reason = CloseReason::new(CloseCode::RoleChanged, words);
        let links = self.0.storage.links(draft).await;
        self.cut(draft, &reason, |session| {
            let by_own_link = session.secret.is_some_and(|secret| match &links {
                Ok(links) => links.iter().any(|known| {
                    let owner = known.terms.participant.as_ref();
                    known.terms.hash == secret && owner.is_some_and(|owner| ids.contains(owner))
                }),
                // Who cannot be told from others must not stay for that.
                Err(_) => true,
            });
            by_own_link || ids.contains(&session.claimed)
        });
    }

    /// Two participants turned out to be one person, as the storage knows. Their connections stay,
    /// unless `changes_access`: then those of `from` dial anew and are judged as the person's.
    /// Returns when the room, if it is loaded, takes both for one.
    pub(crate) async fn people_became_one(
        &self,
        draft: DocumentId,
        from: &ParticipantId,
        into: &ParticipantId,
        changes_access: bool,
    ) {
        self.0.registry.become_one(draft, from, into).await;
        if changes_access {
            // Personal links of the one are the other's by now.
            let words = "this participant was merged with another one of the same person";
            let both = [from.clone(), into.clone()];
            self.cut_person(draft, &both, words).await;
        } else {
            self.0.news.access(draft);
        }
        self.people_moved(draft).await;
    }

    /// People or groups of a draft changed, as the storage knows: tells all who follow it and all who
    /// are in its room.
    pub(crate) async fn people_moved(&self, draft: DocumentId) {
        self.0.news.people(draft);
        self.0.registry.people_moved(draft).await;
    }

    /// Asks the room of a draft for something that only the relay writes. The caller has found out
    /// who asks and in which role. Answered when what was done is durable.
    ///
    /// # Errors
    ///
    /// [`RequestError::Refused`] says why nothing was changed.
    pub async fn request(
        &self,
        draft: DocumentId,
        request: Request,
    ) -> Result<Outcome, RequestError> {
        let standing = self.news().standing(draft);
        self.ask(draft, Asking { request, standing }).await
    }

    /// The same with what the role rests on.
    pub(crate) async fn ask(
        &self,
        draft: DocumentId,
        asking: Asking,
    ) -> Result<Outcome, RequestError> {
        let room = self.registry().room(draft).await;
        room.map_err(RequestError::NoRoom)?.request(asking).await
    }

    /// A number for a new connection.
    pub(crate) fn next_connection(&self) -> ConnectionId {
        ConnectionId(self.0.next_connection.fetch_add(1, Ordering::Relaxed))
    }

    /// The beat for keep-alive, and word of the shutdown.
    pub(crate) fn pulse(&self) -> watch::Receiver<Pulse> {
        self.0.pulse.subscribe()
    }

    /// Lets all connections beat, or go.
    pub(crate) fn send_pulse(&self, pulse: Pulse) {
        self.0.pulse.send_replace(pulse);
    }

    /// Waits until no connection listens to the pulse any more.
    pub(crate) async fn all_gone(&self) {
        self.0.pulse.closed().await;
    }

    /// The budget for the large messages of one draft, or in open mode of the relay: however many
    /// connections a draft has, together they keep a bounded amount of large messages in memory.
    pub(crate) fn large_message_budget(&self, grant: &Grant) -> Arc<Semaphore> {
        let key = match grant {
            Grant::Draft(way) => Some(way.draft),
            Grant::Open => None,
        };
        let mut budgets = self
            .0
            .budgets
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(budget) = budgets.get(&key).and_then(Weak::upgrade) {
            return budget;
        }
        budgets.retain(|_, budget| budget.strong_count() > 0);
        let bounds = &self.0.config.bounds;
        // A message of the greatest length must fit, or its sender would wait for ever.
        let bytes = bounds
            .large_message_bytes
            .max(self.0.config.limits.frame_bytes);
        let units = bytes.div_ceil(BUDGET_UNIT).min(Semaphore::MAX_PERMITS);
        let budget = Arc::new(Semaphore::new(units));
        budgets.insert(key, Arc::downgrade(&budget));
        budget
    }

    /// Notes the address on which the relay listens.
    pub(crate) fn listens_on(&self, address: SocketAddr) {
        // Only the first address counts; a relay is served once.
        let _ = self.0.listening.set(address);
    }

    /// The address on which the relay listens, once it does.
    pub(crate) fn listening(&self) -> Option<SocketAddr> {
        self.0.listening.get().copied()
    }

    /// Where people reach the relay, without a slash at the end.
    pub fn server_url(&self) -> String {
        match (&self.0.config.public_url, self.listening()) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(address)) => {
                let mut reachable = address;
                if address.ip().is_unspecified() {
                    reachable.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
                }
                format!("http://{reachable}")
            }
            (None, None) => "http://127.0.0.1".to_owned(),
        }
    }
}
