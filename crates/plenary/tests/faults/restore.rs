//! The restore drill: people write, the site is backed up, they write on, the site is lost and
//! restored from the older backup, and they come back.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use automerge::ChangeHash;
use plenary_client::{Copy, DraftClient, DraftEvent, DraftOptions, DraftPart, Link};
use plenary_draft::{DocumentId, Record, Text, TextEditor};
use plenary_protocol::client::{BackoffConfig, ClientConfig};
use plenary_relay::storage::sqlite::SqliteStorage;
use plenary_relay::storage::{ChangeRecord, Storage};

use crate::server::Server;

/// Opens the draft as somebody who is recognised by their name.
pub fn open(link: &Link, who: &str, copy: Option<&Copy>) -> DraftClient {
    let backoff = BackoffConfig {
        first_ms: 5,
        cap_ms: 50,
        healthy_after_ms: 1,
    };
    let options = DraftOptions {
        session: ClientConfig {
            backoff,
            ..ClientConfig::default()
        },
        participant: Some(format!("the secret of {who}")),
    };
    let mut client = DraftClient::open(link, copy, options).expect("opens");
    client.connect();
    client
}

/// Lets a client work until `done`; nothing of its may be refused on the way.
pub async fn until(what: &str, client: &mut DraftClient, done: impl Fn(&DraftClient) -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !done(client) {
            let event = client.next().await;
            assert!(
                !matches!(event, DraftEvent::Stopped(_) | DraftEvent::Rescue(_)),
                "{what}: {event:?}"
            );
        }
    });
    assert!(waited.await.is_ok(), "waited in vain for: {what}");
}

pub fn types(client: &mut DraftClient, words: &str) -> ChangeHash {
    let edited = client.change(DraftPart::Text, |document, rng| {
        let now_ms = plenary_client::now_ms();
        TextEditor::new(document, rng, now_ms)
            .insert(0, words)
            .expect("the start is a place")
    });
    edited.and_then(|edited| edited.change).expect("typed")
}

pub fn markdown(client: &DraftClient) -> String {
    let text = client.document(DraftPart::Text).expect("ready");
    Text::read(text).markdown()
}

pub fn run(arguments: &[&str], paths: [&Path; 3]) {
    let output = Command::new(env!("CARGO_BIN_EXE_plenary"))
        .arg(arguments[0])
        .arg(paths[0])
        .args(&arguments[1..])
        .arg(paths[1])
        .current_dir(paths[2])
        .output()
        .expect("the program starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
}

/// What a site that is not served has on record about the changes of a document.
pub async fn records(data: &Path, document: DocumentId) -> Vec<ChangeRecord> {
    let storage = SqliteStorage::open(data).expect("nobody serves it");
    let records = storage.change_records(document).await.expect("readable");
    storage.close().await.expect("closes");
    records
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_bring_back_what_an_older_backup_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, restored) = (folder.path().join("lost"), folder.path().join("restored"));
    let backup = folder.path().join("backup.sqlite");
    let server = Server::start(&lost, 0);
    let port = server.port();
    let link = server.create_draft("Restored", "# One\n\nFirst.\n");
    let mut anna = open(&link, "anna", None);
    let mut bo = open(&link, "bo", None);
    until("anna is in step", &mut anna, DraftClient::in_step).await;
    until("bo is in step", &mut bo, DraftClient::in_step).await;
    types(&mut anna, "Early. ");
    until("it is stored", &mut anna, DraftClient::in_step).await;
    run(&["backup", "--data"], [&backup, &lost, folder.path()]);

    // All that follows is not in the backup. Bo starts his program again and writes.
    let bos_copy = bo.copy();
    drop(bo);
    let mut bo = open(&link, "bo", Some(&bos_copy));
    until("bo is back", &mut bo, DraftClient::in_step).await;
    let bos = types(&mut bo, "Bo's. ");
    until("it is stored", &mut bo, DraftClient::in_step).await;
    until("anna has it", &mut anna, |it| {
        markdown(it).contains("Bo's.")
    })
    .await;
    let annas = types(&mut anna, "Anna's. ");
    until("it is stored", &mut anna, DraftClient::in_step).await;
    let (bos_copy, annas_copy) = (bo.copy(), anna.copy());
    let text = anna.document_id(DraftPart::Text).expect("known");
    drop((anna, bo));
    server.kill();
    let before = records(&lost, text).await;
    let author = |records: &[ChangeRecord], hash: ChangeHash| {
        let found = records.iter().find(|record| record.hash == hash);
        found.expect("stored").participant.clone()
    };
    let (who_is_bo, who_is_anna) = (author(&before, bos), author(&before, annas));
    assert_ne!(who_is_bo, who_is_anna);

    // The site is lost. Anna has written offline meanwhile, and comes back alone.
    run(&["restore", "--data"], [&backup, &restored, folder.path()]);
    let without = records(&restored, text).await;
    assert!(
        without
            .iter()
            .all(|record| record.hash != bos && record.hash != annas)
    );
    let mut anna = open(&link, "anna", Some(&annas_copy));
    let offline = types(&mut anna, "Offline. ");
    let server = Server::start(&restored, port);
    until("anna is in step", &mut anna, DraftClient::in_step).await;
    let mut late = open(&link, "late", None);
    until("the newcomer is in step", &mut late, DraftClient::in_step).await;
    let words = markdown(&late);
    for word in ["Early.", "Bo's.", "Anna's.", "Offline.", "First."] {
        assert_eq!(words.matches(word).count(), 1, "{word} in {words}");
    }
    // Bo comes back, with nothing that is new, and writes on.
    let mut bo = open(&link, "bo", Some(&bos_copy));
    until("bo is in step", &mut bo, DraftClient::in_step).await;
    let again = types(&mut bo, "Again. ");
    until("it is stored", &mut bo, DraftClient::in_step).await;
    assert_eq!(bo.participant(), Some(who_is_bo.as_str()));
    let record = Record::read(bo.document(DraftPart::Record).expect("ready"));
    let owners: Vec<&str> = record
        .actors
        .values()
        .map(plenary_draft::ParticipantId::as_str)
        .collect();
    assert!(owners.contains(&who_is_bo.as_str()) && owners.contains(&who_is_anna.as_str()));
    drop((anna, bo, late));
    server.kill();
    let after = records(&restored, text).await;
    for (hash, who) in [
        (bos, &who_is_bo),
        (annas, &who_is_anna),
        (offline, &who_is_anna),
        (again, &who_is_bo),
    ] {
        assert_eq!(author(&after, hash), *who);
        assert_eq!(after.iter().filter(|record| record.hash == hash).count(), 1);
    }
}
