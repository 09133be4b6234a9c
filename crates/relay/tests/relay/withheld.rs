//! Who asked that nothing about them be told: no answer says who, where or when.

use std::sync::Arc;

use plenary_protocol::access::DocumentKind;
use plenary_relay::storage::memory::MemoryStorage;
use serde_json::{Value, json};

use super::client::has;
use super::ours::{documents, join, quarantined};
use super::start::{Served, make, quick, relay};
use super::visitor::Visitor;

fn of<'a>(list: &'a Value, key: &str, id: &Value) -> Vec<&'a Value> {
    let list = list.as_array().expect("a list").iter();
    list.filter(|it| it[key] == *id).collect()
}

#[tokio::test]
async fn the_times_of_who_is_withheld_stay_untold_even_after_an_erasure() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let relay = &served.relay;
    let dora = Visitor::with_role(relay, &made, "reviewer")
        .header("plenary-participant", "secret of dorothea");
    let hidden = json!({"name": "Dora Unique", "withheld": true});
    let id = dora.put("/people/me", hidden).await.ok()["participant"].clone();
    let text = documents(&served, &made).await[&DocumentKind::Text];
    // As an editor she writes; what she writes as a reviewer is refused and kept.
    let (mut editor, _) = join("dorothea", &served, &made.secret("editor"), text).await;
    editor.sync_until(has("title")).await;
    editor.write("written", "words");
    editor.sync_until_saved().await;
    drop(editor);
    let (mut reviewer, _) = join("dorothea", &served, &made.secret("reviewer"), text).await;
    reviewer.sync_until(has("title")).await;
    reviewer.write("refused", "words");
    quarantined(&mut reviewer).await;

    // The record binds her actor to her, and says no time either: it would be that of her first words.
    let ids = documents(&served, &made).await;
    let record = ids[&DocumentKind::Record];
    let (mut syncs, _) = join("other", &served, &made.secret("editor"), record).await;
    syncs.sync_until(has("actors")).await;
    let changes = syncs.document.get_changes(&[]);
    let mut bound = changes
        .iter()
        .filter(|change| change.message() == Some("actors"));
    assert!(bound.clone().count() >= 1);
    assert!(bound.all(|change| change.timestamp() == 0));
    drop(syncs);

    let chair = Visitor::with_role(relay, &made, "facilitator").named("chair");
    for step in ["withheld", "erased"] {
        let history = chair.get("/history").await.ok();
        let hers = of(&history["changes"], "participant", &id);
        assert_eq!(hers.len(), 1, "{step}: {history}");
        assert_eq!(hers[0]["received_ms"], Value::Null, "{step}");
        let held = chair.get("/quarantine").await.ok();
        let hers = of(&held["entries"], "participant", &id);
        assert_eq!(hers.len(), 1, "{step}: {held}");
        assert_eq!(hers[0]["received_ms"], Value::Null, "{step}");
        let path = format!("/quarantine/{}", hers[0]["id"].as_str().expect("an id"));
        let look = chair.get(&path).await.ok();
        assert_eq!(look["received_ms"], Value::Null, "{step}");
        let trail = chair.get("/audit").await.ok();
        let hers = of(&trail["entries"], "by", &id);
        assert!(hers.len() >= 2, "{step}: {trail}");
        let times = hers.iter().all(|entry| entry["at_ms"].is_null());
        assert!(times, "{step}: {hers:?}");
        let lines = of(&trail["entries"], "kind", &json!("draft-made"));
        assert!(lines[0]["at_ms"].is_i64(), "others' times are told");
        let csv = chair.raw(axum::http::Method::GET, "/audit?format=csv", None);
        let csv = super::start::body(csv.await).await;
        let csv = String::from_utf8_lossy(&csv).into_owned();
        let hers = csv.lines().filter(|line| {
            let id = id.as_str().expect("an id");
            line.split(',').nth(2) == Some(&format!("\"{id}\""))
        });
        for line in hers {
            assert_eq!(line.split(',').nth(1), Some(""), "{step}: {line}");
        }
        // She sees her own.
        let own = dora.get("/quarantine").await.ok();
        assert!(own["entries"][0]["received_ms"].is_i64(), "{step}: {own}");
        dora.delete("/people/me").await;
    }
    served.stopped().await.expect("ends in order");
}

#[tokio::test]
async fn a_program_that_shows_a_link_alone_is_not_taken_for_the_operator() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    let program = Visitor::with_role(&relay, &made, "facilitator");
    let link = json!({"role": "viewer", "label": "by a program", "group": null});
    let link = program.post("/links", link).await.ok();
    let trail = program.get("/audit").await.ok();
    let line = of(&trail["entries"], "kind", &json!("link-made"));
    assert!(line[0]["by"].is_string(), "{line:?}");
    assert_eq!(link["created_by"], line[0]["by"]);
}

#[tokio::test]
async fn an_entry_that_says_nothing_of_it_stays_withheld() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    let dora = Visitor::with_role(&relay, &made, "editor").named("dora");
    let hidden = json!({"name": "Dora", "withheld": true});
    dora.put("/people/me", hidden).await.ok();
    // As a page writes it that does not know of withholding.
    let corrected = dora.put("/people/me", json!({"name": "Dora Unique"}));
    assert_eq!(corrected.await.ok()["withheld"], true);
    let reviewer = Visitor::with_role(&relay, &made, "reviewer");
    let told = reviewer.get("/people").await.ok().to_string();
    assert!(!told.contains("Unique"), "{told}");
    let open = json!({"name": "Dora Unique", "withheld": false});
    dora.put("/people/me", open).await.ok();
    let told = reviewer.get("/people").await.ok().to_string();
    assert!(told.contains("Unique"), "{told}");
}
