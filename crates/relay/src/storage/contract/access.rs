//! What every storage has to do about links, people and the audit trail.

use std::sync::Arc;

use automerge::ActorId;
use plenary_draft::DocumentId;
use plenary_protocol::room::{AuditEntry as RoomAudit, ParticipantId};

use super::{sample_commit, sample_draft, sample_participant};
use crate::access::Role;
use crate::storage::{
    AccessCommit, Act, Credit, LinkId, NewAudit, NewDraft, NewLink, Standing, Storage,
    StorageError, StoredPerson,
};

/// Runs every check, each over a fresh storage.
pub(super) async fn check_all<S: Storage>(fresh: impl Fn() -> Arc<S>) {
    a_link_is_made_changed_and_revoked(&*fresh()).await;
    a_link_is_used_by_so_many_participants_and_no_more(&*fresh()).await;
    acts_are_done_all_or_nothing(&*fresh()).await;
    people_come_back_as_they_were_stored(&*fresh()).await;
    who_writes_what_of_a_person_is_kept_apart(&*fresh()).await;
    only_who_is_not_known_continues_as_somebody_else(&*fresh()).await;
    who_has_become_less_or_another_does_nothing_as_before(&*fresh()).await;
    by_a_link_that_is_over_nothing_is_done(&*fresh()).await;
    merged_people_are_one(&*fresh()).await;
    merging_tells_nothing_more(&*fresh()).await;
    the_audit_trail_keeps_its_order_and_pages(&*fresh()).await;
    a_deleted_draft_goes_after_its_time_of_grace_and_others_stay(&*fresh()).await;
}

async fn made(storage: &dyn Storage) -> NewDraft {
    let draft = sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    draft
}

fn commit(draft: DocumentId, acts: Vec<Act>) -> AccessCommit {
    AccessCommit {
        draft: Some(draft),
        at_ms: 5_000,
        acts,
        audit: Vec::new(),
    }
}

async fn act(storage: &dyn Storage, draft: DocumentId, act: Act) {
    let acted = storage.commit_access(commit(draft, vec![act])).await;
    acted.expect("done");
}

fn participant(name: &str) -> ParticipantId {
    ParticipantId::new(name)
}

/// A link with everything that one can have.
fn rich_link() -> NewLink {
    NewLink {
        history: true,
        label: Some("For the ministry".into()),
        group: Some("government".into()),
        participant: Some(participant("anna")),
        created_by: Some(participant("ben")),
        expires_ms: Some(9_000),
        uses_limit: Some(2),
        ..NewLink::plain(LinkId::new("rich"), [77; 32], Role::Viewer)
    }
}

async fn a_link_is_made_changed_and_revoked(storage: &dyn Storage) {
    let draft = made(storage).await;
    let mut link = rich_link();
    act(storage, draft.id, Act::AddLink(link.clone())).await;
    let found = storage.link(link.hash).await.expect("readable");
    let found = found.expect("it is stored");
    assert_eq!((&found.terms, found.created_ms), (&link, 5_000));
    assert_eq!((found.uses, found.revoked_ms), (0, None));
    link.label = None;
    link.expires_ms = Some(9_500);
    act(storage, draft.id, Act::ChangeLink(link.clone())).await;
    let personal = NewLink {
        made_from: Some(link.id.clone()),
        ..NewLink::plain(LinkId::new("personal"), [78; 32], Role::Viewer)
    };
    act(storage, draft.id, Act::AddLink(personal.clone())).await;
    act(storage, draft.id, Act::ChangeLink(link.clone())).await;
    let found = storage.link(personal.hash).await.expect("readable");
    assert_eq!(found.expect("stored").terms.expires_ms, Some(9_500));
    act(storage, draft.id, Act::RevokeLink(link.id.clone())).await;
    let found = storage.link(personal.hash).await.expect("readable");
    assert_eq!(found.expect("stored").revoked_ms, Some(5_000));
    let mut again = commit(draft.id, vec![Act::RevokeLink(link.id.clone())]);
    again.at_ms = 6_000;
    storage.commit_access(again).await.expect("done already");
    let links = storage.links(draft.id).await.expect("readable");
    assert_eq!(links.len(), 6, "revoked links stay in the list");
    let found = links.iter().find(|found| found.terms.id == link.id);
    let found = found.expect("it is listed");
    assert_eq!((&found.terms, found.revoked_ms), (&link, Some(5_000)));
    for bad in [
        Act::RevokeLink(LinkId::new("unknown")),
        Act::ChangeLink(NewLink::plain(
            LinkId::new("unknown"),
            [1; 32],
            Role::Editor,
        )),
        Act::AddLink(NewLink::plain(LinkId::new("other"), [77; 32], Role::Editor)),
        Act::AddLink(NewLink::plain(LinkId::new("rich"), [78; 32], Role::Editor)),
    ] {
        let answer = storage.commit_access(commit(draft.id, vec![bad])).await;
        assert!(
            matches!(answer, Err(StorageError::Conflict(_))),
            "{answer:?}"
        );
    }
}

