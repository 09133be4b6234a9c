//! Websocket frames (RFC 6455) on the server's side, in constant memory.
//!
//! The libraries' codecs keep, for each connection, buffers as large as the largest frame that
//! ever passed. A relay holds thousands of connections that are nearly always idle, so here an
//! idle one costs one small read buffer and nothing to write: payloads are read straight into
//! their own memory, which grows with what arrives and not with what is declared, and frames are
//! written from where they stand.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The read buffer of a connection, in bytes. Most messages fit.
const READ_BUFFER: usize = 1024;
/// Payloads beyond this take a place in the budget before they are read, in bytes.
pub(crate) const FREE_PAYLOAD: usize = 64 << 10;
/// What one permit of the budget stands for, in bytes.
pub(crate) const BUDGET_UNIT: usize = 1 << 10;
/// The longest payload of a control frame, in bytes (RFC 6455, 5.5).
const CONTROL_PAYLOAD: usize = 125;
/// How many pieces one system call writes.
const PIECES: usize = 16;

/// Why a connection's bytes are not acceptable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The connection broke or ended without a close frame.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The bytes are not the websocket protocol as a client has to speak it.
    #[error("not the websocket protocol: {0}")]
    Protocol(&'static str),
    /// A message is longer than allowed.
    #[error("a message has at most {limit} bytes, this one declares {bytes}")]
    TooLarge {
        /// What was declared, as far as it is known.
        bytes: u64,
        /// What is allowed.
        limit: usize,
    },
    /// The budget for large messages was closed.
    #[error("the relay shuts down")]
    Closed,
}

/// What came from a peer.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A binary message, with the place in the budget that it holds while it is in memory.
    Binary(Bytes, Option<OwnedSemaphorePermit>),
    /// A text message; its payload is of no interest.
    Text,
    /// A ping to be answered with the same payload.
    Ping(Bytes),
    /// A sign of life.
    Pong,
    /// The peer closes.
    Close,
}

/// Reads frames and puts fragments together.
pub(crate) struct FrameReader<R> {
    source: R,
    buffer: Box<[u8; READ_BUFFER]>,
    start: usize,
    end: usize,
    max_bytes: usize,
    budget: Arc<Semaphore>,
    fragments: Option<Fragments>,
}

/// A message of which more is to come.
struct Fragments {
    is_text: bool,
    payload: BytesMut,
    permit: Option<OwnedSemaphorePermit>,
}

/// A frame's head.
struct Head {
    is_final: bool,
    opcode: u8,
    length: u64,
    mask: [u8; 4],
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads from `source`, of which `already` was read before. Messages have at most `max_bytes`
    /// bytes; large ones wait for a place in `budget`, counted in [`BUDGET_UNIT`]s.
    pub(crate) fn new(
        source: R,
        already: &[u8],
        max_bytes: usize,
        budget: Arc<Semaphore>,
    ) -> Result<Self, FrameError> {
        let mut buffer = Box::new([0; READ_BUFFER]);
        let start = buffer
            .get_mut(..already.len())
            .ok_or(FrameError::Protocol("too much was sent before the upgrade"))?;
        start.copy_from_slice(already);
        Ok(Self {
            source,
            buffer,
            start: 0,
            end: already.len(),
            max_bytes,
            budget,
            fragments: None,
        })
    }

    /// Changes what is believed of the peer, once it is known.
    pub(crate) fn set_limits(&mut self, max_bytes: usize, budget: Arc<Semaphore>) {
        self.max_bytes = max_bytes;
        self.budget = budget;
    }

    /// The next message or control frame.
    pub(crate) async fn next(&mut self) -> Result<Incoming, FrameError> {
        loop {
            let head = self.head().await?;
            if head.opcode >= 0x8 {
                return self.control(&head).await;
            }
            if let Some(message) = self.data(&head).await? {
                return Ok(message);
            }
        }
    }

    /// Reads and forgets until the peer has closed its side.
    pub(crate) async fn drain(&mut self) -> io::Result<()> {
        while self.source.read(&mut self.buffer[..]).await? > 0 {}
        Ok(())
    }

