//! The texts that a new draft can begin with, in the languages of the United Nations.

use std::collections::BTreeMap;

/// A language in which a draft can begin: the official ones of the United Nations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Language {
    /// Arabic.
    Arabic,
    /// Chinese, in simplified characters.
    Chinese,
    /// English, in British spelling.
    #[default]
    English,
    /// French.
    French,
    /// Russian.
    Russian,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them, in the order of their English names.
    pub const ALL: [Self; 6] = [
        Self::Arabic,
        Self::Chinese,
        Self::English,
        Self::French,
        Self::Russian,
        Self::Spanish,
    ];

    /// The BCP 47 tag, as it stands in a draft.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::Chinese => "zh",
            Self::English => "en-GB",
            Self::French => "fr",
            Self::Russian => "ru",
            Self::Spanish => "es",
        }
    }

    /// The language with this tag, in any case of its letters; `en` is English as well.
    pub fn parse(tag: &str) -> Option<Self> {
        if tag.eq_ignore_ascii_case("en") {
            return Some(Self::English);
        }
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(tag))
    }
}

/// Templates by name and language.
#[derive(Debug, Clone, Default)]
pub struct Templates(BTreeMap<String, BTreeMap<Language, String>>);

impl Templates {
    /// The templates with one text more, as Markdown.
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        language: Language,
        markdown: impl Into<String>,
    ) -> Self {
        let texts = self.0.entry(name.into()).or_default();
        texts.insert(language, markdown.into());
        self
    }

    /// The text of a template. One that is not there in the language comes in English, else in the
    /// first language that it has.
    pub(crate) fn markdown(&self, name: &str, language: Language) -> Option<&str> {
        let texts = self.0.get(name)?;
        let text = texts
            .get(&language)
            .or_else(|| texts.get(&Language::English))
            .or_else(|| texts.values().next());
        text.map(String::as_str)
    }

    /// The names, in the order of their letters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.tag()), Some(language));
        }
        assert_eq!(Language::parse("EN"), Some(Language::English));
        for unknown in ["", "de", "fr-CH", "français"] {
            assert_eq!(Language::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_not_translated_comes_in_english() {
        let templates = Templates::default()
            .with("report", Language::French, "# Rapport")
            .with("report", Language::English, "# Report")
            .with("nota", Language::Spanish, "# Nota");
        assert_eq!(
            templates.markdown("report", Language::French),
            Some("# Rapport")
        );
        assert_eq!(
            templates.markdown("report", Language::Arabic),
            Some("# Report")
        );
        assert_eq!(templates.markdown("nota", Language::Arabic), Some("# Nota"));
        assert_eq!(templates.markdown("poem", Language::English), None);
        assert_eq!(templates.names().collect::<Vec<_>>(), ["nota", "report"]);
    }
}
