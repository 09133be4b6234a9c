//! What a cross-reference says.

use super::{Labels, capital, fill};
use crate::model::{HeadingKind, Reference, Report, Target, TargetKind};

/// "section 2.1", "table 3", "annex B", or the heading itself in quotation marks when it has no
/// number.
pub(crate) fn reference_words(
    report: &Report<'_>,
    labels: &Labels,
    reference: &Reference<'_>,
    target: &Target,
) -> String {
    let words = match &target.kind {
        TargetKind::Heading(index) => match report.headings.get(*index as usize) {
            Some(heading) => match (&heading.number, heading.kind) {
                (Some(number), HeadingKind::Recommendation) => {
                    fill(labels.ref_recommendation, number)
                }
                (Some(number), HeadingKind::Annex) if !number.contains('.') => {
                    fill(labels.ref_annex, number)
                }
                (Some(number), _) => fill(labels.ref_section, number),
                (None, _) => return format!("“{}”", heading.plain),
            },
            None => reference.label.to_string(),
        },
        TargetKind::Figure(Some(number)) => fill(labels.ref_figure, &number.to_string()),
        TargetKind::Table(Some(number)) => fill(labels.ref_table, &number.to_string()),
        TargetKind::Recommendation(number) => fill(labels.ref_recommendation, number),
        TargetKind::Figure(None) | TargetKind::Table(None) | TargetKind::Place => {
            reference.label.to_string()
        }
    };
    if reference.capital {
        capital(&words)
    } else {
        words
    }
}
