//! Blocks, and the sections that headings open.

use super::writer::Writer;
use crate::labels::fill;
use crate::model::{
    Alert, Alignment, Block, BlockKind, Caption, Cell, Column, Definition, Division, Figure,
    Heading, HeadingKind, Inline, Item, LanguageId, LinkTarget, List, Table, plain_text,
};

/// From how many columns a table is printed on a page of its own, turned.
const WIDE: usize = 7;

impl Writer<'_> {
    /// Writes blocks; headings among them open sections, which end with the list.
    pub(super) fn blocks(&mut self, blocks: &[Block<'_>]) {
        let mut open: Vec<u8> = Vec::new();
        for block in blocks {
            if self.full(block.span) {
                break;
            }
            if let BlockKind::Heading(index) = block.kind {
                self.heading_in(index, &mut open);
            } else {
                self.block(block);
            }
        }
        for _ in open {
            self.close_section();
        }
    }

    fn heading_in(&mut self, index: u32, open: &mut Vec<u8>) {
        let report = self.report;
        let Some(heading) = report.headings.get(index as usize) else {
            return;
        };
        if self.bare {
            self.bare_heading(heading);
            return;
        }
        match heading.kind {
            HeadingKind::Title => {}
            HeadingKind::Loose => {
                self.tag("<p class=\"heading\"");
                self.attribute("id", &heading.id);
                self.enter(heading.language);
                self.tag(">");
                self.inlines(&heading.inlines);
                self.tag("</p>\n");
                self.leave();
            }
            _ => {
                while open.last().is_some_and(|depth| *depth >= heading.depth) {
                    open.pop();
                    self.close_section();
                }
                open.push(heading.depth);
                self.section_heading(heading);
            }
        }
    }

    fn bare_heading(&mut self, heading: &Heading<'_>) {
        let name = format!("h{}>", heading.level);
        self.tag("<");
        self.tag(&name);
        self.inlines(&heading.inlines);
        self.tag("</");
        self.tag(&name);
        self.tag("\n");
    }

    fn close_section(&mut self) {
        self.leave();
        self.tag("</section>\n");
    }

    /// Opens a section, which is in its heading's language, and writes the heading.
    fn section_heading(&mut self, heading: &Heading<'_>) {
        let letter = heading
            .number
            .as_ref()
            .is_some_and(|number| !number.contains('.'));
        let annex = heading.kind == HeadingKind::Annex && letter;
        self.tag("<section");
        if annex {
            self.tag(" class=\"annex\" role=\"doc-appendix\"");
            self.attribute("aria-labelledby", &heading.id);
        } else if heading.kind == HeadingKind::Recommendation {
            self.tag(" class=\"recommendation\"");
        }
        self.enter(heading.language);
        self.tag(">\n<div class=\"head\"");
        let level = (heading.depth + 1).min(6);
        self.tag("><h");
        self.number(level);
        self.attribute("id", &heading.id);
        self.enter(heading.language);
        self.tag(">");
        // A recommendation's label has a line of its own.
        self.heading_label(heading, annex && !heading.inlines.is_empty());
        self.inlines(&heading.inlines);
        self.leave();
        self.tag("</h");
        self.number(level);
        self.tag(">");
        self.permalink(heading);
        self.tag("</div>\n");
        if heading.kind == HeadingKind::Recommendation
            && let Some(consensus) = &heading.consensus
        {
            self.consensus(consensus);
        }
    }

    /// The number before a heading, with its word where it is an annex's or a recommendation's.
    pub(super) fn heading_label(&mut self, heading: &Heading<'_>, separated: bool) {
        let Some(number) = &heading.number else {
            return;
        };
        let words = match heading.kind {
            HeadingKind::Recommendation => Some(self.labels.recommendation),
            HeadingKind::Annex if !number.contains('.') => Some(self.labels.annex),
            _ => None,
        };
        match words {
            Some(words) => {
                self.tag("<span class=\"label\">");
                self.pattern(words, |writer| writer.text(number));
            }
            None => {
                self.tag("<span class=\"secno\">");
                self.text(number);
            }
        }
        if separated {
            self.text(self.labels.separator.trim_end());
        }
        self.tag("</span> ");
    }

    fn permalink(&mut self, heading: &Heading<'_>) {
        let labels = self.labels;
        self.tag("<a class=\"permalink\"");
        self.fragment(&heading.id);
        self.tag(" aria-label=\"");
        self.pattern(labels.link_to, |writer| match &heading.number {
            Some(number) => {
                let words = match heading.kind {
                    HeadingKind::Recommendation => labels.ref_recommendation,
                    HeadingKind::Annex if !number.contains('.') => labels.ref_annex,
                    _ => labels.ref_section,
                };
                writer.pattern(words, |writer| writer.text(number));
            }
            None => {
                writer.tag("“");
                writer.text(&heading.plain);
                writer.tag("”");
            }
        });
        self.tag("\"></a>");
    }

    fn consensus(&mut self, typed: &str) {
        let level = self.labels.level(typed);
        self.tag("<p class=\"consensus\">");
        self.text(self.labels.consensus);
        self.text(self.labels.colon);
        self.tag("<strong>");
        self.text(&level);
        self.tag("</strong></p>\n");
    }

    fn block(&mut self, block: &Block<'_>) {
        let language = block.language;
        match &block.kind {
            BlockKind::Heading(_) => {}
            BlockKind::Paragraph(inlines) => self.paragraph(inlines, language, ""),
            BlockKind::Plain(inlines) => self.plain(inlines, language),
            BlockKind::Quote(inner) => self.container("blockquote", inner, language),
            BlockKind::Alert(alert, inner) => self.alert(*alert, inner, language),
            BlockKind::List(list) => self.list(list, language),
            BlockKind::DefinitionList(items) => self.definitions(items, language),
            BlockKind::Code { language, text } => self.code_block(language, text),
            BlockKind::Table(table) => self.table(table, language),
            BlockKind::Figure(figure) => self.figure(figure, language),
            BlockKind::Division(division) => self.division(division, language),
            BlockKind::Rule => self.tag("<hr>\n"),
            BlockKind::RawHtml(html) if self.bare => self.tag(html),
            BlockKind::RawHtml(html) => {
                self.tag("<pre class=\"raw\"><code>");
                self.text(html);
                self.tag("</code></pre>\n");
            }
        }
    }

    /// Writes a paragraph with something of ours before its end: a footnote's way back.
    pub(super) fn paragraph(
        &mut self,
        inlines: &[Inline<'_>],
        language: Option<LanguageId>,
        end: &str,
    ) {
        self.tag("<p");
        self.enter(language);
        self.tag(">");
        self.inlines(inlines);
        self.tag(end);
        self.tag("</p>\n");
        self.leave();
    }

    fn plain(&mut self, inlines: &[Inline<'_>], language: Option<LanguageId>) {
        if language.is_some_and(|own| own != self.language()) {
            self.tag("<span class=\"block\"");
            self.enter(language);
            self.tag(">");
            self.inlines(inlines);
            self.tag("</span>");
            self.leave();
        } else {
            self.inlines(inlines);
        }
        if !self.bare {
            self.tag("\n");
        }
    }

    fn container(&mut self, name: &str, inner: &[Block<'_>], language: Option<LanguageId>) {
        self.tag("<");
        self.tag(name);
        self.enter(language);
        self.tag(">\n");
        self.blocks(inner);
        self.leave();
        self.tag("</");
        self.tag(name);
        self.tag(">\n");
    }

    fn alert(&mut self, alert: Alert, inner: &[Block<'_>], language: Option<LanguageId>) {
        let labels = self.labels;
        let (class, label) = match alert {
            Alert::Note => ("note", labels.alert_note),
            Alert::Tip => ("tip", labels.alert_tip),
            Alert::Important => ("important", labels.alert_important),
            Alert::Warning => ("warning", labels.alert_warning),
            Alert::Caution => ("caution", labels.alert_caution),
        };
        self.tag("<div class=\"alert ");
        self.tag(class);
        self.tag("\" role=\"note\"");
        self.attribute("aria-label", label);
        self.tag(">\n<p class=\"alert-label\">");
        self.text(label);
        self.tag("</p>\n");
        self.container("div", inner, language);
        self.tag("</div>\n");
    }

    fn list(&mut self, list: &List<'_>, language: Option<LanguageId>) {
        let name = if list.start.is_some() { "ol" } else { "ul" };
        self.tag("<");
        self.tag(name);
        // Larger numbers than browsers count are left to the browser.
        if let Some(start) = list
            .start
            .filter(|start| *start != 1 && *start <= 999_999_999)
        {
            self.tag(" start=\"");
            self.number(start);
            self.tag("\"");
        }
        if !self.bare && list.items.iter().any(|item| item.task.is_some()) {
            self.tag(" class=\"tasks\"");
        }
        self.enter(language);
        self.tag(">\n");
        for item in &list.items {
            self.item(item);
        }
        self.leave();
        self.tag("</");
        self.tag(name);
        self.tag(">\n");
    }

    fn item(&mut self, item: &Item<'_>) {
        match item.task {
            None => self.tag("<li>"),
            Some(done) => {
                let label = if done {
                    self.labels.done
                } else {
                    self.labels.open
                };
                self.tag(if done {
                    "<li class=\"task done\"><span class=\"sr\">"
                } else {
                    "<li class=\"task\"><span class=\"sr\">"
                });
                self.text(label);
                self.tag(" </span>");
            }
        }
        // A tight item keeps its text on its line.
        if matches!(item.blocks.first().map(|block| &block.kind), Some(kind) if !matches!(kind, BlockKind::Plain(_)))
        {
            self.tag("\n");
        }
        self.blocks(&item.blocks);
        self.tag("</li>\n");
    }

    fn definitions(&mut self, items: &[Definition<'_>], language: Option<LanguageId>) {
        self.tag("<dl");
        self.enter(language);
        self.tag(">\n");
        for item in items {
            match item {
                Definition::Term(inlines) => {
                    self.tag("<dt>");
                    self.inlines(inlines);
                    self.tag("</dt>\n");
                }
                Definition::Meaning(blocks) => {
                    self.tag("<dd>");
                    self.blocks(blocks);
                    self.tag("</dd>\n");
                }
            }
        }
        self.leave();
        self.tag("</dl>\n");
    }

    fn code_block(&mut self, language: &str, text: &str) {
        self.tag(if self.bare {
            "<pre><code"
        } else {
            "<pre dir=\"ltr\"><code"
        });
        let known = language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-+#._".contains(c));
        if !language.is_empty() && (known || self.bare) {
            self.attribute("class", &format!("language-{language}"));
        }
        self.tag(">");
        self.text(text);
        self.tag("</code></pre>\n");
    }

    fn division(&mut self, division: &Division<'_>, language: Option<LanguageId>) {
        let class = if division.recommendation.is_some() {
            "recommendation"
        } else {
            "passage"
        };
        self.tag("<div class=\"");
        self.tag(class);
        self.tag("\"");
        if let Some(id) = &division.id {
            self.attribute("id", id);
        }
        self.enter(language);
        self.tag(">\n");
        if let Some(recommendation) = &division.recommendation {
            self.tag("<p class=\"heading\"><span class=\"label\">");
            let label = fill(self.labels.recommendation, &recommendation.number);
            self.text(&label);
            self.tag("</span></p>\n");
            if let Some(consensus) = &recommendation.consensus {
                self.consensus(consensus);
            }
        }
        self.blocks(&division.blocks);
        self.leave();
        self.tag("</div>\n");
    }

    fn figure(&mut self, figure: &Figure<'_>, language: Option<LanguageId>) {
        self.tag("<figure");
        if let Some(id) = &figure.id {
            self.attribute("id", id);
        }
        self.enter(language);
        self.tag(">\n<div class=\"picture\">");
        self.picture(figure);
        self.tag("</div>\n");
        if let Some(caption) = &figure.caption {
            self.tag("<figcaption>");
            let label = figure
                .number
                .map(|number| fill(self.labels.figure, &number.to_string()));
            self.caption(caption, label);
            self.tag("</figcaption>\n");
        }
        self.leave();
        self.tag("</figure>\n");
    }

    /// What stands where the image would: its description, and where it can be seen.
    fn picture(&mut self, figure: &Figure<'_>) {
        let LinkTarget { address, .. } = &figure.image.target;
        if let Some(text) = &figure.image.alternative {
            self.tag("<p>");
            self.text(text);
            self.tag("</p>");
        }
        self.tag("<p class=\"missing\">");
        self.text(self.labels.image);
        self.text(self.labels.colon);
        match super::links::judge(address) {
            super::links::Href::Outside(href) => {
                self.tag("<a");
                self.attribute("href", &href);
                self.tag(">");
                self.text(address);
                self.tag("</a>");
            }
            _ => {
                self.tag("<bdi>");
                self.text(address);
                self.tag("</bdi>");
            }
        }
        self.tag("</p>");
    }

    fn caption(&mut self, caption: &Caption<'_>, label: Option<String>) {
        if let Some(label) = label {
            self.tag("<span class=\"label\">");
            self.text(&label);
            self.text(self.labels.separator.trim_end());
            self.tag("</span> ");
        }
        let foreign = caption.language.is_some_and(|own| own != self.language());
        if foreign {
            self.tag("<span");
            self.enter(caption.language);
            self.tag(">");
        }
        self.inlines(&caption.inlines);
        if foreign {
            self.leave();
            self.tag("</span>");
        }
    }

    fn table(&mut self, table: &Table<'_>, language: Option<LanguageId>) {
        let columns = table.columns.len();
        self.tag(if columns >= WIDE {
            "<div class=\"table wide\""
        } else {
            "<div class=\"table\""
        });
        self.tag(" role=\"group\" tabindex=\"0\"");
        let label = table.number.map_or_else(
            || self.labels.table.replace("{}", "").trim().to_owned(),
            |number| fill(self.labels.table, &number.to_string()),
        );
        self.attribute("aria-label", &label);
        self.tag(">\n<table");
        if let Some(id) = &table.id {
            self.attribute("id", id);
        }
        self.enter(language);
        self.tag(">\n");
        if let Some(caption) = &table.caption {
            self.tag("<caption>");
            let label = table
                .number
                .map(|number| fill(self.labels.table, &number.to_string()));
            self.caption(caption, label);
            self.tag("</caption>\n");
        }
        let empty = |cell: &Cell<'_>| cell.inlines.is_empty();
        if !table.head.iter().all(empty) {
            self.tag("<thead>\n<tr>");
            for (cell, column) in table.head.iter().zip(&table.columns) {
                self.cell(
                    cell,
                    *column,
                    if empty(cell) {
                        "td"
                    } else {
                        "th scope=\"col\""
                    },
                );
            }
            self.tag("</tr>\n</thead>\n");
        }
        // A head that starts with an empty cell belongs to a table whose rows are named as well.
        let named = table.head.first().is_some_and(empty) && !table.head.iter().all(empty);
        if !table.rows.is_empty() {
            self.tag("<tbody>\n");
            for row in &table.rows {
                if self.full(
                    row.first()
                        .and_then(|cell| cell.inlines.first())
                        .map_or_else(Default::default, |inline| inline.span),
                ) {
                    break;
                }
                self.tag("<tr>");
                for (index, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
                    let heads = named && index == 0 && !plain_text(&cell.inlines).trim().is_empty();
                    self.cell(cell, *column, if heads { "th scope=\"row\"" } else { "td" });
                }
                self.tag("</tr>\n");
            }
            self.tag("</tbody>\n");
        }
        self.leave();
        self.tag("</table>\n</div>\n");
    }

    /// Writes a cell; `name` is its element with its scope.
    fn cell(&mut self, cell: &Cell<'_>, column: Column, name: &str) {
        self.tag("<");
        self.tag(name);
        match column.alignment {
            Some(Alignment::Centre) => self.tag(" class=\"centre\""),
            Some(Alignment::End) => self.tag(" class=\"end\""),
            Some(Alignment::Start) | None => {}
        }
        self.enter(cell.language);
        self.tag(">");
        self.inlines(&cell.inlines);
        self.leave();
        self.tag(if name.starts_with("th") {
            "</th>"
        } else {
            "</td>"
        });
    }
}
