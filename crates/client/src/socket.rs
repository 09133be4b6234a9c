//! One websocket as a task behind two bounded channels.
//!
//! The channels make everything that waits for the socket safe to cancel, which `select!` needs.
//! Outgoing frames are made only when the channel has room: a slow network makes for fewer and
//! larger sync messages, not for a queue.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use crate::link::Secret;
use crate::traffic::{Metered, Traffic};

/// How long opening the socket may take, TLS and upgrade included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often we ask the relay for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(10);
/// After this much silence the connection counts as dead: two pings went unanswered. On a slow
/// network a large message takes longer; what arrives of it is no silence.
const DEAD_AFTER: Duration = Duration::from_secs(25);
/// How long the network may take nothing of a frame that is to leave.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Frames that wait to be read by the session. Beyond it the relay is read more slowly.
const INCOMING_FRAMES: usize = 4;

/// What the socket reports.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    /// The upgrade is done.
    Connected,
    /// One binary frame.
    Frame(Bytes),
    /// There is no connection (any more). Nothing follows.
    Closed {
        /// The close code, when the relay sent one.
        code: Option<u16>,
        /// What happened, for people.
        reason: String,
        /// Whether another attempt must end the same way.
        permanent: bool,
    },
}

/// What the socket is told.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Send one binary frame.
    Frame(Vec<u8>),
    /// Say good-bye and end.
    Close {
        /// The close code.
        code: u16,
        /// The reason, cut to what a close frame can carry.
        reason: String,
    },
}

/// Where to dial and with which secret.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) secret: Option<Secret>,
    /// The largest frame that is taken, in bytes.
    pub(crate) max_frame_bytes: usize,
    /// Counts what passes.
    pub(crate) traffic: Traffic,
}

/// A websocket that is being opened, or open. Dropping it closes the connection at once.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) incoming: mpsc::Receiver<SocketEvent>,
    pub(crate) outgoing: mpsc::Sender<Outgoing>,
    task: Option<JoinHandle<()>>,
}

impl Socket {
    /// Starts to dial. Must be called within a tokio runtime.
    pub(crate) fn dial(target: Target) -> Self {
        let (to_session, incoming) = mpsc::channel(INCOMING_FRAMES);
        let (outgoing, from_session) = mpsc::channel(1);
        let task = tokio::spawn(run(target, to_session, from_session));
        Self {
            incoming,
            outgoing,
            task: Some(task),
        }
    }

