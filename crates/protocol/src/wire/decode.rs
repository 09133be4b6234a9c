//! From a frame to a message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use automerge::ChangeHash;
use bytes::Bytes;
use plenary_draft::DocumentId;

use super::error::DecodeError;
use super::fields::{Fields, Value};
use super::ids::{InstanceId, ParticipantSecret, PeerId, SessionId, StorageId};
use super::message::{PeerMetadata, PlenaryPeer, RemoteHeads, WireMessage};
use super::notice::Notice;
use crate::limits::Limits;
use crate::receipt::Receipt;

/// The longest base58 form of 32 bytes with a checksum of four, in bytes. Longer texts are refused
/// before decoding, which takes quadratic time.
const MAX_HASH_TEXT_BYTES: usize = 52;

/// Decodes one binary frame. `data` of the message is a slice of `frame`, not a copy, unless the
/// peer sent it in pieces.
pub fn decode_bytes(frame: &Bytes, limits: &Limits) -> Result<WireMessage, DecodeError> {
    if frame.len() > limits.frame_bytes {
        return Err(DecodeError::FrameTooLarge {
            bytes: frame.len(),
            limit: limits.frame_bytes,
        });
    }
    let fields = Fields::read(frame, 1, limits)?;
    Reader {
        frame,
        fields,
        limits,
    }
    .message()
}

/// Decodes one binary frame that is borrowed; copies it once.
pub fn decode(frame: &[u8], limits: &Limits) -> Result<WireMessage, DecodeError> {
    if frame.len() > limits.frame_bytes {
        return Err(DecodeError::FrameTooLarge {
            bytes: frame.len(),
            limit: limits.frame_bytes,
        });
    }
    decode_bytes(&Bytes::copy_from_slice(frame), limits)
}

/// The receipt that came with a sync message, if the relay gave one and it can be read.
pub fn receipt_of(frame: &Bytes, limits: &Limits) -> Option<Receipt> {
    let fields = Fields::read(frame, 1, limits).ok()?;
    let reader = Reader {
        frame,
        fields,
        limits,
    };
    reader.receipt().ok().flatten()
}

/// A frame whose keys have been read.
struct Reader<'b, 'l> {
    frame: &'b Bytes,
    fields: Fields<'b, 'l>,
    limits: &'l Limits,
}

impl Reader<'_, '_> {
    fn message(&self) -> Result<WireMessage, DecodeError> {
        let kind = self.fields.need("type")?.id()?;
        match kind.as_ref() {
            "join" => self.join(),
            "peer" => self.peer(),
            "request" => Ok(WireMessage::Request {
                sender: self.sender()?,
                target: self.target()?,
                document: self.document()?,
                data: self.data()?,
            }),
            "sync" => Ok(WireMessage::Sync {
                sender: self.sender()?,
                target: self.target()?,
                document: self.document()?,
                data: self.data()?,
            }),
            "doc-unavailable" => Ok(WireMessage::DocUnavailable {
                sender: self.sender()?,
                target: self.target()?,
                document: self.document()?,
            }),
            "leave" => Ok(WireMessage::Leave {
                sender: self.sender()?,
            }),
            "ephemeral" => self.ephemeral(),
            "remote-subscription-change" => Ok(WireMessage::RemoteSubscriptionChange {
                sender: self.sender()?,
                target: self.target()?,
                add: self.storage_ids("add")?,
                remove: self.storage_ids("remove")?,
            }),
            "remote-heads-changed" => self.remote_heads_changed(),
            "error" => self.error(),
            "plenary" => Ok(WireMessage::Plenary {
                sender: self.sender()?,
                target: self.target()?,
                notice: self.notice()?,
            }),
            _ => Ok(WireMessage::Unknown {
                kind: kind.into_owned(),
            }),
        }
    }

