use super::*;

#[test]
fn a_heading_typed_at_the_end_begins_a_section() {
    let mut desk = Desk::new("# A\n\ntext\n");
    let id = desk.id(0);
    for (index, key) in "\n# B\n\nmore".char_indices() {
        let text = desk.text();
        let last = text.sections.last().unwrap();
        let at = crate::units::utf16_len(&last.text);
        let last = last.id.clone();
        let edited = desk.edit().splice(&last, at, 0, &key.to_string()).unwrap();
        assert!(edited.change.is_some(), "key {index}");
    }
    assert_eq!(desk.sections(), ["# A\n\ntext\n\n", "# B\n\nmore"]);
    assert_eq!(desk.id(0), id);
}

#[test]
fn a_heading_with_text_after_it_stays() {
    let mut desk = Desk::new("# A\n\ntext\n");
    let id = desk.id(0);
    desk.edit().splice(&id, 5, 0, "# B\n\n").unwrap();
    assert_eq!(desk.sections(), ["# A\n\n# B\n\ntext\n"]);
}

#[test]
fn pasted_chapters_become_sections_in_one_change() {
    let mut desk = Desk::new("# A\n\ntext\n\n# Z\n");
    let edited = desk
        .edit()
        .insert(11, "end\n\n# B\n\nb\n# C\r\nc\n\n")
        .unwrap();
    assert_eq!(edited.created.len(), 2);
    assert_eq!(
        desk.sections(),
        [
            "# A\n\ntext\n\nend\n\n",
            "# B\n\nb\n",
            "# C\nc\n\n",
            "# Z\n"
        ]
    );
    assert_eq!(desk.document.get_changes(&[]).len(), 2);
}

#[test]
fn at_a_border_lines_go_up_and_words_go_down() {
    let mut desk = Desk::new("# A\n\n# B\n");
    desk.edit().insert(5, "x").unwrap();
    assert_eq!(desk.sections(), ["# A\n\n", "x# B\n"]);
    desk.edit().insert(5, "y\n").unwrap();
    assert_eq!(desk.sections(), ["# A\n\ny\n", "x# B\n"]);
    desk.edit().insert(0, "# Zero\n\n").unwrap();
    assert_eq!(desk.sections(), ["# Zero\n\n", "# A\n\ny\n", "x# B\n"]);
}

#[test]
fn places_that_do_not_exist_are_refused_and_nothing_changes() {
    let mut desk = Desk::new("a😀b\n");
    let id = desk.id(0);
    let heads = desk.document.get_heads();
    for (index, delete) in [(2, 0), (1, 1), (9, 0), (0, usize::MAX), (4, 2)] {
        let error = desk.edit().splice(&id, index, delete, "x").unwrap_err();
        assert!(
            matches!(error, EditError::OutOfRange { .. }),
            "{index} {delete}"
        );
    }
    assert!(matches!(
        desk.edit().splice(&SectionId::from_key("none"), 0, 0, "x"),
        Err(EditError::NoSection(_))
    ));
    assert!(matches!(
        desk.edit().insert(99, "x"),
        Err(EditError::OutOfRange { .. })
    ));
    assert!(desk.edit().splice(&id, 1, 0, "").unwrap().is_empty());
    assert_eq!(desk.document.get_heads(), heads);
}

#[test]
fn times_are_kept_in_seconds_and_actors_are_the_documents_own() {
    let mut desk = Desk::new("a\n");
    let actor = random_actor(&mut desk.rng);
    desk.document.set_actor(actor.clone());
    let id = desk.id(0);
    TextEditor::new(&mut desk.document, &mut desk.rng, 1_700_000_000_999)
        .splice(&id, 0, 0, "b")
        .unwrap();
    let change = desk.document.get_last_local_change().unwrap();
    assert_eq!(
        (change.timestamp(), change.actor_id()),
        (1_700_000_000, &actor)
    );
}

#[test]
fn a_range_over_several_sections_is_replaced() {
    let mut desk = Desk::new("# A\n\none\n\n# B\n\ntwo\n");
    let ids = (desk.id(0), desk.id(1));
    desk.edit().replace_range(8..16, " and ").unwrap();
    assert_eq!(desk.markdown(), "# A\n\none and wo\n");
    assert_eq!((desk.id(0), desk.id(1)), ids);
    desk.edit().replace_range(0..3, "# C").unwrap();
    assert_eq!(desk.markdown(), "# C\n\none and wo\n");
}

