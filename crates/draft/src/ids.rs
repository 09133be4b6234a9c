//! Identifiers that travel in documents, on the wire and in links.

use std::fmt;
use std::str::FromStr;

/// The longest text form that is decoded, in bytes. Base58 decoding takes quadratic time, so the
/// length is bounded before it starts; 16 bytes with a checksum never need more than 28 characters.
const MAX_TEXT_BYTES: usize = 32;

/// The scheme in front of a document id in an Automerge URL.
const URL_SCHEME: &str = "automerge:";

/// The identifier of one Automerge document: 16 random bytes, written in base58 with a checksum
/// as automerge-repo does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId([u8; 16]);

/// Why a text is not a document id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentIdError {
    /// The text is longer than any document id.
    #[error("a document id has at most {MAX_TEXT_BYTES} characters, this one has {0}")]
    TooLong(usize),
    /// The text is not base58, or its checksum does not fit.
    #[error("not a document id (base58 with a checksum): check that it was copied completely")]
    NotBase58Check,
    /// The text decodes to another number of bytes than 16.
    #[error("a document id holds 16 bytes, this one holds {0}")]
    WrongLength(usize),
}

impl DocumentId {
    /// Makes an id of 16 bytes that the caller drew at random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes of this id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the id as an `automerge:` URL, the form in which documents refer to each other.
    pub fn to_url(self) -> String {
        format!("{URL_SCHEME}{self}")
    }

    /// Reads an `automerge:` URL; heads behind a `#` are ignored.
    pub fn from_url(url: &str) -> Result<Self, DocumentIdError> {
        let id = url
            .strip_prefix(URL_SCHEME)
            .ok_or(DocumentIdError::NotBase58Check)?;
        id.split('#').next().unwrap_or_default().parse()
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).with_check().into_string())
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

impl FromStr for DocumentId {
    type Err = DocumentIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(DocumentIdError::TooLong(text.len()));
        }
        let bytes = bs58::decode(text)
            .with_check(None)
            .into_vec()
            .map_err(|_| DocumentIdError::NotBase58Check)?;
        let bytes: [u8; 16] = bytes
            .try_into()
            .map_err(|bytes: Vec<u8>| DocumentIdError::WrongLength(bytes.len()))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let id = DocumentId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(DocumentId::from_url(&id.to_url()), Ok(id));
    }

    #[test]
    fn a_megabyte_of_base58_is_refused_before_decoding() {
        assert_eq!(
            "2".repeat(1 << 20).parse::<DocumentId>(),
            Err(DocumentIdError::TooLong(1 << 20))
        );
    }
}
