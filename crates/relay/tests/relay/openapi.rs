//! The description of the interface, and with its help: every address with every wrong role.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use plenary_relay::access::{Role, SiteSecret};
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::{Relay, RelayConfig};
use serde_json::Value;

use super::start::{Made, get, json, make, quick, relay, request, send};
use super::visitor::answer;

/// One operation of the description.
struct Operation {
    method: Method,
    path: String,
    role: String,
    is_stream: bool,
    body: Option<Value>,
}

async fn description(relay: &Relay) -> Value {
    let answer = get(relay, "/api/v1/openapi.json", None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    json(answer).await
}

fn operations(description: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            if operation["operationId"].is_null() {
                continue;
            }
            let name = format!("{method} {path}");
            let role = operation["x-plenary-role"].as_str();
            operations.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                role: role
                    .unwrap_or_else(|| panic!("{name} says no role"))
                    .to_owned(),
                is_stream: operation["x-plenary-stream"] == true,
                body: operation.get("requestBody").cloned(),
            });
        }
    }
    operations
}

/// Sends an operation with something in every place of its address, and a body that is an object.
async fn attempt(
    relay: &Relay,
    made: &Made,
    operation: &Operation,
    secret: Option<&str>,
) -> super::visitor::Answer {
    let path = operation
        .path
        .replace("{id}", &made.id.to_string())
        .replace("{kind}", "comments")
        .replace("{entry}", "1");
    let path: String = path
        .split('/')
        .map(|part| {
            if part.starts_with('{') {
                "anything"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/");
    let mut request = request(operation.method.clone(), &format!("/api/v1{path}"))
        .header("plenary-participant", "somebody who must not do this");
    if let Some(secret) = secret {
        request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
    }
    let body = match &operation.body {
        Some(_) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(example(&operation.path).to_string())
        }
        None => Body::empty(),
    };
    answer(send(relay, request.body(body).expect("a request")).await).await
}

/// A body that could be taken, so that nothing but the role stands in the way.
fn example(path: &str) -> Value {
    let last = path.rsplit('/').next().unwrap_or_default();
    match last {
        "links" => serde_json::json!({"role": "viewer"}),
        "stage" => serde_json::json!({"stage": "review"}),
        "milestones" => serde_json::json!({"name": "M"}),
        "groups" => serde_json::json!({"groups": [{"name": "G"}]}),
        "moderate" => serde_json::json!({"action": "hide", "reason": "r"}),
        "merge" => serde_json::json!({"into": "anything"}),
        "delete" => serde_json::json!({"title": "A title"}),
        "admit" | "decline" => serde_json::json!({"reason": "r"}),
        "drafts" => serde_json::json!({"title": "T"}),
        _ => serde_json::json!({}),
    }
}

#[tokio::test]
async fn every_address_refuses_every_role_that_is_too_low() {
    let config = RelayConfig {
        public_url: Some("https://drafts.example.org".into()),
        site_secret: Some(SiteSecret::new("opensesame")),
        ..quick()
    };
    let storage = Arc::new(MemoryStorage::new());
    // The draft is made where one may, and attacked where one must show who one is.
    let here = relay(quick(), storage.clone());
    let (made, other) = (make(&here, "text").await, make(&here, "other").await);
    let relay = relay(config, storage);
    let all = operations(&description(&relay).await);
    assert!(all.len() >= 25, "{} operations", all.len());
    for operation in &all {
        let name = format!("{} {}", operation.method, operation.path);
        if operation.role == "anybody" {
            continue;
        }
        let answer = attempt(&relay, &made, operation, None).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{name} without a secret"
        );
        let strangers = [
            other.secret("facilitator"),
            "1".repeat(43),
            "nonsense".to_owned(),
        ];
        for secret in &strangers {
            let answer = attempt(&relay, &made, operation, Some(secret)).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{name} with another secret"
            );
        }
        if operation.role == "site" {
            let answer = attempt(&relay, &made, operation, Some(&made.secret("facilitator"))).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{name} with a draft's link"
            );
            continue;
        }
        let least = Role::parse(&operation.role).expect("a role");
        for role in Role::ALL {
            let secret = made.secret(role.as_str());
            if role < least {
                let answer = attempt(&relay, &made, operation, Some(&secret)).await;
                assert_eq!(answer.refused(), (403, "role_too_low"), "{name} as {role}");
            } else if role == least && operation.method == Method::GET && !operation.is_stream {
                let answer = attempt(&relay, &made, operation, Some(&secret)).await;
                assert_ne!(answer.status, StatusCode::FORBIDDEN, "{name} as {role}");
            }
        }
    }
}

