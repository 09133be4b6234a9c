use super::*;

fn merge(into: &mut Desk, from: &Desk) {
    into.document.merge(&mut from.document.clone()).unwrap();
}

#[test]
fn what_is_typed_into_an_emptied_section_survives() {
    let mut one = Desk::new("# A\n\na\n# B\n\nb\n");
    let mut two = one.fork(2);
    let id = one.id(1);
    one.edit().empty_section(&id).unwrap();
    two.edit().splice(&id, 5, 0, "typed ").unwrap();
    merge(&mut one, &two);
    assert_eq!(one.markdown(), "# A\n\na\ntyped ");
}

#[test]
fn edits_to_a_section_that_moves_go_with_it() {
    let mut one = Desk::new("# A\n\na\n# B\n\nb\n");
    let mut two = one.fork(2);
    let (first, last) = (one.id(0), one.id(1));
    one.edit().move_section(&last, &Place::First).unwrap();
    two.edit().splice(&last, 5, 1, "changed").unwrap();
    two.edit().splice(&first, 5, 0, "more ").unwrap();
    merge(&mut one, &two);
    assert_eq!(one.markdown(), "# B\n\nchanged\n# A\n\nmore a\n");
}

#[test]
fn a_file_edit_keeps_what_others_type_elsewhere() {
    let old = "# A\n\none two three\n\n# B\n\nb\n";
    let mut one = Desk::new(old);
    let mut two = one.fork(2);
    let first = one.id(0);
    two.edit().splice(&first, 8, 0, " and a half").unwrap();
    let new = old.replace("three", "four").replace("b\n", "c\n# C\n");
    one.edit().replace_source(new.as_bytes()).unwrap();
    merge(&mut one, &two);
    assert_eq!(
        one.markdown(),
        "# A\n\none and a half two four\n\n# B\n\nc\n# C\n"
    );
}

#[test]
fn late_insertions_stay_at_the_end_of_a_tidied_section() {
    let mut one = Desk::new("# A\n\na\n");
    let id = one.id(0);
    one.edit().splice(&id, 5, 0, "# B\n\nb\n\n").unwrap();
    let mut two = one.fork(2);
    one.edit().tidy().unwrap();
    two.edit().splice(&id, 10, 1, "late").unwrap();
    merge(&mut one, &two);
    assert_eq!(one.sections(), ["# A\n\nlate", "# B\n\nb\n\na\n"]);
}

#[test]
fn two_pastes_at_one_place_do_not_interleave() {
    let mut one = Desk::new("# A\n\n# Z\n");
    let mut two = one.fork(2);
    one.edit().insert(5, "# 1\n# 2\n# 3\n").unwrap();
    two.edit().insert(5, "# x\n# y\n# z\n").unwrap();
    merge(&mut one, &two);
    let (first, second) = ("# 1\n# 2\n# 3\n", "# x\n# y\n# z\n");
    let merged = one.markdown();
    assert!(
        merged == format!("# A\n\n{first}{second}# Z\n")
            || merged == format!("# A\n\n{second}{first}# Z\n"),
        "{merged}"
    );
}

/// One step of somebody's work; numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Type(usize, usize, String),
    Delete(usize, usize, usize),
    Insert(usize, String),
    Replace(String),
    Move(usize, usize),
    Empty(usize),
    Tidy,
    Take(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let words = "[a-z😀 \n#]{1,8}";
    prop_oneof![
        6 => (0_usize..9, 0_usize..99, words).prop_map(|(a, b, c)| Step::Type(a, b, c)),
        2 => (0_usize..9, 0_usize..99, 0_usize..20).prop_map(|(a, b, c)| Step::Delete(a, b, c)),
        2 => (0_usize..999, words).prop_map(|(a, b)| Step::Insert(a, b)),
        1 => markdown().prop_map(Step::Replace),
        2 => (0_usize..9, 0_usize..9).prop_map(|(a, b)| Step::Move(a, b)),
        1 => (0_usize..9).prop_map(Step::Empty),
        1 => Just(Step::Tidy),
        4 => (0_usize..9).prop_map(Step::Take),
    ]
}

fn perform(peers: &mut [Desk], who: usize, step: &Step) {
    let text = peers[who].text();
    let section = |number: usize| {
        let count = text.sections.len();
        (count > 0).then(|| text.sections[number % count].clone())
    };
    // A place inside of a pair of surrogates is refused; everything else must succeed.
    let expect = |result: Result<Edited, EditError>| match result {
        Ok(_) | Err(EditError::OutOfRange { .. }) => {}
        Err(error) => panic!("{error}"),
    };
    match step {
        Step::Type(at, index, words) => {
            if let Some(it) = section(*at) {
                let index = index % (crate::units::utf16_len(&it.text) + 1);
                expect(peers[who].edit().splice(&it.id, index, 0, words));
            }
        }
        Step::Delete(at, index, length) => {
            if let Some(it) = section(*at) {
                let units = crate::units::utf16_len(&it.text);
                let index = index % (units + 1);
                let length = (*length).min(units - index);
                expect(peers[who].edit().splice(&it.id, index, length, ""));
            }
        }
        Step::Insert(at, words) => {
            let at = at % (crate::units::utf16_len(&text.markdown()) + 1);
            expect(peers[who].edit().insert(at, words));
        }
        Step::Replace(source) => expect(peers[who].edit().replace_source(source.as_bytes())),
        Step::Move(one, other) => {
            if let (Some(one), Some(other)) = (section(*one), section(*other)) {
                expect(
                    peers[who]
                        .edit()
                        .move_section(&one.id, &Place::After(other.id)),
                );
            }
        }
        Step::Empty(at) => {
            if let Some(it) = section(*at) {
                expect(peers[who].edit().empty_section(&it.id));
            }
        }
        Step::Tidy => expect(peers[who].edit().tidy()),
        Step::Take(from) => {
            let other = from % peers.len();
            let mut document = peers[other].document.clone();
            peers[who].document.merge(&mut document).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn peers_who_have_everything_read_the_same(
        source in markdown(),
        steps in proptest::collection::vec((0_usize..3, step()), 1..30),
    ) {
        let first = Desk::new(&source);
        let mut peers = vec![first.fork(1), first.fork(2), first.fork(3)];
        for (who, step) in &steps {
            perform(&mut peers, *who, step);
        }
        let mut ends = Vec::new();
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut all = first.fork(9);
            for peer in order {
                merge(&mut all, &peers[peer]);
            }
            prop_assert!(all.text().findings.is_empty(), "{:?}", all.text().findings);
            ends.push((all.source(), all.sections()));
        }
        prop_assert_eq!(&ends[0], &ends[1]);
        prop_assert_eq!(&ends[0], &ends[2]);
        let saved = peers[0].document.save();
        crate::document::load_document(&saved, &Default::default()).unwrap();
    }

    #[test]
    fn nothing_typed_into_an_emptied_section_is_lost(
        words in "[a-z]{3,9}",
        place in 0_usize..99,
        empties in 1_usize..4,
    ) {
        let mut one = Desk::new("# A\n\nsome text\n\n# B\n\nmore text\n");
        let mut two = one.fork(2);
        let id = one.id(place % 2);
        for _ in 0..empties {
            one.edit().empty_section(&id).unwrap();
            one.edit().splice(&id, 0, 0, "back\n").unwrap();
        }
        one.edit().empty_section(&id).unwrap();
        two.edit().splice(&id, place % 10, 0, &words).unwrap();
        merge(&mut one, &two);
        prop_assert!(one.markdown().contains(&words));
    }
}
