//! Who is let in: the one place where a secret, and who is claimed to show it, become a role.
//!
//! HTTP requests, websockets and server-sent events all pass here, and pass again whenever a link or
//! a role changes.

use std::net::IpAddr;

use plenary_draft::DocumentId;
use plenary_protocol::room::ParticipantId;

use crate::access::{Rate, Role, TooFast};
use crate::clock::now_ms;
use crate::relay::Relay;
use crate::storage::{
    AccessCommit, Act, Deletion, LinkHash, NewAudit, Standing, StorageError, StoredAccess,
    StoredLink, StoredPerson,
};

/// Who is claimed to show a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// Nobody in particular.
    Nobody,
    /// Somebody who will say so at the next step.
    Later,
    /// The holder of a secret that is kept for this purpose.
    Kept(ParticipantId),
    /// A program that has no such secret. It is a participant as long as it runs and is not listed
    /// among the people, unless the link counts its uses.
    Passing(ParticipantId),
}

impl Claimed {
    fn participant(&self) -> Option<&ParticipantId> {
        match self {
            Self::Nobody | Self::Later => None,
            Self::Kept(participant) | Self::Passing(participant) => Some(participant),
        }
    }
}

/// What somebody was let in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admission {
    /// The link.
    pub(crate) link: StoredLink,
    /// What they may do: what the link allows, but no more than they may themselves.
    pub(crate) role: Role,
    /// Who they are, across all their devices.
    pub(crate) participant: Option<ParticipantId>,
    /// What they said of themselves.
    pub(crate) person: Option<StoredPerson>,
    /// Whether the draft is to be deleted.
    pub(crate) deletion: Option<Deletion>,
}

impl Admission {
    /// What must still hold when something is written that this admission allows.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            link: self.link.terms.id.clone(),
            participant: self.participant.clone(),
            cap: self.person.as_ref().and_then(|person| person.role_cap),
        }
    }
}

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoSuchDraft,
    WrongSecret,
    Revoked,
    Expired,
    UsedUp,
    /// The link counts its uses, so it has to be known who uses it.
    ParticipantNeeded,
    /// The link is somebody else's own, and who asks is known as themselves.
    KnownAlready,
    /// There is no room for one more.
    Full(String),
    TooFast(TooFast),
    Storage(StorageError),
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::LinkUsedUp => Self::UsedUp,
            StorageError::KnownAlready => Self::KnownAlready,
            StorageError::AccessMoved => Self::Revoked,
            StorageError::Conflict(what) => Self::Full(what),
            error => Self::Storage(error),
        }
    }
}

impl From<TooFast> for Refusal {
    fn from(too_fast: TooFast) -> Self {
        Self::TooFast(too_fast)
    }
}

/// Judges a secret by its hash. A participant who joins for the first time is counted and noted in
/// the audit trail, durably, before this returns.
///
/// The hash of the secret is looked up in an index. That takes a time that depends on the hashes
/// that are stored, but a hash tells nothing of the 256 random bits behind it, so there is nothing
/// to be measured that helps. For the same reason a right secret opens whatever was tried before it:
/// those who share an address with somebody who guesses, or with a forgotten program, are let in.
pub(crate) async fn admit(
    relay: &Relay,
    draft: DocumentId,
    secret: LinkHash,
    claimed: &Claimed,
    address: Option<IpAddr>,
) -> Result<Admission, Refusal> {
    let now = now_ms();
    let storage = relay.storage();
    let asked = claimed.participant().cloned();
    let Some(found) = storage.access(draft, secret, asked).await? else {
        relay.rates().take(Rate::Guess, address, now)?;
        return Err(match storage.draft_of(draft).await? {
            Some(_) => Refusal::WrongSecret,
            None => Refusal::NoSuchDraft,
        });
    };
    still_valid(&found.link, now)?;
    let found = if joins(&found, claimed)? {
        relay.rates().take(Rate::Join, address, now)?;
        join(relay, found, claimed, now).await?
    } else {
        found
    };
    let owner = found.link.terms.participant.clone();
    let found = match &owner {
        // A program that shows a personal link alone is its owner, with all that holds for them.
        Some(owner) if found.participant.as_ref() != Some(owner) => {
            let theirs = storage.access(draft, secret, Some(owner.clone())).await?;
            theirs.ok_or(Refusal::WrongSecret)?
        }
        _ => found,
    };
    let cap = found.person.as_ref().and_then(|person| person.role_cap);
    let role = found.link.terms.role;
    Ok(Admission {
        role: cap.map_or(role, |cap| cap.min(role)),
        participant: owner.or(found.participant),
        person: found.person,
        deletion: found.deletion,
        link: found.link,
    })
}

