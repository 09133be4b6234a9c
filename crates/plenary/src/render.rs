//! The relay shows drafts through the exporter, which only the binary knows.

use plenary_export::{HtmlOptions, ParseOptions, parse, source_sha256, to_html_page};
use plenary_relay::{RenderError, RenderInput, RenderedPage, Renderer};

/// Renders a draft as the page that `plenary export --to html` makes.
pub struct HtmlRenderer;

impl Renderer for HtmlRenderer {
    fn html(&self, input: &RenderInput) -> Result<RenderedPage, RenderError> {
        let failed = |error: String| RenderError(error);
        let options = ParseOptions {
            fallback_title: Some(input.title.clone()),
            fallback_language: input.language.clone(),
            ..ParseOptions::default()
        };
        let report = parse(&input.markdown, &options).map_err(|error| failed(error.to_string()))?;
        let known = HtmlOptions {
            stage: Some(input.stage.clone()),
            document_id: Some(input.draft.to_string()),
            heads: input.heads.iter().map(ToString::to_string).collect(),
            document_hash: Some(source_sha256(input.markdown.as_bytes())),
            ..HtmlOptions::default()
        };
        let page = to_html_page(&report, &known).map_err(|error| failed(error.to_string()))?;
        Ok(RenderedPage {
            html: page.html,
            style_hashes: page.style_hashes,
        })
    }
}