fn use_link(link: &NewLink, who: &str) -> Act {
    Act::UseLink {
        link: link.id.clone(),
        participant: participant(who),
        role: link.role,
        most_people: 3,
    }
}

async fn a_link_is_used_by_so_many_participants_and_no_more(storage: &dyn Storage) {
    let draft = made(storage).await;
    let link = rich_link();
    act(storage, draft.id, Act::AddLink(link.clone())).await;
    for who in ["one", "two", "one", "two"] {
        act(storage, draft.id, use_link(&link, who)).await;
    }
    let third = commit(draft.id, vec![use_link(&link, "three")]);
    let answer = storage.commit_access(third).await;
    assert_eq!(answer, Err(StorageError::LinkUsedUp));
    let found = storage.link(link.hash).await.expect("readable");
    assert_eq!(found.expect("stored").uses, 2);
    for (who, has_used) in [("one", true), ("three", false)] {
        let access = storage
            .access(draft.id, link.hash, Some(participant(who)))
            .await
            .expect("readable")
            .expect("the link opens the draft");
        assert_eq!(access.has_used, has_used, "{who}");
        assert_eq!(access.participant, Some(participant(who)));
        assert_eq!(access.person.is_some(), has_used, "{who}");
    }
    let people = storage.people(draft.id).await.expect("readable");
    let seen: Vec<_> = people
        .iter()
        .map(|person| (person.participant.as_str(), person.role))
        .collect();
    assert_eq!(
        seen,
        [("one", Some(Role::Viewer)), ("two", Some(Role::Viewer))]
    );
    let joined = storage.audit(Some(draft.id), 0, 100).await;
    let joined = joined.expect("readable");
    let joined: Vec<_> = joined.iter().filter(|e| e.kind == "joined").collect();
    assert_eq!(joined.len(), 2);
    assert_eq!(joined[0].by, Some(participant("one")));
    assert_eq!(joined[0].detail["link"], "rich");
    let other = DocumentId::from_bytes([9; 16]);
    let answer = storage.access(other, link.hash, None).await;
    assert_eq!(answer, Ok(None), "a link opens its own draft only");
    let answer = storage.access(draft.id, [99; 32], None).await;
    assert_eq!(answer, Ok(None));
}

async fn acts_are_done_all_or_nothing(storage: &dyn Storage) {
    let draft = made(storage).await;
    let mut bad = commit(
        draft.id,
        vec![
            Act::AddLink(rich_link()),
            Act::RevokeLink(LinkId::new("unknown")),
        ],
    );
    bad.audit.push(note("link-made"));
    assert!(storage.commit_access(bad).await.is_err());
    let links = storage.links(draft.id).await.expect("readable");
    assert_eq!(links.len(), 4);
    let unknown = commit(DocumentId::from_bytes([9; 16]), vec![Act::UndeleteDraft]);
    assert!(storage.commit_access(unknown).await.is_err());
    let mut homeless = commit(draft.id, vec![Act::UndeleteDraft]);
    homeless.draft = None;
    assert!(storage.commit_access(homeless).await.is_err());
    let trail = storage.audit(None, 0, 100).await.expect("readable");
    assert_eq!(trail.len(), 1, "but for the making of the draft: {trail:?}");
}

