//! The cover: title, who made it, and what this version is.

use super::writer::Writer;
use crate::labels::{fill, format_date, machine_date};
use crate::model::{Editor, HeadingKind};

/// What is printed of a report's identity: the front matter's word, else the caller's.
pub(super) struct Identity {
    pub(super) title: String,
    pub(super) group: Option<String>,
    pub(super) version: Option<String>,
    pub(super) date: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) url: Option<String>,
}

impl Writer<'_> {
    pub(super) fn identity(&self) -> Identity {
        let (meta, options) = (&self.report.metadata, self.options);
        let title = if self.report.title.is_empty() {
            self.labels.untitled.to_owned()
        } else {
            self.report.title.clone()
        };
        Identity {
            title,
            group: meta.group.clone().or_else(|| options.group.clone()),
            version: meta.version.clone().or_else(|| options.version.clone()),
            date: meta
                .date
                .as_ref()
                .map(|date| date.0.clone())
                .or_else(|| options.date.clone()),
            stage: options.stage.clone(),
            url: meta.url.clone().or_else(|| options.url.clone()),
        }
    }

    pub(super) fn cover(&mut self, identity: &Identity) {
        self.tag("<header class=\"cover\">\n");
        if let Some(group) = &identity.group {
            self.tag("<p class=\"group\" itemprop=\"publisher\" itemscope itemtype=\"https://schema.org/Organization\"><bdi itemprop=\"name\">");
            self.text(group);
            self.tag("</bdi></p>\n");
        }
        self.tag("<meta itemprop=\"name\"");
        self.attribute("content", &identity.title);
        self.tag(">\n<h1");
        let report = self.report;
        // A title that is a heading of the text may carry markup and footnotes, and links lead to it.
        match report
            .headings
            .iter()
            .find(|heading| heading.kind == HeadingKind::Title)
        {
            Some(heading) => {
                self.attribute("id", &heading.id);
                self.tag(">");
                self.inlines(&heading.inlines);
            }
            None => {
                self.tag(">");
                self.text(&identity.title);
            }
        }
        self.tag("</h1>\n");
        if let Some(subtitle) = &report.metadata.subtitle {
            self.tag("<p class=\"subtitle\" itemprop=\"alternativeHeadline\">");
            self.text(subtitle);
            self.tag("</p>\n");
        }
        self.edition(identity);
        self.tag("<dl class=\"facts\">\n");
        self.people(
            &report.metadata.editors,
            "editor",
            self.labels.editor,
            self.labels.editors,
        );
        self.people(
            &report.metadata.authors,
            "author",
            self.labels.author,
            self.labels.authors,
        );
        self.facts(identity);
        self.provenance();
        self.tag("</dl>\n</header>\n");
    }

    /// The line under the title: stage, version, date.
    fn edition(&mut self, identity: &Identity) {
        let labels = self.labels;
        let mut parts: Vec<String> = Vec::new();
        if let Some(stage) = &identity.stage {
            parts.push(format!(
                "<span itemprop=\"creativeWorkStatus\">{}</span>",
                super::escape::escaped(stage)
            ));
        }
        if let Some(version) = &identity.version {
            let label = labels.version;
            let version = super::escape::escaped(version);
            parts.push(format!("{label} <bdi itemprop=\"version\">{version}</bdi>"));
        }
        if let Some(date) = &identity.date {
            let words = format_date(date, labels).unwrap_or_else(|| date.clone());
            let words = super::escape::escaped(&words);
            parts.push(match machine_date(date) {
                Some(machine) => format!(
                    "<time datetime=\"{machine}\" itemprop=\"datePublished\">{words}</time>"
                ),
                None => words,
            });
        }
        if !parts.is_empty() {
            self.tag("<p class=\"edition\">");
            self.tag(&parts.join("<span class=\"dot\" aria-hidden=\"true\"> · </span>"));
            self.tag("</p>\n");
        }
    }

    /// Version and date in words, for the running head.
    pub(super) fn edition_words(&self, identity: &Identity) -> String {
        let version = identity
            .version
            .as_ref()
            .map(|version| format!("{} {version}", self.labels.version));
        let date = identity
            .date
            .as_ref()
            .map(|date| format_date(date, self.labels).unwrap_or_else(|| date.clone()));
        [identity.stage.clone(), version, date]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    }

    fn people(&mut self, people: &[Editor], property: &str, one: &str, many: &str) {
        if people.is_empty() {
            return;
        }
        self.tag("<div><dt>");
        self.text(if people.len() == 1 { one } else { many });
        self.tag("</dt>");
        for person in people {
            self.tag("<dd itemscope itemtype=\"https://schema.org/Person\"");
            self.attribute("itemprop", property);
            self.tag("><bdi itemprop=\"name\">");
            self.text(&person.name);
            self.tag("</bdi>");
            if let Some(affiliation) = &person.affiliation {
                self.text(self.labels.comma);
                self.tag("<span itemprop=\"affiliation\" itemscope itemtype=\"https://schema.org/Organization\"><bdi itemprop=\"name\">");
                self.text(affiliation);
                self.tag("</bdi></span>");
            }
            if let Some(group) = &person.group {
                self.tag(" <span class=\"stakeholder\">(<bdi>");
                self.text(group);
                self.tag("</bdi>)</span>");
            }
            self.tag("</dd>");
        }
        self.tag("</div>\n");
    }

    fn facts(&mut self, identity: &Identity) {
        let report = self.report;
        let labels = self.labels;
        if let Some(identifier) = &report.metadata.identifier {
            self.fact(labels.identifier, identifier, "identifier");
        }
        if let Some(url) = &identity.url {
            self.fact(labels.address, url, "url");
        }
        if let Some(licence) = &report.metadata.licence {
            self.fact(labels.licence, licence, "license");
        }
        if !report.metadata.keywords.is_empty() {
            let keywords = report.metadata.keywords.join(labels.comma);
            self.fact(labels.keywords, &keywords, "keywords");
        }
        let citation = self.citation(identity);
        self.tag("<div class=\"cite\"><dt>");
        self.text(labels.cite);
        self.tag("</dt><dd>");
        self.tag(&citation);
        self.tag("</dd></div>\n");
    }

    /// A fact whose value is a link, when it is an address, and text otherwise.
    fn fact(&mut self, label: &str, value: &str, property: &str) {
        self.tag("<div><dt>");
        self.text(label);
        self.tag("</dt><dd>");
        match super::links::judge(value) {
            super::links::Href::Outside(href) => {
                self.tag("<a");
                self.attribute("itemprop", property);
                self.attribute("href", &href);
                self.tag(">");
                self.text(value);
                self.tag("</a>");
            }
            _ => {
                self.tag("<bdi");
                if property != "url" && property != "license" {
                    self.attribute("itemprop", property);
                }
                self.tag(">");
                self.text(value);
                self.tag("</bdi>");
            }
        }
        self.tag("</dd></div>\n");
    }

    /// The exact state that was exported: whoever has it can check that nothing was changed since.
    fn provenance(&mut self) {
        let options = self.options;
        let labels = self.labels;
        if let Some(id) = &options.document_id {
            self.code_fact(labels.draft_id, std::slice::from_ref(id));
        }
        if !options.heads.is_empty() {
            self.code_fact(labels.state, &options.heads);
        }
        if let Some(hash) = &options.document_hash {
            self.code_fact(labels.hash, std::slice::from_ref(hash));
        }
    }

    fn code_fact(&mut self, label: &str, values: &[String]) {
        self.tag("<div class=\"state\"><dt>");
        self.text(label);
        self.tag("</dt>");
        for value in values {
            self.tag("<dd><code dir=\"ltr\">");
            self.text(value);
            self.tag("</code></dd>");
        }
        self.tag("</div>\n");
    }

    /// "Ana Example and Bo Example (eds.), Title: subtitle, Group, version 1.0, 22 November 2026, address."
    fn citation(&self, identity: &Identity) -> String {
        let labels = self.labels;
        let meta = &self.report.metadata;
        let mut parts: Vec<String> = Vec::new();
        let names = |people: &[Editor]| {
            people
                .iter()
                .map(|person| format!("<bdi>{}</bdi>", super::escape::escaped(&person.name)))
                .collect::<Vec<_>>()
                .join(labels.comma)
        };
        if !meta.authors.is_empty() {
            parts.push(names(&meta.authors));
        }
        if !meta.editors.is_empty() {
            parts.push(format!("{} {}", names(&meta.editors), labels.eds));
        }
        let title = match &meta.subtitle {
            Some(subtitle) => format!("{}{}{subtitle}", identity.title, labels.colon),
            None => identity.title.clone(),
        };
        parts.push(format!("<cite>{}</cite>", super::escape::escaped(&title)));
        let version = identity
            .version
            .as_ref()
            .map(|version| fill(labels.cite_version, version));
        let date = identity
            .date
            .as_ref()
            .map(|date| format_date(date, labels).unwrap_or_else(|| date.clone()));
        let rest = [
            identity.group.clone(),
            version,
            date,
            meta.identifier.clone(),
        ];
        parts.extend(
            rest.into_iter()
                .flatten()
                .map(|part| format!("<bdi>{}</bdi>", super::escape::escaped(&part))),
        );
        if let Some(url) = &identity.url {
            parts.push(format!(
                "<bdi class=\"address\">{}</bdi>",
                super::escape::escaped(url)
            ));
        }
        parts.join(labels.comma)
    }

    /// Abstract and status, each with its heading.
    pub(super) fn front(&mut self) {
        let report = self.report;
        if let Some(summary) = &report.metadata.summary {
            self.tag("<section class=\"abstract\" role=\"doc-abstract\" aria-labelledby=\"abstract\" itemprop=\"abstract\">\n<h2 id=\"abstract\">");
            self.text(self.labels.summary);
            self.tag("</h2>\n");
            self.prose(summary);
            self.tag("</section>\n");
        }
        if let Some(status) = &report.metadata.status {
            self.tag("<section class=\"status\" aria-labelledby=\"status\">\n<h2 id=\"status\">");
            self.text(self.labels.status);
            self.tag("</h2>\n");
            self.prose(status);
            self.tag("</section>\n");
        }
    }

    /// Text of the front matter, cut into paragraphs at blank lines.
    fn prose(&mut self, text: &str) {
        for paragraph in text
            .split("\n\n")
            .map(str::trim)
            .filter(|paragraph| !paragraph.is_empty())
        {
            self.tag("<p>");
            self.text(paragraph);
            self.tag("</p>\n");
        }
    }
}
