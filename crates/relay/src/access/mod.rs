//! Who may do what: links with secrets, roles, and what each role may do with each document.

mod participant;
mod permissions;
mod role;
mod secret;

pub use participant::{Claim, participant_of};
pub use permissions::{Permissions, permission, permissions};
pub use role::Role;
pub use secret::{LinkSecret, SECRET_BYTES, SecretError, SiteSecret};
