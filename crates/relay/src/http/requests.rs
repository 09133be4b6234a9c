//! Requests that the draft's room judges in its own order: stages, milestones, stakeholder groups,
//! moderation. The room writes them into the record and the audit trail in one commit.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use plenary_draft::schema::words::Stage;
use plenary_draft::{EntryId, GroupChoice, GroupId, Record};
use plenary_protocol::room::{Outcome, RecordRequest, Request, RequestRefused};

use super::caller::{Asker, Caller};
use super::error::ApiError;
use super::extract::{At, Body, created};
use super::groups::{GroupAnswer, groups};
use super::openapi::Refusals;
use super::overview::StageSeen;
use super::read::hex;
use super::rooms::draft_rooms;
use crate::access::Role;
use crate::relay::Relay;
use crate::room::{Asking, RequestError};

/// How often somebody is judged anew whose request waited while access to the draft changed.
const JUDGED_AGAIN: usize = 8;

/// Asks the room. The role that counts is the one that whoever asks has when the request's turn comes.
pub(super) async fn ask(
    relay: &Relay,
    asker: &Asker,
    what: RecordRequest,
) -> Result<Outcome, ApiError> {
    for _ in 0..JUDGED_AGAIN {
        let standing = relay.news().standing(asker.draft);
        let role = asker.judged_again(relay).await?.role;
        let request = Request {
            by: asker.author()?,
            role,
            what: what.clone(),
        };
        let asking = Asking { request, standing };
        match relay.ask(asker.draft, asking).await {
            Err(RequestError::AccessMoved) => {}
            answered => return Ok(answered?),
        }
    }
    Err(RequestError::AccessMoved.into())
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(refused) => refused.into(),
            RequestError::NoRoom(error) => error.into(),
            RequestError::Gone | RequestError::AccessMoved => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<RequestRefused> for ApiError {
    fn from(refused: RequestRefused) -> Self {
        let field = |field| Self::BadField {
            field,
            wrong: format!("cannot be taken: {refused}"),
        };
        match &refused {
            RequestRefused::RoleTooLow { has, needs, .. } => Self::RoleTooLow {
                has: *has,
                needs: *needs,
            },
            RequestRefused::NoRecord => Self::OpenAccess,
            RequestRefused::UnknownStage(_) => field("stage"),
            RequestRefused::ReasonMissing => field("reason"),
            RequestRefused::Times => field("opens_ms"),
            RequestRefused::BadText { what, .. } if what.contains("reason") => field("reason"),
            RequestRefused::BadText { .. } => field("name"),
            RequestRefused::BadGroups { .. } => field("groups"),
            RequestRefused::NoSuchEntry(_) => Self::NoSuchPart("entry"),
            _ => Self::Conflict(refused.to_string()),
        }
    }
}

/// Another stage.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetStage {
    /// `drafting`, `review`, `settling` or `final`.
    #[schema(pattern = "^(drafting|review|settling|final)$")]
    stage: String,
    /// Why; required on the way back.
    reason: Option<String>,
    /// When a review opens, in milliseconds since the Unix epoch.
    opens_ms: Option<i64>,
    /// When it closes.
    closes_ms: Option<i64>,
}

/// `POST /api/v1/drafts/{id}/stage`
#[utoipa::path(
    post, path = "/drafts/{id}/stage", tag = "requests", operation_id = "set_stage",
    summary = "Take the draft to another stage, or give a review other times",
    params(("id" = String, Path, description = "The draft")),
    request_body = SetStage,
    responses((status = 200, body = StageSeen), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn set_stage(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(wanted): Body<SetStage>,
) -> Result<Json<StageSeen>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let what = RecordRequest::SetStage {
        stage: Stage::from_word(&wanted.stage),
        reason: wanted.reason.filter(|reason| !reason.trim().is_empty()),
        opens_ms: wanted.opens_ms,
        closes_ms: wanted.closes_ms,
    };
    ask(&relay, &asker, what).await?;
    let rooms = draft_rooms(&relay, asker.draft).await?;
    let look = |record: &automerge::Automerge| StageSeen::of(&Record::read(record));
    Ok(Json(rooms.record.look(look).await?))
}

