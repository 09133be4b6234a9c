//! What can go wrong with a request, and how it is said. An error belongs here when a client sees
//! it; what only an operator should see is logged, and the client gets a sentence without paths.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_draft::{CreateError, DocumentIdError};

use crate::access::{Role, TooFast};
use crate::admission::Refusal;
use crate::random::NoRandomness;
use crate::render::RenderError;
use crate::room::RoomError;
use crate::storage::StorageError;
use crate::word::ConvertError;

/// Why a request was not granted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// No secret came with the request.
    #[error("this needs a link to the draft")]
    NoSecret,
    /// The secret opens nothing, or not this draft.
    #[error("the link is not valid: it may have been withdrawn, or was not copied completely")]
    WrongSecret,
    /// The link was revoked.
    #[error("this link was revoked")]
    LinkRevoked,
    /// The link's time is over.
    #[error("this link has expired")]
    LinkExpired,
    /// The link counts who joins by it, and there are enough.
    #[error("as many people have joined by this link as it allows")]
    LinkUsedUp,
    /// The link is somebody's own, and who asks is known as themselves.
    #[error(
        "this is somebody's personal link, and you are known in this draft as somebody already"
    )]
    KnownAlready,
    /// It has to be known who asks.
    #[error("it has to be known who asks")]
    ParticipantNeeded,
    /// The participant's secret is none.
    #[error("the header Plenary-Participant must hold 16 to 256 visible characters")]
    BadParticipant,
    /// A cookie came along with a request that may be another site's.
    #[error(
        "a page's request that changes something needs the header Plenary-Participant or Plenary-Request"
    )]
    NoIntent,
    /// Too many attempts from one address.
    #[error("too many attempts from your address")]
    TooFast(u32),
    /// The draft is to be deleted.
    #[error("this draft was deleted")]
    DraftDeleted {
        /// Until when it can be brought back, in milliseconds since the Unix epoch.
        purge_ms: i64,
    },
    /// The text is not to be read yet.
    #[error("the text is not open for reading yet")]
    NotOpenYet {
        /// When it will be, in milliseconds since the Unix epoch.
        opens_ms: i64,
    },
    /// There is no such thing in the draft.
    #[error("there is no such {0} in this draft")]
    NoSuchPart(&'static str),
    /// A field says what it cannot say.
    #[error("the field `{field}` {wrong}")]
    BadField {
        /// Its name.
        field: &'static str,
        /// What is wrong with it, continuing the sentence.
        wrong: String,
    },
    /// What is asked for contradicts what is.
    #[error("{0}")]
    Conflict(String),
    /// The relay has neither links nor people.
    #[error("this relay is open to everybody: it has no links, people or stages")]
    OpenAccess,
    /// The address knows other methods.
    #[error("this address does not answer to this method")]
    WrongMethod,
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
    /// The quarantine takes no more of what somebody hands in.
    #[error("there is no room for so many changes: those that were handed in before are kept")]
    QuarantineFull,
    /// The title is missing or too long.
    #[error("a draft needs a title of 1 to {most} characters")]
    BadTitle {
        /// The most characters.
        most: usize,
    },
    /// There is no such template.
    #[error("there is no template of this name; there are: {0}")]
    NoSuchTemplate(String),
    /// A draft does not begin in this language.
    #[error("there is no such language here; there are: {0}")]
    NoSuchLanguage(String),
    /// The text or the bundle cannot be taken.
    #[error("{0}")]
    BadSource(String),
    /// The renderer failed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Nothing here reads Word documents.
    #[error("this server has no pandoc: it cannot read Word documents")]
    NoPandoc,
    /// The Word document cannot be taken.
    #[error("{0}")]
    NotConverted(#[from] ConvertError),
    /// As many documents are being converted as the relay takes at once.
    #[error("other documents are being converted")]
    Busy,
    /// The storage failed.
    #[error("the relay's storage failed: nothing was changed")]
    Storage(StorageError),
    /// The draft's data is damaged.
    #[error("the draft's stored data is damaged: nothing was overwritten")]
    Damaged,
    /// The draft is in a format that this relay does not know yet.
    #[error("{0}")]
    TooNew(String),
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
        (self.status(), self.code(), self.hint())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoSecret | Self::NoSiteSecret => StatusCode::UNAUTHORIZED,
            Self::WrongSecret
            | Self::LinkRevoked
            | Self::LinkExpired
            | Self::LinkUsedUp
            | Self::ParticipantNeeded
            | Self::NoIntent
            | Self::NotOpenYet { .. }
            | Self::WrongSiteSecret
            | Self::RoleTooLow { .. }
            | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::BadParticipant | Self::BadId(_) | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooFast(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::DraftDeleted { .. } => StatusCode::GONE,
            Self::NoSuchPart(_) | Self::NoSuchDraft | Self::NoSuchAddress => StatusCode::NOT_FOUND,
            Self::BadField { .. }
            | Self::BadTitle { .. }
            | Self::NoSuchTemplate(_)
            | Self::NoSuchLanguage(_)
            | Self::BadSource(_)
            | Self::Render(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) | Self::OpenAccess | Self::KnownAlready => StatusCode::CONFLICT,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } | Self::QuarantineFull => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoPandoc => StatusCode::NOT_IMPLEMENTED,
            Self::NotConverted(ConvertError::Failed) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotConverted(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Storage(_) | Self::Unavailable(_) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Damaged | Self::TooNew(_) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// A short word for programs, which stays the same.
    fn code(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::WrongSecret => "wrong_secret",
            Self::LinkRevoked => "link_revoked",
            Self::LinkExpired => "link_expired",
            Self::LinkUsedUp => "link_used_up",
            Self::KnownAlready => "known_already",
            Self::ParticipantNeeded => "participant_needed",
            Self::BadParticipant => "bad_participant",
            Self::NoIntent => "no_intent",
            Self::TooFast(_) => "too_fast",
            Self::DraftDeleted { .. } => "draft_deleted",
            Self::NotOpenYet { .. } => "not_open_yet",
            Self::NoSuchPart(_) => "no_such_part",
            Self::BadField { .. } => "bad_field",
            Self::Conflict(_) => "conflict",
            Self::OpenAccess => "open_access",
            Self::WrongMethod => "wrong_method",
            Self::NoSiteSecret => "no_site_secret",
            Self::WrongSiteSecret => "wrong_site_secret",
            Self::RoleTooLow { .. } => "role_too_low",
            Self::ForeignOrigin => "foreign_origin",
            Self::NoSuchDraft => "no_such_draft",
            Self::NoSuchAddress => "no_such_address",
            Self::BadId(_) => "bad_id",
            Self::BadRequest(_) => "bad_request",
            Self::TooLarge { .. } => "too_large",
            Self::QuarantineFull => "quarantine_full",
            Self::BadTitle { .. } => "bad_title",
            Self::NoSuchTemplate(_) => "no_such_template",
            Self::NoSuchLanguage(_) => "no_such_language",
            Self::BadSource(_) => "bad_source",
            Self::Render(_) => "not_rendered",
            Self::NoPandoc => "no_pandoc",
            Self::NotConverted(ConvertError::NotWord) => "not_word",
            Self::NotConverted(_) => "conversion_failed",
            Self::Busy => "busy",
            Self::Storage(_) => "storage_failed",
            Self::Damaged => "damaged",
            Self::TooNew(_) => "too_new",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// What to do, for people.
    fn hint(&self) -> &'static str {
        match self {
            Self::NoSecret => {
                "Send the part of the link behind # as `Authorization: Bearer`, or open the link in a browser."
            }
            Self::WrongSecret | Self::LinkRevoked | Self::LinkExpired => {
                "Ask the draft's facilitator for a new link."
            }
            Self::LinkUsedUp => "Ask the draft's facilitator for a link of your own.",
            Self::KnownAlready => {
                "Open it where you have not been in this draft yet, or ask its facilitator to merge the two entries."
            }
            Self::ParticipantNeeded => {
                "Send the header Plenary-Participant: a secret that you draw at random once and keep."
            }
            Self::BadParticipant => {
                "Draw 32 random bytes once, keep them, and send them in base58."
            }
            Self::NoIntent => "Send one of them; no page of another site can.",
            Self::TooFast(_) => "Wait as long as Retry-After says, then try again.",
            Self::DraftDeleted { .. } => "A facilitator can bring it back for some time.",
            Self::NotOpenYet { .. } => "Come back when the review opens.",
            Self::NoSuchPart(_) => "List them to see what there is.",
            Self::BadField { .. } => "Correct the field and send it again; nothing was changed.",
            Self::Conflict(_) => "Look at how things stand, then ask again; nothing was changed.",
            Self::OpenAccess => "Run the relay with --access links for drafts with roles.",
            Self::WrongMethod => "The header Allow names those that it answers to.",
            Self::NoSiteSecret => {
                "Send it as `Authorization: Bearer`; whoever runs the relay has it."
            }
            Self::WrongSiteSecret => "Ask whoever runs the relay.",
            Self::RoleTooLow { .. } => "Ask the draft's facilitator for a link with that role.",
            Self::ForeignOrigin => {
                "Use the relay's own address, or have its operator add yours with --allow-origin."
            }
            Self::NoSuchDraft => "Check that the link was copied completely and names this relay.",
            Self::NoSuchAddress => "See docs/operating.md for what the relay answers.",
            Self::BadId(_) => "Check that the link was copied completely.",
            Self::BadRequest(_) => "Correct the request.",
            Self::TooLarge { .. } => "Divide the text into several drafts.",
            Self::QuarantineFull => "Send the draft's facilitators a copy of what you wrote.",
            Self::BadTitle { .. } => "Give the draft a title.",
            Self::NoSuchTemplate(_) => "Choose one of them, or send `markdown`.",
            Self::NoSuchLanguage(_) => {
                "Choose one of them, or send none and name the language in the text."
            }
            Self::BadSource(_) => "Correct the file and send it again; nothing was created.",
            Self::Render(_) => "The Markdown itself is safe: fetch it instead.",
            Self::NoPandoc => {
                "Save the document as Markdown, or paste its text; whoever runs the relay can install pandoc."
            }
            Self::NotConverted(ConvertError::NotWord) => {
                "Save it as a Word document (.docx) without a password, and send that."
            }
            Self::NotConverted(_) => "Divide the document, or convert it yourself.",
            Self::Busy => "Wait as long as Retry-After says, then try again.",
            Self::Storage(_) => "Try again; if it lasts, tell whoever runs the relay.",
            Self::TooNew(_) => "Whoever runs the relay must update it.",
            Self::Damaged => "Whoever runs the relay must restore it from a backup.",
            Self::Unavailable(_) => "Try again.",
            Self::Internal(_) => "Tell whoever runs the relay; its log says more.",
        }
    }
}

/// How an error is told: problem details (RFC 9457).
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// Names the kind of problem for programs: `urn:plenary:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, for people.
    detail: String,
    /// The kind of problem as a short stable word.
    code: &'static str,
    /// What to do, for people.
    hint: &'static str,
    /// From when on the request may succeed, or until when something can be undone: milliseconds
    /// since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_ms: Option<i64>,
}

/// How long to wait until another document may be converted, in seconds.
const BUSY_SECONDS: u32 = 5;

/// The media type of problem details.
const PROBLEM_TYPE: &str = "application/problem+json";

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Texts and numbers always become JSON.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], body).into_response()
    }
}

