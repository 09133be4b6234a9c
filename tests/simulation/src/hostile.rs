//! Arbitrary bytes as the frames of a hostile peer, against the real handshake and room, with an
//! honest peer beside it. Shared by the fuzz target `session` and by the test that replays what
//! fuzzing found.

use automerge::ActorId;
use bytes::Bytes;
use plenary_protocol::access::{Access, Role};
use plenary_protocol::handshake::{Party, Received, ServerHandshake};
use plenary_protocol::limits::Limits;
use plenary_protocol::room::{ConnectionId, Input, Member, ParticipantId, Permission, RoomConfig};
use plenary_protocol::wire::{PeerId, PeerMetadata};

use crate::stock::Stock;
use crate::table::{DOCUMENT, Table, config};
use crate::words::{first_draft, splice, text};

/// The hostile peer's connection.
const HOSTILE: ConnectionId = ConnectionId(1000);

/// How many frames one input is cut into at most.
const MAX_FRAMES: usize = 32;

/// Lets `input` attack a room and checks that an honest peer's words still arrive.
///
/// Each frame of the input is two bytes of length, least significant first, and as many bytes.
///
/// # Panics
///
/// When the attack succeeds.
pub fn attack(input: &[u8]) {
    let mut table = seated(config());
    if strike(&mut table, input).is_err() {
        // A fault makes the relay load the room again, and look at every change by itself.
        table = seated(RoomConfig {
            careful: true,
            ..config()
        });
        strike(&mut table, input).expect("a careful room finds what is wrong");
    }
    let anna = table.seats.get_mut("anna").expect("seated");
    splice(&mut anna.stock.automerge, 0, false, "unharmed ").expect("the document has arrived");
    table.send("anna");
    table.deliver("anna");
    table.deliver("bo");
    assert!(text(&table.seats["bo"].stock.automerge).contains("unharmed "));
}

fn seated(config: RoomConfig) -> Table {
    let mut table = Table::new(config, first_draft());
    for name in ["anna", "bo"] {
        let stock = Stock::new(name, ActorId::from(name.as_bytes()), DOCUMENT);
        table.seat_as(name, name, stock, Permission::Write);
    }
    table.settle();
    table
}

fn strike(table: &mut Table, input: &[u8]) -> Result<(), plenary_protocol::room::RoomFault> {
    let us = Party {
        id: PeerId::new("relay"),
        metadata: PeerMetadata::default(),
    };
    let mut handshake = ServerHandshake::new(us, Limits::default());
    for frame in frames(input) {
        let inputs = match handshake.receive(&frame) {
            Received::Joined { peer, .. } => vec![Input::Join(Member {
                connection: HOSTILE,
                peer: peer.id,
                participant: ParticipantId::new("mallory"),
                reads_notices: false,
                is_withheld: false,
                access: Access::of(Role::Editor),
            })],
            Received::Message(message) => vec![Input::Message {
                connection: HOSTILE,
                message,
            }],
            Received::Ignored(_) | Received::Refused { .. } => Vec::new(),
        };
        for input in inputs {
            if let Err(input) = table.room.take_acknowledgement(input) {
                table.turn(vec![input])?;
            }
        }
        while table.room.next_frame(table.now_ms, HOSTILE).is_some() {}
    }
    Ok(())
}

fn frames(mut input: &[u8]) -> Vec<Bytes> {
    let mut frames = Vec::new();
    while let ([low, high, rest @ ..], true) = (input, frames.len() < MAX_FRAMES) {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        frames.push(Bytes::copy_from_slice(&rest[..length]));
        input = &rest[length..];
    }
    frames
}