fn still_valid(link: &StoredLink, now_ms: i64) -> Result<(), Refusal> {
    if link.revoked_ms.is_some() {
        return Err(Refusal::Revoked);
    }
    match link.terms.expires_ms {
        Some(expires_ms) if expires_ms <= now_ms => Err(Refusal::Expired),
        _ => Ok(()),
    }
}

/// Whether somebody uses a link for the first time, in a way that counts.
fn joins(found: &StoredAccess, claimed: &Claimed) -> Result<bool, Refusal> {
    let is_limited = found.link.terms.uses_limit.is_some();
    let has_to_become = found
        .link
        .terms
        .participant
        .as_ref()
        .is_some_and(|owner| found.participant.as_ref() != Some(owner));
    match claimed {
        Claimed::Later => Ok(false),
        Claimed::Nobody if is_limited => Err(Refusal::ParticipantNeeded),
        Claimed::Nobody => Ok(false),
        Claimed::Passing(_) => Ok(is_limited && !found.has_used),
        Claimed::Kept(_) => Ok(!found.has_used || has_to_become),
    }
}

/// Notes that somebody joins. By a personal link a device becomes its owner's, unless it is known already
/// as somebody else's: then whoever sent that link would take over what was written there.
async fn join(
    relay: &Relay,
    found: StoredAccess,
    claimed: &Claimed,
    now_ms: i64,
) -> Result<StoredAccess, Refusal> {
    let (draft, link) = (found.link.draft, found.link.terms.id.clone());
    let Some(shown) = found.participant.clone() else {
        return Ok(found);
    };
    let owner = found.link.terms.participant.clone();
    let (mut acts, mut audit) = (Vec::new(), Vec::new());
    if let (Claimed::Kept(_), Some(owner)) = (claimed, &owner)
        && *owner != shown
    {
        acts.push(Act::Continue {
            from: shown.clone(),
            into: owner.clone(),
        });
        audit.push(NewAudit {
            by: Some(owner.clone()),
            kind: "continued",
            detail: serde_json::json!({"link": link.as_str(), "merged": shown.as_str()}),
        });
    }
    acts.push(Act::UseLink {
        link,
        participant: owner.clone().unwrap_or_else(|| shown.clone()),
        role: found.link.terms.role,
        most_people: relay.config().bounds.people,
    });
    // Who never joined before has made no changes yet that a loaded room would know as another's.
    let known = found.person.filter(|_| acts.len() > 1);
    // A link that is revoked at this moment lets nobody in any more.
    let standing = Standing {
        link: found.link.terms.id.clone(),
        participant: None,
        cap: None,
    };
    acts.insert(0, Act::Require(standing));
    let commit = AccessCommit {
        draft: Some(draft),
        at_ms: now_ms,
        acts,
        audit,
    };
    let storage = relay.storage();
    storage.commit_access(commit).await?;
    relay.news().people(draft);
    if let (Some(before), Some(owner)) = (&known, &owner) {
        // On the heap: it is seldom, and every connection would keep room for it as long as it lasts.
        Box::pin(became_one(relay, draft, before, owner)).await?;
    }
    let again = storage.access(draft, found.link.terms.hash, Some(shown));
    again.await?.ok_or(Refusal::WrongSecret)
}

/// Lets the relay know that a device is its owner's, as the storage knows.
async fn became_one(
    relay: &Relay,
    draft: DocumentId,
    before: &StoredPerson,
    owner: &ParticipantId,
) -> Result<(), Refusal> {
    let people = relay.storage().people(draft).await?;
    let into = people.iter().find(|person| person.participant == *owner);
    let changes_access = into.is_some_and(|into| before.changes_access(into));
    let device = &before.participant;
    relay
        .people_became_one(draft, device, owner, changes_access)
        .await;
    Ok(())
}
