use super::*;

fn sections(entries: &[(&str, Any)]) -> Automerge {
    document(&[
        ("title", text("T")),
        ("lineEnding", string("lf")),
        ("sections", map(entries)),
        ("splits", map(&[])),
        ("lineEndingExceptions", map(&[])),
    ])
}

fn has(findings: &Findings, path: &str, problem: Problem) -> bool {
    findings
        .as_slice()
        .iter()
        .any(|it| it.path == path && it.problem == problem)
}

#[test]
fn an_empty_document_reads_as_nothing() {
    let nothing = document(&[]);
    assert!(Record::read(&nothing).text.is_none());
    assert_eq!(Text::read(&nothing).markdown(), "");
    assert!(Discussion::read(&nothing).comments.is_empty());
    assert!(has(
        &Record::read(&nothing).findings,
        "plenary",
        Problem::Missing
    ));
    let mut nothing = nothing;
    let edited = TextEditor::new(&mut nothing, &mut rng(1), 0).replace_source(b"# A\n");
    assert!(matches!(edited, Err(crate::EditError::NoSections)));
    assert!(nothing.get_heads().is_empty());
}

#[test]
fn a_plain_string_in_place_of_a_text_is_shown_but_not_edited() {
    let id = SectionId::from_key("b");
    let mut document = sections(&[
        ("a", map(&[("order", string("1")), ("text", text("# A\n"))])),
        (
            "b",
            map(&[("order", string("2")), ("text", string("plain\n"))]),
        ),
        ("c", map(&[("order", text("3")), ("text", text("# C\n"))])),
    ]);
    let read = Text::read(&document);
    assert_eq!(read.markdown(), "# A\nplain\n# C\n");
    assert!(has(&read.findings, "sections/b/text", Problem::PlainString));
    let mut rng = rng(1);
    let mut editor = TextEditor::new(&mut document, &mut rng, 0);
    assert!(matches!(
        editor.splice(&id, 0, 0, "x"),
        Err(crate::EditError::NotEditable(_))
    ));
    assert!(matches!(
        editor.replace_source(b"# A\nother\n# C\n"),
        Err(crate::EditError::NotEditable(_))
    ));
    editor.replace_source(b"# A\nplain\n# C!\n").unwrap();
    editor.move_section(&id, &Place::First).unwrap();
    editor.tidy().unwrap();
    assert_eq!(Text::read(&document).markdown(), "plain\n# A\n# C!\n");
}

#[test]
fn wrong_types_are_reported_and_read_past() {
    let number = Any::Scalar(ScalarValue::Uint(u64::MAX));
    let read = Text::read(&sections(&[
        ("a", number.clone()),
        (
            "b",
            map(&[("order", number.clone()), ("text", number.clone())]),
        ),
        ("", map(&[("order", string("9")), ("text", text("kept"))])),
        ("c", Any::List(vec![number.clone()])),
    ]));
    assert_eq!(read.markdown(), "kept");
    for path in [
        "sections/a",
        "sections/b/order",
        "sections/b/text",
        "sections/c",
    ] {
        let found = problems(&read.findings);
        assert!(
            found
                .iter()
                .any(|(at, it)| at == path && matches!(it, Problem::WrongType { .. })),
            "{path}: {found:?}"
        );
    }
    let record = Record::read(&document(&[
        ("plenary", Any::Scalar(ScalarValue::F64(1.5))),
        ("text", string("automerge:nonsense")),
        ("discussion", string(&"x".repeat(1 << 20))),
        ("stage", string("unheard-of")),
        (
            "actors",
            map(&[("not hex", string("p")), ("00ff", string("p"))]),
        ),
        (
            "milestones",
            map(&[(
                "m",
                map(&[(
                    "heads",
                    map(&[("text", Any::List(vec![string("zz"), number]))]),
                )]),
            )]),
        ),
    ]));
    assert!(has(&record.findings, "text", Problem::Malformed));
    assert!(has(&record.findings, "discussion", Problem::TooLong));
    assert!(has(&record.findings, "stage", Problem::UnknownWord));
    assert_eq!(record.stage.as_word(), "unheard-of");
    assert!(has(&record.findings, "actors", Problem::Malformed));
    assert_eq!(record.actors.len(), 1);
    assert!(has(
        &record.findings,
        "milestones/m/heads/text",
        Problem::Malformed
    ));
}

