//! From a message to a frame.
//!
//! Maps have definite lengths, byte strings no tag (so cbor-x yields a `Uint8Array`), timestamps
//! and counts beyond 32 bits are floats of 64 bits as JavaScript's own. Absent fields are left out. `data` comes last.

use std::collections::BTreeMap;
use std::convert::Infallible;

use automerge::ChangeHash;
use bytes::Bytes;
use minicbor::encode::{Encoder, Error};
use plenary_draft::DocumentId;

use super::ids::{PeerId, SessionId, StorageId};
use super::message::{PeerMetadata, PlenaryPeer, RemoteHeads, WireMessage};
use super::notice::Notice;
use crate::receipt::Receipt;

/// Room for the keys, ids and heads of a message besides its data, in bytes: an estimate.
const ENVELOPE_BYTES: usize = 256;

type Sink = Encoder<Vec<u8>>;
type Written = Result<(), Error<Infallible>>;

/// Encodes a message as one binary frame.
pub fn encode(message: &WireMessage) -> Vec<u8> {
    let data = match message {
        WireMessage::Request { data, .. }
        | WireMessage::Sync { data, .. }
        | WireMessage::Ephemeral { data, .. } => data.len(),
        _ => 0,
    };
    write_frame(ENVELOPE_BYTES + data, |sink| write_message(sink, message))
}

/// The part of a sync frame that is the same for all readers of a document.
///
/// A relay tells every reader the same; what differs is the name of the reader. So the head is
/// encoded once, and each frame takes one allocation of the exact size.
#[derive(Debug, Clone)]
pub struct SyncFrames {
    head: Vec<u8>,
    /// The same for a frame with one field more, the receipt.
    receipted: Vec<u8>,
}

impl SyncFrames {
    /// Prepares frames that speak of `document` in the name of `sender`.
    pub fn new(sender: &PeerId, document: DocumentId) -> Self {
        let head = |fields| {
            write_frame(ENVELOPE_BYTES, |sink| {
                sink.map(fields)?;
                text(sink, "type", "sync")?;
                text(sink, "senderId", sender.as_str())?;
                document_id(sink, document)?;
                sink.str("targetId")?;
                Ok(())
            })
        };
        Self {
            head: head(5),
            receipted: head(6),
        }
    }

    /// Encodes the frame that brings `data`, an Automerge sync message, to `target`, with the
    /// relay's receipt for the heads that it names where the peer keeps receipts.
    pub fn frame(&self, target: &PeerId, data: &[u8], receipt: Option<&Receipt>) -> Bytes {
        let target = target.as_str();
        let head = match receipt {
            Some(_) => &self.receipted,
            None => &self.head,
        };
        // A string's head takes at most nine bytes; `data` as key takes five, `receipt` eight.
        let size = head.len() + 9 + target.len() + 5 + 9 + data.len();
        let size = size + receipt.map_or(0, |_| 8 + 2 + Receipt::BYTES);
        Bytes::from(write_frame(size, |sink| {
            sink.writer_mut().extend_from_slice(head);
            sink.str(target)?.str("data")?.bytes(data)?;
            match receipt {
                Some(receipt) => bytes(sink, "receipt", &receipt.0),
                None => Ok(()),
            }
        }))
    }
}

/// Encodes one sync frame with one allocation; see [`SyncFrames`] for many of one document.
pub fn encode_sync(sender: &PeerId, target: &PeerId, document: DocumentId, data: &[u8]) -> Bytes {
    let size = ENVELOPE_BYTES + sender.as_str().len() + target.as_str().len() + data.len();
    Bytes::from(write_frame(size, |sink| {
        write_data(sink, "sync", (sender, target), document, data)
    }))
}

/// Runs `write` on an empty sink with room for `size` bytes.
fn write_frame(size: usize, write: impl FnOnce(&mut Sink) -> Written) -> Vec<u8> {
    let mut sink = Encoder::new(Vec::with_capacity(size));
    match write(&mut sink) {
        Ok(()) => sink.into_writer(),
        // Only the sink and custom encoders can fail; a Vec does not, and there are none.
        Err(error) => unreachable!("a Vec takes every byte: {error}"),
    }
}

