//! Cuts the front matter off and reads what it says.

use std::collections::BTreeSet;

use crate::diagnostics::{Code, Findings};
use crate::error::ParseError;
use crate::limits::Limits;
use crate::model::{Editor, Metadata, SourceDate, Span};
use crate::yaml::{self, Entry, Yaml};

/// The front matter's place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The YAML between the two fences, in bytes.
    pub(crate) yaml: Span,
    /// Where the text after it starts, in bytes.
    pub(crate) end: usize,
}

/// Finds front matter: `---` on the first line, something on the next, `---` or `...` on a later one.
///
/// As in pandoc, a blank second line makes the first a thematic break.
pub(crate) fn find(source: &str) -> Option<Place> {
    let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = source[start..].split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_end() != "---" || !first.ends_with('\n') {
        return None;
    }
    let yaml_start = start + first.len();
    let mut at = yaml_start;
    for line in lines {
        let text = line.trim_end();
        if at == yaml_start && text.is_empty() {
            return None;
        }
        if text == "---" || text == "..." {
            return Some(Place {
                yaml: Span::new(yaml_start, at),
                end: at + line.len(),
            });
        }
        at += line.len();
    }
    None
}

/// Reads the front matter of a source.
///
/// Gives the metadata and the byte offset at which the text starts. What cannot be understood is
/// reported and kept in [`Metadata::other`]; it never stops an export.
pub(crate) fn read(
    source: &str,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<(Metadata, usize), ParseError> {
    let text_start = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let Some(place) = find(source) else {
        return Ok((Metadata::default(), text_start));
    };
    let text = &source[place.yaml.range()];
    if text.len() > limits.front_matter_bytes {
        return Err(ParseError::FrontMatterTooLarge {
            found: text.len(),
            limit: limits.front_matter_bytes,
        });
    }
    match yaml::read(text) {
        Ok(Yaml::Map(entries)) => {
            let mut reader = Reader {
                text,
                base: place.yaml.start as usize,
                limits,
                findings,
                out: Metadata::default(),
            };
            for entry in entries {
                reader.entry(entry);
            }
            reader.out.abbreviations.truncate(limits.abbreviations);
            forget_repeated(&mut reader.out);
            Ok((reader.out, place.end))
        }
        // Two thematic breaks with a paragraph between them are no front matter.
        Ok(Yaml::Scalar { .. } | Yaml::List(_)) => Ok((Metadata::default(), text_start)),
        Ok(Yaml::Null) => Ok((Metadata::default(), place.end)),
        Err(error) => {
            let span = line_span(text, place.yaml.start as usize, error.line);
            findings.add(Code::FrontMatterSyntax, span, || {
                format!(
                    "the front matter is not valid YAML: {}; none of it was used",
                    error.message
                )
            });
            Ok((Metadata::default(), place.end))
        }
    }
}

/// Forgets what is said twice: an export for pandoc repeats under pandoc's names what the authors
/// said under ours, and may come back as a source.
fn forget_repeated(out: &mut Metadata) {
    let mut names = BTreeSet::new();
    out.authors
        .retain(|author| names.insert(author.name.clone()));
    let mut keywords = BTreeSet::new();
    out.keywords
        .retain(|keyword| keywords.insert(keyword.clone()));
    let bare = |author: &Editor| author.affiliation.is_none() && author.group.is_none();
    let editors = out.editors.iter().map(|editor| &editor.name);
    if out.authors.iter().all(bare) && out.authors.iter().map(|author| &author.name).eq(editors) {
        out.authors.clear();
    }
}

/// The span of a line (from 1) of the YAML text, as offsets in the source.
fn line_span(text: &str, base: usize, line: usize) -> Span {
    let mut at = base;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            return Span::new(at, at + content.trim_end().len());
        }
        at += content.len();
    }
    Span::new(at, at)
}

struct Reader<'r> {
    text: &'r str,
    base: usize,
    limits: &'r Limits,
    findings: &'r mut Findings,
    out: Metadata,
}

