//! What a room has to tell, made when a connection can take it.

use std::collections::BTreeMap;

use bytes::Bytes;
use plenary_draft::DocumentId;

use super::Room;
use super::document::{Follower, RoomDocument};
use super::types::ConnectionId;
use crate::access::DocumentKind;
use crate::sync::Flags;
use crate::wire::{self, RemoteHeads, WireMessage};

impl Room {
    /// The connections that have something to be told now, in the order of their numbers. Empty
    /// while a commit is awaited.
    pub fn ready(&self, now_ms: i64) -> Vec<ConnectionId> {
        if self.pending.is_some() {
            return Vec::new();
        }
        self.members
            .keys()
            .copied()
            .filter(|connection| self.has_something(now_ms, *connection))
            .collect()
    }

    /// When to look at [`Room::ready`] again for those whom news came too soon after the last, in
    /// milliseconds since the Unix epoch. `None` when nobody waits.
    pub fn next_due_ms(&self) -> Option<i64> {
        if self.pending.is_some() {
            return None;
        }
        self.documents
            .values()
            .flat_map(|document| {
                document
                    .followers
                    .values()
                    .map(move |follower| (document, follower))
            })
            .filter(|(document, follower)| follower.sync.is_behind(&document.log))
            .map(|(_, follower)| follower.told_ms + self.config.news_interval_ms)
            .min()
    }

    fn has_something(&self, now_ms: i64, connection: ConnectionId) -> bool {
        let Some(here) = self.members.get(&connection) else {
            return false;
        };
        if !here.notices.is_empty() || !here.unavailable.is_empty() || !here.presence.is_empty() {
            return true;
        }
        let announces = here.subscriptions.contains(&self.config.storage);
        self.documents.values().any(|document| {
            document.followers.get(&connection).is_some_and(|follower| {
                self.sync_is_due(now_ms, document, follower)
                    || (announces && announcement_is_due(document, follower))
            })
        })
    }

    fn sync_is_due(&self, now_ms: i64, document: &RoomDocument, follower: &Follower) -> bool {
        follower.sync.is_owed()
            || (follower.sync.is_behind(&document.log)
                && now_ms >= follower.told_ms + self.config.news_interval_ms)
    }

    /// Makes the next frame for a connection whose socket can take one: a CBOR message, to be
    /// sent as one binary websocket frame. `None` when there is nothing to tell now.
    pub fn next_frame(&mut self, now_ms: i64, connection: ConnectionId) -> Option<Bytes> {
        if self.pending.is_some() {
            return None;
        }
        if let Some(frame) = self.next_notice(connection) {
            return Some(frame);
        }
        if let Some(frame) = self.next_unavailable(connection) {
            return Some(frame);
        }
        let mut ids: Vec<DocumentId> = self
            .documents
            .iter()
            .filter(|(_, document)| document.followers.contains_key(&connection))
            .map(|(id, _)| *id)
            .collect();
        let is_other = |id: &DocumentId| {
            let document = self.documents.get(id);
            document.is_some_and(|document| document.kind != DocumentKind::Record)
        };
        ids.sort_by_key(is_other);
        if let Some(frame) = self.next_record(now_ms, connection, &ids) {
            return Some(frame);
        }
        for id in &ids {
            if let Some(frame) = self.next_sync(now_ms, connection, *id) {
                return Some(frame);
            }
        }
        for id in &ids {
            if let Some(frame) = self.next_announcement(connection, *id) {
                return Some(frame);
            }
        }
        self.next_presence(connection)
    }

    fn next_notice(&mut self, connection: ConnectionId) -> Option<Bytes> {
        let here = self.members.get_mut(&connection)?;
        while let Some(notice) = here.notices.pop_front() {
            let sender = self.config.relay.clone();
            let target = here.member.peer.clone();
            if here.member.reads_notices {
                return Some(
                    wire::encode(&WireMessage::Plenary {
                        sender,
                        target,
                        notice,
                    })
                    .into(),
                );
            }
            if let Some(words) = notice.words() {
                let message = words.into_owned();
                let message = WireMessage::Error {
                    sender: Some(sender),
                    target: Some(target),
                    message,
                };
                return Some(wire::encode(&message).into());
            }
        }
        None
    }

    fn next_unavailable(&mut self, connection: ConnectionId) -> Option<Bytes> {
        let here = self.members.get_mut(&connection)?;
        let message = WireMessage::DocUnavailable {
            document: here.unavailable.pop_first()?,
            sender: self.config.relay.clone(),
            target: here.member.peer.clone(),
        };
        Some(wire::encode(&message).into())
    }