fn write_message(sink: &mut Sink, message: &WireMessage) -> Written {
    match message {
        WireMessage::Join {
            sender,
            metadata,
            versions,
        } => write_join(sink, sender, metadata, versions.as_deref()),
        WireMessage::Peer {
            sender,
            target,
            metadata,
            version,
        } => {
            envelope(sink, 5, "peer", sender, Some(target))?;
            text(sink, "selectedProtocolVersion", version)?;
            write_metadata(sink, metadata)
        }
        WireMessage::Request {
            sender,
            target,
            document,
            data,
        } => write_data(sink, "request", (sender, target), *document, data),
        WireMessage::Sync {
            sender,
            target,
            document,
            data,
        } => write_data(sink, "sync", (sender, target), *document, data),
        WireMessage::DocUnavailable {
            sender,
            target,
            document,
        } => {
            envelope(sink, 4, "doc-unavailable", sender, Some(target))?;
            document_id(sink, *document)
        }
        WireMessage::Leave { sender } => envelope(sink, 2, "leave", sender, None),
        WireMessage::Ephemeral {
            sender,
            target,
            document,
            session,
            count,
            data,
        } => {
            let run = (session, *count);
            write_ephemeral(sink, (sender, target), *document, run, data)
        }
        WireMessage::RemoteSubscriptionChange {
            sender,
            target,
            add,
            remove,
        } => write_subscription(sink, (sender, target), add, remove),
        WireMessage::RemoteHeadsChanged {
            sender,
            target,
            document,
            heads,
        } => {
            envelope(sink, 5, "remote-heads-changed", sender, Some(target))?;
            document_id(sink, *document)?;
            write_new_heads(sink, heads)
        }
        WireMessage::Error {
            sender,
            target,
            message,
        } => write_error(sink, sender.as_ref(), target.as_ref(), message),
        WireMessage::Plenary {
            sender,
            target,
            notice,
        } => write_notice(sink, sender, target, notice),
        WireMessage::Unknown { kind } => {
            sink.map(1)?;
            text(sink, "type", kind)
        }
    }
}

/// Writes a message that carries a sync message of Automerge.
fn write_data(
    sink: &mut Sink,
    kind: &str,
    (sender, target): (&PeerId, &PeerId),
    document: DocumentId,
    data: &[u8],
) -> Written {
    envelope(sink, 5, kind, sender, Some(target))?;
    document_id(sink, document)?;
    bytes(sink, "data", data)
}

/// Writes presence.
fn write_ephemeral(
    sink: &mut Sink,
    (sender, target): (&PeerId, &PeerId),
    document: DocumentId,
    (session, count): (&SessionId, u64),
    data: &[u8],
) -> Written {
    envelope(sink, 7, "ephemeral", sender, Some(target))?;
    document_id(sink, document)?;
    text(sink, "sessionId", session.as_str())?;
    sink.str("count")?;
    number(sink, count)?;
    bytes(sink, "data", data)
}

fn write_subscription(
    sink: &mut Sink,
    (sender, target): (&PeerId, &PeerId),
    add: &[StorageId],
    remove: &[StorageId],
) -> Written {
    let lists = [("add", add), ("remove", remove)];
    let present = lists.into_iter().filter(|(_, ids)| !ids.is_empty());
    let fields = 3 + present.clone().count() as u64;
    let kind = "remote-subscription-change";
    envelope(sink, fields, kind, sender, Some(target))?;
    for (key, ids) in present {
        write_storage_ids(sink, key, ids)?;
    }
    Ok(())
}

/// Opens the map of a message and writes the fields that most messages have.
fn envelope(
    sink: &mut Sink,
    fields: u64,
    kind: &str,
    sender: &PeerId,
    target: Option<&PeerId>,
) -> Written {
    sink.map(fields)?;
    text(sink, "type", kind)?;
    text(sink, "senderId", sender.as_str())?;
    match target {
        Some(target) => text(sink, "targetId", target.as_str()),
        None => Ok(()),
    }
}

fn write_join(
    sink: &mut Sink,
    sender: &PeerId,
    metadata: &PeerMetadata,
    versions: Option<&[String]>,
) -> Written {
    envelope(
        sink,
        3 + u64::from(versions.is_some()),
        "join",
        sender,
        None,
    )?;
    write_metadata(sink, metadata)?;
    if let Some(versions) = versions {
        sink.str("supportedProtocolVersions")?
            .array(versions.len() as u64)?;
        for version in versions {
            sink.str(version)?;
        }
    }
    Ok(())
}

fn write_metadata(sink: &mut Sink, metadata: &PeerMetadata) -> Written {
    let fields =
        1 + u64::from(metadata.storage_id.is_some()) + u64::from(metadata.plenary.is_some());
    sink.str("peerMetadata")?.map(fields)?;
    if let Some(storage) = &metadata.storage_id {
        text(sink, "storageId", storage.as_str())?;
    }
    sink.str("isEphemeral")?.bool(metadata.is_ephemeral)?;
    match &metadata.plenary {
        Some(ours) => write_plenary_peer(sink, ours),
        None => Ok(()),
    }
}

fn write_plenary_peer(sink: &mut Sink, ours: &PlenaryPeer) -> Written {
    let fields = 1 + u64::from(ours.participant.is_some()) + u64::from(ours.instance.is_some());
    sink.str("plenary")?.map(fields)?;
    sink.str("version")?;
    number(sink, ours.version)?;
    if let Some(participant) = &ours.participant {
        text(sink, "participant", participant.as_str())?;
    }
    match &ours.instance {
        Some(instance) => text(sink, "instance", instance.as_str()),
        None => Ok(()),
    }
}

