//! Secrets: drawn at random, shown once, stored as hashes, compared in constant time.
//!
//! A secret has 256 random bits, so a plain SHA-256 protects it: there is nothing to guess.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// How many random bytes a secret has.
pub const SECRET_BYTES: usize = 32;

/// The longest text that is decoded, in characters: base58 takes quadratic time, and 32 bytes
/// never need more than 44.
const MAX_TEXT: usize = 44;

/// Why a text is not a secret. It says nothing of what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of this relay: check that the link was copied completely")]
pub struct SecretError;

/// The secret of one link, which opens one draft in one role. It never shows itself: only
/// [`LinkSecret::reveal`] gives the text that belongs into a link.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret([u8; SECRET_BYTES]);

impl LinkSecret {
    /// Makes a secret of bytes that the caller drew at random.
    pub const fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The text that goes into a link: base58, 43 or 44 characters, safe in an address.
    pub fn reveal(&self) -> String {
        bs58::encode(self.0).into_string()
    }

    /// What is stored in the secret's place.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// Whether `hash` is the hash of this secret. Takes the same time whatever it is.
    pub fn matches(&self, hash: &[u8; 32]) -> bool {
        same(&self.hash(), hash)
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

impl FromStr for LinkSecret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        if text.len() > MAX_TEXT {
            return Err(SecretError);
        }
        let bytes = bs58::decode(text).into_vec().map_err(|_| SecretError)?;
        Ok(Self(bytes.try_into().map_err(|_| SecretError)?))
    }
}

/// The secret that allows making drafts on a relay that listens to more than this machine. An
/// operator may choose it, so it is a text.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteSecret(String);

impl SiteSecret {
    /// Takes a text that an operator chose or that was drawn at random.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be printed once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored in the secret's place.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Whether `hash` is the hash of this secret. Takes the same time whatever it is.
    pub fn matches(&self, hash: &[u8; 32]) -> bool {
        same(&self.hash(), hash)
    }
}

impl fmt::Debug for SiteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteSecret(…)")
    }
}

/// Compares without stopping at the first difference.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_survives_its_link_and_hides_in_logs() {
        let secret = LinkSecret::from_bytes([7; SECRET_BYTES]);
        let text = secret.reveal();
        assert_eq!(text.parse::<LinkSecret>(), Ok(secret.clone()));
        assert!(!format!("{secret:?}").contains(&text));
        assert!(secret.matches(&secret.hash()));
        assert!(!secret.matches(&[0; 32]));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_repeated() {
        for text in ["", "0OIl", "abc", &"1".repeat(1 << 20)] {
            let error = text.parse::<LinkSecret>().expect_err("no secret");
            assert!(text.is_empty() || !error.to_string().contains(text));
        }
    }

    #[test]
    fn a_site_secret_hides_in_logs() {
        let secret = SiteSecret::new("correct horse");
        assert!(!format!("{secret:?}").contains("horse"));
        assert!(secret.matches(&SiteSecret::new("correct horse").hash()));
    }
}
