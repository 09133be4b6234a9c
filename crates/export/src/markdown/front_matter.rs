//! Front matter that pandoc reads: what the authors typed, and what is missing from it.

use super::{Edit, line_end};
use crate::front_matter;
use crate::html::HtmlOptions;
use crate::model::Report;
use crate::yaml::{self, Yaml};

/// Adds what is missing. None when nothing is, or when what stands there cannot be added to: YAML
/// that is broken or written as a flow map stays as the authors typed it.
pub(super) fn edit(report: &Report<'_>, known: &HtmlOptions) -> Option<Edit> {
    let source = report.source;
    let end = line_end(source);
    let place = front_matter::find(source).filter(|place| place.end == report.body_start as usize);
    let own = place.as_ref().map(|place| &source[place.yaml.range()]);
    let typed = match own.map(yaml::read) {
        Some(Ok(Yaml::Map(entries))) => entries.into_iter().map(|entry| entry.key).collect(),
        _ => Vec::new(),
    };
    let lines = missing(report, known, &typed, end);
    if lines.is_empty() {
        return None;
    }
    match (place, own) {
        (Some(place), Some(own)) => {
            let at = place.yaml.end as usize;
            let sound = matches!(yaml::read(&format!("{own}{lines}")), Ok(Yaml::Map(_)));
            sound.then_some(Edit {
                start: at,
                end: at,
                text: lines,
                with_spaces: false,
            })
        }
        _ => {
            let at = report.body_start as usize;
            let gap = if source[at..].starts_with(['\n', '\r']) {
                ""
            } else {
                end
            };
            let text = format!("---{end}{lines}---{end}{gap}");
            Some(Edit {
                start: at,
                end: at,
                text,
                with_spaces: false,
            })
        }
    }
}

/// The lines that are missing, each with its line end. What pandoc looks for stands under pandoc's
/// own names, also where the authors typed another name of ours for it.
fn missing(report: &Report<'_>, known: &HtmlOptions, typed: &[String], end: &str) -> String {
    let meta = &report.metadata;
    let absent = |own: bool, value: &Option<String>| value.clone().filter(|_| !own);
    let people = if meta.authors.is_empty() {
        &meta.editors
    } else {
        &meta.authors
    };
    let names: Vec<String> = people.iter().map(|person| person.name.clone()).collect();
    let mut lines = Lines {
        typed,
        end,
        out: String::new(),
    };
    lines.text(
        "title",
        Some(&report.title).filter(|title| !title.is_empty()),
    );
    lines.list("author", &names);
    lines.text("date", known.date.as_ref());
    lines.text("lang", Some(&report.languages[0].tag));
    // pandoc reads a text that ends a line as paragraphs, any other as words within one.
    let summary = meta.summary.as_ref().map(|summary| format!("{summary}\n"));
    lines.text("abstract", summary.as_ref());
    lines.list("keywords", &meta.keywords);
    lines.text("group", absent(meta.group.is_some(), &known.group).as_ref());
    lines.text("version", known.version.as_ref());
    lines.text("status", known.stage.as_ref());
    lines.text("url", known.url.as_ref());
    lines.text("draft", known.document_id.as_ref());
    lines.text("source-sha256", known.document_hash.as_ref());
    lines.list("heads", &known.heads);
    lines.out
}

/// Lines of YAML for keys that the authors did not type.
struct Lines<'a> {
    typed: &'a [String],
    end: &'a str,
    out: String,
}

impl Lines<'_> {
    fn takes(&self, key: &str) -> bool {
        !self.typed.iter().any(|typed| typed == key)
    }

    fn text(&mut self, key: &str, value: Option<&String>) {
        if let Some(value) = value.filter(|_| self.takes(key)) {
            self.out
                .push_str(&format!("{key}: {}{}", quoted(value), self.end));
        }
    }

    fn list(&mut self, key: &str, values: &[String]) {
        if values.is_empty() || !self.takes(key) {
            return;
        }
        self.out.push_str(&format!("{key}:{}", self.end));
        for value in values {
            self.out
                .push_str(&format!("  - {}{}", quoted(value), self.end));
        }
    }
}

/// A text as a double-quoted YAML scalar, which takes JSON's escapes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
