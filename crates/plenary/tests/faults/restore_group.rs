//! The restore drill with a whole group: comments, another stage, a milestone, a link and somebody who came
//! by it, all of it newer than the backup.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use automerge::{Automerge, ChangeHash};
use plenary_client::{Copy, DraftClient, DraftEvent, DraftPart, Link};
use plenary_draft::schema::discussion::{Authorship, Comment};
use plenary_draft::{
    CommentId, Discussion, DiscussionEditor, DocumentId, ParticipantId, Record, Stage,
};
use plenary_protocol::room::ParticipantId as Author;
use serde_json::json;

use crate::restore::{markdown, open, records, run, types, until};
use crate::server::Server;

const PARTS: [DraftPart; 3] = [DraftPart::Record, DraftPart::Text, DraftPart::Discussion];

fn comments(client: &mut DraftClient, body: &str, reply_to: Option<CommentId>) -> CommentId {
    let me = ParticipantId::from_key(client.participant().expect("it was told"));
    let made = client.change(DraftPart::Discussion, |document, rng| {
        let now_ms = plenary_client::now_ms();
        let comment = Comment {
            authorship: Authorship::new(me, now_ms),
            anchor: None,
            body: body.to_owned(),
            reply_to,
        };
        DiscussionEditor::new(document, rng, now_ms)
            .add_comment(&comment)
            .expect("the discussion is there")
    });
    made.expect("it is ready")
}

/// Who wrote which change of which document.
type Authors = BTreeMap<(DocumentId, ChangeHash), Author>;

/// Who wrote which change, as the site has it on record, of all three documents.
async fn authors(data: &Path, documents: &[DocumentId]) -> Authors {
    let mut authors = BTreeMap::new();
    for document in documents {
        for record in records(data, *document).await {
            authors.insert((*document, record.hash), record.participant);
        }
    }
    authors
}

fn part(client: &DraftClient, part: DraftPart) -> &Automerge {
    client.document(part).expect("ready")
}

async fn come_back(link: &Link, who: &str, copy: Option<&Copy>) -> DraftClient {
    let mut client = open(link, who, copy);
    until(
        &format!("{who} is in step"),
        &mut client,
        DraftClient::in_step,
    )
    .await;
    client
}

/// Comes by a link that the restored site does not know, and is told so; what they have stays with them.
async fn refused(link: &Link, who: &str, copy: &Copy) -> Copy {
    let mut client = open(link, who, Some(copy));
    let told = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            if let DraftEvent::Stopped(why) = client.next().await {
                return format!("{why:?}");
            }
        }
    });
    let told = told.await.expect("it is refused");
    assert!(told.contains("link"), "{told}");
    client.copy()
}

/// All changes are there and whose they were; beside them there is one of each of these, and what the relay
/// wrote itself: nothing came twice in other changes.
fn only_this_was_added(before: &Authors, after: &Authors, expected: &[(DocumentId, &str)]) {
    for (change, by) in before {
        assert_eq!(after.get(change), Some(by), "whose it was");
    }
    let newer = after
        .iter()
        .filter(|(change, by)| !before.contains_key(change) && **by != Author::relay());
    let mut newer: Vec<_> = newer
        .map(|((document, _), by)| (*document, by.as_str()))
        .collect();
    let mut expected = expected.to_vec();
    newer.sort_unstable();
    expected.sort_unstable();
    assert_eq!(newer, expected);
}

