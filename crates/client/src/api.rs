//! The relay's HTTP interface, as far as the command line needs it. Blocking: call it outside of
//! the async runtime or in `spawn_blocking`.

use std::io::Read;
use std::time::Duration;

use plenary_draft::DocumentId;
use serde::{Deserialize, Serialize};

use crate::draft_client::DraftPart;
use crate::link::{Link, Secret, ServerAddress};
use crate::trust;
use crate::upload::{Sent, Upload};

/// How long one request may take altogether.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long the server may take to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is taken, in bytes: a bundle of the largest promised draft fits.
const MAX_ANSWER_BYTES: u64 = 256 << 20;
/// The largest error answer that is looked at, in bytes.
const MAX_ERROR_BYTES: u64 = 64 << 10;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server was not reached, or the connection broke.
    #[error("the server {server} cannot be reached: {reason}")]
    Unreachable {
        /// Its host.
        server: String,
        /// What the transport said.
        reason: String,
    },
    /// The server refused.
    #[error("the server refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's name for the reason, empty when it gave none.
        code: String,
        /// The server's words, or a sentence of ours when it gave none.
        message: String,
    },
    /// The answer was not what the interface promises.
    #[error("the server's answer cannot be read: {0}")]
    Answer(String),
}

/// What a new draft begins with.
#[derive(Debug, Clone, Serialize)]
pub struct NewDraft {
    /// The title.
    pub title: String,
    /// The first text as Markdown; must be UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// The BCP 47 tag of the language in which it is to be written, one of those that the relay
    /// knows. What the text says of its own language outranks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The four links of a draft.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct DraftLinks {
    /// Everything, including finalising.
    pub facilitator: String,
    /// Writes the text.
    pub editor: String,
    /// Comments and suggests.
    pub reviewer: String,
    /// Reads.
    pub viewer: String,
}

/// The answer to creating a draft; printed as it stands by `plenary new --json`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct CreatedDraft {
    /// The draft's id.
    pub document_id: String,
    /// Its title.
    pub title: String,
    /// Where the relay answers.
    pub server: String,
    /// The complete websocket address with the editor's access in it.
    pub sync_url: String,
    /// The links to hand out.
    pub links: DraftLinks,
}

/// What a link opens, as the relay tells it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Overview {
    /// The draft's id.
    pub document_id: String,
    /// Its title.
    pub title: String,
    /// The language that its metadata name, as a BCP 47 tag; the text's own outranks it.
    #[serde(default)]
    pub language: Option<String>,
    /// What the link allows: `viewer`, `reviewer`, `editor` or `facilitator`.
    pub role: String,
    /// The stage of the draft, as a word.
    pub stage: String,
    /// The heads of the text, in hexadecimal.
    pub heads: Vec<String>,
}

/// Something that the relay rendered or packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendered {
    /// The text as the authors wrote it.
    Markdown,
    /// The text as a page: one self-contained HTML file.
    Html,
    /// The whole draft in one file.
    Bundle,
}

impl Rendered {
    fn path(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Bundle => "bundle",
        }
    }
}

/// A relay's HTTP interface.
pub struct Api {
    server: ServerAddress,
    agent: ureq::Agent,
}

impl Api {
    /// Talks to the relay at `server`.
    pub fn new(server: ServerAddress) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(trust::tls())
            .user_agent(concat!("plenary/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            server,
            agent: config.into(),
        }
    }

    /// Creates a draft. `site_secret` is needed by relays that others can reach. `sent` hears how
    /// many bytes have gone out.
    pub fn create(
        &self,
        draft: &NewDraft,
        site_secret: Option<&Secret>,
        sent: Sent<'_>,
    ) -> Result<CreatedDraft, ApiError> {
        let body =
            serde_json::to_vec(draft).map_err(|error| ApiError::Answer(error.to_string()))?;
        let request = Posted::new("drafts", "application/json", &body);
        let answer = self.post(request, site_secret, sent)?;
        serde_json::from_slice(&answer).map_err(|error| ApiError::Answer(error.to_string()))
    }

    /// Creates a draft from a bundle, history included. `sent` hears how many bytes have gone out.
    pub fn import(
        &self,
        bundle: &[u8],
        site_secret: Option<&Secret>,
        sent: Sent<'_>,
    ) -> Result<CreatedDraft, ApiError> {
        let request = Posted::new("drafts", "application/vnd.plenary.bundle", bundle);
        let answer = self.post(request, site_secret, sent)?;
        serde_json::from_slice(&answer).map_err(|error| ApiError::Answer(error.to_string()))
    }

    /// Asks what a link opens, and for whom: somebody may be allowed less than their link.
    /// `participant` is the secret by which the relay knows them.
    pub fn overview(
        &self,
        draft: DocumentId,
        secret: Option<&Secret>,
        participant: Option<&str>,
    ) -> Result<Overview, ApiError> {
        let answer = self.get_as(&format!("drafts/{draft}"), secret, participant)?;
        serde_json::from_slice(&answer).map_err(|error| ApiError::Answer(error.to_string()))
    }

