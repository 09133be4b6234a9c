//! Stages and what each role reads at each, groups, milestones, the audit trail, deletion.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use plenary_draft::{EntryId, MilestoneId, Record};
use plenary_relay::access::{Role, TextSeen, text_seen};
use plenary_relay::storage::Storage;
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::{Bounds, RelayConfig};
use serde_json::{Value, json};

use super::client::{Peer, has};
use super::start::{Served, body, make, quick, relay};
use super::visitor::Visitor;

fn fresh() -> plenary_relay::Relay {
    relay(quick(), Arc::new(MemoryStorage::new()))
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("fits")
}

#[tokio::test]
async fn a_facilitator_takes_the_draft_through_its_stages() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let (opens, closes) = (now_ms() - 1000, now_ms() + 1_000_000);
    let review = json!({"stage": "review", "opens_ms": opens, "closes_ms": closes});
    let now = chair.post("/stage", review).await.ok();
    assert_eq!(
        now,
        json!({"stage": "review", "opens_ms": opens, "closes_ms": closes})
    );
    let overview = chair.get("").await.ok();
    assert_eq!(
        (&overview["stage"], &overview["stage_closes_ms"]),
        (&json!("review"), &json!(closes))
    );
    for (wanted, status) in [
        (json!({"stage": "adopted"}), 422),
        (json!({"stage": "drafting"}), 422),
        (
            json!({"stage": "review", "opens_ms": 2, "closes_ms": 1}),
            422,
        ),
        (json!({"stage": 7}), 400),
    ] {
        let answer = chair.post("/stage", wanted.clone()).await;
        assert_eq!(answer.refused().0, status, "{wanted}");
    }
    let back = json!({"stage": "drafting", "reason": "Too early"});
    assert_eq!(chair.post("/stage", back).await.ok()["stage"], "drafting");
    let editor = Visitor::with_role(&relay, &made, "editor");
    let answer = editor.post("/stage", json!({"stage": "final"})).await;
    assert_eq!(answer.refused(), (403, "role_too_low"));
    let trail = chair.get("/audit").await.ok().to_string();
    assert!(
        trail.contains("stage-set") && trail.contains("Too early"),
        "{trail}"
    );
}

