//! Inlines.

use std::borrow::Cow;

use super::links::{Href, judge};
use super::writer::Writer;
use crate::model::{
    Image, Inline, InlineKind, LanguageId, LinkTarget, Reference, Target, plain_text,
};

impl Writer<'_> {
    pub(super) fn inlines(&mut self, inlines: &[Inline<'_>]) {
        let mut after_note = false;
        for inline in inlines {
            if self.full(inline.span) {
                return;
            }
            let is_note = matches!(inline.kind, InlineKind::NoteReference(_));
            if is_note && after_note && !self.echo {
                self.tag("<sup class=\"noteref\">,&#8239;</sup>");
            }
            self.inline(inline);
            after_note = is_note;
        }
    }

    fn inline(&mut self, inline: &Inline<'_>) {
        match &inline.kind {
            InlineKind::Text(text) => self.text(text),
            InlineKind::Code(code) => self.code(code),
            InlineKind::SoftBreak => self.tag("\n"),
            InlineKind::LineBreak => self.tag(if self.echo { " " } else { "<br>\n" }),
            InlineKind::Emphasis(inner) => self.wrap("em", inner),
            InlineKind::Strong(inner) => self.wrap("strong", inner),
            InlineKind::Struck(inner) => self.wrap(if self.bare { "del" } else { "s" }, inner),
            InlineKind::Link(target, inner) => self.link(target, inner),
            InlineKind::Image(image) => self.image(image),
            InlineKind::NoteReference(index) => self.note_reference(*index),
            InlineKind::Reference(index) => self.reference(*index),
            InlineKind::Abbreviation(index, text) => self.abbreviation(*index, text),
            InlineKind::Bracket(alternatives) => self.bracket(alternatives),
            InlineKind::Foreign(language, inner) => self.foreign(*language, inner),
            InlineKind::Anchor(target) => self.anchor(*target),
            InlineKind::RawHtml(html) if self.bare => self.tag(html),
            // Shown where it stands, and not again in the contents.
            InlineKind::RawHtml(_) if self.echo => {}
            InlineKind::RawHtml(html) => {
                self.tag("<code class=\"raw\">");
                self.text(html);
                self.tag("</code>");
            }
        }
    }

    fn wrap(&mut self, name: &str, inner: &[Inline<'_>]) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        self.inlines(inner);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn code(&mut self, code: &str) {
        // Code runs from left to right in every language.
        let rtl = self.report.language(self.language()).rtl;
        self.tag(if rtl { "<code dir=\"ltr\">" } else { "<code>" });
        self.text(code);
        self.tag("</code>");
    }

    fn link(&mut self, target: &LinkTarget<'_>, inner: &[Inline<'_>]) {
        let href = if self.bare {
            Some(Cow::Owned(bare_address(&target.address)))
        } else {
            self.href(&target.address)
        };
        let Some(href) = href.filter(|_| !self.in_link && !self.echo) else {
            self.inlines(inner);
            return;
        };
        // On paper a link whose words are not its address has the address after it.
        let named =
            !self.bare && !href.starts_with('#') && !says(inner, bare_name(&target.address));
        self.tag(if named { "<a class=\"named\"" } else { "<a" });
        self.attribute("href", &href);
        if !target.title.is_empty() {
            self.attribute("title", &target.title);
        }
        self.tag(">");
        self.in_link = true;
        let before = self.out.len();
        self.inlines(inner);
        if !self.bare && self.out[before..].trim().is_empty() {
            // A link without text could be neither seen nor heard.
            self.text(&target.address);
        }
        self.in_link = false;
        self.tag("</a>");
    }

    /// Where a link may go, in this report.
    fn href<'t>(&self, address: &'t str) -> Option<Cow<'t, str>> {
        match judge(address) {
            Href::Outside(href) => Some(href),
            Href::Inside("") => Some(Cow::Borrowed("#top")),
            Href::Inside(fragment) => self
                .report
                .anchor(fragment)
                .map(|target| Cow::Owned(format!("#{}", target.id))),
            Href::Refused => None,
        }
    }

    /// An image within text: until drafts hold attachments, its alternative text with the link.
    pub(super) fn image(&mut self, image: &Image<'_>) {
        let text = image
            .alternative
            .clone()
            .unwrap_or_else(|| plain_text(&image.inlines));
        if self.bare {
            self.tag("<img");
            self.attribute("src", &bare_address(&image.target.address));
            self.attribute("alt", &text);
            if !image.target.title.is_empty() {
                self.attribute("title", &image.target.title);
            }
            self.tag(" />");
            return;
        }
        self.tag("<span class=\"image\">");
        let href = self
            .href(&image.target.address)
            .filter(|_| !self.in_link && !self.echo);
        if let Some(href) = &href {
            self.tag("<a");
            self.attribute("href", href);
            self.tag(">");
        }
        if text.trim().is_empty() {
            let label = self.labels.image;
            self.text(label);
        } else {
            self.text(&text);
        }
        self.tag(if href.is_some() {
            "</a></span>"
        } else {
            "</span>"
        });
    }

    fn note_reference(&mut self, index: u32) {
        let Some(reference) = self.report.note_references.get(index as usize).copied() else {
            return;
        };
        let number = self
            .report
            .footnotes
            .get(reference.note as usize)
            .and_then(|note| note.number);
        let Some(number) = number.filter(|_| !self.echo) else {
            return;
        };
        self.tag("<sup class=\"noteref\">");
        if self.in_link {
            self.number(number);
        } else {
            self.tag("<a role=\"doc-noteref\" href=\"#fn-");
            self.number(number);
            self.tag("\" id=\"fnref-");
            self.number(number);
            self.tag("-");
            self.number(reference.occurrence);
            self.tag("\">");
            self.number(number);
            self.tag("</a>");
        }
        self.tag("</sup>");
    }

    fn reference(&mut self, index: u32) {
        let report = self.report;
        let Some(reference) = report.references.get(index as usize) else {
            return;
        };
        let Some(target) = reference
            .target
            .and_then(|target| report.targets.get(target as usize))
        else {
            self.tag("<span class=\"broken\">@");
            self.text(&reference.label);
            self.tag("</span>");
            return;
        };
        let words = self.reference_words(reference, target);
        if self.in_link || self.echo {
            self.text(&words);
            return;
        }
        // A word and its number stay on one line; a heading in quotation marks may be long.
        let numbered = words.ends_with(|c: char| c.is_alphanumeric());
        self.tag(if numbered {
            "<a class=\"ref\""
        } else {
            "<a class=\"ref words\""
        });
        self.fragment(&target.id);
        self.tag(">");
        self.text(&words);
        self.tag("</a>");
    }

    /// "section 2.1", "Table 3", "annex B": in the language of the passage, where we know it.
    fn reference_words(&self, reference: &Reference<'_>, target: &Target) -> String {
        let labels = crate::labels::of(&self.report.language(self.language()).tag);
        crate::labels::reference_words(self.report, labels, reference, target)
    }

    fn abbreviation(&mut self, index: u32, text: &str) {
        let report = self.report;
        match report
            .abbreviations
            .get(index as usize)
            .filter(|_| !self.echo)
        {
            Some((_, long)) => {
                self.tag("<abbr");
                self.attribute("title", long);
                self.tag(">");
                self.text(text);
                self.tag("</abbr>");
            }
            None => self.text(text),
        }
    }

    /// Text that is not agreed: its alternatives in a thin frame, the brackets kept, and words for
    /// those who hear the page.
    fn bracket(&mut self, alternatives: &[Vec<Inline<'_>>]) {
        if self.echo {
            self.tag("[");
        } else {
            self.tag("<span class=\"bracket\"><span class=\"sr\">");
            self.text(self.labels.not_agreed);
            self.tag(" </span><span class=\"mark\" aria-hidden=\"true\">[</span>");
        }
        for (index, part) in alternatives.iter().enumerate() {
            if index > 0 && self.echo {
                self.tag(" / ");
            } else if index > 0 {
                self.tag(
                    "<span class=\"mark\" aria-hidden=\"true\"> / </span><span class=\"sr\"> ",
                );
                self.text(self.labels.or);
                self.tag(" </span>");
            }
            let several = alternatives.len() > 1 && !self.echo;
            self.tag(if several {
                "<span class=\"alternative\">"
            } else {
                ""
            });
            self.inlines(part);
            self.tag(if several { "</span>" } else { "" });
        }
        if self.echo {
            self.tag("]");
        } else {
            self.tag("<span class=\"mark\" aria-hidden=\"true\">]</span><span class=\"sr\"> (");
            self.text(self.labels.not_agreed_end);
            self.tag(")</span></span>");
        }
    }

    fn foreign(&mut self, language: LanguageId, inner: &[Inline<'_>]) {
        if language == self.language() {
            self.inlines(inner);
            return;
        }
        self.tag("<span");
        self.enter(Some(language));
        self.tag(">");
        self.inlines(inner);
        self.tag("</span>");
        self.leave();
    }

    fn anchor(&mut self, target: u32) {
        let report = self.report;
        if let Some(target) = report.targets.get(target as usize).filter(|_| !self.echo) {
            self.tag("<span");
            self.attribute("id", &target.id);
            self.tag("></span>");
        }
    }
}

/// Whether these words are or hold `text`.
fn says(inner: &[Inline<'_>], text: &str) -> bool {
    match inner {
        [
            Inline {
                kind: InlineKind::Text(words),
                ..
            },
        ] => words.contains(text),
        _ => plain_text(inner).contains(text),
    }
}

/// An address without its scheme.
fn bare_name(address: &str) -> &str {
    ["https://", "http://", "mailto:"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme))
        .unwrap_or(address)
}

/// CommonMark's examples escape addresses in their own way; only the tests see this.
fn bare_address(address: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.+!*'(),%#@?=;:/,+$&~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
