//! The most frequent thing that a room hears: "I have it". It needs no turn.

use super::types::Input;
use super::{Permission, Room};
use crate::handshake::{DocumentMessage, Inbound};
use crate::sync::{Standing, SyncMessage};

/// Longer messages hold more than heads.
const MAX_BYTES: usize = 512;

impl Room {
    /// Takes an input that only acknowledges: a sync message of a follower that brings no change,
    /// asks for nothing and names no heads that we lack. It touches no document and leaves nothing
    /// to store or to tell, so it may be taken wherever no turn is under way.
    ///
    /// # Errors
    ///
    /// Gives the input back when it is anything else; it then belongs into a turn.
    pub fn take_acknowledgement(&mut self, input: Input) -> Result<(), Input> {
        if self.pending.is_some() || !self.try_acknowledge(&input) {
            return Err(input);
        }
        Ok(())
    }

    fn try_acknowledge(&mut self, input: &Input) -> bool {
        let Input::Message {
            connection,
            message: Inbound::Document { document, message },
        } = input
        else {
            return false;
        };
        let DocumentMessage::Sync(data) = message else {
            return false;
        };
        if data.len() > MAX_BYTES || self.permission(*connection, document) == Permission::None {
            return false;
        }
        let Ok(message) = SyncMessage::parse(data, &self.config.limits) else {
            return false;
        };
        let Some(document) = self.documents.get_mut(document) else {
            return false;
        };
        let Some(follower) = document.followers.get_mut(connection) else {
            return false;
        };
        let only_heads = message.changes.is_empty() && message.need.is_empty();
        let is_known = message.heads.iter().all(|head| document.log.contains(head));
        if !only_heads
            || !is_known
            || follower.restricted
            || !follower.sync.is_content_with(&message)
        {
            return false;
        }
        let known = message.heads.clone();
        follower.sync.receive(
            message,
            false,
            Standing {
                known,
                missing: Vec::new(),
            },
        );
        true
    }
}
