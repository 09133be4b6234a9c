//! The documents that other languages read: a small draft with one of everything.

use super::*;
use crate::anchor::{Anchor, AnchorState};
use crate::edit::{DiscussionEditor, RecordEditor};
use crate::keys::{MilestoneId, ParticipantId};
use crate::schema::discussion::{Authorship, Comment, Position, Suggestion};
use crate::schema::record::*;
use crate::schema::words::*;
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/draft/");
const NOW_MS: i64 = 1_767_225_600_000;

const SOURCE: &str = "---\ntitle: Naïve 😀\n---\n# Trust online\r\n\r\nParties *should* talk.\r\n\r\n\
    ## Steps 步骤\n\n- one\n\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";

/// Everything is drawn from one seed, so that the same bytes come out in every run.
fn draft() -> Draft {
    let mut rng = rng(2026);
    let me = ParticipantId::random(&mut rng);
    let new = NewDraft {
        title: "Trust online",
        source: SOURCE.as_bytes(),
        metadata: [("language".to_owned(), "en".to_owned())].into(),
        groups: vec!["Government".to_owned(), "Technical community".to_owned()],
        created_by: Some(me.clone()),
    };
    let mut draft = Draft::create(&mut rng, NOW_MS, &new).unwrap();
    let mut editor = TextEditor::new(&mut draft.text.document, &mut rng, NOW_MS + 1_000);
    editor
        .replace_source(SOURCE.replace("talk", "talk and listen").as_bytes())
        .unwrap();
    let last = Text::read(&draft.text.document)
        .sections
        .last()
        .unwrap()
        .id
        .clone();
    let mut editor = TextEditor::new(&mut draft.text.document, &mut rng, NOW_MS + 2_000);
    editor
        .splice(&last, 0, 0, "### Inner\n\nfirst\n\n")
        .unwrap();
    editor.tidy().unwrap();
    let passage = anchor(&draft, "should");
    let deleted = anchor(&draft, "- one\n\n");
    let listed = Text::read(&draft.text.document)
        .sections
        .into_iter()
        .find(|it| it.text.contains("- one"))
        .unwrap();
    let at = listed.text.find("- one").unwrap();
    let at = crate::units::utf16_len(&listed.text[..at]);
    TextEditor::new(&mut draft.text.document, &mut rng, NOW_MS + 3_000)
        .splice(&listed.id, at, 7, "")
        .unwrap();
    discuss(&mut draft, &mut rng, &me, passage, deleted);
    decide(&mut draft, &mut rng, &me);
    draft
}

fn anchor(draft: &Draft, quote: &str) -> Anchor {
    let text = Text::read(&draft.text.document);
    let section = text
        .sections
        .iter()
        .find(|it| it.text.contains(quote))
        .unwrap();
    let start = section.text.find(quote).unwrap();
    let start = crate::units::utf16_len(&section.text[..start]);
    let range = start..start + crate::units::utf16_len(quote);
    Anchor::make(&draft.text.document, &section.id, range).unwrap()
}

fn discuss(
    draft: &mut Draft,
    rng: &mut rand_chacha::ChaCha8Rng,
    me: &ParticipantId,
    passage: Anchor,
    deleted: Anchor,
) {
    let record = Record::read(&draft.record.document);
    let group = record.groups.keys().next().cloned();
    let recommendation = RecordEditor::new(&mut draft.record.document, rng, NOW_MS + 4_000)
        .add_recommendation(&Recommendation {
            label: "Recommendation 1".to_owned(),
            anchor: Some(passage.clone()),
            at_ms: NOW_MS + 4_000,
            by: Some(me.clone()),
            withdrawn: false,
        })
        .unwrap();
    let authorship = |seconds: i64| Authorship::new(me.clone(), NOW_MS + seconds * 1000);
    let by_mail = ParticipantId::from_key("4uQeVj5tqViQh7yWWGStvk");
    let mut discussion = DiscussionEditor::new(&mut draft.discussion.document, rng, NOW_MS + 5_000);
    let first = discussion
        .add_comment(&Comment {
            authorship: authorship(5),
            anchor: Some(passage.clone()),
            body: "Why *should*? 😀".to_owned(),
            reply_to: None,
        })
        .unwrap();
    discussion
        .add_comment(&Comment {
            authorship: authorship(6).on_behalf_of(by_mail),
            anchor: None,
            body: "Because.".to_owned(),
            reply_to: Some(first),
        })
        .unwrap();
    let mut gone = authorship(7);
    gone.withdrawn = true;
    discussion
        .add_comment(&Comment {
            authorship: gone,
            anchor: Some(deleted),
            body: "On what is gone.".to_owned(),
            reply_to: None,
        })
        .unwrap();
    discussion
        .add_suggestion(&Suggestion {
            authorship: authorship(8),
            anchor: Some(passage),
            replacement: "must".to_owned(),
            reason: "Clearer.".to_owned(),
        })
        .unwrap();
    discussion
        .add_position(&Position {
            authorship: authorship(9),
            recommendation,
            group,
            stand: Stand::CanLiveWith,
            reason: "With *must*.".to_owned(),
        })
        .unwrap();
}

