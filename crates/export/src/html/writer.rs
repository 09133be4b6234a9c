//! The state of one HTML export.

use super::escape::escape;
use super::options::HtmlOptions;
use crate::diagnostics::place;
use crate::error::ExportError;
use crate::labels::{self, Labels};
use crate::model::{LanguageId, Report, Span};

/// Writes one report. Everything goes through [`Writer::text`] (escaped) or [`Writer::tag`]
/// (literals of ours), so that what authors type never becomes markup.
pub(super) struct Writer<'r> {
    pub(super) report: &'r Report<'r>,
    pub(super) options: &'r HtmlOptions,
    pub(super) labels: &'static Labels,
    pub(super) out: String,
    /// Languages of the elements that are open; the first is the report's own.
    languages: Vec<LanguageId>,
    /// Whether a link is open: links do not nest.
    pub(super) in_link: bool,
    /// Whether ids, notes and links are left out: for text that is shown a second time.
    pub(super) echo: bool,
    /// Test-only: raw HTML, every address and images pass, and nothing of ours is added.
    pub(super) bare: bool,
    limit: usize,
    over: Option<Span>,
}

impl<'r> Writer<'r> {
    pub(super) fn new(report: &'r Report<'r>, options: &'r HtmlOptions) -> Self {
        Self {
            report,
            options,
            labels: labels::of(&report.language(LanguageId(0)).tag),
            out: String::with_capacity(report.source.len() + report.source.len() / 2 + 48_000),
            languages: vec![LanguageId(0)],
            in_link: false,
            echo: false,
            bare: false,
            limit: options.limits.output_bytes,
            over: None,
        }
    }

    /// Writes markup of ours.
    pub(super) fn tag(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// Writes text of anybody's.
    pub(super) fn text(&mut self, text: &str) {
        escape(text, &mut self.out);
    }

    /// Writes ` name="value"`.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(value, &mut self.out);
        self.out.push('"');
    }

    /// Writes ` href="#id"`.
    pub(super) fn fragment(&mut self, id: &str) {
        self.out.push_str(" href=\"#");
        escape(id, &mut self.out);
        self.out.push('"');
    }

    /// Writes words of ours with a value in their place, such as "section {}".
    pub(super) fn pattern(&mut self, words: &str, value: impl FnOnce(&mut Self)) {
        let (before, after) = words.split_once("{}").unwrap_or((words, ""));
        self.text(before);
        value(self);
        self.text(after);
    }

    /// Writes a number.
    pub(super) fn number(&mut self, number: impl std::fmt::Display) {
        use std::fmt::Write;
        // Writing to a string cannot fail.
        let _ = write!(self.out, "{number}");
    }

    /// Whether the output has grown past its limit; remembers where. Callers stop going deeper, so
    /// that the output never grows far beyond the limit.
    pub(super) fn full(&mut self, span: Span) -> bool {
        if self.out.len() > self.limit {
            self.over.get_or_insert(span);
            return true;
        }
        false
    }

    /// The output, if it kept its limit.
    pub(super) fn finish(mut self) -> Result<String, ExportError> {
        self.full(Span::default());
        match self.over {
            None => Ok(self.out),
            Some(span) => Err(ExportError::OutputTooLarge {
                format: "HTML",
                limit: self.limit,
                line: place(self.report.source, span.start as usize).0,
            }),
        }
    }

    /// The language of the element that is open.
    pub(super) fn language(&self) -> LanguageId {
        self.languages.last().copied().unwrap_or(LanguageId(0))
    }

    /// Writes `lang` and `dir` where a language differs from what surrounds it, and enters it. Must
    /// be followed by [`Writer::leave`].
    pub(super) fn enter(&mut self, language: Option<LanguageId>) {
        let around = self.language();
        let own = language.unwrap_or(around);
        if own != around {
            let (tag, rtl) = {
                let language = self.report.language(own);
                (language.tag.as_str(), language.rtl)
            };
            self.attribute("lang", tag);
            if rtl != self.report.language(around).rtl {
                self.tag(if rtl { " dir=\"rtl\"" } else { " dir=\"ltr\"" });
            }
        }
        self.languages.push(own);
    }

    pub(super) fn leave(&mut self) {
        self.languages.pop();
    }
}
