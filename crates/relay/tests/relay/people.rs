//! People: told as far as each of them allows.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use plenary_relay::storage::memory::MemoryStorage;
use serde_json::{Value, json};

use super::start::{body, get, make, quick, relay};
use super::visitor::{Visitor, answer};

fn fresh() -> plenary_relay::Relay {
    relay(quick(), Arc::new(MemoryStorage::new()))
}

fn people(answer: &Value) -> Vec<Value> {
    answer["people"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_session_tells_who_one_is_and_from_what_to_choose() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let secret = made.secret("reviewer");
    let visitor = Visitor::with_role(&relay, &made, "reviewer").named("anna");
    let opened = visitor.session(&made, &secret).await;
    let cookie = opened.headers()[header::SET_COOKIE].clone();
    let session = answer(opened).await.ok();
    assert_eq!(session["role"], "reviewer");
    assert_eq!(
        (&session["stage"], &session["title"]),
        (&json!("drafting"), &json!("A title"))
    );
    assert_eq!(
        session["person"]["guest"], true,
        "she has joined and said nothing"
    );
    let groups = session["groups"].as_array().expect("a list");
    assert_eq!(groups.len(), 7);
    assert_eq!(groups[0]["name"], "Governments");
    assert!(session["participant"].is_string());
    let pair = cookie.to_str().expect("text").split(';').next();
    let page = visitor.with_cookie(pair.expect("a pair"));
    let me = json!({
        "name": " Anna ", "affiliation": "Ministry", "group": groups[0]["key"],
        "capacity": "on-behalf-of", "on_behalf_of": "The council", "credit": "organisation",
    });
    let anna = page.put("/people/me", me).await.ok();
    assert_eq!(
        (&anna["name"], &anna["guest"]),
        (&json!("Anna"), &json!(false))
    );
    assert_eq!(anna["participant"], session["participant"]);
    assert_eq!(
        page.get("").await.ok()["person"]["on_behalf_of"],
        "The council"
    );
    let wrong = page.put("/people/me", json!({"group": "none"})).await;
    assert_eq!(wrong.refused(), (422, "bad_field"));
    let guest = page.put("/people/me", json!({})).await.ok();
    assert_eq!(guest["guest"], true);
}

#[tokio::test]
async fn each_person_is_told_as_they_allow() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let write = async |name: &str, credit: &str, withheld: bool| {
        let person = Visitor::with_role(&relay, &made, "editor").named(name);
        let entry = json!({
            "name": name, "affiliation": format!("{name}'s office"),
            "credit": credit, "withheld": withheld,
        });
        person.put("/people/me", entry).await.ok()
    };
    write("anna", "by-name", false).await;
    write("ben", "organisation", false).await;
    write("carl", "anonymous", false).await;
    let dora = write("dora", "by-name", true).await;
    assert_eq!(dora["name"], "dora", "she sees herself");
    let seen = async |role: &str| {
        let reader = Visitor::with_role(&relay, &made, role);
        people(&reader.get("/people").await.ok())
    };
    for role in ["reviewer", "editor", "facilitator"] {
        let all = seen(role).await;
        let text = json!(all).to_string();
        for name in ["anna", "ben", "carl"] {
            assert!(text.contains(name), "{role} works with {name}");
        }
        assert!(!text.contains("dora"), "{role}: {text}");
        let withheld = all.iter().find(|person| person["withheld"] == true);
        let withheld = withheld.expect("she is there, as somebody");
        let told: Vec<_> = withheld.as_object().expect("an object").keys().collect();
        assert_eq!(told, ["former", "guest", "participant", "withheld"]);
    }
    let all = json!(seen("viewer").await).to_string();
    for (word, is_told) in [
        ("anna", true),
        ("ben's office", true),
        ("\"ben\"", false),
        ("carl", false),
        ("dora", false),
        ("participant", false),
        ("created_ms", false),
    ] {
        assert_eq!(all.contains(word), is_told, "{word} in {all}");
    }
    let secret = made.secret("reviewer");
    let path = format!("/api/v1/drafts/{}", made.id);
    let bundle = body(get(&relay, &format!("{path}/bundle"), Some(&secret)).await).await;
    let bundle = String::from_utf8_lossy(&bundle).into_owned();
    for (word, is_told) in [
        ("anna", true),
        ("ben's office", true),
        ("carl", false),
        ("dora", false),
    ] {
        assert_eq!(bundle.contains(word), is_told, "{word} in the bundle");
    }
}

#[tokio::test]
async fn an_entry_is_erased_and_its_owner_is_a_former_participant() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let anna = Visitor::with_role(&relay, &made, "editor").named("anna");
    let id = anna
        .put("/people/me", json!({"name": "Anna Unique"}))
        .await
        .ok();
    let gone = anna.delete("/people/me").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let all = chair.get("/people").await.ok();
    assert!(!all.to_string().contains("Anna"), "{all}");
    let former = people(&all);
    let former = former
        .iter()
        .find(|p| p["participant"] == id["participant"]);
    assert_eq!(former.expect("listed")["former"], true);
    let trail = chair.get("/audit").await.ok().to_string();
    assert!(
        trail.contains("entry-erased") && !trail.contains("Unique"),
        "{trail}"
    );
    let path = format!("/people/{}", id["participant"].as_str().expect("an id"));
    let answer = chair.patch(&path, json!({"name": "Anna again"})).await;
    assert_eq!(answer.refused(), (409, "conflict"));
    let back = anna.put("/people/me", json!({"name": "Anna"})).await.ok();
    assert_eq!(back["former"], false);
}