/// Every address that tells something, those to come included.
#[tokio::test]
async fn no_address_tells_a_viewer_a_word_under_embargo() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let made = make(&relay, "# Zanzibar\n\nthe embargoed words\n").await;
    let secret = made.secret("facilitator");
    let post = |path: &str, body: Value| {
        let request = request(Method::POST, &format!("/api/v1/drafts/{}{path}", made.id))
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        send(&relay, request.expect("a request"))
    };
    let cut = post("/milestones", serde_json::json!({"name": "As it stood"})).await;
    assert_eq!(cut.status(), StatusCode::CREATED);
    let far = i64::from(u32::MAX) * 1000;
    let review = serde_json::json!({"stage": "review", "opens_ms": far});
    assert_eq!(post("/stage", review).await.status(), StatusCode::OK);
    let mut told = 0;
    for operation in operations(&description(&relay).await) {
        if operation.method != Method::GET || operation.is_stream {
            continue;
        }
        for (role, may) in [("viewer", false), ("facilitator", true)] {
            let path = operation.path.replace("{id}", &made.id.to_string());
            let secret = made.secret(role);
            let answer = get(&relay, &format!("/api/v1{path}"), Some(&secret)).await;
            let headers = format!("{:?}", answer.headers());
            let body = super::start::body(answer).await;
            let body = String::from_utf8_lossy(&body);
            let is_told = body.contains("embargoed") || body.contains("Zanzibar");
            assert!(may || !is_told, "{role} at {}: {body}", operation.path);
            assert!(!headers.contains("Zanzibar"), "{headers}");
            told += usize::from(may && is_told);
        }
    }
    assert!(told >= 2, "the page and the Markdown tell it those who may");
}

#[tokio::test]
async fn the_description_is_whole() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    let description = description(&relay).await;
    assert!(
        description["openapi"]
            .as_str()
            .expect("a version")
            .starts_with("3.1")
    );
    let text = description.to_string();
    let credits = &description["components"]["schemas"]["Credit"]["enum"];
    let words = serde_json::json!(["by-name", "organisation", "anonymous"]);
    assert_eq!(credits, &words, "as they are told");
    // Every reference leads somewhere.
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().expect("an end");
        assert!(
            description.pointer(pointer).is_some(),
            "{pointer} leads nowhere"
        );
    }
    for operation in operations(&description) {
        let path = &description["paths"][&operation.path];
        let method = operation.method.as_str().to_lowercase();
        let responses = &path[&method]["responses"];
        assert!(responses["403"]["content"]["application/problem+json"].is_object());
        for part in operation
            .path
            .split('/')
            .filter(|part| part.starts_with('{'))
        {
            let parameters = path[&method]["parameters"].as_array().expect("parameters");
            let name = part.trim_matches(['{', '}']);
            let is_there = parameters.iter().any(|parameter| parameter["name"] == name);
            assert!(is_there, "{} does not describe {name}", operation.path);
        }
    }
}

#[tokio::test]
async fn what_an_address_does_not_know_is_a_problem_too() {
    let relay = relay(quick(), Arc::new(MemoryStorage::new()));
    for (method, path, status) in [
        (Method::DELETE, "/api/v1/session", 405),
        (Method::PUT, "/healthz", 405),
        (Method::GET, "/api/v1/drafts/%ff", 400),
        (Method::GET, "/api/v1/drafts/..%2f..%2fetc%2fpasswd", 400),
        (Method::GET, "/api/v2/anything", 404),
        (Method::GET, "/pages/%ff", 400),
    ] {
        let request = request(method, path)
            .body(Body::empty())
            .expect("a request");
        let answer = answer(send(&relay, request).await).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        let told = answer.body;
        assert_eq!(told["status"], status);
        for member in ["type", "title", "detail", "code", "hint"] {
            assert!(
                told[member].as_str().is_some_and(|text| !text.is_empty()),
                "{told}"
            );
        }
    }
}
