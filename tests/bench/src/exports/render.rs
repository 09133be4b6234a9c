//! The libraries, by name.

use plenary_export::{HtmlOptions, ParseOptions, parse, to_html};
use pulldown_cmark::{Options, Parser};

/// HTML by the library of this name; empty when there is none.
pub fn render(library: &str, source: &str) -> String {
    match library {
        "plenary" => parse(source, &ParseOptions::default())
            .map_err(|error| error.to_string())
            .and_then(|report| {
                to_html(&report, &HtmlOptions::default()).map_err(|error| error.to_string())
            })
            .unwrap_or_default(),
        // The extensions that we read, so that both do the same work.
        "pulldown-cmark" => {
            let options = Options::ENABLE_TABLES
                | Options::ENABLE_FOOTNOTES
                | Options::ENABLE_STRIKETHROUGH
                | Options::ENABLE_TASKLISTS
                | Options::ENABLE_HEADING_ATTRIBUTES
                | Options::ENABLE_GFM
                | Options::ENABLE_DEFINITION_LIST;
            let mut html = String::new();
            pulldown_cmark::html::push_html(&mut html, Parser::new_ext(source, options));
            html
        }
        "comrak" => comrak::markdown_to_html(source, &comrak_options()),
        _ => String::new(),
    }
}

/// The same extensions for comrak.
fn comrak_options() -> comrak::Options<'static> {
    let mut options = comrak::Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.footnotes = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.autolink = true;
    extension.alerts = true;
    extension.description_lists = true;
    options
}