#[test]
fn numbers_of_javascript_are_whole_when_they_are_whole() {
    let record = Record::read(&document(&[
        ("plenary", Any::Scalar(ScalarValue::F64(1.0))),
        ("created", Any::Scalar(ScalarValue::F64(1.7e12))),
    ]));
    assert_eq!((record.version, record.created_ms), (1, 1_700_000_000_000));
}

#[test]
fn circles_and_dangling_replies_begin_threads_of_their_own() {
    let comment = |reply: &str| {
        map(&[
            ("participant", string("p")),
            ("created", Any::Scalar(ScalarValue::Timestamp(1))),
            ("body", text("x")),
            ("replyTo", string(reply)),
        ])
    };
    let read = Discussion::read(&document(&[
        (
            "comments",
            map(&[
                ("a", comment("b")),
                ("b", comment("c")),
                ("c", comment("a")),
                ("d", comment("a")),
                ("e", comment("nowhere")),
                ("f", comment("e")),
                ("g", comment("g")),
            ]),
        ),
        ("suggestions", map(&[])),
        ("positions", map(&[])),
    ]));
    let threads = read.threads();
    assert_eq!(threads.len(), 6, "{threads:?}");
    let id = |key: &str| CommentId::from_key(key);
    assert_eq!(read.thread_of(&id("f")), id("e"));
    assert_eq!(threads[&id("e")], [id("e"), id("f")]);
    for key in ["a", "b", "c", "d", "e", "g"] {
        let path = format!("comments/{key}/replyTo");
        assert!(
            has(&read.findings, &path, Problem::DanglingReference),
            "{path}"
        );
    }
}

#[test]
fn rival_maps_are_reported_and_one_is_read() {
    let mut one = document(&[("title", text("T"))]);
    let mut two = one.fork();
    two.set_actor(ActorId::from([9; 16]));
    for (document, body) in [(&mut one, "first\n"), (&mut two, "second\n")] {
        let mut transaction = document.transaction();
        let fields = [("order", string("1")), ("text", text(body))];
        map(&[("a", map(&fields))]).put(&mut transaction, &ROOT, "sections");
        transaction.commit();
    }
    one.merge(&mut two).unwrap();
    let read = Text::read(&one);
    assert!(read.markdown() == "first\n" || read.markdown() == "second\n");
    assert!(has(&read.findings, "sections", Problem::Conflict));
}

#[test]
fn line_ending_exceptions_may_point_anywhere() {
    let exception = |start: &str, end: &str| {
        map(&[
            ("section", string("a")),
            ("start", string(start)),
            ("end", string(end)),
            ("ending", string("crlf")),
        ])
    };
    let actor = "03".repeat(16);
    let read = Text::read(&document(&[
        (
            "sections",
            map(&[(
                "a",
                map(&[("order", string("1")), ("text", text("a\nb\nc\n"))]),
            )]),
        ),
        (
            "lineEndingExceptions",
            map(&[
                ("1", exception("s", "e")),
                ("2", exception("e", "s")),
                ("3", exception("1@00", "s")),
                ("4", exception(&format!("1@{actor}"), &format!("2@{actor}"))),
                ("5", exception("s", "e")),
                ("6", map(&[("section", string("gone"))])),
                ("7", exception("é", "")),
            ]),
        ),
    ]));
    assert_eq!(read.source().to_bytes(), b"a\r\nb\r\nc\r\n");
    let dangling = "lineEndingExceptions/6/section";
    assert!(has(&read.findings, dangling, Problem::DanglingReference));
}

