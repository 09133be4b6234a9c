use super::*;

/// Marks every heading boundary with `#>` and every other boundary with `|>`.
fn marked(text: &str) -> String {
    let mut marked = text.to_owned();
    for boundary in scan(text).boundaries.iter().rev() {
        let mark = match boundary.kind {
            BoundaryKind::Heading => "#>",
            BoundaryKind::Block => "|>",
        };
        marked.insert_str(boundary.offset, mark);
    }
    marked
}

fn check(text: &str, expected: &str) {
    assert_eq!(marked(text), expected, "{text:?}");
}

#[test]
fn paragraphs_and_headings() {
    check("a\nb\n\nc\n", "a\nb\n\n|>c\n");
    check("a\n# H\nb\n", "a\n#># H\nb\n");
    check("a\n\n#H\n\n####### x\n", "a\n\n|>#H\n\n|>####### x\n");
    check("a\n\nb\nc\n---\n", "a\n\n#>b\nc\n---\n");
    check("a\n\n---\n\nb", "a\n\n|>---\n\n|>b");
    check("x\n\n    # code\n", "x\n\n    # code\n");
}

#[test]
fn fences() {
    check(
        "a\n\n```\n# no\n\nx\n```\n\nb",
        "a\n\n|>```\n# no\n\nx\n```\n\n|>b",
    );
    check(
        "~~~~\n~~~\n\n# no\n~~~~\n# yes",
        "~~~~\n~~~\n\n# no\n~~~~\n#># yes",
    );
    check("```\n\nopen\n\n# for ever", "```\n\nopen\n\n# for ever");
    check("``` a`b\n\n# H", "``` a`b\n\n#># H");
}

#[test]
fn lists() {
    check("- a\n\n- b\n\n  c\n\nd", "- a\n\n- b\n\n  c\n\n|>d");
    check(
        "1. a\n\n   # no\n\n2) b\n# yes",
        "1. a\n\n   # no\n\n2) b\n#># yes",
    );
    check("x\n\n* a\nlazy\n\n* b\n", "x\n\n|>* a\nlazy\n\n* b\n");
    check(
        "- a\n\n  ```\n\n  # x\n\n# H",
        "- a\n\n  ```\n\n  # x\n\n#># H",
    );
    check("a\n\n* * *\n\nb", "a\n\n|>* * *\n\n|>b");
    check("- a\n---\n\nb", "- a\n---\n\n|>b");
}

#[test]
fn html() {
    check("<div>\n# no\n\n# yes", "<div>\n# no\n\n#># yes");
    check(
        "<!-- a\n\n# no\n\n--> x\n\nb",
        "<!-- a\n\n# no\n\n--> x\n\n|>b",
    );
    check(
        "<script>\n\n# no\n</SCRIPT>\n\nb",
        "<script>\n\n# no\n</SCRIPT>\n\n|>b",
    );
    check(
        "<https://example.org>\n# yes",
        "<https://example.org>\n#># yes",
    );
    check("<a name=\"x\">\n# no\n\nb", "<a name=\"x\">\n# no\n\n|>b");
}

#[test]
fn footnotes_definitions_and_attributes() {
    check(
        "[^1]: a\n\n    b\n\n[^2]: c",
        "[^1]: a\n\n    b\n\n|>[^2]: c",
    );
    check(
        "Term\n\n: one\n\n: two\n\nb",
        "Term\n\n: one\n\n: two\n\n|>b",
    );
    check("a\n\n{: .note}\n", "a\n\n{: .note}\n");
}

#[test]
fn tables_and_quotes() {
    check("| a |\n|---|\n| b |\n\nc", "| a |\n|---|\n| b |\n\n|>c");
    check("> a\nlazy\n---\n\nb", "> a\nlazy\n---\n\n|>b");
}

#[test]
fn front_matter() {
    let text = "---\ntitle: x\n\n# no\n---\n# H\n";
    check(text, "---\ntitle: x\n\n# no\n---\n#># H\n");
    assert_eq!(scan(text).front_matter, 23);
    check("---\nnever closed\n\n# H", "---\nnever closed\n\n#># H");
}

#[test]
fn headings_carry_level_and_words() {
    let titles: Vec<_> = scan("# One #\n\nTwo\nlines\n=\n### *3* ##x\n#\n")
        .headings
        .into_iter()
        .map(|heading| (heading.level, heading.title))
        .collect();
    assert_eq!(
        titles,
        [
            (1, "One".to_owned()),
            (1, "Two lines".to_owned()),
            (3, "*3* ##x".to_owned()),
            (1, String::new()),
        ]
    );
}
