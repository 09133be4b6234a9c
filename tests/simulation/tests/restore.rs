//! A relay that starts from an older backup, and what its clients bring back.

use plenary_draft::{Discussion, Record, Stage, Text};
use plenary_protocol::access::{Access, DocumentKind, Role};
use plenary_protocol::room::{ParticipantId, RecordRequest, RefusalReason};
use plenary_simulation::disk::Disk;
use plenary_simulation::draft_table::{DraftTable, comments, types};

const PEOPLE: [(&str, Role); 4] = [
    ("anna", Role::Editor),
    ("bo", Role::Editor),
    ("fay", Role::Facilitator),
    ("rita", Role::Reviewer),
];

/// A draft on which people have worked, and a backup of the time before the rest.
fn before_the_loss(keep_receipts: bool) -> (DraftTable, Disk) {
    let mut table = DraftTable::new("# Trust online\n\nParties should talk.\n");
    for (name, role) in PEOPLE {
        table.seat(name, role);
        if !keep_receipts {
            table
                .seats
                .get_mut(name)
                .expect("they sit at the table")
                .is_ours = false;
            table.dial(name, Access::of(role));
        }
    }
    table.settle();
    table.edit("anna", DocumentKind::Text, types("Old. "));
    table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    let backup = table.disk.clone();
    // From here on all is lost. Bo and Rita have started their programs again.
    table.now_ms += 60_000;
    table.reload("bo");
    table.reload("rita");
    (table, backup)
}

fn come_back(table: &mut DraftTable, name: &str) {
    let (_, role) = PEOPLE
        .iter()
        .find(|(other, _)| *other == name)
        .expect("one of the people");
    table.dial(name, Access::of(*role));
    table.settle();
}

fn quarantined(table: &DraftTable) -> Vec<RefusalReason> {
    let commits = table.commits.iter();
    commits
        .flat_map(|commit| &commit.quarantined)
        .map(|change| change.reason)
        .collect()
}

fn markdown(table: &DraftTable) -> String {
    Text::read(table.ours(DocumentKind::Text)).markdown()
}

#[test]
fn one_client_brings_back_what_all_had_written_and_whose_it_was() {
    let (mut table, backup) = before_the_loss(true);
    let annas = table.edit("anna", DocumentKind::Text, types("Anna's. "));
    table.settle();
    let bos = table.edit("bo", DocumentKind::Text, types("Bo's. "));
    let ritas = table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    let stage = RecordRequest::SetStage {
        stage: Stage::Final,
        reason: None,
        opens_ms: None,
        closes_ms: None,
    };
    table.ask("fay", Role::Facilitator, stage).unwrap();
    table.settle();
    let lost = table.disk.clone();
    let text = markdown(&table);
    let known: Vec<ParticipantId> = lost.bindings.values().cloned().collect();
    assert!(known.contains(&ParticipantId::new("bo")));
    table.restart(backup);
    assert!(!markdown(&table).contains("Bo's."));
    // Anna alone comes back, and the draft is final: she could write none of it now.
    come_back(&mut table, "anna");
    assert_eq!(markdown(&table), text);
    assert_eq!(*table.room.stage(), Stage::Final);
    for (hash, who) in [(annas, "anna"), (bos, "bo")] {
        assert!(table.holds(DocumentKind::Text, &hash));
        assert_eq!(table.disk.authors[&hash].as_str(), who);
    }
    let discussion = Discussion::read(table.ours(DocumentKind::Discussion));
    assert!(discussion.comments.contains_key(&ritas));
    for (actor, owner) in &lost.bindings {
        let is_relay = *owner == ParticipantId::relay();
        assert!(is_relay || table.disk.bindings.get(actor) == Some(owner));
    }
    for name in ["bo", "fay", "rita"] {
        come_back(&mut table, name);
    }
    assert_eq!(quarantined(&table), []);
    assert_eq!(markdown(&table), text);
    for seat in table.seats.values() {
        for (kind, copy) in &seat.copies {
            assert_eq!(copy.get_heads(), table.ours(*kind).get_heads());
        }
    }
}

#[test]
fn people_go_on_under_the_actors_that_they_had() {
    let (mut table, backup) = before_the_loss(true);
    table.edit("bo", DocumentKind::Text, types("Lost. "));
    let comment = table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    table.restart(backup);
    // Both write on while they are offline.
    let more = table.edit("bo", DocumentKind::Text, types("Offline. "));
    table.edit("rita", DocumentKind::Discussion, comments("rita"));
    for name in ["anna", "rita", "bo", "fay"] {
        come_back(&mut table, name);
    }
    assert!(table.holds(DocumentKind::Text, &more));
    assert_eq!(table.disk.authors[&more].as_str(), "bo");
    let now = Discussion::read(table.ours(DocumentKind::Discussion));
    assert_eq!(now.comments.len(), 3);
    assert!(now.comments.contains_key(&comment));
    let record = Record::read(&table.seats["anna"].copies[&DocumentKind::Record]);
    let owners: Vec<&str> = record
        .actors
        .values()
        .map(plenary_draft::ParticipantId::as_str)
        .collect();
    assert!(owners.contains(&"bo") && owners.contains(&"rita"));
    assert_eq!(quarantined(&table), []);
    // Rita's comment stays Rita's.
    table.edit("fay", DocumentKind::Discussion, |document, _, _| {
        use automerge::{ROOT, ReadDoc, transaction::Transactable};
        let mut transaction = document.transaction();
        let (_, comments) = transaction.get(ROOT, "comments").unwrap().unwrap();
        transaction.delete(&comments, comment.as_str()).unwrap();
        transaction.commit();
    });
    table.settle();
    assert_eq!(quarantined(&table), [RefusalReason::ForeignEntry]);
    let now = Discussion::read(table.ours(DocumentKind::Discussion));
    assert!(now.comments.contains_key(&comment));
}

#[test]
fn without_a_receipt_nobody_is_taken_for_somebody_else() {
    let (mut table, backup) = before_the_loss(false);
    let bos = table.edit("bo", DocumentKind::Text, types("Bo's. "));
    table.settle();
    table.restored_ms = Some(table.now_ms + 120_000);
    table.restart(backup);
    come_back(&mut table, "anna");
    assert!(table.holds(DocumentKind::Text, &bos), "nothing is lost");
    assert_eq!(table.disk.authors[&bos], ParticipantId::unknown());
    // Whatever is written from now on has its author again.
    table.now_ms += 240_000;
    table.reload("bo");
    let again = table.edit("bo", DocumentKind::Text, types("Again. "));
    come_back(&mut table, "bo");
    assert_eq!(table.disk.authors[&again].as_str(), "bo");
}

#[test]
fn what_one_may_not_do_is_not_vouched_for_by_an_old_receipt() {
    let (mut table, backup) = before_the_loss(true);
    table.edit("bo", DocumentKind::Text, types("Bo's. "));
    table.settle();
    table.restart(backup);
    // Rita has seen the text, and adds to it what she may not.
    let forged = table.edit("rita", DocumentKind::Text, types("Rita's. "));
    come_back(&mut table, "rita");
    assert!(markdown(&table).contains("Bo's.") && !markdown(&table).contains("Rita's."));
    assert!(
        table
            .disk
            .quarantines(table.id(DocumentKind::Text), &forged)
    );
}