    /// Reads a control frame, which may stand between fragments.
    async fn control(&mut self, head: &Head) -> Result<Incoming, FrameError> {
        let length = usize::try_from(head.length).unwrap_or(usize::MAX);
        if !head.is_final || length > CONTROL_PAYLOAD {
            return Err(FrameError::Protocol(
                "a control frame is fragmented or long",
            ));
        }
        let mut payload = BytesMut::with_capacity(length);
        self.payload(head, length, &mut payload).await?;
        match head.opcode {
            0x8 => Ok(Incoming::Close),
            0x9 => Ok(Incoming::Ping(payload.freeze())),
            0xA => Ok(Incoming::Pong),
            _ => Err(FrameError::Protocol("an unknown control frame")),
        }
    }

    /// Reads a data frame; `None` when it was a fragment and more is to come.
    async fn data(&mut self, head: &Head) -> Result<Option<Incoming>, FrameError> {
        let mut message = match (head.opcode, self.fragments.take()) {
            (0x0, Some(fragments)) => fragments,
            (0x1 | 0x2, None) => Fragments {
                is_text: head.opcode == 0x1,
                payload: BytesMut::new(),
                permit: None,
            },
            (0x0, None) => return Err(FrameError::Protocol("a continuation of nothing")),
            (0x1 | 0x2, Some(_)) => {
                return Err(FrameError::Protocol("a message inside another one"));
            }
            _ => return Err(FrameError::Protocol("an unknown kind of frame")),
        };
        let total = head.length.saturating_add(message.payload.len() as u64);
        let length = match (usize::try_from(head.length), usize::try_from(total)) {
            (Ok(length), Ok(total)) if total <= self.max_bytes => length,
            _ => {
                return Err(FrameError::TooLarge {
                    bytes: total,
                    limit: self.max_bytes,
                });
            }
        };
        if message.is_text {
            // Text is no part of the protocol above, so its payload is not worth any memory.
            return Ok(Some(Incoming::Text));
        }
        let beyond_free = message.payload.len() + length > FREE_PAYLOAD;
        if beyond_free && message.permit.is_none() {
            message.permit = Some(self.reserve(head.is_final, length).await?);
        }
        self.payload(head, length, &mut message.payload).await?;
        if head.is_final {
            let payload = message.payload.freeze();
            return Ok(Some(Incoming::Binary(payload, message.permit)));
        }
        self.fragments = Some(message);
        Ok(None)
    }

    /// Waits for a place in the budget: as much as the frame declares, or for a fragment as much
    /// as the whole message may have, so that nobody holds a part while waiting for more.
    async fn reserve(
        &mut self,
        is_final: bool,
        length: usize,
    ) -> Result<OwnedSemaphorePermit, FrameError> {
        let bytes = if is_final { length } else { self.max_bytes };
        let units = u32::try_from(bytes.div_ceil(BUDGET_UNIT)).unwrap_or(u32::MAX);
        Arc::clone(&self.budget)
            .acquire_many_owned(units)
            .await
            .map_err(|_| FrameError::Closed)
    }

