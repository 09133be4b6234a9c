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
use crate::random;

/// What has a place of its own in a room's order, with the way back to whoever waits for it.
pub(crate) enum Asked {
    /// Somebody asks for something that only the relay writes.
    Request(Request, oneshot::Sender<Result<Outcome, RequestRefused>>),
    /// Somebody hands in work, who may not connect any more.
    HandIn(HandIn, oneshot::Sender<Result<(), HandInRefused>>),
    /// The first participant is the second one, as the storage knows.
    BecomeOne(ParticipantId, ParticipantId, oneshot::Sender<()>),
    /// The draft's people or groups changed, as the storage knows. Nobody waits for anything.
    PeopleMoved,
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
    pub(crate) async fn request(&self, request: Request) -> Result<Outcome, RequestError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::Request(request, answer)).await?;
        Ok(answered.await.map_err(|_| RequestError::Gone)??)
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
            Asked::Request(request, answer) => {
                let outcome = self.carry_out(request).await?;
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
