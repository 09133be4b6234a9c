//! Finds abbreviations: the longest one that stands as a whole word.

use super::scripts::{self, Script};

/// The front matter's short forms, sorted for searching.
#[derive(Debug, Default)]
pub(crate) struct Abbreviations {
    /// Short forms in byte order with their index in the report's list.
    forms: Vec<(String, u32)>,
    /// Which bytes a short form may start with, so that other words cost one look.
    starts: Vec<bool>,
}

impl Abbreviations {
    pub(crate) fn new(list: &[(String, String)]) -> Self {
        let mut forms: Vec<(String, u32)> = Vec::with_capacity(list.len());
        let mut starts = vec![false; 256];
        for ((short, _), index) in list.iter().zip(0u32..) {
            starts[usize::from(short.as_bytes().first().copied().unwrap_or_default())] = true;
            forms.push((short.clone(), index));
        }
        forms.sort();
        forms.dedup_by(|later, earlier| later.0 == earlier.0);
        Self { forms, starts }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether a word that starts with this byte may be an abbreviation.
    pub(crate) fn may_start(&self, byte: u8) -> bool {
        !self.forms.is_empty() && self.starts[usize::from(byte)]
    }

    /// The longest short form at the start of `text` that ends where a word ends: its length in
    /// bytes and its index. Narrows the sorted list byte by byte, so the cost is bounded by the
    /// longest form and not by how many there are.
    pub(crate) fn longest(&self, text: &str) -> Option<(usize, u32)> {
        let bytes = text.as_bytes();
        let mut range = &self.forms[..];
        let mut best = None;
        for (at, byte) in bytes.iter().enumerate() {
            let key = |form: &(String, u32)| form.0.as_bytes().get(at).copied();
            let low = range.partition_point(|form| key(form) < Some(*byte));
            let high = range.partition_point(|form| key(form) <= Some(*byte));
            range = &range[low..high];
            let Some((form, index)) = range.first() else {
                break;
            };
            if form.len() == at + 1 && ends_word(text, at + 1) {
                best = Some((at + 1, *index));
            }
        }
        best
    }
}

/// Whether no word goes on across this offset.
fn ends_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    !before
        .zip(after)
        .is_some_and(|(before, after)| joins(before, after))
}

/// Whether two characters beside each other belong to one word. A change of script parts words
/// (Arabic conjunctions stand before Latin names without a space), and Chinese, Japanese and Thai
/// put no spaces between words at all.
pub(crate) fn joins(before: char, after: char) -> bool {
    let script = |c: char| scripts::of(c).unwrap_or(Script::Latin);
    let spaced = !matches!(script(before), Script::Han | Script::Kana | Script::Thai);
    is_word(before) && is_word(after) && script(before) == script(after) && spaced
}

/// Whether a character belongs to words.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(usize, u32)>) {
        let list = ["AI", "AI system", "IGF", "BPF", "BPF CS"]
            .map(|short| (short.to_owned(), String::new()));
        assert_eq!(Abbreviations::new(&list).longest(text), expected, "{text}");
    }

    #[test]
    fn the_longest_whole_word_wins() {
        check("AI system here", Some((9, 1)));
        check("AI systems here", Some((2, 0)));
        check("AI", Some((2, 0)));
        check("AIs", None);
        check("IGF's", Some((3, 2)));
        check("IGF-led", Some((3, 2)));
        check("BPF CS.", Some((6, 4)));
        check("BPF CSX", Some((3, 3)));
        check("none", None);
        check("AI在", Some((2, 0)));
    }
}
