//! Messages as JSON, in the words of the wire, to compare with what JavaScript read.

use automerge::ChangeHash;
use plenary_protocol::wire::{
    InstanceId, Notice, ParticipantSecret, PeerId, PeerMetadata, RemoteHeads, StorageId,
    WireMessage,
};
use serde_json::{Map, Value, json};

/// Writes bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Shows a message as JavaScript shows it; absent fields are left out, bytes are hexadecimal.
pub fn to_json(message: &WireMessage) -> Value {
    let value = match message {
        WireMessage::Join {
            sender,
            metadata,
            versions,
        } => {
            json!({"type": "join", "senderId": sender.as_str(), "peerMetadata": metadata_json(metadata),
            "supportedProtocolVersions": versions})
        }
        WireMessage::Peer {
            sender,
            target,
            metadata,
            version,
        } => json!({"type": "peer", "senderId": sender.as_str(), "targetId": target.as_str(),
            "peerMetadata": metadata_json(metadata), "selectedProtocolVersion": version}),
        WireMessage::Request {
            sender,
            target,
            document,
            data,
        } => json!({"type": "request", "senderId": sender.as_str(), "targetId": target.as_str(),
            "documentId": document.to_string(), "data": hex(data)}),
        WireMessage::Sync {
            sender,
            target,
            document,
            data,
        } => json!({"type": "sync", "senderId": sender.as_str(), "targetId": target.as_str(),
            "documentId": document.to_string(), "data": hex(data)}),
        WireMessage::DocUnavailable {
            sender,
            target,
            document,
        } => {
            json!({"type": "doc-unavailable", "senderId": sender.as_str(), "targetId": target.as_str(),
            "documentId": document.to_string()})
        }
        WireMessage::Leave { sender } => json!({"type": "leave", "senderId": sender.as_str()}),
        WireMessage::Ephemeral {
            sender,
            target,
            document,
            session,
            count,
            data,
        } => json!({"type": "ephemeral", "senderId": sender.as_str(), "targetId": target.as_str(),
            "documentId": document.to_string(), "sessionId": session.as_str(), "count": count,
            "data": hex(data)}),
        WireMessage::RemoteSubscriptionChange {
            sender,
            target,
            add,
            remove,
        } => {
            let list = |ids: &[StorageId]| {
                let texts: Vec<&str> = ids.iter().map(StorageId::as_str).collect();
                if texts.is_empty() {
                    Value::Null
                } else {
                    json!(texts)
                }
            };
            json!({"type": "remote-subscription-change", "senderId": sender.as_str(),
                "targetId": target.as_str(), "add": list(add), "remove": list(remove)})
        }
        WireMessage::RemoteHeadsChanged {
            sender,
            target,
            document,
            heads,
        } => {
            let heads: Map<String, Value> = heads
                .iter()
                .map(|(storage, saved)| (storage.to_string(), saved_json(saved)))
                .collect();
            json!({"type": "remote-heads-changed", "senderId": sender.as_str(),
                "targetId": target.as_str(), "documentId": document.to_string(), "newHeads": heads})
        }
        WireMessage::Error {
            sender,
            target,
            message,
        } => json!({"type": "error", "senderId": sender.as_ref().map(PeerId::as_str),
            "targetId": target.as_ref().map(PeerId::as_str), "message": message}),
        WireMessage::Plenary {
            sender,
            target,
            notice,
        } => {
            let mut value = notice_json(notice);
            value["type"] = json!("plenary");
            value["senderId"] = json!(sender.as_str());
            value["targetId"] = json!(target.as_str());
            value
        }
        WireMessage::Unknown { kind } => json!({"type": kind}),
    };
    without_nulls(value)
}

fn metadata_json(metadata: &PeerMetadata) -> Value {
    let plenary = metadata.plenary.as_ref().map(|ours| {
        json!({"version": ours.version,
            "participant": ours.participant.as_ref().map(ParticipantSecret::as_str),
            "instance": ours.instance.as_ref().map(InstanceId::as_str)})
    });
    json!({"storageId": metadata.storage_id.as_ref().map(StorageId::as_str),
        "isEphemeral": metadata.is_ephemeral, "plenary": plenary})
}

fn notice_json(notice: &Notice) -> Value {
    match notice {
        Notice::Saved { document, heads } => {
            json!({"kind": "saved", "documentId": document.to_string(), "heads": hashes(heads)})
        }
        Notice::Quarantined {
            document,
            hashes: held,
            message,
        } => json!({"kind": "quarantined", "documentId": document.to_string(),
            "hashes": hashes(held), "message": message}),
        Notice::ReadOnly { document, message } => {
            json!({"kind": "read-only", "documentId": document.to_string(), "message": message})
        }
        Notice::Notice { document, message } => json!({"kind": "notice",
            "documentId": document.map(|id| id.to_string()), "message": message}),
        Notice::Participant { participant } => {
            json!({"kind": "participant", "participant": participant})
        }
        Notice::People => json!({"kind": "people"}),
        Notice::Held => json!({"kind": "held"}),
        Notice::Receipt {
            document,
            heads,
            receipt,
        } => json!({"kind": "receipt", "documentId": document.to_string(),
            "heads": hashes(heads), "receipt": hex(&receipt.0)}),
        Notice::Unknown { kind } => json!({"kind": kind}),
    }
}

fn saved_json(saved: &RemoteHeads) -> Value {
    json!({"heads": hashes(&saved.heads), "timestamp": saved.timestamp_ms})
}

fn hashes(hashes: &[ChangeHash]) -> Vec<String> {
    hashes
        .iter()
        .map(|hash| bs58::encode(hash.0).with_check().into_string())
        .collect()
}

/// Leaves out everything that is null, at any depth.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        other => other,
    }
}
