//! Markdown source as bytes, and the same as the draft holds it.
//!
//! A draft's text holds LF only, because the browser's editor counts every line ending as one
//! unit. What is taken out here (a byte order mark, CRLF, lone CR) is remembered beside the text
//! and put back at export, so that importing and exporting gives the same bytes.

use std::ops::Range;

/// The largest source that a draft takes, in bytes.
pub const MAX_SOURCE_BYTES: usize = 5 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// How a line ends in the authors' file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LineEnding {
    /// `\n`, the default.
    #[default]
    Lf,
    /// `\r\n`.
    CrLf,
    /// A lone `\r`.
    Cr,
}

impl LineEnding {
    /// The word for this ending in documents.
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Lf => "lf",
            Self::CrLf => "crlf",
            Self::Cr => "cr",
        }
    }

    /// Reads the word for an ending.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "lf" => Some(Self::Lf),
            "crlf" => Some(Self::CrLf),
            "cr" => Some(Self::Cr),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// Why bytes are not a source that a draft can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes are not UTF-8.
    #[error(
        "the file is not UTF-8: byte {offset} (line {line}) cannot be read; save the file as UTF-8 \
         and try again (for a file from an older Windows: iconv -f WINDOWS-1252 -t UTF-8)"
    )]
    NotUtf8 {
        /// The offset in bytes of the first byte that cannot be read, from 0.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// The source is larger than a draft may be.
    #[error("the file has {bytes} bytes, and a draft holds at most {MAX_SOURCE_BYTES}: split it")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
}

/// Lines that end otherwise than most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingRun {
    /// Byte range of the normalised text: every LF in it ends as `ending` says.
    pub range: Range<usize>,
    /// How these lines end.
    pub ending: LineEnding,
}

/// A source taken apart: its text with LF only, and what is needed to restore its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The text, with LF only and without byte order mark.
    pub text: String,
    /// Whether the bytes begin with a byte order mark.
    pub byte_order_mark: bool,
    /// How most lines end.
    pub ending: LineEnding,
    /// The lines that end otherwise, in order, not overlapping.
    pub exceptions: Vec<EndingRun>,
}

impl Source {
    /// Reads the bytes of a Markdown file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SourceError> {
        if bytes.len() > MAX_SOURCE_BYTES {
            return Err(SourceError::TooLarge { bytes: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let offset = error.valid_up_to();
            let line = 1 + bytes[..offset]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            SourceError::NotUtf8 { offset, line }
        })?;
        Ok(Self::from_text(text))
    }

    /// Reads a Markdown source that is text already.
    pub fn from_text(text: &str) -> Self {
        let (byte_order_mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if !text.contains('\r') {
            return Self {
                text: text.to_owned(),
                byte_order_mark,
                ..Self::default()
            };
        }
        let (normalised, endings) = normalise(text);
        let ending = most_frequent(&endings);
        Self {
            text: normalised,
            byte_order_mark,
            ending,
            exceptions: runs(&endings, ending),
        }
    }

    /// Restores the bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut restored = String::with_capacity(self.text.len() + 16);
        if self.byte_order_mark {
            restored.push(BYTE_ORDER_MARK);
        }
        let mut runs = self.exceptions.iter().peekable();
        let mut written = 0;
        for (offset, _) in self.text.match_indices('\n') {
            while runs.next_if(|run| run.range.end <= offset).is_some() {}
            let ending = runs
                .peek()
                .filter(|run| run.range.contains(&offset))
                .map_or(self.ending, |run| run.ending);
            restored.push_str(&self.text[written..offset]);
            restored.push_str(ending.as_str());
            written = offset + 1;
        }
        restored.push_str(&self.text[written..]);
        restored.into_bytes()
    }
}

/// Replaces every line ending by LF and returns the offset of each LF with what stood there.
fn normalise(text: &str) -> (String, Vec<(usize, LineEnding)>) {
    let mut normalised = String::with_capacity(text.len());
    let mut endings = Vec::new();
    let mut rest = text;
    while let Some(index) = rest.find(['\r', '\n']) {
        normalised.push_str(&rest[..index]);
        let tail = &rest[index..];
        let ending = if tail.starts_with("\r\n") {
            LineEnding::CrLf
        } else if tail.starts_with('\n') {
            LineEnding::Lf
        } else {
            LineEnding::Cr
        };
        endings.push((normalised.len(), ending));
        normalised.push('\n');
        rest = &tail[ending.as_str().len()..];
    }
    normalised.push_str(rest);
    (normalised, endings)
}

fn most_frequent(endings: &[(usize, LineEnding)]) -> LineEnding {
    let count = |wanted| {
        endings
            .iter()
            .filter(|(_, ending)| *ending == wanted)
            .count()
    };
    let (lf, crlf, cr) = (
        count(LineEnding::Lf),
        count(LineEnding::CrLf),
        count(LineEnding::Cr),
    );
    if lf >= crlf && lf >= cr {
        LineEnding::Lf
    } else if crlf >= cr {
        LineEnding::CrLf
    } else {
        LineEnding::Cr
    }
}

/// Joins neighbouring lines with the same unusual ending.
fn runs(endings: &[(usize, LineEnding)], usual: LineEnding) -> Vec<EndingRun> {
    let mut runs: Vec<EndingRun> = Vec::new();
    let mut previous = usual;
    for (offset, ending) in endings {
        match runs.last_mut() {
            Some(run) if previous == *ending && *ending != usual => run.range.end = offset + 1,
            _ if *ending != usual => runs.push(EndingRun {
                range: *offset..offset + 1,
                ending: *ending,
            }),
            _ => {}
        }
        previous = *ending;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn most_lines_give_the_ending_and_others_are_exceptions() {
        let source = Source::from_bytes(b"a\r\nb\nc\nd\r\ne\r\nf\r").unwrap();
        assert_eq!(source.text, "a\nb\nc\nd\ne\nf\n");
        assert_eq!(source.ending, LineEnding::CrLf);
        assert_eq!(
            source.exceptions,
            [
                EndingRun {
                    range: 3..6,
                    ending: LineEnding::Lf
                },
                EndingRun {
                    range: 11..12,
                    ending: LineEnding::Cr
                },
            ]
        );
    }

    #[test]
    fn invalid_utf8_names_its_place_and_the_remedy() {
        let error = Source::from_bytes(b"# Caf\xe9\n").unwrap_err();
        assert_eq!(error, SourceError::NotUtf8 { offset: 5, line: 1 });
        assert!(error.to_string().contains("byte 5") && error.to_string().contains("iconv"));
        let error = Source::from_bytes(b"a\nb\n\xff").unwrap_err();
        assert_eq!(error, SourceError::NotUtf8 { offset: 4, line: 3 });
    }

    #[test]
    fn a_source_over_the_limit_is_refused() {
        let bytes = vec![b'a'; MAX_SOURCE_BYTES + 1];
        assert_eq!(
            Source::from_bytes(&bytes),
            Err(SourceError::TooLarge {
                bytes: MAX_SOURCE_BYTES + 1
            })
        );
    }

    proptest! {
        #[test]
        fn bytes_are_restored(text in "\u{feff}?[a\r\n\u{0}é😀\u{feff}]{0,40}") {
            let source = Source::from_bytes(text.as_bytes()).unwrap();
            prop_assert!(!source.text.contains('\r'));
            prop_assert_eq!(source.to_bytes(), text.into_bytes());
        }
    }
}
