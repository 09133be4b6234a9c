//! What a reader found wrong in a document and read past.

use std::fmt;

/// How many findings a reader keeps; the rest are only counted.
pub const MAX_FINDINGS: usize = 200;

/// How many characters of a path a finding keeps.
const MAX_PATH_CHARS: usize = 160;

/// One thing that is not as the format says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, as keys from the document's root joined by `/`, shortened when it is very long.
    pub path: String,
    /// What.
    pub problem: Problem,
}

/// What is not as the format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A required field is not there; a default was taken.
    Missing,
    /// A value has another type than the format says; it was read as far as possible.
    WrongType {
        /// What the format says.
        expected: &'static str,
    },
    /// A plain string stands where a collaborative text is due; it was read, but it cannot be
    /// edited together.
    PlainString,
    /// Two values were put at one key by writers who did not know of each other; one was read.
    Conflict,
    /// A word is not among those that the format knows; it was kept as it is.
    UnknownWord,
    /// A value refers to an entry that is not there, or in a circle.
    DanglingReference,
    /// A text or list is longer than this reader takes.
    TooLong,
    /// A value cannot be read as what it should be, for example a hash or an id.
    Malformed,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path)?;
        match self.problem {
            Problem::Missing => f.write_str("is missing"),
            Problem::WrongType { expected } => write!(f, "should be {expected}"),
            Problem::PlainString => f.write_str("is a plain string and should be a text"),
            Problem::Conflict => f.write_str("holds two values that were put at once"),
            Problem::UnknownWord => f.write_str("holds a word that this version does not know"),
            Problem::DanglingReference => f.write_str("refers to what is not there"),
            Problem::TooLong => f.write_str("is longer than allowed"),
            Problem::Malformed => f.write_str("cannot be read"),
        }
    }
}

/// The findings of one reader, bounded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    left_out: usize,
}

impl Findings {
    /// The first findings, at most [`MAX_FINDINGS`].
    pub fn as_slice(&self) -> &[Finding] {
        &self.kept
    }

    /// How many more there were.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether everything was as the format says.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    pub(crate) fn add(&mut self, path: &str, problem: Problem) {
        if self.kept.len() == MAX_FINDINGS {
            self.left_out += 1;
            return;
        }
        let mut shown: String = path.chars().take(MAX_PATH_CHARS).collect();
        if shown.len() < path.len() {
            shown.push('…');
        }
        self.kept.push(Finding {
            path: shown,
            problem,
        });
    }
}
