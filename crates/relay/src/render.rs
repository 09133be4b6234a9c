//! What the relay must be handed to show a draft: it knows no Markdown.

use automerge::ChangeHash;
use plenary_draft::DocumentId;

/// A draft's text, to be rendered.
#[derive(Debug, Clone)]
pub struct RenderInput {
    /// The draft.
    pub draft: DocumentId,
    /// Its title.
    pub title: String,
    /// The source byte for byte as the authors wrote it, so that its hash is the exported file's.
    pub markdown: String,
    /// The language that the draft's metadata name, such as `en`.
    pub language: Option<String>,
    /// The heads of the text that is rendered.
    pub heads: Vec<ChangeHash>,
    /// The stage of the draft, as a word.
    pub stage: String,
}

/// Why a text was not rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the text could not be rendered: {0}")]
pub struct RenderError(pub String);

/// A rendered draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedPage {
    /// A whole HTML page, with its style in it and without any script.
    pub html: String,
    /// The SHA-256 hashes, in base64, of the texts of its style elements. Browsers are told to apply
    /// no other style.
    pub style_hashes: Vec<String>,
}

/// Renders drafts. Called on threads that may block.
pub trait Renderer: Send + Sync + 'static {
    /// Renders a whole page.
    fn html(&self, input: &RenderInput) -> Result<RenderedPage, RenderError>;
}
