//! Every word that an export adds to the authors', in one catalogue.
//!
//! The six official languages of the United Nations; any other language falls back to English.
//! `{}` stands for a number or a name.

mod catalogue;
mod dates;
mod references;

pub(crate) use dates::{format_date, machine_date};
pub(crate) use references::reference_words;

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Primary subtag.
    pub(crate) tag: &'static str,
    /// Heading of the table of contents.
    pub(crate) contents: &'static str,
    pub(crate) summary: &'static str,
    /// Heading of "Status of this document".
    pub(crate) status: &'static str,
    /// Heading of the footnotes, gathered at the end.
    pub(crate) notes: &'static str,
    pub(crate) editors: &'static str,
    pub(crate) editor: &'static str,
    pub(crate) authors: &'static str,
    pub(crate) author: &'static str,
    pub(crate) version: &'static str,
    pub(crate) licence: &'static str,
    pub(crate) keywords: &'static str,
    pub(crate) identifier: &'static str,
    pub(crate) address: &'static str,
    pub(crate) cite: &'static str,
    /// In "cite as", after editors' names.
    pub(crate) eds: &'static str,
    /// In "cite as": version {}.
    pub(crate) cite_version: &'static str,
    /// The exact state of the text, as change hashes.
    pub(crate) state: &'static str,
    /// SHA-256 of the source.
    pub(crate) hash: &'static str,
    pub(crate) draft_id: &'static str,
    /// Label before a heading or caption, with a number: "Annex {}".
    pub(crate) annex: &'static str,
    pub(crate) recommendation: &'static str,
    pub(crate) figure: &'static str,
    pub(crate) table: &'static str,
    /// Within a sentence: "section {}".
    pub(crate) ref_section: &'static str,
    pub(crate) ref_annex: &'static str,
    pub(crate) ref_recommendation: &'static str,
    pub(crate) ref_figure: &'static str,
    pub(crate) ref_table: &'static str,
    /// Between a caption's or annex's label and its text.
    pub(crate) separator: &'static str,
    pub(crate) colon: &'static str,
    pub(crate) comma: &'static str,
    pub(crate) alert_note: &'static str,
    pub(crate) alert_tip: &'static str,
    pub(crate) alert_important: &'static str,
    pub(crate) alert_warning: &'static str,
    pub(crate) alert_caution: &'static str,
    /// Before a bracketed passage, for those who hear the page.
    pub(crate) not_agreed: &'static str,
    pub(crate) not_agreed_end: &'static str,
    /// Between alternatives, for those who hear the page.
    pub(crate) or: &'static str,
    pub(crate) done: &'static str,
    pub(crate) open: &'static str,
    pub(crate) consensus: &'static str,
    pub(crate) levels: [(&'static str, &'static str); 5],
    /// An image that the file cannot hold.
    pub(crate) image: &'static str,
    pub(crate) skip: &'static str,
    /// "Link to {}".
    pub(crate) link_to: &'static str,
    /// "Back to reference {}".
    pub(crate) back: &'static str,
    /// Title of a report that has none.
    pub(crate) untitled: &'static str,
    pub(crate) made_with: &'static str,
    pub(crate) months: [&'static str; 12],
    /// `{d}`, `{m}` (month's name or number), `{y}`.
    pub(crate) day_pattern: &'static str,
    pub(crate) month_pattern: &'static str,
}

/// The words of a language, by its tag.
pub(crate) fn of(tag: &str) -> &'static Labels {
    let primary = tag.split('-').next().unwrap_or_default();
    catalogue::ALL
        .iter()
        .copied()
        .find(|labels| labels.tag.eq_ignore_ascii_case(primary))
        .unwrap_or(&catalogue::ENGLISH)
}

/// Puts a value into a pattern.
pub(crate) fn fill(pattern: &str, value: &str) -> String {
    pattern.replacen("{}", value, 1)
}

/// A text with its first letter as a capital, for references that start a sentence.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

impl Labels {
    /// A level of consensus as typed (`full-consensus`), in words of this language where it is one
    /// of the usual five.
    pub(crate) fn level(&self, typed: &str) -> String {
        let plain = typed.trim().replace(['-', '_'], " ");
        let key = plain.to_lowercase();
        let key = key.strip_suffix(" consensus").unwrap_or(&key);
        let known = self.levels.iter().find(|(name, _)| *name == key);
        known.map_or_else(|| capital(&plain), |(_, words)| (*words).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_has_its_place() {
        for labels in catalogue::ALL {
            for pattern in [
                labels.annex,
                labels.recommendation,
                labels.figure,
                labels.table,
                labels.ref_section,
                labels.ref_annex,
                labels.ref_recommendation,
                labels.ref_figure,
                labels.ref_table,
                labels.link_to,
                labels.back,
                labels.cite_version,
            ] {
                assert_eq!(
                    pattern.matches("{}").count(),
                    1,
                    "{}: {pattern}",
                    labels.tag
                );
            }
            assert!(
                labels.day_pattern.contains("{d}") && labels.day_pattern.contains("{y}"),
                "{}",
                labels.tag
            );
        }
    }

    #[test]
    fn other_languages_fall_back_to_english() {
        assert_eq!(of("pt-BR").tag, "en");
        assert_eq!(of("FR-ca").tag, "fr");
        assert_eq!(of("zh-Hans").tag, "zh");
    }

    #[test]
    fn levels_of_consensus() {
        assert_eq!(of("en").level("full-consensus"), "Full consensus");
        assert_eq!(of("fr").level("rough"), "Consensus approximatif");
        assert_eq!(of("en").level("broad-agreement"), "Broad agreement");
    }
}
