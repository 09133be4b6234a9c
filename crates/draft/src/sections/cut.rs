//! Where a text is cut into sections.

use super::blocks::{Boundary, BoundaryKind, scan};
use std::ops::Range;

/// The size in bytes that sections are kept near. A remote keystroke costs Automerge time in
/// proportion to the section that it falls into.
pub const SECTION_TARGET_BYTES: usize = 2048;

/// Cuts a text (with LF only) into sections and returns their byte ranges, which are not empty,
/// stand in order and cover the text without gaps.
///
/// Cuts are made at every heading and, where none comes for long, at blank lines between blocks;
/// never inside of a block. So a section is larger than the target where a block is.
pub fn cut(text: &str) -> Vec<Range<usize>> {
    cut_range(text, 0..text.len(), &scan(text).boundaries)
}

/// Cuts the bytes `range` of a text at `boundaries`, which were found in the whole of it.
pub(crate) fn cut_range(
    text: &str,
    range: Range<usize>,
    boundaries: &[Boundary],
) -> Vec<Range<usize>> {
    let first = boundaries.partition_point(|boundary| boundary.offset <= range.start);
    let last = boundaries.partition_point(|boundary| boundary.offset < range.end);
    let boundaries = boundaries.get(first..last).unwrap_or_default();
    let mut cuts = Vec::new();
    let mut start = range.start;
    for (index, boundary) in boundaries.iter().enumerate() {
        if text[start..boundary.offset].trim().is_empty() {
            // Blank lines alone are no section; they stay with what follows them.
            continue;
        }
        let next = boundaries
            .get(index + 1)
            .map_or(range.end, |next| next.offset);
        let due = match boundary.kind {
            BoundaryKind::Heading => true,
            BoundaryKind::Block => is_due(start, boundary.offset, next),
        };
        if due {
            cuts.push(start..boundary.offset);
            start = boundary.offset;
        }
    }
    if start < range.end {
        cuts.push(start..range.end);
    }
    cuts
}

/// Whether a section from `start` should end at `here`, when the next chance comes at `next`.
fn is_due(start: usize, here: usize, next: usize) -> bool {
    let now = here - start;
    let later = next - start;
    now >= SECTION_TARGET_BYTES
        || (now >= SECTION_TARGET_BYTES / 2 && later > SECTION_TARGET_BYTES * 3 / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        cut(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn headings_begin_sections() {
        assert_eq!(
            pieces("\nPreface\n\n# One\n\ntext\n## Two\nTitle\n=====\nend"),
            [
                "\nPreface\n\n",
                "# One\n\ntext\n",
                "## Two\n",
                "Title\n=====\nend"
            ]
        );
    }

    #[test]
    fn long_text_without_headings_is_cut_between_blocks() {
        let paragraph = format!("{}\n\n", "word ".repeat(100));
        let text = paragraph.repeat(40);
        let pieces = pieces(&text);
        assert!(pieces.len() >= 8, "{}", pieces.len());
        for piece in &pieces {
            assert!(piece.len() <= SECTION_TARGET_BYTES * 3 / 2);
            assert!(piece.ends_with("\n\n"));
        }
    }

    #[test]
    fn a_long_block_stays_whole() {
        let row = "| a | b |\n".repeat(1000);
        let code = format!("```\n{}```\n", "code\n\n# no heading\n".repeat(500));
        let list = "- item\n\n  more\n\n".repeat(500);
        let html = format!("<!--\n{}-->\n", "text\n\n# none\n".repeat(500));
        let note = format!("[^1]: note\n\n{}", "    continued\n\n".repeat(500));
        for block in [row, code, list, html, note] {
            let text = format!("before\n\n{block}");
            for piece in pieces(&text) {
                assert!(piece.starts_with("before") || piece == block, "{piece}");
            }
        }
    }

    #[test]
    fn nothing_is_cut_into_nothing() {
        assert!(pieces("").is_empty());
        assert_eq!(pieces("\n\n"), ["\n\n"]);
    }
}