fn decide(draft: &mut Draft, rng: &mut rand_chacha::ChaCha8Rng, me: &ParticipantId) {
    let by = Some(me.clone());
    let discussion = Discussion::read(&draft.discussion.document);
    let record = Record::read(&draft.record.document);
    let at_ms = NOW_MS + 10_000;
    let heads = DraftHeads {
        record: draft.record.document.get_heads(),
        text: draft.text.document.get_heads(),
        discussion: draft.discussion.document.get_heads(),
    };
    let actor = draft.text.document.get_actor().clone();
    let mut editor = RecordEditor::new(&mut draft.record.document, rng, at_ms);
    editor.bind_actors([(&actor, me)]).unwrap();
    editor
        .set_stage(&StageChange {
            stage: Stage::Review,
            at_ms,
            by: by.clone(),
            opens_ms: Some(at_ms),
            closes_ms: Some(at_ms + 86_400_000),
            reason: None,
        })
        .unwrap();
    editor
        .add_milestone(&Milestone {
            name: "First draft".to_owned(),
            at_ms,
            by: by.clone(),
            stage: Stage::Drafting,
            heads,
        })
        .unwrap();
    for recommendation in record.recommendations.into_keys() {
        editor
            .add_designation(&Designation {
                recommendation,
                level: ConsensusLevel::StrongSupport,
                reason: "Two groups object.".to_owned(),
                at_ms,
                by: by.clone(),
            })
            .unwrap();
    }
    for suggestion in discussion.suggestions.keys() {
        editor
            .set_suggestion_status(
                suggestion,
                &SuggestionStatus {
                    state: SuggestionState::Declined,
                    reason: "Too strong.".to_owned(),
                    at_ms,
                    by: by.clone(),
                    change: None,
                },
            )
            .unwrap();
    }
    for comment in discussion.comments.keys() {
        editor
            .set_disposition(
                comment,
                &Disposition {
                    outcome: Outcome::AcceptedInPart,
                    reason: "See section 1.".to_owned(),
                    at_ms,
                    by: by.clone(),
                },
            )
            .unwrap();
    }
    editor
        .add_attachment(
            &"ab".repeat(32),
            &Attachment {
                name: "figure.png".to_owned(),
                media_type: "image/png".to_owned(),
                bytes: 1234,
            },
        )
        .unwrap();
}

