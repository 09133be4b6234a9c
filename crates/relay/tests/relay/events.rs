//! Following a draft by server-sent events.

use std::sync::Arc;

use axum::body::BodyDataStream;
use axum::http::{Method, StatusCode, header};
use futures_util::StreamExt;
use plenary_relay::storage::memory::MemoryStorage;
use serde_json::{Value, json};

use super::client::{PATIENCE, Peer, has, within_a_second};
use super::start::{Served, make, quick, relay};
use super::visitor::Visitor;

/// The events of one stream.
struct Events {
    stream: BodyDataStream,
    text: String,
}

impl Events {
    async fn of(visitor: &Visitor) -> Self {
        let response = visitor.raw(Method::GET, "/events", None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        Self {
            stream: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next event: its name and data; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::trim)
                };
                if let (Some(name), Some(data)) = (field("event:"), field("data:")) {
                    return Some((name.to_owned(), serde_json::from_str(data).expect("JSON")));
                }
                continue;
            }
            let more = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            let more = more.expect("something comes")?;
            let more = more.expect("the stream is whole");
            self.text += std::str::from_utf8(&more).expect("text");
        }
    }

    /// The next event of a name, whatever comes in between.
    async fn wait_for(&mut self, name: &str) -> Value {
        loop {
            match self.next().await {
                Some((found, data)) if found == name => return data,
                Some(_) => {}
                None => panic!("the stream ended without `{name}`"),
            }
        }
    }
}

#[tokio::test]
async fn a_reader_hears_of_text_stage_and_people() {
    let served = Served::start(quick()).await;
    let made = served.draft("text").await;
    let chair = Visitor::with_role(&served.relay, &made, "facilitator").named("chair");
    let reader = Visitor::with_role(&served.relay, &made, "viewer");
    let mut events = Events::of(&reader).await;
    assert_eq!(events.wait_for("stage").await["stage"], "drafting");
    let first = events.wait_for("text").await["heads"].clone();
    assert_eq!(first, reader.get("").await.ok()["heads"]);
    let text = chair.get("").await.ok()["documents"]["text"].clone();
    let text = text.as_str().expect("an id").parse().expect("an id");
    let query = format!("?access={}&draft={}", made.secret("editor"), made.id);
    let mut editor = Peer::join("editor", served.address, &query, text).await;
    editor.sync_until(has("sections")).await;
    editor.write("something", "new");
    editor.sync_until_saved().await;
    assert_ne!(events.wait_for("text").await["heads"], first);
    chair.put("/people/me", json!({"name": "Chair"})).await.ok();
    events.wait_for("people").await;
    chair
        .post("/stage", json!({"stage": "settling"}))
        .await
        .ok();
    assert_eq!(events.wait_for("stage").await["stage"], "settling");
    served
        .stopped()
        .await
        .expect("an open stream does not hold the relay up");
}

#[tokio::test]
async fn the_embargoed_text_is_told_when_it_opens() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let opens = i64::try_from(since.expect("after 1970").as_millis()).expect("fits") + 500;
    let review = json!({"stage": "review", "opens_ms": opens});
    chair.post("/stage", review).await.ok();
    let reader = Visitor::with_role(&relay, &made, "viewer");
    let mut events = Events::of(&reader).await;
    let (name, data) = events.next().await.expect("an event");
    assert_eq!((name.as_str(), &data["opens_ms"]), ("stage", &json!(opens)));
    let (name, data) = events.next().await.expect("an event");
    assert_eq!(name, "text");
    assert!(
        data["changed_ms"].as_i64().expect("a time") >= opens,
        "not early"
    );
}

#[tokio::test]
async fn who_loses_access_is_told_and_let_go() {
    within_a_second(|| async {
        let relay = relay(quick(), Arc::new(MemoryStorage::new()));
        let made = make(&relay, "text").await;
        let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
        let link = chair.post("/links", json!({"role": "viewer"})).await.ok();
        let reader = Visitor::with_url(&relay, &made, &link["url"]);
        let mut events = Events::of(&reader).await;
        events.wait_for("text").await;
        let begun = std::time::Instant::now();
        let path = format!("/links/{}", link["id"].as_str().expect("an id"));
        chair.delete(&path).await.ok();
        events.wait_for("gone").await;
        let taken = begun.elapsed();
        assert_eq!(events.next().await, None);
        let other = Visitor::with_role(&relay, &made, "viewer");
        let mut events = Events::of(&other).await;
        events.wait_for("text").await;
        chair
            .post("/delete", json!({"title": "A title"}))
            .await
            .ok();
        events.wait_for("gone").await;
        taken
    })
    .await;
}
