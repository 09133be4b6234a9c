//! CommonMark's examples, through our renderer. They come from npm's `commonmark-spec`, which
//! `tests/export/commonmark-examples.mjs` writes to `tests/.cache`; the text of the specification
//! is not kept here.

#[test]
fn all_examples_of_commonmark() {
    use crate::support::root;

    let path = root().join("tests/.cache/commonmark.json");
    let data = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `npm ci && npm run examples` in tests/export",
            path.display()
        )
    });
    let examples: Vec<serde_json::Value> = serde_json::from_str(&data).expect("JSON");
    assert_eq!(examples.len(), 652);
    let mut failures = Vec::new();
    for example in &examples {
        let markdown = example["markdown"]
            .as_str()
            .expect("a text")
            .replace('→', "\t");
        let expected = example["html"].as_str().expect("a text").replace('→', "\t");
        let report = plenary_export::parse_commonmark(&markdown).expect("within limits");
        let found = plenary_export::to_bare_html(&report).expect("within limits");
        if normal(&found) != normal(&expected) {
            failures.push(format!(
                "{}\n{markdown}\nexpected {expected}\nfound    {found}",
                example["number"]
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        examples.len(),
        failures.join("\n---\n")
    );
    println!(
        "{} of {} examples",
        examples.len() - failures.len(),
        examples.len()
    );
}

/// HTML as a browser sees it, white space between blocks left out.
fn normal(html: &str) -> String {
    let fragment = scraper::Html::parse_fragment(html);
    let mut out = String::new();
    write(fragment.root_element(), false, &mut out);
    // White space beside the edges of blocks means nothing.
    let blocks = [
        "p",
        "li",
        "ul",
        "ol",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "div",
        "table",
        "td",
        "tr",
        "del",
    ];
    for name in blocks {
        for edge in [format!("<{name} []>"), format!("</{name}>")] {
            out = out
                .replace(&format!(" {edge}"), &edge)
                .replace(&format!("{edge} "), &edge);
        }
    }
    out
}

fn write(element: scraper::ElementRef<'_>, verbatim: bool, out: &mut String) {
    use scraper::{ElementRef, Node};

    for child in element.children() {
        match child.value() {
            Node::Text(text) if verbatim => out.push_str(text),
            Node::Text(text) => {
                let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let blank = words.is_empty();
                let lead = text.starts_with(char::is_whitespace) && !blank;
                let tail = text.ends_with(char::is_whitespace) && !blank;
                out.push_str(&format!(
                    "{}{words}{}",
                    if lead { " " } else { "" },
                    if tail { " " } else { "" }
                ));
            }
            Node::Element(inner) => {
                let mut attributes: Vec<_> = inner.attrs().collect();
                attributes.sort_unstable();
                out.push_str(&format!("<{} {attributes:?}>", inner.name()));
                if let Some(inner) = ElementRef::wrap(child) {
                    write(inner, verbatim || inner.value().name() == "pre", out);
                }
                out.push_str(&format!("</{}>", inner.name()));
            }
            other => out.push_str(&format!("{other:?}")),
        }
    }
}
