//! What peers of a room can observe, one story a test.

use automerge::transaction::Transactable;
use automerge::{ActorId, ReadDoc};
use bytes::Bytes;
use plenary_protocol::close::CloseCode;
use plenary_protocol::handshake::DocumentMessage;
use plenary_protocol::room::{Permission, RefusalReason, RoomConfig};
use plenary_protocol::sync::{Flags, Have, SyncMessage, Version};
use plenary_protocol::wire::{Notice, SessionId, WireMessage};
use plenary_simulation::stock::Stock;
use plenary_simulation::table::{DOCUMENT, Table, config};
use plenary_simulation::words::{first_draft, splice, text};

fn edit(table: &mut Table, name: &str, words: &str) {
    let seat = table.seats.get_mut(name).expect("a seated peer");
    splice(&mut seat.stock.automerge, 0, false, words).expect("the document has arrived");
}

fn words(table: &Table, name: &str) -> String {
    text(&table.seats[name].stock.automerge)
}

fn message_with(changes: Vec<Bytes>) -> DocumentMessage {
    let message = SyncMessage {
        version: Version::V1,
        heads: Vec::new(),
        need: Vec::new(),
        have: vec![Have::default()],
        changes,
        flags: None,
    };
    DocumentMessage::Sync(message.encode().into())
}

fn three_at_a_table() -> Table {
    let mut table = Table::new(config(), first_draft());
    for name in ["anna", "bo", "chen"] {
        table.seat(name, Permission::Write);
    }
    table.settle();
    table
}

#[test]
fn an_edit_costs_one_message_for_each_peer_and_one_acknowledgement() {
    let mut table = three_at_a_table();
    let before: Vec<usize> = table.seats.values().map(|seat| seat.synced).collect();
    for round in 1..=5 {
        edit(&mut table, "anna", "word ");
        table.settle();
        let after: Vec<usize> = table.seats.values().map(|seat| seat.synced).collect();
        let expected: Vec<usize> = before.iter().map(|count| count + round).collect();
        assert_eq!(after, expected);
    }
    assert_eq!(words(&table, "anna"), words(&table, "chen"));
}

#[test]
fn a_slow_reader_gets_everything_new_in_one_message() {
    let mut table = three_at_a_table();
    let before = table.seats["chen"].synced;
    for _ in 0..200 {
        edit(&mut table, "anna", "more ");
        table.send("anna");
        table.deliver("anna");
        table.deliver("bo");
        table.send("bo");
        table.now_ms += 5;
    }
    table.settle();
    assert_eq!(table.seats["chen"].synced, before + 1);
    assert_eq!(words(&table, "chen"), words(&table, "anna"));
    let busy = table.seats["bo"].synced;
    assert!(
        busy < 60,
        "a busy reader gets at most some thirty messages a second, this one got {busy} in one"
    );
}

/// Seats somebody who has nothing, and hands over the first sync message that the room has for them.
fn first_message(table: &mut Table, name: &'static str) -> SyncMessage {
    table.seat(name, Permission::Write);
    table.send(name);
    let connection = table.seats[name].connection;
    let mut frames = std::iter::from_fn(|| table.room.next_frame(table.now_ms, connection));
    // The first one says who the newcomer is.
    let frame = frames.nth(1).expect("an answer");
    let limits = plenary_protocol::limits::Limits::default();
    let WireMessage::Sync { data, .. } =
        plenary_protocol::wire::decode(&frame, &limits).expect("well-formed")
    else {
        panic!("not a sync message");
    };
    let message = SyncMessage::parse(&data, &limits).expect("well-formed");
    let seat = table.seats.get_mut(name).expect("seated");
    seat.stock.received(&frame);
    message
}

#[test]
fn a_newcomer_gets_a_long_history_as_one_document() {
    let mut table = three_at_a_table();
    for _ in 0..100 {
        edit(&mut table, "anna", "x");
        table.settle();
    }
    let message = first_message(&mut table, "dora");
    assert_eq!((message.version, message.changes.len()), (Version::V2, 1));
    assert!(
        message.have.iter().all(|have| have.bloom.is_empty()),
        "a filter is of no use to an empty peer"
    );
    table.settle();
    assert_eq!(words(&table, "dora"), words(&table, "anna"));
}