impl Reader<'_> {
    fn entry(&mut self, entry: Entry) {
        let Entry { key, value, line } = entry;
        if matches!(value, Yaml::Null) {
            return;
        }
        let out = &mut self.out;
        let understood = match key.as_str() {
            "title" => put(&mut out.title, &value),
            "subtitle" => put(&mut out.subtitle, &value),
            "group" | "publisher" | "institution" => put(&mut out.group, &value),
            "version" => put(&mut out.version, &value),
            "lang" | "language" => put(&mut out.language, &value),
            "licence" | "license" | "rights" => put(&mut out.licence, &value),
            "status" => put(&mut out.status, &value),
            "abstract" | "summary" => put(&mut out.summary, &value),
            "url" => put(&mut out.url, &value),
            "identifier" | "doi" | "symbol" => put(&mut out.identifier, &value),
            "date" => value
                .text()
                .map(|text| out.date = Some(SourceDate(text.trim().to_owned())))
                .is_some(),
            "editor" | "editors" => people(&value)
                .map(|found| out.editors.extend(found))
                .is_some(),
            "author" | "authors" => people(&value)
                .map(|found| out.authors.extend(found))
                .is_some(),
            "keyword" | "keywords" => texts(&value)
                .map(|found| out.keywords.extend(found))
                .is_some(),
            "languages" => texts(&value)
                .map(|found| out.languages.extend(found))
                .is_some(),
            "abbreviations" => abbreviations(&value)
                .map(|found| out.abbreviations.extend(found))
                .is_some(),
            "number-sections" | "numbersections" => truth(&mut out.number_sections, &value),
            "toc" => truth(&mut out.contents, &value),
            "brackets" => truth(&mut out.brackets, &value),
            "toc-depth" => depth(&value)
                .map(|found| out.contents_depth = Some(found))
                .is_some(),
            _ => {
                out.other.push((key, value));
                return;
            }
        };
        if !understood {
            self.refuse(&key, &value, line);
            self.out.other.push((key, value));
        } else if key == "abbreviations" && self.out.abbreviations.len() > self.limits.abbreviations
        {
            let limit = self.limits.abbreviations;
            let span = line_span(self.text, self.base, line);
            self.findings.add(Code::FrontMatterType, span, || {
                format!("only the first {limit} abbreviations are used")
            });
        }
    }

    fn refuse(&mut self, key: &str, value: &Yaml, line: usize) {
        let wanted = match key {
            "editor" | "editors" | "author" | "authors" => {
                "a name, or a list of names or of maps with name, affiliation and group"
            }
            "keyword" | "keywords" | "languages" => "a text or a list of texts",
            "abbreviations" => "a map from short to long form, each under 200 characters",
            "number-sections" | "numbersections" | "toc" | "brackets" => "true or false",
            "toc-depth" => "a number from 1 to 6",
            _ => "a text",
        };
        let span = line_span(self.text, self.base, line);
        let kind = value.kind();
        self.findings.add(Code::FrontMatterType, span, || {
            format!(
                "`{key}` in the front matter is {kind} that cannot be used; it should be {wanted}"
            )
        });
    }
}

/// Takes a text; of a list of texts the items, one per paragraph.
fn put(slot: &mut Option<String>, value: &Yaml) -> bool {
    let Some(text) = value.text() else {
        return false;
    };
    let text = text.trim();
    if !text.is_empty() {
        *slot = Some(text.to_owned());
    }
    true
}

fn truth(slot: &mut Option<bool>, value: &Yaml) -> bool {
    let found = value.truth();
    if found.is_some() {
        *slot = found;
    }
    found.is_some()
}

fn depth(value: &Yaml) -> Option<u8> {
    value
        .text()?
        .trim()
        .parse()
        .ok()
        .filter(|depth| (1..=6).contains(depth))
}

fn texts(value: &Yaml) -> Option<Vec<String>> {
    match value {
        Yaml::Scalar { text, .. } => Some(
            text.split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect(),
        ),
        Yaml::List(items) => items
            .iter()
            .map(|item| item.text().map(|text| text.trim().to_owned()))
            .collect(),
        _ => None,
    }
}

fn people(value: &Yaml) -> Option<Vec<Editor>> {
    match value {
        Yaml::List(items) => items.iter().map(person).collect(),
        Yaml::Scalar { .. } | Yaml::Map(_) => Some(vec![person(value)?]),
        Yaml::Null => None,
    }
}

