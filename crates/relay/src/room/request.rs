//! Requests in a room's order: what came before one is judged and stored first.

use plenary_protocol::room::{Outcome, Request, RequestRefused};
use tokio::sync::oneshot;

use super::handle::{Envelope, RoomHandle};
use super::task::{Fault, RoomTask};
use super::{RoomError, RoomIsGone};
use crate::clock::now_ms;
use crate::random;

/// A request with the way back to whoever asks.
pub(crate) struct Asked {
    request: Request,
    answer: oneshot::Sender<Result<Outcome, RequestRefused>>,
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
        self.send(Envelope::Ask(Box::new(Asked { request, answer })))
            .await?;
        Ok(answered.await.map_err(|_| RequestError::Gone)??)
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

    /// Judges a request, makes it durable, takes it in, tells, and then answers.
    async fn answer(&mut self, asked: Asked) -> Result<(), Fault> {
        let Asked { request, answer } = asked;
        let mut rng = random::generator().map_err(|error| Fault::Memory(error.to_string()))?;
        let judged = self.work(move |room| room.request(now_ms(), &mut rng, request));
        let judged = judged
            .await?
            .map_err(|fault| Fault::Memory(fault.to_string()))?;
        if let Some(commit) = judged.turn.commit {
            self.commit(commit).await?;
        }
        self.take_in(Vec::new()).await?;
        // Closed only now, so that who dials anew at once finds the draft as it is.
        self.close(&judged.turn.closes);
        // Whoever no longer waits for the answer has it in the record.
        let _ = answer.send(judged.outcome);
        Ok(())
    }
}
