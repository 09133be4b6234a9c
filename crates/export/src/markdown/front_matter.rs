//! Front matter that pandoc reads: what the authors typed, and what is missing from it.

use super::{Edit, line_end};
use crate::front_matter;
use crate::html::HtmlOptions;
use crate::model::{HeadingKind, Report};
use crate::yaml::{self, Yaml};

/// Adds what is missing. None when nothing is, or when what stands there cannot be added to: YAML
/// that is broken or written as a flow map stays as the authors typed it.
pub(super) fn edit(report: &Report<'_>, known: &HtmlOptions) -> Option<Edit> {
    let source = report.source;
    let end = line_end(source);
    let place = front_matter::find(source).filter(|place| place.end == report.body_start as usize);
    let own = place.as_ref().map(|place| &source[place.yaml.range()]);
    let lines = missing(report, known, end);
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

/// The lines that are missing, each with its line end.
fn missing(report: &Report<'_>, known: &HtmlOptions, end: &str) -> String {
    let meta = &report.metadata;
    let titled = meta.title.is_some()
        || report
            .headings
            .iter()
            .any(|heading| heading.kind == HeadingKind::Title);
    let language = (meta.language.is_none()).then(|| report.languages[0].tag.clone());
    let title = (!titled && !report.title.is_empty()).then(|| report.title.clone());
    let absent = |own: bool, value: &Option<String>| if own { None } else { value.clone() };
    let single = [
        ("title", title),
        ("lang", language),
        ("group", absent(meta.group.is_some(), &known.group)),
        ("version", absent(meta.version.is_some(), &known.version)),
        ("date", absent(meta.date.is_some(), &known.date)),
        ("status", absent(meta.status.is_some(), &known.stage)),
        ("url", absent(meta.url.is_some(), &known.url)),
        ("draft", known.document_id.clone()),
        ("source-sha256", known.document_hash.clone()),
    ];
    let taken = |key: &str| meta.other.iter().any(|(own, _)| own == key);
    let mut out = String::new();
    for (key, value) in single {
        if let Some(value) = value.filter(|_| !taken(key)) {
            out.push_str(&format!("{key}: {}{end}", quoted(&value)));
        }
    }
    if !known.heads.is_empty() && !taken("heads") {
        out.push_str(&format!("heads:{end}"));
        for head in &known.heads {
            out.push_str(&format!("  - {}{end}", quoted(head)));
        }
    }
    out
}

/// A text as a double-quoted YAML scalar, which takes JSON's escapes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