    /// Reads a frame's head.
    async fn head(&mut self) -> Result<Head, FrameError> {
        let [first, second] = self.exactly::<2>().await?;
        if first & 0x70 != 0 {
            return Err(FrameError::Protocol("reserved bits are set"));
        }
        if second & 0x80 == 0 {
            return Err(FrameError::Protocol("a client's frame is not masked"));
        }
        let length = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes(self.exactly().await?)),
            127 => u64::from_be_bytes(self.exactly().await?),
            short => u64::from(short),
        };
        if length >> 63 != 0 {
            return Err(FrameError::Protocol("a length with its highest bit set"));
        }
        Ok(Head {
            is_final: first & 0x80 != 0,
            opcode: first & 0x0F,
            length,
            mask: self.exactly().await?,
        })
    }

    /// Reads `N` bytes.
    async fn exactly<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        while self.end - self.start < N {
            self.fill().await?;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.buffer[self.start..self.start + N]);
        self.start += N;
        Ok(bytes)
    }

    /// Reads more into the buffer, which must not be full of unread bytes.
    async fn fill(&mut self) -> Result<(), FrameError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        match self.source.read(&mut self.buffer[self.end..]).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            read => {
                self.end += read;
                Ok(())
            }
        }
    }

    /// Reads and unmasks a payload of `length` bytes to the end of `payload`.
    async fn payload(
        &mut self,
        head: &Head,
        length: usize,
        payload: &mut BytesMut,
    ) -> Result<(), FrameError> {
        let begin = payload.len();
        let end = begin + length;
        let buffered = (self.end - self.start).min(length);
        payload.reserve(length.min(FREE_PAYLOAD));
        payload.extend_from_slice(&self.buffer[self.start..self.start + buffered]);
        self.start += buffered;
        while payload.len() < end {
            let missing = end - payload.len();
            // Twice as much at most as has arrived, so that declaring much costs the peer as much.
            let room = missing.min(payload.len().max(FREE_PAYLOAD));
            payload.reserve(room);
            let mut limited = (&mut self.source).take(room as u64);
            if limited.read_buf(payload).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        unmask(&mut payload[begin..], head.mask);
        Ok(())
    }
}

/// Takes the mask off a payload.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

/// Writes frames from where they stand, several in one system call. What was not written yet is
/// kept here, so a call that is given up half-way loses nothing.
pub(crate) struct FrameWriter<W> {
    sink: W,
    pending: VecDeque<Bytes>,
    pending_bytes: usize,
    written_bytes: u64,
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    /// Writes to `sink`.
    pub(crate) fn new(sink: W) -> Self {
        Self {
            sink,
            pending: VecDeque::new(),
            pending_bytes: 0,
            written_bytes: 0,
        }
    }

    /// Bytes that wait to be written.
    pub(crate) fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// Bytes that the system took so far: when they rise, the peer is reading.
    pub(crate) fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Adds a binary message.
    pub(crate) fn binary(&mut self, payload: Bytes) {
        self.push(0x2, payload);
    }

    /// Adds a ping.
    pub(crate) fn ping(&mut self) {
        self.push(0x9, Bytes::new());
    }

    /// Adds the answer to a ping.
    pub(crate) fn pong(&mut self, payload: Bytes) {
        self.push(0xA, payload);
    }

    /// Adds a close frame; `reason` has at most 123 bytes.
    pub(crate) fn close(&mut self, code: u16, reason: &str) {
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(reason.as_bytes());
        self.push(0x8, payload.into());
    }

    fn push(&mut self, opcode: u8, payload: Bytes) {
        let mut head = Vec::with_capacity(10);
        head.push(0x80 | opcode);
        match payload.len() {
            short @ 0..=125 => head.push(u8::try_from(short).unwrap_or(0)),
            length => match u16::try_from(length) {
                Ok(middle) => {
                    head.push(126);
                    head.extend(middle.to_be_bytes());
                }
                Err(_) => {
                    head.push(127);
                    head.extend((length as u64).to_be_bytes());
                }
            },
        }
        self.pending_bytes += head.len() + payload.len();
        self.pending.push_back(head.into());
        if !payload.is_empty() {
            self.pending.push_back(payload);
        }
    }

    /// Writes all that waits.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        while !self.pending.is_empty() {
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let mut count = 0;
            for (piece, bytes) in pieces.iter_mut().zip(&self.pending) {
                *piece = IoSlice::new(bytes);
                count += 1;
            }
            let written = self.sink.write_vectored(&pieces[..count]).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.advance(written);
        }
        if self.pending.capacity() > PIECES {
            self.pending.shrink_to(0);
        }
        self.sink.flush().await
    }

    fn advance(&mut self, mut written: usize) {
        self.written_bytes += written as u64;
        self.pending_bytes -= written;
        while let Some(first) = self.pending.front_mut() {
            if first.len() > written {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.pending.pop_front();
        }
    }

    /// Tells the peer that nothing more comes.
    pub(crate) async fn shutdown(&mut self) -> io::Result<()> {
        self.sink.shutdown().await
    }
}

#[cfg(test)]
mod tests;