/// What the restored site says is what was there, all of it and under the same names.
fn is_whole(newcomer: &DraftClient, comments: &[(&CommentId, &str)]) -> Discussion {
    let record = Record::read(part(newcomer, DraftPart::Record));
    assert_eq!(record.stage, Stage::Review, "the stage came back");
    let names: Vec<_> = record
        .milestones
        .values()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["For review"]);
    let discussion = Discussion::read(part(newcomer, DraftPart::Discussion));
    for (comment, by) in comments {
        let found = &discussion.comments[*comment];
        assert_eq!(found.authorship.participant.as_str(), *by);
    }
    discussion
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_group_finds_all_that_an_older_backup_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, restored) = (folder.path().join("lost"), folder.path().join("restored"));
    let backup = folder.path().join("backup.sqlite");
    let server = Server::start(&lost, 0);
    let port = server.port();
    let links = server.create_draft_for_all("Restored", "# One\n\nFirst.\n");
    let link = |text: &str| text.parse::<Link>().expect("a link");
    let (editors, reviewers) = (link(&links.editor), link(&links.reviewer));
    let chairs = links.facilitator.as_str();
    let mut anna = come_back(&editors, "anna", None).await;
    let mut rita = come_back(&reviewers, "rita", None).await;
    types(&mut anna, "Early. ");
    let early = comments(&mut rita, "before the backup", None);
    until("it is stored", &mut anna, DraftClient::in_step).await;
    until("it is stored", &mut rita, DraftClient::in_step).await;
    run(&["backup", "--data"], [&backup, &lost, folder.path()]);

    // All that follows is newer than the backup.
    let fay = "the secret of fay";
    let made = server.post(chairs, fay, "/links", &json!({"role": "editor"}));
    let new_link = link(made["url"].as_str().expect("a link"));
    let mut zoe = come_back(&new_link, "zoe", None).await;
    types(&mut zoe, "Zoe\u{2019}s. ");
    until("it is stored", &mut zoe, DraftClient::in_step).await;
    let late = comments(&mut rita, "after the backup", None);
    until("it is stored", &mut rita, DraftClient::in_step).await;
    until("anna has it", &mut anna, |it| {
        let discussion = Discussion::read(part(it, DraftPart::Discussion));
        discussion.comments.contains_key(&late)
    })
    .await;
    let reply = comments(&mut anna, "an answer", Some(late.clone()));
    until("it is stored", &mut anna, DraftClient::in_step).await;
    server.post(chairs, fay, "/milestones", &json!({"name": "For review"}));
    server.post(chairs, fay, "/stage", &json!({"stage": "review"}));
    for client in [&mut anna, &mut rita, &mut zoe] {
        until("all have all", client, |it| {
            let record = Record::read(part(it, DraftPart::Record));
            let discussion = Discussion::read(part(it, DraftPart::Discussion));
            record.stage == Stage::Review
                && discussion.comments.contains_key(&reply)
                && markdown(it).contains("Zoe")
                && it.in_step()
        })
        .await;
    }
    let copies = [anna.copy(), rita.copy(), zoe.copy()];
    let documents = PARTS.map(|part| anna.document_id(part).expect("known"));
    let ids = [&anna, &rita, &zoe].map(|it| it.participant().expect("told").to_owned());
    let words = markdown(&anna);
    drop((anna, rita, zoe));
    server.kill();
    let before = authors(&lost, &documents).await;

    // The site is lost. The link that Zoe came by is, too; she has the one that all editors have.
    run(&["restore", "--data"], [&backup, &restored, folder.path()]);
    let forgotten = authors(&restored, &documents).await;
    assert!(forgotten.len() < before.len(), "the backup lacks something");
    let server = Server::start(&restored, port);
    let copy_of_zoe = refused(&new_link, "zoe", &copies[2]).await;
    let mut rita = come_back(&reviewers, "rita", Some(&copies[1])).await;
    let mut zoe = come_back(&editors, "zoe", Some(&copy_of_zoe)).await;
    let mut anna = come_back(&editors, "anna", Some(&copies[0])).await;
    assert_eq!(markdown(&anna), words, "not a word more or less");
    let again = types(&mut zoe, "Again. ");
    comments(&mut rita, "and once more", Some(early.clone()));
    until("it is stored", &mut zoe, DraftClient::in_step).await;
    until("it is stored", &mut rita, DraftClient::in_step).await;
    for client in [&mut anna, &mut rita, &mut zoe] {
        until("all go on", client, |it| {
            let discussion = Discussion::read(part(it, DraftPart::Discussion));
            discussion.comments.len() == 4 && markdown(it).contains("Again.") && it.in_step()
        })
        .await;
    }
    // Somebody who was never there before sees the same.
    let newcomer = come_back(&editors, "newcomer", None).await;
    for one in PARTS {
        for client in [&anna, &rita, &zoe] {
            assert_eq!(
                part(client, one).get_heads(),
                part(&newcomer, one).get_heads()
            );
        }
    }
    let said = [(&early, &*ids[1]), (&late, &*ids[1]), (&reply, &*ids[0])];
    let discussion = is_whole(&newcomer, &said);
    assert_eq!(discussion.comments[&reply].reply_to.as_ref(), Some(&late));
    let back = [&anna, &rita, &zoe].map(|it| it.participant().expect("told").to_owned());
    assert_eq!(back, ids, "everybody is who they were");
    drop((anna, rita, zoe, newcomer));
    server.kill();
    let after = authors(&restored, &documents).await;
    let [_, text, discussion] = documents;
    let expected = [(text, ids[2].as_str()), (discussion, ids[1].as_str())];
    only_this_was_added(&before, &after, &expected);
    assert!(after.contains_key(&(text, again)));
}