#[test]
fn findings_are_bounded() {
    let entries: Vec<(String, Any)> = (0..5_000)
        .map(|index| (format!("{index}{}", "k".repeat(300)), string("x")))
        .collect();
    let read = Text::read(&document(&[("sections", Any::Map(entries))]));
    assert_eq!(read.findings.as_slice().len(), MAX_FINDINGS);
    assert!(read.findings.left_out() > 4_000);
    assert!(
        read.findings
            .as_slice()
            .iter()
            .all(|it| it.path.len() < 200)
    );
}

fn scalar() -> impl Strategy<Value = Any> {
    prop_oneof![
        Just(ScalarValue::Null),
        any::<bool>().prop_map(ScalarValue::Boolean),
        any::<i64>().prop_map(ScalarValue::Int),
        any::<u64>().prop_map(ScalarValue::Uint),
        any::<f64>().prop_map(ScalarValue::F64),
        any::<i64>().prop_map(ScalarValue::Timestamp),
        "(automerge:)?[a-z0-9@]{0,9}|lf|crlf|s|e".prop_map(|it| ScalarValue::Str(it.into())),
        proptest::collection::vec(any::<u8>(), 0..4).prop_map(ScalarValue::Bytes),
    ]
    .prop_map(Any::Scalar)
}

/// Keys that the format knows, and others.
fn key() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        "plenary",
        "text",
        "discussion",
        "stage",
        "stages",
        "milestones",
        "recommendations",
        "designations",
        "suggestionStatuses",
        "dispositions",
        "actors",
        "attachments",
        "groups",
        "title",
        "metadata",
        "lineEnding",
        "byteOrderMark",
        "lineEndingExceptions",
        "sections",
        "splits",
        "order",
        "comments",
        "suggestions",
        "positions",
        "anchor",
        "body",
        "replyTo",
        "participant",
        "created",
        "section",
        "start",
        "end",
        "quote",
        "heads",
        "from",
        "to",
        "length",
        "ending",
        "at",
        "by",
        "record",
        "withdrawn",
        "edited",
        "content",
        "a",
        "",
        "é",
    ])
    .prop_map(str::to_owned)
}

fn anything() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![3 => scalar(), 2 => "[a-z#\n😀]{0,12}".prop_map(Any::Text)];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            3 => proptest::collection::vec((key(), inner.clone()), 0..6).prop_map(Any::Map),
            1 => proptest::collection::vec(inner, 0..4).prop_map(Any::List),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn anything_at_all_is_read_edited_and_migrated_without_panic(
        fields in proptest::collection::vec((key(), anything()), 0..8),
    ) {
        let mut document = new_document(ActorId::from([3; 16]));
        let mut transaction = document.transaction();
        for (key, value) in &fields {
            value.put(&mut transaction, &ROOT, key);
        }
        transaction.commit();
        let record = Record::read(&document);
        for recommendation in record.recommendations.values() {
            if let Some(anchor) = &recommendation.anchor {
                anchor.resolve(&document, &Text::read(&document));
            }
        }
        Discussion::read(&document).threads();
        let text = Text::read(&document);
        text.outline();
        text.word_count();
        text.source().to_bytes();
        let heads = document.get_heads();
        crate::attribution(&document, &heads, Some(&record)).unwrap();
        crate::difference(&document, &[], &heads, Some(&record)).unwrap();
        let part = |document: &Automerge| crate::DraftDocument {
            id: DocumentId::from_bytes([0; 16]),
            document: document.fork().with_actor(ActorId::from([5; 16])),
        };
        let mut draft =
            Draft { record: part(&document), text: part(&document), discussion: part(&document) };
        drop(migrate(&mut draft, &mut rng(1), 0));
        let mut rng = rng(2);
        let mut editor = TextEditor::new(&mut document, &mut rng, 0);
        let replaced = editor.replace_source(b"# A\r\n\r\nb\n# C\n");
        drop(editor.tidy());
        drop(editor.set_title("t"));
        drop(editor.insert(0, "x"));
        if replaced.is_ok() {
            prop_assert!(Text::read(&document).markdown().ends_with("# A\n\nb\n# C\n"));
        }
    }
}
