//! Who may do what: links with secrets, roles, and what each role may do with each document.

mod disclosure;
mod network;
mod origin;
mod participant;
mod permissions;
mod rates;
mod reading;
mod role;
mod secret;

pub use disclosure::{Disclosed, disclosed};
pub(crate) use network::client_address;
pub use network::{BadNetwork, Network};
pub(crate) use origin::{FORWARDED_FOR, authority_of, may_talk, names_this_machine};
pub use participant::{Claim, participant_of};
pub use permissions::{Reading, least_role, permission};
pub(crate) use rates::{Rate, Rates, TooFast, counted};
pub use reading::{TextSeen, text_seen};
pub use role::Role;
pub use secret::{LinkSecret, SECRET_BYTES, SecretError, SiteSecret};
