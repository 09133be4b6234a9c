//! Every role, stage and kind of request over HTTP: what only the relay writes.
//!
//! What is allowed is done. What is refused is answered in words, and changes neither the record nor the
//! trail, nor is anybody told of it.

use axum::http::Method;
use plenary_draft::Stage;
use plenary_protocol::access::{Access, Act, DocumentKind, Role};
use serde_json::{Value, json};

use super::client::has;
use super::ours::{join, quarantined};
use super::table::Scene;
use super::visitor::{Answer, Visitor};

const STAGES: [Stage; 4] = [
    Stage::Drafting,
    Stage::Review,
    Stage::Settling,
    Stage::Final,
];

/// What is asked for, and what stands in the way of it beside role and stage.
struct Asked {
    act: Act,
    method: Method,
    path: String,
    body: Value,
}

impl Asked {
    fn new(act: Act, method: Method, path: impl Into<String>, body: Value) -> Self {
        Self {
            act,
            method,
            path: path.into(),
            body,
        }
    }
}

/// Somebody writes what they may not, so that there is something to decide on.
async fn held(scene: &Scene, name: &str) -> String {
    let text = scene.ids[&DocumentKind::Text];
    let secret = scene.made.secret("reviewer");
    let (mut peer, _) = join(name, &scene.served, &secret, text).await;
    peer.sync_until(has("sections")).await;
    peer.write(name, "held back");
    let (hashes, _) = quarantined(&mut peer).await;
    let chair = Visitor::with_role(&scene.served.relay, &scene.made, "facilitator");
    let listed = chair.get("/quarantine").await.ok();
    let entries = listed["entries"].as_array().expect("a list").iter();
    let waiting = entries.filter(|it| it["state"] == "waiting");
    let newest = waiting.max_by_key(|it| it["received_ms"].as_i64());
    assert_eq!(hashes.len(), 1);
    let entry = newest.expect("it waits");
    entry["id"].as_str().expect("an id").to_owned()
}

/// All that may be asked for, each time with something new in it.
async fn all_requests(scene: &Scene, stage: &Stage, role: Role) -> Vec<Asked> {
    let mut all = vec![
        Asked::new(
            Act::SetGroups,
            Method::PUT,
            "/groups",
            json!({"groups": [{"name": format!("Group of {role}")}]}),
        ),
        Asked::new(
            Act::CutMilestone,
            Method::POST,
            "/milestones",
            json!({"name": format!("By {role}")}),
        ),
        Asked::new(
            Act::Moderate,
            Method::POST,
            "/discussion/comments/hers/moderate",
            json!({"action": "hide", "reason": "off topic"}),
        ),
    ];
    for (act, what) in [(Act::Admit, "admit"), (Act::Decline, "decline")] {
        let entry = held(scene, &format!("{what} {role}")).await;
        let path = format!("/quarantine/{entry}/{what}");
        all.push(Asked::new(act, Method::POST, path, json!({"reason": "r"})));
    }
    for wanted in STAGES.iter().filter(|wanted| *wanted != stage) {
        let wanted = wanted.to_string();
        let body = json!({"stage": wanted, "reason": "because"});
        all.push(Asked::new(Act::SetStage, Method::POST, "/stage", body));
    }
    all
}

/// What must be as it was after a refusal: how many changes the record has, the trail, the quarantine.
type State = (usize, Value, Value);

async fn state(scene: &Scene, chair: &Visitor) -> State {
    let record = scene.ids[&DocumentKind::Record];
    let changes = scene.served.relay.storage().change_records(record).await;
    (
        changes.expect("readable").len(),
        chair.get("/audit").await.ok(),
        chair.get("/quarantine").await.ok(),
    )
}

async fn try_all(stage: Stage) {
    let mut scene = Scene::at(&stage).await;
    let relay = scene.served.relay.clone();
    let chair = Visitor::with_role(&relay, &scene.made, "facilitator").named("chair");
    chair.get("").await.ok();
    for role in Role::ALL {
        let who = Visitor::with_role(&relay, &scene.made, role.as_str()).named(role.as_str());
        who.get("").await.ok();
        for asked in all_requests(&scene, &stage, role).await {
            scene.hear_all(DocumentKind::Record).await;
            let before = state(&scene, &chair).await;
            let what = format!("{role} {stage} {} {}", asked.path, asked.body);
            let answer = match asked.method {
                Method::PUT => who.put(&asked.path, asked.body).await,
                _ => who.post(&asked.path, asked.body).await,
            };
            if !Access::of(role).may(asked.act, &stage) {
                nothing_was_done(&mut scene, &chair, &answer, before, &what).await;
                continue;
            }
            answer.ok();
            it_was_done(&mut scene, &chair, &before, &what).await;
            if asked.act == Act::SetStage {
                back_to(&chair, &stage).await;
                scene.join_again().await;
            }
        }
    }
    scene.served.stopped().await.expect("ends in order");
}

/// It is noted, and all who follow the record hear of it, unless the new stage has sent them away.
async fn it_was_done(scene: &mut Scene, chair: &Visitor, before: &State, what: &str) {
    let after = state(scene, chair).await;
    assert_ne!(before.1, after.1, "{what}: it is noted");
    if !what.contains("/stage") {
        scene.hear_all(DocumentKind::Record).await;
        let observer = &scene.observers[&DocumentKind::Record].document;
        assert_eq!(observer.get_changes_meta(&[]).len(), after.0, "{what}");
    }
}

/// It is said why not, and nobody hears of anything.
async fn nothing_was_done(
    scene: &mut Scene,
    chair: &Visitor,
    answer: &Answer,
    before: State,
    what: &str,
) {
    let told = answer.refused();
    assert!(matches!(told.0, 403 | 409), "{what}: {told:?}");
    for member in ["detail", "hint"] {
        let words = answer.body[member].as_str().unwrap_or_default();
        assert!(!words.is_empty(), "{what}: {}", answer.body);
    }
    assert_eq!(state(scene, chair).await, before, "{what}");
    scene.hear_all(DocumentKind::Record).await;
    let observer = &scene.observers[&DocumentKind::Record].document;
    assert_eq!(observer.get_changes_meta(&[]).len(), before.0, "{what}");
}

/// The next is tried from where this one was.
async fn back_to(chair: &Visitor, stage: &Stage) {
    let back = json!({"stage": stage.to_string(), "reason": "once more"});
    chair.post("/stage", back).await.ok();
}

#[tokio::test]
async fn drafting() {
    try_all(Stage::Drafting).await;
}

#[tokio::test]
async fn review() {
    try_all(Stage::Review).await;
}

#[tokio::test]
async fn settling() {
    try_all(Stage::Settling).await;
}

#[tokio::test]
async fn the_end() {
    try_all(Stage::Final).await;
}