fn note(kind: &'static str) -> NewAudit {
    NewAudit {
        by: Some(participant("ben")),
        kind,
        detail: serde_json::json!({"role": "editor"}),
    }
}

async fn people_come_back_as_they_were_stored(storage: &dyn Storage) {
    let draft = made(storage).await;
    let mut anna = StoredPerson::guest(sample_participant(), 4_000);
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    anna.entry.name = Some("Anna Ø. Näslund".into());
    anna.entry.affiliation = Some("=cmd|' /C calc'!A0".into());
    anna.entry.on_behalf_of = Some("A ministry".into());
    anna.entry.credit = Credit::Organisation;
    anna.entry.withheld = true;
    anna.corrected_by = Some(participant("carl"));
    anna.erased_ms = Some(8_000);
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    let ben = StoredPerson::guest(participant("ben"), 3_000);
    act(storage, draft.id, Act::PutPerson(ben.clone())).await;
    let eve = StoredPerson {
        role_cap: Some(Role::Reviewer),
        added_by: Some(participant("ben")),
        ..StoredPerson::guest(participant("eve"), 2_000)
    };
    act(storage, draft.id, Act::PutPerson(eve.clone())).await;
    assert_eq!(storage.people(draft.id).await, Ok(vec![anna, ben, eve]));
}

async fn who_writes_what_of_a_person_is_kept_apart(storage: &dyn Storage) {
    let draft = made(storage).await;
    let mut anna = StoredPerson::guest(participant("anna"), 4_000);
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    let cap = |who: &str| Act::CapRole {
        participant: participant(who),
        cap: Some(Role::Viewer),
    };
    act(storage, draft.id, cap("anna")).await;
    // What she had read of herself before that takes nothing back.
    anna.entry.name = Some("Anna".into());
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    anna.role_cap = Some(Role::Viewer);
    assert_eq!(storage.people(draft.id).await, Ok(vec![anna.clone()]));
    // Nor does a correction of what she wrote before.
    let before = anna.entry.clone();
    let mut after = anna.clone();
    after.entry.affiliation = Some("Ministry".into());
    after.role_cap = None;
    after.corrected_by = Some(participant("ben"));
    let correction = Act::CorrectPerson { before, after };
    anna.entry.withheld = true;
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    let late = commit(draft.id, vec![correction.clone()]);
    let answer = storage.commit_access(late.clone()).await;
    assert!(matches!(answer, Err(StorageError::Conflict(_))));
    anna.entry.withheld = false;
    anna.erased_ms = Some(5_000);
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    let answer = storage.commit_access(late).await;
    assert!(matches!(answer, Err(StorageError::Conflict(_))));
    anna.erased_ms = None;
    act(storage, draft.id, Act::PutPerson(anna.clone())).await;
    act(storage, draft.id, correction).await;
    anna.entry.affiliation = Some("Ministry".into());
    anna.corrected_by = Some(participant("ben"));
    assert_eq!(storage.people(draft.id).await, Ok(vec![anna]));
    let nobody = commit(draft.id, vec![cap("nobody")]);
    let answer = storage.commit_access(nobody).await;
    assert!(matches!(answer, Err(StorageError::Conflict(_))));
}

/// Makes another link for whoever stands so.
async fn attempt(
    storage: &dyn Storage,
    draft: &NewDraft,
    who: Option<&str>,
    cap: Option<Role>,
) -> Result<(), StorageError> {
    let links = storage.links(draft.id).await.expect("readable").len();
    let standing = Standing {
        link: draft.links[0].id.clone(),
        participant: who.map(participant),
        cap,
    };
    let hash = [200 + u8::try_from(links).expect("few links"); 32];
    let another = NewLink::plain(LinkId::new(format!("new-{links}")), hash, Role::Viewer);
    let acts = vec![Act::Require(standing), Act::AddLink(another)];
    let answer = storage.commit_access(commit(draft.id, acts)).await;
    let made = storage.links(draft.id).await.expect("readable").len() - links;
    assert_eq!(made, usize::from(answer.is_ok()), "all or nothing");
    answer
}

