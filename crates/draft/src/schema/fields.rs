//! Writing maps as the format says.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ChangeHash, ObjId, ObjType, ScalarValue};

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    /// A collaborative text.
    Text(String),
    /// A plain string: an id, a word, a hash, a name. The last writer wins.
    Str(String),
    Integer(i64),
    /// Milliseconds since the Unix epoch.
    Time(i64),
    Boolean(bool),
    Strings(Vec<String>),
    Map(Fields),
    /// Nothing is written.
    Absent,
}

/// Fields of one map, in the order in which they are written.
pub(crate) type Fields = Vec<(&'static str, Field)>;

impl Field {
    pub(crate) fn str(text: impl std::fmt::Display) -> Self {
        Self::Str(text.to_string())
    }

    pub(crate) fn optional_str(text: Option<&impl std::fmt::Display>) -> Self {
        text.map_or(Self::Absent, Self::str)
    }

    pub(crate) fn optional_time(time_ms: Option<i64>) -> Self {
        time_ms.map_or(Self::Absent, Self::Time)
    }

    /// A mark that stands there only when it is true.
    pub(crate) fn when_true(value: bool) -> Self {
        if value {
            Self::Boolean(true)
        } else {
            Self::Absent
        }
    }

    pub(crate) fn heads(heads: &[ChangeHash]) -> Self {
        Self::Strings(heads.iter().map(ToString::to_string).collect())
    }
}

/// Makes a map at `key` of `parent` and writes `fields` into it.
pub(crate) fn put_entry(
    transaction: &mut impl Transactable,
    parent: &ObjId,
    key: &str,
    fields: Fields,
) -> Result<ObjId, AutomergeError> {
    let entry = transaction.put_object(parent, key, ObjType::Map)?;
    put_fields(transaction, &entry, fields)?;
    Ok(entry)
}

/// Writes `fields` into the map `object`.
pub(crate) fn put_fields(
    transaction: &mut impl Transactable,
    object: &ObjId,
    fields: Fields,
) -> Result<(), AutomergeError> {
    for (key, field) in fields {
        match field {
            Field::Text(text) => {
                let object = transaction.put_object(object, key, ObjType::Text)?;
                transaction.splice_text(&object, 0, 0, &text)?;
            }
            Field::Str(text) => transaction.put(object, key, text)?,
            Field::Integer(number) => transaction.put(object, key, number)?,
            Field::Time(time_ms) => {
                transaction.put(object, key, ScalarValue::Timestamp(time_ms))?;
            }
            Field::Boolean(value) => transaction.put(object, key, value)?,
            Field::Strings(items) => {
                let list = transaction.put_object(object, key, ObjType::List)?;
                for (index, item) in items.into_iter().enumerate() {
                    transaction.insert(&list, index, item)?;
                }
            }
            Field::Map(fields) => {
                put_entry(transaction, object, key, fields)?;
            }
            Field::Absent => {}
        }
    }
    Ok(())
}
