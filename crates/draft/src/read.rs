//! What can be read from a text: its outline and its size in words.

use unicode_segmentation::UnicodeSegmentation;

use crate::keys::SectionId;
use crate::schema::text::{Section, Text};
use crate::sections::blocks::scan;
use crate::units::utf16_len;

/// A heading of the text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Heading {
    /// From 1 to 6.
    pub level: u8,
    /// Its number among the headings, such as `2.1`; counted by nesting, so that a level that is
    /// left out leaves no gap.
    pub number: String,
    /// Its words, with Markdown as written.
    pub title: String,
    /// The section in which it begins.
    pub section: SectionId,
    /// Where in the section, in UTF-16 units.
    pub index_utf16: usize,
    /// Where in the whole text, in UTF-16 units.
    pub offset_utf16: usize,
}

/// The size of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct WordCount {
    /// Words as Unicode finds them (UAX #29): each ideograph of Chinese is one.
    pub words: usize,
    /// Characters, without white space.
    pub characters: usize,
}

impl Text {
    /// The headings in the order in which they are read.
    pub fn outline(&self) -> Vec<Heading> {
        let markdown = self.markdown();
        let mut numbers = Numbers::default();
        let mut outline = Vec::new();
        // Where counting has come to, in bytes and in UTF-16 units.
        let (mut byte, mut offset_utf16) = (0, 0);
        for heading in scan(&markdown).headings {
            offset_utf16 += utf16_len(&markdown[byte..heading.offset]);
            byte = heading.offset;
            let Some(section) = self.section_at(byte) else {
                continue;
            };
            let within = section.text.get(..byte - section.start);
            outline.push(Heading {
                level: heading.level,
                number: numbers.next(heading.level),
                title: heading.title,
                section: section.id.clone(),
                index_utf16: utf16_len(within.unwrap_or_default()),
                offset_utf16,
            });
        }
        outline
    }

    /// Counts words and characters, front matter left out.
    pub fn word_count(&self) -> WordCount {
        let markdown = self.markdown();
        let body = &markdown[scan(&markdown).front_matter..];
        WordCount {
            words: body.unicode_words().count(),
            characters: body.chars().filter(|it| !it.is_whitespace()).count(),
        }
    }

    /// The section to which a byte of the whole text belongs.
    fn section_at(&self, byte: usize) -> Option<&Section> {
        // Empty sections begin where the next one does; the last of those that begin there has it.
        let after = self.sections.partition_point(|it| it.start <= byte);
        self.sections[..after]
            .iter()
            .rev()
            .find(|it| byte < it.start + it.text.len())
    }
}

/// Numbers headings by nesting.
#[derive(Debug, Default)]
struct Numbers {
    /// The open headings: level and count among their siblings.
    open: Vec<(u8, usize)>,
}

impl Numbers {
    fn next(&mut self, level: u8) -> String {
        let mut count = 1;
        while let Some((open, counted)) = self.open.pop_if(|(open, _)| *open >= level) {
            let sibling = open == level || self.open.last().is_none_or(|(up, _)| *up < level);
            if sibling {
                count = counted + 1;
            }
        }
        self.open.push((level, count));
        let numbers: Vec<String> = self.open.iter().map(|(_, it)| it.to_string()).collect();
        numbers.join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{Draft, NewDraft};
    use crate::edit::TextEditor;
    use crate::testing::rng;

    fn text(source: &str) -> Text {
        let new = NewDraft {
            source: source.as_bytes(),
            ..NewDraft::default()
        };
        Text::read(&Draft::create(&mut rng(3), 0, &new).unwrap().text.document)
    }

    #[test]
    fn headings_are_numbered_by_nesting_and_placed_in_units() {
        let source = "😀\n\n# A\n\n### a\n\n## b\n\nB\n===\n\n# C *c* #\n";
        let text = text(source);
        let outline = text.outline();
        let shown: Vec<_> = outline
            .iter()
            .map(|it| {
                format!(
                    "{} {} {}@{}",
                    it.number, it.level, it.title, it.offset_utf16
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1 1 A@4",
                "1.1 3 a@9",
                "1.2 2 b@16",
                "2 1 B@22",
                "3 1 C *c*@29"
            ]
        );
        for heading in &outline {
            assert_eq!(heading.index_utf16, 0);
            let section = text.section(&heading.section).unwrap();
            let bytes = section.start();
            assert_eq!(utf16_len(&source[..bytes]), heading.offset_utf16);
        }
    }

    #[test]
    fn words_are_counted_in_any_script_and_not_in_front_matter() {
        let count = |source: &str| text(source).word_count().words;
        assert_eq!(
            count("---\ntitle: Three Words Here\n---\n# It's *two*\n"),
            2
        );
        assert_eq!(count("互联网治理论坛"), 7);
        assert_eq!(count("Ελλάδα — 3.5 % قرار\n"), 3);
        assert_eq!(text("a b\n").word_count().characters, 2);
    }

    #[test]
    fn old_heads_show_the_old_text() {
        let new = NewDraft {
            source: b"# A\n\none\n",
            ..NewDraft::default()
        };
        let mut rng = rng(4);
        let mut document = Draft::create(&mut rng, 0, &new).unwrap().text.document;
        let heads = document.get_heads();
        TextEditor::new(&mut document, &mut rng, 1)
            .replace_source(b"# B\n\ntwo words\n# C\n")
            .unwrap();
        let old = Text::read_at(&document, &heads).unwrap();
        assert_eq!(old.markdown(), "# A\n\none\n");
        assert_eq!(old.outline()[0].title, "A");
        assert_eq!(old.word_count().words, 2);
        let unknown = automerge::ChangeHash([7; 32]);
        assert!(Text::read_at(&document, &[unknown]).is_err());
    }
}