async fn who_has_become_less_or_another_does_nothing_as_before(storage: &dyn Storage) {
    let draft = made(storage).await;
    let moved = Err(StorageError::AccessMoved);
    // Of whom nothing is known, nothing has changed.
    assert_eq!(attempt(storage, &draft, Some("anna"), None).await, Ok(()));
    for name in ["anna", "ben"] {
        let person = StoredPerson::guest(participant(name), 1_000);
        act(storage, draft.id, Act::PutPerson(person)).await;
    }
    assert_eq!(attempt(storage, &draft, Some("anna"), None).await, Ok(()));
    let lowered = Act::CapRole {
        participant: participant("anna"),
        cap: Some(Role::Viewer),
    };
    act(storage, draft.id, lowered).await;
    assert_eq!(attempt(storage, &draft, Some("anna"), None).await, moved);
    let viewer = Some(Role::Viewer);
    assert_eq!(attempt(storage, &draft, Some("anna"), viewer).await, Ok(()));
    let (from, into) = (participant("anna"), participant("ben"));
    act(storage, draft.id, Act::Merge { from, into }).await;
    assert_eq!(attempt(storage, &draft, Some("anna"), viewer).await, moved);
}

async fn by_a_link_that_is_over_nothing_is_done(storage: &dyn Storage) {
    let draft = made(storage).await;
    let link = draft.links[0].clone();
    let moved = Err(StorageError::AccessMoved);
    assert_eq!(attempt(storage, &draft, None, None).await, Ok(()));
    let expired = NewLink {
        expires_ms: Some(5_000),
        ..link.clone()
    };
    act(storage, draft.id, Act::ChangeLink(expired)).await;
    assert_eq!(attempt(storage, &draft, None, None).await, moved);
    act(storage, draft.id, Act::ChangeLink(link.clone())).await;
    assert_eq!(attempt(storage, &draft, None, None).await, Ok(()));
    act(storage, draft.id, Act::RevokeLink(link.id)).await;
    assert_eq!(attempt(storage, &draft, None, None).await, moved);
}

async fn only_who_is_not_known_continues_as_somebody_else(storage: &dyn Storage) {
    let draft = made(storage).await;
    // Binds actors to "anna".
    storage
        .commit(sample_commit(&draft, 1))
        .await
        .expect("committed");
    let mut named = StoredPerson::guest(participant("named"), 1_000);
    named.entry.name = Some("Somebody".into());
    for person in [
        StoredPerson::guest(participant("owner"), 1_000),
        StoredPerson::guest(participant("guest"), 1_000),
        named,
    ] {
        act(storage, draft.id, Act::PutPerson(person)).await;
    }
    for (who, answer) in [
        ("named", Err(StorageError::KnownAlready)),
        ("anna", Err(StorageError::KnownAlready)),
        ("guest", Ok(())),
        ("new", Ok(())),
    ] {
        let go_on = Act::Continue {
            from: participant(who),
            into: participant("owner"),
        };
        let said = storage.commit_access(commit(draft.id, vec![go_on])).await;
        assert_eq!(said, answer, "{who}");
    }
    let people = storage.people(draft.id).await.expect("readable");
    let merged: Vec<_> = people
        .iter()
        .filter(|person| person.merged_into.is_some())
        .map(|person| person.participant.as_str())
        .collect();
    assert_eq!(merged, ["guest", "new"]);
}

