//! Bodies of requests that have to arrive in time. Whoever begins one and never ends it would hold a
//! connection, of which there are so many, for as long as they like.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use crate::relay::Relay;

/// The body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("it did not arrive in time")]
struct TooSlow;

/// A body with a time by which all of it has to be here.
struct InTime {
    body: Body,
    deadline: Pin<Box<Sleep>>,
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Gives the bodies of all requests their time.
pub(super) async fn in_time(State(relay): State<Relay>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let patience = relay.config().bounds.transfer_timeout;
    let request = request.map(|body| {
        let deadline = Box::pin(tokio::time::sleep(patience));
        Body::new(InTime { body, deadline })
    });
    next.run(request).await
}