    /// Hands in changes that were made by a link which was revoked or has expired since:
    /// facilitators decide about them. `changes` are as Automerge encodes them, one after the
    /// other; `participant` is the secret by which the relay had known who made them. Handing in
    /// again does nothing.
    pub fn hand_in(
        &self,
        draft: DocumentId,
        secret: Option<&Secret>,
        participant: &str,
        part: DraftPart,
        changes: &[u8],
    ) -> Result<(), ApiError> {
        let part = match part {
            DraftPart::Record => "record",
            DraftPart::Text => "text",
            DraftPart::Discussion => "discussion",
        };
        let path = format!("drafts/{draft}/hand-in/{part}");
        let request = Posted {
            participant: Some(participant),
            ..Posted::new(&path, "application/octet-stream", changes)
        };
        self.post(request, secret, &mut |_| {}).map(|_| ())
    }

    /// Fetches what the relay rendered or packed for this link.
    pub fn fetch(
        &self,
        draft: DocumentId,
        secret: Option<&Secret>,
        what: Rendered,
    ) -> Result<Vec<u8>, ApiError> {
        self.get(&format!("drafts/{draft}/{}", what.path()), secret)
    }

    fn get(&self, path: &str, secret: Option<&Secret>) -> Result<Vec<u8>, ApiError> {
        self.get_as(path, secret, None)
    }

    fn get_as(
        &self,
        path: &str,
        secret: Option<&Secret>,
        participant: Option<&str>,
    ) -> Result<Vec<u8>, ApiError> {
        let url = format!("{}/api/v1/{path}", self.server.http());
        let mut request = self.agent.get(url);
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {}", secret.expose()));
        }
        if let Some(participant) = participant {
            request = request.header("plenary-participant", participant);
        }
        self.answer(request.call())
    }

    fn post(
        &self,
        posted: Posted<'_>,
        secret: Option<&Secret>,
        sent: Sent<'_>,
    ) -> Result<Vec<u8>, ApiError> {
        let url = format!("{}/api/v1/{}", self.server.http(), posted.path);
        let mut request = self
            .agent
            .post(url)
            .header("content-type", posted.content_type)
            .header("content-length", posted.body.len());
        if let Some(participant) = posted.participant {
            request = request.header("plenary-participant", participant);
        }
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {}", secret.expose()));
        }
        let mut upload = Upload::new(posted.body, sent);
        self.answer(request.send(ureq::SendBody::from_reader(&mut upload)))
    }

    fn answer(
        &self,
        result: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, ApiError> {
        let unreachable = |reason: String| ApiError::Unreachable {
            server: self.server.host().to_owned(),
            reason,
        };
        let mut response = result.map_err(|error| unreachable(error.to_string()))?;
        let status = response.status();
        let limit = if status.is_success() {
            MAX_ANSWER_BYTES
        } else {
            MAX_ERROR_BYTES
        };
        let mut bytes = Vec::new();
        response
            .body_mut()
            .as_reader()
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unreachable(error.to_string()))?;
        if !status.is_success() {
            return Err(refusal(&bytes, status.as_u16()));
        }
        if bytes.len() as u64 > limit {
            return Err(ApiError::Answer(format!(
                "it is longer than {MAX_ANSWER_BYTES} bytes"
            )));
        }
        Ok(bytes)
    }
}

/// What is posted where.
#[derive(Clone, Copy)]
struct Posted<'a> {
    path: &'a str,
    content_type: &'a str,
    body: &'a [u8],
    participant: Option<&'a str>,
}

impl<'a> Posted<'a> {
    fn new(path: &'a str, content_type: &'a str, body: &'a [u8]) -> Self {
        Self {
            path,
            content_type,
            body,
            participant: None,
        }
    }
}

impl Link {
    /// The HTTP interface of the relay that this link names.
    pub fn api(&self) -> Api {
        Api::new(self.server.clone())
    }
}

/// The server's sentences, if its answer is one of ours: problem details (RFC 9457) with `code` and
/// `hint`.
fn refusal(body: &[u8], status: u16) -> ApiError {
    let parsed: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| {
        let text = parsed[name].as_str().unwrap_or_default();
        text.chars()
            .filter(|c| !c.is_control())
            .take(500)
            .collect::<String>()
    };
    let mut message = field("detail");
    if message.is_empty() {
        message = "it gave no reason".to_owned();
    }
    let hint = field("hint");
    if !hint.is_empty() {
        message = format!("{message}. {}", hint.trim_end_matches('.'));
    }
    ApiError::Refused {
        status,
        code: field("code"),
        message,
    }
}