fn person(value: &Yaml) -> Option<Editor> {
    match value {
        Yaml::Scalar { text, .. } => Some(Editor {
            name: text.trim().to_owned(),
            ..Editor::default()
        }),
        Yaml::Map(entries) => {
            let field = |names: &[&str]| {
                entries
                    .iter()
                    .find(|entry| names.contains(&entry.key.as_str()))
                    .and_then(|entry| entry.value.text())
                    .map(|text| text.trim().to_owned())
                    .filter(|text| !text.is_empty())
            };
            Some(Editor {
                name: field(&["name"])?,
                affiliation: field(&["affiliation", "organisation", "organization", "institution"]),
                group: field(&["group", "stakeholder", "stakeholder-group"]),
            })
        }
        _ => None,
    }
}

/// Longest short or long form, in bytes: every use repeats the long form in the output.
const LONGEST_FORM: usize = 800;

fn abbreviations(value: &Yaml) -> Option<Vec<(String, String)>> {
    let Yaml::Map(entries) = value else {
        return None;
    };
    entries
        .iter()
        .map(|entry| {
            let (short, long) = (entry.key.trim(), entry.value.text()?.trim());
            let fits = !short.is_empty()
                && !long.is_empty()
                && short.len() <= 100
                && long.len() <= LONGEST_FORM;
            fits.then(|| (short.to_owned(), long.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(source: &str) -> (Metadata, usize, Vec<crate::Diagnostic>) {
        let mut findings = Findings::new(100);
        let (metadata, start) =
            read(source, &Limits::default(), &mut findings).expect("within limits");
        (metadata, start, findings.finish(source))
    }

    #[test]
    fn everything_known_is_read() {
        let source = "---\ntitle: A report\nversion: 1.10\ndate: 2026-11-22\neditors:\n  - name: Ana\n    affiliation: ISOC\n    group: Civil society\n  - Bo\nkeywords: [a, b]\nabbreviations:\n  IGF: Internet Governance Forum\ncustom: {x: 1}\n---\nText\n";
        let (metadata, start, findings) = read_all(source);
        assert_eq!(findings, []);
        assert_eq!(&source[start..], "Text\n");
        assert_eq!(metadata.version.as_deref(), Some("1.10"));
        assert_eq!(metadata.editors[0].group.as_deref(), Some("Civil society"));
        assert_eq!(metadata.editors[1].name, "Bo");
        assert_eq!(metadata.keywords, ["a", "b"]);
        assert_eq!(metadata.abbreviations[0].0, "IGF");
        assert_eq!(metadata.other[0].0, "custom");
    }

    #[test]
    fn what_an_export_repeated_for_pandoc_says_nothing_new() {
        let (metadata, ..) = read_all(
            "---\neditors:\n  - name: Ana\n    group: Civil society\nauthor:\n  - Ana\nkeyword: a, b\nkeywords: [a, b]\n---\n",
        );
        assert_eq!(metadata.editors.len(), 1);
        assert_eq!(metadata.authors, []);
        assert_eq!(metadata.keywords, ["a", "b"]);
        let (metadata, ..) = read_all(
            "---\neditors: [Ana]\nauthors:\n  - name: Bo\n    group: Government\nauthor: [Bo]\n---\n",
        );
        assert_eq!(metadata.authors.len(), 1);
        assert_eq!(metadata.authors[0].group.as_deref(), Some("Government"));
    }

    #[test]
    fn wrong_types_are_reported_where_they_stand() {
        let (metadata, _, findings) =
            read_all("---\ntitle: [a]\ntoc: perhaps\neditors:\n  - 1: 2\n---\n");
        assert_eq!(metadata.title, None);
        let lines: Vec<_> = findings
            .iter()
            .map(|finding| (finding.code, finding.line))
            .collect();
        assert_eq!(
            lines,
            [
                (Code::FrontMatterType, 2),
                (Code::FrontMatterType, 3),
                (Code::FrontMatterType, 4)
            ]
        );
    }

    #[test]
    fn thematic_breaks_are_no_front_matter() {
        for source in [
            "---\n\nText\n\n---\n",
            "---\nText\n---\nMore",
            "---\ntitle: open\n",
            "text\n---\n",
        ] {
            assert_eq!(read_all(source).1, 0, "{source}");
        }
    }

    #[test]
    fn broken_yaml_is_reported_and_hidden() {
        let (_, start, findings) = read_all("---\ntitle: \"open\nx: y\n---\nText");
        assert_eq!(start, 26);
        assert_eq!(findings[0].code, Code::FrontMatterSyntax);
    }
}
