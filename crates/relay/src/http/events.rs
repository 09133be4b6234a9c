//! Following a draft without syncing it: server-sent events.
//!
//! An event says that there is something newer, and what may be seen of it is looked up anew for
//! whoever follows, at the stage and with the role of that moment. Whoever loses access is told
//! `gone`, and the stream ends.

use std::convert::Infallible;
use std::time::Duration;

use automerge::{Automerge, ChangeHash};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use plenary_draft::Record;
use serde_json::json;
use tokio::sync::watch;

use super::caller::{Asker, Caller};
use super::error::ApiError;
use super::extract::At;
use super::openapi::Refusals;
use super::overview::StageSeen;
use super::read::hex;
use super::rooms::draft_rooms;
use crate::access::{TextSeen, text_seen};
use crate::clock::now_ms;
use crate::news::Moved;
use crate::relay::Relay;
use crate::socket::{Place, Pulse};

/// Events come in this rhythm at most: whoever reads a page wants no news for each keystroke.
const RHYTHM: Duration = Duration::from_secs(1);
/// Proxies take a silent connection for a dead one after a minute or so.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// `GET /api/v1/drafts/{id}/events`
#[utoipa::path(
    get, path = "/drafts/{id}/events", tag = "drafts", operation_id = "follow_draft",
    summary = "Follow a draft by server-sent events: text, stage, people, gone",
    description = "`text` {heads, changed_ms} when there is a newer text to be read, `stage` {stage, \
                   opens_ms, closes_ms} when it changed, `people` {} when people or groups did, \
                   `gone` {} when access ended. The first two are also told at the beginning.",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, content_type = "text/event-stream", body = String), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")), ("x-plenary-stream" = json!(true)))
)]
pub(super) async fn follow(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    let place = relay
        .places()
        .take(asker.address)
        .map_err(|_| ApiError::TooFast(60))?;
    let moved = relay.news().follow(asker.draft);
    // Judged once more now that nothing is missed: a link may have been revoked in between.
    let asker = caller.in_draft(&relay, &id).await?;
    let follower = Follower {
        pulse: relay.pulse(),
        relay,
        asker,
        moved,
        known: None,
        waiting: Vec::new(),
        opens_ms: None,
        is_over: false,
        _place: place,
    };
    let events = futures_util::stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let alive = KeepAlive::new().interval(SIGN_OF_LIFE);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

/// Somebody who follows, with what they know.
struct Follower {
    relay: Relay,
    asker: Asker,
    moved: watch::Receiver<Moved>,
    pulse: watch::Receiver<Pulse>,
    /// What they were told last; nothing at the beginning.
    known: Option<Seen>,
    /// Events that are due.
    waiting: Vec<Event>,
    /// When there is something to be read that is not yet.
    opens_ms: Option<i64>,
    is_over: bool,
    _place: Place,
}

/// What may be seen of a draft at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    stage: StageSeen,
    /// The heads of the text that may be read; `None` when there is none yet.
    heads: Option<Vec<ChangeHash>>,
    people: u64,
    access: u64,
}

impl Follower {
    /// The next event; `None` when there will be no more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            if self.known.is_some() && !self.something_moves().await {
                return None;
            }
            match self.look().await {
                Ok(seen) => self.compare(seen),
                Err(error) => {
                    // Whatever the reason: whoever may still follow asks again and hears it.
                    tracing::debug!(%error, "somebody follows a draft no longer");
                    self.is_over = true;
                    self.waiting.push(named("gone", &json!({})));
                }
            }
        }
    }

    /// Waits until there may be something new; false when the relay goes away.
    async fn something_moves(&mut self) -> bool {
        let opens_in = self.opens_ms.map(|opens_ms| {
            let left_ms = u64::try_from(opens_ms - now_ms()).unwrap_or(0);
            Duration::from_millis(left_ms + 1)
        });
        tokio::select! {
            moved = self.moved.changed() => if moved.is_err() {
                return false;
            },
            () = going_away(&mut self.pulse) => return false,
            () = tokio::time::sleep(opens_in.unwrap_or_default()), if opens_in.is_some() => {}
        }
        // Revoking cuts at once; everything else comes in a rhythm.
        let is_access = |known: &Option<Seen>, moved: &Moved| {
            known
                .as_ref()
                .is_some_and(|known| known.access != moved.access)
        };
        if !is_access(&self.known, &self.moved.borrow()) {
            tokio::select! {
                () = going_away(&mut self.pulse) => return false,
                () = tokio::time::sleep(RHYTHM) => {}
                _ = self.moved.wait_for(|moved| is_access(&self.known, moved)) => {}
            }
        }
        true
    }

    /// What may be seen now, by whom the link lets in now.
    async fn look(&mut self) -> Result<Seen, ApiError> {
        let moved = *self.moved.borrow_and_update();
        let is_judged = self
            .known
            .as_ref()
            .is_none_or(|known| known.access == moved.access);
        if !is_judged && self.asker.admission.is_some() {
            let again = self.asker.judged_again(&self.relay).await?;
            self.asker.role = again.role;
            self.asker.admission = Some(again);
        }
        let expires_ms = self.asker.admission.as_ref();
        let expires_ms = expires_ms.and_then(|admission| admission.link.terms.expires_ms);
        if expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms()) {
            return Err(ApiError::LinkExpired);
        }
        let rooms = draft_rooms(&self.relay, self.asker.draft).await?;
        let (role, history) = (self.asker.role, self.asker.with_history());
        let look = move |record: &Automerge| {
            let record = Record::read(record);
            let seen = text_seen(role, history, &record, now_ms());
            (StageSeen::of(&record), seen)
        };
        let (stage, seen) = rooms.record.look(look).await?;
        let (heads, opens_ms) = match seen {
            TextSeen::Newest => (Some(rooms.text.look(Automerge::get_heads).await?), None),
            TextSeen::At(heads) => (Some(heads), None),
            TextSeen::NotBefore(opens_ms) => (None, Some(opens_ms)),
        };
        // An expiry is a moment at which to look as well.
        self.opens_ms = [opens_ms, expires_ms].into_iter().flatten().min();
        Ok(Seen {
            stage,
            heads,
            people: moved.people,
            access: moved.access,
        })
    }

    /// Puts down what is new, the last event first.
    fn compare(&mut self, seen: Seen) {
        let known = self.known.as_ref();
        if known.is_some_and(|known| known.people != seen.people) {
            self.waiting.push(named("people", &json!({})));
        }
        if let Some(heads) = &seen.heads
            && known.is_none_or(|known| known.heads.as_ref() != Some(heads))
        {
            let text = json!({"heads": hex(heads), "changed_ms": now_ms()});
            self.waiting.push(named("text", &text));
        }
        if known.is_none_or(|known| known.stage != seen.stage) {
            self.waiting.push(named("stage", &json!(seen.stage)));
        }
        self.known = Some(seen);
    }
}

fn named(name: &str, data: &serde_json::Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

/// Waits until the relay goes away.
async fn going_away(pulse: &mut watch::Receiver<Pulse>) {
    // If nobody is left to say so, it has gone.
    let _ = pulse.wait_for(|pulse| *pulse == Pulse::GoingAway).await;
}
