use super::*;
use crate::document::new_document;
use crate::draft::{Draft, NewDraft};
use crate::edit::{Place, TextEditor};
use crate::schema::text::Text;
use crate::testing::rng;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;

const SOURCE: &str = "# A\n\none 😀 three\n\n# B\n\nfour\n";

struct Desk {
    document: Automerge,
    rng: ChaCha8Rng,
}

impl Desk {
    fn new(source: &str) -> Self {
        let mut rng = rng(8);
        let new = NewDraft {
            source: source.as_bytes(),
            ..NewDraft::default()
        };
        let document = Draft::create(&mut rng, 0, &new).unwrap().text.document;
        Self { document, rng }
    }

    fn edit(&mut self) -> TextEditor<'_, ChaCha8Rng> {
        TextEditor::new(&mut self.document, &mut self.rng, 1)
    }

    /// An anchor on the only place where `quote` stands.
    fn anchor(&self, quote: &str) -> Anchor {
        let text = Text::read(&self.document);
        let section = text
            .sections
            .iter()
            .find(|it| it.text.contains(quote))
            .unwrap();
        let start = crate::units::utf16_len(section.text.split(quote).next().unwrap());
        let range = start..start + crate::units::utf16_len(quote);
        Anchor::make(&self.document, &section.id, range).unwrap()
    }

    /// The passage and how it was found.
    fn found(&self, anchor: &Anchor) -> String {
        let text = Text::read(&self.document);
        let (section, range, how) = match anchor.resolve(&self.document, &text) {
            AnchorState::Attached {
                section,
                range_utf16,
                changed,
            } => (
                section,
                range_utf16,
                if changed { "changed" } else { "attached" },
            ),
            AnchorState::Moved {
                section,
                range_utf16,
            } => (section, range_utf16, "moved"),
            AnchorState::Orphaned => return "orphaned".to_owned(),
            AnchorState::Pending => return "pending".to_owned(),
        };
        let units: Vec<u16> = text
            .section(&section)
            .unwrap()
            .text
            .encode_utf16()
            .collect();
        format!("{how} {}", String::from_utf16(&units[range]).unwrap())
    }
}

#[test]
fn an_anchor_follows_its_passage() {
    let mut desk = Desk::new(SOURCE);
    let anchor = desk.anchor("one 😀");
    assert_eq!(anchor.quote, "one 😀");
    assert_eq!(desk.found(&anchor), "attached one 😀");
    desk.edit().insert(0, "before\n").unwrap();
    desk.edit()
        .replace_source(SOURCE.replace("one 😀 ", "0 one 😀! ").as_bytes())
        .unwrap();
    assert_eq!(desk.found(&anchor), "attached one 😀");
    desk.edit()
        .replace_source(SOURCE.replace("one 😀", "one and 😀").as_bytes())
        .unwrap();
    assert_eq!(desk.found(&anchor), "changed one and 😀");
    desk.edit()
        .replace_source(SOURCE.replace("one 😀", "one").as_bytes())
        .unwrap();
    assert_eq!(desk.found(&anchor), "changed one ");
    let id = anchor.section.clone();
    let last = Text::read(&desk.document)
        .sections
        .last()
        .unwrap()
        .id
        .clone();
    desk.edit().move_section(&id, &Place::After(last)).unwrap();
    assert_eq!(desk.found(&anchor), "changed one ");
}

#[test]
fn a_deleted_passage_is_orphaned_wherever_it_stood() {
    for quote in ["# A", "one 😀", "three", "four\n", "😀"] {
        let mut desk = Desk::new(SOURCE);
        let anchor = desk.anchor(quote);
        let start = crate::units::utf16_len(SOURCE.split(quote).next().unwrap());
        let end = start + crate::units::utf16_len(quote);
        desk.edit().replace_range(start..end, "").unwrap();
        assert_eq!(desk.found(&anchor), "orphaned", "{quote:?}");
    }
}

#[test]
fn a_passage_that_was_cut_and_pasted_is_found_by_its_quote() {
    let mut desk = Desk::new(SOURCE);
    let anchor = desk.anchor("one 😀 three");
    desk.edit()
        .replace_source("# A\n\n# B\n\nfour\none 😀 three\n".as_bytes())
        .unwrap();
    assert_eq!(desk.found(&anchor), "moved one 😀 three");
    desk.edit().insert(0, "one 😀 three\n").unwrap();
    assert_eq!(desk.found(&anchor), "orphaned");
}

#[test]
fn an_anchor_follows_its_passage_through_every_tidying() {
    let mut desk = Desk::new("# A\n\na\n");
    let id = Text::read(&desk.document).sections[0].id.clone();
    desk.edit()
        .splice(&id, 5, 0, "# B\n\nsame\n\nsame\n\nlast\n\n")
        .unwrap();
    let text = Text::read(&desk.document);
    let second = text.sections[0].text.rfind("same").unwrap();
    let anchor = Anchor::make(&desk.document, &id, second..second + 4).unwrap();
    desk.edit().tidy().unwrap();
    assert_eq!(desk.found(&anchor), "attached same");
    let new = Text::read(&desk.document).sections[1].id.clone();
    desk.edit().splice(&new, 5, 0, "# C\n\n").unwrap();
    desk.edit().tidy().unwrap();
    assert_eq!(desk.found(&anchor), "attached same");
    let text = Text::read(&desk.document);
    let state = anchor.resolve(&desk.document, &text);
    let AnchorState::Attached {
        section,
        range_utf16,
        ..
    } = state
    else {
        panic!("{state:?}");
    };
    assert_eq!(section, text.sections[2].id);
    assert_eq!(
        range_utf16.start,
        text.sections[2].text.rfind("same").unwrap()
    );
}

