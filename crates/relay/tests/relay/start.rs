//! Relays for tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use plenary_draft::DocumentId;
use plenary_relay::storage::Storage;
use plenary_relay::storage::memory::MemoryStorage;
use plenary_relay::{
    AccessMode, Bounds, Language, Relay, RelayConfig, RenderError, RenderInput, RenderedPage,
    Renderer, ServeError, Templates, app, serve,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// The style of a test's page.
const STYLE: &str = "pre{color:red}";
/// Its SHA-256 hash in base64.
pub const STYLE_HASH: &str = "kBnXkGn3uxixcWVf3Vzecvo9fJ3Fk6qEm+Iz11Qst8A=";

/// Renders enough to see what it was given.
pub struct PlainRenderer;

impl Renderer for PlainRenderer {
    fn html(&self, input: &RenderInput) -> Result<RenderedPage, RenderError> {
        if input.markdown.contains("unrenderable") {
            return Err(RenderError("the test says so".into()));
        }
        Ok(RenderedPage {
            html: format!(
                "<!doctype html><title>{}</title><style>{STYLE}</style><i>{}</i><pre>{}</pre>",
                input.title, input.stage, input.markdown
            ),
            style_hashes: vec![STYLE_HASH.to_owned()],
        })
    }
}

/// A relay that is not served.
pub fn relay(config: RelayConfig, storage: Arc<dyn Storage>) -> Relay {
    let templates = Templates::default()
        .with("report", Language::English, "# Report\n")
        .with("report", Language::French, "# Rapport\n");
    Relay::new(config, storage, Arc::new(PlainRenderer), templates).expect("random numbers")
}

/// Settings under which nothing takes long.
pub fn quick() -> RelayConfig {
    RelayConfig {
        bounds: Bounds {
            join_timeout: Duration::from_millis(300),
            room_idle: Duration::from_millis(50),
            news_interval_ms: 0,
            shutdown: Duration::from_secs(5),
            ..Bounds::default()
        },
        ..RelayConfig::default()
    }
}

/// The same for open access.
pub fn quick_open() -> RelayConfig {
    RelayConfig {
        access: AccessMode::Open,
        ..quick()
    }
}

/// A relay on a port of its own.
pub struct Served {
    pub relay: Relay,
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    /// Serves over a storage in memory.
    pub async fn start(config: RelayConfig) -> Self {
        Self::start_over(config, Arc::new(MemoryStorage::new())).await
    }

    /// Serves over a given storage.
    pub async fn start_over(config: RelayConfig, storage: Arc<dyn Storage>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let relay = relay(config, storage);
        let (stop, stopped) = oneshot::channel::<()>();
        let served = serve(relay.clone(), listener, async {
            let _ = stopped.await;
        });
        Self {
            relay,
            address,
            stop: Some(stop),
            task: tokio::spawn(served),
        }
    }

    /// Asks the relay to stop.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops the relay and waits until it has ended.
    pub async fn stopped(mut self) -> Result<(), ServeError> {
        self.stop();
        self.task.await.expect("serving did not panic")
    }

    /// Makes a draft.
    pub async fn draft(&self, markdown: &str) -> Made {
        make(&self.relay, markdown).await
    }
}

/// A draft as the answer to its creation told it.
pub struct Made {
    pub id: DocumentId,
    pub answer: serde_json::Value,
}

impl Made {
    /// The secret of a role.
    pub fn secret(&self, role: &str) -> String {
        let link = self.answer["links"][role].as_str().expect("a link");
        link.split('#').nth(1).unwrap_or_default().to_owned()
    }
}

/// Makes a draft over HTTP.
pub async fn make(relay: &Relay, markdown: &str) -> Made {
    let body = serde_json::json!({"title": "A title", "markdown": markdown});
    let response = post(relay, "/api/v1/drafts", &body).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let answer = json(response).await;
    let id = answer["document_id"].as_str().expect("an id");
    Made {
        id: id.parse().expect("a document id"),
        answer,
    }
}

/// A request as this machine would make it.
pub fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8320")
}

/// Sends a request to a relay without a socket.
pub async fn send(relay: &Relay, request: Request<Body>) -> Response {
    app(relay.clone())
        .oneshot(request)
        .await
        .expect("infallible")
}

/// Posts JSON.
pub async fn post(relay: &Relay, path: &str, body: &serde_json::Value) -> Response {
    let request = request(Method::POST, path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .expect("a request");
    send(relay, request).await
}

/// Gets something with a secret.
pub async fn get(relay: &Relay, path: &str, secret: Option<&str>) -> Response {
    let mut request = request(Method::GET, path);
    if let Some(secret) = secret {
        request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
    }
    send(relay, request.body(Body::empty()).expect("a request")).await
}

/// The body of an answer.
pub async fn body(response: Response) -> Vec<u8> {
    let collected = response.into_body().collect().await.expect("a body");
    collected.to_bytes().to_vec()
}

/// The body of an answer as JSON.
pub async fn json(response: Response) -> serde_json::Value {
    serde_json::from_slice(&body(response).await).expect("JSON")
}
