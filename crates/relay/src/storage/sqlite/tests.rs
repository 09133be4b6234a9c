//! What only SQLite can get wrong: damage, full disks, two processes, schemas, backups.

use std::sync::Arc;

use super::*;
use crate::storage::contract;

fn open(directory: &tempfile::TempDir) -> SqliteStorage {
    SqliteStorage::open(directory.path()).expect("the site opens")
}

/// Runs a statement on the database behind the storage's back.
fn tamper(directory: &tempfile::TempDir, sql: &str) {
    let connection =
        Connection::open(directory.path().join(directory::DATABASE)).expect("the file opens");
    connection.execute_batch(sql).expect("the statement runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let directory = tempfile::tempdir().expect("a directory");
    let number = std::cell::Cell::new(0);
    contract::check_all(|| {
        number.set(number.get() + 1);
        let data = directory.path().join(number.get().to_string());
        Arc::new(SqliteStorage::open(&data).expect("the site opens"))
    })
    .await;
}

#[tokio::test]
async fn a_reopened_site_holds_what_was_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    let draft = contract::sample_draft(1);
    let storage = open(&directory);
    let site = storage.site();
    storage.create(draft.clone()).await.expect("created");
    let commit = contract::sample_commit(&draft, 3);
    storage.commit(commit).await.expect("committed");
    storage.set_site_secret([5; 32]).await.expect("kept");
    drop(storage);
    let storage = open(&directory);
    assert_eq!(storage.site().storage_id, site.storage_id);
    assert_eq!(storage.site().site_secret_hash, Some([5; 32]));
    let stored = storage.document(draft.id).await.expect("stored");
    assert_eq!(stored.changes.len(), 3);
}

#[tokio::test]
async fn writes_that_wait_become_one_group() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = Arc::new(open(&directory));
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    // One of the group cannot be stored; the others can.
    let mut bad = contract::sample_commit(&draft, 1);
    bad.draft = DocumentId::from_bytes([9; 16]);
    let good = contract::sample_commit(&draft, 2);
    let (a, b, c) = tokio::join!(
        storage.commit(good.clone()),
        storage.commit(bad),
        storage.commit(good)
    );
    assert_eq!((a, c), (Ok(()), Ok(())));
    assert!(matches!(b, Err(StorageError::Conflict(_))), "{b:?}");
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let second = SqliteStorage::open(directory.path()).err();
    let Some(StorageError::Busy { place }) = second else {
        panic!("{second:?}");
    };
    assert!(place.contains(&directory.path().display().to_string()));
    storage.close().await.expect("closed");
    open(&directory);
}

