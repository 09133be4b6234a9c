//! Links: made, listed, changed and revoked by facilitators; personal links by anybody for
//! themselves.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use plenary_protocol::close::{CloseCode, CloseReason};
use plenary_protocol::room::ParticipantId;
use serde_json::json;

use super::caller::{Asker, Caller};
use super::create::{new_link_id, new_secret};
use super::error::ApiError;
use super::extract::{At, Body, Change, created};
use super::fields;
use super::groups::known_group;
use super::openapi::Refusals;
use crate::access::{LinkSecret, Role};
use crate::clock::now_ms;
use crate::relay::Relay;
use crate::storage::{Act, LinkHash, LinkId, NewLink, StoredLink};

/// How many links a draft may have, revoked ones included and personal ones not.
const MOST_LINKS: usize = 2_000;
/// How many personal links all people of a draft may have together, revoked ones included.
const MOST_PERSONAL_LINKS: usize = 20_000;
/// How many of them one person may have.
const MOST_OWN_LINKS: usize = 20;

/// A link, without its secret, which no answer ever holds but the one to its making.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct LinkAnswer {
    /// Its id.
    id: String,
    /// What the facilitator calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// What it allows: `viewer`, `reviewer`, `editor` or `facilitator`.
    role: &'static str,
    /// Whether a viewer may sync all documents, read-only, and read the history.
    history: bool,
    /// The stakeholder group that is offered to whoever joins by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// Whether it continues as one person on another device.
    personal: bool,
    /// When it was made, in milliseconds since the Unix epoch.
    created_ms: i64,
    /// Who made it; absent for those that were made with the draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    /// When it stops working, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_ms: Option<i64>,
    /// How many participants may join by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_limit: Option<u32>,
    /// How many have.
    uses: u32,
    /// When it was revoked, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_ms: Option<i64>,
    /// The link itself. Only in the answer to its making.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl LinkAnswer {
    fn of(link: StoredLink) -> Self {
        let terms = link.terms;
        Self {
            id: terms.id.as_str().to_owned(),
            label: terms.label,
            role: terms.role.as_str(),
            history: terms.history,
            group: terms.group,
            personal: terms.participant.is_some(),
            created_ms: link.created_ms,
            created_by: terms.created_by.map(|by| by.as_str().to_owned()),
            expires_ms: terms.expires_ms,
            uses_limit: terms.uses_limit,
            uses: link.uses,
            revoked_ms: link.revoked_ms,
            url: None,
        }
    }
}

/// The links of a draft.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct LinksAnswer {
    /// In the order in which they were made, revoked ones included.
    links: Vec<LinkAnswer>,
}

/// `GET /api/v1/drafts/{id}/links`
#[utoipa::path(
    get, path = "/drafts/{id}/links", tag = "links", operation_id = "list_links",
    summary = "List the links of a draft",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, body = LinksAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn list(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Json<LinksAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let links = relay.storage().links(asker.draft).await?;
    Ok(Json(LinksAnswer {
        links: links.into_iter().map(LinkAnswer::of).collect(),
    }))
}

/// A link to be made.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeLink {
    /// `viewer`, `reviewer`, `editor` or `facilitator`.
    #[schema(pattern = "^(viewer|reviewer|editor|facilitator)$")]
    role: String,
    /// What to call it, for facilitators.
    #[schema(max_length = 200)]
    label: Option<String>,
    /// When it stops working, in milliseconds since the Unix epoch.
    expires_ms: Option<i64>,
    /// How many participants may join by it.
    #[schema(minimum = 1, maximum = 1_000_000)]
    uses: Option<u32>,
    /// The key of the stakeholder group that is offered to whoever joins by it.
    group: Option<String>,
    /// For viewers: whether they may sync all documents, read-only, and read the history.
    #[serde(default)]
    history: bool,
}

