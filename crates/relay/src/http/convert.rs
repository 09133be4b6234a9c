//! Word documents in: made into Markdown, from which a draft can be begun.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};

use super::create::{media_type, read};
use super::credentials::may_create;
use super::error::{ApiError, Problem};
use super::openapi::Refusals;
use crate::relay::Relay;

/// The media type of a Word document.
const WORD_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A document as Markdown.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct ConvertedAnswer {
    /// The Markdown, with front matter where the document has a title.
    markdown: String,
    /// How many pictures were left out; their alternative text stands in their place.
    pictures: u32,
}

/// `POST /api/v1/convert`: makes Markdown of a Word document, and no draft.
#[utoipa::path(
    post, path = "/convert", tag = "drafts", operation_id = "convert_word",
    summary = "Make Markdown of a Word document (.docx), to begin a draft with; tracked changes are accepted",
    request_body(content(
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (Vec<u8> = "application/octet-stream"),
    )),
    responses((status = 200, body = ConvertedAnswer),
              (status = 501, body = Problem, content_type = "application/problem+json",
               description = "This relay has no pandoc"), Refusals),
    security(("site" = []), ()),
    extensions(("x-plenary-role" = json!("site")))
)]
pub(super) async fn convert(
    State(relay): State<Relay>,
    request: Request,
) -> Result<Json<ConvertedAnswer>, ApiError> {
    may_create(&relay, request.headers(), request.extensions())?;
    let pandoc = relay.config().pandoc.as_ref().ok_or(ApiError::NoPandoc)?;
    require_word(request.headers())?;
    // Taken before the document is read, so that no more of them are in memory than there are places.
    let place = pandoc.place().ok_or(ApiError::Busy)?;
    let document = document(request.into_body(), pandoc.limits()).await?;
    let converted = pandoc.convert(place, document).await?;
    Ok(Json(ConvertedAnswer {
        markdown: converted.markdown,
        pictures: converted.pictures,
    }))
}

fn require_word(headers: &HeaderMap) -> Result<(), ApiError> {
    match media_type(headers).as_deref() {
        Some(WORD_TYPE | "application/octet-stream") => Ok(()),
        _ => Err(ApiError::BadRequest(format!(
            "its {} must be {WORD_TYPE} or application/octet-stream",
            header::CONTENT_TYPE
        ))),
    }
}

/// Reads the document. Whoever sends it too slowly gives the place back.
async fn document(body: Body, limits: &crate::word::WordLimits) -> Result<bytes::Bytes, ApiError> {
    let read = tokio::time::timeout(limits.upload, read(body, limits.document_bytes));
    read.await
        .map_err(|_| ApiError::BadRequest("the document did not arrive in time".to_owned()))?
}
