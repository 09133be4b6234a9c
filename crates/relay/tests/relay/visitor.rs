//! Somebody who uses the HTTP interface: with a link, and as a participant.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use plenary_relay::Relay;
use serde_json::Value;

use super::start::{Made, body, request, send};

/// Somebody with a link, or a cookie, and perhaps a name.
#[derive(Clone)]
pub struct Visitor {
    relay: Relay,
    draft: String,
    headers: Vec<(&'static str, String)>,
    peer: Option<std::net::SocketAddr>,
}

/// A status and what was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }

    /// The status and code of a refusal.
    pub fn refused(&self) -> (u16, &str) {
        assert!(!self.status.is_success(), "{self:?}");
        let code = self.body["code"].as_str().unwrap_or_default();
        (self.status.as_u16(), code)
    }
}

impl Visitor {
    /// With the link of a role.
    pub fn with_role(relay: &Relay, made: &Made, role: &str) -> Self {
        Self::with_secret(relay, made, &made.secret(role))
    }

    /// With a secret.
    pub fn with_secret(relay: &Relay, made: &Made, secret: &str) -> Self {
        let bearer = format!("Bearer {secret}");
        Self {
            relay: relay.clone(),
            draft: format!("/api/v1/drafts/{}", made.id),
            headers: vec![("authorization", bearer)],
            peer: None,
        }
    }

    /// With the link that an answer holds.
    pub fn with_url(relay: &Relay, made: &Made, url: &Value) -> Self {
        let url = url.as_str().expect("a link");
        let secret = url.split('#').nth(1).expect("a secret");
        Self::with_secret(relay, made, secret)
    }

    /// As this participant.
    pub fn named(mut self, name: &str) -> Self {
        let secret = format!("a secret that is kept by {name}");
        self.headers.push(("plenary-participant", secret));
        self
    }

    /// With a cookie in place of the bearer.
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "authorization");
        self.headers.push(("cookie", cookie.to_owned()));
        self
    }

    /// With one header more.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// From an address.
    pub fn from(mut self, address: &str) -> Self {
        self.peer = Some(format!("{address}:4711").parse().expect("an address"));
        self
    }

    /// A request under the draft's address.
    pub fn request(&self, method: Method, path: &str, json: Option<&Value>) -> Request<Body> {
        let path = format!("{}{path}", self.draft);
        self.absolute(method, &path, json)
    }

    fn absolute(&self, method: Method, path: &str, json: Option<&Value>) -> Request<Body> {
        let mut request = request(method, path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if json.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        let body = json.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        request.body(body).expect("a request")
    }

    /// Sends it.
    pub async fn raw(&self, method: Method, path: &str, json: Option<&Value>) -> Response {
        send(&self.relay, self.request(method, path, json)).await
    }

    /// Sends bytes.
    pub async fn raw_bytes(&self, method: Method, path: &str, bytes: Vec<u8>) -> Response {
        let request = self.request(method, path, None);
        send(&self.relay, request.map(|_| Body::from(bytes))).await
    }

    async fn ask(&self, method: Method, path: &str, json: Option<&Value>) -> Answer {
        let response = self.raw(method, path, json).await;
        answer(response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, json: Value) -> Answer {
        self.ask(Method::POST, path, Some(&json)).await
    }

    pub async fn put(&self, path: &str, json: Value) -> Answer {
        self.ask(Method::PUT, path, Some(&json)).await
    }

    pub async fn patch(&self, path: &str, json: Value) -> Answer {
        self.ask(Method::PATCH, path, Some(&json)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    /// Opens a session with the link.
    pub async fn session(&self, made: &Made, secret: &str) -> Response {
        let exchange = serde_json::json!({"document_id": made.id.to_string(), "secret": secret});
        let mut anonymous = self.clone();
        anonymous
            .headers
            .retain(|(name, _)| *name != "authorization");
        let request = anonymous.absolute(Method::POST, "/api/v1/session", Some(&exchange));
        send(&self.relay, request).await
    }
}

/// Reads an answer; a refusal must be problem details.
pub async fn answer(response: Response) -> Answer {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).cloned();
    let bytes = body(response).await;
    if status.is_client_error() || status.is_server_error() {
        assert_eq!(kind.expect("a type"), "application/problem+json");
    }
    Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}