#[tokio::test]
async fn a_damaged_change_names_its_document_and_harms_no_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let (one, two) = (contract::sample_draft(1), contract::sample_draft(2));
    for draft in [&one, &two] {
        storage.create(draft.clone()).await.expect("created");
        let commit = contract::sample_commit(draft, 2);
        storage.commit(commit).await.expect("committed");
    }
    tamper(
        &directory,
        "UPDATE changes SET bytes = zeroblob(length(bytes)) WHERE bytes IS NOT NULL AND sequence =
           (SELECT min(sequence) FROM changes WHERE bytes IS NOT NULL)",
    );
    let answer = storage.document(one.id).await;
    let Err(StorageError::Corrupt { what, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert!(what.contains(&one.id.to_string()), "{what}");
    storage.document(two.id).await.expect("unharmed");
    let again = contract::sample_commit(&two, 4);
    storage.commit(again).await.expect("still writable");
}

#[tokio::test]
async fn a_damaged_snapshot_names_its_document() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    tamper(
        &directory,
        "UPDATE snapshots SET bytes = zeroblob(length(bytes))",
    );
    let answer = storage.document(draft.id).await;
    let Err(StorageError::Corrupt { what, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert!(what.contains(&draft.id.to_string()), "{what}");
}

#[tokio::test]
async fn a_compaction_that_reads_back_something_else_deletes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage: Arc<dyn Storage> = Arc::new(open(&directory));
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let commit = contract::sample_commit(&draft, 3);
    storage.commit(commit).await.expect("committed");
    tamper(
        &directory,
        "CREATE TRIGGER rot AFTER INSERT ON snapshots BEGIN
           UPDATE snapshots SET bytes = zeroblob(10) WHERE id = new.id; END",
    );
    let before = storage.document(draft.id).await;
    let answer = crate::storage::compaction::compact(&storage, draft.id).await;
    assert!(
        matches!(answer, Err(StorageError::Corrupt { .. })),
        "{answer:?}"
    );
    assert_eq!(storage.document(draft.id).await, before);
    assert_eq!(before.expect("stored").changes.len(), 3);
}

#[tokio::test]
async fn a_truncated_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    for number in 0..20 {
        let draft = contract::sample_draft(number);
        storage.create(draft).await.expect("created");
    }
    storage.close().await.expect("closed");
    let path = directory.path().join(directory::DATABASE);
    let bytes = std::fs::read(&path).expect("readable");
    let half = bytes.len() / 2;
    std::fs::write(&path, &bytes[..half]).expect("writable");
    let answer = SqliteStorage::open(directory.path()).err();
    assert!(
        matches!(answer, Some(StorageError::Corrupt { .. })),
        "{answer:?}"
    );
    let after = std::fs::read(&path).expect("readable");
    assert!(after == bytes[..half], "the file was changed");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(directory::DATABASE);
    let text = "this is somebody's letter, not a database\n".repeat(100);
    std::fs::write(&path, &text).expect("writable");
    let answer = SqliteStorage::open(directory.path()).err();
    assert!(
        matches!(answer, Some(StorageError::Corrupt { .. })),
        "{answer:?}"
    );
    let after = std::fs::read_to_string(&path).expect("readable");
    assert!(after == text, "the file was changed");
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    tamper(&directory, "CREATE TABLE letters (text TEXT)");
    let answer = SqliteStorage::open(directory.path()).err();
    assert!(
        matches!(answer, Some(StorageError::Conflict(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_stored_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SqliteOptions {
        max_bytes: Some(256 << 10),
    };
    let storage = SqliteStorage::open_with(directory.path(), &options).expect("opens");
    let mut stored = Vec::new();
    let failure = loop {
        let number = u8::try_from(stored.len()).expect("the limit is met long before");
        let mut draft = contract::sample_draft(number);
        draft.documents[0].snapshot.resize(20_000, 0);
        match storage.create(draft.clone()).await {
            Ok(()) => stored.push(draft),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(failure, StorageError::DiskFull { .. }),
        "{failure:?}"
    );
    assert!(stored.len() > 3);
    for draft in &stored {
        let document = storage.document(draft.documents[1].id).await;
        assert!(document.is_ok(), "{document:?}");
    }
    storage.close().await.expect("closed");
    let storage = open(&directory);
    let more = contract::sample_draft(200);
    storage.create(more).await.expect("there is room again");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("writable");
    // File modes do not bind root, but nobody can make a directory below a file.
    let answer = SqliteStorage::open(&file.join("data")).err();
    assert!(
        matches!(answer, Some(StorageError::ReadOnly { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_older_one_migrated_after_a_copy() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    drop(storage);
    let later: Vec<&str> = schema::MIGRATIONS
        .iter()
        .copied()
        .chain(["CREATE TABLE added (key TEXT PRIMARY KEY) STRICT"])
        .collect();
    let options = SqliteOptions::default();
    let storage =
        SqliteStorage::open_schema(directory.path(), &options, &later).expect("it is migrated");
    storage.document(draft.id).await.expect("still there");
    drop(storage);
    let copy = format!("{}.before-schema-{}", directory::DATABASE, later.len());
    backup::verify(&directory.path().join(copy)).expect("the copy is whole");
    let answer = SqliteStorage::open(directory.path()).err();
    let Some(StorageError::NewerSchema { found, known, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(found, known + 1);
}

#[tokio::test]
async fn a_backup_made_under_load_restores_into_an_empty_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = Arc::new(open(&directory));
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let first = contract::sample_commit(&draft, 10);
    storage.commit(first).await.expect("committed");
    let copy = directory.path().join("copy.plenary-site");
    let (report, during) = tokio::join!(
        storage.backup_to(copy.clone()),
        storage.commit(contract::sample_commit(&draft, 20))
    );
    during.expect("work goes on");
    let report = report.expect("copied");
    assert_eq!((report.drafts, report.documents), (1, 3));
    let again = storage.backup_to(copy.clone()).await;
    assert!(matches!(again, Err(StorageError::Conflict(_))), "{again:?}");
    let refused = restore(&copy, directory.path()).err();
    assert!(
        matches!(refused, Some(StorageError::Busy { .. })),
        "{refused:?}"
    );

    let elsewhere = tempfile::tempdir().expect("a directory");
    assert_eq!(restore(&copy, elsewhere.path()), Ok(report));
    let restored = open(&elsewhere);
    assert_ne!(restored.site().storage_id, storage.site().storage_id);
    let stored = restored.document(draft.id).await.expect("stored");
    assert!(stored.changes.len() >= 10);
    crate::storage::compaction::load(&stored).expect("loads");
    drop(restored);
    let refused = restore(&copy, elsewhere.path()).err();
    assert!(
        matches!(refused, Some(StorageError::Conflict(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn another_process_copies_a_site_that_is_in_use() {
    let directory = tempfile::tempdir().expect("a directory");
    let copy = directory.path().join("copy");
    let nothing = backup(directory.path(), &copy).err();
    assert!(matches!(nothing, Some(StorageError::Conflict(_))));
    let storage = open(&directory);
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let commit = contract::sample_commit(&draft, 3);
    storage.commit(commit).await.expect("committed");
    let report = backup(directory.path(), &copy).expect("copied");
    assert_eq!((report.drafts, report.chunks), (1, 6));
    storage
        .commit(contract::sample_commit(&draft, 4))
        .await
        .expect("work goes on");
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let draft = contract::sample_draft(1);
    storage.create(draft).await.expect("created");
    let copy = directory.path().join("copy");
    storage.backup_to(copy.clone()).await.expect("copied");
    let elsewhere = tempfile::tempdir().expect("a directory");
    // Chunks have checksums; all else is covered by the digest.
    for damage in [
        "UPDATE snapshots SET bytes = zeroblob(3)",
        "UPDATE links SET role = 'facilitator' WHERE role = 'viewer'",
        "UPDATE changes SET received_ms = received_ms + 1",
        "DELETE FROM bindings",
        "DROP TRIGGER audit_is_not_edited",
    ] {
        let damaged = directory.path().join("damaged");
        std::fs::copy(&copy, &damaged).expect("copied");
        Connection::open(&damaged)
            .and_then(|c| c.execute_batch(damage))
            .expect("damaged");
        let answer = restore(&damaged, elsewhere.path()).err();
        assert!(
            matches!(answer, Some(StorageError::Corrupt { .. })),
            "{damage}: {answer:?}"
        );
        assert!(!elsewhere.path().join(directory::DATABASE).exists());
    }
    restore(&copy, elsewhere.path()).expect("the copy itself is whole");
    // The restored site goes on, and is copied again.
    let storage = SqliteStorage::open(elsewhere.path()).expect("opens");
    storage
        .create(contract::sample_draft(2))
        .await
        .expect("created");
    let again = elsewhere.path().join("again");
    storage.backup_to(again.clone()).await.expect("copied");
    let third = tempfile::tempdir().expect("a directory");
    restore(&again, third.path()).expect("whole");
}

/// The site of the first version had links without ids, labels and limits.
#[tokio::test]
async fn links_of_the_first_schema_get_ids_and_stay_valid() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = &schema::MIGRATIONS[..1];
    let options = SqliteOptions::default();
    let storage = SqliteStorage::open_schema(directory.path(), &options, first);
    drop(storage.expect("the site opens"));
    tamper(
        &directory,
        "INSERT INTO drafts VALUES (zeroblob(16), 'relay', 1000);
         INSERT INTO links (secret_hash, draft, role, created_ms)
         VALUES (randomblob(32), zeroblob(16), 'editor', 1000),
                (randomblob(32), zeroblob(16), 'viewer', 1000);",
    );
    let beside = SqliteStorage::open_beside(directory.path()).err();
    assert!(
        matches!(beside, Some(StorageError::Conflict(_))),
        "{beside:?}"
    );
    let storage = open(&directory);
    let links = storage.links(DocumentId::from_bytes([0; 16])).await;
    let links = links.expect("readable");
    assert_eq!(links.len(), 2);
    assert_ne!(links[0].terms.id, links[1].terms.id);
    for link in &links {
        assert_eq!(link.terms.id.as_str().len(), 32);
        assert_eq!((link.uses, link.revoked_ms), (0, None));
        let found = storage.link(link.terms.hash).await.expect("readable");
        assert_eq!(found.as_ref(), Some(link));
    }
}

#[tokio::test]
async fn the_audit_trail_cannot_be_edited_or_cut() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let file = Connection::open(directory.path().join(directory::DATABASE)).expect("opens");
    for statement in [
        "UPDATE audit SET kind = 'nothing'",
        "UPDATE audit SET draft = NULL",
        "DELETE FROM audit",
    ] {
        let answer = file.execute(statement, []);
        assert!(answer.is_err(), "{statement}");
    }
    let trail = storage.audit(Some(draft.id), 0, 9).await.expect("readable");
    assert_eq!(trail.len(), 1);
}

#[tokio::test]
async fn an_operator_works_beside_a_relay() {
    use crate::storage::{AccessCommit, Act, LinkId, NewLink};
    let directory = tempfile::tempdir().expect("a directory");
    let storage = open(&directory);
    let draft = contract::sample_draft(1);
    storage.create(draft.clone()).await.expect("created");
    let beside = SqliteStorage::open_beside(directory.path()).expect("opens");
    let link = NewLink::plain(
        LinkId::new("new"),
        [9; 32],
        crate::access::Role::Facilitator,
    );
    let commit = AccessCommit {
        draft: Some(draft.id),
        at_ms: 1,
        acts: vec![Act::AddLink(link)],
        audit: Vec::new(),
    };
    beside.commit_access(commit).await.expect("written");
    beside.close().await.expect("closed");
    assert!(storage.link([9; 32]).await.expect("readable").is_some());
    storage
        .commit(contract::sample_commit(&draft, 1))
        .await
        .expect("goes on");
}
