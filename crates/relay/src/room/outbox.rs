//! What waits to be sent to one connection: a constant amount, however slow its reader is.
//!
//! A room makes a message only when the outbox has room for one. When it has none, the room leaves
//! word, and is woken as soon as the connection has sent what it holds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use plenary_protocol::close::CloseReason;
use plenary_protocol::room::ConnectionId;
use tokio::sync::Notify;

use super::wake::RoomWake;

/// So many frames may wait.
const MAX_FRAMES: usize = 8;
/// No frame is added beyond this many bytes that wait; one frame may be larger by itself.
const MAX_BYTES: usize = 32 << 10;

/// The way from rooms to one connection.
pub(crate) struct Outbox {
    connection: ConnectionId,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Rooms that had more to say than there was room for.
    waiting: Vec<Arc<RoomWake>>,
    closing: Option<CloseReason>,
    /// The answer to the peer's newest ping; older ones need none.
    pong: Option<Bytes>,
}

impl Outbox {
    /// An empty outbox.
    pub(crate) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills the outbox with frames that `next` makes, as many as there is room for. If there was
    /// more, `room` is woken when there is room again.
    pub(crate) fn fill(&self, room: &Arc<RoomWake>, mut next: impl FnMut() -> Option<Bytes>) {
        let mut state = self.state();
        let mut added = false;
        loop {
            if state.closing.is_some() {
                break;
            }
            if state.frames.len() >= MAX_FRAMES || state.bytes >= MAX_BYTES {
                if !state.waiting.iter().any(|other| Arc::ptr_eq(other, room)) {
                    state.waiting.push(Arc::clone(room));
                }
                break;
            }
            let Some(frame) = next() else {
                break;
            };
            state.bytes += frame.len();
            state.frames.push_back(frame);
            added = true;
        }
        drop(state);
        if added {
            self.changed.notify_one();
        }
    }

    /// Asks the connection to close; the first reason stays.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.state().closing.get_or_insert(reason);
        self.changed.notify_one();
    }

    /// Answers a ping of the peer.
    pub(crate) fn pong(&self, payload: Bytes) {
        self.state().pong = Some(payload);
        self.changed.notify_one();
    }

    /// Takes the answer to a ping, if one is due.
    pub(crate) fn take_pong(&self) -> Option<Bytes> {
        self.state().pong.take()
    }

    /// Why the connection is to be closed, if it is.
    pub(crate) fn closing(&self) -> Option<CloseReason> {
        self.state().closing.clone()
    }

    /// Takes the frames that wait.
    pub(crate) fn take(&self) -> VecDeque<Bytes> {
        let mut state = self.state();
        state.bytes = 0;
        std::mem::take(&mut state.frames)
    }

    /// Tells the rooms that waited that what was taken is sent.
    pub(crate) fn sent(&self) {
        let waiting = std::mem::take(&mut self.state().waiting);
        for room in waiting {
            room.drained(self.connection);
        }
    }

    /// Waits until there may be something to do.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenary_protocol::close::CloseCode;

    #[test]
    fn a_reader_that_does_not_read_costs_a_constant_and_wakes_its_room_once() {
        let outbox = Outbox::new(ConnectionId(1));
        let wake = Arc::new(RoomWake::default());
        let mut made = 0;
        let mut frame = || {
            made += 1;
            Some(Bytes::from(vec![0; 1000]))
        };
        for _ in 0..5 {
            outbox.fill(&wake, &mut frame);
        }
        assert_eq!(made, MAX_FRAMES);
        assert_eq!(wake.take(), []);
        assert_eq!(outbox.take().len(), MAX_FRAMES);
        outbox.sent();
        assert_eq!(wake.take(), [ConnectionId(1)]);
        outbox.sent();
        assert_eq!(wake.take(), []);
    }

    #[test]
    fn one_large_frame_fits_and_no_second_one() {
        let outbox = Outbox::new(ConnectionId(1));
        let wake = Arc::new(RoomWake::default());
        let mut made = 0;
        outbox.fill(&wake, || {
            made += 1;
            Some(Bytes::from(vec![0; 1 << 20]))
        });
        assert_eq!(made, 1);
    }

    #[test]
    fn the_first_reason_to_close_stays_and_nothing_is_added_after_it() {
        let outbox = Outbox::new(ConnectionId(1));
        let wake = Arc::new(RoomWake::default());
        let mut news = vec![Bytes::from_static(b"news")];
        outbox.fill(&wake, || news.pop());
        outbox.close(CloseCode::Replaced.into());
        outbox.close(CloseCode::GoingAway.into());
        outbox.take();
        outbox.fill(&wake, || Some(Bytes::from_static(b"more")));
        assert!(outbox.take().is_empty());
        let reason = outbox.closing().expect("it closes");
        assert_eq!(reason.code, CloseCode::Replaced);
    }
}
