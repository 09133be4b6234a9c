//! People: who takes part, as far as each of them allows it to be told.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use plenary_draft::ParticipantId as DocumentParticipant;
use plenary_protocol::room::ParticipantId;
use serde_json::json;

use super::caller::{Asker, Caller};
use super::error::ApiError;
use super::extract::{At, Body, Change, created};
use super::groups::{GroupAnswer, groups, known_group};
use super::openapi::Refusals;
use super::person::{CorrectPerson, PersonAnswer, WritePerson};
use crate::access::Role;
use crate::clock::now_ms;
use crate::random;
use crate::relay::Relay;
use crate::storage::{Act, PersonEntry, StoredPerson};

/// The people of a draft.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct PeopleAnswer {
    /// In the order in which they came.
    people: Vec<PersonAnswer>,
    /// The stakeholder groups from which they choose.
    groups: Vec<GroupAnswer>,
}

/// The people of a draft, those who are one person together.
pub(super) struct People(Vec<StoredPerson>);

impl People {
    /// Reads them.
    pub(super) async fn of(relay: &Relay, asker: &Asker) -> Result<Self, ApiError> {
        Ok(Self(relay.storage().people(asker.draft).await?))
    }

    /// Everybody who is not somebody else.
    pub(super) fn persons(&self) -> impl Iterator<Item = &StoredPerson> {
        self.0.iter().filter(|person| person.merged_into.is_none())
    }

    /// Further ids of a person.
    pub(super) fn also(&self, person: &ParticipantId) -> Vec<ParticipantId> {
        let merged = self.0.iter();
        merged
            .filter(|other| other.merged_into.as_ref() == Some(person))
            .map(|other| other.participant.clone())
            .collect()
    }

    /// The person of an id, or whom they were merged into.
    pub(super) fn find(&self, id: &str) -> Option<&StoredPerson> {
        let find = |id: &str| {
            let mut all = self.0.iter();
            all.find(|person| person.participant.as_str() == id)
        };
        let found = find(id)?;
        match &found.merged_into {
            Some(into) => find(into.as_str()),
            None => Some(found),
        }
    }

    /// Whether it is told when somebody did something: of those who are withheld, to them alone, as when
    /// somebody works can tell who they are.
    pub(super) fn tells_times_of(&self, id: &ParticipantId, asker: Option<&ParticipantId>) -> bool {
        let person = self.find(id.as_str());
        person.is_none_or(|person| !person.entry.withheld || asker == Some(&person.participant))
    }

    fn tell(&self, person: &StoredPerson, asker: &Asker) -> PersonAnswer {
        let is_self = asker.participant() == Some(&person.participant);
        let also = self.also(&person.participant);
        PersonAnswer::of(person, &also, asker.role, is_self)
    }
}

/// `GET /api/v1/drafts/{id}/people`
#[utoipa::path(
    get, path = "/drafts/{id}/people", tag = "people", operation_id = "list_people",
    summary = "List the people of a draft, as far as each of them allows",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, body = PeopleAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn list(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Json<PeopleAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    let people = People::of(&relay, &asker).await?;
    let told = people.persons().map(|person| people.tell(person, &asker));
    Ok(Json(PeopleAnswer {
        people: told.filter(PersonAnswer::says_something).collect(),
        groups: groups(&relay, asker.draft).await?,
    }))
}

