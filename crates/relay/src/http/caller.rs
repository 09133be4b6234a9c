//! Who makes a request, and what they may do in a draft.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;

use super::credentials::{bearer, cookie, is_open_to, true_address};
use super::error::ApiError;
use crate::access::{Claim, LinkSecret, Role, participant_of};
use crate::admission::{Admission, Claimed, admit};
use crate::clock::now_ms;
use crate::config::AccessMode;
use crate::relay::Relay;
use crate::storage::{AccessCommit, Act, NewAudit, StorageError};

/// The header in which a program or page says who uses it: a secret that it drew at random once and
/// keeps. No page of another site can set it.
pub(super) const PARTICIPANT: &str = "plenary-participant";
/// The header by which a page without such a secret shows that it is ours.
pub(super) const REQUEST: &str = "plenary-request";

/// A participant's secret has so many characters at least, and at most.
const SECRET_CHARACTERS: std::ops::RangeInclusive<usize> = 16..=256;

/// So often an act is judged when the access of whoever asks changes each time before it is stored.
const JUDGED_AT_MOST: usize = 3;

/// What of a request says who makes it.
pub(super) struct Caller {
    method: Method,
    headers: HeaderMap,
    /// The address that is counted; `None` for this machine.
    pub(super) address: Option<IpAddr>,
    /// Whether a relay in open mode is open to them.
    is_open_to_them: bool,
}

impl FromRequestParts<Relay> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, Infallible> {
        Ok(Self {
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            address: true_address(relay, &parts.headers, &parts.extensions),
            is_open_to_them: is_open_to(relay, &parts.headers, &parts.extensions),
        })
    }
}

/// Somebody in a draft.
pub(super) struct Asker {
    /// The draft.
    pub(super) draft: DocumentId,
    /// What they may do.
    pub(super) role: Role,
    /// What they were let in with; nothing in open mode.
    pub(super) admission: Option<Admission>,
    /// The address that is counted.
    pub(super) address: Option<IpAddr>,
    /// Who is claimed to ask, for judging again.
    pub(super) claimed: Claimed,
}

impl Caller {
    /// Lets the caller into a draft, unless it is to be deleted.
    pub(super) async fn in_draft(&self, relay: &Relay, id: &str) -> Result<Asker, ApiError> {
        let asker = self.in_deleted_draft(relay, id).await?;
        match asker.admission.as_ref().and_then(|it| it.deletion) {
            Some(deletion) => Err(ApiError::DraftDeleted {
                purge_ms: deletion.purge_ms,
            }),
            None => Ok(asker),
        }
    }

    /// Lets the caller into a draft even if it is to be deleted.
    pub(super) async fn in_deleted_draft(
        &self,
        relay: &Relay,
        id: &str,
    ) -> Result<Asker, ApiError> {
        let draft: DocumentId = id.parse()?;
        if relay.config().access == AccessMode::Open {
            if !self.is_open_to_them {
                return Err(ApiError::ForeignOrigin);
            }
            return Ok(Asker {
                draft,
                role: Role::Facilitator,
                admission: None,
                address: self.address,
                claimed: Claimed::Nobody,
            });
        }
        let secret = self.shown(relay, draft)?;
        let claimed = self.claimed(draft)?;
        let hash = secret.hash();
        let admission = admit(relay, draft, hash, &claimed, self.address).await?;
        Ok(Asker {
            draft,
            role: admission.role,
            admission: Some(admission),
            address: self.address,
            claimed,
        })
    }

    /// The link's secret that came along: a bearer, or the draft's session cookie.
    pub(super) fn shown(&self, relay: &Relay, draft: DocumentId) -> Result<LinkSecret, ApiError> {
        let shown = match (bearer(&self.headers), cookie(relay, &self.headers, draft)) {
            (Some(secret), _) => secret,
            (None, Some(secret)) => {
                self.require_intent()?;
                secret
            }
            (None, None) => return Err(ApiError::NoSecret),
        };
        self.secret(relay, shown)
    }

    /// Reads a secret; what is none counts as a guess.
    pub(super) fn secret(&self, relay: &Relay, text: &str) -> Result<LinkSecret, ApiError> {
        text.parse().map_err(|_| {
            use crate::access::Rate;
            match relay.rates().take(Rate::Guess, self.address, now_ms()) {
                Ok(()) => ApiError::WrongSecret,
                Err(too_fast) => too_fast.into(),
            }
        })
    }

    /// Who is claimed to ask.
    pub(super) fn claimed(&self, draft: DocumentId) -> Result<Claimed, ApiError> {
        let Some(shown) = self.headers.get(PARTICIPANT) else {
            return Ok(Claimed::Nobody);
        };
        match shown.to_str() {
            Ok(secret) if SECRET_CHARACTERS.contains(&secret.len()) => {
                Ok(Claimed::Kept(participant_of(draft, Claim::Secret(secret))))
            }
            _ => Err(ApiError::BadParticipant),
        }
    }

