//! The draft's text as the bytes of a Markdown file, both ways.

use automerge::Automerge;
use plenary_draft::edit::TextEditor;
use plenary_draft::{Source, Text};
use rand_core::Rng;

/// The draft's text as the authors' bytes: line endings and byte order mark included.
pub fn source(text: &Automerge) -> anyhow::Result<Vec<u8>> {
    Ok(Text::read(text).source().to_bytes())
}

/// Why a file's content cannot be a draft's text, in words for people; `Ok` when it can.
pub fn check(content: &[u8]) -> Result<(), String> {
    Source::from_bytes(content)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// Makes the draft's text equal to `content` by the smallest difference, in one change.
pub fn replace(
    text: &mut Automerge,
    content: &[u8],
    now_ms: i64,
    rng: &mut impl Rng,
) -> anyhow::Result<()> {
    TextEditor::new(text, rng, now_ms).replace_source(content)?;
    Ok(())
}
