//! A person as they are told over HTTP, and as they are written.

use plenary_protocol::room::ParticipantId;

use super::error::ApiError;
use super::extract::Change;
use super::fields;
use crate::access::{Role, disclosed};
use crate::storage::{Capacity, Credit, PersonEntry, StoredPerson};

/// A person, as far as they may be told to whoever asks.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct PersonAnswer {
    /// Their id in the draft's documents. Readers are not told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) participant: Option<String>,
    /// Further ids under which the documents know the same person, from other devices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
    /// Whether they asked that nothing about them be told.
    withheld: bool,
    /// Whether their entry was erased: "a former participant".
    former: bool,
    /// Whether they have not said who they are.
    guest: bool,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Their organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    affiliation: Option<String>,
    /// The key of their stakeholder group.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// For whom they speak.
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<Capacity>,
    /// For which organisation they speak.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<String>,
    /// How they want to be credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<Credit>,
    /// What they may do; absent for those who never came by a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// The most that they may do, whatever their link allows, if a facilitator said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_cap: Option<&'static str>,
    /// The facilitator who added them.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_by: Option<String>,
    /// The facilitator who corrected the entry since they wrote it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_by: Option<String>,
    /// When they came, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_ms: Option<i64>,
    /// When the entry changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_ms: Option<i64>,
}

impl PersonAnswer {
    /// What may be told of a person to somebody of a role, who is or is not that person.
    pub(super) fn of(
        person: &StoredPerson,
        also: &[ParticipantId],
        role: Role,
        is_self: bool,
    ) -> Self {
        let seen = disclosed(person, Some(role), is_self);
        let text = |id: &ParticipantId| id.as_str().to_owned();
        let entry = &person.entry;
        let rest = |shown: bool| (seen.rest && shown).then_some(());
        Self {
            participant: seen.id.then(|| text(&person.participant)),
            also: also.iter().filter(|_| seen.id).map(text).collect(),
            withheld: entry.withheld && person.erased_ms.is_none(),
            former: person.erased_ms.is_some(),
            guest: person.erased_ms.is_none() && !entry.withheld && entry.name.is_none(),
            name: seen.name,
            affiliation: seen.affiliation,
            group: seen.group,
            capacity: rest(true).map(|()| entry.capacity),
            on_behalf_of: seen.on_behalf_of,
            credit: rest(true).map(|()| entry.credit),
            role: rest(true).and(person.role).map(|joined| {
                person
                    .role_cap
                    .map_or(joined, |cap| cap.min(joined))
                    .as_str()
            }),
            role_cap: rest(true).and(person.role_cap).map(Role::as_str),
            added_by: rest(true).and(person.added_by.as_ref()).map(text),
            corrected_by: rest(true).and(person.corrected_by.as_ref()).map(text),
            created_ms: rest(true).map(|()| person.created_ms),
            changed_ms: rest(true).map(|()| person.changed_ms),
        }
    }

    /// Whether anything is told at all.
    pub(super) fn says_something(&self) -> bool {
        self.participant.is_some()
            || self.name.is_some()
            || self.affiliation.is_some()
            || self.on_behalf_of.is_some()
    }
}

/// What a person says of themselves. What is absent is not said; nothing at all makes a guest.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WritePerson {
    /// Their name.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// Their organisation.
    #[schema(max_length = 200)]
    affiliation: Option<String>,
    /// The key of their stakeholder group.
    pub(super) group: Option<String>,
    /// For whom they speak.
    capacity: Capacity,
    /// For which organisation they speak.
    #[schema(max_length = 200)]
    on_behalf_of: Option<String>,
    /// How they want to be credited.
    credit: Credit,
    /// Whether nothing about them may be told to anybody. Absent, it stays as it was: a program that does
    /// not know of it must not tell a name by correcting it.
    withheld: Option<bool>,
}

impl WritePerson {
    /// The entry, its fields checked but for the group; `was_withheld` before.
    pub(super) fn checked(self, was_withheld: bool) -> Result<PersonEntry, ApiError> {
        Ok(PersonEntry {
            name: fields::text("name", self.name)?,
            affiliation: fields::text("affiliation", self.affiliation)?,
            group: self.group,
            capacity: self.capacity,
            on_behalf_of: fields::text("on_behalf_of", self.on_behalf_of)?,
            credit: self.credit,
            withheld: self.withheld.unwrap_or(was_withheld),
        })
    }
}

/// What a facilitator corrects. An absent field stays as it is, null clears it.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectPerson {
    /// Their name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Change<String>,
    /// Their organisation.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    affiliation: Change<String>,
    /// The key of their stakeholder group.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) group: Change<String>,
    /// For whom they speak.
    capacity: Option<Capacity>,
    /// For which organisation they speak.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    on_behalf_of: Change<String>,
    /// How they want to be credited; theirs to say, unless a facilitator added them.
    credit: Option<Credit>,
    /// Whether nothing about them may be told; theirs to take back, unless a facilitator added them.
    withheld: Option<bool>,
    /// The most that they may do, whatever their link allows; null takes it back.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    role: Change<String>,
}

impl CorrectPerson {
    /// The person after the correction, the group checked already.
    pub(super) fn applied_to(self, person: &StoredPerson) -> Result<StoredPerson, ApiError> {
        let before = person.entry.clone();
        let is_theirs = person.added_by.is_none();
        let widens = self.credit.is_some_and(|credit| credit != before.credit)
            || (before.withheld && self.withheld == Some(false));
        if is_theirs && widens {
            return Err(ApiError::BadField {
                field: "credit",
                wrong: "and `withheld` are for the person to decide".into(),
            });
        }
        let role_cap = match self.role {
            Change::Keep => person.role_cap,
            Change::To(role) => role.map(|role| fields::role(&role)).transpose()?,
        };
        Ok(StoredPerson {
            entry: PersonEntry {
                name: fields::text("name", self.name.over(before.name))?,
                affiliation: fields::text(
                    "affiliation",
                    self.affiliation.over(before.affiliation),
                )?,
                group: self.group.over(before.group),
                capacity: self.capacity.unwrap_or(before.capacity),
                on_behalf_of: fields::text(
                    "on_behalf_of",
                    self.on_behalf_of.over(before.on_behalf_of),
                )?,
                credit: self.credit.unwrap_or(before.credit),
                withheld: self.withheld.unwrap_or(before.withheld),
            },
            role_cap,
            ..person.clone()
        })
    }
}
