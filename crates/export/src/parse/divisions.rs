//! `:::` lines, as pandoc's fenced divs.
//!
//! The Markdown parser knows nothing of them. The lines are blanked in a copy of the text, byte for
//! byte, so that every offset still holds and the lines end the paragraphs beside them, as they do
//! in pandoc; their places are kept and passages are opened and closed there between blocks.

use std::borrow::Cow;

use super::attributes::{self, Attributes};
use crate::model::Span;

/// A `:::` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    /// The line without its line end, as offsets in the body.
    pub(crate) span: Span,
    /// Attributes of an opening line, none for a closing one.
    pub(crate) opens: Option<Attributes>,
}

/// Finds `:::` lines outside code fences; gives the body with them blanked, and the lines.
pub(crate) fn find(body: &str) -> (Cow<'_, str>, Vec<Fence>) {
    if !body.starts_with(":::") && !body.contains("\n:::") {
        return (Cow::Borrowed(body), Vec::new());
    }
    let mut fences = Vec::new();
    let mut masked = String::with_capacity(body.len());
    let mut code: Option<(u8, usize)> = None;
    for line in body.split_inclusive('\n') {
        let start = masked.len();
        let text = line.trim_end_matches(['\n', '\r']);
        code = code_fence(text, code);
        match (code, read(text)) {
            (None, Some(opens)) => {
                fences.push(Fence {
                    span: Span::new(start, start + text.len()),
                    opens,
                });
                masked.extend(std::iter::repeat_n(' ', text.len()));
                masked.push_str(&line[text.len()..]);
            }
            _ => masked.push_str(line),
        }
    }
    if fences.is_empty() {
        (Cow::Borrowed(body), fences)
    } else {
        (Cow::Owned(masked), fences)
    }
}

/// Whether we stand in fenced code after this line.
fn code_fence(line: &str, open: Option<(u8, usize)>) -> Option<(u8, usize)> {
    let text = line.trim_start_matches(' ');
    let indented = line.len() - text.len();
    let Some(&mark) = text
        .as_bytes()
        .first()
        .filter(|byte| matches!(byte, b'`' | b'~'))
    else {
        return open;
    };
    let length = text.bytes().take_while(|byte| *byte == mark).count();
    let rest = &text[length..];
    match open {
        Some((own, least))
            if own == mark && length >= least && indented < 4 && rest.trim().is_empty() =>
        {
            None
        }
        Some(_) => open,
        None if length >= 3 && (mark == b'~' || !rest.contains('`')) => Some((mark, length)),
        None => None,
    }
}

/// Reads a line: `Some(Some(…))` opens, `Some(None)` closes, none is no fence.
fn read(line: &str) -> Option<Option<Attributes>> {
    let rest = line.strip_prefix(":::")?.trim_start_matches(':');
    let rest = rest.trim().trim_end_matches(':').trim_end();
    if rest.is_empty() {
        return Some(None);
    }
    if rest.starts_with('{') {
        let (attributes, length) = attributes::read(rest)?;
        return (length == rest.len()).then_some(Some(attributes));
    }
    let single = !rest.contains(char::is_whitespace) && !rest.contains(['{', '}', '<', '>', '`']);
    single.then(|| {
        Some(Attributes {
            classes: vec![rest.to_owned()],
            ..Attributes::default()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_blanked_and_offsets_hold() {
        let body = "One\n::: {lang=fr}\nDeux\n:::\nThree\n";
        let (masked, fences) = find(body);
        assert_eq!(masked.len(), body.len());
        assert_eq!(masked, "One\n             \nDeux\n   \nThree\n");
        assert_eq!(fences.len(), 2);
        assert_eq!(&body[fences[0].span.range()], "::: {lang=fr}");
        assert_eq!(
            fences[0].opens.as_ref().and_then(|found| found.get("lang")),
            Some("fr")
        );
        assert_eq!(fences[1].opens, None);
    }

    #[test]
    fn code_keeps_its_colons() {
        for body in [
            "```\n::: note\n:::\n```\n",
            "~~~~\n:::\n~~~\n:::\n",
            " :::\n",
            "Two words\n::: a b\n",
        ] {
            assert_eq!(find(body).0, body, "{body}");
        }
    }
}
