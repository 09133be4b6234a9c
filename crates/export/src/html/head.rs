//! The head: what the file is, for browsers, search engines and libraries.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::cover::Identity;
use super::escape::{css_string, escaped};
use super::writer::Writer;
use crate::labels::machine_date;
use crate::model::LanguageId;

/// The style of every report.
const STYLE: &str = include_str!("report.css");

/// Its hash, as the policy names it.
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));

/// SHA-256 in base64, as a content security policy has it.
fn hash(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut out = String::with_capacity(44);
    for chunk in digest.chunks(3) {
        let bytes = [
            chunk[0],
            chunk.get(1).copied().unwrap_or(0),
            chunk.get(2).copied().unwrap_or(0),
        ];
        let word = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
        for position in 0..4 {
            let index = (word >> (18 - 6 * position)) & 63;
            let padding = position > chunk.len();
            out.push(if padding {
                '='
            } else {
                char::from(ALPHABET[index as usize])
            });
        }
    }
    out
}

/// Running heads and page numbers: the one part of the style that differs from report to report.
fn running(identity: &Identity, edition: &str, rtl: bool) -> String {
    let title: String = identity.title.chars().take(90).collect();
    let side: String = edition.chars().take(60).collect();
    let (start, end) = if rtl {
        ("right", "left")
    } else {
        ("left", "right")
    };
    format!(
        "@page{{@top-{start}{{content:{}}}@top-{end}{{content:{}}}@bottom-center{{content:counter(page)}}}}\n@page:first{{@top-{start}{{content:none}}@top-{end}{{content:none}}@bottom-center{{content:none}}}}",
        css_string(&title),
        css_string(&side)
    )
}

impl Writer<'_> {
    /// Writes the head. Returns the hashes of its style elements.
    pub(super) fn head(&mut self, identity: &Identity) -> [String; 2] {
        let language = self.report.language(LanguageId(0));
        let rtl = language.rtl;
        self.tag("<!DOCTYPE html>\n<html");
        self.attribute("lang", &language.tag.clone());
        self.tag(if rtl { " dir=\"rtl\"" } else { " dir=\"ltr\"" });
        self.tag(">\n<head>\n<meta charset=\"utf-8\">\n");
        let edition = self.edition_words(identity);
        let running = running(identity, &edition, rtl);
        let hashes = [STYLE_HASH.clone(), hash(&running)];
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}' 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
            hashes[0], hashes[1]
        );
        self.tag("<meta http-equiv=\"Content-Security-Policy\"");
        self.attribute("content", &policy);
        self.tag(">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
        self.text(&identity.title);
        self.tag("</title>\n<meta name=\"generator\" content=\"Plenary\">\n");
        self.metadata(identity);
        self.tag("<style>");
        self.tag(STYLE);
        self.tag("</style>\n<style>");
        self.tag(&running);
        self.tag("</style>\n</head>\n");
        hashes
    }

    fn metadata(&mut self, identity: &Identity) {
        let report = self.report;
        let meta = &report.metadata;
        let language = report.language(LanguageId(0)).tag.clone();
        let date = identity.date.as_deref().and_then(machine_date);
        let summary = meta.summary.as_deref().map(brief);
        let own = |text: &str| Some(text.to_owned());
        let url = identity
            .url
            .clone()
            .filter(|url| matches!(super::links::judge(url), super::links::Href::Outside(_)));
        let single = [
            ("name", "description", summary.clone()),
            ("name", "dcterms.title", own(&identity.title)),
            ("name", "dcterms.language", own(&language)),
            ("name", "dcterms.type", own("Text")),
            ("name", "dcterms.format", own("text/html")),
            ("name", "dcterms.publisher", identity.group.clone()),
            ("name", "dcterms.issued", date.map(str::to_owned)),
            ("name", "dcterms.abstract", summary.clone()),
            ("name", "dcterms.license", meta.licence.clone()),
            (
                "name",
                "dcterms.identifier",
                meta.identifier.clone().or_else(|| url.clone()),
            ),
            ("property", "og:type", own("article")),
            ("property", "og:title", own(&identity.title)),
            ("property", "og:description", summary),
            ("property", "og:locale", own(&language.replace('-', "_"))),
            ("property", "og:site_name", identity.group.clone()),
            ("property", "og:url", url),
            (
                "property",
                "article:published_time",
                date.map(str::to_owned),
            ),
            ("name", "citation_title", own(&identity.title)),
            (
                "name",
                "citation_publication_date",
                date.map(|date| date.replace('-', "/")),
            ),
            ("name", "citation_language", own(&language)),
            (
                "name",
                "citation_technical_report_institution",
                identity.group.clone(),
            ),
            (
                "name",
                "citation_technical_report_number",
                meta.identifier.clone(),
            ),
        ];
        for (kind, name, value) in single {
            if let Some(value) = value {
                self.meta(kind, name, &value);
            }
        }
        for person in meta.authors.iter().chain(&meta.editors) {
            self.meta("name", "dcterms.creator", &person.name);
            self.meta("name", "citation_author", &person.name);
            if let Some(affiliation) = &person.affiliation {
                self.meta("name", "citation_author_institution", affiliation);
            }
        }
        for keyword in &meta.keywords {
            self.meta("name", "dcterms.subject", keyword);
            self.meta("name", "citation_keywords", keyword);
        }
    }

    fn meta(&mut self, kind: &str, name: &str, value: &str) {
        let line = format!(
            "<meta {kind}=\"{name}\" content=\"{}\">\n",
            escaped(value.trim())
        );
        self.tag(&line);
    }
}

/// The first few hundred characters of an abstract, on one line.
fn brief(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_browsers_make_them() {
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn no_title_leaves_the_style() {
        let identity = Identity {
            title: "</style><script>alert(1)</script>\"}".to_owned(),
            group: Some("a\"b".to_owned()),
            version: None,
            date: None,
            stage: None,
            url: None,
        };
        let style = running(&identity, "</style>", false);
        assert!(!style.contains('<') && !style.contains("alert(1)"));
        assert_eq!(style.matches('"').count(), 4);
    }
}