fn write_error(
    sink: &mut Sink,
    sender: Option<&PeerId>,
    target: Option<&PeerId>,
    message: &str,
) -> Written {
    sink.map(2 + u64::from(sender.is_some()) + u64::from(target.is_some()))?;
    text(sink, "type", "error")?;
    if let Some(sender) = sender {
        text(sink, "senderId", sender.as_str())?;
    }
    if let Some(target) = target {
        text(sink, "targetId", target.as_str())?;
    }
    text(sink, "message", message)
}

fn write_notice(sink: &mut Sink, sender: &PeerId, target: &PeerId, notice: &Notice) -> Written {
    let mut open = |fields: u64, kind: &str, document: Option<DocumentId>| {
        let fields = 4 + fields + u64::from(document.is_some());
        envelope(sink, fields, "plenary", sender, Some(target))?;
        text(sink, "kind", kind)?;
        document.map_or(Ok(()), |id| document_id(sink, id))
    };
    match notice {
        Notice::Saved { document, heads } => {
            open(1, "saved", Some(*document))?;
            write_hashes(sink, "heads", heads)
        }
        Notice::Quarantined {
            document,
            hashes,
            message,
        } => {
            open(2, "quarantined", Some(*document))?;
            write_hashes(sink, "hashes", hashes)?;
            text(sink, "message", message)
        }
        Notice::ReadOnly { document, message } => {
            open(1, "read-only", Some(*document))?;
            text(sink, "message", message)
        }
        Notice::Notice { document, message } => {
            open(1, "notice", *document)?;
            text(sink, "message", message)
        }
        Notice::Participant { participant } => {
            open(1, "participant", None)?;
            text(sink, "participant", participant)
        }
        Notice::People => open(0, "people", None),
        Notice::Held => open(0, "held", None),
        Notice::Receipt {
            document,
            heads,
            receipt,
        } => {
            open(2, "receipt", Some(*document))?;
            write_hashes(sink, "heads", heads)?;
            bytes(sink, "receipt", &receipt.0)
        }
        Notice::Unknown { kind } => open(0, kind, None),
    }
}

fn write_new_heads(sink: &mut Sink, heads: &BTreeMap<StorageId, RemoteHeads>) -> Written {
    sink.str("newHeads")?.map(heads.len() as u64)?;
    for (storage, saved) in heads {
        sink.str(storage.as_str())?;
        write_remote_heads(sink, saved)?;
    }
    Ok(())
}

fn write_remote_heads(sink: &mut Sink, saved: &RemoteHeads) -> Written {
    sink.map(2)?;
    write_hashes(sink, "heads", &saved.heads)?;
    sink.str("timestamp")?.f64(saved.timestamp_ms as f64)?;
    Ok(())
}

fn write_hashes(sink: &mut Sink, key: &str, hashes: &[ChangeHash]) -> Written {
    sink.str(key)?.array(hashes.len() as u64)?;
    for hash in hashes {
        sink.str(&bs58::encode(hash.0).with_check().into_string())?;
    }
    Ok(())
}

fn write_storage_ids(sink: &mut Sink, key: &str, ids: &[StorageId]) -> Written {
    sink.str(key)?.array(ids.len() as u64)?;
    for id in ids {
        sink.str(id.as_str())?;
    }
    Ok(())
}

fn text(sink: &mut Sink, key: &str, value: &str) -> Written {
    sink.str(key)?.str(value)?;
    Ok(())
}

/// Writes a count as JavaScript does: cbor-x would turn an integer of 64 bits into a `BigInt`.
fn number(sink: &mut Sink, value: u64) -> Written {
    match u32::try_from(value) {
        Ok(small) => sink.u32(small)?,
        Err(_) => sink.f64(value as f64)?,
    };
    Ok(())
}

fn bytes(sink: &mut Sink, key: &str, value: &[u8]) -> Written {
    sink.str(key)?.bytes(value)?;
    Ok(())
}

/// Writes a document id in its text form, which is put together on the stack.
fn document_id(sink: &mut Sink, id: DocumentId) -> Written {
    sink.str("documentId")?;
    let mut buffer = [0; 64];
    let encoded = bs58::encode(id.as_bytes())
        .with_check()
        .onto(&mut buffer[..]);
    match encoded
        .ok()
        .and_then(|length| std::str::from_utf8(&buffer[..length]).ok())
    {
        Some(id) => sink.str(id)?,
        // Base58 of 20 bytes always fits; this keeps the frame right should it ever not.
        None => sink.str(&id.to_string())?,
    };
    Ok(())
}
