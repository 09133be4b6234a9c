//! Numbers that authors typed themselves: "4.1 Scope", "Annex B: Terms", "Recommendation 3 – …".

/// A typed number at the start of a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) kind: TypedKind,
    pub(crate) number: String,
    /// How many bytes of the heading it takes, its separator included.
    pub(crate) length: usize,
}

/// What is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypedKind {
    Section,
    Annex,
    Recommendation,
}

const ANNEX: [&str; 10] = [
    "annex",
    "appendix",
    "annexe",
    "appendice",
    "anexo",
    "apéndice",
    "приложение",
    "المرفق",
    "附件",
    "附录",
];
const RECOMMENDATION: [&str; 7] = [
    "recommendation",
    "recommandation",
    "recomendación",
    "рекомендация",
    "التوصية",
    "توصية",
    "建议",
];

/// Reads a typed number, if the heading starts with one.
pub(crate) fn read(text: &str) -> Option<Typed> {
    let trimmed = text.trim_start();
    let lead = text.len() - trimmed.len();
    // Every label in Latin letters starts with one of these two: most headings need no closer look.
    let first = trimmed.bytes().next()?.to_ascii_lowercase();
    if first.is_ascii_alphabetic() && first != b'a' && first != b'r' {
        return None;
    }
    let found = if first.is_ascii_digit() {
        section(trimmed)?
    } else {
        labelled(trimmed, &RECOMMENDATION, TypedKind::Recommendation)
            .or_else(|| labelled(trimmed, &ANNEX, TypedKind::Annex))?
    };
    Some(Typed {
        length: found.length + lead,
        ..found
    })
}

/// A label followed by a number, a separator, and maybe a title.
fn labelled(text: &str, labels: &[&str], kind: TypedKind) -> Option<Typed> {
    let after_label = labels.iter().find_map(|label| strip_word(text, label))?;
    let spaced = after_label.trim_start();
    if spaced.len() == after_label.len() && !after_label.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = spaced
        .find(|c: char| !c.is_alphanumeric() && c != '.')
        .unwrap_or(spaced.len());
    let number = spaced[..end].trim_end_matches('.');
    let digits = number.chars().all(|c| c.is_numeric() || c == '.');
    let letter = number.chars().count() == 1 || number.chars().all(|c| "IVXLC".contains(c));
    if number.is_empty() || number.len() > 12 || !(digits || letter) {
        return None;
    }
    let rest = &spaced[number.len()..];
    let title = separator(rest)?;
    Some(Typed {
        kind,
        number: number.to_owned(),
        length: text.len() - title.len(),
    })
}

/// `text` after `word`, compared without regard to case.
fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in word.chars() {
        let found = rest.next()?;
        if found != wanted && !found.to_lowercase().eq(std::iter::once(wanted)) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// What follows a number: nothing, or a separator and the title.
fn separator(text: &str) -> Option<&str> {
    if text.is_empty() {
        return Some(text);
    }
    let rest = text.trim_start_matches([' ', '\u{a0}', ':', '.', '–', '—', '：', ')', '、']);
    let rest = rest.strip_prefix("- ").unwrap_or(rest);
    (rest.len() < text.len()).then_some(rest)
}

/// `1`, `1.`, `2.3`, `2.3.1.` followed by a space and a title.
fn section(text: &str) -> Option<Typed> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number = text[..end].trim_end_matches('.');
    let parts = number.split('.').all(|part| (1..=3).contains(&part.len()));
    let rest = text[end..].strip_prefix([' ', '\u{a0}'])?.trim_start();
    (end > 0 && parts && !rest.is_empty()).then(|| Typed {
        kind: TypedKind::Section,
        number: number.to_owned(),
        length: text.len() - rest.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_numbers_are_read() {
        for (text, expected) in [
            ("4.1 Scope", Some((TypedKind::Section, "4.1", "Scope"))),
            (
                "2. Introduction",
                Some((TypedKind::Section, "2", "Introduction")),
            ),
            ("Annex B: Terms", Some((TypedKind::Annex, "B", "Terms"))),
            (
                "Appendix I - Containers",
                Some((TypedKind::Annex, "I", "Containers")),
            ),
            (
                "Recommendation 3: Reliable access",
                Some((TypedKind::Recommendation, "3", "Reliable access")),
            ),
            (
                "RECOMMENDATION 12 – Access",
                Some((TypedKind::Recommendation, "12", "Access")),
            ),
            (
                "Recommandation 4 : Accès",
                Some((TypedKind::Recommendation, "4", "Accès")),
            ),
            (
                "Recommendation 3",
                Some((TypedKind::Recommendation, "3", "")),
            ),
            (
                "建议1：开放",
                Some((TypedKind::Recommendation, "1", "开放")),
            ),
            ("Recommendations", None),
            ("Recommendation for all", None),
            (
                "17 areas for further conversation",
                Some((TypedKind::Section, "17", "areas for further conversation")),
            ),
            ("2020 in review", None),
            ("5G networks", None),
            ("Annexation", None),
            ("Annex and more", None),
        ] {
            let found = read(text);
            let found = found
                .as_ref()
                .map(|typed| (typed.kind, typed.number.as_str(), &text[typed.length..]));
            assert_eq!(found, expected, "{text}");
        }
    }
}