#[tokio::test]
async fn text_under_embargo_is_not_served_early() {
    let relay = fresh();
    let made = make(&relay, "the embargoed words").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let reader = Visitor::with_role(&relay, &made, "viewer");
    let opens = now_ms() + 400;
    let review = json!({"stage": "review", "opens_ms": opens});
    chair.post("/stage", review).await.ok();
    for path in ["/markdown", "/html"] {
        let answer = reader.get(path).await;
        assert_eq!(answer.refused(), (403, "not_open_yet"), "{path}");
        assert_eq!(answer.body["at_ms"], opens);
    }
    assert_eq!(reader.get("").await.ok()["heads"], json!([]));
    let text = body(chair.raw(Method::GET, "/markdown", None).await).await;
    assert_eq!(text, b"the embargoed words", "who works on it reads it");
    while now_ms() <= opens {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let text = body(reader.raw(Method::GET, "/markdown", None).await).await;
    assert_eq!(text, b"the embargoed words");
}

#[tokio::test]
async fn a_reader_of_a_review_gets_its_milestone() {
    let served = Served::start(quick()).await;
    let made = served.draft("as it was put up").await;
    let relay = &served.relay;
    let chair = Visitor::with_role(relay, &made, "facilitator").named("chair");
    let reader = Visitor::with_role(relay, &made, "viewer");
    chair.post("/stage", json!({"stage": "review"})).await.ok();
    let cut = chair
        .post("/milestones", json!({"name": "Public review"}))
        .await;
    assert_eq!(cut.status, StatusCode::CREATED);
    let heads = cut.ok()["heads"].clone();
    let text = chair.get("").await.ok()["documents"]["text"].clone();
    let text = text.as_str().expect("an id").parse().expect("an id");
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut editor = Peer::join("editor", served.address, &query, text).await;
    editor.sync_until(has("sections")).await;
    editor.write("something", "new");
    editor.sync_until_saved().await;
    assert_eq!(reader.get("").await.ok()["heads"], heads);
    assert_ne!(chair.get("").await.ok()["heads"], heads);
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn groups_are_the_drafts_own() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let before = chair.get("/people").await.ok()["groups"].clone();
    let kept = before[2]["key"].clone();
    let wanted = json!({"groups": [{"name": "Operators"}, {"key": kept, "name": "Civil society"}]});
    let after = chair.put("/groups", wanted).await.ok()["groups"].clone();
    assert_eq!(after.as_array().expect("a list").len(), 2);
    assert_eq!(
        (&after[0]["name"], &after[1]["key"]),
        (&json!("Operators"), &kept)
    );
    for bad in [
        json!({"groups": []}),
        json!({"groups": [{"name": "A"}, {"name": "A"}]}),
    ] {
        assert_eq!(
            chair.put("/groups", bad).await.refused(),
            (422, "bad_field")
        );
    }
}

#[tokio::test]
async fn the_audit_trail_is_taken_away_in_three_forms() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let link = json!({"role": "viewer", "label": "=HYPERLINK(\"evil\")"});
    chair.post("/links", link).await.ok();
    let lines = chair.raw(Method::GET, "/audit?format=jsonl", None).await;
    assert_eq!(lines.headers()[header::CONTENT_TYPE], "application/jsonl");
    let lines = String::from_utf8(body(lines).await).expect("text");
    for line in lines.lines() {
        let entry: Value = serde_json::from_str(line).expect("an object on each line");
        assert!(entry["sequence"].is_i64() && entry["kind"].is_string());
    }
    assert_eq!(lines.lines().count(), 3);
    let csv = chair.raw(Method::GET, "/audit?format=csv", None).await;
    let csv = String::from_utf8(body(csv).await).expect("text");
    assert!(csv.starts_with("sequence,at_ms,by,kind,detail\r\n"));
    // The label stands within a cell that begins with a brace; no cell begins with a formula.
    assert!(!csv.contains(",=") && !csv.contains(",\"="), "{csv}");
    let page = chair.get("/audit?after=1").await.ok();
    assert!(page["entries"][0]["sequence"].as_i64().expect("a number") > 1);
    assert_eq!(
        chair.get("/audit?format=pdf").await.refused(),
        (422, "bad_field")
    );
    assert_eq!(
        chair.get("/audit?after=x").await.refused(),
        (400, "bad_request")
    );
    for role in ["viewer", "reviewer", "editor"] {
        let other = Visitor::with_role(&relay, &made, role);
        assert_eq!(other.get("/audit").await.refused(), (403, "role_too_low"));
    }
    let reviewer = Visitor::with_role(&relay, &made, "reviewer").named("r");
    reviewer.raw(Method::GET, "/bundle", None).await;
    let trail = chair.get("/audit").await.ok().to_string();
    assert!(trail.contains("bundle-exported"), "{trail}");
}

