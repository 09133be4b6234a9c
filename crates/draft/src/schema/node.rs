//! Reading a map whatever stands in it.

use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::finding::{Findings, Problem};
use super::words::Word;
use crate::document::contain;

/// The longest plain string that is read, in bytes. Ids, hashes and names are far shorter; long
/// text stands in texts.
const MAX_STRING_BYTES: usize = 64 << 10;

/// How many items of a list are read.
const MAX_LIST_ITEMS: usize = 10_000;

/// A document at some heads, and what was found wrong in it so far.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) document: &'a Automerge,
    heads: Option<&'a [ChangeHash]>,
    findings: RefCell<Findings>,
}

impl<'a> Reading<'a> {
    /// Reads at `heads`, which must be known to the document, or at the present.
    pub(crate) fn new(document: &'a Automerge, heads: Option<&'a [ChangeHash]>) -> Self {
        Self {
            document,
            heads,
            findings: RefCell::default(),
        }
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            reading: self,
            object: ROOT,
            path: String::new(),
        }
    }

    pub(crate) fn find(&self, path: &str, problem: Problem) {
        self.findings.borrow_mut().add(path, problem);
    }

    pub(crate) fn into_findings(self) -> Findings {
        self.findings.into_inner()
    }

    /// All values at a key or index; the last one is what readers see.
    fn values(
        &self,
        object: &ObjId,
        property: impl Into<automerge::Prop>,
    ) -> Vec<(Value<'a>, ObjId)> {
        let property = property.into();
        let found = contain(|| match self.heads {
            Some(heads) => self.document.get_all_at(object, property, heads),
            None => self.document.get_all(object, property),
        });
        found.ok().and_then(Result::ok).unwrap_or_default()
    }

    fn text(&self, object: &ObjId) -> String {
        let found = contain(|| match self.heads {
            Some(heads) => self.document.text_at(object, heads),
            None => self.document.text(object),
        });
        found.ok().and_then(Result::ok).unwrap_or_default()
    }

    fn keys(&self, object: &ObjId) -> Vec<String> {
        let found = contain(|| match self.heads {
            Some(heads) => self.document.keys_at(object, heads).collect(),
            None => self.document.keys(object).collect(),
        });
        found.unwrap_or_default()
    }

    fn length(&self, object: &ObjId) -> usize {
        let found = contain(|| match self.heads {
            Some(heads) => self.document.length_at(object, heads),
            None => self.document.length(object),
        });
        found.unwrap_or_default()
    }
}

/// A text as it stands in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundText {
    pub(crate) text: String,
    /// The Text object; absent when a plain string stands there.
    pub(crate) object: Option<ObjId>,
}

/// One map of a document.
#[derive(Debug, Clone)]
pub(crate) struct Node<'r> {
    reading: &'r Reading<'r>,
    object: ObjId,
    path: String,
}

impl<'r> Node<'r> {
    pub(crate) fn object(&self) -> &ObjId {
        &self.object
    }

