//! What is in quarantine and is admitted, or declined.

use bytes::Bytes;
use plenary_draft::{Stage, Text};
use plenary_protocol::access::{Access, DocumentKind, Role};
use plenary_protocol::close::CloseCode;
use plenary_protocol::room::{Held, Outcome, QuarantinedChange, RecordRequest, RequestRefused};
use plenary_protocol::wire::{Notice, WireMessage};
use plenary_simulation::draft_table::{DraftTable, comments, types};

fn table() -> DraftTable {
    let mut table = DraftTable::new("# Trust online\n\nParties should talk.\n");
    table.seat("ed", Role::Editor);
    table.seat("fay", Role::Facilitator);
    table.seat("rita", Role::Reviewer);
    table.settle();
    table
}

fn held(table: &DraftTable) -> Vec<Held> {
    let hold = |change: &QuarantinedChange| Held {
        document: change.document,
        bytes: change.bytes.clone(),
        participant: change.participant.clone(),
        by_facilitator: false,
        received_ms: change.received_ms,
    };
    let commits = table.commits.iter();
    commits
        .flat_map(|commit| &commit.quarantined)
        .map(hold)
        .collect()
}

fn admit(table: &mut DraftTable, held: Vec<Held>) -> Result<Outcome, RequestRefused> {
    table.ask("fay", Role::Facilitator, RecordRequest::Admit(held))
}

#[test]
fn what_is_admitted_is_the_authors_own_and_their_copy_heals() {
    let mut table = table();
    let first = table.edit("rita", DocumentKind::Text, types("One. "));
    table.settle();
    let second = table.edit("rita", DocumentKind::Text, types("Two. "));
    table.settle();
    let kept = held(&table);
    assert_eq!(kept.len(), 1, "who is told to stop sends no more");
    let answer = admit(&mut table, kept.clone());
    assert_eq!(answer, Ok(Outcome::Admitted(vec![first])));
    assert!(table.holds(DocumentKind::Text, &first));
    assert_eq!(table.disk.authors[&first].as_str(), "rita");
    let commit = table.commits.last().unwrap();
    assert!(
        commit
            .decisions
            .iter()
            .all(|it| it.admitted && it.by.as_str() == "fay")
    );
    assert_eq!(commit.audit[0].what, "quarantine-admitted");
    assert_eq!(commit.changes[0].received_ms, kept[0].received_ms);
    let closed = table.seats["rita"].closed.as_ref().map(|it| it.code);
    assert_eq!(closed, Some(CloseCode::RoleChanged));
    assert_eq!(admit(&mut table, kept), Ok(Outcome::Unchanged));
    // Rita is an editor now, and her copy fits.
    table.dial("rita", Access::of(Role::Editor));
    table.settle();
    assert!(table.holds(DocumentKind::Text, &second));
    let words = Text::read(&table.seats["ed"].copies[&DocumentKind::Text]).markdown();
    assert!(words.starts_with("Two. One. # Trust online"), "{words}");
}

#[test]
fn what_was_typed_after_the_end_can_be_admitted_once_the_draft_is_open_again() {
    let mut table = table();
    let to = |stage, reason: Option<&str>| RecordRequest::SetStage {
        stage,
        reason: reason.map(str::to_owned),
        opens_ms: None,
        closes_ms: None,
    };
    table
        .ask("fay", Role::Facilitator, to(Stage::Final, None))
        .unwrap();
    let late = table.edit("ed", DocumentKind::Text, types("Late. "));
    table.settle();
    let kept = held(&table);
    assert!(matches!(
        admit(&mut table, kept.clone()),
        Err(RequestRefused::Stage { .. })
    ));
    let back = to(Stage::Settling, Some("One more sentence."));
    table.ask("fay", Role::Facilitator, back).unwrap();
    assert_eq!(admit(&mut table, kept), Ok(Outcome::Admitted(vec![late])));
}

#[test]
fn what_cannot_be_applied_is_refused_and_changes_nothing() {
    let mut table = table();
    // Ed writes into the discussion in Rita's name.
    table.edit("ed", DocumentKind::Discussion, comments("rita"));
    table.settle();
    let forged = held(&table);
    let heads = table.ours(DocumentKind::Discussion).get_heads();
    let refused = admit(&mut table, forged.clone()).unwrap_err();
    assert!(refused.to_string().contains("others wrote"), "{refused}");
    let mut cut = forged[0].clone();
    cut.bytes = cut.bytes.slice(..cut.bytes.len() - 3);
    let refused = admit(&mut table, vec![cut]).unwrap_err();
    assert!(
        matches!(refused, RequestRefused::Unreadable(_)),
        "{refused}"
    );
    let mut record = forged[0].clone();
    record.document = table.id(DocumentKind::Record);
    let refused = admit(&mut table, vec![record]).unwrap_err();
    assert!(refused.to_string().contains("relay alone"), "{refused}");
    assert_eq!(table.ours(DocumentKind::Discussion).get_heads(), heads);
    assert!(
        table
            .commits
            .iter()
            .all(|commit| commit.decisions.is_empty())
    );
}

#[test]
fn what_is_declined_stays_where_it_is_and_its_author_is_told() {
    let mut table = table();
    table.edit("rita", DocumentKind::Text, types("No. "));
    table.settle();
    let kept = held(&table);
    let decline = |changes: Vec<Held>, reason: &str| RecordRequest::Decline {
        changes,
        reason: reason.to_owned(),
    };
    let refused = table.ask("fay", Role::Facilitator, decline(kept.clone(), ""));
    assert_eq!(refused, Err(RequestRefused::ReasonMissing));
    let answer = table.ask(
        "fay",
        Role::Facilitator,
        decline(kept.clone(), "Not agreed."),
    );
    assert!(matches!(answer, Ok(Outcome::Declined(ref hashes)) if hashes.len() == 1));
    let commit = table.commits.last().unwrap();
    assert!(commit.changes.is_empty());
    assert_eq!(commit.decisions[0].reason.as_deref(), Some("Not agreed."));
    table.deliver("rita");
    let told = table.seats["rita"].told.iter().any(|message| {
        matches!(message, WireMessage::Plenary { notice: Notice::Notice { message, .. }, .. }
            if message.contains("Not agreed."))
    });
    assert!(told);
    let empty = Held {
        bytes: Bytes::new(),
        ..kept[0].clone()
    };
    assert!(admit(&mut table, vec![empty]).is_err());
    // A facilitator may think again; then it can no longer be declined.
    assert!(matches!(
        admit(&mut table, kept.clone()),
        Ok(Outcome::Admitted(_))
    ));
    let refused = table.ask("fay", Role::Facilitator, decline(kept, "No."));
    assert!(matches!(refused, Err(RequestRefused::AlreadyAdmitted(_))));
}
