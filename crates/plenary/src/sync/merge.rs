//! Three texts become one: what the file last had, what the file has now, what the draft has.
//!
//! The file's edit is the difference from what the file is *known to have had* (the base), never
//! from what the draft has meanwhile become, so that what others wrote since is kept. Both sides'
//! insertions survive, whatever the other side deleted around them; a passage is gone when either
//! side deleted it; the same edit made on both sides counts once.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A replaced passage is compared word by word up to this many words on both sides together.
/// Beyond it the passage counts as rewritten, and the work stays bounded.
const MAX_WORDS: usize = 20_000;

/// One replaced passage: a range of bytes in the old text, and what stands there in the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    range: Range<usize>,
    text: String,
}

/// Applies the edit that leads from `base` to `file` to `draft`.
pub fn three_way(base: &str, file: &str, draft: &str) -> String {
    if base == draft || file == draft {
        return file.to_owned();
    }
    if base == file {
        return draft.to_owned();
    }
    merge(base, &edits(base, draft), &edits(base, file))
}

/// How many words `new` has that `old` has not and the reverse; for messages to people.
pub fn count_changed_words(old: &str, new: &str) -> (usize, usize) {
    edits(old, new)
        .iter()
        .fold((0, 0), |(added, removed), edit| {
            let gone = old.get(edit.range.clone()).unwrap_or_default();
            (
                added + edit.text.split_whitespace().count(),
                removed + gone.split_whitespace().count(),
            )
        })
}

/// Writes `base` with both lists of edits applied; where both insert, the draft's comes first.
fn merge(base: &str, draft: &[Edit], file: &[Edit]) -> String {
    let mut insertions: BTreeMap<usize, String> = BTreeMap::new();
    let mut deletions: Vec<Range<usize>> = Vec::new();
    for edit in draft
        .iter()
        .chain(file.iter().filter(|edit| !draft.contains(edit)))
    {
        insertions
            .entry(edit.range.start)
            .or_default()
            .push_str(&edit.text);
        deletions.push(edit.range.clone());
    }
    deletions.sort_by_key(|range| (range.start, range.end));

    let mut merged = String::with_capacity(base.len());
    let mut kept_from = 0;
    let mut deletions = deletions.into_iter().peekable();
    let mut emit = |merged: &mut String, upto: usize| {
        while kept_from < upto {
            // Deletions that reach the present place move it on; the next one bounds what is kept.
            while let Some(deletion) = deletions.next_if(|deletion| deletion.start <= kept_from) {
                kept_from = kept_from.max(deletion.end);
            }
            let until = deletions.peek().map_or(upto, |next| next.start.min(upto));
            merged.push_str(base.get(kept_from..until).unwrap_or_default());
            kept_from = kept_from.max(until);
        }
    };
    for (at, text) in insertions {
        emit(&mut merged, at);
        merged.push_str(&text);
    }
    emit(&mut merged, base.len());
    merged
}

/// The difference as replaced passages: by lines first, then by words within changed lines.
fn edits(old: &str, new: &str) -> Vec<Edit> {
    let (old_lines, new_lines) = (lines(old), lines(new));
    let mut edits = Vec::new();
    for (old_range, new_range) in changed(&old_lines, &new_lines) {
        let (old_words, new_words) = (words(old, &old_range), words(new, &new_range));
        if old_words.len() + new_words.len() > MAX_WORDS
            || old_words.is_empty()
            || new_words.is_empty()
        {
            edits.push(edit(new, old_range, &new_range));
            continue;
        }
        for (old_range, new_range) in changed(&old_words, &new_words) {
            edits.push(edit(new, old_range, &new_range));
        }
    }
    edits
}

fn edit(new: &str, old_range: Range<usize>, new_range: &Range<usize>) -> Edit {
    Edit {
        range: old_range,
        text: new.get(new_range.clone()).unwrap_or_default().to_owned(),
    }
}

/// A piece of a text that knows where it stands; compared by its characters alone.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    at: usize,
    text: &'a str,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// Pairs of ranges of bytes, in the old and in the new text, that differ.
