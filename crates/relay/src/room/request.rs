//! Requests in a room's order, and word of what became of people: what came before is judged
//! and stored first.

use plenary_protocol::room::{
    HandIn, HandInRefused, Outcome, ParticipantId, RecordRequest, Request, RequestRefused, Room,
    Turn,
};
use tokio::sync::oneshot;

use super::handle::{Envelope, RoomHandle};
use super::task::{Fault, RoomTask};
use super::{RoomError, RoomIsGone};
use crate::clock::now_ms;
use crate::news::Standing;
use crate::random;

/// What has a place of its own in a room's order, with the way back to whoever waits for it.
pub(crate) enum Asked {
    /// Somebody asks for something that only the relay writes.
    Request(Box<Asking>, oneshot::Sender<Result<Outcome, RequestError>>),
    /// Somebody hands in work, who may not connect any more.
    HandIn(HandIn, oneshot::Sender<Result<(), HandInRefused>>),
    /// The first participant is the second one, as the storage knows.
    BecomeOne(ParticipantId, ParticipantId, oneshot::Sender<()>),
    /// The draft's people or groups changed, as the storage knows. Nobody waits for anything.
    PeopleMoved,
}

/// A request with what its role rests on.
pub(crate) struct Asking {
    /// What is asked for, by whom, in which role.
    pub(crate) request: Request,
    /// How access stood when the role was found out.
    pub(crate) standing: Standing,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It was judged and refused; nothing was changed.
    #[error(transparent)]
    Refused(#[from] RequestRefused),
    /// The draft could not be opened; nothing was changed.
    #[error(transparent)]
    NoRoom(RoomError),
    /// Roles or links changed before the request's turn came; nothing was changed. Find out again what
    /// whoever asks may do.
    #[error("who may do what in the draft changed meanwhile: ask again")]
    AccessMoved,
    /// The room failed or ended before it could answer. Whether the request was stored is not
    /// known: look, and ask again.
    #[error("the draft was loaded again from storage: see whether it was done, and ask again")]
    Gone,
}

impl From<RoomIsGone> for RequestError {
    fn from(RoomIsGone: RoomIsGone) -> Self {
        Self::Gone
    }
}

impl RoomHandle {
    /// Asks for something that only the relay writes. Answered when what was done is durable.
    pub(crate) async fn request(&self, asking: Asking) -> Result<Outcome, RequestError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::Request(Box::new(asking), answer)).await?;
        answered.await.map_err(|_| RequestError::Gone)?
    }

    /// Takes work into quarantine. Answered when it is durable.
    pub(crate) async fn hand_in(
        &self,
        handed: HandIn,
    ) -> Result<Result<(), HandInRefused>, RoomIsGone> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::HandIn(handed, answer)).await?;
        answered.await.map_err(|_| RoomIsGone)
    }

    /// Lets the room know that one participant is another one. Answered when it has taken that in.
    pub(super) async fn become_one(
        &self,
        from: ParticipantId,
        into: ParticipantId,
    ) -> Result<(), RoomIsGone> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::BecomeOne(from, into, answer)).await?;
        answered.await.map_err(|_| RoomIsGone)
    }

    /// Lets the room tell its members that people or groups changed.
    pub(super) async fn people_moved(&self) -> Result<(), RoomIsGone> {
        self.ask(Asked::PeopleMoved).await
    }

    async fn ask(&self, asked: Asked) -> Result<(), RoomIsGone> {
        self.send(Envelope::Ask(Box::new(asked))).await
    }
}

/// Takes the first request out of the mail, with what came after it; leaves what came before it.
fn split_at_request(mail: &mut Vec<Envelope>) -> Option<(Box<Asked>, Vec<Envelope>)> {
    let at = mail
        .iter()
        .position(|one| matches!(one, Envelope::Ask(_)))?;
    let rest = mail.split_off(at + 1);
    match mail.pop() {
        Some(Envelope::Ask(asked)) => Some((asked, rest)),
        _ => None,
    }
}

impl RoomTask {
    /// One turn over all that came, or several with the requests between them in their order.
    pub(super) async fn rounds(&mut self, mail: &mut Vec<Envelope>) -> Result<(), Fault> {
        while let Some((asked, rest)) = split_at_request(mail) {
            self.round(mail).await?;
            self.answer(*asked).await?;
            *mail = rest;
        }
        self.round(mail).await
    }

