//! An allow-list over the parsed output: what is not named here is active until proven otherwise.

use std::collections::BTreeSet;

use scraper::{Html, Node};

const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "header",
    "footer",
    "article",
    "section",
    "nav",
    "div",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "a",
    "span",
    "bdi",
    "em",
    "strong",
    "s",
    "sup",
    "sub",
    "code",
    "pre",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "figure",
    "figcaption",
    "abbr",
    "cite",
    "time",
];

const ATTRIBUTES: &[&str] = &[
    "lang",
    "dir",
    "id",
    "class",
    "role",
    "tabindex",
    "href",
    "title",
    "scope",
    "start",
    "charset",
    "name",
    "property",
    "content",
    "http-equiv",
    "itemscope",
    "itemtype",
    "itemprop",
    "datetime",
    "aria-label",
    "aria-labelledby",
    "aria-hidden",
];

/// Everything in a document that is not plainly passive; empty for a sound export.
pub fn active_content(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    let mut styles = 0;
    let mut titles = 0;
    for node in document.tree.nodes() {
        let element = match node.value() {
            Node::Element(element) => element,
            Node::Comment(comment) => {
                found.push(format!("comment {comment:?}"));
                continue;
            }
            Node::ProcessingInstruction(instruction) => {
                found.push(format!("instruction {instruction:?}"));
                continue;
            }
            _ => continue,
        };
        let name = element.name();
        styles += usize::from(name == "style");
        titles += usize::from(name == "title");
        if !ELEMENTS.contains(&name) {
            found.push(format!("element {name}"));
        }
        for (attribute, value) in element.attrs() {
            if !ATTRIBUTES.contains(&attribute) {
                found.push(format!("attribute {attribute} on {name}"));
            }
            if attribute == "href"
                && !["http://", "https://", "mailto:", "#"]
                    .iter()
                    .any(|start| value.starts_with(start))
            {
                found.push(format!("address {value:?}"));
            }
            if attribute == "id" && !ids.insert(value.to_owned()) {
                found.push(format!("second id {value:?}"));
            }
            if attribute == "http-equiv" && value != "Content-Security-Policy" {
                found.push(format!("http-equiv {value:?}"));
            }
        }
    }
    if styles != 2 || titles != 1 {
        found.push(format!("{styles} styles, {titles} titles"));
    }
    found.extend(dangling(&document, &ids));
    found
}

/// Links to places that are not there.
fn dangling(document: &Html, ids: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for node in document.tree.nodes() {
        let Node::Element(element) = node.value() else {
            continue;
        };
        let inside = element.attr("href").and_then(|href| href.strip_prefix('#'));
        let labelled = element.attr("aria-labelledby");
        for id in inside.into_iter().chain(labelled) {
            if !ids.contains(id) {
                found.push(format!("nothing has the id {id:?}"));
            }
        }
    }
    found
}

/// Checks that ammonia, told to allow what we mean to write, would take nothing away.
pub fn ammonia_agrees(html: &str) -> Result<(), String> {
    let start = html.find("<main").ok_or("no main")?;
    let end = html.find("</main>").ok_or("no end of main")? + "</main>".len();
    let body = &html[start..end];
    let mut judge = ammonia::Builder::default();
    judge
        .add_tags([
            "main",
            "section",
            "article",
            "nav",
            "header",
            "figure",
            "figcaption",
            "bdi",
            "cite",
            "time",
            "s",
        ])
        .add_generic_attributes(ATTRIBUTES.iter().copied().filter(|name| *name != "href"))
        .url_schemes(["http", "https", "mailto"].into_iter().collect())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None)
        .id_prefix(None)
        .add_tags(["meta"])
        .add_tag_attributes("meta", ["itemprop", "content"]);
    let cleaned = judge.clean(body).to_string();
    let normal = |html: &str| Html::parse_fragment(html).html();
    if normal(&cleaned) == normal(body) {
        Ok(())
    } else {
        Err(format!("ammonia changed\n{body}\nto\n{cleaned}"))
    }
}