/// A milestone to be cut.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CutMilestone {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// A named version of the draft.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct MilestoneAnswer {
    /// Its key in the record.
    key: String,
    /// The heads of the text, in hexadecimal.
    heads: Vec<String>,
}

/// `POST /api/v1/drafts/{id}/milestones`
#[utoipa::path(
    post, path = "/drafts/{id}/milestones", tag = "requests", operation_id = "cut_milestone",
    summary = "Name the draft as it stands",
    params(("id" = String, Path, description = "The draft")),
    request_body = CutMilestone,
    responses((status = 201, body = MilestoneAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn cut_milestone(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(wanted): Body<CutMilestone>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let what = RecordRequest::CutMilestone { name: wanted.name };
    match ask(&relay, &asker, what).await? {
        Outcome::MilestoneCut { id, heads } => Ok(created(MilestoneAnswer {
            key: id.as_str().to_owned(),
            heads: hex(&heads.text),
        })),
        _ => Err(ApiError::Internal(
            "a milestone was answered by something else",
        )),
    }
}

/// The stakeholder groups, in their order.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetGroups {
    /// A group that is left out is taken away.
    #[schema(min_items = 1, max_items = 100)]
    groups: Vec<WantedGroup>,
}

/// A stakeholder group.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedGroup {
    /// Its key; absent for a new one.
    key: Option<String>,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// The stakeholder groups of a draft.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct GroupsAnswer {
    /// In the order in which they are offered.
    groups: Vec<GroupAnswer>,
}

/// `PUT /api/v1/drafts/{id}/groups`
#[utoipa::path(
    put, path = "/drafts/{id}/groups", tag = "requests", operation_id = "set_groups",
    summary = "Make these the stakeholder groups, in this order",
    params(("id" = String, Path, description = "The draft")),
    request_body = SetGroups,
    responses((status = 200, body = GroupsAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn set_groups(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(wanted): Body<SetGroups>,
) -> Result<Json<GroupsAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let choices = wanted.groups.into_iter().map(|group| GroupChoice {
        id: group.key.map(GroupId::from_key),
        name: group.name,
    });
    let what = RecordRequest::SetGroups(choices.collect());
    ask(&relay, &asker, what).await?;
    relay.people_moved(asker.draft).await;
    Ok(Json(GroupsAnswer {
        groups: groups(&relay, asker.draft).await?,
    }))
}

/// What to do about an entry of the discussion.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Moderate {
    /// `hide` or `show`.
    #[schema(pattern = "^(hide|show)$")]
    action: String,
    /// Why; everybody sees it.
    #[schema(min_length = 1, max_length = 4000)]
    reason: String,
}

/// What became of an entry.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct ModerationAnswer {
    /// The entry's key.
    key: String,
    /// Whether it is hidden now.
    hidden: bool,
}

/// `POST /api/v1/drafts/{id}/discussion/{kind}/{key}/moderate`
#[utoipa::path(
    post, path = "/drafts/{id}/discussion/{kind}/{key}/moderate", tag = "requests",
    operation_id = "moderate_entry",
    summary = "Hide an entry of the discussion, or show it again; the entry itself stays",
    params(("id" = String, Path, description = "The draft"),
           ("kind" = String, Path, description = "`comments`, `suggestions` or `positions`"),
           ("key" = String, Path, description = "The entry's key")),
    request_body = Moderate,
    responses((status = 200, body = ModerationAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn moderate(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, kind, key)): At<(String, String, String)>,
    Body(wanted): Body<Moderate>,
) -> Result<Json<ModerationAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    if !["comments", "suggestions", "positions"].contains(&kind.as_str()) {
        return Err(ApiError::NoSuchPart("kind of entry"));
    }
    let hidden = match wanted.action.as_str() {
        "hide" => true,
        "show" => false,
        _ => {
            return Err(ApiError::BadField {
                field: "action",
                wrong: "is hide or show".into(),
            });
        }
    };
    let what = RecordRequest::Moderate {
        entry: EntryId::from_key(key.clone()),
        hidden,
        reason: wanted.reason,
    };
    ask(&relay, &asker, what).await?;
    Ok(Json(ModerationAnswer { key, hidden }))
}
