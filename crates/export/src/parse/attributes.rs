//! `{#id .class key=value}`, as pandoc writes it.

/// Attributes of a passage, caption or image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) id: Option<String>,
    pub(crate) classes: Vec<String>,
    pub(crate) pairs: Vec<(String, String)>,
}

impl Attributes {
    pub(crate) fn is_empty(&self) -> bool {
        self.id.is_none() && self.classes.is_empty() && self.pairs.is_empty()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.classes.iter().any(|own| own == class)
    }
}

/// Longest attribute block that is read, in bytes: bounds the search for the closing brace.
const LONGEST: usize = 2_000;

/// Reads an attribute block at the start of `text`; gives it and its length in bytes.
///
/// None when the text does not start with one: an unclosed brace, something that is neither id,
/// class nor pair, or nothing at all between the braces.
pub(crate) fn read(text: &str) -> Option<(Attributes, usize)> {
    let inner = text.strip_prefix('{')?;
    let mut attributes = Attributes::default();
    let mut rest = inner;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if inner.len() - rest.len() > LONGEST {
            return None;
        }
        if let Some(after) = rest.strip_prefix('}') {
            return (!attributes.is_empty()).then_some((attributes, text.len() - after.len()));
        }
        rest = item(rest, &mut attributes)?;
    }
}

/// Reads one item and gives what follows it.
fn item<'a>(text: &'a str, attributes: &mut Attributes) -> Option<&'a str> {
    let first = text.chars().next()?;
    match first {
        '#' => {
            let (name, rest) = word(&text[1..])?;
            attributes.id.get_or_insert_with(|| name.to_owned());
            Some(rest)
        }
        '.' => {
            let (name, rest) = word(&text[1..])?;
            attributes.classes.push(name.to_owned());
            Some(rest)
        }
        '-' => {
            attributes.classes.push("unnumbered".to_owned());
            Some(&text[1..])
        }
        _ => {
            let (name, rest) = word(text)?;
            let rest = rest.strip_prefix('=')?;
            let (value, rest) = value(rest)?;
            attributes
                .pairs
                .push((name.to_ascii_lowercase(), value.to_owned()));
            Some(rest)
        }
    }
}

fn word(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| c.is_whitespace() || "{}=\"'<>`#".contains(c))
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn value(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            let end = inner.find(quote).filter(|end| *end <= LONGEST)?;
            return Some((&inner[..end], &inner[end + 1..]));
        }
    }
    word(text)
}

/// Splits an attribute block off the end of `text`; gives what stands before it.
pub(crate) fn split_off_end(text: &str) -> Option<(&str, Attributes)> {
    let trimmed = text.trim_end();
    if !trimmed.ends_with('}') {
        return None;
    }
    let start = trimmed.rfind('{')?;
    let (attributes, length) = read(&trimmed[start..])?;
    (start + length == trimmed.len()).then(|| (trimmed[..start].trim_end(), attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_pandoc_reads() {
        let (attributes, length) =
            read("{#tbl:x .wide lang=fr alt=\"Two words\"} after").expect("attributes");
        assert_eq!(length, 38);
        assert_eq!(attributes.id.as_deref(), Some("tbl:x"));
        assert!(attributes.has_class("wide"));
        assert_eq!(attributes.get("lang"), Some("fr"));
        assert_eq!(attributes.get("alt"), Some("Two words"));
    }

    #[test]
    fn leaves_other_braces_alone() {
        for text in [
            "{}",
            "{",
            "{a b}",
            "{ }",
            "{:target=x}",
            "{#}",
            "{a=}",
            "{\"}",
        ] {
            assert_eq!(
                read(text).filter(|(found, _)| found.id.is_some()),
                None,
                "{text}"
            );
        }
        assert!(read("{set of words}").is_none());
    }

    #[test]
    fn splits_the_end_off() {
        let (before, attributes) = split_off_end("Caption text {#tbl:x}  ").expect("attributes");
        assert_eq!(before, "Caption text");
        assert_eq!(attributes.id.as_deref(), Some("tbl:x"));
        assert!(split_off_end("Caption {not attributes}").is_none());
    }
}