/// `POST /api/v1/drafts/{id}/links`
#[utoipa::path(
    post, path = "/drafts/{id}/links", tag = "links", operation_id = "make_link",
    summary = "Make a link; its address is told this once",
    params(("id" = String, Path, description = "The draft")),
    request_body = MakeLink,
    responses((status = 201, body = LinkAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn make(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(wanted): Body<MakeLink>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let role = fields::role(&wanted.role)?;
    if wanted.history && role != Role::Viewer {
        return Err(ApiError::BadField {
            field: "history",
            wrong: "is for viewers: other roles read the history anyway".into(),
        });
    }
    check_terms(wanted.expires_ms, wanted.uses)?;
    require_room(&relay, &asker).await?;
    let group = known_group(&relay, asker.draft, wanted.group).await?;
    let secret = new_secret()?;
    let link = NewLink {
        history: wanted.history,
        label: fields::text("label", wanted.label)?,
        group,
        created_by: Some(asker.author()?),
        expires_ms: wanted.expires_ms,
        uses_limit: wanted.uses,
        ..NewLink::plain(new_link_id()?, secret.hash(), role)
    };
    let detail = json!({
        "link": link.id.as_str(), "role": role.as_str(), "history": link.history,
        "label": link.label, "group": link.group,
        "expires_ms": link.expires_ms, "uses_limit": link.uses_limit,
    });
    let act = Act::AddLink(link.clone());
    asker
        .act(&relay, Role::Facilitator, vec![act], "link-made", detail)
        .await?;
    Ok(created(LinkAnswer {
        url: Some(address(&relay, &asker, &secret)),
        ..LinkAnswer::of(StoredLink {
            draft: asker.draft,
            terms: link,
            created_ms: now_ms(),
            uses: 0,
            revoked_ms: None,
        })
    }))
}

fn check_terms(expires_ms: Option<i64>, uses: Option<u32>) -> Result<(), ApiError> {
    if expires_ms.is_some_and(|at_ms| at_ms <= now_ms()) {
        return Err(ApiError::BadField {
            field: "expires_ms",
            wrong: "must be in the future".into(),
        });
    }
    if uses.is_some_and(|uses| !(1..=1_000_000).contains(&uses)) {
        return Err(ApiError::BadField {
            field: "uses",
            wrong: "must be from 1 to 1,000,000".into(),
        });
    }
    Ok(())
}

async fn require_room(relay: &Relay, asker: &Asker) -> Result<(), ApiError> {
    let links = relay.storage().links(asker.draft).await?;
    let made = links.iter().filter(|link| link.terms.participant.is_none());
    if made.count() >= MOST_LINKS {
        return Err(ApiError::Conflict(format!(
            "a draft has at most {MOST_LINKS} links, revoked ones included"
        )));
    }
    Ok(())
}

/// Whoever only reads makes personal links as well, so these have limits of their own, by which nobody
/// keeps facilitators from making links.
async fn require_own_room(
    relay: &Relay,
    asker: &Asker,
    me: &ParticipantId,
) -> Result<(), ApiError> {
    let links = relay.storage().links(asker.draft).await?;
    let personal = links
        .iter()
        .filter_map(|link| link.terms.participant.as_ref());
    if personal.clone().filter(|owner| *owner == me).count() >= MOST_OWN_LINKS {
        return Err(ApiError::Conflict(format!(
            "a person has at most {MOST_OWN_LINKS} personal links, revoked ones included"
        )));
    }
    if personal.count() >= MOST_PERSONAL_LINKS {
        return Err(ApiError::Conflict(format!(
            "the people of a draft have at most {MOST_PERSONAL_LINKS} personal links"
        )));
    }
    Ok(())
}

/// Where a link leads.
fn address(relay: &Relay, asker: &Asker, secret: &LinkSecret) -> String {
    let (server, draft) = (relay.server_url(), asker.draft);
    format!("{server}/d/{draft}#{}", secret.reveal())
}

/// What of a link can be changed. An absent field stays as it is, null clears it.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeLink {
    /// What to call it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    label: Change<String>,
    /// When it stops working, in milliseconds since the Unix epoch.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    expires_ms: Change<i64>,
    /// How many participants may join by it.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    uses: Change<u32>,
    /// The key of the stakeholder group that is offered.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    group: Change<String>,
}

/// `PATCH /api/v1/drafts/{id}/links/{link}`
#[utoipa::path(
    patch, path = "/drafts/{id}/links/{link}", tag = "links", operation_id = "change_link",
    summary = "Change label, group, expiry or limit of a link",
    params(("id" = String, Path, description = "The draft"),
           ("link" = String, Path, description = "The link's id")),
    request_body = ChangeLink,
    responses((status = 200, body = LinkAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn change(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, link)): At<(String, String)>,
    Body(wanted): Body<ChangeLink>,
) -> Result<Json<LinkAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let stored = find(&relay, &asker, &link).await?;
    let before = stored.terms.expires_ms;
    if let Change::To(expires_ms) = &wanted.expires_ms {
        check_terms(*expires_ms, None)?;
    }
    if let Change::To(uses) = &wanted.uses {
        check_terms(None, *uses)?;
    }
    let group = match wanted.group {
        Change::Keep => stored.terms.group.clone(),
        Change::To(group) => known_group(&relay, asker.draft, group).await?,
    };
    let terms = NewLink {
        label: fields::text("label", wanted.label.over(stored.terms.label.clone()))?,
        group,
        expires_ms: wanted.expires_ms.over(before),
        uses_limit: wanted.uses.over(stored.terms.uses_limit),
        ..stored.terms.clone()
    };
    let detail = json!({
        "link": link, "label": terms.label, "group": terms.group,
        "expires_ms": terms.expires_ms, "uses_limit": terms.uses_limit,
    });
    let act = Act::ChangeLink(terms.clone());
    asker
        .act(&relay, Role::Facilitator, vec![act], "link-changed", detail)
        .await?;
    if terms.expires_ms != before {
        // Whoever is here has to hear of the new time: they come again at once.
        let reason = CloseReason::new(CloseCode::RoleChanged, "the link's terms changed");
        cut(&relay, &asker, &terms.id, &reason).await?;
    }
    Ok(Json(LinkAnswer::of(StoredLink { terms, ..stored })))
}

