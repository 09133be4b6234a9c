//! Whom a presence message says that it is from, in the words of Plenary's own editor.
//!
//! What peers say to each other is theirs and is not interpreted, but for these two fields: other editors
//! show a cursor under the name that they claim.

use std::borrow::Cow;

use minicbor::decode::Decoder;

use super::error::DecodeError;
use super::fields::Fields;
use super::scan::Walker;
use crate::limits::Limits;

/// CBOR's major types of maps and tags, in the upper three bits of the first byte (RFC 8949, 3.1).
const MAP: u8 = 5;
const TAG: u8 = 6;

/// What a presence message says of its sender. Absent fields claim nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Claims<'b> {
    /// The participant.
    pub participant: Option<Cow<'b, str>>,
    /// The peer.
    pub peer: Option<Cow<'b, str>>,
}

impl<'b> Claims<'b> {
    /// Reads them from the payload of a presence message. Fails for a map that a reader in JavaScript could
    /// understand otherwise than we do: one behind a tag, with keys that are no plain text, or with one key twice.
    /// A payload that is no map at all claims nothing.
    ///
    /// # Errors
    /// Says what is wrong with the map.
    pub fn read(data: &'b [u8], limits: &Limits) -> Result<Self, DecodeError> {
        match data.first().map(|first| first >> 5) {
            Some(MAP) => {}
            Some(TAG) => return Err(DecodeError::NotAMap),
            _ => return Ok(Self::default()),
        }
        plain_keys(data, limits)?;
        let fields = Fields::read(data, 1, limits)?;
        let text = |field| fields.get(field).map(|value| value.text(limits.id_bytes));
        Ok(Self {
            participant: text("participant").transpose()?,
            peer: text("peer").transpose()?,
        })
    }
}

/// Fails unless all keys of the map are texts in one piece.
fn plain_keys(data: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    let mut walker = Walker::new(data, 0, limits);
    let declared = walker.enter_map()?;
    for read in 0.. {
        let at_end = match declared {
            Some(declared) => read == declared,
            None => walker.at_break()?,
        };
        if at_end {
            break;
        }
        let key = walker.value()?;
        if Decoder::new(key).str().is_err() {
            return Err(DecodeError::Missing {
                field: "a plain key",
            });
        }
        walker.value()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Option<(Option<String>, Option<String>)> {
        let limits = Limits::default();
        let claims = Claims::read(data, &limits).ok()?;
        Some((
            claims.participant.map(Cow::into_owned),
            claims.peer.map(Cow::into_owned),
        ))
    }

    fn text(words: &str) -> Vec<u8> {
        minicbor::to_vec(words).expect("a text")
    }

    fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let count = u8::try_from(entries.len()).expect("few");
        let mut bytes = vec![0xa0 | count];
        for (key, value) in entries {
            bytes.extend(key);
            bytes.extend(value);
        }
        bytes
    }

    #[test]
    fn the_two_fields_are_read_wherever_they_stand() {
        let said = map(&[
            (text("plenary"), vec![1]),
            (text("peer"), text("page")),
            (text("more"), map(&[(text("participant"), text("deep"))])),
            (text("participant"), text("anna")),
        ]);
        let both = (Some("anna".to_owned()), Some("page".to_owned()));
        assert_eq!(read(&said), Some(both));
        assert_eq!(
            read(&map(&[(text("participant"), vec![0xf6])])),
            Some((None, None))
        );
    }

    #[test]
    fn what_is_no_map_claims_nothing() {
        for data in [&[][..], &text("participant"), &[0x80], &[0x01]] {
            assert_eq!(read(data), Some((None, None)), "{data:?}");
        }
    }

    #[test]
    fn what_could_be_understood_otherwise_is_refused() {
        let honest = (text("participant"), text("eve"));
        let in_pieces = vec![0x7f, 0x6b]
            .into_iter()
            .chain(*b"participant")
            .chain([0xff])
            .collect::<Vec<u8>>();
        let mut tagged = vec![0xd9, 0xdf, 0xff];
        tagged.extend(map(std::slice::from_ref(&honest)));
        for data in [
            map(&[honest.clone(), (text("participant"), text("anna"))]),
            map(&[honest.clone(), (in_pieces, text("anna"))]),
            map(&[(text("participant"), vec![1])]),
            map(&[honest])[..5].to_vec(),
            tagged,
        ] {
            assert_eq!(read(&data), None, "{data:?}");
        }
    }
}
