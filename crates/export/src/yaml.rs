//! A small, total reading of YAML: scalars as typed, lists, maps.
//!
//! The parser's events are turned into a tree by our own loop, so that depth and size are bounded
//! here and nothing is ever expanded: an alias is an error, not a copy. Scalars keep the text that
//! the author typed (`version: 1.10` is not 1.1).

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// How deep lists and maps may stand in one another.
const DEPTH: usize = 16;

/// A YAML value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yaml {
    /// Nothing.
    Null,
    /// A scalar: its text, and whether it stood without quotes.
    Scalar {
        /// The text, quotes and escapes resolved.
        text: String,
        /// Whether it was plain, so that `true` may be a truth value.
        plain: bool,
    },
    /// A list.
    List(Vec<Yaml>),
    /// A map in the order typed.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// The value.
    pub value: Yaml,
    /// Line of the key within the YAML text, from 1.
    pub line: usize,
}

/// What is wrong with the YAML, and in which of its lines (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Yaml {
    /// A scalar's text; none for null, lists and maps.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A truth value: plain `true`, `yes`, `on` and their opposites.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Scalar { text, plain: true } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar { .. } => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Serialize for Yaml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Scalar { text, .. } => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}

/// A list or map that is still open.
enum Open {
    List(Vec<Yaml>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, usize)>,
    },
}

/// Reads one YAML document.
///
/// # Errors
/// Syntax errors, aliases, more than 16 levels, keys that are no scalars, a second document.
pub(crate) fn read(text: &str) -> Result<Yaml, YamlError> {
    let mut stack: Vec<Open> = Vec::new();
    let mut root = None;
    for step in Parser::new_from_str(text) {
        let (event, span) = step.map_err(|error| YamlError {
            line: error.marker().line().max(1),
            message: error.info().to_owned(),
        })?;
        let line = span.start.line().max(1);
        let fail = |message: &str| YamlError {
            line,
            message: message.to_owned(),
        };
        let value = match event {
            Event::Alias(_) => {
                return Err(fail("aliases (*name) are not read; write the value again"));
            }
            Event::Scalar(text, style, ..) => Some(scalar(text.into_owned(), style)),
            Event::SequenceStart(..) | Event::MappingStart(..) if stack.len() >= DEPTH => {
                return Err(fail("lists and maps stand too deep within one another"));
            }
            Event::SequenceStart(..) => {
                stack.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                stack.push(Open::Map {
                    entries: Vec::new(),
                    key: None,
                });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => stack.pop().map(|open| match open {
                Open::List(items) => Yaml::List(items),
                Open::Map { entries, .. } => Yaml::Map(entries),
            }),
            Event::DocumentStart(_) if root.is_some() => {
                return Err(fail("only one YAML document is read"));
            }
            _ => None,
        };
        let Some(value) = value else { continue };
        match stack.last_mut() {
            None => root = Some(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map { entries, key }) => match key.take() {
                Some((key, line)) => entries.push(Entry { key, value, line }),
                None => match value {
                    Yaml::Scalar { text, .. } => *key = Some((text, line)),
                    Yaml::Null => *key = Some((String::new(), line)),
                    _ => return Err(fail("a key must be a plain text")),
                },
            },
        }
    }
    Ok(root.unwrap_or(Yaml::Null))
}

fn scalar(text: String, style: ScalarStyle) -> Yaml {
    let plain = style == ScalarStyle::Plain;
    if plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Yaml::Null;
    }
    Yaml::Scalar { text, plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Yaml {
        Yaml::Scalar {
            text: text.to_owned(),
            plain: true,
        }
    }

    #[test]
    fn scalars_keep_what_was_typed() {
        let Ok(Yaml::Map(entries)) = read("version: 1.10\ndate: 2026-11-22\n") else {
            panic!("a map")
        };
        assert_eq!(entries[0].value, text("1.10"));
        assert_eq!(entries[1].value, text("2026-11-22"));
        assert_eq!(entries[1].line, 2);
    }

    #[test]
    fn lists_and_maps_nest() {
        let Ok(Yaml::Map(entries)) = read("editors:\n  - name: Ana\n  - Bo\n") else {
            panic!("a map")
        };
        let Yaml::List(items) = &entries[0].value else {
            panic!("a list")
        };
        assert!(matches!(&items[0], Yaml::Map(inner) if inner[0].key == "name"));
        assert_eq!(items[1], text("Bo"));
    }

    #[test]
    fn aliases_are_refused_and_not_expanded() {
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\n";
        assert_eq!(read(bomb).map_err(|error| error.line), Err(2));
    }

    #[test]
    fn depth_is_bounded() {
        assert!(read(&"[".repeat(400)).is_err());
        assert!(read(&format!("a: {}{}", "[".repeat(15), "]".repeat(15))).is_ok());
        assert!(read(&format!("a: {}{}", "[".repeat(16), "]".repeat(16))).is_err());
    }
}
