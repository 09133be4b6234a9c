//! Ids tried one after the other: those of drafts by a stranger, those of one draft's parts by whoever
//! has another draft's link.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::Method;
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::{Bounds, Relay, RelayConfig};
use serde_json::{Value, json};

use super::start::{Made, make, quick, relay};
use super::visitor::Visitor;

/// How many wrong guesses an address has in a minute.
const GUESSES: u32 = 3;

fn fresh() -> Relay {
    let config = RelayConfig {
        bounds: Bounds {
            guesses_per_minute: GUESSES,
            ..quick().bounds
        },
        ..quick()
    };
    relay(config, Arc::new(MemoryStorage::new()))
}

/// An id that an answer holds, as bytes.
fn id(answer: &Value, field: &str) -> Vec<u8> {
    let text = answer[field].as_str().expect("an id");
    bs58::decode(text).into_vec().expect("base58")
}

/// Counted ids, and those that begin with a time, have neighbours: much of one is as in the next.
/// Of 128 random bits half differ, give or take six; fewer than 24 do once in 10 to the power of 12.
fn have_no_neighbours(ids: &[Vec<u8>]) {
    for (at, one) in ids.iter().enumerate() {
        assert!(one.len() >= 16, "128 bits and more");
        for other in &ids[at + 1..] {
            let bits = one
                .iter()
                .zip(other)
                .map(|(one, other)| (one ^ other).count_ones());
            assert!(bits.sum::<u32>() >= 24, "{one:x?} and {other:x?}");
        }
    }
}

#[tokio::test]
async fn ids_are_long_and_tell_nothing_of_the_next_one() {
    let relay = fresh();
    let (mut drafts, mut links, mut people) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..6 {
        let made = make(&relay, "text").await;
        drafts.push(made.id.as_bytes().to_vec());
        let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
        let link = chair.post("/links", json!({"role": "editor"})).await.ok();
        links.push(id(&link, "id"));
        let person = chair.post("/people", json!({"name": "By mail"})).await.ok();
        people.push(id(&person, "participant"));
    }
    for ids in [&drafts, &links, &people] {
        have_no_neighbours(ids);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}

/// Whether a draft exists can be told from the answers, so that whoever mistypes a link learns what
/// is wrong. What keeps it from being used is that ids are long, and that tries are counted alike.
#[tokio::test]
async fn trying_ids_of_drafts_ends_after_a_few() {
    let relay = fresh();
    let [own, other] = [make(&relay, "mine").await, make(&relay, "yours").await];
    let secret = own.secret("facilitator");
    let from = |made: &Made| Visitor::with_secret(&relay, made, &secret).from("203.0.113.9");
    let mut answers = Vec::new();
    for number in 0..GUESSES {
        let missing = Made {
            id: plenary_draft::DocumentId::from_bytes([u8::try_from(number).expect("few"); 16]),
            answer: Value::Null,
        };
        answers.push(from(&missing).get("").await.refused().0);
    }
    assert_eq!(answers, [404; GUESSES as usize]);
    let found = from(&other).raw(Method::GET, "", None).await;
    assert_eq!(found.status(), 429, "one that exists answers no better");
}

#[tokio::test]
async fn ids_of_another_draft_mean_nothing_in_ones_own() {
    let relay = fresh();
    let [own, other] = [make(&relay, "mine").await, make(&relay, "yours").await];
    let [eve, chair] = [&own, &other].map(|made| Visitor::with_role(&relay, made, "facilitator"));
    let (eve, chair) = (eve.named("eve"), chair.named("chair"));
    let link = chair.post("/links", json!({"role": "viewer"})).await.ok();
    let link = format!("/links/{}", link["id"].as_str().expect("an id"));
    let person = chair.post("/people", json!({"name": "By mail"})).await.ok();
    let id = person["participant"].as_str().expect("an id");
    let person = format!("/people/{id}");
    let into = eve.get("").await.ok()["participant"].clone();
    for answer in [
        eve.patch(&link, json!({"label": "taken"})).await,
        eve.delete(&link).await,
        eve.patch(&person, json!({"name": "Taken"})).await,
        eve.post(&format!("{person}/merge"), json!({"into": into}))
            .await,
        eve.delete(&person).await,
    ] {
        assert_eq!(answer.refused(), (404, "no_such_part"));
    }
    // They are the right ids: where they belong, the same requests work.
    assert_eq!(
        chair.patch(&link, json!({"label": "ours"})).await.ok()["label"],
        "ours"
    );
    assert_eq!(
        chair.patch(&person, json!({"name": "Ours"})).await.ok()["name"],
        "Ours"
    );
}
