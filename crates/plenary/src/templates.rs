//! The texts that a new draft can begin with.

use clap::ValueEnum;
use plenary_relay::{Language, Templates};

const BEST_PRACTICES_REPORT: &[(Language, &str)] = &[
    (
        Language::Arabic,
        include_str!("../templates/best-practices-report.ar.md"),
    ),
    (
        Language::Chinese,
        include_str!("../templates/best-practices-report.zh.md"),
    ),
    (Language::English, Template::BestPracticesReport.markdown()),
    (
        Language::French,
        include_str!("../templates/best-practices-report.fr.md"),
    ),
    (
        Language::Russian,
        include_str!("../templates/best-practices-report.ru.md"),
    ),
    (
        Language::Spanish,
        include_str!("../templates/best-practices-report.es.md"),
    ),
];

const SAMPLE_REPORT: &[(Language, &str)] =
    &[(Language::English, Template::SampleReport.markdown())];

/// The templates by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// An empty best-practices report with guidance for each part
    BestPracticesReport,
    /// A complete sample report, to look around in
    SampleReport,
}

impl Template {
    /// The template's Markdown, in English.
    const fn markdown(self) -> &'static str {
        match self {
            Self::BestPracticesReport => include_str!("../templates/best-practices-report.md"),
            Self::SampleReport => include_str!("../templates/sample-report.md"),
        }
    }

    /// The template's Markdown in a language, in English where it has no such text.
    pub fn text(self, language: Language) -> &'static str {
        let found = self.texts().iter().find(|(tag, _)| *tag == language);
        found.map_or(self.markdown(), |(_, markdown)| *markdown)
    }

    /// The template's Markdown in all languages that it has.
    const fn texts(self) -> &'static [(Language, &'static str)] {
        match self {
            Self::BestPracticesReport => BEST_PRACTICES_REPORT,
            Self::SampleReport => SAMPLE_REPORT,
        }
    }
}

/// All templates, as the relay takes them.
pub fn all() -> Templates {
    let mut templates = Templates::default();
    for template in Template::value_variants() {
        let Some(name) = template.to_possible_value() else {
            continue;
        };
        for (language, markdown) in template.texts() {
            templates = templates.with(name.get_name(), *language, *markdown);
        }
    }
    templates
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names in braces, by which a text refers to its parts.
    fn names(markdown: &str) -> BTreeSet<&str> {
        let opened = markdown.split("{#").skip(1);
        opened
            .filter_map(|rest| rest.split([' ', '}']).next())
            .collect()
    }

    #[test]
    fn translations_have_the_parts_of_the_english_text() {
        for template in Template::value_variants() {
            let english = template.markdown();
            let shape = |text: &str, start: &str| {
                text.lines().filter(|line| line.starts_with(start)).count()
            };
            for (language, markdown) in template.texts() {
                assert!(
                    markdown.contains(&format!("\nlanguage: {}\n", language.tag())),
                    "{language:?} names itself"
                );
                assert_eq!(names(markdown), names(english), "{language:?}");
                for start in ["# ", "## ", "### ", "| ", "> [!", "- ", "[^", ": "] {
                    assert_eq!(
                        shape(markdown, start),
                        shape(english, start),
                        "{language:?} {start}"
                    );
                }
            }
        }
    }
}