async fn merging_tells_nothing_more(storage: &dyn Storage) {
    let draft = made(storage).await;
    let guest = |who: &str| StoredPerson::guest(participant(who), 1_000);
    let mut withheld = guest("withheld");
    withheld.entry.withheld = true;
    let erased = StoredPerson {
        erased_ms: Some(2_000),
        ..guest("erased")
    };
    let added = StoredPerson {
        added_by: Some(participant("chair")),
        ..guest("added")
    };
    for person in [withheld, erased, added, guest("open")] {
        act(storage, draft.id, Act::PutPerson(person)).await;
    }
    let merge = async |from: &str, into: &str| {
        let merge = Act::Merge {
            from: participant(from),
            into: participant(into),
        };
        storage.commit_access(commit(draft.id, vec![merge])).await
    };
    for (from, into) in [
        ("withheld", "open"),
        ("withheld", "added"),
        ("erased", "open"),
        ("erased", "withheld"),
    ] {
        let refused = merge(from, into).await;
        assert!(
            matches!(refused, Err(StorageError::Conflict(_))),
            "{from} into {into}: {refused:?}"
        );
    }
    merge("open", "added").await.expect("merged");
    merge("added", "withheld").await.expect("merged");
    let people = storage.people(draft.id).await.expect("readable");
    let added = people
        .iter()
        .find(|person| person.participant == participant("added"))
        .expect("there");
    assert_eq!(added.added_by, None, "it is its person's own from then on");
}

async fn merged_people_are_one(storage: &dyn Storage) {
    let draft = made(storage).await;
    storage
        .commit(sample_commit(&draft, 1))
        .await
        .expect("committed");
    for who in ["device", "other", "twin"] {
        let person = StoredPerson::guest(participant(who), 1_000);
        act(storage, draft.id, Act::PutPerson(person)).await;
    }
    let merge = |from: &str, into: &str| Act::Merge {
        from: participant(from),
        into: participant(into),
    };
    act(storage, draft.id, merge("anna", "other")).await;
    act(storage, draft.id, merge("other", "twin")).await;
    let editor = &draft.links[2];
    for who in ["anna", "other", "twin"] {
        let access = storage
            .access(draft.id, editor.hash, Some(participant(who)))
            .await
            .expect("readable")
            .expect("the link opens the draft");
        assert_eq!(access.participant, Some(participant("twin")), "{who}");
    }
    let stored = storage.draft_of(draft.id).await.expect("readable");
    let bindings = stored.expect("stored").bindings;
    assert_eq!(bindings.len(), 2);
    assert!(
        bindings
            .iter()
            .all(|(_, owner)| *owner == participant("twin")),
        "{bindings:?}"
    );
    // Who was merged may go on with the actors that they had.
    let mut more = sample_commit(&draft, 2);
    more.commit.bindings = vec![(ActorId::from([2; 16]), participant("twin"))];
    storage.commit(more).await.expect("committed");
    // A room that has not heard of it yet binds by the old id.
    let mut late = sample_commit(&draft, 3);
    late.commit.bindings = vec![(ActorId::from([3; 16]), participant("anna"))];
    storage.commit(late).await.expect("committed");
    let stored = storage.draft_of(draft.id).await.expect("readable");
    let stored = stored.expect("stored");
    assert_eq!(stored.bindings.len(), 3);
    let is_twin = |(_, owner): &(_, ParticipantId)| *owner == participant("twin");
    assert!(stored.bindings.iter().all(is_twin), "{stored:?}");
    let mut merged = stored.merged;
    merged.sort();
    let twin = participant("twin");
    assert_eq!(
        merged,
        ["anna", "other"].map(|who| (participant(who), twin.clone()))
    );
    for bad in [
        merge("twin", "twin"),
        merge("device", "anna"),
        merge("device", "nobody"),
    ] {
        let answer = storage.commit_access(commit(draft.id, vec![bad])).await;
        assert!(
            matches!(answer, Err(StorageError::Conflict(_))),
            "{answer:?}"
        );
    }
}