async fn find(relay: &Relay, asker: &Asker, link: &str) -> Result<StoredLink, ApiError> {
    let links = relay.storage().links(asker.draft).await?;
    links
        .into_iter()
        .find(|found| found.terms.id.as_str() == link)
        .ok_or(ApiError::NoSuchPart("link"))
}

/// Cuts who came by a link or by a personal link that was made from it.
async fn cut(
    relay: &Relay,
    asker: &Asker,
    link: &LinkId,
    reason: &CloseReason,
) -> Result<(), ApiError> {
    let links = relay.storage().links(asker.draft).await?;
    let meant: Vec<LinkHash> = links
        .into_iter()
        .filter(|found| found.terms.id == *link || found.terms.made_from.as_ref() == Some(link))
        .map(|found| found.terms.hash)
        .collect();
    relay.cut(asker.draft, reason, |session| {
        session.secret.is_some_and(|secret| meant.contains(&secret))
    });
    Ok(())
}

/// `DELETE /api/v1/drafts/{id}/links/{link}`
#[utoipa::path(
    delete, path = "/drafts/{id}/links/{link}", tag = "links", operation_id = "revoke_link",
    summary = "Revoke a link, with the personal links made from it; cuts whoever came by them",
    params(("id" = String, Path, description = "The draft"),
           ("link" = String, Path, description = "The link's id")),
    responses((status = 200, body = LinkAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn revoke(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, link)): At<(String, String)>,
) -> Result<Json<LinkAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let stored = find(&relay, &asker, &link).await?;
    if stored.revoked_ms.is_none() {
        let act = Act::RevokeLink(stored.terms.id.clone());
        let detail = json!({"link": link, "role": stored.terms.role.as_str()});
        asker
            .act(&relay, Role::Facilitator, vec![act], "link-revoked", detail)
            .await?;
    }
    let reason = CloseReason::new(CloseCode::LinkRevoked, "this link was revoked");
    cut(&relay, &asker, &stored.terms.id, &reason).await?;
    Ok(Json(LinkAnswer::of(find(&relay, &asker, &link).await?)))
}

/// A personal link.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct PersonalLink {
    /// The link, told this once.
    url: String,
}

/// `POST /api/v1/drafts/{id}/people/me/link`
#[utoipa::path(
    post, path = "/drafts/{id}/people/me/link", tag = "people", operation_id = "make_personal_link",
    summary = "Make a link by which one continues as the same person on another device",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 201, body = PersonalLink), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn make_personal(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    let me = asker.known_participant()?.clone();
    require_own_room(&relay, &asker, &me).await?;
    let terms = &asker.admission()?.link.terms;
    let secret = new_secret()?;
    let link = NewLink {
        history: terms.history,
        participant: Some(me.clone()),
        made_from: Some(terms.made_from.clone().unwrap_or_else(|| terms.id.clone())),
        created_by: Some(me),
        expires_ms: terms.expires_ms,
        ..NewLink::plain(new_link_id()?, secret.hash(), terms.role)
    };
    let detail = json!({"link": link.id.as_str(), "role": link.role.as_str()});
    let act = Act::AddLink(link);
    asker
        .act(
            &relay,
            Role::Viewer,
            vec![act],
            "personal-link-made",
            detail,
        )
        .await?;
    Ok(created(PersonalLink {
        url: address(&relay, &asker, &secret),
    }))
}