#[test]
fn moving_is_one_small_change() {
    let mut desk = Desk::new("# A\na\n# B\nb\n# C\nc");
    let ids: Vec<_> = (0..3).map(|index| desk.id(index)).collect();
    desk.edit().move_section(&ids[2], &Place::First).unwrap();
    assert_eq!(desk.markdown(), "# C\nc\n# A\na\n# B\nb\n");
    desk.edit()
        .move_section(&ids[2], &Place::After(ids[0].clone()))
        .unwrap();
    assert_eq!(desk.markdown(), "# A\na\n# C\nc\n# B\nb\n");
    let operations = desk.document.get_last_local_change().unwrap().len();
    assert_eq!(operations, 1);
    let again = desk
        .edit()
        .move_section(&ids[2], &Place::After(ids[0].clone()));
    assert!(again.unwrap().is_empty());
}

#[test]
fn where_there_is_no_room_all_sections_get_new_keys() {
    let mut desk = Desk::new("# A\n# B\n# C\n");
    let maps: Vec<_> = desk
        .text()
        .sections
        .iter()
        .map(|it| it.map.clone())
        .collect();
    let mut transaction = desk.document.transaction();
    for map in &maps {
        transaction.put(map, "order", "not a key!").unwrap();
    }
    transaction.commit();
    let before = desk.markdown();
    let (first, last) = (desk.id(0), desk.id(2));
    desk.edit()
        .move_section(&first, &Place::After(last))
        .unwrap();
    assert_eq!(desk.markdown(), format!("{}{}", &before[4..], &before[..4]));
}

#[test]
fn the_title_and_metadata_change_by_words() {
    let mut desk = Desk::new("");
    desk.edit().set_title("A report on trust").unwrap();
    desk.edit().set_title("A report on digital trust").unwrap();
    assert_eq!(desk.document.get_last_local_change().unwrap().len(), 8);
    assert!(
        desk.edit()
            .set_title("A report on digital trust")
            .unwrap()
            .is_empty()
    );
    desk.edit().set_metadata("language", Some("fr")).unwrap();
    assert!(
        desk.edit()
            .set_metadata("language", Some("fr"))
            .unwrap()
            .is_empty()
    );
    assert_eq!(desk.text().metadata["language"], "fr");
    desk.edit().set_metadata("language", None).unwrap();
    assert!(desk.text().metadata.is_empty());
    assert_eq!(desk.text().title, "A report on digital trust");
}

#[test]
fn tidying_changes_sections_and_not_the_text() {
    let mut desk = Desk::new("# A\r\n\r\ntext\n\nend\r\n");
    let id = desk.id(0);
    let long = "word ".repeat(300);
    let pasted = format!("# B\n\n{long}\n\n{long}\n\n{long}\n\n");
    desk.edit().splice(&id, 5, 0, &pasted).unwrap();
    let before = desk.source();
    assert_eq!(desk.sections().len(), 1);
    let edited = desk.edit().tidy().unwrap();
    assert!(edited.created.len() >= 2);
    assert_eq!(desk.source(), before);
    assert_eq!(desk.text().splits.len(), edited.created.len());
    assert!(desk.edit().tidy().unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn insertions_stand_where_they_were_made(
        source in markdown(),
        insert in markdown(),
        place in 0.0..=1.0,
    ) {
        let mut desk = Desk::new(&source);
        let before = desk.markdown();
        let units: Vec<u16> = before.encode_utf16().collect();
        let at = (place * units.len() as f64) as usize;
        let inserted = with_lf(&insert).into_owned();
        if String::from_utf16(&units[..at]).is_err() {
            prop_assert!(desk.edit().insert(at, &insert).is_err());
            return Ok(());
        }
        desk.edit().insert(at, &insert).unwrap();
        let mut expected = units[..at].to_vec();
        expected.extend(inserted.encode_utf16());
        expected.extend(&units[at..]);
        prop_assert_eq!(desk.markdown(), String::from_utf16(&expected).unwrap());
        desk.edit().tidy().unwrap();
        prop_assert_eq!(desk.markdown(), String::from_utf16(&expected).unwrap());
    }
}