/// `PUT /api/v1/drafts/{id}/people/me`
#[utoipa::path(
    put, path = "/drafts/{id}/people/me", tag = "people", operation_id = "write_me",
    summary = "Say who one is, or correct it; nothing at all makes a guest",
    params(("id" = String, Path, description = "The draft")),
    request_body = WritePerson,
    responses((status = 200, body = PersonAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn write_me(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(mut written): Body<WritePerson>,
) -> Result<Json<PersonAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    let me = asker.known_participant()?.clone();
    written.group = known_group(&relay, asker.draft, written.group).await?;
    let now = now_ms();
    let known = asker.admission()?.person.clone();
    let was_withheld = known.as_ref().is_some_and(|known| known.entry.withheld);
    let person = known.unwrap_or_else(|| StoredPerson::guest(me, now));
    let person = StoredPerson {
        entry: written.checked(was_withheld)?,
        corrected_by: None,
        erased_ms: None,
        changed_ms: now,
        ..person
    };
    put(&relay, &asker, Role::Viewer, &person, "entry-written").await?;
    if person.entry.withheld != was_withheld {
        let people = People::of(&relay, &asker).await?;
        let reason = "what may be told of you changed";
        cut(&relay, &asker, &people, &person.participant, reason).await;
    }
    Ok(Json(PersonAnswer::of(&person, &[], asker.role, true)))
}

/// Stores a person. The audit trail says who and when, and never what.
async fn put(
    relay: &Relay,
    asker: &Asker,
    needs: Role,
    person: &StoredPerson,
    kind: &'static str,
) -> Result<(), ApiError> {
    let act = Act::PutPerson(person.clone());
    write(relay, asker, needs, &person.participant, act, kind).await
}

/// Does something about a person's entry, with a line in the audit trail.
async fn write(
    relay: &Relay,
    asker: &Asker,
    needs: Role,
    who: &ParticipantId,
    act: Act,
    kind: &'static str,
) -> Result<(), ApiError> {
    let detail = json!({"participant": who.as_str()});
    asker.act(relay, needs, vec![act], kind, detail).await?;
    relay.people_moved(asker.draft).await;
    Ok(())
}

/// Cuts the connections of a person on all their devices; they come again at once, judged anew.
async fn cut(relay: &Relay, asker: &Asker, people: &People, who: &ParticipantId, reason: &str) {
    let mut meant = people.also(who);
    meant.push(who.clone());
    relay.cut_person(asker.draft, &meant, reason).await;
}

/// `DELETE /api/v1/drafts/{id}/people/me`
#[utoipa::path(
    delete, path = "/drafts/{id}/people/me", tag = "people", operation_id = "erase_me",
    summary = "Erase one's own entry; what one wrote stays, by a former participant",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 204), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("viewer")))
)]
pub(super) async fn erase_me(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    let me = asker.known_participant()?.clone();
    erase(&relay, &asker, Role::Viewer, &me).await
}

