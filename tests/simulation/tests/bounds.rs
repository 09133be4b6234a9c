//! How much the changes of a peer may take: counted as they are in memory, not as they travel.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ChangeHash, ROOT, ScalarValue};
use bytes::Bytes;
use plenary_protocol::access::DocumentKind;
use plenary_protocol::close::CloseCode;
use plenary_protocol::handshake::{DocumentMessage, Inbound};
use plenary_protocol::limits::Limits;
use plenary_protocol::room::{
    ConnectionId, Input, Kept, ParticipantId, Permission, Room, RoomConfig,
};
use plenary_protocol::sync::{SyncMessage, Version};
use plenary_simulation::table::{DOCUMENT, Table, config};
use plenary_simulation::words::first_draft;
use sha2::{Digest, Sha256};

const MIB: usize = 1 << 20;

/// A change of three million zeros on top of another one that only `unknown` has, or of nothing. It
/// travels as some thousand bytes.
fn bloated(actor: u8, is_unfounded: bool) -> Change {
    let mut document = Automerge::new().with_actor(ActorId::from([0x80 | actor; 16]));
    if is_unfounded {
        document
            .transact(|transaction| transaction.put(ROOT, "base", 1))
            .expect("a change");
    }
    let zeros = ScalarValue::Bytes(vec![0; 3 * MIB]);
    document
        .transact(|transaction| transaction.put(ROOT, "zeros", zeros))
        .expect("a change");
    document.get_changes(&[]).pop().expect("the newest")
}

fn message(changes: Vec<Bytes>) -> DocumentMessage {
    let message = SyncMessage {
        version: Version::V1,
        heads: Vec::new(),
        need: Vec::new(),
        have: Vec::new(),
        changes,
        flags: None,
    };
    DocumentMessage::Sync(message.encode().into())
}

/// A message with one change, as short as it can be.
fn brings(mut change: Change) -> DocumentMessage {
    let bytes = change.bytes().into_owned();
    assert!(bytes.len() < 20_000, "{} bytes travel", bytes.len());
    message(vec![bytes.into()])
}

fn closed(table: &Table, name: &str) -> Option<CloseCode> {
    table.seats[name].closed.as_ref().map(|reason| reason.code)
}

fn table(config: RoomConfig, permission: Permission) -> Table {
    let mut table = Table::new(config, first_draft());
    table.seat("eve", permission);
    table.seat("anna", Permission::Write);
    table.settle();
    table
}

#[test]
fn changes_that_wait_are_counted_as_they_are_in_memory() {
    let mut table = table(config(), Permission::Write);
    for number in 1..=5 {
        table
            .say("eve", brings(bloated(number, true)))
            .expect("no fault");
        assert_eq!(closed(&table, "eve"), None, "15 MiB may wait");
    }
    table
        .say("eve", brings(bloated(6, true)))
        .expect("no fault");
    assert_eq!(closed(&table, "eve"), Some(CloseCode::TooLarge));
    assert_eq!(closed(&table, "anna"), None);
}

#[test]
fn what_is_refused_is_counted_and_kept_as_it_is_in_memory() {
    let mut table = table(config(), Permission::Read);
    for number in 1..=6 {
        table
            .say("eve", brings(bloated(number, false)))
            .expect("no fault");
    }
    assert_eq!(closed(&table, "eve"), Some(CloseCode::QuarantineFull));
    let kept = table.commits.iter().flat_map(|commit| &commit.quarantined);
    let lengths: Vec<usize> = kept.map(|change| change.bytes.len()).collect();
    assert!(
        lengths.iter().all(|length| *length > 3 * MIB),
        "{lengths:?}"
    );
    assert!(lengths.iter().sum::<usize>() <= 16 * MIB, "{lengths:?}");
}

