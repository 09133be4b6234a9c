//! Footnotes, gathered at the end in the order of their numbers, each with its ways back.

use super::writer::Writer;
use crate::labels::fill;
use crate::model::BlockKind;

impl Writer<'_> {
    pub(super) fn notes(&mut self) {
        let report = self.report;
        if report.note_order.is_empty() {
            return;
        }
        self.tag("<section class=\"notes\" role=\"doc-endnotes\" aria-labelledby=\"notes\">\n<h2 id=\"notes\">");
        self.text(self.labels.notes);
        self.tag("</h2>\n<ol>\n");
        for index in &report.note_order {
            let Some(note) = report.footnotes.get(*index as usize) else {
                continue;
            };
            if self.full(note.span) {
                break;
            }
            let number = note.number.unwrap_or_default();
            self.tag("<li id=\"fn-");
            self.number(number);
            self.tag("\">");
            let back = self.ways_back(number, note.references.len());
            match note.blocks.split_last() {
                Some((last, others)) if matches!(last.kind, BlockKind::Paragraph(_)) => {
                    self.blocks(others);
                    if let BlockKind::Paragraph(inlines) = &last.kind {
                        self.paragraph(inlines, last.language, &back);
                    }
                }
                _ => {
                    self.blocks(&note.blocks);
                    self.tag("<p>");
                    self.tag(&back);
                    self.tag("</p>\n");
                }
            }
            self.tag("</li>\n");
        }
        self.tag("</ol>\n</section>\n");
    }

    /// Links back to each reference of a footnote.
    fn ways_back(&self, number: u32, count: usize) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for occurrence in 1..=count {
            let name = if count == 1 {
                number.to_string()
            } else {
                format!("{number}.{occurrence}")
            };
            let label = super::escape::escaped(&fill(self.labels.back, &name));
            let index = if count == 1 {
                String::new()
            } else {
                format!("<sup>{occurrence}</sup>")
            };
            // Writing to a string cannot fail.
            let _ = write!(
                out,
                " <a class=\"back\" role=\"doc-backlink\" href=\"#fnref-{number}-{occurrence}\" aria-label=\"{label}\">↩{index}</a>"
            );
        }
        out
    }
}