    fn join(&self) -> Result<WireMessage, DecodeError> {
        let versions = |list: Value<'_, '_>| {
            list.list(
                self.limits.protocol_versions,
                "protocol versions",
                |version| version.id().map(Cow::into_owned),
            )
        };
        Ok(WireMessage::Join {
            sender: self.sender()?,
            metadata: self.metadata()?,
            versions: self
                .fields
                .get("supportedProtocolVersions")
                .map(versions)
                .transpose()?,
        })
    }

    fn peer(&self) -> Result<WireMessage, DecodeError> {
        Ok(WireMessage::Peer {
            sender: self.sender()?,
            target: self.target()?,
            metadata: self.metadata()?,
            version: self
                .fields
                .need("selectedProtocolVersion")?
                .id()?
                .into_owned(),
        })
    }

    fn ephemeral(&self) -> Result<WireMessage, DecodeError> {
        Ok(WireMessage::Ephemeral {
            sender: self.sender()?,
            target: self.target()?,
            document: self.document()?,
            session: SessionId::new(self.fields.need("sessionId")?.id()?),
            count: self.fields.need("count")?.count()?,
            data: self.data()?,
        })
    }

    fn remote_heads_changed(&self) -> Result<WireMessage, DecodeError> {
        let mut heads = BTreeMap::new();
        for (storage, saved) in self
            .fields
            .need("newHeads")?
            .map()?
            .into_entries("newHeads")
        {
            let saved = saved.map()?;
            let remote = RemoteHeads {
                heads: hashes(&saved.need("heads")?, "heads", self.limits)?,
                timestamp_ms: saved.need("timestamp")?.integer()?,
            };
            heads.insert(self.storage_id_key(storage)?, remote);
        }
        Ok(WireMessage::RemoteHeadsChanged {
            sender: self.sender()?,
            target: self.target()?,
            document: self.document()?,
            heads,
        })
    }

    fn error(&self) -> Result<WireMessage, DecodeError> {
        Ok(WireMessage::Error {
            sender: self.peer_id("senderId")?,
            target: self.peer_id("targetId")?,
            message: self.words()?,
        })
    }

    fn notice(&self) -> Result<Notice, DecodeError> {
        let kind = self.fields.need("kind")?.id()?;
        match kind.as_ref() {
            "saved" => Ok(Notice::Saved {
                document: self.document()?,
                heads: self.hashes("heads")?,
            }),
            "quarantined" => Ok(Notice::Quarantined {
                document: self.document()?,
                hashes: self.hashes("hashes")?,
                message: self.words()?,
            }),
            "read-only" => Ok(Notice::ReadOnly {
                document: self.document()?,
                message: self.words()?,
            }),
            "participant" => Ok(Notice::Participant {
                participant: self.fields.need("participant")?.id()?.into_owned(),
            }),
            "people" => Ok(Notice::People),
            "held" => Ok(Notice::Held),
            "receipt" => Ok(Notice::Receipt {
                document: self.document()?,
                heads: self.hashes("heads")?,
                receipt: self
                    .receipt()?
                    .ok_or(DecodeError::Missing { field: "receipt" })?,
            }),
            "notice" => Ok(Notice::Notice {
                document: self
                    .fields
                    .get("documentId")
                    .map(|_| self.document())
                    .transpose()?,
                message: self.words()?,
            }),
            _ => Ok(Notice::Unknown {
                kind: kind.into_owned(),
            }),
        }
    }

    fn metadata(&self) -> Result<PeerMetadata, DecodeError> {
        let Some(metadata) = self.fields.get("peerMetadata") else {
            return Ok(PeerMetadata::default());
        };
        let metadata = metadata.map()?;
        let storage_id = metadata.get("storageId").map(|id| id.id()).transpose()?;
        let is_ephemeral = metadata.get("isEphemeral").map(|flag| flag.boolean());
        let plenary = metadata.get("plenary").map(|ours| plenary_peer(&ours));
        Ok(PeerMetadata {
            storage_id: storage_id.map(StorageId::new),
            is_ephemeral: is_ephemeral.transpose()?.unwrap_or(false),
            plenary: plenary.transpose()?,
        })
    }