    /// Says good-bye if the channel has room, and lets the task end by itself.
    pub(crate) fn close(mut self, code: u16, reason: String) {
        // A full channel means that the network is stuck: then dropping is all that is left.
        if self
            .outgoing
            .try_send(Outgoing::Close { code, reason })
            .is_ok()
        {
            drop(self.task.take());
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

type Stream = WebSocketStream<MaybeTlsStream<Metered<TcpStream>>>;

async fn run(
    target: Target,
    to_session: mpsc::Sender<SocketEvent>,
    from_session: mpsc::Receiver<Outgoing>,
) {
    let closed = match open(&target).await {
        Ok(stream) => {
            if to_session.send(SocketEvent::Connected).await.is_err() {
                return;
            }
            let (sink, stream) = stream.split();
            tokio::select! {
                closed = read(stream, &to_session, &target.traffic, DEAD_AFTER) => closed,
                closed = write(sink, from_session, &target.traffic) => closed,
            }
        }
        Err(closed) => closed,
    };
    // When nobody listens any more there is nobody to tell.
    let _ = to_session.send(closed).await;
}

async fn open(target: &Target) -> Result<Stream, SocketEvent> {
    let mut request = target
        .url
        .as_str()
        .into_client_request()
        .map_err(|error| closed_by(&error))?;
    if let Some(secret) = &target.secret {
        let mut value =
            HeaderValue::from_str(&format!("Bearer {}", secret.expose())).map_err(|_| {
                failed(
                    "the link's secret holds characters that no secret has".to_owned(),
                    true,
                )
            })?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        .write_buffer_size(16 << 10)
        .max_message_size(Some(target.max_frame_bytes))
        .max_frame_size(Some(target.max_frame_bytes));
    let (host, port) = place(&request);
    let opened = timeout(CONNECT_TIMEOUT, async {
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        // Small messages must not wait for each other.
        stream.set_nodelay(true)?;
        let metered = Metered::new(stream, target.traffic.clone());
        client_async_tls_with_config(request, metered, Some(config), None).await
    });
    match opened.await {
        Ok(Ok((stream, _response))) => Ok(stream),
        Ok(Err(error)) => Err(closed_by(&error)),
        Err(_elapsed) => Err(failed(
            "the server did not answer in time".to_owned(),
            false,
        )),
    }
}

/// Host and port of an address that tungstenite has accepted as one.
fn place(request: &Request) -> (String, u16) {
    let uri = request.uri();
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let usual = if uri.scheme_str() == Some("wss") {
        443
    } else {
        80
    };
    (host.to_owned(), uri.port_u16().unwrap_or(usual))
}

/// Passes on what arrives. The connection is dead when not even a part of a message arrives for so
/// long.
async fn read(
    mut stream: impl futures_util::Stream<Item = Result<Message, Error>> + Unpin,
    to_session: &mpsc::Sender<SocketEvent>,
    traffic: &Traffic,
    dead_after: Duration,
) -> SocketEvent {
    let mut heard_bytes = traffic.received_bytes();
    loop {
        let message = match timeout(dead_after, stream.next()).await {
            Err(_elapsed) if traffic.received_bytes() > heard_bytes => {
                heard_bytes = traffic.received_bytes();
                continue;
            }
            Err(_elapsed) => return failed("the server fell silent".to_owned(), false),
            Ok(None) => return failed("the connection ended".to_owned(), false),
            Ok(Some(Err(error))) => return closed_by(&error),
            Ok(Some(Ok(message))) => message,
        };
        heard_bytes = traffic.received_bytes();
        match message {
            Message::Binary(frame) => {
                if to_session.send(SocketEvent::Frame(frame)).await.is_err() {
                    return failed("closed here".to_owned(), false);
                }
            }
            Message::Close(Some(CloseFrame { code, reason })) => {
                return SocketEvent::Closed {
                    code: Some(code.into()),
                    reason: reason.as_str().to_owned(),
                    permanent: false,
                };
            }
            Message::Close(None) => {
                return failed("the server closed the connection".to_owned(), false);
            }
            // Pings are answered by the library; pongs count as signs of life by being read; a
            // text frame is no part of the protocol and carries nothing for us.
            Message::Ping(_) | Message::Pong(_) | Message::Text(_) | Message::Frame(_) => {}
        }
    }
}

async fn write(
    mut sink: SplitSink<Stream, Message>,
    mut from_session: mpsc::Receiver<Outgoing>,
    traffic: &Traffic,
) -> SocketEvent {
    let mut ticks = interval(PING_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            outgoing = from_session.recv() => match outgoing {
                Some(Outgoing::Frame(frame)) => Message::Binary(frame.into()),
                Some(Outgoing::Close { code, reason }) => Message::Close(Some(CloseFrame {
                    code: CloseCode::from(code),
                    reason: reason.into(),
                })),
                None => Message::Close(None),
            },
            _ = ticks.tick() => Message::Ping(Bytes::new()),
        };
        let last = message.is_close();
        let mut sending = sink.send(message);
        let sent = loop {
            let before_bytes = traffic.sent_bytes();
            match timeout(WRITE_TIMEOUT, &mut sending).await {
                Ok(sent) => break sent,
                Err(_elapsed) if traffic.sent_bytes() > before_bytes => {}
                Err(_elapsed) => {
                    return failed("the server takes nothing any more".to_owned(), false);
                }
            }
        };
        match sent {
            Err(error) => return closed_by(&error),
            Ok(()) if last => return failed("closed here".to_owned(), false),
            Ok(()) => {}
        }
    }
}

fn failed(reason: String, permanent: bool) -> SocketEvent {
    SocketEvent::Closed {
        code: None,
        reason,
        permanent,
    }
}

/// Says for people what the transport's error means, and whether it can ever go away.
fn closed_by(error: &Error) -> SocketEvent {
    match error {
        Error::Http(response) => {
            let status = response.status();
            let reason =
                format!("the server answered with HTTP status {status} instead of a websocket");
            failed(
                reason,
                status.is_client_error() && status.as_u16() != 429 && status.as_u16() != 408,
            )
        }
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            failed("nothing answers at the server's address".to_owned(), false)
        }
        Error::Io(error) => failed(error.to_string(), false),
        Error::ConnectionClosed | Error::AlreadyClosed => {
            failed("the connection ended".to_owned(), false)
        }
        Error::Url(_) => failed(
            format!("the server's address cannot be used: {error}"),
            true,
        ),
        other => failed(other.to_string(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough that a busy machine does not take it for silence.
    const SILENCE: Duration = Duration::from_millis(600);

    #[tokio::test]
    async fn a_message_may_take_long_as_long_as_something_of_it_arrives() {
        let traffic = Traffic::default();
        let (to_session, mut incoming) = mpsc::channel(4);
        let arriving = traffic.clone();
        let slow = futures_util::stream::once(async move {
            for _ in 0..30 {
                tokio::time::sleep(SILENCE / 10).await;
                arriving.received(1);
            }
            Ok(Message::Binary(Bytes::from_static(b"large")))
        });
        let stream = Box::pin(slow.chain(futures_util::stream::pending()));
        let ended = read(stream, &to_session, &traffic, SILENCE).await;
        assert!(matches!(ended, SocketEvent::Closed { reason, .. } if reason.contains("silent")));
        let frame = incoming.try_recv();
        assert!(matches!(frame, Ok(SocketEvent::Frame(frame)) if frame == "large"));
    }

    #[test]
    fn the_place_to_dial_is_read_off_the_address() {
        for (url, host, port) in [
            ("ws://127.0.0.1:8320/sync", "127.0.0.1", 8320),
            ("ws://[::1]:8320/sync", "::1", 8320),
            (
                "wss://drafts.example.org/sync?draft=a",
                "drafts.example.org",
                443,
            ),
            ("ws://drafts.example.org/sync", "drafts.example.org", 80),
        ] {
            let request = url.into_client_request().expect("an address");
            assert_eq!(place(&request), (host.to_owned(), port), "{url}");
        }
    }
}
