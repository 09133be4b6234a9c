//! The smallest difference within some lines, in words.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Beyond this many words the lines are replaced as a whole, but for their equal ends.
const MAX_WORDS: usize = 20_000;

/// Returns what to replace in `old` (byte ranges, in order) so that it becomes `new`.
pub(super) fn refine<'a>(old: &str, new: &'a str) -> Vec<(Range<usize>, &'a str)> {
    let prefix = common_prefix(old, new);
    let suffix = common_suffix(&old[prefix..], &new[prefix..]);
    let old_middle = &old[prefix..old.len() - suffix];
    let new_middle = &new[prefix..new.len() - suffix];
    if old_middle.is_empty() && new_middle.is_empty() {
        return Vec::new();
    }
    let whole = vec![(prefix..old.len() - suffix, new_middle)];
    if old_middle.is_empty() || new_middle.is_empty() {
        return whole;
    }
    let old_words: Vec<&str> = old_middle.split_word_bounds().collect();
    let new_words: Vec<&str> = new_middle.split_word_bounds().collect();
    if old_words.len() + new_words.len() > MAX_WORDS {
        return whole;
    }
    by_words(&old_words, &new_words, prefix, new_middle)
}

fn by_words<'a>(
    old: &[&str],
    new: &[&str],
    offset: usize,
    new_text: &'a str,
) -> Vec<(Range<usize>, &'a str)> {
    let old_starts = starts(old);
    let new_starts = starts(new);
    let mut replacements: Vec<(Range<usize>, &'a str)> = Vec::new();
    let mut last_new = 0;
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (operation.old_range(), operation.new_range());
        let bytes = offset + old_starts[old.start]..offset + old_starts[old.end];
        let start = new_starts[new.start];
        let text = &new_text[start..new_starts[new.end]];
        match replacements.last_mut() {
            Some((range, joined)) if range.end == bytes.start && last_new == start => {
                // The two parts of a replacement: what goes and what comes.
                let from = start - joined.len();
                range.end = bytes.end;
                *joined = &new_text[from..new_starts[new.end]];
            }
            _ => replacements.push((bytes, text)),
        }
        last_new = new_starts[new.end];
    }
    replacements
}

/// Where each word begins, in bytes, and where the last one ends.
fn starts(words: &[&str]) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    for word in words {
        at += word.len();
        starts.push(at);
    }
    starts
}

fn common_prefix(one: &str, two: &str) -> usize {
    let mut length = one
        .bytes()
        .zip(two.bytes())
        .take_while(|(one, two)| one == two)
        .count();
    while !(one.is_char_boundary(length) && two.is_char_boundary(length)) {
        length -= 1;
    }
    length
}

fn common_suffix(one: &str, two: &str) -> usize {
    let mut length = one
        .bytes()
        .rev()
        .zip(two.bytes().rev())
        .take_while(|(one, two)| one == two)
        .count();
    while !(one.is_char_boundary(one.len() - length) && two.is_char_boundary(two.len() - length)) {
        length -= 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(old: &str, new: &str) -> (String, usize) {
        let replacements = refine(old, new);
        let mut built = String::new();
        let mut at = 0;
        for (range, text) in &replacements {
            built.push_str(&old[at..range.start]);
            built.push_str(text);
            at = range.end;
        }
        built.push_str(&old[at..]);
        (built, replacements.len())
    }

    #[test]
    fn untouched_words_between_two_changes_stay() {
        let (built, count) = apply("one two three four\n", "1 two three 4\n");
        assert_eq!((built.as_str(), count), ("1 two three 4\n", 2));
    }

    proptest! {
        #[test]
        fn replacements_turn_old_into_new(old in "[ab é😀\n]{0,20}", new in "[ab é😁\n]{0,20}") {
            prop_assert_eq!(apply(&old, &new).0, new);
        }
    }
}
