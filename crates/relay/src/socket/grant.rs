//! What a connection may reach, and how it came.

use std::net::IpAddr;

use plenary_draft::DocumentId;

use crate::storage::LinkHash;

/// What a connection asks to reach, and may reach once it was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// One draft, by a link.
    Draft(Box<Way>),
    /// Any document (`--access open`).
    Open,
}

/// The way by which a connection came. It is judged when it is known who came by it, and when those who
/// revoke links can see it, so that no revocation falls between the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// The draft.
    pub(crate) draft: DocumentId,
    /// The hash of the secret that was shown.
    pub(crate) secret: LinkHash,
    /// The address that is counted; `None` for this machine.
    pub(crate) address: Option<IpAddr>,
}