#[tokio::test]
async fn facilitators_add_correct_and_merge_visibly() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let chair = Visitor::with_role(&relay, &made, "facilitator").named("chair");
    let me = chair.get("").await.ok()["participant"].clone();
    let added = chair.post("/people", json!({"name": "By mail"})).await;
    assert_eq!(added.status, StatusCode::CREATED);
    let added = added.ok();
    assert_eq!(added["added_by"], me);
    let anna = Visitor::with_role(&relay, &made, "reviewer").named("anna");
    let anna_id = anna.put("/people/me", json!({"name": "Ana"})).await.ok();
    let anna_id = anna_id["participant"].as_str().expect("an id").to_owned();
    let path = format!("/people/{anna_id}");
    let corrected = chair.patch(&path, json!({"name": "Anna"})).await.ok();
    assert_eq!(
        (&corrected["name"], &corrected["corrected_by"]),
        (&json!("Anna"), &me)
    );
    for wider in [
        json!({"credit": "anonymous"}),
        json!({"withheld": false, "credit": "organisation"}),
    ] {
        let answer = chair.patch(&path, wider).await;
        assert_eq!(answer.refused(), (422, "bad_field"));
    }
    anna.put("/people/me", json!({"name": "Anna", "withheld": true}))
        .await
        .ok();
    let answer = chair.patch(&path, json!({"withheld": false})).await;
    assert_eq!(answer.refused(), (422, "bad_field"), "that is hers to say");
    let from = added["participant"].as_str().expect("an id");
    let merge = chair
        .post(&format!("/people/{from}/merge"), json!({"into": anna_id}))
        .await;
    assert_eq!(merge.ok()["also"], json!([from]));
    let again = chair
        .post(&format!("/people/{from}/merge"), json!({"into": anna_id}))
        .await;
    assert_eq!(again.refused(), (409, "conflict"));
    let trail = chair.get("/audit").await.ok().to_string();
    for kind in ["person-added", "entry-corrected", "entry-written", "merged"] {
        assert!(trail.contains(kind), "{kind} in {trail}");
    }
    for name in ["Anna", "By mail"] {
        assert!(!trail.contains(name), "{name} in {trail}");
    }
    let editor = Visitor::with_role(&relay, &made, "editor").named("ed");
    assert_eq!(
        editor.post("/people", json!({})).await.refused(),
        (403, "role_too_low")
    );
    assert_eq!(
        editor.patch(&path, json!({})).await.refused(),
        (403, "role_too_low")
    );
    assert_eq!(editor.delete(&path).await.refused(), (403, "role_too_low"));
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let visitor = Visitor::with_role(&relay, &made, "facilitator");
    let opened = visitor.session(&made, &made.secret("facilitator")).await;
    let cookie = opened.headers()[header::SET_COOKIE].clone();
    let pair = cookie
        .to_str()
        .expect("text")
        .split(';')
        .next()
        .expect("a pair")
        .to_owned();
    let page = visitor.with_cookie(&pair);
    assert_eq!(page.get("/links").await.status, StatusCode::OK);
    let link = json!({"role": "viewer"});
    assert_eq!(
        page.post("/links", link.clone()).await.refused(),
        (403, "no_intent")
    );
    let ours = page.clone().header("plenary-request", "1");
    assert_eq!(ours.post("/links", link).await.status, StatusCode::CREATED);
    let foreign = ours.header("origin", "https://evil.example");
    assert_eq!(
        foreign.get("/links").await.refused(),
        (403, "foreign_origin")
    );
}

#[tokio::test]
async fn the_history_says_when_of_those_only_who_let_it() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let reviewer = Visitor::with_role(&relay, &made, "reviewer").named("r");
    let history = reviewer.get("/history").await.ok();
    let changes = history["changes"].as_array().expect("a list");
    assert!(changes.iter().all(|change| change["received_ms"].is_i64()));
    assert!(
        changes
            .iter()
            .all(|change| change["participant"].is_string())
    );
    let bad = reviewer.raw(Method::PUT, "/people/me", None).await;
    assert_eq!(answer(bad).await.refused().0, 400);
}

#[tokio::test]
async fn a_browser_without_script_opens_a_link_by_a_form() {
    let relay = fresh();
    let made = make(&relay, "text").await;
    let link = made.answer["links"]["viewer"].as_str().expect("a link");
    let form = |link: &str, site: &str| {
        let link = link
            .replace('#', "%23")
            .replace(':', "%3A")
            .replace('/', "%2F");
        super::start::request(Method::POST, &format!("/read/{}", made.id))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "null")
            .header("sec-fetch-site", site)
            .body(axum::body::Body::from(format!("link={link}")))
            .expect("a request")
    };
    let opened = super::start::send(&relay, form(link, "same-origin")).await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let place = format!("/api/v1/drafts/{}/html", made.id);
    assert_eq!(opened.headers()[header::LOCATION], place.as_str());
    let cookie = opened.headers()[header::SET_COOKIE].to_str().expect("text");
    let pair = cookie.split(';').next().expect("a pair");
    let reader = Visitor::with_role(&relay, &made, "viewer").with_cookie(pair);
    let html = body(reader.raw(Method::GET, "/html", None).await).await;
    assert!(String::from_utf8_lossy(&html).contains("text"));
    let foreign = super::start::send(&relay, form(link, "cross-site")).await;
    assert_eq!(answer(foreign).await.refused(), (403, "foreign_origin"));
    let wrong = super::start::send(&relay, form("nonsense", "same-origin")).await;
    assert_eq!(answer(wrong).await.refused(), (403, "wrong_secret"));
}
