use super::*;
use crate::testing::corpus;

fn check(old: &str, new: &str, expected: &[&str]) {
    let mut desk = Desk::new(old);
    desk.edit().replace_source(new.as_bytes()).unwrap();
    assert_eq!(desk.source(), new.as_bytes());
    assert_eq!(desk.sections(), expected, "{old:?} -> {new:?}");
}

#[test]
fn changed_lines_stay_in_their_sections() {
    check(
        "# A\n\na\n# B\n\nb\n",
        "# A!\n\na\n# B\n\nb c\n",
        &["# A!\n\na\n", "# B\n\nb c\n"],
    );
    check(
        "# A\na\n# B\nb\n",
        "# A\na # B\nb\n",
        &["# A\na # B\n", "b\n"],
    );
    check("# A\na\n# B\nb\n", "# A\n# B\n", &["# A\n", "# B\n"]);
    check("# A\na\n# B\nb\n", "# A\na\n", &["# A\na\n", ""]);
    check("# A\na\n# B\nb", "# A\na", &["# A\na", ""]);
    check("# A\na", "# A\na\n", &["# A\na\n"]);
    check(
        "# A one\na\n# B two\nb\n",
        "# A 1 one\nx\n# B 2 two\ny\n",
        &["# A 1 one\nx\n", "# B 2 two\ny\n"],
    );
}

#[test]
fn new_headings_bring_new_sections() {
    check(
        "# A\n\na\n\n# C\n",
        "# A\n\na\n\n# B\n\nb\n\n# C\n",
        &["# A\n\na\n\n", "# B\n\nb\n\n", "# C\n"],
    );
    check(
        "# A\na\n",
        "# 0\n# A\na\nb\n# B\nb\n",
        &["# 0\n", "# A\na\nb\n", "# B\nb\n"],
    );
    check("# A\nold\n", "# A\nnew\n# B\nb", &["# A\nnew\n", "# B\nb"]);
    check("", "# A\n# B\n", &["# A\n", "# B\n"]);
    check("a", "a\n# B\n", &["a\n", "# B\n"]);
}

#[test]
fn what_comes_back_comes_back_to_its_section() {
    let (full, without) = ("# A\n\n# B\n\nb\n\n# C\n", "# A\n\n# C\n");
    let mut desk = Desk::new(full);
    let ids: Vec<_> = (0..3).map(|index| desk.id(index)).collect();
    desk.edit().replace_source(without.as_bytes()).unwrap();
    assert_eq!(desk.sections(), ["# A\n\n", "", "# C\n"]);
    let edited = desk.edit().replace_source(full.as_bytes()).unwrap();
    assert!(edited.created.is_empty());
    assert_eq!((0..3).map(|index| desk.id(index)).collect::<Vec<_>>(), ids);
    assert_eq!(desk.markdown(), full);
}

#[test]
fn an_equal_source_makes_no_change() {
    for source in ["", "a\r\nb\nc\r\n", "\u{feff}# A\n"] {
        let mut desk = Desk::new(source);
        assert!(
            desk.edit()
                .replace_source(source.as_bytes())
                .unwrap()
                .is_empty()
        );
    }
}

#[test]
fn line_endings_and_byte_order_mark_follow_the_file() {
    let mut desk = Desk::new("a\nb\n");
    for source in [
        "a\r\nb\r\n",
        "\u{feff}a\r\nb\nc\r\n",
        "\u{feff}a\r\nb\nx\nc\r\nd\r\n",
        "a",
    ] {
        desk.edit().replace_source(source.as_bytes()).unwrap();
        assert_eq!(desk.source(), source.as_bytes());
    }
}

#[test]
fn only_what_differs_is_touched() {
    let paragraph = "The quick brown fox jumps over the lazy dog.\n\n";
    let old = format!(
        "# A\n\n{}# B\n\n{}",
        paragraph.repeat(20),
        paragraph.repeat(20)
    );
    let mut desk = Desk::new(&old);
    let new = old.replacen("quick", "slow", 1);
    let edited = desk.edit().replace_source(new.as_bytes()).unwrap();
    assert_eq!(edited.splices.len(), 1);
    assert_eq!(edited.splices[0].inserted, "slow");
    assert_eq!(edited.splices[0].deleted_utf16, 5);
}

#[test]
fn one_published_version_of_the_corpus_becomes_the_other() {
    let reports = corpus();
    let versions: Vec<_> = reports
        .iter()
        .filter(|(path, _)| path.to_string_lossy().contains("whitepaper"))
        .collect();
    for pair in versions.windows(2) {
        let mut desk = Desk::new(std::str::from_utf8(&pair[0].1).unwrap());
        desk.edit().replace_source(&pair[1].1).unwrap();
        assert!(desk.source() == pair[1].1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_source_becomes_any_other(old in markdown(), new in markdown(), third in markdown()) {
        let mut desk = Desk::new(&old);
        for source in [&new, &third, &new, &old] {
            desk.edit().replace_source(source.as_bytes()).unwrap();
            prop_assert_eq!(desk.source(), source.as_bytes());
        }
    }

    #[test]
    fn lines_taken_and_put_give_the_new_source(
        source in markdown(),
        cuts in proptest::collection::vec((0_usize..60, 0_usize..6, markdown()), 1..4),
    ) {
        let mut desk = Desk::new(&source);
        let mut planner_was_exact = true;
        let mut lines: Vec<String> = source.split_inclusive('\n').map(str::to_owned).collect();
        for (at, length, insert) in cuts {
            let at = at.min(lines.len());
            let end = (at + length).min(lines.len());
            let new: Vec<_> = insert.split_inclusive('\n').map(str::to_owned).collect();
            lines.splice(at..end, new);
            let wanted = lines.concat();
            let before = desk.text();
            let filled = before.sections.iter().filter(|it| !it.text.is_empty()).count();
            let edited = desk.edit().replace_source(wanted.as_bytes()).unwrap();
            // Starting over would empty every section.
            let emptied = desk.sections().iter().filter(|text| text.is_empty()).count();
            planner_was_exact &= filled < 4 || emptied < before.sections.len()
                || edited.is_empty();
            prop_assert_eq!(desk.source(), wanted.as_bytes());
        }
        prop_assert!(planner_was_exact);
    }
}
