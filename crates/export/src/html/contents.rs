//! The table of contents.

use super::writer::Writer;
use crate::model::{Heading, HeadingKind};

/// How many sections make contents worth having, where the front matter does not say.
const WORTHWHILE: usize = 3;

/// How many entries readers still find their way in.
const COMFORTABLE: usize = 60;

impl Writer<'_> {
    /// Whether this report shows its contents.
    pub(super) fn has_contents(&self) -> bool {
        let listed = self.listed().count();
        listed > 0
            && self
                .report
                .metadata
                .contents
                .unwrap_or(listed >= WORTHWHILE)
    }

    /// How deep the contents go: as the front matter says, else three levels, or fewer where three
    /// would fill pages.
    fn deepest(&self) -> u8 {
        let within = |depth: u8| {
            self.report
                .headings
                .iter()
                .filter(|heading| (1..=depth).contains(&heading.depth))
                .count()
        };
        self.report.metadata.contents_depth.unwrap_or_else(|| {
            [3, 2]
                .into_iter()
                .find(|depth| within(*depth) <= COMFORTABLE)
                .unwrap_or(if within(1) < 3 { 2 } else { 1 })
        })
    }

    /// Headings that the contents list.
    fn listed(&self) -> impl Iterator<Item = &Heading<'_>> {
        let deepest = self.deepest();
        self.report
            .headings
            .iter()
            .filter(move |heading| {
                (1..=deepest).contains(&heading.depth) && !heading.plain.is_empty()
            })
            .filter(|heading| !matches!(heading.kind, HeadingKind::Title | HeadingKind::Loose))
    }

    pub(super) fn contents(&mut self) {
        if !self.has_contents() {
            return;
        }
        self.tag("<nav class=\"contents\" role=\"doc-toc\" aria-labelledby=\"contents\">\n<h2 id=\"contents\">");
        self.text(self.labels.contents);
        self.tag("</h2>\n");
        let report = self.report;
        let deepest = self.deepest();
        let mut depth = 0;
        self.echo = true;
        for heading in &report.headings {
            let hidden = matches!(heading.kind, HeadingKind::Title | HeadingKind::Loose);
            if hidden || heading.depth == 0 || heading.depth > deepest || heading.plain.is_empty() {
                continue;
            }
            if self.full(heading.span) {
                break;
            }
            self.nest_to(&mut depth, heading.depth);
            self.entry(heading);
        }
        self.nest_to(&mut depth, 0);
        self.echo = false;
        self.tag("</nav>\n");
    }

    /// Opens and closes lists until entries of this depth can be written.
    fn nest_to(&mut self, depth: &mut u8, wanted: u8) {
        if *depth >= wanted && *depth > 0 {
            self.tag("</li>\n");
        }
        while *depth > wanted {
            *depth -= 1;
            self.tag("</ol>\n");
            if *depth > 0 {
                self.tag("</li>\n");
            }
        }
        while *depth < wanted {
            *depth += 1;
            self.tag("<ol>\n");
            if *depth < wanted {
                self.tag("<li>\n");
            }
        }
    }

    fn entry(&mut self, heading: &Heading<'_>) {
        self.tag("<li><a");
        self.fragment(&heading.id);
        self.enter(heading.language);
        self.tag(">");
        let worded = heading.kind == HeadingKind::Recommendation
            || heading.kind == HeadingKind::Annex
                && heading
                    .number
                    .as_ref()
                    .is_some_and(|number| !number.contains('.'));
        self.heading_label(heading, worded && !heading.inlines.is_empty());
        self.inlines(&heading.inlines);
        self.leave();
        self.tag("</a>");
    }
}
