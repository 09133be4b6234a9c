//! Ids: GitHub's slugs, made unique, behind a prefix of ours.

use std::collections::HashMap;

/// GitHub's slug of a heading: lower case, punctuation dropped, spaces to hyphens.
pub(crate) fn github(text: &str) -> String {
    if text.is_ascii() {
        let mut out = String::with_capacity(text.len());
        for byte in text.trim().bytes() {
            match byte {
                b' ' => out.push('-'),
                b'-' | b'_' => out.push(char::from(byte)),
                byte if byte.is_ascii_alphanumeric() => {
                    out.push(char::from(byte.to_ascii_lowercase()))
                }
                _ => {}
            }
        }
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
    pub(crate) fn unique(&mut self, wanted: &str) -> String {
        let Some(next) = self.taken.get(wanted).copied() else {
            self.taken.insert(wanted.to_owned(), 1);
            return wanted.to_owned();
        };
        let mut suffix = next;
        loop {
            let candidate = format!("{wanted}-{suffix}");
            suffix += 1;
            if !self.taken.contains_key(&candidate) {
                self.taken.insert(wanted.to_owned(), suffix);
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
            .map(|wanted| ids.unique(wanted))
            .collect();
        assert_eq!(made, ["a", "a-1", "a-2", "a-3", "a-1-1"]);
    }
}