#[tokio::test]
async fn a_draft_is_deleted_brought_back_and_gone() {
    let config = RelayConfig {
        bounds: Bounds {
            deletion_grace: Duration::from_secs(3600),
            deletion_rounds: Duration::from_millis(20),
            ..quick().bounds
        },
        ..quick()
    };
    let storage = MemoryStorage::new();
    let served = Served::start_over(config, Arc::new(storage.clone())).await;
    let (made, other) = (served.draft("text").await, served.draft("other").await);
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let wrong = chair.post("/delete", json!({"title": "Another"})).await;
    assert_eq!(wrong.refused(), (422, "bad_field"));
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut peer = Peer::join("anna", served.address, &query, made.id).await;
    let title = json!({"title": "A title"});
    let deleted = chair.post("/delete", title.clone()).await.ok();
    assert!(deleted["purge_ms"].as_i64().expect("a time") > now_ms());
    assert_eq!(peer.closed().await.0, Some(4404));
    let answer = chair.get("").await;
    assert_eq!(answer.refused(), (410, "draft_deleted"));
    let mut again = Peer::dial("anna", served.address, &query, made.id).await;
    again.say_join(Default::default()).await;
    assert_eq!(again.closed().await.0, Some(4404));
    let editor = Visitor::with_role(&served.relay, &made, "editor");
    assert_eq!(
        editor.post("/undelete", json!({})).await.refused(),
        (403, "role_too_low")
    );
    chair.post("/undelete", json!({})).await.ok();
    assert_eq!(chair.get("").await.ok()["title"], "A title");
    chair.post("/delete", title).await.ok();
    // As the operator does it: without a time of grace.
    let now = plenary_relay::storage::AccessCommit {
        draft: Some(made.id),
        at_ms: 0,
        acts: vec![plenary_relay::storage::Act::DeleteDraft { purge_ms: 0 }],
        audit: Vec::new(),
    };
    storage.commit_access(now).await.expect("stored");
    // Nobody brings it back any more, whether or not the relay has come to remove it.
    let (status, _) = chair.post("/undelete", json!({})).await.refused();
    assert!([404, 410].contains(&status), "{status}");
    while storage.draft_of(made.id).await.expect("readable").is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(chair.get("").await.refused(), (404, "no_such_draft"));
    let reader = Visitor::with_role(&served.relay, &other, "viewer");
    assert_eq!(reader.get("").await.ok()["title"], "A title");
    served.stopped().await.expect("ends in order");
}

/// The rows of the table in docs/privacy.md: what a reader gets at each stage.
#[test]
fn the_table_of_reading_in_the_documentation_is_the_one_in_the_code() {
    use plenary_draft::schema::record::{DraftHeads, Milestone, StageChange};
    use plenary_draft::schema::words::Stage;
    use plenary_draft::{Draft, NewDraft};
    use rand_core::SeedableRng;
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/privacy.md");
    let page = std::fs::read_to_string(page).expect("docs/privacy.md is there");
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
    let draft = Draft::create(&mut rng, 0, &NewDraft::default()).expect("a draft");
    let empty = Record::read(&draft.record.document);
    for stage in [
        Stage::Drafting,
        Stage::Review,
        Stage::Settling,
        Stage::Final,
    ] {
        let at = |opens_ms: Option<i64>, milestone: bool| {
            let mut record = empty.clone();
            record.stage = stage.clone();
            let change = StageChange {
                stage: stage.clone(),
                at_ms: 1,
                by: None,
                opens_ms,
                closes_ms: None,
                reason: None,
            };
            record.stages.insert(EntryId::from_key("zz"), change);
            if milestone {
                let milestone = Milestone {
                    name: "m".into(),
                    at_ms: 1,
                    by: None,
                    stage: stage.clone(),
                    heads: DraftHeads::default(),
                };
                record
                    .milestones
                    .insert(MilestoneId::from_key("m"), milestone);
            }
            record
        };
        let words = |role: Role, history: bool, record: &Record| match text_seen(
            role, history, record, 100,
        ) {
            TextSeen::Newest => "as it stands",
            TextSeen::At(_) => "milestone",
            TextSeen::NotBefore(_) => "nothing",
        };
        let viewer = |record: &Record| words(Role::Viewer, false, record);
        for role in [Role::Reviewer, Role::Editor, Role::Facilitator] {
            assert_eq!(words(role, false, &at(Some(101), true)), "as it stands");
        }
        assert_eq!(
            words(Role::Viewer, true, &at(Some(101), true)),
            "as it stands"
        );
        let row = format!(
            "| {stage} | {} | {} | {} | as it stands |",
            viewer(&at(Some(101), true)),
            viewer(&at(None, true)),
            viewer(&at(None, false)),
        );
        assert!(page.contains(&row), "docs/privacy.md lacks the row\n{row}");
    }
}
