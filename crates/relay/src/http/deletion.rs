//! Deleting a draft, and thinking better of it.

use axum::Json;
use axum::extract::State;
use plenary_draft::Text;
use plenary_protocol::close::CloseCode;
use serde_json::json;

use super::caller::Caller;
use super::error::ApiError;
use super::extract::{At, Body};
use super::openapi::Refusals;
use super::rooms::draft_rooms;
use crate::access::Role;
use crate::clock::now_ms;
use crate::relay::Relay;
use crate::storage::Act;

/// The title, typed once more.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TypedTitle {
    /// The title of the draft, exactly.
    title: String,
}

/// When a draft goes for good.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct DeletionAnswer {
    /// Until when a facilitator can bring it back, in milliseconds since the Unix epoch; absent
    /// when it is not to be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    purge_ms: Option<i64>,
}

/// `POST /api/v1/drafts/{id}/delete`
#[utoipa::path(
    post, path = "/drafts/{id}/delete", tag = "drafts", operation_id = "delete_draft",
    summary = "Delete the draft, after a time of grace; takes its title",
    params(("id" = String, Path, description = "The draft")),
    request_body = TypedTitle,
    responses((status = 200, body = DeletionAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn delete(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(typed): Body<TypedTitle>,
) -> Result<Json<DeletionAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let rooms = draft_rooms(&relay, asker.draft).await?;
    let title = rooms.text.look(|text| Text::read(text).title).await?;
    if typed.title.trim() != title.trim() {
        return Err(ApiError::BadField {
            field: "title",
            wrong: "must be the draft's title, exactly as it stands".into(),
        });
    }
    let grace = relay.config().bounds.deletion_grace;
    let purge_ms = now_ms().saturating_add(i64::try_from(grace.as_millis()).unwrap_or(i64::MAX));
    let act = Act::DeleteDraft { purge_ms };
    let detail = json!({"purge_ms": purge_ms});
    asker
        .act(
            &relay,
            Role::Facilitator,
            vec![act],
            "draft-deleted",
            detail,
        )
        .await?;
    relay.cut(asker.draft, &CloseCode::DraftGone.into(), |_| true);
    Ok(Json(DeletionAnswer {
        purge_ms: Some(purge_ms),
    }))
}

/// `POST /api/v1/drafts/{id}/undelete`
#[utoipa::path(
    post, path = "/drafts/{id}/undelete", tag = "drafts", operation_id = "undelete_draft",
    summary = "Bring a deleted draft back",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, body = DeletionAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn undelete(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Json<DeletionAnswer>, ApiError> {
    let asker = caller.in_deleted_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    if let Some(deletion) = asker.admission()?.deletion {
        if deletion.purge_ms <= now_ms() {
            return Err(ApiError::DraftDeleted {
                purge_ms: deletion.purge_ms,
            });
        }
        let act = Act::UndeleteDraft;
        asker
            .act(
                &relay,
                Role::Facilitator,
                vec![act],
                "draft-undeleted",
                json!({}),
            )
            .await?;
    }
    Ok(Json(DeletionAnswer { purge_ms: None }))
}
