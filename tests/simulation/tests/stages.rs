//! Stages that come and go while people write, from seeds: the relay is killed in between, and
//! nothing is stored at a stage at which nobody may write.

use automerge::ChangeHash;
use plenary_draft::Stage;
use plenary_protocol::access::{Access, DocumentKind, Role};
use plenary_protocol::room::{ParticipantId, RecordRequest};
use plenary_simulation::draft_table::{DraftTable, KINDS, comments, types};
use rand_core::Rng;

const PEOPLE: [(&str, Role); 4] = [
    ("ed", Role::Editor),
    ("ella", Role::Editor),
    ("fay", Role::Facilitator),
    ("rita", Role::Reviewer),
];

fn to(stage: Stage) -> RecordRequest {
    RecordRequest::SetStage {
        stage,
        reason: Some("It is time.".to_owned()),
        opens_ms: None,
        closes_ms: None,
    }
}

/// What somebody typed, and where.
type Typed = (DocumentKind, ChangeHash, &'static str);

/// Somebody writes what their role allows while the draft is open.
fn somebody_writes(table: &mut DraftTable, (name, role): (&'static str, Role)) -> Typed {
    let kind = if role == Role::Reviewer {
        DocumentKind::Discussion
    } else {
        DocumentKind::Text
    };
    let before = table.seats[name].copies[&kind].get_heads();
    if kind == DocumentKind::Text {
        table.edit(name, kind, types("word "));
    } else {
        table.edit(name, kind, comments(name));
    }
    let heads = table.seats[name].copies[&kind].get_heads();
    let new = heads.into_iter().find(|head| !before.contains(head));
    (kind, new.expect("something was typed"), name)
}

fn redial(table: &mut DraftTable, only_closed: bool) {
    for (name, role) in PEOPLE {
        if !only_closed || table.seats[name].closed.is_some() {
            table.dial(name, Access::of(role));
        }
    }
}

/// One step of what may happen.
fn step(table: &mut DraftTable, typed: &mut Vec<Typed>) {
    let person = PEOPLE[table.rng.next_u32() as usize % PEOPLE.len()];
    match table.rng.next_u32() % 12 {
        0..=4 => typed.push(somebody_writes(table, person)),
        5..=7 => {
            let inputs = table.sends(person.0);
            table.turn(inputs);
        }
        8 | 9 if table.seats[person.0].closed.is_none() => table.deliver(person.0),
        10 => {
            let stages = [Stage::Drafting, Stage::Review, Stage::Final, Stage::Final];
            let stage = stages[table.rng.next_u32() as usize % stages.len()].clone();
            let asked = table.ask("fay", Role::Facilitator, to(stage));
            asked.expect("facilitators may");
        }
        11 if table.rng.next_u32().is_multiple_of(4) => {
            let disk = table.disk.clone();
            table.restart(disk);
        }
        _ => redial(table, true),
    }
    table.now_ms += 40;
}

/// Nothing but the record is stored while the draft is final.
fn check_order(table: &DraftTable) {
    let mut is_final = false;
    for commit in &table.commits {
        let record = table.id(DocumentKind::Record);
        let writes = commit
            .changes
            .iter()
            .any(|change| change.document != record);
        assert!(
            !(is_final && writes),
            "something was stored in a final draft"
        );
        for entry in &commit.audit {
            let to = entry.details.iter().find(|(name, _)| *name == "to");
            is_final = to.is_some_and(|(_, stage)| stage == "final");
        }
    }
}

#[test]
fn stages_keep_their_promises_whatever_happens() {
    for seed in 0..60 {
        let mut table = DraftTable::new("# Trust online\n\nParties should talk.\n");
        for _ in 0..seed {
            table.rng.next_u32();
        }
        for (name, role) in PEOPLE {
            table.seat(name, role);
        }
        table.settle();
        let mut typed = Vec::new();
        for _ in 0..200 {
            step(&mut table, &mut typed);
        }
        check_order(&table);
        // In the end the draft is open, and everybody dials anew with all that they have.
        table
            .ask("fay", Role::Facilitator, to(Stage::Drafting))
            .expect("facilitators may");
        redial(&mut table, false);
        table.settle();
        for (kind, hash, name) in &typed {
            assert!(
                table.holds(*kind, hash),
                "seed {seed}: {name} lost something"
            );
            let author = &table.disk.authors[hash];
            assert_eq!(*author, ParticipantId::new(*name), "seed {seed}");
        }
        for seat in table.seats.values() {
            for kind in KINDS {
                let heads = seat.copies[&kind].get_heads();
                assert_eq!(heads, table.ours(kind).get_heads(), "seed {seed}");
            }
        }
    }
}