/// The same change with what it builds on named as often as a change may name anything.
fn repeating(change: &Change, dependency: ChangeHash) -> Change {
    let raw = change.raw_bytes();
    // Magic, checksum and type, then the length of the body in seven bits each.
    let length = raw[9..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    let body = &raw[9 + length..];
    assert_eq!(body[0], 1, "it builds on one change");
    let mut repeated = number(10_000);
    repeated.extend((0..10_000).flat_map(|_| dependency.0));
    repeated.extend(&body[33..]);
    let mut hashed = vec![1];
    hashed.extend(number(repeated.len()));
    hashed.extend(repeated);
    let mut chunk = raw[..4].to_vec();
    chunk.extend(&Sha256::digest(&hashed)[..4]);
    chunk.extend(hashed);
    Change::from_bytes(chunk).expect("Automerge does not mind")
}

fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[test]
fn a_dependency_that_is_named_again_and_again_is_counted() {
    let mut table = table(config(), Permission::Read);
    let mut author = Automerge::new().with_actor(ActorId::from([9; 16]));
    let mut changes = Vec::new();
    for number in 0..60 {
        author
            .transact(|transaction| transaction.put(ROOT, "key", number))
            .expect("a change");
        changes.extend(author.get_last_local_change());
    }
    let mut said = 0;
    for pair in changes.windows(2) {
        if closed(&table, "eve").is_some() {
            break;
        }
        let change = repeating(&pair[1], pair[0].hash());
        table.say("eve", brings(change)).expect("no fault");
        said += 1;
    }
    assert_eq!(closed(&table, "eve"), Some(CloseCode::QuarantineFull));
    assert!(
        said < 30,
        "each takes two times 320 KB, and {said} were taken"
    );
}

#[test]
fn a_turn_stops_when_it_has_read_enough_and_goes_on_in_the_next() {
    let limits = Limits {
        turn_bytes: 10 * MIB,
        ..Limits::default()
    };
    let config = RoomConfig { limits, ..config() };
    let mut table = table(config, Permission::Write);
    let (eve, anna) = (
        table.seats["eve"].connection,
        table.seats["anna"].connection,
    );
    let said = |connection: ConnectionId, message| Input::Message {
        connection,
        message: Inbound::Document {
            document: DOCUMENT,
            message,
        },
    };
    let changes: Vec<Change> = (1..=9).map(|actor| bloated(actor, false)).collect();
    let mut inputs: Vec<Input> = changes
        .iter()
        .map(|change| said(eve, brings(change.clone())))
        .collect();
    let last = bloated(10, false);
    inputs.push(said(anna, brings(last.clone())));
    let mut taken = Vec::new();
    while !inputs.is_empty() {
        let before = inputs.len();
        let turn = table.room.turn(table.now_ms, inputs).expect("no fault");
        table.room.committed(table.now_ms);
        taken.push(before - turn.rest.len());
        inputs = turn.rest;
    }
    assert_eq!(taken, [4, 4, 2], "12 MiB are the first beyond 10");
    let document = table.room.document(&DOCUMENT).expect("here");
    for change in changes.iter().chain([&last]) {
        assert!(document.get_change_meta_by_hash(&change.hash()).is_some());
    }
}

#[test]
fn who_is_sent_away_in_a_turn_is_not_heard_in_the_next() {
    let limits = Limits {
        turn_bytes: MIB,
        ..Limits::default()
    };
    let mut table = table(RoomConfig { limits, ..config() }, Permission::Write);
    let eve = table.seats["eve"].connection;
    let said = |message| Input::Message {
        connection: eve,
        message: Inbound::Document {
            document: DOCUMENT,
            message,
        },
    };
    let junk = DocumentMessage::Sync(Bytes::from_static(b"no sync message"));
    let inputs = vec![said(junk), said(brings(bloated(1, false)))];
    let turn = table.room.turn(table.now_ms, inputs).expect("no fault");
    assert_eq!((turn.closes.len(), turn.rest.len()), (1, 0));
    table.room.committed(table.now_ms);
    let mut inputs: Vec<Input> = (2..=4)
        .map(|actor| said(brings(bloated(actor, true))))
        .collect();
    inputs.push(Input::Leave(eve));
    let turn = table.room.turn(table.now_ms, inputs).expect("no fault");
    assert_eq!(turn.rest.len(), 3, "leaving keeps its place");
}

/// Dials again and again and brings another change each time.
fn bring_in_turn(table: &mut Table, name: &'static str, changes: &[Change]) -> Vec<bool> {
    let mut kept = Vec::new();
    for change in changes {
        table.seat_again(name);
        let before = table.commits.len();
        table.say(name, brings(change.clone())).expect("no fault");
        let new = table.commits[before..].iter();
        let hashes: Vec<ChangeHash> = new
            .flat_map(|commit| &commit.quarantined)
            .map(|change| change.hash)
            .collect();
        kept.push(hashes == [change.hash()]);
        let is_closed = closed(table, name) == Some(CloseCode::QuarantineFull);
        assert_eq!(is_closed, hashes.is_empty(), "told when it is not kept");
    }
    kept
}

#[test]
fn the_quarantine_of_a_participant_does_not_begin_anew_with_each_connection() {
    let mut table = table(config(), Permission::Read);
    let changes: Vec<Change> = (1..=7).map(|actor| bloated(actor, false)).collect();
    let kept = bring_in_turn(&mut table, "eve", &changes);
    assert_eq!(kept, [true, true, true, true, true, false, false]);
    // What is kept already takes no room again.
    let kept = bring_in_turn(&mut table, "eve", &changes[..2]);
    assert_eq!(
        kept,
        [true, true],
        "as when a program dials with its old copy"
    );
}

#[test]
fn the_quarantine_of_a_draft_is_bounded_and_known_after_a_start() {
    let stored = |from: &str, number: u8, is_handed_in| Kept {
        document: DOCUMENT,
        hash: ChangeHash([number; 32]),
        participant: ParticipantId::new(from),
        bytes: 15 * MIB,
        is_handed_in,
    };
    let others: Vec<Kept> = (0..8).map(|n| stored(&format!("p{n}"), n, false)).collect();
    let opened = |kept: Vec<Kept>| {
        let mut table = table(config(), Permission::Read);
        let text = (DOCUMENT, DocumentKind::Text, first_draft());
        let room = Room::open(config(), [text], Default::default(), 0);
        table.room = room.with_quarantine(kept);
        bring_in_turn(&mut table, "eve", &[1, 2, 3].map(|it| bloated(it, false)))
    };
    let of_a_draft = 128 * MIB - 8 * 15 * MIB;
    assert_eq!(of_a_draft / (3 * MIB), 2);
    assert_eq!(opened(others), [true, true, false]);
    assert_eq!(opened(vec![stored("eve", 1, false)]), [false, false, false]);
    // What somebody handed in has a bound of its own.
    assert_eq!(opened(vec![stored("eve", 1, true)]), [true, true, true]);
}