async fn the_audit_trail_keeps_its_order_and_pages(storage: &dyn Storage) {
    let draft = made(storage).await;
    for kind in ["link-made", "link-revoked", "stage-changed"] {
        let mut entry = commit(draft.id, Vec::new());
        entry.audit.push(note(kind));
        storage.commit_access(entry).await.expect("written");
    }
    let mut turn = sample_commit(&draft, 1);
    turn.commit.audit.push(RoomAudit {
        at_ms: 6_000,
        by: participant("ben"),
        what: "entry-hidden",
        details: vec![("entry", "k1".into()), ("reason", "off topic".into())],
    });
    storage.commit(turn).await.expect("committed");
    let mut site = commit(draft.id, Vec::new());
    site.draft = None;
    site.audit.push(note("site-secret-drawn"));
    storage.commit_access(site).await.expect("written");
    let ours = storage.audit(Some(draft.id), 0, 100).await;
    let ours = ours.expect("readable");
    let kinds: Vec<_> = ours.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "draft-made",
            "link-made",
            "link-revoked",
            "stage-changed",
            "entry-hidden"
        ]
    );
    assert!(ours.is_sorted_by_key(|entry| entry.sequence));
    assert_eq!(ours[1].detail["role"], "editor");
    assert_eq!((ours[1].at_ms, ours[1].draft), (5_000, Some(draft.id)));
    assert_eq!(ours[4].at_ms, 6_000);
    assert_eq!(ours[4].detail["reason"], "off topic");
    let page = storage.audit(Some(draft.id), ours[0].sequence, 2).await;
    assert_eq!(page.as_deref(), Ok(&ours[1..3]));
    let all = storage.audit(None, 0, 100).await.expect("readable");
    assert_eq!(all.len(), 6);
    assert_eq!(
        (all[5].draft, all[5].kind.as_str()),
        (None, "site-secret-drawn")
    );
}

async fn a_deleted_draft_goes_after_its_time_of_grace_and_others_stay(storage: &dyn Storage) {
    let draft = made(storage).await;
    let other = sample_draft(2);
    storage.create(other.clone()).await.expect("created");
    act(storage, draft.id, Act::AddLink(rich_link())).await;
    act(storage, draft.id, use_link(&rich_link(), "one")).await;
    assert!(storage.purge(draft.id, i64::MAX).await.is_err());
    act(storage, draft.id, Act::DeleteDraft { purge_ms: 90_000 }).await;
    act(storage, draft.id, Act::DeleteDraft { purge_ms: 95_000 }).await;
    let deletions = storage.deletions().await.expect("readable");
    assert_eq!(deletions.len(), 1);
    assert_eq!(
        (deletions[0].0, deletions[0].1.purge_ms),
        (draft.id, 90_000)
    );
    let access = storage.access(draft.id, [77; 32], None).await;
    assert!(access.expect("readable").expect("found").deletion.is_some());
    act(storage, draft.id, Act::UndeleteDraft).await;
    assert_eq!(storage.deletions().await, Ok(Vec::new()));
    act(storage, draft.id, Act::DeleteDraft { purge_ms: 90_000 }).await;
    assert!(storage.purge(draft.id, 89_999).await.is_err());
    it_is_gone_for_good(storage, draft).await;
    storage.document(other.id).await.expect("the other stays");
}

/// Its time of grace ends at 90 s.
async fn it_is_gone_for_good(storage: &dyn Storage, draft: NewDraft) {
    let drafts = storage.drafts().await.expect("readable");
    assert_eq!(drafts.len(), 2);
    let summary = drafts.iter().find(|d| d.id == draft.id).expect("listed");
    assert_eq!((summary.people, summary.links, summary.changes), (1, 5, 3));
    assert!(summary.bytes > 0 && summary.deletion.is_some());
    storage.purge(draft.id, 90_000).await.expect("gone");
    assert_eq!(storage.draft_of(draft.id).await, Ok(None));
    assert_eq!(storage.people(draft.id).await, Ok(Vec::new()));
    assert_eq!(storage.links(draft.id).await, Ok(Vec::new()));
    assert_eq!(storage.link([77; 32]).await, Ok(None));
    assert_eq!(storage.audit(Some(draft.id), 0, 9).await, Ok(Vec::new()));
    let trail = storage.audit(None, 0, 100).await.expect("readable");
    let last = trail.last().expect("an entry");
    assert_eq!(last.kind, "draft-deleted-for-good");
    assert_eq!(last.detail["draft"], draft.id.to_string());
    storage.create(draft).await.expect("the id is free again");
}