impl ApiError {
    fn problem(&self, status: StatusCode, code: &'static str, hint: &'static str) -> Problem {
        let mut title = code.replace('_', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Problem {
            kind: format!("urn:plenary:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            code,
            hint,
            at_ms: match self {
                Self::DraftDeleted { purge_ms: at_ms } | Self::NotOpenYet { opens_ms: at_ms } => {
                    Some(*at_ms)
                }
                _ => None,
            },
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
        let mut response = self.problem(status, code, hint).into_response();
        let wait_seconds = match self {
            Self::TooFast(seconds) => Some(seconds),
            Self::Busy => Some(BUSY_SECONDS),
            _ => None,
        };
        if let Some(seconds) = wait_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            // Somebody else was faster; nothing has failed.
            StorageError::Conflict(what) => Self::Conflict(what),
            error => Self::Storage(error),
        }
    }
}

impl From<RoomError> for ApiError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::NoSuchDraft(_) => Self::NoSuchDraft,
            RoomError::Storage(StorageError::Corrupt { .. }) => Self::Damaged,
            RoomError::Storage(error) => Self::Storage(error),
            error @ RoomError::TooNew { .. } => Self::TooNew(error.to_string()),
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

impl From<TooFast> for ApiError {
    fn from(too_fast: TooFast) -> Self {
        Self::TooFast(too_fast.retry_after_seconds)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchDraft => Self::NoSuchDraft,
            Refusal::WrongSecret => Self::WrongSecret,
            Refusal::Revoked => Self::LinkRevoked,
            Refusal::Expired => Self::LinkExpired,
            Refusal::UsedUp => Self::LinkUsedUp,
            Refusal::ParticipantNeeded => Self::ParticipantNeeded,
            Refusal::KnownAlready => Self::KnownAlready,
            Refusal::Full(what) => Self::Conflict(what),
            Refusal::TooFast(too_fast) => too_fast.into(),
            Refusal::Storage(error) => Self::Storage(error),
        }
    }
}

/// The answer to any other method.
pub(crate) async fn wrong_method() -> ApiError {
    ApiError::WrongMethod
}

/// The answer at any other address.
pub(crate) async fn no_such_address() -> ApiError {
    ApiError::NoSuchAddress
}
