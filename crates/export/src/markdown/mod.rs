//! Report → Markdown: the authors' bytes, and on request a little more.
//!
//! Nothing is ever written anew from the model. Front matter gains lines, flattening replaces byte
//! ranges that the parser noted; every other byte is the authors' own.

mod flatten;
mod front_matter;

use crate::error::ExportError;
use crate::html::HtmlOptions;
use crate::model::Report;

/// What a Markdown export does beside handing the source over.
#[derive(Debug, Clone, Default)]
pub struct MarkdownOptions {
    /// Add front matter that pandoc reads; what the authors typed stays and wins.
    pub front_matter: bool,
    /// Write numbers and references out, for tools that know none.
    pub flatten: bool,
    /// What the caller knows and the text does not say, for the front matter; its limits bound the
    /// output.
    pub known: HtmlOptions,
}

/// Writes a report as Markdown. Without options this is the source, byte for byte.
///
/// # Errors
/// [`ExportError::OutputTooLarge`] when the output passes its limit.
pub fn to_markdown(report: &Report<'_>, options: &MarkdownOptions) -> Result<String, ExportError> {
    let mut edits = Vec::new();
    if options.flatten {
        edits = flatten::edits(report);
    }
    if options.front_matter {
        edits.extend(front_matter::edit(report, &options.known));
    }
    let out = apply(report.source, edits);
    if out.len() > options.known.limits.output_bytes {
        return Err(ExportError::OutputTooLarge {
            format: "Markdown",
            limit: options.known.limits.output_bytes,
            line: 1,
        });
    }
    Ok(out)
}

/// A byte range of the source and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
    /// Whether spaces before the range go with it.
    with_spaces: bool,
}

/// Applies edits in order of place. Of two that overlap the first one counts; a range that cuts a
/// character is left alone, so that the result is always sound.
fn apply(source: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut out = String::with_capacity(source.len() + edits.len() * 16);
    let mut from = 0;
    for edit in edits {
        let sound = edit.start >= from
            && edit.start <= edit.end
            && source.is_char_boundary(edit.start)
            && source.is_char_boundary(edit.end);
        let Some(before) = source.get(from..edit.start).filter(|_| sound) else {
            continue;
        };
        out.push_str(if edit.with_spaces {
            before.trim_end_matches([' ', '\t'])
        } else {
            before
        });
        out.push_str(&edit.text);
        from = edit.end;
    }
    out.push_str(&source[from..]);
    out
}

/// The line end that a source uses.
fn line_end(source: &str) -> &'static str {
    match source.find('\n') {
        Some(at) if source[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
