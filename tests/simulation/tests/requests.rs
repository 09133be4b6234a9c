//! What only the relay writes, on request: stages, groups, moderation, milestones.

use plenary_draft::{Discussion, EntryId, GroupChoice, ParticipantId, Record, Stage, Text};
use plenary_protocol::access::{DocumentKind, Role};
use plenary_protocol::close::CloseCode;
use plenary_protocol::room::{Outcome, RecordRequest, RefusalReason, RequestRefused};
use plenary_protocol::wire::{Notice, WireMessage};
use plenary_simulation::draft_table::{DraftTable, comments, types};

fn to(stage: Stage, reason: Option<&str>) -> RecordRequest {
    RecordRequest::SetStage {
        stage,
        reason: reason.map(str::to_owned),
        opens_ms: None,
        closes_ms: None,
    }
}

fn three() -> DraftTable {
    let mut table = DraftTable::new("# Trust online\n\nParties should talk.\n");
    table.seat("ed", Role::Editor);
    table.seat("fay", Role::Facilitator);
    table.seat("rita", Role::Reviewer);
    table.settle();
    table
}

fn markdown(table: &DraftTable, name: &str) -> String {
    Text::read(&table.seats[name].copies[&DocumentKind::Text]).markdown()
}

#[test]
fn a_stage_is_set_by_the_relay_and_reaches_everybody() {
    let mut table = three();
    let request = RecordRequest::SetStage {
        stage: Stage::Review,
        reason: None,
        opens_ms: Some(2_000_000),
        closes_ms: Some(3_000_000),
    };
    let answer = table.ask("fay", Role::Facilitator, request.clone());
    let (from, to) = (Stage::Drafting, Stage::Review);
    assert_eq!(answer, Ok(Outcome::StageSet { from, to }));
    table.settle();
    for seat in table.seats.values() {
        let record = Record::read(&seat.copies[&DocumentKind::Record]);
        assert_eq!(record.stage, Stage::Review);
        let (_, last) = record
            .stages
            .iter()
            .max_by_key(|(_, it)| it.at_ms)
            .expect("two");
        assert_eq!(
            (last.opens_ms, last.closes_ms),
            (Some(2_000_000), Some(3_000_000))
        );
        assert_eq!(last.by.as_ref().map(ParticipantId::as_str), Some("fay"));
    }
    let audit = &table.commits.last().expect("a commit").audit;
    assert_eq!((audit[0].what, audit[0].by.as_str()), ("stage-set", "fay"));
    assert_eq!(
        table.ask("fay", Role::Facilitator, request),
        Ok(Outcome::Unchanged)
    );
}

#[test]
fn who_may_not_ask_is_refused_and_nothing_is_stored() {
    let mut table = three();
    let commits = table.commits.len();
    for role in [Role::Viewer, Role::Reviewer, Role::Editor] {
        for request in [
            to(Stage::Final, None),
            RecordRequest::CutMilestone {
                name: "mine".into(),
            },
            RecordRequest::SetGroups(vec![GroupChoice {
                id: None,
                name: "us".into(),
            }]),
        ] {
            let refused = table.ask("ed", role, request).expect_err("refused");
            assert!(
                matches!(refused, RequestRefused::RoleTooLow { .. }),
                "{refused}"
            );
        }
    }
    for (request, words) in [
        (to(Stage::Other("adopted".into()), None), "no stage"),
        (
            RecordRequest::CutMilestone { name: " ".into() },
            "characters",
        ),
        (RecordRequest::SetGroups(Vec::new()), "groups"),
        (
            RecordRequest::Moderate {
                entry: EntryId::from_key("none"),
                hidden: true,
                reason: "spam".into(),
            },
            "no entry none",
        ),
        (
            RecordRequest::SetStage {
                stage: Stage::Review,
                reason: None,
                opens_ms: Some(2),
                closes_ms: Some(1),
            },
            "open before it closes",
        ),
    ] {
        let refused = table
            .ask("fay", Role::Facilitator, request)
            .expect_err("refused");
        assert!(refused.to_string().contains(words), "{refused}");
    }
    assert_eq!(table.commits.len(), commits);
    assert_eq!(*table.room.stage(), Stage::Drafting);
}

#[test]
fn finalising_against_a_keystroke_has_one_winner() {
    let mut table = three();
    let before = table.edit("ed", DocumentKind::Text, types("Before. "));
    let sent = table.sends("ed");
    table.turn(sent);
    table
        .ask("fay", Role::Facilitator, to(Stage::Final, None))
        .expect("finalised");
    let after = table.edit("ed", DocumentKind::Text, types("After. "));
    table.settle();
    assert!(table.holds(DocumentKind::Text, &before));
    assert!(!table.holds(DocumentKind::Text, &after));
    assert!(table.disk.quarantines(table.id(DocumentKind::Text), &after));
    assert_eq!(
        markdown(&table, "rita"),
        "Before. # Trust online\n\nParties should talk.\n"
    );
    let quarantined: Vec<_> = table
        .commits
        .iter()
        .flat_map(|it| &it.quarantined)
        .collect();
    assert_eq!(quarantined.len(), 1);
    assert_eq!(quarantined[0].reason, RefusalReason::Stage);
    let notices: Vec<_> = table.seats["ed"]
        .told
        .iter()
        .filter_map(|message| match message {
            WireMessage::Plenary { notice, .. } => Some(notice),
            _ => None,
        })
        .collect();
    assert!(
        notices
            .iter()
            .any(|it| matches!(it, Notice::ReadOnly { .. }))
    );
    assert!(
        notices
            .iter()
            .any(|it| matches!(it, Notice::Quarantined { hashes, .. } if *hashes == [after]))
    );
    assert!(table.seats["ed"].closed.is_none(), "reading goes on");
}

