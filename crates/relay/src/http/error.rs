//! What can go wrong with a request, and how it is said. An error belongs here when a client sees
//! it; what only an operator should see is logged, and the client gets a sentence without paths.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_draft::{CreateError, DocumentIdError};

use crate::access::Role;
use crate::random::NoRandomness;
use crate::render::RenderError;
use crate::room::RoomError;
use crate::storage::StorageError;

/// Why a request was not granted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// No secret came with the request.
    #[error("this needs a link to the draft")]
    NoSecret,
    /// The secret opens nothing, or not this draft.
    #[error("the link is not valid: it may have been withdrawn, or was not copied completely")]
    WrongSecret,
    /// Making drafts here needs the site secret.
    #[error("making a draft on this relay needs its site secret")]
    NoSiteSecret,
    /// The site secret is wrong.
    #[error("this is not the site secret of this relay")]
    WrongSiteSecret,
    /// The link does not allow this.
    #[error("a {has} link does not allow this; it takes a {needs} link")]
    RoleTooLow {
        /// The role of the link.
        has: Role,
        /// The least role that may.
        needs: Role,
    },
    /// A page of another origin.
    #[error("pages of another origin may not talk to this relay")]
    ForeignOrigin,
    /// There is no such draft.
    #[error("there is no such draft here")]
    NoSuchDraft,
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    NoSuchAddress,
    /// The id in the address is not one.
    #[error("the draft's id is wrong: {0}")]
    BadId(#[from] DocumentIdError),
    /// The body cannot be read.
    #[error("the request cannot be read: {0}")]
    BadRequest(String),
    /// The body is too long.
    #[error("the request is too large: at most {limit_bytes} bytes are taken")]
    TooLarge {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// The title is missing or too long.
    #[error("a draft needs a title of 1 to {most} characters")]
    BadTitle {
        /// The most characters.
        most: usize,
    },
    /// There is no such template.
    #[error("there is no template of this name; there are: {0}")]
    NoSuchTemplate(String),
    /// The text or the bundle cannot be taken.
    #[error("{0}")]
    BadSource(String),
    /// The renderer failed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The storage failed.
    #[error("the relay's storage failed: nothing was changed")]
    Storage(#[from] StorageError),
    /// The draft's data is damaged.
    #[error("the draft's stored data is damaged: nothing was overwritten")]
    Damaged,
    /// The relay is busy or restarting.
    #[error("{0}")]
    Unavailable(String),
    /// Something that should not happen.
    #[error("the relay failed: {0}")]
    Internal(&'static str),
}

impl ApiError {
    /// Status, stable code, and what to do.
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NoSecret => (
                S::UNAUTHORIZED,
                "no_secret",
                "Send the part of the link behind # as `Authorization: Bearer`, or open the link in a browser.",
            ),
            Self::WrongSecret => (
                S::FORBIDDEN,
                "wrong_secret",
                "Ask the draft's facilitator for a new link.",
            ),
            Self::NoSiteSecret => (
                S::UNAUTHORIZED,
                "no_site_secret",
                "Send it as `Authorization: Bearer`; whoever runs the relay has it.",
            ),
            Self::WrongSiteSecret => (
                S::FORBIDDEN,
                "wrong_site_secret",
                "Ask whoever runs the relay.",
            ),
            Self::RoleTooLow { .. } => (
                S::FORBIDDEN,
                "role_too_low",
                "Ask the draft's facilitator for a link with that role.",
            ),
            Self::ForeignOrigin => (
                S::FORBIDDEN,
                "foreign_origin",
                "Use the relay's own address, or have its operator add yours with --allow-origin.",
            ),
            Self::NoSuchDraft => (
                S::NOT_FOUND,
                "no_such_draft",
                "Check that the link was copied completely and names this relay.",
            ),
            Self::NoSuchAddress => (
                S::NOT_FOUND,
                "no_such_address",
                "See docs/operating.md for what the relay answers.",
            ),
            Self::BadId(_) => (
                S::BAD_REQUEST,
                "bad_id",
                "Check that the link was copied completely.",
            ),
            Self::BadRequest(_) => (S::BAD_REQUEST, "bad_request", "Correct the request."),
            Self::TooLarge { .. } => (
                S::PAYLOAD_TOO_LARGE,
                "too_large",
                "Divide the text into several drafts.",
            ),
            Self::BadTitle { .. } => (
                S::UNPROCESSABLE_ENTITY,
                "bad_title",
                "Give the draft a title.",
            ),
            Self::NoSuchTemplate(_) => (
                S::UNPROCESSABLE_ENTITY,
                "no_such_template",
                "Choose one of them, or send `markdown`.",
            ),
            Self::BadSource(_) => (
                S::UNPROCESSABLE_ENTITY,
                "bad_source",
                "Correct the file and send it again; nothing was created.",
            ),
            Self::Render(_) => (
                S::UNPROCESSABLE_ENTITY,
                "not_rendered",
                "The Markdown itself is safe: fetch it instead.",
            ),
            Self::Storage(_) => (
                S::SERVICE_UNAVAILABLE,
                "storage_failed",
                "Try again; if it lasts, tell whoever runs the relay.",
            ),
            Self::Damaged => (
                S::INTERNAL_SERVER_ERROR,
                "damaged",
                "Whoever runs the relay must restore it from a backup.",
            ),
            Self::Unavailable(_) => (S::SERVICE_UNAVAILABLE, "unavailable", "Try again."),
            Self::Internal(_) => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Tell whoever runs the relay; its log says more.",
            ),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, hint) = self.parts();
        if let Self::Storage(error) = &self {
            tracing::error!(code = error.code(), %error, "a request failed");
        } else if status.is_server_error() {
            tracing::error!(code, error = %self, "a request failed");
        }
        let body = serde_json::json!({
            "error": {"code": code, "message": self.to_string(), "hint": hint}
        });
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = header::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<RoomError> for ApiError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::NoSuchDraft(_) => Self::NoSuchDraft,
            RoomError::Storage(StorageError::Corrupt { .. }) => Self::Damaged,
            RoomError::Storage(error) => Self::Storage(error),
            RoomError::TooManyRooms | RoomError::Gone | RoomError::GoingAway => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}

impl From<crate::room::RoomIsGone> for ApiError {
    fn from(error: crate::room::RoomIsGone) -> Self {
        RoomError::from(error).into()
    }
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> Self {
        Self::BadSource(error.to_string())
    }
}

impl From<NoRandomness> for ApiError {
    fn from(_: NoRandomness) -> Self {
        Self::Internal("the operating system gave no random numbers")
    }
}

/// The answer at any other address.
pub(crate) async fn no_such_address() -> ApiError {
    ApiError::NoSuchAddress
}
