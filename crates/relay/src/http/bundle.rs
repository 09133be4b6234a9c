//! Bundles in and out.

use std::collections::BTreeMap;

use plenary_draft::bundle::{Bundle, BundleLimits};
use plenary_draft::{Draft, GroupId, ParticipantId, Person, migrate, random_actor};

use super::error::ApiError;
use crate::access::disclosed;
use crate::clock::now_ms;
use crate::random;
use crate::storage::StoredPerson;

/// Opens a bundle and brings its documents up to date.
pub(super) fn open(bytes: &[u8]) -> Result<Draft, ApiError> {
    let refused = |error: String| ApiError::BadSource(error);
    let limits = BundleLimits {
        file_bytes: bytes.len() as u64,
        ..BundleLimits::default()
    };
    let bundle = Bundle::from_bytes(bytes, &limits).map_err(|error| refused(error.to_string()))?;
    if !bundle.attachments.is_empty() {
        return Err(refused(
            "the bundle holds attachments, which do not exist in this version of Plenary: a newer one made it".into(),
        ));
    }
    let mut draft = bundle.draft;
    let mut rng = random::generator()?;
    for part in [&mut draft.record, &mut draft.text, &mut draft.discussion] {
        part.document.set_actor(random_actor(&mut rng));
    }
    migrate(&mut draft, &mut rng, now_ms()).map_err(|error| refused(error.to_string()))?;
    Ok(draft)
}

/// Packs a draft, with its people as they want to be credited.
pub(super) fn pack(draft: Draft, people: &[StoredPerson]) -> Result<Vec<u8>, ApiError> {
    let bundle = Bundle {
        draft,
        people: people
            .iter()
            .map(|person| credited(person, people))
            .collect(),
        attachments: BTreeMap::new(),
    };
    bundle.to_bytes().map_err(|error| {
        tracing::error!(%error, "a bundle could not be packed");
        ApiError::Internal("the bundle could not be packed")
    })
}

/// A person as a file that is passed on may name them. Who is merged into somebody else is told by
/// that somebody's entry.
fn credited(person: &StoredPerson, all: &[StoredPerson]) -> Person {
    let truly = person.merged_into.as_ref();
    let truly = truly.and_then(|into| all.iter().find(|other| other.participant == *into));
    let seen = disclosed(truly.unwrap_or(person), None, false);
    Person {
        participant: ParticipantId::from_key(person.participant.as_str()),
        name: seen.name,
        affiliation: seen.affiliation,
        group: seen.group.map(GroupId::from_key),
    }
}