fn changed(old: &[Token<'_>], new: &[Token<'_>]) -> Vec<(Range<usize>, Range<usize>)> {
    let old_texts: Vec<&str> = old.iter().map(|token| token.text).collect();
    let new_texts: Vec<&str> = new.iter().map(|token| token.text).collect();
    let mut pairs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &old_texts, &new_texts) {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let old_range = bytes(old, &operation.old_range());
        let new_range = bytes(new, &operation.new_range());
        match pairs.last_mut() {
            // A deletion and an insertion at one place are one replacement.
            Some((last_old, last_new))
                if last_old.end == old_range.start && last_new.end == new_range.start =>
            {
                last_old.end = old_range.end;
                last_new.end = new_range.end;
            }
            _ => pairs.push((old_range, new_range)),
        }
    }
    pairs
}

fn bytes(tokens: &[Token<'_>], range: &Range<usize>) -> Range<usize> {
    let end_of_text = tokens.last().map_or(0, Token::end);
    let start = tokens
        .get(range.start)
        .map_or(end_of_text, |token| token.at);
    let end = match range.end.checked_sub(1).and_then(|last| tokens.get(last)) {
        Some(last) if range.end > range.start => last.end(),
        _ => start,
    };
    start..end
}

fn lines(text: &str) -> Vec<Token<'_>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let token = Token { at, text: line };
            at += line.len();
            token
        })
        .collect()
}

/// Splits into words, single other characters, and line endings as wholes, so that an edit never
/// comes between the two characters of one.
fn words<'a>(text: &'a str, range: &Range<usize>) -> Vec<Token<'a>> {
    let part = text.get(range.clone()).unwrap_or_default();
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut characters = part.char_indices().peekable();
    while let Some((_, character)) = characters.next() {
        let goes_on = characters.peek().is_some_and(|(_, next)| {
            (is_word(character) && is_word(*next)) || (character == '\r' && *next == '\n')
        });
        if goes_on {
            continue;
        }
        let end = characters.peek().map_or(part.len(), |(at, _)| *at);
        tokens.push(Token {
            at: range.start + start,
            text: part.get(start..end).unwrap_or_default(),
        });
        start = end;
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(base: &str, file: &str, draft: &str, expected: &str) {
        assert_eq!(three_way(base, file, draft), expected);
    }

    #[test]
    fn both_sides_edits_are_kept() {
        check("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n", "a\nB\nc\nd\n");
        check("one two three", "one 2 three", "one two 3", "one 2 3");
        check("one two", "one, two", "one two!", "one, two!");
        check("", "mine", "theirs", "theirsmine");
        check("old", "", "old and new", " and new");
        check(
            "a sentence here",
            "a here",
            "a sentence right here",
            "a right here",
        );
        check("a\r\nb\r\n", "a\r\nB\r\n", "A\r\nb\r\n", "A\r\nB\r\n");
    }

    #[test]
    fn the_same_edit_on_both_sides_counts_once() {
        check("teh cat", "the cat", "the cat sat", "the cat sat");
        check("x\n", "x\ny\n", "x\ny\n", "x\ny\n");
    }

    #[test]
    fn a_deletion_does_not_take_what_the_other_side_wrote_into_it() {
        check(
            "keep\ngone\nkeep\n",
            "keep\nkeep\n",
            "keep\ngone indeed\nkeep\n",
            "keep\n indeedkeep\n",
        );
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                "[a-c]{1,3}",
                Just(" ".to_owned()),
                Just("\n".to_owned()),
                Just("\r\n".to_owned()),
                Just("é".to_owned())
            ],
            0..20,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn edits_lead_from_old_to_new(old in text(), new in text()) {
            prop_assert_eq!(merge(&old, &edits(&old, &new), &[]), new);
        }

        #[test]
        fn one_sided_edits_win(base in text(), other in text()) {
            prop_assert_eq!(three_way(&base, &other, &base), other.clone());
            prop_assert_eq!(three_way(&base, &base, &other), other.clone());
            prop_assert_eq!(three_way(&base, &other, &other), other);
        }

        #[test]
        fn nothing_that_either_side_wrote_is_lost(base in text(), file in text(), draft in text()) {
            // What nobody else writes is found again, on whichever side it was written and
            // whatever the other side deleted.
            let mine = format!("{file}MINE{file}");
            let theirs = format!("THEIRS{draft}");
            let merged = three_way(&base, &mine, &theirs);
            prop_assert!(merged.contains("MINE"), "{merged:?}");
            prop_assert!(merged.contains("THEIRS"), "{merged:?}");
        }
    }
}