    /// The news of the record, also before their time, when another document is about to be told:
    /// who has a change is to have been told whose it is.
    fn next_record(
        &mut self,
        now_ms: i64,
        connection: ConnectionId,
        ids: &[DocumentId],
    ) -> Option<Bytes> {
        let (record, others) = ids.split_first()?;
        let document = self.documents.get(record)?;
        let is_behind = document.kind == DocumentKind::Record
            && document
                .followers
                .get(&connection)
                .is_some_and(|follower| follower.sync.is_behind(&document.log));
        let precedes = is_behind
            && others.iter().any(|id| {
                self.documents.get(id).is_some_and(|document| {
                    let follower = document.followers.get(&connection);
                    follower.is_some_and(|it| self.sync_is_due(now_ms, document, it))
                })
            });
        if !precedes {
            return None;
        }
        self.sync_frame(now_ms, connection, *record)
    }

    fn next_sync(
        &mut self,
        now_ms: i64,
        connection: ConnectionId,
        id: DocumentId,
    ) -> Option<Bytes> {
        let document = self.documents.get(&id)?;
        let follower = document.followers.get(&connection)?;
        if !self.sync_is_due(now_ms, document, follower) {
            return None;
        }
        self.sync_frame(now_ms, connection, id)
    }

    /// Makes the sync message that a follower is to get now.
    fn sync_frame(
        &mut self,
        now_ms: i64,
        connection: ConnectionId,
        id: DocumentId,
    ) -> Option<Bytes> {
        let member = &self.members.get(&connection)?.member;
        let peer = &member.peer;
        let document = self.documents.get_mut(&id)?;
        let keeps_receipts = member.reads_notices && self.config.binds_actors;
        let receipt = keeps_receipts.then(|| document.receipt(id, &self.config.site_key));
        let follower = document.followers.get_mut(&connection)?;
        follower.told_ms = now_ms;
        let answer = follower.sync.answer(&document.log);
        let flags = follower
            .sync
            .is_told_read_only()
            .then_some(Flags::READ_ONLY);
        let reads_v2 = follower.sync.reads_v2();
        let (data, rest) = document.compose(connection, answer, reads_v2, flags);
        if let (false, Some(follower)) = (rest.is_empty(), document.followers.get_mut(&connection))
        {
            follower.sync.put_back(rest);
        }
        Some(document.frames.frame(peer, &data, receipt.as_ref()))
    }

    fn next_announcement(&mut self, connection: ConnectionId, id: DocumentId) -> Option<Bytes> {
        let here = self.members.get(&connection)?;
        let document = self.documents.get_mut(&id)?;
        let wants = here.subscriptions.contains(&self.config.storage);
        let follower = document.followers.get(&connection)?;
        if !wants || !announcement_is_due(document, follower) {
            return None;
        }
        let stored = RemoteHeads {
            heads: document.log.heads(),
            timestamp_ms: document.moved_ms,
        };
        let length = document.log.len();
        document.followers.get_mut(&connection)?.announced = Some(length);
        let message = WireMessage::RemoteHeadsChanged {
            sender: self.config.relay.clone(),
            target: here.member.peer.clone(),
            document: id,
            heads: BTreeMap::from([(self.config.storage.clone(), stored)]),
        };
        Some(wire::encode(&message).into())
    }

    fn next_presence(&mut self, connection: ConnectionId) -> Option<Bytes> {
        let here = self.members.get_mut(&connection)?;
        let presence = here.presence.pop()?;
        let message = WireMessage::Ephemeral {
            sender: presence.sender,
            target: here.member.peer.clone(),
            document: presence.document,
            session: presence.spoken.session,
            count: presence.spoken.count,
            data: presence.spoken.data,
        };
        Some(wire::encode(&message).into())
    }
}

/// Whether stored heads moved since they were announced. A peer is told with its sync messages'
/// rhythm: once it has been told the news, not before.
fn announcement_is_due(document: &RoomDocument, follower: &Follower) -> bool {
    let is_readable = follower.announced.is_some()
        || !follower.sync.heads().is_empty()
        || !document.log.is_empty();
    let is_new = follower.announced != Some(document.log.len());
    is_readable && is_new && !follower.sync.is_behind(&document.log) && !document.log.is_empty()
}
