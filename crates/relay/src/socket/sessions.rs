//! Who is connected, so that a client that dials again does not meet its own ghost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plenary_draft::DocumentId;
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::room::{ConnectionId, ParticipantId};
use plenary_protocol::wire::{InstanceId, PeerId};

use super::life::Life;
use crate::room::Outbox;
use crate::storage::LinkHash;

/// What makes two connections those of one client: the same participant in the same draft, and
/// within that the same running instance, or for a stock client the same peer id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey {
    /// The draft; `None` in open mode.
    pub(crate) draft: Option<DocumentId>,
    /// Who it is.
    pub(crate) participant: ParticipantId,
    /// Which of their clients.
    pub(crate) client: Client,
}

/// Which client of a participant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    /// One of ours: the same instance never runs twice, so the newer connection is the true one.
    Instance(InstanceId),
    /// A stock client: the newer connection wins when the older one is silent.
    Peer(PeerId),
}

/// A connection's way out, as others need it.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) life: Arc<Life>,
    /// The hash of the secret by which it came; none in open mode.
    pub(crate) secret: Option<LinkHash>,
    /// Who it claimed to be, before merged participants are looked up.
    pub(crate) claimed: ParticipantId,
}

/// The connections that have said who they are, also while they are judged. A client that connected again may have an older connection beside
/// the newer one for a while, and that can be cut as well.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<(SessionKey, ConnectionId), Session>>);

impl Sessions {
    /// Notes a connection, so that it can be cut.
    pub(crate) fn enter(&self, key: SessionKey, id: ConnectionId, session: Session) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert((key, id), session);
    }

    /// Sends older connections of the same client away as soon as may be. For those who were let in:
    /// nobody else moves anybody.
    pub(crate) fn replace_older(&self, key: &SessionKey, id: ConnectionId) {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may_go_at_once = matches!(key.client, Client::Instance(_));
        let (first, own) = ((key.clone(), ConnectionId(0)), (key.clone(), id));
        for older in sessions.range(first..own).map(|(_, older)| older) {
            let is_silent = older.life.challenge();
            if may_go_at_once || is_silent {
                older.outbox.close(CloseCode::Replaced.into());
            }
        }
    }

    /// Sends away the connections of a draft that `is_meant`.
    pub(crate) fn cut(
        &self,
        draft: DocumentId,
        reason: &CloseReason,
        is_meant: impl Fn(&Session) -> bool,
    ) {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ((key, _), session) in sessions.iter() {
            if key.draft == Some(draft) && is_meant(session) {
                session.outbox.close(reason.clone());
            }
        }
    }

    /// Forgets a connection.
    pub(crate) fn leave(&self, key: SessionKey, id: ConnectionId) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&(key, id));
    }
}
