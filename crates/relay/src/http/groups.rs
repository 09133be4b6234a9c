//! The stakeholder groups of a draft. They stand in its record.

use plenary_draft::{DocumentId, Record};

use super::error::ApiError;
use super::rooms::draft_rooms;
use crate::relay::Relay;

/// The groups with which a draft begins; its facilitators change them.
pub(super) const FIRST_GROUPS: [&str; 7] = [
    "Governments",
    "Private sector",
    "Civil society",
    "Technical community",
    "Academia",
    "Intergovernmental organisations",
    "Other",
];

/// A stakeholder group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub(super) struct GroupAnswer {
    /// Its key, by which people and positions name it.
    pub(super) key: String,
    /// Its name.
    name: String,
    /// Its place among the groups: compare bytewise.
    order: String,
}

/// The groups in the order in which they are offered.
pub(super) fn groups_of(record: &Record) -> Vec<GroupAnswer> {
    let mut groups: Vec<GroupAnswer> = record
        .groups
        .iter()
        .map(|(key, group)| GroupAnswer {
            key: key.as_str().to_owned(),
            name: group.name.clone(),
            order: group.order.clone(),
        })
        .collect();
    groups.sort_by(|a, b| (&a.order, &a.key).cmp(&(&b.order, &b.key)));
    groups
}

/// The groups of a draft.
pub(super) async fn groups(relay: &Relay, draft: DocumentId) -> Result<Vec<GroupAnswer>, ApiError> {
    let rooms = draft_rooms(relay, draft).await?;
    let look = |record: &automerge::Automerge| groups_of(&Record::read(record));
    rooms.record.look(look).await
}

/// Checks that the draft has a group of this key.
pub(super) async fn known_group(
    relay: &Relay,
    draft: DocumentId,
    key: Option<String>,
) -> Result<Option<String>, ApiError> {
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    if groups(relay, draft)
        .await?
        .iter()
        .any(|group| group.key == key)
    {
        return Ok(Some(key));
    }
    Err(ApiError::BadField {
        field: "group",
        wrong: "must be the key of one of the draft's groups".into(),
    })
}
