//! Bundles in and out.

use std::collections::BTreeMap;

use plenary_draft::bundle::{Bundle, BundleLimits};
use plenary_draft::{Draft, migrate, random_actor};

use super::error::ApiError;
use crate::clock::now_ms;
use crate::random;

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
            "the bundle holds attachments, which this relay cannot keep yet".into(),
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

/// Packs a draft.
pub(super) fn pack(draft: Draft) -> Result<Vec<u8>, ApiError> {
    let bundle = Bundle {
        draft,
        people: Vec::new(),
        attachments: BTreeMap::new(),
    };
    bundle.to_bytes().map_err(|error| {
        tracing::error!(%error, "a bundle could not be packed");
        ApiError::Internal("the bundle could not be packed")
    })
}