#[test]
fn back_from_final_takes_a_reason_and_lets_people_write_again() {
    let mut table = three();
    table
        .ask("fay", Role::Facilitator, to(Stage::Final, None))
        .expect("finalised");
    table.settle();
    let refused = table.ask("fay", Role::Facilitator, to(Stage::Settling, None));
    assert_eq!(refused, Err(RequestRefused::ReasonMissing));
    let comment = table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    assert!(
        Discussion::read(table.ours(DocumentKind::Discussion))
            .comments
            .is_empty()
    );
    table
        .ask(
            "fay",
            Role::Facilitator,
            to(Stage::Settling, Some("An error in section 2.")),
        )
        .expect("reopened");
    for name in ["ed", "rita", "fay"] {
        let closed = table.seats[name].closed.as_ref().map(|it| it.code);
        assert_eq!(closed, Some(CloseCode::RoleChanged), "{name}");
    }
    table.dial("ed", plenary_protocol::access::Access::of(Role::Editor));
    let typed = table.edit("ed", DocumentKind::Text, types("Again. "));
    table.settle();
    assert!(table.holds(DocumentKind::Text, &typed));
    let record = Record::read(table.ours(DocumentKind::Record));
    let (_, last) = record
        .stages
        .iter()
        .max_by_key(|(_, it)| it.at_ms)
        .expect("some");
    assert_eq!(last.reason.as_deref(), Some("An error in section 2."));
    assert!(!comment.as_str().is_empty());
}

#[test]
fn hiding_an_entry_is_visible_and_leaves_it_as_it_is() {
    let mut table = three();
    let comment = table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    let entry = EntryId::from_key(comment.as_str());
    let mut moderate = |hidden, reason: &str| {
        let entry = entry.clone();
        let reason = reason.to_owned();
        let request = RecordRequest::Moderate {
            entry,
            hidden,
            reason,
        };
        let answer = table.ask("fay", Role::Facilitator, request);
        table.settle();
        let record = Record::read(&table.seats["rita"].copies[&DocumentKind::Record]);
        (answer, record.moderations.into_values().next())
    };
    let (refused, _) = moderate(true, "  ");
    assert_eq!(refused, Err(RequestRefused::ReasonMissing));
    let (answer, hidden) = moderate(true, "Off topic.");
    assert_eq!(answer, Ok(Outcome::Moderated));
    let hidden = hidden.expect("an entry in the record");
    assert!(hidden.hidden && hidden.reason == "Off topic.");
    assert_eq!(moderate(true, "Twice.").0, Ok(Outcome::Unchanged));
    let (_, shown) = moderate(false, "On topic after all.");
    assert!(!shown.expect("still there").hidden);
    let discussion = Discussion::read(&table.seats["ed"].copies[&DocumentKind::Discussion]);
    assert_eq!(discussion.comments[&comment].body, "Why?");
}

