use super::*;
use crate::document::{LoadLimits, load_document};
use crate::schema::discussion::Discussion;
use crate::schema::record::Record;
use crate::schema::text::Text;
use crate::testing::{corpus, markdown, rng};
use proptest::prelude::*;

fn create(source: &[u8]) -> Draft {
    let new = NewDraft {
        source,
        ..NewDraft::default()
    };
    Draft::create(&mut rng(1), 1_700_000_000_123, &new).unwrap()
}

/// Creates a draft, saves and loads its text, and exports the source.
fn round_trip(source: &[u8]) -> Vec<u8> {
    let draft = create(source);
    let saved = draft.text.document.save();
    let loaded = load_document(&saved, &LoadLimits::default()).unwrap();
    let text = Text::read(&loaded);
    assert!(text.findings.is_empty(), "{:?}", text.findings);
    text.source().to_bytes()
}

#[test]
fn a_new_draft_reads_back_without_findings() {
    let mut rng = rng(2);
    let new = NewDraft {
        title: "  Report ",
        source: b"# One\r\ntext\r\n",
        metadata: BTreeMap::from([("language".to_owned(), "en".to_owned())]),
        groups: vec!["Government".to_owned(), "Civil society".to_owned()],
        created_by: Some(ParticipantId::from_key("p")),
    };
    let draft = Draft::create(&mut rng, 5_000, &new).unwrap();
    let record = Record::read(&draft.record.document);
    assert!(record.findings.is_empty(), "{:?}", record.findings);
    assert_eq!(record.version, i64::from(SCHEMA_VERSION));
    assert_eq!(record.text, Some(draft.text.id));
    assert_eq!(record.discussion, Some(draft.discussion.id));
    assert_eq!(record.stage, Stage::Drafting);
    assert_eq!(record.created_ms, 5_000);
    let mut groups: Vec<_> = record.groups.values().collect();
    groups.sort_by_key(|group| &group.order);
    assert_eq!(groups[1].name, "Civil society");
    let text = Text::read(&draft.text.document);
    assert_eq!(text.title, "Report");
    assert_eq!(text.metadata["language"], "en");
    assert!(
        Discussion::read(&draft.discussion.document)
            .findings
            .is_empty()
    );
    for document in [&draft.record, &draft.text, &draft.discussion] {
        assert_eq!(document.document.get_changes(&[]).len(), 1);
    }
}

#[test]
fn a_title_is_taken_from_the_first_heading() {
    let title = |source: &[u8]| Text::read(&create(source).text.document).title;
    assert_eq!(title(b"text\n\n#\n## *The* title\n"), "*The* title");
    assert_eq!(title(b""), UNTITLED);
}

#[test]
fn awkward_bytes_come_out_again() {
    let sources: [&[u8]; 12] = [
        b"",
        b"\n",
        b"\r",
        b"no newline",
        b"a\r\n\r\nb\n\rc\r",
        b"\xef\xbb\xbf# BOM\r\n",
        b"\xef\xbb\xbf\xef\xbb\xbf",
        b"nul \0 inside\n\0",
        b"# A\r\n# B\n# C\r\n# D\r\n",
        "😀\r\n# é\n\u{fffc}\u{2028}\n".as_bytes(),
        b"---\ntitle: x\n---\n# H\n",
        b"```\nopen\n\n# x\n",
    ];
    for source in sources {
        assert_eq!(round_trip(source), source, "{source:?}");
    }
}

#[test]
fn every_report_of_the_corpus_comes_out_again() {
    for (path, bytes) in corpus() {
        let draft = create(&bytes);
        let text = Text::read(&draft.text.document);
        assert_eq!(text.source().to_bytes(), bytes, "{}", path.display());
        let long = text
            .sections
            .iter()
            .filter(|it| it.text.len() > 4096)
            .count();
        assert!(
            long * 10 < text.sections.len(),
            "{}: {long} long sections",
            path.display()
        );
        if bytes.len() > 200_000 {
            continue; // Once is enough for the largest.
        }
        let windows = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
        assert!(
            round_trip(windows.as_bytes()) == windows.as_bytes(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn what_is_not_utf8_is_refused_with_its_place() {
    let new = NewDraft {
        source: b"ab\xff",
        ..NewDraft::default()
    };
    let error = Draft::create(&mut rng(1), 0, &new).unwrap_err();
    assert!(error.to_string().contains("byte 2 (line 1)"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_markdown_comes_out_again(source in markdown()) {
        prop_assert_eq!(round_trip(source.as_bytes()), source.into_bytes());
    }

    #[test]
    fn any_text_comes_out_again(source in any::<String>()) {
        prop_assert_eq!(round_trip(source.as_bytes()), source.into_bytes());
    }
}
