use super::*;
use crate::draft::NewDraft;
use crate::edit::TextEditor;
use crate::testing::rng;
use automerge::ROOT;
use automerge::transaction::Transactable;

fn bundle() -> Bundle {
    let mut rng = rng(6);
    let new = NewDraft {
        title: "Title",
        source: b"# A\r\n\r\ntext\n",
        ..NewDraft::default()
    };
    let mut draft = Draft::create(&mut rng, 77, &new).unwrap();
    TextEditor::new(&mut draft.text.document, &mut rng, 99)
        .insert(3, "!")
        .unwrap();
    let picture = b"not really a picture".to_vec();
    Bundle {
        draft,
        people: vec![person("b", Some("Grüße, Inc.")), person("a", None)],
        attachments: BTreeMap::from([(hex_sha256(&picture), picture)]),
    }
}

fn person(id: &str, name: Option<&str>) -> Person {
    Person {
        participant: ParticipantId::from_key(id),
        name: name.map(str::to_owned),
        affiliation: None,
        group: None,
    }
}

fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    Bundle::from_bytes(bytes, &BundleLimits::default())
}

/// Writes the bundle's entries anew, each as `change` makes it.
fn rewritten(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut archive = Archive::open(bytes, &BundleLimits::default()).unwrap();
    let names = [MANIFEST, RECORD, TEXT, DISCUSSION, PEOPLE];
    let kept: Vec<(String, Vec<u8>)> = names
        .into_iter()
        .filter_map(|name| {
            let bytes = archive.read(name, u64::MAX - 1).unwrap();
            change(name, bytes).map(|bytes| (name.to_owned(), bytes))
        })
        .collect();
    let entries: Vec<_> = kept
        .iter()
        .map(|(name, it)| (name.clone(), it.as_slice()))
        .collect();
    write_archive(&entries).unwrap()
}

fn with_manifest(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    rewritten(bytes, |name, entry| {
        if name != MANIFEST {
            return Some(entry);
        }
        let text = String::from_utf8(entry).unwrap();
        assert!(text.contains(from), "{text}");
        Some(text.replacen(from, to, 1).into_bytes())
    })
}

#[test]
fn writing_and_reading_gives_equal_documents_and_equal_bytes() {
    let bundle = bundle();
    let bytes = bundle.to_bytes().unwrap();
    assert_eq!(bytes, bundle.to_bytes().unwrap());
    let again = read(&bytes).unwrap();
    for (one, two) in [
        (&bundle.draft.record, &again.draft.record),
        (&bundle.draft.text, &again.draft.text),
        (&bundle.draft.discussion, &again.draft.discussion),
    ] {
        assert_eq!(one.id, two.id);
        assert_eq!(one.document.get_heads(), two.document.get_heads());
    }
    assert_eq!(
        Text::read(&bundle.draft.text.document).source(),
        Text::read(&again.draft.text.document).source()
    );
    assert_eq!(again.attachments, bundle.attachments);
    assert_eq!(again.people[1].name.as_deref(), Some("Grüße, Inc."));
    assert_eq!(again.to_bytes().unwrap(), bytes);
}

#[test]
fn every_fault_is_named() {
    let bytes = bundle().to_bytes().unwrap();
    let fault = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert!(fault(b"PK nonsense").contains("not a Plenary bundle"));
    for part in [MANIFEST, RECORD, TEXT, DISCUSSION, PEOPLE] {
        let without = rewritten(&bytes, |name, entry| (name != part).then_some(entry));
        assert!(fault(&without).contains(&format!("lacks {part}")));
    }
    assert!(fault(&rewritten(&bytes, |_, entry| Some(entry))).contains("lacks attachments/"));
    for part in [RECORD, TEXT, DISCUSSION, PEOPLE] {
        let damaged = rewritten(&bytes, |name, mut entry| {
            if name == part {
                entry.push(0);
            }
            Some(entry)
        });
        assert!(fault(&damaged).contains(part) && fault(&damaged).contains("does not fit"));
    }
    let newer = with_manifest(&bytes, "\"plenary_bundle\": 1", "\"plenary_bundle\": 2");
    assert!(fault(&newer).contains("version 2") && fault(&newer).contains("newer Plenary"));
    let broken = with_manifest(&bytes, "\"title\"", "\"tilte\"");
    assert!(fault(&broken).contains("manifest.json of the bundle cannot be read"));
    let heads = bundle().draft.text.document.get_heads()[0].to_string();
    let wrong = with_manifest(&bytes, &heads, &"0".repeat(64));
    assert!(fault(&wrong).contains(TEXT));
}

#[test]
fn documents_must_belong_together_and_be_no_newer() {
    let mut mixed = bundle();
    mixed.draft.text.id = DocumentId::from_bytes([1; 16]);
    let bytes = mixed.to_bytes().unwrap();
    assert!(matches!(read(&bytes), Err(BundleError::Mismatch(part)) if part == TEXT));
    let mut newer = bundle();
    let mut transaction = newer.draft.record.document.transaction();
    transaction.put(ROOT, "plenary", 99).unwrap();
    transaction.commit();
    let bytes = newer.to_bytes().unwrap();
    assert!(matches!(
        read(&bytes),
        Err(BundleError::Version(VersionError::TooNew { found: 99 }))
    ));
}

#[test]
fn limits_hold_whatever_the_archive_claims() {
    let bytes = bundle().to_bytes().unwrap();
    let limits = BundleLimits::default();
    for limits in [
        BundleLimits {
            file_bytes: 100,
            ..limits
        },
        BundleLimits {
            entries: 3,
            ..limits
        },
        BundleLimits {
            json_bytes: 10,
            ..limits
        },
        BundleLimits {
            attachment_bytes: 3,
            ..limits
        },
    ] {
        let error = Bundle::from_bytes(&bytes, &limits).unwrap_err();
        assert!(matches!(error, BundleError::TooLarge { .. }), "{error}");
    }
    // A deflated entry that inflates a thousandfold.
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file(MANIFEST, options).unwrap();
    std::io::Write::write_all(&mut writer, &vec![b' '; 16 << 20]).unwrap();
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 16);
    assert!(matches!(read(&bomb), Err(BundleError::TooLarge { .. })));
}

#[test]
fn damaged_files_never_panic() {
    let bytes = bundle().to_bytes().unwrap();
    for cut in (0..bytes.len()).step_by(97) {
        assert!(read(&bytes[..cut]).is_err());
    }
    for index in (0..bytes.len()).step_by(13) {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x55;
        drop(read(&damaged));
    }
}
