//! What the authors should know about their text: found on the way, never in the way.

use serde::Serialize;

use crate::model::Span;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Readers will not notice; the authors may want to know.
    Note,
    /// Readers will notice: something is missing or is shown as it was typed.
    Warning,
}

/// Which kind of finding this is; the names are part of the command's JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// `@sec:x`, `@fig:x` or `@tbl:x` names nothing.
    BrokenReference,
    /// A link to `#x` names nothing.
    BrokenLink,
    /// A link goes somewhere that a published report may not link to.
    RefusedLink,
    /// Two things carry the same id.
    DuplicateId,
    /// An image says nothing to those who cannot see it.
    MissingAlternative,
    /// A heading is more than one level below the one before.
    SkippedHeadingLevel,
    /// A heading without text.
    EmptyHeading,
    /// The front matter is not YAML.
    FrontMatterSyntax,
    /// A value of the front matter has another type than its key asks for.
    FrontMatterType,
    /// `[^x]` has no definition.
    UndefinedFootnote,
    /// A footnote that nothing refers to is left out.
    UnusedFootnote,
    /// Two footnotes have one label; the first one counts.
    DuplicateFootnote,
    /// `[` or `]` that looks like a bracketed passage has no partner in its paragraph.
    UnbalancedBracket,
    /// A `:::` block is never closed, or closes nothing.
    UnbalancedDiv,
    /// Raw HTML is shown as text.
    RawHtml,
    /// Headings carry typed numbers, so automatic numbering is off.
    TypedNumbers,
    /// A language tag is not one.
    UnknownLanguage,
    /// There were more diagnostics than are kept.
    More,
}

/// One finding, with its place in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The kind of finding.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong and what to do, in one sentence.
    pub message: String,
    /// Byte range in the source.
    pub span: Span,
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode code points, from 1.
    pub column: u32,
}

impl Code {
    /// The severity that goes with the kind.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::RawHtml | Self::TypedNumbers | Self::UnusedFootnote => Severity::Note,
            _ => Severity::Warning,
        }
    }
}

/// Gathers findings while the report is being made; places are worked out once, at the end.
#[derive(Debug)]
pub(crate) struct Findings {
    kept: Vec<(Code, Span, String)>,
    limit: usize,
    dropped: usize,
}

impl Findings {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            kept: Vec::new(),
            limit,
            dropped: 0,
        }
    }

    /// Records a finding. The message is made only when it is kept, since a hostile source could
    /// ask for millions.
    pub(crate) fn add(&mut self, code: Code, span: Span, message: impl FnOnce() -> String) {
        if self.kept.len() < self.limit {
            self.kept.push((code, span, message()));
        } else {
            self.dropped += 1;
        }
    }

    /// Sorts by place and adds lines and columns in one sweep over the source.
    pub(crate) fn finish(mut self, source: &str) -> Vec<Diagnostic> {
        self.kept.sort_by_key(|(code, span, _)| (span.start, *code));
        let mut places = Places::new(source);
        let mut all: Vec<Diagnostic> = self
            .kept
            .into_iter()
            .map(|(code, span, message)| {
                let (line, column) = places.at(span.start as usize);
                Diagnostic {
                    code,
                    severity: code.severity(),
                    message,
                    span,
                    line,
                    column,
                }
            })
            .collect();
        if self.dropped > 0 {
            all.push(Diagnostic {
                code: Code::More,
                severity: Severity::Warning,
                message: format!(
                    "{} further findings are not listed; mend those above first",
                    self.dropped
                ),
                span: Span::default(),
                line: 1,
                column: 1,
            });
        }
        all
    }
}

/// Turns ascending byte offsets into lines and columns without ever going back.
struct Places<'a> {
    source: &'a [u8],
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Places<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source: source.as_bytes(),
            at: 0,
            line: 1,
            column: 1,
        }
    }

    fn at(&mut self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.source.len());
        let Some(passed) = self.source.get(self.at..offset) else {
            return (self.line, self.column);
        };
        self.at = offset;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut line = passed;
        if let Some(end) = passed.iter().rposition(|byte| *byte == b'\n') {
            self.line += count(count_lines(passed));
            self.column = 1;
            line = &passed[end + 1..];
        }
        let first = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
        self.column += count(line.iter().filter(first).count());
        (self.line, self.column)
    }
}

/// How many line ends there are. Counts in bytes first, which the compiler makes many at once.
fn count_lines(bytes: &[u8]) -> usize {
    bytes
        .chunks(255)
        .map(|chunk| {
            let ends = chunk.iter().map(|byte| u8::from(*byte == b'\n'));
            usize::from(ends.sum::<u8>())
        })
        .sum()
}

/// Line and column (both from 1, columns in code points) of a byte offset.
pub(crate) fn place(source: &str, offset: usize) -> (u32, u32) {
    Places::new(source).at(offset)
}
