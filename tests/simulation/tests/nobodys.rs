//! Changes that came back after a restore without anybody who could tell whose they are, and who tries to
//! make them theirs.

use automerge::{ActorId, ROOT, ReadDoc, transaction::Transactable};
use plenary_draft::{Discussion, Record, Text};
use plenary_protocol::access::{Access, DocumentKind, Role};
use plenary_protocol::close::CloseCode;
use plenary_protocol::room::{ParticipantId, RefusalReason};
use plenary_simulation::draft_table::{DraftTable, comments, types};

/// Stock clients, of which Sam wrote something that the relay has forgotten, and somebody brings it back.
fn forgotten(kind: DocumentKind, by: &str) -> (DraftTable, ActorId) {
    let mut table = DraftTable::new("# Trust online\n\nParties should talk.\n");
    for name in ["sam", "bo", "eve"] {
        table.seat(name, Role::Editor);
        table.seats.get_mut(name).expect("seated").is_ours = false;
        table.dial(name, Access::of(Role::Editor));
    }
    table.settle();
    let backup = table.disk.clone();
    table.now_ms += 60_000;
    table.reload("sam");
    match kind {
        DocumentKind::Text => {
            table.edit("sam", kind, types("Sam's. "));
        }
        _ => {
            table.edit("sam", kind, comments("sam"));
        }
    }
    table.settle();
    let actor = table.seats["sam"].copies[&kind].get_actor().clone();
    table.restored_ms = Some(table.now_ms + 120_000);
    table.restart(backup);
    table.dial(by, Access::of(Role::Editor));
    table.settle();
    table.now_ms += 240_000;
    (table, actor)
}

/// The words of the trail, with who did it.
fn noted(table: &DraftTable, what: &str) -> Vec<ParticipantId> {
    let commits = table.commits.iter().flat_map(|commit| &commit.audit);
    commits
        .filter(|entry| entry.what == what)
        .map(|entry| entry.by.clone())
        .collect()
}

fn write_on(table: &mut DraftTable, name: &str, actor: &ActorId) -> automerge::ChangeHash {
    table.dial(name, Access::of(Role::Editor));
    table.settle();
    table.edit(name, DocumentKind::Text, |document, rng, now_ms| {
        document.set_actor(actor.clone());
        types("More. ")(document, rng, now_ms)
    })
}

#[test]
fn who_writes_on_under_an_actor_does_not_become_the_author_of_what_it_wrote_before() {
    let (mut table, actor) = forgotten(DocumentKind::Text, "bo");
    assert_eq!(noted(&table, "brought-back"), [ParticipantId::new("bo")]);
    let hers = write_on(&mut table, "eve", &actor);
    table.settle();
    assert_eq!(table.disk.authors[&hers].as_str(), "eve");
    let record = Record::read(table.ours(DocumentKind::Record));
    assert!(
        !record.actors.contains_key(&actor),
        "by the record Sam's words would be hers"
    );
    // An actor that is known from its first change is in the record.
    let own = table.seats["bo"].copies[&DocumentKind::Text]
        .get_actor()
        .clone();
    table.edit("bo", DocumentKind::Text, types("Bo's. "));
    table.settle();
    let record = Record::read(table.ours(DocumentKind::Record));
    assert!(record.actors.contains_key(&own));
}

/// Entries name their author, so that only they can have brought them.
#[test]
fn a_comment_that_came_back_is_its_authors() {
    let (mut table, actor) = forgotten(DocumentKind::Discussion, "sam");
    assert_eq!(table.disk.bindings[&actor].as_str(), "sam");
    let before = Discussion::read(table.ours(DocumentKind::Discussion));
    let [comment] = before.comments.keys().collect::<Vec<_>>()[..] else {
        panic!("Sam's came back");
    };
    table.dial("eve", Access::of(Role::Editor));
    table.settle();
    // She says that her change is older than the restore, as Sam's was.
    table.edit("eve", DocumentKind::Discussion, |document, _, _| {
        document.set_actor(actor.clone());
        let mut transaction = document.transaction();
        let (_, comments) = transaction.get(ROOT, "comments").unwrap().unwrap();
        transaction.delete(&comments, comment.as_str()).unwrap();
        transaction.commit();
    });
    table.settle();
    let refused = table.commits.iter().flat_map(|commit| &commit.quarantined);
    // What stock clients have of the relay's own record comes along, and is not taken.
    let discussion = table.id(DocumentKind::Discussion);
    let refused = refused.filter(|change| change.document == discussion);
    let refused: Vec<_> = refused.map(|change| change.reason).collect();
    assert_eq!(refused, [RefusalReason::ForeignActor]);
    let after = Discussion::read(table.ours(DocumentKind::Discussion));
    assert_eq!(after.comments.len(), 1);
}

/// Bo comes back before Sam does, with what Sam wrote under an actor that is known to be Sam's. It is
/// kept aside, as Bo might have forged it; once Sam brings it, Bo goes on as if nothing had happened.
#[test]
fn who_brought_anothers_work_goes_on_once_its_author_has_brought_it() {
    let mut table = DraftTable::new("# Trust online\n\nParties should talk.\n");
    for name in ["sam", "bo"] {
        table.seat(name, Role::Editor);
        table.seats.get_mut(name).expect("seated").is_ours = false;
        table.dial(name, Access::of(Role::Editor));
    }
    table.settle();
    table.edit("sam", DocumentKind::Text, types("Early. "));
    table.settle();
    let backup = table.disk.clone();
    table.now_ms += 60_000;
    let late = table.edit("sam", DocumentKind::Text, types("Late. "));
    table.settle();
    let bos = table.edit("bo", DocumentKind::Text, types("Bo's. "));
    table.settle();
    table.restored_ms = Some(table.now_ms + 120_000);
    table.restart(backup);
    table.commits.clear();

    table.dial("bo", Access::of(Role::Editor));
    table.settle();
    let text = table.id(DocumentKind::Text);
    let kept = |table: &DraftTable| -> Vec<_> {
        let kept = table.commits.iter().flat_map(|commit| &commit.quarantined);
        let kept = kept.filter(|change| change.document == text);
        kept.map(|change| change.hash).collect()
    };
    assert_eq!(kept(&table), [late, bos]);
    table.now_ms += 240_000;
    table.dial("sam", Access::of(Role::Editor));
    table.settle();
    let closed = table.seats["bo"].closed.as_ref().map(|it| it.code);
    assert_eq!(closed, Some(CloseCode::RoleChanged), "Bo dials again");

    table.dial("bo", Access::of(Role::Editor));
    table.edit("bo", DocumentKind::Text, types("And on. "));
    table.settle();
    let whole = Text::read(table.ours(DocumentKind::Text)).markdown();
    for words in ["Early. ", "Late. ", "Bo's. ", "And on. "] {
        assert_eq!(whole.matches(words).count(), 1, "{words} in {whole}");
    }
    assert_eq!(kept(&table), [late, bos], "nothing more is kept aside");
    assert_eq!(table.seats["bo"].closed, None);
}
