//! One websocket connection that speaks automerge-repo's protocol.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, Stream, StreamExt};
use plenary_draft::DocumentId;
use plenary_protocol::limits::Limits;
use plenary_protocol::sync::SyncMessage;
use plenary_protocol::wire::{self, PeerId, PeerMetadata, WireMessage};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::server::Server;

/// How long any one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sync message as it arrived.
pub struct Arrival {
    /// When its frame had arrived.
    pub at: Instant,
    /// The Automerge sync message, not parsed.
    pub data: Bytes,
}

/// A joined peer.
pub struct Peer {
    socket: WebSocketStream<TcpStream>,
    id: PeerId,
    server: PeerId,
    limits: Limits,
}

impl Peer {
    /// Connects and joins under `name`.
    pub async fn join(server: &Server, name: &str) -> Result<Self> {
        tokio::time::timeout(PATIENCE, Self::join_slowly(server, name))
            .await
            .context("joining took too long")?
            .with_context(|| format!("{name} could not join"))
    }

    /// Waits until the server answers a join. Listening is not enough: automerge-repo's server takes
    /// connections before it hears what is said on them, and drops those some seconds later.
    pub async fn greeted_by(server: &Server) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let attempt = Self::join_slowly(server, "first-of-all");
            if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(500), attempt).await {
                return Ok(());
            }
        }
        bail!("the server listens and answers nobody")
    }

    async fn join_slowly(server: &Server, name: &str) -> Result<Self> {
        let stream = TcpStream::connect(server.address())
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        let url = format!("ws://{}{}", server.address(), server.path());
        let mut config = WebSocketConfig::default();
        // A thousand of these live in one process; the library's 128 KB each would be its own story.
        config.read_buffer_size = 8 << 10;
        config.write_buffer_size = 0;
        config.max_message_size = None;
        config.max_frame_size = None;
        let (socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config))
            .await
            .context("the server refused the websocket")?;
        let mut peer = Self {
            socket,
            id: PeerId::new(name),
            server: PeerId::new(""),
            limits: generous_limits(),
        };
        peer.send(&WireMessage::Join {
            sender: peer.id.clone(),
            metadata: PeerMetadata {
                is_ephemeral: true,
                ..PeerMetadata::default()
            },
            versions: Some(vec!["1".to_owned()]),
        })
        .await?;
        loop {
            match next_message(&mut peer.socket, &peer.limits).await?.1 {
                WireMessage::Peer { sender, .. } => {
                    peer.server = sender;
                    return Ok(peer);
                }
                WireMessage::Error { message, .. } => {
                    bail!("the server refused the peer: {message}")
                }
                _ => {}
            }
        }
    }

    /// Sends one sync message.
    pub async fn sync(&mut self, document: DocumentId, data: &[u8]) -> Result<()> {
        let frame = wire::encode_sync(&self.id, &self.server, document, data);
        self.socket
            .send(Message::Binary(frame))
            .await
            .context("the server closed the connection")
    }

    /// Asks for a document that this peer lacks.
    pub async fn request(&mut self, document: DocumentId, data: Vec<u8>) -> Result<()> {
        self.send(&WireMessage::Request {
            sender: self.id.clone(),
            target: self.server.clone(),
            document,
            data: Bytes::from(data),
        })
        .await
    }

    async fn send(&mut self, message: &WireMessage) -> Result<()> {
        let frame = Bytes::from(wire::encode(message));
        self.socket
            .send(Message::Binary(frame))
            .await
            .context("the server closed the connection")
    }

    /// The next sync message. Waits for ever: callers bound it. Cancelling loses nothing.
    pub async fn arrival(&mut self) -> Result<Arrival> {
        next_arrival(&mut self.socket, &self.limits).await
    }

    /// The next sync message within the patience.
    pub async fn arrival_soon(&mut self) -> Result<Arrival> {
        tokio::time::timeout(PATIENCE, self.arrival())
            .await
            .context("no answer came")?
    }
}

/// The sending half of a peer, and what arrives, read by a task of its own: a server that pings is
/// answered also while the owner does something else.
pub struct Typist {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    arrivals: mpsc::Receiver<Result<Arrival>>,
    reading: tokio::task::AbortHandle,
    id: PeerId,
    server: PeerId,
}

impl Drop for Typist {
    /// Hangs up: the reading task holds half of the socket, and would keep the connection.
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl From<Peer> for Typist {
    fn from(peer: Peer) -> Self {
        let (sink, mut stream) = peer.socket.split();
        let (sender, arrivals) = mpsc::channel(1_024);
        let limits = peer.limits;
        let reading = tokio::spawn(async move {
            loop {
                let arrival = next_arrival(&mut stream, &limits).await;
                let ended = arrival.is_err();
                if sender.send(arrival).await.is_err() || ended {
                    return;
                }
            }
        })
        .abort_handle();
        Self {
            sink,
            arrivals,
            reading,
            id: peer.id,
            server: peer.server,
        }
    }
}

impl Typist {
    /// Sends one sync message.
    pub async fn sync(&mut self, document: DocumentId, data: &[u8]) -> Result<()> {
        let frame = wire::encode_sync(&self.id, &self.server, document, data);
        self.sink
            .send(Message::Binary(frame))
            .await
            .context("the server closed the connection")
    }

    /// The next sync message. Cancelling loses nothing.
    pub async fn arrival(&mut self) -> Result<Arrival> {
        self.arrivals
            .recv()
            .await
            .context("the connection has ended")?
    }

    /// The next sync message within the patience.
    pub async fn arrival_soon(&mut self) -> Result<Arrival> {
        tokio::time::timeout(PATIENCE, self.arrival())
            .await
            .context("no answer came")?
    }
}

type Frame = std::result::Result<Message, tungstenite::Error>;

async fn next_message(
    stream: &mut (impl Stream<Item = Frame> + Unpin),
    limits: &Limits,
) -> Result<(Instant, WireMessage)> {
    loop {
        let frame = stream
            .next()
            .await
            .context("the server closed the connection")??;
        let at = Instant::now();
        match frame {
            Message::Binary(bytes) => return Ok((at, wire::decode_bytes(&bytes, limits)?)),
            Message::Close(reason) => bail!("the server closed the connection: {reason:?}"),
            _ => {}
        }
    }
}

async fn next_arrival(
    stream: &mut (impl Stream<Item = Frame> + Unpin),
    limits: &Limits,
) -> Result<Arrival> {
    loop {
        let (at, message) = next_message(stream, limits).await?;
        match message {
            WireMessage::Sync { data, .. } | WireMessage::Request { data, .. } => {
                return Ok(Arrival { at, data });
            }
            WireMessage::DocUnavailable { .. } => {
                bail!("the server says that it lacks the document")
            }
            WireMessage::Error { message, .. } => bail!("the server complains: {message}"),
            _ => {}
        }
    }
}

/// Parses a sync message by the same generous limits.
pub fn parse(data: &Bytes) -> Result<SyncMessage> {
    Ok(SyncMessage::parse(data, &generous_limits())?)
}

/// The servers are ours or well known; what they send is measured, not distrusted.
fn generous_limits() -> Limits {
    Limits {
        frame_bytes: 256 << 20,
        bloom_bytes: 64 << 20,
        changes_per_message: 4_000_000,
        ..Limits::default()
    }
}