#[test]
fn a_newcomer_gets_a_long_text_compressed_though_it_is_one_change() {
    let mut table = three_at_a_table();
    let long = "A paragraph that says the same as the one before. ".repeat(2_000);
    edit(&mut table, "anna", &long);
    table.settle();
    let message = first_message(&mut table, "dora");
    let bytes: usize = message.changes.iter().map(Bytes::len).sum();
    assert_eq!(message.version, Version::V2);
    assert!(
        bytes * 10 < long.len(),
        "{bytes} bytes for a text of {} that repeats itself",
        long.len()
    );
    table.settle();
    assert_eq!(words(&table, "dora"), words(&table, "anna"));
}

#[test]
fn what_a_reader_types_is_quarantined_and_told() {
    let mut table = three_at_a_table();
    table.seat("rita", Permission::Read);
    table.settle();
    edit(&mut table, "rita", "not allowed ");
    table.settle();
    let quarantined: Vec<_> = table
        .commits
        .iter()
        .flat_map(|commit| &commit.quarantined)
        .collect();
    assert_eq!(quarantined.len(), 1);
    assert_eq!(quarantined[0].reason, RefusalReason::NotAllowed);
    assert!(!words(&table, "anna").contains("not allowed"));
    assert!(table.seats["rita"].told.iter().any(
        |told| matches!(told, WireMessage::Plenary { notice: Notice::Quarantined { hashes, .. }, .. } if hashes.len() == 1)
    ));
    assert!(
        table.seats["rita"].stock.peer_is_read_only(),
        "the flag comes once all is in quarantine"
    );
    edit(&mut table, "anna", "still heard ");
    table.settle();
    assert!(words(&table, "rita").contains("still heard"));
}

#[test]
fn an_offline_history_of_a_reader_is_quarantined_completely_before_it_is_told_to_stop() {
    let mut table = three_at_a_table();
    let mut stock = Stock::new("rita", ActorId::from(b"rita"), DOCUMENT);
    stock
        .automerge
        .merge(&mut table.seats["anna"].stock.automerge.clone())
        .expect("mergeable");
    for _ in 0..50 {
        splice(&mut stock.automerge, 3, false, "offline ");
    }
    table.seat_as("rita", "rita", stock, Permission::Read);
    table.settle();
    let quarantined: usize = table
        .commits
        .iter()
        .map(|commit| commit.quarantined.len())
        .sum();
    assert_eq!(quarantined, 50);
}

#[test]
fn a_change_by_another_participants_actor_is_refused_and_its_owner_goes_on() {
    let mut table = three_at_a_table();
    edit(&mut table, "anna", "mine ");
    table.settle();
    let mut thief = Stock::new("mallory", ActorId::from(b"anna"), DOCUMENT);
    thief
        .automerge
        .merge(&mut table.seats["anna"].stock.automerge.clone())
        .expect("mergeable");
    splice(&mut thief.automerge, 0, false, "forged ");
    table.seat_as("mallory", "mallory", thief, Permission::Write);
    table.settle();
    let reasons: Vec<_> = table
        .commits
        .iter()
        .flat_map(|commit| &commit.quarantined)
        .map(|change| change.reason)
        .collect();
    assert_eq!(reasons, [RefusalReason::ForeignActor]);
    edit(&mut table, "anna", "and on ");
    table.settle();
    assert!(words(&table, "bo").contains("and on "));
    assert!(!words(&table, "bo").contains("forged"));
}

#[test]
fn a_reused_sequence_number_is_refused_and_the_others_go_on() {
    let mut table = three_at_a_table();
    let mut twin = table.seats["anna"].stock.automerge.clone();
    splice(&mut twin, 0, false, "from a restored copy ");
    let repeated = twin.get_last_local_change().expect("an edit");
    edit(&mut table, "anna", "first ");
    table.settle();
    table.seat_as(
        "anna-2",
        "anna",
        Stock::new("anna-2", ActorId::from(b"unused"), DOCUMENT),
        Permission::Write,
    );
    table
        .say(
            "anna-2",
            message_with(vec![Bytes::copy_from_slice(repeated.raw_bytes())]),
        )
        .expect("no fault");
    let reasons: Vec<_> = table
        .commits
        .iter()
        .flat_map(|commit| &commit.quarantined)
        .map(|change| change.reason)
        .collect();
    assert_eq!(reasons, [RefusalReason::SequenceNumber]);
    edit(&mut table, "anna", "second ");
    table.settle();
    assert!(words(&table, "bo").contains("second first"));
}