/// What every reader must make of the draft.
fn expected(draft: &Draft) -> Value {
    let text = Text::read(&draft.text.document);
    let record = Record::read(&draft.record.document);
    let discussion = Discussion::read(&draft.discussion.document);
    let heads = |document: &Automerge| -> Vec<String> {
        document
            .get_heads()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let sections: Vec<Value> = text
        .sections
        .iter()
        .map(|it| json!({ "id": it.id, "order": it.order, "text": it.text }))
        .collect();
    let place = |anchor: &Option<Anchor>| {
        let anchor = anchor.as_ref()?;
        Some(match anchor.resolve(&draft.text.document, &text) {
            AnchorState::Attached {
                section,
                range_utf16,
                changed,
            } => json!({
                "state": "attached", "section": section, "changed": changed,
                "start": range_utf16.start, "end": range_utf16.end,
            }),
            other => json!({ "state": format!("{other:?}").to_lowercase(), "quote": anchor.quote }),
        })
    };
    let comments: serde_json::Map<String, Value> = discussion
        .comments
        .iter()
        .map(|(id, it)| {
            let value = json!({
                "participant": it.authorship.participant,
                "behalf": it.authorship.behalf,
                "created": it.authorship.created_ms,
                "withdrawn": it.authorship.withdrawn,
                "actor": it.authorship.actor.as_ref().map(ActorId::to_hex_string),
                "body": it.body,
                "replyTo": it.reply_to,
                "anchor": place(&it.anchor),
                "thread": discussion.thread_of(id),
            });
            (id.to_string(), value)
        })
        .collect();
    let suggestions: Vec<Value> = discussion
        .suggestions
        .iter()
        .map(|(id, it)| {
            json!({ "id": id, "replacement": it.replacement, "reason": it.reason,
                "anchor": place(&it.anchor) })
        })
        .collect();
    let milestones: Vec<(&MilestoneId, &str, Vec<String>)> = record
        .milestones
        .iter()
        .map(|(id, it)| {
            let heads = it.heads.text.iter().map(ToString::to_string).collect();
            (id, it.name.as_str(), heads)
        })
        .collect();
    json!({
        "ids": {
            "record": draft.record.id.to_string(),
            "text": draft.text.id.to_string(),
            "discussion": draft.discussion.id.to_string(),
        },
        "heads": {
            "record": heads(&draft.record.document),
            "text": heads(&draft.text.document),
            "discussion": heads(&draft.discussion.document),
        },
        "version": record.version,
        "created": record.created_ms,
        "stage": record.stage.as_word(),
        "groups": record.groups.values().map(|it| &it.name).collect::<Vec<_>>(),
        "milestones": milestones,
        "actors": record.actors.iter().map(|(actor, it)| (actor.to_hex_string(), it))
            .collect::<std::collections::BTreeMap<_, _>>(),
        "title": text.title,
        "metadata": text.metadata,
        "lineEnding": text.line_ending.as_word(),
        "markdown": text.markdown(),
        "source": String::from_utf8(text.source().to_bytes()).unwrap(),
        "sections": sections,
        "outline": text.outline(),
        "words": text.word_count(),
        "comments": comments,
        "suggestions": suggestions,
        "stands": discussion.positions.values().map(|it| it.stand.as_word()).collect::<Vec<_>>(),
    })
}

#[test]
fn the_draft_for_other_languages_is_what_it_was() {
    let draft = draft();
    for (name, document) in [
        ("record", &draft.record),
        ("text", &draft.text),
        ("discussion", &draft.discussion),
    ] {
        check_fixture(
            format!("{FOLDER}{name}.automerge"),
            &document.document.save(),
        );
    }
    let json = serde_json::to_string_pretty(&expected(&draft)).unwrap();
    check_fixture(
        format!("{FOLDER}expected.json"),
        format!("{json}\n").as_bytes(),
    );
}

#[test]
fn the_stored_draft_reads_as_expected_and_without_findings() {
    let load = |bytes: &[u8]| load_document(bytes, &LoadLimits::default()).unwrap();
    let expected_json: Value =
        serde_json::from_slice(include_bytes!("../../../testdata/draft/expected.json")).unwrap();
    let part = |name: &str, bytes: &[u8]| crate::DraftDocument {
        id: expected_json["ids"][name]
            .as_str()
            .unwrap()
            .parse()
            .unwrap(),
        document: load(bytes),
    };
    let draft = Draft {
        record: part(
            "record",
            include_bytes!("../../../testdata/draft/record.automerge"),
        ),
        text: part(
            "text",
            include_bytes!("../../../testdata/draft/text.automerge"),
        ),
        discussion: part(
            "discussion",
            include_bytes!("../../../testdata/draft/discussion.automerge"),
        ),
    };
    assert_eq!(expected(&draft), expected_json);
    for findings in [
        Record::read(&draft.record.document).findings,
        Text::read(&draft.text.document).findings,
        Discussion::read(&draft.discussion.document).findings,
    ] {
        assert!(findings.is_empty(), "{findings:?}");
    }
    let comments = expected_json["comments"].as_object().unwrap();
    let states: Vec<_> = comments
        .values()
        .map(|it| it["anchor"]["state"].as_str())
        .collect();
    assert!(states.contains(&Some("attached")) && states.contains(&Some("orphaned")));
}
