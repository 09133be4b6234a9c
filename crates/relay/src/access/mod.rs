//! Who may do what: links with secrets, roles, and what each role may do with each document.

mod origin;
mod participant;
mod permissions;
mod role;
mod secret;

pub(crate) use origin::{FORWARDED_FOR, authority_of, may_talk, names_this_machine};
pub use participant::{Claim, participant_of};
pub use permissions::{Reading, least_role, permission};
pub use role::Role;
pub use secret::{LinkSecret, SECRET_BYTES, SecretError, SiteSecret};
