use super::*;
use crate::draft::{Draft, NewDraft};
use crate::edit::{RecordEditor, TextEditor};
use crate::keys::ParticipantId;
use crate::schema::record::Record;
use crate::schema::text::Text;
use crate::testing::{markdown, rng};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;

fn actor(number: u8) -> ActorId {
    ActorId::from([number; 16])
}

fn draft(source: &str) -> (Draft, ChaCha8Rng) {
    let mut rng = rng(5);
    let new = NewDraft {
        source: source.as_bytes(),
        ..NewDraft::default()
    };
    (Draft::create(&mut rng, 0, &new).unwrap(), rng)
}

/// Makes the text equal to `source`, as `number` at that many seconds.
fn write(document: &mut Automerge, rng: &mut ChaCha8Rng, number: u8, source: &str) {
    document.set_actor(actor(number));
    TextEditor::new(document, rng, i64::from(number) * 1000)
        .replace_source(source.as_bytes())
        .unwrap();
}

fn shown(passages: &[Passage]) -> Vec<String> {
    passages
        .iter()
        .map(|it| {
            let sign = match it.kind {
                PassageKind::Added => '+',
                PassageKind::Removed => '-',
            };
            let who = it.actor.as_ref().map_or(0, |actor| actor.to_bytes()[0]);
            format!("{sign}{who} {:?}@{}", it.text, it.index_utf16)
        })
        .collect()
}

#[test]
fn changes_tell_who_and_when() {
    let (mut draft, mut rng) = draft("one\n");
    let document = &mut draft.text.document;
    let first = document.get_heads();
    write(document, &mut rng, 7, "two\n");
    let all = changes(document, &[]).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].message.as_deref(), Some("create the draft"));
    let new = changes(document, &first).unwrap();
    assert_eq!(
        (new.len(), new[0].time_ms, &new[0].actor),
        (1, 7000, &actor(7))
    );
    assert_eq!(new[0].dependencies, first);
    assert!(changes(document, &[ChangeHash([1; 32])]).is_err());
}

#[test]
fn passages_tell_who_added_and_who_removed() {
    let (mut draft, mut rng) = draft("# A\n\none two three\n\n# B\n\nkeep\n");
    let participant = ParticipantId::from_key("p1");
    RecordEditor::new(&mut draft.record.document, &mut rng, 0)
        .bind_actors([(&actor(1), &participant)])
        .unwrap();
    let record = Record::read(&draft.record.document);
    let document = &mut draft.text.document;
    let before = document.get_heads();
    write(document, &mut rng, 1, "# A\n\none 2 three\n\n# B\n\nkeep\n");
    let middle = document.get_heads();
    write(
        document,
        &mut rng,
        2,
        "# A\n\none 2 three four\n\n# B\n\nkeep\n# 😀\n",
    );
    let after = document.get_heads();
    let passages = difference(document, &before, &after, Some(&record)).unwrap();
    assert_eq!(
        shown(&passages),
        [
            "-1 \"two\"@9",
            "+1 \"2\"@9",
            "+2 \" four\"@16",
            "+2 \"# 😀\\n\"@0"
        ]
    );
    assert_eq!(passages[1].participant, Some(participant));
    assert_eq!(passages[2].participant, None);
    assert_eq!(
        shown(&difference(document, &middle, &after, None).unwrap()).len(),
        2
    );
    let back = difference(document, &after, &before, None).unwrap();
    assert_eq!(
        back.iter()
            .filter(|it| it.kind == PassageKind::Removed)
            .count(),
        3
    );
    assert!(
        difference(document, &after, &after, None)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_character_has_its_author_at_any_heads() {
    let (mut draft, mut rng) = draft("ab\n");
    let document = &mut draft.text.document;
    write(document, &mut rng, 1, "a😀b\n");
    let middle = document.get_heads();
    write(document, &mut rng, 2, "a😀cb\n");
    let spans = attribution(document, &middle, None).unwrap();
    let ranges: Vec<_> = spans.iter().map(|it| it.range_utf16.clone()).collect();
    assert_eq!(ranges, [0..1, 1..3, 3..5]);
    assert_eq!(spans[1].actor, actor(1));
    let spans = attribution(document, &document.get_heads(), None).unwrap();
    assert_eq!(spans.len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn passages_turn_the_old_text_into_the_new_one(
        old in markdown(),
        steps in proptest::collection::vec(markdown(), 1..3),
    ) {
        let (mut draft, mut rng) = draft(&old);
        let document = &mut draft.text.document;
        let before = document.get_heads();
        for (number, source) in (1..).zip(&steps) {
            write(document, &mut rng, number, source);
        }
        let after = document.get_heads();
        let passages = difference(document, &before, &after, None).unwrap();
        let old = Text::read_at(document, &before).unwrap();
        for section in &Text::read(document).sections {
            let mut built: Vec<u16> = old
                .section(&section.id)
                .map(|it| it.text.encode_utf16().collect())
                .unwrap_or_default();
            for passage in passages.iter().filter(|it| it.section == section.id) {
                let words: Vec<u16> = passage.text.encode_utf16().collect();
                let at = passage.index_utf16;
                prop_assert!(passage.actor.is_some());
                match passage.kind {
                    PassageKind::Added => drop(built.splice(at..at, words)),
                    PassageKind::Removed => {
                        let gone: Vec<u16> = built.drain(at..at + words.len()).collect();
                        prop_assert_eq!(gone, words);
                    }
                }
            }
            prop_assert_eq!(String::from_utf16(&built).unwrap(), section.text.clone());
        }
    }
}
