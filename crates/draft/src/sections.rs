//! Cutting Markdown into sections and putting it together again.

pub mod blocks;
pub mod cut;
pub mod order;

/// Joins the texts of sections, in order: a newline is put between non-empty ones where one is
/// missing, so that the last line of one never runs into the first line of the next.
///
/// Calls `start` with each text's index and the byte offset at which it begins.
pub(crate) fn concatenate<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    mut start: impl FnMut(usize, usize),
) -> String {
    let mut joined = String::new();
    for (index, text) in texts.into_iter().enumerate() {
        if !text.is_empty() && !joined.is_empty() && !joined.ends_with('\n') {
            joined.push('\n');
        }
        start(index, joined.len());
        joined.push_str(text);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::concatenate;

    #[test]
    fn a_missing_newline_is_put_between_texts_that_are_not_empty() {
        let mut starts = Vec::new();
        let joined = concatenate(["", "a", "", "b\n", "", "c"], |_, at| starts.push(at));
        assert_eq!(joined, "a\nb\nc");
        assert_eq!(starts, [0, 0, 1, 2, 4, 4]);
    }
}