async fn erase(
    relay: &Relay,
    asker: &Asker,
    needs: Role,
    participant: &ParticipantId,
) -> Result<Response, ApiError> {
    let people = People::of(relay, asker).await?;
    let person = people.find(participant.as_str());
    let person = person.ok_or(ApiError::NoSuchPart("person"))?;
    let now = now_ms();
    let erased = |person: &StoredPerson| StoredPerson {
        // What was not told of them before is not told from now on, either.
        entry: PersonEntry {
            withheld: person.entry.withheld,
            ..PersonEntry::default()
        },
        corrected_by: None,
        erased_ms: Some(now),
        changed_ms: now,
        ..person.clone()
    };
    // What they once said of themselves on other devices goes as well.
    let others = people.also(&person.participant);
    let all = people.0.iter().filter(|other| {
        other.participant == person.participant || others.contains(&other.participant)
    });
    let acts = all.map(|person| Act::PutPerson(erased(person))).collect();
    let detail = json!({"participant": person.participant.as_str()});
    asker
        .act(relay, needs, acts, "entry-erased", detail)
        .await?;
    relay.people_moved(asker.draft).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/v1/drafts/{id}/people`
#[utoipa::path(
    post, path = "/drafts/{id}/people", tag = "people", operation_id = "add_person",
    summary = "Add a person on whose behalf one enters what came otherwise",
    params(("id" = String, Path, description = "The draft")),
    request_body = WritePerson,
    responses((status = 201, body = PersonAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn add(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Body(mut written): Body<WritePerson>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let author = asker.author()?;
    written.group = known_group(&relay, asker.draft, written.group).await?;
    let most = relay.config().bounds.people;
    if People::of(&relay, &asker).await?.0.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(ApiError::Conflict(format!(
            "a draft has at most {most} people"
        )));
    }
    let fresh = DocumentParticipant::random(&mut random::generator()?);
    let person = StoredPerson {
        entry: written.checked(false)?,
        added_by: Some(author),
        ..StoredPerson::guest(ParticipantId::new(fresh.as_str()), now_ms())
    };
    put(&relay, &asker, Role::Facilitator, &person, "person-added").await?;
    Ok(created(PersonAnswer::of(&person, &[], asker.role, false)))
}

/// `PATCH /api/v1/drafts/{id}/people/{participant}`
#[utoipa::path(
    patch, path = "/drafts/{id}/people/{participant}", tag = "people",
    operation_id = "correct_person",
    summary = "Correct a person's entry, or set the most that they may do",
    params(("id" = String, Path, description = "The draft"),
           ("participant" = String, Path, description = "The person's id")),
    request_body = CorrectPerson,
    responses((status = 200, body = PersonAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn correct(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, participant)): At<(String, String)>,
    Body(mut corrected): Body<CorrectPerson>,
) -> Result<Json<PersonAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let author = asker.author()?;
    if let Change::To(group) = corrected.group {
        corrected.group = Change::To(known_group(&relay, asker.draft, group).await?);
    }
    let people = People::of(&relay, &asker).await?;
    let before = people.find(&participant);
    let before = before.ok_or(ApiError::NoSuchPart("person"))?;
    let after = corrected.applied_to(before)?;
    let is_corrected = after.entry != before.entry;
    if before.erased_ms.is_some() && is_corrected {
        return Err(ApiError::Conflict(
            "this entry was erased: only its owner writes another".into(),
        ));
    }
    let after = StoredPerson {
        corrected_by: is_corrected.then_some(author).or(after.corrected_by),
        changed_ms: now_ms(),
        ..after
    };
    let who = &after.participant;
    if is_corrected {
        let act = Act::CorrectPerson {
            before: before.entry.clone(),
            after: after.clone(),
        };
        write(
            &relay,
            &asker,
            Role::Facilitator,
            who,
            act,
            "entry-corrected",
        )
        .await?;
    }
    if after.entry.withheld != before.entry.withheld {
        let reason = "what may be told of you changed";
        cut(&relay, &asker, &people, who, reason).await;
    }
    if after.role_cap != before.role_cap {
        let detail = json!({
            "participant": after.participant.as_str(),
            "from": before.role_cap.map(Role::as_str), "to": after.role_cap.map(Role::as_str),
        });
        let act = Act::CapRole {
            participant: who.clone(),
            cap: after.role_cap,
        };
        asker
            .act(&relay, Role::Facilitator, vec![act], "role-capped", detail)
            .await?;
        // Read again: a device that came meanwhile loses the role as well.
        let people = People::of(&relay, &asker).await?;
        cut(&relay, &asker, &people, who, "your role changed").await;
        relay.people_moved(asker.draft).await;
    }
    Ok(Json(people.tell(&after, &asker)))
}

/// Whom to merge into.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeInto {
    /// The id of the person who stays.
    into: String,
}

/// `POST /api/v1/drafts/{id}/people/{participant}/merge`
#[utoipa::path(
    post, path = "/drafts/{id}/people/{participant}/merge", tag = "people",
    operation_id = "merge_person",
    summary = "Note that two participants are one person",
    params(("id" = String, Path, description = "The draft"),
           ("participant" = String, Path, description = "The person who is somebody else")),
    request_body = MergeInto,
    responses((status = 200, body = PersonAnswer), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn merge(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, participant)): At<(String, String)>,
    Body(merge): Body<MergeInto>,
) -> Result<Json<PersonAnswer>, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let people = People::of(&relay, &asker).await?;
    let person = |id: &str| people.find(id).ok_or(ApiError::NoSuchPart("person"));
    let (from, into) = (person(&participant)?, person(&merge.into)?);
    if from.participant == into.participant {
        return Err(ApiError::Conflict("these are one person already".into()));
    }
    let act = Act::Merge {
        from: from.participant.clone(),
        into: into.participant.clone(),
    };
    let detail = json!({"from": from.participant.as_str(), "into": into.participant.as_str()});
    asker
        .act(&relay, Role::Facilitator, vec![act], "merged", detail)
        .await?;
    let changes_access = from.changes_access(into);
    let (draft, into_id) = (asker.draft, &into.participant);
    for one in people
        .also(&from.participant)
        .iter()
        .chain([&from.participant])
    {
        relay
            .people_became_one(draft, one, into_id, changes_access)
            .await;
    }
    let people = People::of(&relay, &asker).await?;
    let into = people.find(&merge.into);
    let into = into.ok_or(ApiError::NoSuchPart("person"))?;
    Ok(Json(people.tell(into, &asker)))
}

/// `DELETE /api/v1/drafts/{id}/people/{participant}`
#[utoipa::path(
    delete, path = "/drafts/{id}/people/{participant}", tag = "people",
    operation_id = "erase_person",
    summary = "Erase a person's entry on their wish; what they wrote stays, by a former participant",
    params(("id" = String, Path, description = "The draft"),
           ("participant" = String, Path, description = "The person's id")),
    responses((status = 204), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn erase_other(
    State(relay): State<Relay>,
    caller: Caller,
    At((id, participant)): At<(String, String)>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    asker.admission()?;
    let meant = ParticipantId::new(participant);
    erase(&relay, &asker, Role::Facilitator, &meant).await
}