    fn sender(&self) -> Result<PeerId, DecodeError> {
        self.peer_id("senderId")?
            .ok_or(DecodeError::Missing { field: "senderId" })
    }

    fn target(&self) -> Result<PeerId, DecodeError> {
        self.peer_id("targetId")?
            .ok_or(DecodeError::Missing { field: "targetId" })
    }

    fn peer_id(&self, field: &'static str) -> Result<Option<PeerId>, DecodeError> {
        let id = self.fields.get(field).map(|id| id.id()).transpose()?;
        Ok(id.map(PeerId::new))
    }

    fn document(&self) -> Result<DocumentId, DecodeError> {
        Ok(self.fields.need("documentId")?.id()?.parse()?)
    }

    fn words(&self) -> Result<String, DecodeError> {
        let words = self.fields.need("message")?.text(self.limits.text_bytes)?;
        Ok(words.into_owned())
    }

    fn data(&self) -> Result<Bytes, DecodeError> {
        Ok(match self.fields.need("data")?.bytes()? {
            Cow::Borrowed(slice) => self.frame.slice_ref(slice),
            Cow::Owned(bytes) => Bytes::from(bytes),
        })
    }

    /// A receipt; one of another length is none, as a later version may make it.
    fn receipt(&self) -> Result<Option<Receipt>, DecodeError> {
        let receipt = self.fields.get("receipt").map(|it| it.bytes());
        Ok(receipt
            .transpose()?
            .and_then(|bytes| Receipt::from_slice(&bytes)))
    }

    fn storage_ids(&self, field: &'static str) -> Result<Vec<StorageId>, DecodeError> {
        let Some(list) = self.fields.get(field) else {
            return Ok(Vec::new());
        };
        list.list(self.limits.subscriptions, "storage ids in one list", |id| {
            id.id().map(StorageId::new)
        })
    }

    fn storage_id_key(&self, key: &str) -> Result<StorageId, DecodeError> {
        let field = "newHeads";
        match key.len() {
            0 => Err(DecodeError::Empty { field }),
            length if length > self.limits.id_bytes => Err(DecodeError::TooLong {
                field,
                limit: self.limits.id_bytes,
            }),
            _ => Ok(StorageId::new(key)),
        }
    }

    fn hashes(&self, field: &'static str) -> Result<Vec<ChangeHash>, DecodeError> {
        hashes(&self.fields.need(field)?, field, self.limits)
    }
}

/// Reads what a Plenary program says about itself.
fn plenary_peer(ours: &Value<'_, '_>) -> Result<PlenaryPeer, DecodeError> {
    let ours = ours.map()?;
    let participant = ours.get("participant").map(|id| id.id()).transpose()?;
    let instance = ours.get("instance").map(|id| id.id()).transpose()?;
    Ok(PlenaryPeer {
        version: ours.need("version")?.count()?,
        participant: participant.map(ParticipantSecret::new),
        instance: instance.map(InstanceId::new),
    })
}

/// Reads a list of hashes, each in base58 with a checksum.
fn hashes(
    list: &Value<'_, '_>,
    field: &'static str,
    limits: &Limits,
) -> Result<Vec<ChangeHash>, DecodeError> {
    list.list(limits.hashes_per_list, "hashes in one list", |hash| {
        let text = hash.text(MAX_HASH_TEXT_BYTES)?;
        // The checksum is decoded into the buffer as well, but not counted.
        let mut buffer = [0; 36];
        let length = bs58::decode(text.as_bytes())
            .with_check(None)
            .onto(&mut buffer)
            .map_err(|_| DecodeError::Hash { field })?;
        let bytes = buffer[..length].try_into();
        bytes
            .map(ChangeHash)
            .map_err(|_| DecodeError::Hash { field })
    })
}