    /// A browser sends the cookie along with whatever any page asks for. So what changes something
    /// needs a header besides that only our own pages can set.
    fn require_intent(&self) -> Result<(), ApiError> {
        let is_ours = self.headers.contains_key(PARTICIPANT) || self.headers.contains_key(REQUEST);
        if self.method.is_safe() || is_ours {
            Ok(())
        } else {
            Err(ApiError::NoIntent)
        }
    }
}

impl Asker {
    /// Fails unless the role includes `needs`.
    pub(super) fn require(&self, needs: Role) -> Result<(), ApiError> {
        if self.role >= needs {
            Ok(())
        } else {
            Err(ApiError::RoleTooLow {
                has: self.role,
                needs,
            })
        }
    }

    /// What the asker is let in with as of now: the link or the role may have changed since they came.
    pub(super) async fn judged_again(&self, relay: &Relay) -> Result<Admission, ApiError> {
        let secret = self.admission()?.link.terms.hash;
        let again = admit(relay, self.draft, secret, &self.claimed, self.address).await?;
        match again.deletion {
            Some(deletion) => Err(ApiError::DraftDeleted {
                purge_ms: deletion.purge_ms,
            }),
            None => Ok(again),
        }
    }

    /// Whether the link lets its holder read the history.
    pub(super) fn with_history(&self) -> bool {
        self.admission
            .as_ref()
            .is_some_and(|admission| admission.link.terms.history)
    }

    /// Whether all documents may be synced, history included.
    pub(super) fn may_sync(&self) -> bool {
        self.role >= Role::Reviewer || self.with_history()
    }

    /// What the asker was let in with. In open mode there are neither links nor people.
    pub(super) fn admission(&self) -> Result<&Admission, ApiError> {
        self.admission.as_ref().ok_or(ApiError::OpenAccess)
    }

    /// Who asks, if they said so.
    pub(super) fn participant(&self) -> Option<&ParticipantId> {
        self.admission.as_ref()?.participant.as_ref()
    }

    /// Who asks; fails when they did not say so.
    pub(super) fn known_participant(&self) -> Result<&ParticipantId, ApiError> {
        self.admission()?;
        self.participant().ok_or(ApiError::ParticipantNeeded)
    }

    /// Under which id the record and the audit trail note what is asked for: the participant, or for a program that
    /// shows nothing but a link, an id that stands for the link.
    pub(super) fn author(&self) -> Result<ParticipantId, ApiError> {
        let admission = self.admission()?;
        Ok(match &admission.participant {
            Some(participant) => participant.clone(),
            None => participant_of(self.draft, Claim::Link(admission.link.terms.id.as_str())),
        })
    }

    /// Does something about links and people that takes a role, with its entry in the audit trail. Who
    /// is let in otherwise by the time that it is written is judged once more.
    pub(super) async fn act(
        &self,
        relay: &Relay,
        needs: Role,
        acts: Vec<Act>,
        kind: &'static str,
        detail: serde_json::Value,
    ) -> Result<(), ApiError> {
        let mut standing = self.admission()?.standing();
        for _ in 0..JUDGED_AT_MOST {
            let required = std::iter::once(Act::Require(standing));
            let acts = required.chain(acts.iter().cloned()).collect();
            match self.write(relay, acts, kind, detail.clone()).await {
                Err(ApiError::Storage(StorageError::AccessMoved)) => {}
                answer => return answer,
            }
            let again = self.judged_again(relay).await?;
            if again.role < needs {
                let has = again.role;
                return Err(ApiError::RoleTooLow { has, needs });
            }
            standing = again.standing();
        }
        Err(ApiError::Conflict(
            "your access to this draft changes at this moment: ask again".to_owned(),
        ))
    }

    /// Notes in the audit trail what has been done, whatever may be done from now on.
    pub(super) async fn note(
        &self,
        relay: &Relay,
        kind: &'static str,
        detail: serde_json::Value,
    ) -> Result<(), ApiError> {
        self.write(relay, Vec::new(), kind, detail).await
    }

    async fn write(
        &self,
        relay: &Relay,
        acts: Vec<Act>,
        kind: &'static str,
        detail: serde_json::Value,
    ) -> Result<(), ApiError> {
        let by = Some(self.author()?);
        let commit = AccessCommit {
            draft: Some(self.draft),
            at_ms: now_ms(),
            acts,
            audit: vec![NewAudit { by, kind, detail }],
        };
        Ok(relay.storage().commit_access(commit).await?)
    }
}