#[test]
fn who_may_not_even_read_is_told_that_there_is_nothing() {
    let mut table = Table::new(config(), first_draft());
    table.seat("vera", Permission::None);
    table.settle();
    let seat = &table.seats["vera"];
    assert!(seat.stock.heads().is_empty());
    assert!(
        matches!(&seat.told[..], [WireMessage::DocUnavailable { document, .. }] if *document == DOCUMENT)
    );
}

#[test]
fn presence_reaches_the_others_once_and_a_flood_is_cut_down() {
    let mut table = three_at_a_table();
    let say = |count: u64| DocumentMessage::Ephemeral {
        session: SessionId::new("s"),
        count,
        data: Bytes::from_static(b"cursor"),
    };
    for count in [1, 2, 2, 1] {
        table.say("anna", say(count)).expect("no fault");
    }
    for name in ["anna", "bo", "chen"] {
        table.deliver(name);
    }
    assert_eq!(table.seats["anna"].told.len(), 0);
    assert_eq!(table.seats["bo"].told.len(), 2);
    for count in 3..10_000 {
        table.say("anna", say(count)).expect("no fault");
    }
    table.deliver("bo");
    assert!(table.seats["bo"].told.len() <= 2 + 32);
}

#[test]
fn a_broken_message_closes_its_sender_alone() {
    let mut table = three_at_a_table();
    table
        .say("bo", DocumentMessage::Sync(Bytes::from_static(b"\x42\xff")))
        .expect("no fault");
    assert_eq!(
        table.seats["bo"].closed.as_ref().map(|reason| reason.code),
        Some(CloseCode::ProtocolError)
    );
    assert!(table.seats["anna"].closed.is_none());
}

#[test]
fn whole_documents_are_not_taken_from_peers() {
    let mut table = three_at_a_table();
    let saved = Bytes::from(first_draft().save());
    table
        .say("bo", message_with(vec![saved]))
        .expect("no fault");
    assert_eq!(
        table.seats["bo"].closed.as_ref().map(|reason| reason.code),
        Some(CloseCode::ProtocolError)
    );
}

#[test]
fn a_change_waits_for_what_it_builds_on() {
    let mut table = three_at_a_table();
    let mut away = table.seats["anna"].stock.automerge.clone();
    splice(&mut away, 0, false, "one ");
    let first = away.get_last_local_change().expect("an edit");
    splice(&mut away, 0, false, "two ");
    let second = away.get_last_local_change().expect("an edit");
    let chunk = |change: &automerge::Change| Bytes::copy_from_slice(change.raw_bytes());
    table
        .say("anna", message_with(vec![chunk(&second)]))
        .expect("no fault");
    assert_eq!(
        table.commits.len(),
        0,
        "it is not applied without the first"
    );
    table
        .say("anna", message_with(vec![chunk(&first)]))
        .expect("no fault");
    assert_eq!(
        table
            .commits
            .iter()
            .map(|commit| commit.changes.len())
            .sum::<usize>(),
        2
    );
    table.settle();
    assert!(words(&table, "bo").starts_with("two one "));
}

/// A change whose checksum is right and whose operations make no sense.
fn poisoned(table: &Table) -> Vec<Bytes> {
    let mut mallory = table.seats["bo"]
        .stock
        .automerge
        .clone()
        .with_actor(ActorId::from(b"mallory"));
    let (_, text) = mallory
        .get(automerge::ROOT, "text")
        .expect("readable")
        .expect("the draft has it");
    let mut transaction = mallory.transaction();
    transaction
        .put(automerge::ROOT, "k", "value")
        .expect("a map takes a key");
    transaction
        .splice_text(&text, 3, 4, "words")
        .expect("the place is within the text");
    transaction.commit();
    let change = mallory.get_last_local_change().expect("an edit");
    let mut found = Vec::new();
    // Every byte of the body is tried with several values, and the checksum made right again.
    for at in 10..change.raw_bytes().len() {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut bytes = change.raw_bytes().to_vec();
            bytes[at] = value;
            if let Some(fixed) = with_right_checksum(&bytes) {
                found.push(fixed);
            }
        }
    }
    found
}

fn with_right_checksum(bytes: &[u8]) -> Option<Bytes> {
    use sha2::{Digest, Sha256};
    let mut fixed = bytes.to_vec();
    let hash = Sha256::digest(&bytes[8..]);
    fixed[4..8].copy_from_slice(&hash[..4]);
    Some(Bytes::from(fixed))
}