    pub(crate) fn find(&self, key: &str, problem: Problem) {
        self.reading.find(&self.path_of(key), problem);
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            return key.to_owned();
        }
        // A path of hostile keys is cut when it is shown; here it must only not grow without end.
        let key: String = key.chars().take(100).collect();
        format!("{}/{key}", self.path)
    }

    /// The value that readers see at `key`. `structural` values must have no rival.
    fn value(&self, key: &str, structural: bool) -> Option<(Value<'_>, ObjId)> {
        let mut values = self.reading.values(&self.object, key);
        if structural && values.len() > 1 {
            self.find(key, Problem::Conflict);
        }
        values.pop()
    }

    /// A plain string, or the content of a text in its place.
    pub(crate) fn optional_string(&self, key: &str) -> Option<String> {
        let (value, object) = self.value(key, false)?;
        let found = match value {
            Value::Scalar(scalar) => match scalar.as_ref() {
                ScalarValue::Str(text) => Some(text.to_string()),
                ScalarValue::Null => return None,
                _ => None,
            },
            Value::Object(ObjType::Text) => Some(self.reading.text(&object)),
            Value::Object(_) => None,
        };
        match found {
            Some(text) if text.len() > MAX_STRING_BYTES => self.nothing(key, Problem::TooLong),
            Some(text) => Some(text),
            None => self.nothing(
                key,
                Problem::WrongType {
                    expected: "a string",
                },
            ),
        }
    }

    /// A plain string that should be there.
    pub(crate) fn string(&self, key: &str) -> String {
        self.required(key, Self::optional_string)
    }

    /// A collaborative text; a plain string in its place is read and reported.
    pub(crate) fn optional_text(&self, key: &str) -> Option<FoundText> {
        let (value, object) = self.value(key, true)?;
        match value {
            Value::Object(ObjType::Text) => Some(FoundText {
                text: self.reading.text(&object),
                object: Some(object),
            }),
            Value::Scalar(scalar) => match scalar.as_ref() {
                ScalarValue::Str(text) => {
                    self.find(key, Problem::PlainString);
                    Some(FoundText {
                        text: text.to_string(),
                        object: None,
                    })
                }
                ScalarValue::Null => None,
                _ => self.nothing(key, Problem::WrongType { expected: "a text" }),
            },
            Value::Object(_) => self.nothing(key, Problem::WrongType { expected: "a text" }),
        }
    }

    /// A collaborative text that should be there.
    pub(crate) fn text(&self, key: &str) -> FoundText {
        self.optional_text(key).unwrap_or_else(|| {
            self.missing(key);
            FoundText {
                text: String::new(),
                object: None,
            }
        })
    }

    /// A whole number, or a time in milliseconds since the Unix epoch.
    pub(crate) fn optional_integer(&self, key: &str) -> Option<i64> {
        let (value, _) = self.value(key, false)?;
        let number = match value {
            Value::Scalar(scalar) => match scalar.as_ref() {
                ScalarValue::Int(number) | ScalarValue::Timestamp(number) => Some(*number),
                ScalarValue::Uint(number) => i64::try_from(*number).ok(),
                ScalarValue::F64(number) => whole(*number),
                ScalarValue::Null => return None,
                _ => None,
            },
            Value::Object(_) => None,
        };
        number.or_else(|| {
            self.nothing(
                key,
                Problem::WrongType {
                    expected: "a whole number",
                },
            )
        })
    }

    /// A whole number that should be there.
    pub(crate) fn integer(&self, key: &str) -> i64 {
        self.required(key, Self::optional_integer)
    }

    /// A truth value; false where there is none.
    pub(crate) fn boolean(&self, key: &str) -> bool {
        let Some((value, _)) = self.value(key, false) else {
            return false;
        };
        match &value {
            Value::Scalar(scalar) => match scalar.as_ref() {
                ScalarValue::Boolean(value) => Some(*value),
                ScalarValue::Null => Some(false),
                _ => None,
            },
            Value::Object(_) => None,
        }
        .or_else(|| {
            self.nothing(
                key,
                Problem::WrongType {
                    expected: "true or false",
                },
            )
        })
        .unwrap_or_default()
    }

    /// A word of a closed list that should be there.
    pub(crate) fn word<W: Word>(&self, key: &str) -> W {
        let word = W::read(&self.string(key));
        if !word.is_known() {
            self.find(key, Problem::UnknownWord);
        }
        word
    }

    /// A map within this one.
    pub(crate) fn optional_map(&self, key: &str) -> Option<Node<'r>> {
        let (value, object) = self.value(key, true)?;
        match value {
            Value::Object(ObjType::Map | ObjType::Table) => Some(Node {
                reading: self.reading,
                object,
                path: self.path_of(key),
            }),
            _ => self.nothing(key, Problem::WrongType { expected: "a map" }),
        }
    }

    /// The entries of a flat map, by key; those that are not maps are reported and left out.
    pub(crate) fn entries(&self, key: &str) -> BTreeMap<String, Node<'r>> {
        let Some(map) = self.optional_map(key) else {
            if self.value(key, false).is_none() {
                self.missing(key);
            }
            return BTreeMap::new();
        };
        let keys = self.reading.keys(&map.object);
        keys.into_iter()
            .filter_map(|key| map.optional_map(&key).map(|entry| (key, entry)))
            .collect()
    }

    /// A map of plain strings (or of numbers and truth values, written out).
    pub(crate) fn strings_by_key(&self, key: &str) -> BTreeMap<String, String> {
        let Some(map) = self.optional_map(key) else {
            return BTreeMap::new();
        };
        let mut strings = BTreeMap::new();
        for key in self.reading.keys(&map.object) {
            let written = match map.value(&key, false) {
                Some((Value::Scalar(scalar), _)) => match scalar.as_ref() {
                    ScalarValue::Int(number) => Some(number.to_string()),
                    ScalarValue::Uint(number) => Some(number.to_string()),
                    ScalarValue::F64(number) => Some(number.to_string()),
                    ScalarValue::Boolean(value) => Some(value.to_string()),
                    _ => None,
                },
                _ => None,
            };
            if let Some(value) = written.or_else(|| map.optional_string(&key)) {
                strings.insert(key, value);
            }
        }
        strings
    }

    /// A list of plain strings; empty where there is none.
    pub(crate) fn strings(&self, key: &str) -> Vec<String> {
        let Some((value, object)) = self.value(key, false) else {
            return Vec::new();
        };
        if !matches!(value, Value::Object(ObjType::List)) {
            self.find(key, Problem::WrongType { expected: "a list" });
            return Vec::new();
        }
        let length = self.reading.length(&object);
        if length > MAX_LIST_ITEMS {
            self.find(key, Problem::TooLong);
        }
        let mut strings = Vec::new();
        for index in 0..length.min(MAX_LIST_ITEMS) {
            let item = self.reading.values(&object, index).pop();
            let text = item.and_then(|(value, object)| match value {
                Value::Scalar(scalar) => match scalar.as_ref() {
                    ScalarValue::Str(text) => Some(text.to_string()),
                    _ => None,
                },
                Value::Object(ObjType::Text) => Some(self.reading.text(&object)),
                Value::Object(_) => None,
            });
            match text {
                Some(text) if text.len() <= MAX_STRING_BYTES => strings.push(text),
                _ => self.find(
                    key,
                    Problem::WrongType {
                        expected: "a list of strings",
                    },
                ),
            }
        }
        strings
    }

    /// A list of change hashes in hexadecimal.
    pub(crate) fn heads(&self, key: &str) -> Vec<ChangeHash> {
        let mut heads = Vec::new();
        for text in self.strings(key) {
            match text.parse() {
                Ok(hash) => heads.push(hash),
                Err(_) => self.find(key, Problem::Malformed),
            }
        }
        heads
    }

    fn required<T: Default>(&self, key: &str, read: impl Fn(&Self, &str) -> Option<T>) -> T {
        read(self, key).unwrap_or_else(|| {
            self.missing(key);
            T::default()
        })
    }

    /// Reports a missing value, unless something is there and was reported as what it is.
    fn missing(&self, key: &str) {
        let nothing_there = match self.value(key, false) {
            None => true,
            Some((Value::Scalar(scalar), _)) => matches!(scalar.as_ref(), ScalarValue::Null),
            Some(_) => false,
        };
        if nothing_there {
            self.find(key, Problem::Missing);
        }
    }

    fn nothing<T>(&self, key: &str, problem: Problem) -> Option<T> {
        self.find(key, problem);
        None
    }
}

/// JavaScript has one kind of number, so a whole one may arrive as a float.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}