#[test]
fn a_milestone_names_what_was_there_just_before_it() {
    let mut table = three();
    let typed = table.edit("ed", DocumentKind::Text, types("Now. "));
    table.settle();
    let record_before = table.ours(DocumentKind::Record).get_heads();
    let name = "Zero draft".to_owned();
    let answer = table.ask(
        "fay",
        Role::Facilitator,
        RecordRequest::CutMilestone { name },
    );
    let Ok(Outcome::MilestoneCut { id, heads }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(heads.text, [typed]);
    assert_eq!(heads.record, record_before);
    table.settle();
    let record = Record::read(&table.seats["rita"].copies[&DocumentKind::Record]);
    assert_eq!(record.milestones[&id].heads, heads);
    assert_eq!(record.milestones[&id].stage, Stage::Drafting);
}

#[test]
fn groups_keep_their_keys_when_they_are_renamed_and_ordered_anew() {
    let mut table = three();
    let groups = |table: &DraftTable| {
        let mut groups: Vec<_> = Record::read(table.ours(DocumentKind::Record))
            .groups
            .into_iter()
            .collect();
        groups.sort_by(|a, b| a.1.order.cmp(&b.1.order));
        groups
    };
    let before = groups(&table);
    let choice = |id, name: &str| GroupChoice {
        id,
        name: name.into(),
    };
    let choices = vec![
        choice(None, "academia"),
        choice(Some(before[1].0.clone()), "Civil society"),
    ];
    let answer = table.ask(
        "fay",
        Role::Facilitator,
        RecordRequest::SetGroups(choices.clone()),
    );
    let Ok(Outcome::GroupsSet(ids)) = answer else {
        panic!("{answer:?}");
    };
    let after = groups(&table);
    let names: Vec<&str> = after.iter().map(|(_, group)| group.name.as_str()).collect();
    assert_eq!(names, ["academia", "Civil society"]);
    assert_eq!(after[1].0, before[1].0);
    assert_eq!(
        ids,
        after.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>()
    );
    let choices = after
        .into_iter()
        .map(|(id, group)| choice(Some(id), &group.name))
        .collect();
    let answer = table.ask("fay", Role::Facilitator, RecordRequest::SetGroups(choices));
    assert_eq!(answer, Ok(Outcome::Unchanged));
}

#[test]
fn a_relay_that_starts_again_writes_under_another_actor() {
    let mut table = three();
    let backup = table.disk.clone();
    let name = |name: &str| RecordRequest::CutMilestone { name: name.into() };
    table
        .ask("fay", Role::Facilitator, name("one"))
        .expect("cut");
    let first = table.commits.last().expect("a commit").changes[0].clone();
    table.restart(backup);
    table
        .ask("fay", Role::Facilitator, name("two"))
        .expect("cut");
    let second = table.commits.last().expect("a commit").changes[0].clone();
    assert_ne!(first.actor, second.actor);
    assert_eq!(
        second.participant,
        plenary_protocol::room::ParticipantId::relay()
    );
}

#[test]
fn an_entry_belongs_to_whoever_made_it() {
    let mut table = three();
    let hers = table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    let before = table.ours(DocumentKind::Discussion).get_heads();
    // In another's name, and at another's key.
    let forged = table.edit("ed", DocumentKind::Discussion, comments("rita"));
    table.settle();
    table.dial(
        "fay",
        plenary_protocol::access::Access::of(Role::Facilitator),
    );
    let theft = table.edit("fay", DocumentKind::Discussion, |document, _, _| {
        use automerge::{ROOT, ReadDoc, transaction::Transactable};
        let mut transaction = document.transaction();
        let (_, comments) = transaction.get(ROOT, "comments").unwrap().unwrap();
        transaction.delete(&comments, hers.as_str()).unwrap();
        transaction.commit().0.unwrap()
    });
    table.settle();
    assert_eq!(table.ours(DocumentKind::Discussion).get_heads(), before);
    let reasons: Vec<_> = table
        .commits
        .iter()
        .flat_map(|commit| &commit.quarantined)
        .map(|change| (change.participant.as_str().to_owned(), change.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            ("ed".to_owned(), RefusalReason::ForeignEntry),
            ("fay".to_owned(), RefusalReason::ForeignEntry)
        ]
    );
    let id = table.id(DocumentKind::Discussion);
    assert!(table.disk.quarantines(id, &theft));
    let rita = Discussion::read(&table.seats["rita"].copies[&DocumentKind::Discussion]);
    assert_eq!(rita.comments.keys().collect::<Vec<_>>(), [&hers]);
    assert!(forged != hers);
    // The honest reviewer goes on.
    let more = table.edit("rita", DocumentKind::Discussion, comments("rita"));
    table.settle();
    let ours = Discussion::read(table.ours(DocumentKind::Discussion));
    assert!(ours.comments.contains_key(&more));
}

#[test]
fn presence_of_somebody_who_is_withheld_says_that_somebody_is_there() {
    use plenary_protocol::handshake::{DocumentMessage, Inbound};
    use plenary_protocol::room::Input;
    let mut table = three();
    table.seats.get_mut("rita").expect("seated").is_withheld = true;
    table.dial("rita", plenary_protocol::access::Access::of(Role::Reviewer));
    table.settle();
    let says = |table: &mut DraftTable, name: &str| {
        let connection = table.seats[name].connection;
        let message = DocumentMessage::Ephemeral {
            session: "s".into(),
            count: 1,
            data: bytes::Bytes::from_static(b"\x6cRita, a name"),
        };
        let document = table.id(DocumentKind::Text);
        let message = Inbound::Document { document, message };
        table.turn(vec![Input::Message {
            connection,
            message,
        }]);
        table.deliver("fay");
    };
    says(&mut table, "rita");
    says(&mut table, "ed");
    let mut senders = std::collections::BTreeSet::new();
    let heard: Vec<_> = table.seats["fay"]
        .told
        .iter()
        .filter_map(|message| match message {
            WireMessage::Ephemeral { sender, data, .. } => {
                // A name in presence is not the peer id that a connection is known by.
                assert!(!["rita", "ed"].contains(&sender.as_str()));
                senders.insert(sender.clone());
                Some(&data[..])
            }
            _ => None,
        })
        .collect();
    let eds: &[u8] = b"\x6cRita, a name";
    assert_eq!(heard, [&[0xa0][..], eds]);
    assert_eq!(senders.len(), 2);
}
