//! Making drafts.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use plenary_draft::{Draft, DraftDocument, NewDraft as DraftParts, Text};
use plenary_protocol::room::ParticipantId;

use super::credentials::may_create;
use super::error::ApiError;
use super::groups::FIRST_GROUPS;
use super::openapi::Refusals;
use crate::access::{LinkSecret, Role};
use crate::clock::now_ms;
use crate::config::AccessMode;
use crate::random;
use crate::relay::Relay;
use crate::storage::{DocumentKind, LinkId, NewDocument, NewDraft, NewLink};
use crate::templates::Language;

/// The longest title, in characters.
const TITLE_CHARACTERS: usize = 300;
/// The media type of a bundle.
pub(super) const BUNDLE_TYPE: &str = "application/vnd.plenary.bundle";
/// Whose changes a draft begins with, in the relay's records.
const CREATOR: &str = "relay";

/// What a draft is to begin with.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    /// The title.
    #[schema(min_length = 1, max_length = 300)]
    title: String,
    /// The first text as Markdown.
    markdown: Option<String>,
    /// The name of the template to begin with.
    template: Option<String>,
    /// The language in which it is to be written: `ar`, `en-GB`, `es`, `fr`, `ru` or `zh`. The template
    /// comes in it; what a text says of its own language outranks it.
    language: Option<String>,
}

/// A draft that was made.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct Made {
    /// The draft's id.
    document_id: String,
    /// Its title.
    title: String,
    /// Where the relay answers.
    server: String,
    /// The websocket's address for programs that write, with an editor's secret in it.
    sync_url: String,
    /// A link for each role, told this once.
    links: MadeLinks,
}

/// The links with which a draft begins.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct MadeLinks {
    facilitator: String,
    editor: String,
    reviewer: String,
    viewer: String,
}

/// `POST /api/v1/drafts`: makes a draft from JSON, or from a bundle.
#[utoipa::path(
    post, path = "/drafts", tag = "drafts", operation_id = "make_draft",
    summary = "Make a draft; its links are told this once",
    request_body(content((Begin = "application/json"), (Vec<u8> = "application/vnd.plenary.bundle"))),
    responses((status = 201, body = Made), Refusals),
    security(("site" = []), ()),
    extensions(("x-plenary-role" = json!("site")))
)]
pub(super) async fn create(
    State(relay): State<Relay>,
    request: Request,
) -> Result<Response, ApiError> {
    may_create(&relay, request.headers(), request.extensions())?;
    match media_type(request.headers()).as_deref() {
        Some("application/json") => from_json(relay, request.into_body()).await,
        Some(BUNDLE_TYPE) => from_bundle(relay, request.into_body()).await,
        _ => Err(ApiError::BadRequest(format!(
            "its Content-Type must be application/json or {BUNDLE_TYPE}"
        ))),
    }
}

/// `POST /api/v1/drafts/import`: makes a draft from a bundle, history included.
#[utoipa::path(
    post, path = "/drafts/import", tag = "drafts", operation_id = "import_draft",
    summary = "Make a draft from a bundle, history included",
    request_body(content = Vec<u8>, content_type = "application/vnd.plenary.bundle"),
    responses((status = 201, body = Made), Refusals),
    security(("site" = []), ()),
    extensions(("x-plenary-role" = json!("site")))
)]
pub(super) async fn import(
    State(relay): State<Relay>,
    request: Request,
) -> Result<Response, ApiError> {
    may_create(&relay, request.headers(), request.extensions())?;
    from_bundle(relay, request.into_body()).await
}

async fn from_json(relay: Relay, body: Body) -> Result<Response, ApiError> {
    let body = read(body, relay.config().bounds.body_bytes).await?;
    let begin: Begin =
        serde_json::from_slice(&body).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let title = begin.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > TITLE_CHARACTERS {
        return Err(ApiError::BadTitle {
            most: TITLE_CHARACTERS,
        });
    }
    let language = begin.language.as_deref().map(language).transpose()?;
    let markdown = match (begin.markdown, begin.template) {
        (Some(_), Some(_)) => {
            return Err(ApiError::BadRequest(
                "send `markdown` or `template`, not both".into(),
            ));
        }
        (Some(markdown), None) => markdown,
        (None, Some(name)) => relay
            .templates()
            .markdown(&name, language.unwrap_or_default())
            .ok_or_else(|| {
                let names: Vec<&str> = relay.templates().names().collect();
                ApiError::NoSuchTemplate(names.join(", "))
            })?
            .to_owned(),
        (None, None) => String::new(),
    };
    let mut rng = random::generator()?;
    let draft = blocking(move || {
        let parts = DraftParts {
            title: &title,
            source: markdown.as_bytes(),
            metadata: language
                .map(|language| ("language".to_owned(), language.tag().to_owned()))
                .into_iter()
                .collect(),
            groups: FIRST_GROUPS.map(str::to_owned).into(),
            ..DraftParts::default()
        };
        Draft::create(&mut rng, now_ms(), &parts).map_err(ApiError::from)
    })
    .await?;
    store(relay, draft, Origin::New).await
}

