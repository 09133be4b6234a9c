//! Ids: GitHub's slugs, made unique, behind a prefix of ours.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// GitHub's slug of a heading: lower case, punctuation dropped, spaces to hyphens.
pub(crate) fn github(text: &str) -> String {
    if text.is_ascii() {
        let kept = text.trim().bytes().filter_map(|byte| match byte {
            b' ' => Some('-'),
            b'-' | b'_' => Some(char::from(byte)),
            byte => byte
                .is_ascii_alphanumeric()
                .then(|| char::from(byte.to_ascii_lowercase())),
        });
        let mut out = String::with_capacity(text.len());
        out.extend(kept);
        return out;
    }
    text.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() || is_mark(c) => Some(c),
            _ => None,
        })
        .collect()
}

/// Combining marks belong to their letters (Arabic vowels, Devanagari signs).
fn is_mark(c: char) -> bool {
    matches!(c as u32, 0x0300..=0x036F | 0x064B..=0x065F | 0x0900..=0x0903 | 0x093A..=0x094F | 0x0E31..=0x0E4E)
}

/// An author's id as part of an id in the output: no spaces, quotes or controls.
pub(crate) fn tame(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if id.bytes().all(plain) {
        return id.to_owned();
    }
    id.chars()
        .map(|c| {
            if c.is_alphanumeric() || is_mark(c) || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect()
}

/// Hands out each id once: `x`, `x-1`, `x-2`.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Id → the next suffix to try. Remembering it keeps a million equal headings linear.
    taken: HashMap<String, u32>,
}

impl Ids {
    pub(crate) fn reserve(&mut self, more: usize) {
        self.taken.reserve(more);
    }

    pub(crate) fn unique(&mut self, wanted: String) -> String {
        let first = match self.taken.entry(wanted) {
            Entry::Vacant(place) => {
                let id = place.key().clone();
                place.insert(1);
                return id;
            }
            Entry::Occupied(place) => (place.key().clone(), *place.get()),
        };
        let (wanted, mut suffix) = first;
        loop {
            let candidate = format!("{wanted}-{suffix}");
            suffix += 1;
            if !self.taken.contains_key(&candidate) {
                self.taken.insert(wanted, suffix);
                self.taken.insert(candidate.clone(), 1);
                return candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_as_on_github() {
        for (text, expected) in [
            ("Executive Summary", "executive-summary"),
            ("Appendix I - Containers", "appendix-i---containers"),
            ("What's new?", "whats-new"),
            ("ملخص تنفيذي", "ملخص-تنفيذي"),
            ("第一章 概述", "第一章-概述"),
        ] {
            assert_eq!(github(text), expected);
        }
    }

    #[test]
    fn ids_are_unique_even_against_typed_suffixes() {
        let mut ids = Ids::default();
        let made: Vec<_> = ["a", "a-1", "a", "a", "a-1"]
            .iter()
            .map(|wanted| ids.unique((*wanted).to_owned()))
            .collect();
        assert_eq!(made, ["a", "a-1", "a-2", "a-3", "a-1-1"]);
    }
}
