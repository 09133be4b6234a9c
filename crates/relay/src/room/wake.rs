//! How a connection tells a room that it can take more.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use plenary_protocol::room::ConnectionId;
use tokio::sync::Notify;

/// The connections that have sent what they held, and a bell for the room.
#[derive(Default)]
pub(crate) struct RoomWake {
    drained: Mutex<BTreeSet<ConnectionId>>,
    bell: Notify,
}

impl RoomWake {
    /// Notes that a connection can take more, and rings.
    pub(crate) fn drained(&self, connection: ConnectionId) {
        self.drained
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(connection);
        self.bell.notify_one();
    }

    /// Takes the connections that can take more.
    pub(crate) fn take(&self) -> Vec<ConnectionId> {
        let mut drained = self.drained.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *drained).into_iter().collect()
    }

    /// Waits for the bell.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}
