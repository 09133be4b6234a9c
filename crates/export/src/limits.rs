//! What one export may cost, by name.

use serde::{Deserialize, Serialize};

/// Upper bounds on what one source may ask of the exporter.
///
/// The defaults pass an honest source of 5 MB (some 2,500 printed pages) and stop what only a
/// machine would write. Every bound ends in an error that names it, with line and column, never in
/// a truncated report: half a publication is worse than none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of the Markdown source, front matter included.
    pub source_bytes: usize,
    /// Bytes of the front matter between its two `---` lines.
    pub front_matter_bytes: usize,
    /// How many quotes, lists, divs and emphases may stand within one another. The model is a tree
    /// that is walked recursively, so this also bounds the stack.
    pub nesting: usize,
    /// Bytes of one output. Nested quotes can grow 27-fold on their way to HTML.
    pub output_bytes: usize,
    /// Headings in the whole report.
    pub headings: usize,
    /// Table cells in the whole report, those that the parser fills in for short rows included.
    pub table_cells: usize,
    /// Footnote definitions.
    pub footnotes: usize,
    /// References of all kinds together: to footnotes, sections, tables, figures, and internal links.
    pub references: usize,
    /// Entries of the front matter's `abbreviations`.
    pub abbreviations: usize,
    /// Diagnostics that are kept; the rest is counted in one last entry.
    pub diagnostics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes: 6 << 20,
            front_matter_bytes: 256 << 10,
            nesting: 64,
            output_bytes: 64 << 20,
            headings: 50_000,
            table_cells: 500_000,
            footnotes: 50_000,
            references: 400_000,
            abbreviations: 2_000,
            diagnostics: 1_000,
        }
    }
}
