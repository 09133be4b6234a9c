//! Passages between `:::` lines, opened and closed between the blocks of the report.

use super::builder::Builder;
use super::frames::FrameKind;
use super::{Notation, NotationKind};
use crate::diagnostics::Code;
use crate::error::ParseError;
use crate::model::{Alert, BlockKind, Division, LanguageId, Recommendation, Span, TargetKind};

impl Builder<'_, '_> {
    /// Opens and closes divisions at the `:::` lines before an offset in the source.
    pub(crate) fn fences_until(&mut self, offset: usize) -> Result<(), ParseError> {
        let base = self.text.base;
        while let Some(fence) = self
            .fences
            .next_if(|fence| fence.span.start as usize + base < offset)
        {
            let span = Span::new(
                fence.span.start as usize + base,
                fence.span.end as usize + base,
            );
            self.notation.push(Notation {
                span,
                kind: NotationKind::DropLine,
            });
            match fence.opens {
                Some(attributes) => {
                    let own = attributes.get("lang").map(str::to_owned);
                    let language = own
                        .map(|tag| self.language(&tag, span))
                        .or_else(|| self.context.last().copied());
                    self.open(FrameKind::Division(Box::new(attributes), span), span)?;
                    self.context.push(language.unwrap_or(LanguageId(0)));
                }
                None => self.close_division(span),
            }
        }
        Ok(())
    }

    pub(crate) fn close_division(&mut self, end: Span) {
        if !matches!(self.top().kind, FrameKind::Division(..)) {
            self.findings.add(Code::UnbalancedDiv, end, || {
                "this `:::` closes nothing; remove it".to_owned()
            });
            return;
        }
        let Some(frame) = self.pop() else { return };
        let own = self.context.pop();
        let FrameKind::Division(attributes, start) = frame.kind else {
            return;
        };
        let span = Span {
            start: start.start,
            end: end.end,
        };
        let language = attributes.get("lang").and(own);
        let alert = attributes
            .classes
            .iter()
            .find_map(|class| alert_class(class));
        if let Some(alert) = alert {
            self.push_block(BlockKind::Alert(alert, frame.blocks), span, language);
            return;
        }
        let recommendation = attributes.has_class("recommendation").then(|| {
            self.recommendations += 1;
            Recommendation {
                number: attributes
                    .get("number")
                    .map_or_else(|| self.recommendations.to_string(), str::to_owned),
                consensus: attributes.get("consensus").map(str::to_owned),
            }
        });
        let kind = recommendation.as_ref().map_or(TargetKind::Place, |own| {
            TargetKind::Recommendation(own.number.clone())
        });
        let id = attributes.id.as_deref().map(|label| {
            let name = label.strip_prefix("sec:").unwrap_or(label);
            self.define(
                Some(label),
                format!("p-{}", super::slugs::tame(name)),
                kind,
                span,
            )
            .1
        });
        let division = Division {
            recommendation,
            blocks: frame.blocks,
            id,
        };
        self.push_block(BlockKind::Division(Box::new(division)), span, language);
    }
}

fn alert_class(class: &str) -> Option<Alert> {
    Some(match class {
        "note" => Alert::Note,
        "tip" => Alert::Tip,
        "important" => Alert::Important,
        "warning" => Alert::Warning,
        "caution" => Alert::Caution,
        _ => return None,
    })
}