#[test]
fn an_anchor_on_text_that_has_not_arrived_is_pending() {
    let mut ahead = Desk::new(SOURCE);
    let mut behind = Desk {
        document: ahead.document.fork(),
        rng: rng(1),
    };
    ahead.edit().insert(0, "new\n# New\n").unwrap();
    let anchor = ahead.anchor("new");
    assert_eq!(behind.found(&anchor), "pending");
    behind.document.merge(&mut ahead.document).unwrap();
    assert_eq!(behind.found(&anchor), "attached new");
}

#[test]
fn an_empty_passage_is_a_place() {
    let mut desk = Desk::new("ab\n");
    let id = Text::read(&desk.document).sections[0].id.clone();
    let place = Anchor::make(&desk.document, &id, 1..1).unwrap();
    let end = Anchor::make(&desk.document, &id, 3..3).unwrap();
    desk.edit().splice(&id, 0, 0, "xx").unwrap();
    let text = Text::read(&desk.document);
    let at = |anchor: &Anchor| match anchor.resolve(&desk.document, &text) {
        AnchorState::Attached { range_utf16, .. } => Some(range_utf16),
        _ => None,
    };
    assert_eq!((at(&place), at(&end)), (Some(3..3), Some(5..5)));
}

#[test]
fn places_that_do_not_exist_are_refused() {
    let desk = Desk::new("a😀b\n");
    let id = Text::read(&desk.document).sections[0].id.clone();
    for range in [2..3, 0..2, 0..9, 9..9] {
        let made = Anchor::make(&desk.document, &id, range.clone());
        assert!(
            matches!(made, Err(AnchorError::NoPassage { .. })),
            "{range:?}"
        );
    }
    #[allow(clippy::reversed_empty_ranges, reason = "a peer may ask for anything")]
    let reversed = Anchor::make(&desk.document, &id, 3..1);
    assert!(reversed.is_err());
    let nowhere = SectionId::from_key("nowhere");
    assert!(matches!(
        Anchor::make(&desk.document, &nowhere, 0..0),
        Err(AnchorError::NoSection(_))
    ));
}

#[test]
fn cursors_of_other_objects_and_garbage_are_orphans_and_never_panic() {
    let desk = Desk::new(SOURCE);
    let good = desk.anchor("three");
    let other = desk.anchor("four");
    let title = {
        let (_, object) = desk
            .document
            .get(automerge::ROOT, "title")
            .unwrap()
            .unwrap();
        desk.document
            .get_cursor(&object, 0, None)
            .unwrap()
            .to_string()
    };
    let map = "1@".to_owned() + good.start.split_once('@').unwrap().1;
    let huge = "4294967297@".to_owned() + good.start.split_once('@').unwrap().1;
    for cursor in [
        other.start.as_str(),
        &title,
        &map,
        &huge,
        "",
        "é",
        "@",
        "1@",
        "-",
        "--1@00",
        "+1@00",
        "1@zz",
        "99999999999999999999@00",
        &"9".repeat(1 << 16),
    ] {
        let anchor = Anchor {
            start: cursor.to_owned(),
            end: cursor.to_owned(),
            quote: "not in the text".to_owned(),
            ..good.clone()
        };
        assert_eq!(desk.found(&anchor), "orphaned", "{cursor:.40}");
    }
    let elsewhere = Anchor {
        section: SectionId::from_key("nowhere"),
        quote: "not in the text".to_owned(),
        ..good
    };
    assert_eq!(desk.found(&elsewhere), "orphaned");
    let empty = new_document(ActorId::from([1; 16]));
    assert_eq!(
        elsewhere.resolve(&empty, &Text::read(&empty)),
        AnchorState::Pending
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_for_a_cursor_resolves_to_something(
        start in "(-?[0-9]{1,3}@[0-9a-f]{0,4}|s|e|.{0,6})",
        end in "(-?[0-9]{1,12}@[0-9a-f]{32}|s|e|.{0,6})",
        own_actor: bool,
    ) {
        let desk = Desk::new(SOURCE);
        let good = desk.anchor("three");
        let actor = good.start.split_once('@').unwrap().1;
        let of_actor = |cursor: String| match cursor.split_once('@') {
            Some((counter, _)) if own_actor => format!("{counter}@{actor}"),
            _ => cursor,
        };
        let anchor = Anchor { start: of_actor(start), end: of_actor(end), ..good.clone() };
        desk.found(&anchor);
    }

    #[test]
    fn an_untouched_passage_stays_attached_whatever_happens_around_it(
        before in "[a-z😀 \n#]{0,9}",
        after in "[a-z😀 \n#]{0,9}",
        tidy: bool,
    ) {
        let mut desk = Desk::new("# A\n\nhere it is now\n");
        let anchor = desk.anchor("it is");
        let id = anchor.section.clone();
        desk.edit().splice(&id, 15, 0, &after).unwrap();
        desk.edit().splice(&id, 9, 0, &before).unwrap();
        if tidy {
            desk.edit().tidy().unwrap();
        }
        prop_assert_eq!(desk.found(&anchor), "attached it is");
    }
}
