//! What comes in with a request, with our own words when it cannot be read.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::relay::Relay;

/// The parts of the address.
pub(super) struct At<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Relay> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, relay).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(error) => Err(ApiError::BadRequest(error.body_text())),
        }
    }
}

/// The query of the address.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Relay> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Relay) -> Result<Self, ApiError> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(error) => Err(ApiError::BadRequest(error.body_text())),
        }
    }
}

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Relay> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, relay: &Relay) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, relay).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::TooLarge {
                    limit_bytes: relay.config().bounds.body_bytes,
                })
            }
            Err(error) => Err(ApiError::BadRequest(error.body_text())),
        }
    }
}

/// An answer with a status other than 200.
pub(super) fn created<T: Serialize>(answer: T) -> Response {
    (StatusCode::CREATED, Json(answer)).into_response()
}

/// A field that may be absent (keep what is there), null (clear it), or have a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Change<T> {
    /// The field was absent.
    #[default]
    Keep,
    /// The new value; none clears the field.
    To(Option<T>),
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Change<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::To)
    }
}

impl<T> Change<T> {
    /// What the field is after the change.
    pub(super) fn over(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::To(value) => value,
        }
    }
}
