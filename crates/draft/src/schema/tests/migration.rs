use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/version-0/");

/// A draft as the first trials wrote it, loaded from its fixture.
fn version_0() -> Draft {
    let load = |bytes: &[u8], number: u8| crate::DraftDocument {
        id: DocumentId::from_bytes([number; 16]),
        document: load_document(bytes, &LoadLimits::default())
            .unwrap()
            .with_actor(ActorId::from([number; 16])),
    };
    Draft {
        record: load(
            include_bytes!("../../../testdata/version-0/record.automerge"),
            1,
        ),
        text: load(
            include_bytes!("../../../testdata/version-0/text.automerge"),
            2,
        ),
        discussion: load(
            include_bytes!("../../../testdata/version-0/discussion.automerge"),
            3,
        ),
    }
}

#[test]
fn the_fixture_of_version_0_is_what_it_was() {
    let url = |number: u8| string(&DocumentId::from_bytes([number; 16]).to_url());
    let version = Any::Scalar(ScalarValue::Int(0));
    let created = Any::Scalar(ScalarValue::Timestamp(1_700_000_000_000));
    let record = [
        ("plenary", version),
        ("text", url(2)),
        ("discussion", url(3)),
        ("created", created),
    ];
    let content = "# One\n\nfirst\n\n# Two\n\nsecond 😀\n";
    let body = [("title", string("Trial")), ("content", text(content))];
    for (name, fields) in [
        ("record", &record[..]),
        ("text", &body[..]),
        ("discussion", &[]),
    ] {
        let mut made = document(fields);
        if fields.is_empty() {
            made.empty_commit(Default::default());
        }
        check_fixture(format!("{FOLDER}{name}.automerge"), &made.save());
    }
}

#[test]
fn version_0_is_migrated_and_stays_migrated() {
    let mut draft = version_0();
    assert!(matches!(
        require_current_version(&draft.record.document),
        Err(VersionError::TooOld { found: 0 })
    ));
    let done = migrate(&mut draft, &mut rng(1), 5_000).unwrap();
    assert_eq!(
        done,
        Some(Migration {
            from: 0,
            to: SCHEMA_VERSION
        })
    );
    require_current_version(&draft.record.document).unwrap();
    let read = Text::read(&draft.text.document);
    assert_eq!(read.title, "Trial");
    assert_eq!(read.markdown(), "# One\n\nfirst\n\n# Two\n\nsecond 😀\n");
    assert_eq!(read.sections.len(), 2);
    let record = Record::read(&draft.record.document);
    let discussion = Discussion::read(&draft.discussion.document);
    for findings in [&read.findings, &record.findings, &discussion.findings] {
        assert!(findings.is_empty(), "{findings:?}");
    }
    assert_eq!(record.stages.len(), 1);
    let heads = draft.text.document.get_heads();
    assert_eq!(migrate(&mut draft, &mut rng(1), 6_000).unwrap(), None);
    assert_eq!(draft.text.document.get_heads(), heads);
}

#[test]
fn an_interrupted_migration_begins_again_without_doubling_the_text() {
    let mut draft = version_0();
    let before = draft.record.document.clone();
    migrate(&mut draft, &mut rng(1), 5_000).unwrap();
    draft.record.document = before;
    migrate(&mut draft, &mut rng(2), 6_000).unwrap();
    let read = Text::read(&draft.text.document);
    assert_eq!(read.markdown(), "# One\n\nfirst\n\n# Two\n\nsecond 😀\n");
    assert_eq!(Record::read(&draft.record.document).stages.len(), 1);
}

#[test]
fn what_was_typed_into_the_old_text_meanwhile_is_still_there() {
    let mut draft = version_0();
    let mut other = draft.text.document.fork();
    other.set_actor(ActorId::from([8; 16]));
    let (_, content) = other.get(ROOT, "content").unwrap().unwrap();
    let mut transaction = other.transaction();
    transaction.splice_text(&content, 7, 0, "late ").unwrap();
    transaction.commit();
    migrate(&mut draft, &mut rng(1), 5_000).unwrap();
    draft.text.document.merge(&mut other).unwrap();
    assert_eq!(draft.text.document.text(&content).unwrap(), "late ");
}

#[test]
fn a_newer_version_is_refused_and_nothing_is_changed() {
    let mut draft = version_0();
    let mut transaction = draft.record.document.transaction();
    transaction.put(ROOT, "plenary", 2).unwrap();
    transaction.commit();
    let heads = draft.record.document.get_heads();
    let error = migrate(&mut draft, &mut rng(1), 0).unwrap_err();
    assert!(error.to_string().contains("version 2") && error.to_string().contains("newer"));
    assert!(require_current_version(&draft.record.document).is_err());
    assert_eq!(draft.record.document.get_heads(), heads);
    let none = document(&[("text", string("x"))]);
    assert!(matches!(
        require_current_version(&none),
        Err(VersionError::NotADraft)
    ));
}