/// The language with this tag.
fn language(tag: &str) -> Result<Language, ApiError> {
    Language::parse(tag).ok_or_else(|| {
        let tags = Language::ALL.map(Language::tag);
        ApiError::NoSuchLanguage(tags.join(", "))
    })
}

/// Whose changes a draft begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The relay's own, made now.
    New,
    /// Those of whoever wrote the imported draft.
    Imported,
}

async fn from_bundle(relay: Relay, body: Body) -> Result<Response, ApiError> {
    let body = read(body, relay.config().bounds.bundle_bytes).await?;
    let draft = blocking(move || super::bundle::open(&body)).await?;
    if relay.storage().draft_of(draft.record.id).await?.is_some() {
        return Err(ApiError::BadSource(
            "this draft is here already, with its history: open it by its own link".into(),
        ));
    }
    store(relay, draft, Origin::Imported).await
}

/// What a request says that its body is, without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(kind.split(';').next().unwrap_or_default().trim().to_owned())
}

/// Reads a body of at most `limit_bytes` bytes.
pub(super) async fn read(body: Body, limit_bytes: usize) -> Result<Bytes, ApiError> {
    to_bytes(body, limit_bytes)
        .await
        .map_err(|error| match std::error::Error::source(&error) {
            Some(source) if source.is::<http_body_util::LengthLimitError>() => {
                ApiError::TooLarge { limit_bytes }
            }
            _ => ApiError::BadRequest(error.to_string()),
        })
}

/// Stores a draft with its links and tells them.
async fn store(relay: Relay, draft: Draft, origin: Origin) -> Result<Response, ApiError> {
    let secrets = [
        (Role::Facilitator, new_secret()?),
        (Role::Editor, new_secret()?),
        (Role::Reviewer, new_secret()?),
        (Role::Viewer, new_secret()?),
    ];
    let id = draft.record.id;
    let is_open = relay.config().access == AccessMode::Open;
    let (title, stored) = blocking(move || {
        let title = Text::read(&draft.text.document).title;
        Ok((title, to_store(&draft, is_open)))
    })
    .await?;
    for mut new in stored {
        new.binds_actors = origin == Origin::New;
        if !is_open {
            new.links = secrets
                .iter()
                .map(|(role, secret)| Ok(NewLink::plain(new_link_id()?, secret.hash(), *role)))
                .collect::<Result<_, ApiError>>()?;
        }
        relay.storage().create(new).await?;
    }
    tracing::info!(draft = %id, "a draft was created");
    let server = relay.server_url();
    let sync = server.replacen("http", "ws", 1);
    let link = |role: Role| match secrets.iter().find(|(other, _)| *other == role) {
        Some((_, secret)) if !is_open => format!("{server}/d/{id}#{}", secret.reveal()),
        _ => format!("{server}/d/{id}"),
    };
    let sync_url = match &secrets[1] {
        (Role::Editor, editor) if !is_open => {
            format!("{sync}/sync?access={}&draft={id}", editor.reveal())
        }
        _ => format!("{sync}/sync?draft={id}"),
    };
    let answer = Made {
        document_id: id.to_string(),
        title,
        links: MadeLinks {
            facilitator: link(Role::Facilitator),
            editor: link(Role::Editor),
            reviewer: link(Role::Reviewer),
            viewer: link(Role::Viewer),
        },
        server,
        sync_url,
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Draws a link's id: 128 random bits.
pub(super) fn new_link_id() -> Result<LinkId, ApiError> {
    let id = bs58::encode(random::bytes::<16>()?).into_string();
    Ok(LinkId::new(id))
}

/// Draws a link's secret.
pub(super) fn new_secret() -> Result<LinkSecret, ApiError> {
    Ok(LinkSecret::from_bytes(random::bytes()?))
}

/// What goes into the storage: one draft of three documents, or in open mode three documents that
/// know of each other by what stands in the record, the record last.
fn to_store(draft: &Draft, is_open: bool) -> Vec<NewDraft> {
    let parts = [
        (&draft.discussion, DocumentKind::Discussion),
        (&draft.text, DocumentKind::Text),
        (&draft.record, DocumentKind::Record),
    ];
    let new = |id, documents| NewDraft {
        id,
        documents,
        links: Vec::new(),
        binds_actors: false,
        participant: ParticipantId::new(CREATOR),
        created_ms: now_ms(),
    };
    if is_open {
        let documents = parts.map(|(part, _)| new_document(part, DocumentKind::Open));
        return documents
            .into_iter()
            .map(|document| new(document.id, vec![document]))
            .collect();
    }
    let documents = parts.map(|(part, kind)| new_document(part, kind));
    vec![new(draft.record.id, documents.into())]
}

fn new_document(part: &DraftDocument, kind: DocumentKind) -> NewDocument {
    let changes = part.document.get_changes_meta(&[]);
    NewDocument {
        id: part.id,
        kind,
        snapshot: part.document.save(),
        heads: part.document.get_heads(),
        changes: changes
            .into_iter()
            .map(|change| (change.hash, change.actor.into_owned()))
            .collect(),
    }
}

/// Runs work that takes long away from the threads that serve sockets.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ApiError::Internal("a piece of work panicked; nothing was changed"))?
}
