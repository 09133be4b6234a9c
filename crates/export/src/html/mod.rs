//! Report → one self-contained HTML file.
//!
//! The file holds no script, reaches no network and carries no inline style; its own policy says so.
//! What authors typed reaches it through one escaping function, addresses through one judge.

mod blocks;
mod contents;
mod cover;
mod escape;
mod head;
mod inlines;
mod links;
mod notes;
mod options;
mod writer;

pub(crate) use links::{Href, judge};
pub use options::HtmlOptions;

use crate::error::ExportError;
use crate::model::Report;
use writer::Writer;

/// A report as one self-contained HTML file, for those who serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HtmlPage {
    /// The file.
    pub html: String,
    /// The SHA-256 hashes, in base64, of the texts of its style elements, in their order: all that a
    /// content security policy has to allow.
    pub style_hashes: Vec<String>,
}

/// Writes a report as one self-contained HTML file.
///
/// # Errors
/// [`ExportError::OutputTooLarge`] when the output passes its limit.
pub fn to_html(report: &Report<'_>, options: &HtmlOptions) -> Result<String, ExportError> {
    Ok(to_html_page(report, options)?.html)
}

/// The same, with what a content security policy has to allow.
///
/// # Errors
/// [`ExportError::OutputTooLarge`] when the output passes its limit.
pub fn to_html_page(report: &Report<'_>, options: &HtmlOptions) -> Result<HtmlPage, ExportError> {
    let mut writer = Writer::new(report, options);
    let identity = writer.identity();
    let style_hashes = writer.head(&identity).into();
    let skip = writer.labels.skip;
    writer.tag("<body id=\"top\">\n<a class=\"skip\" href=\"#text\">");
    writer.text(skip);
    writer.tag("</a>\n<main");
    writer.tag(if writer.has_contents() {
        " class=\"with-contents\""
    } else {
        ""
    });
    writer.tag(" itemscope itemtype=\"https://schema.org/Report\">\n<meta itemprop=\"inLanguage\"");
    writer.attribute("content", &report.languages[0].tag);
    writer.tag(">\n");
    writer.cover(&identity);
    writer.front();
    writer.contents();
    writer.tag("<div id=\"text\" class=\"text\" tabindex=\"-1\">\n");
    writer.blocks(&report.blocks);
    writer.tag("</div>\n");
    writer.notes();
    writer.tag("</main>\n<footer><p>");
    let made = writer.labels.made_with;
    writer.text(made);
    writer.tag("</p></footer>\n</body>\n</html>\n");
    let html = writer.finish()?;
    Ok(HtmlPage { html, style_hashes })
}

/// Writes the blocks alone, raw HTML and every address passed through, for checking the renderer
/// against CommonMark's examples. Unsafe for anything else.
///
/// # Errors
/// [`ExportError::OutputTooLarge`] when the output passes its limit.
#[cfg(feature = "test-raw-html")]
#[doc(hidden)]
pub fn to_bare_html(report: &Report<'_>) -> Result<String, ExportError> {
    let options = HtmlOptions::default();
    let mut writer = Writer::new(report, &options);
    writer.bare = true;
    writer.blocks(&report.blocks);
    writer.finish()
}