    async fn answer(&mut self, asked: Asked) -> Result<(), Fault> {
        match asked {
            Asked::Request(asking, answer) => {
                // In the room's order like all else: whoever has lost the role by now is too late.
                let outcome = if asking.standing.is_current() {
                    let outcome = self.carry_out(asking.request).await?;
                    outcome.map_err(RequestError::Refused)
                } else {
                    Err(RequestError::AccessMoved)
                };
                // Whoever no longer waits for the answer has it in the record.
                let _ = answer.send(outcome);
            }
            Asked::HandIn(handed, answer) => {
                let taken = self
                    .work(move |room| room.hand_in(now_ms(), handed))
                    .await?;
                self.conclude(taken.turn).await?;
                // Whoever no longer waits may hand it in again: that does nothing.
                let _ = answer.send(taken.outcome);
            }
            Asked::BecomeOne(from, into, answer) => {
                let turn = self.work(move |room| room.become_one(now_ms(), &from, &into));
                let turn = turn
                    .await?
                    .map_err(|fault| Fault::Memory(fault.to_string()))?;
                self.conclude(turn).await?;
                let _ = answer.send(());
            }
            Asked::PeopleMoved => {
                self.work(Room::people_moved).await?;
                self.tell(None).await?;
            }
        }
        Ok(())
    }

    /// Judges a request, makes it durable, takes it in and tells. What is returned may be answered.
    async fn carry_out(
        &mut self,
        request: Request,
    ) -> Result<Result<Outcome, RequestRefused>, Fault> {
        let mut rng = random::generator().map_err(|error| Fault::Memory(error.to_string()))?;
        if matches!(request.what, RecordRequest::Admit(_)) {
            self.learn_people().await?;
        }
        let judged = self.work(move |room| room.request(now_ms(), &mut rng, request));
        let judged = judged
            .await?
            .map_err(|fault| Fault::Memory(fault.to_string()))?;
        self.conclude(judged.turn).await?;
        Ok(judged.outcome)
    }

    /// Makes a turn durable, takes it in and tells.
    async fn conclude(&mut self, turn: Turn) -> Result<(), Fault> {
        if let Some(commit) = turn.commit {
            self.commit(commit).await?;
        }
        self.take_in(Vec::new()).await?;
        // Closed only now, so that who dials anew at once finds the draft as it is.
        self.close(&turn.closes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::Body;
    use axum::http::{Request as HttpRequest, header};
    use http_body_util::BodyExt;
    use plenary_draft::DocumentId;
    use plenary_protocol::access::Role;
    use tower::ServiceExt;

    use super::*;
    use crate::storage::memory::MemoryStorage;
    use crate::{
        Relay, RelayConfig, RenderError, RenderInput, RenderedPage, Renderer, Templates, app,
    };

    struct NoPages;

    impl Renderer for NoPages {
        fn html(&self, _: &RenderInput) -> Result<RenderedPage, RenderError> {
            Err(RenderError("nobody looks".into()))
        }
    }

    async fn draft_on(relay: &Relay) -> DocumentId {
        let wanted = HttpRequest::post("/api/v1/drafts")
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(r#"{"title": "A draft"}"#))
            .expect("a request");
        let answer = app(relay.clone()).oneshot(wanted).await.expect("answered");
        let body = answer.into_body().collect().await.expect("whole");
        let made: serde_json::Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
        let id = made["document_id"].as_str().expect("an id");
        id.parse().expect("an id")
    }

    fn milestone(name: &str) -> Request {
        Request {
            by: ParticipantId::new("fay"),
            role: Role::Facilitator,
            what: RecordRequest::CutMilestone { name: name.into() },
        }
    }

    #[tokio::test]
    async fn a_role_that_was_lost_while_a_request_waited_is_worth_nothing() {
        let storage = Arc::new(MemoryStorage::new());
        let config = RelayConfig::default();
        let relay = Relay::new(config, storage, Arc::new(NoPages), Templates::default());
        let relay = relay.expect("random numbers");
        let draft = draft_on(&relay).await;
        let asking = |name: &str| Asking {
            request: milestone(name),
            standing: relay.news().standing(draft),
        };
        let (before, late) = (asking("before"), asking("late"));
        let cut = relay.ask(draft, before).await.expect("nothing moved");
        assert!(matches!(cut, Outcome::MilestoneCut { .. }));
        // Fay's link is revoked while her next request is on its way to the room.
        relay.news().access(draft);
        let refused = relay.ask(draft, late).await;
        assert_eq!(refused, Err(RequestError::AccessMoved));
        // Who is judged after that may go on, and finds that nothing was cut.
        let names = move |room: &Room| {
            let record = plenary_draft::Record::read(room.document(&draft).expect("the record"));
            let names = record.milestones.into_values().map(|it| it.name);
            names.collect::<Vec<_>>()
        };
        relay
            .ask(draft, asking("after"))
            .await
            .expect("judged anew");
        let room = relay.registry().room(draft).await.expect("loads");
        let mut names = room.look(names).await.expect("looks");
        names.sort();
        assert_eq!(names, ["after", "before"]);
    }
}
