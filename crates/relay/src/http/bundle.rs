//! Bundles in and out.

use plenary_draft::Draft;

use super::error::ApiError;

/// Opens a bundle.
pub(super) fn open(_bytes: &[u8]) -> Result<Draft, ApiError> {
    Err(ApiError::BadSource("bundles are not read yet".into()))
}

/// Packs a draft.
pub(super) fn pack(_draft: &Draft) -> Result<Vec<u8>, ApiError> {
    Err(ApiError::BadSource("bundles are not written yet".into()))
}
