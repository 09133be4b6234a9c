//! Numbers and references written out, notation of ours and pandoc's taken away.

use super::{Edit, line_end};
use crate::labels::{self, Labels, fill};
use crate::model::{HeadingKind, LanguageId, Report};
use crate::parse::{Notation, NotationKind};

pub(super) fn edits(report: &Report<'_>) -> Vec<Edit> {
    let labels = labels::of(&report.language(LanguageId(0)).tag);
    report
        .notation
        .iter()
        .filter_map(|notation| edit(report, labels, notation))
        .collect()
}

fn edit(report: &Report<'_>, labels: &Labels, notation: &Notation) -> Option<Edit> {
    let source = report.source;
    let (start, mut end) = (notation.span.start as usize, notation.span.end as usize);
    let mut with_spaces = false;
    let separator = |label: String| format!("{label}{}", labels.separator);
    let text = match notation.kind {
        NotationKind::Drop => {
            with_spaces = source
                .get(start..end)
                .is_some_and(|text| text.starts_with('{'));
            String::new()
        }
        NotationKind::DropLine => {
            end += source
                .get(end..)?
                .split_inclusive('\n')
                .next()
                .filter(|rest| rest.trim().is_empty())
                .map_or(0, str::len);
            String::new()
        }
        NotationKind::Reference(index) => {
            let reference = report.references.get(index as usize)?;
            let target = report.targets.get(reference.target? as usize)?;
            labels::reference_words(report, labels, reference, target)
        }
        NotationKind::TableLabel(number, as_row) => {
            let gap = if as_row { line_end(source) } else { "" };
            let label = fill(labels.table, &number.to_string());
            format!("{gap}**{label}{}** ", labels.separator.trim_end())
        }
        NotationKind::FigureLabel(number) => separator(fill(labels.figure, &number.to_string())),
        NotationKind::HeadingNumber(index) => {
            let heading = report.headings.get(index as usize)?;
            let number = heading.number.as_deref()?;
            match heading.kind {
                HeadingKind::Recommendation => separator(fill(labels.recommendation, number)),
                HeadingKind::Annex if !number.contains('.') => {
                    separator(fill(labels.annex, number))
                }
                _ => format!("{number} "),
            }
        }
    };
    Some(Edit {
        start,
        end,
        text,
        with_spaces,
    })
}