#[test]
fn damaged_operations_cost_their_sender_the_connection_and_nobody_else_a_word() {
    let mut faults = 0;
    for chunk in poisoned(&three_at_a_table()) {
        let mut table = three_at_a_table();
        let faulted = table.say("bo", message_with(vec![chunk.clone()])).is_err();
        if faulted {
            faults += 1;
            // The relay loads the room again and lets it be careful.
            let mut careful = Table::new(
                RoomConfig {
                    careful: true,
                    ..config()
                },
                first_draft(),
            );
            for name in ["anna", "bo", "chen"] {
                careful.seat(name, Permission::Write);
            }
            careful.settle();
            careful
                .say("bo", message_with(vec![chunk]))
                .expect("a careful room finds the bad change");
            table = careful;
        }
        // A damaged change may still be a valid one that does something else, as long as
        // everybody can go on.
        let anna = &mut table.seats.get_mut("anna").expect("seated").stock.automerge;
        let mut transaction = anna.transaction();
        transaction
            .put(automerge::ROOT, "unharmed", true)
            .expect("a map takes a key");
        transaction.commit();
        table.send("anna");
        table.deliver("anna");
        table.deliver("chen");
        let chen = &table.seats["chen"].stock.automerge;
        let arrived = chen.get(automerge::ROOT, "unharmed").expect("readable");
        assert!(arrived.is_some());
    }
    assert!(faults > 0, "nothing here reached what it is meant to try");
    println!("{faults} damaged changes made the room reload");
}

#[test]
fn flags_of_a_peer_that_starts_over_bring_it_everything_again() {
    let mut table = three_at_a_table();
    let message = SyncMessage {
        version: Version::V1,
        heads: Vec::new(),
        need: Vec::new(),
        have: vec![Have::default()],
        changes: Vec::new(),
        flags: Some(Flags::SYNC_RESET),
    };
    let mut fresh = Stock::new("bo", ActorId::from(b"bo-again"), DOCUMENT);
    fresh.welcome();
    table.seats.get_mut("bo").expect("seated").stock = fresh;
    table
        .say("bo", DocumentMessage::Sync(message.encode().into()))
        .expect("no fault");
    table.deliver("bo");
    assert_eq!(words(&table, "bo"), words(&table, "anna"));
    assert!(
        table.seats["bo"]
            .stock
            .automerge
            .get_missing_deps(&[])
            .is_empty()
    );
}

/// Two thousand characters that hardly compress.
fn much(seed: u64) -> String {
    use rand_core::{Rng, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..2_000)
        .map(|_| char::from(b' ' + (rng.next_u32() % 90) as u8))
        .collect()
}

#[test]
fn a_reader_that_lacks_more_than_fits_into_a_message_gets_it_in_parts_and_once() {
    let mut table = Table::new(
        RoomConfig {
            message_bytes: 4_000,
            ..config()
        },
        first_draft(),
    );
    for name in ["anna", "bo", "chen"] {
        table.seat(name, Permission::Write);
    }
    table.settle();
    for _ in 0..20 {
        edit(&mut table, "anna", "small ");
        table.settle();
    }
    let mut away = Stock::new("dora", ActorId::from(b"dora"), DOCUMENT);
    away.automerge
        .merge(&mut table.seats["bo"].stock.automerge.clone())
        .expect("mergeable");
    let before = table.seats["chen"].synced;
    for seed in 0..6 {
        edit(&mut table, "anna", &much(seed));
        table.send("anna");
        table.deliver("anna");
    }
    table.settle();
    let parts = table.seats["chen"].synced - before;
    assert!(
        (3..=5).contains(&parts),
        "eleven kilobytes in parts of four, each sent once: {parts}"
    );
    assert_eq!(words(&table, "chen"), words(&table, "anna"));
    table.seat_as("dora", "dora", away, Permission::Write);
    table.settle();
    let parts = table.seats["dora"].synced;
    assert!(
        (3..=5).contains(&parts),
        "the same for whoever comes back: {parts}"
    );
    assert_eq!(words(&table, "dora"), words(&table, "anna"));
    edit(&mut table, "dora", "and on ");
    table.settle();
    assert!(words(&table, "anna").starts_with("and on "));
}
