//! What each feature of the dialect gives: the article's HTML, and the findings.

use crate::dom::active_content;
use crate::support::{article, findings, html};

fn check(source: &str, expected: &str) {
    assert_eq!(
        article(source).replace('\n', ""),
        expected.replace('\n', ""),
        "{source}"
    );
}

#[test]
fn githubs_extensions() {
    check("~~a~~", "<p><s>a</s></p>");
    check(
        "- [x] a\n- [ ] b",
        "<ul class=\"tasks\"><li class=\"task done\"><span class=\"sr\">Done: </span>a</li><li class=\"task\"><span class=\"sr\">To do: </span>b</li></ul>",
    );
    check(
        "www.example.org/a.",
        "<p><a href=\"http://www.example.org/a\">www.example.org/a</a>.</p>",
    );
    check(
        "(https://example.org/a_(b))",
        "<p>(<a href=\"https://example.org/a_(b)\">https://example.org/a_(b)</a>)</p>",
    );
    check(
        "a.b@c.example",
        "<p><a href=\"mailto:a.b@c.example\">a.b@c.example</a></p>",
    );
    check(
        "`https://example.org`",
        "<p><code>https://example.org</code></p>",
    );
    check(
        "[see https://example.org](https://example.com)",
        "<p><a class=\"named\" href=\"https://example.com\">see https://example.org</a></p>",
    );
    check(
        "> [!WARNING]\n> Mind",
        "<div class=\"alert warning\" role=\"note\" aria-label=\"Warning\"><p class=\"alert-label\">Warning</p><div><p>Mind</p></div></div>",
    );
    check(
        "| | a |\n| - | :-: |\n| b | c |",
        "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table\"><table><thead><tr><td></td><th scope=\"col\" class=\"centre\">a</th></tr></thead><tbody><tr><th scope=\"row\">b</th><td class=\"centre\">c</td></tr></tbody></table></div>",
    );
}

#[test]
fn numbers_and_references() {
    let source = "# A {#sec:a}\n\n## B\n\n# C {.unnumbered}\n\n## D\n\n# E\n\n## F {#sec:f}\n\n# G {.appendix #sec:g}\n\n## H {#sec:h}\n\nSee @sec:a, @sec:f, @sec:g and @sec:h. @Sec:f says [@sec:a].";
    let found = article(source);
    for (id, number) in [
        ("a", "1"),
        ("b", "1.1"),
        ("e", "2"),
        ("f", "2.1"),
        ("h", "A.1"),
    ] {
        assert!(
            found.contains(&format!(
                "id=\"sec-{id}\"><span class=\"secno\">{number}</span>"
            )),
            "{id}: {found}"
        );
    }
    assert!(found.contains("<h2 id=\"sec-c\">C</h2>") && found.contains("<h3 id=\"sec-d\">D</h3>"));
    assert!(found.contains("<span class=\"label\">Annex A.</span> G"));
    assert!(found.contains("<a class=\"ref\" href=\"#sec-h\">section A.1</a>"));
    assert!(found.contains("<a class=\"ref\" href=\"#sec-g\">annex A</a>"));
    assert!(found.contains("<a class=\"ref\" href=\"#sec-f\">Section 2.1</a> says <a class=\"ref\" href=\"#sec-a\">section 1</a>."));
}

#[test]
fn references_stand_alone() {
    check(
        "a@sec:b \\@sec:b x.@fig:a",
        "<p>a@sec:b @sec:b x.@fig:a</p>",
    );
    check(
        "@sec:none",
        "<p><span class=\"broken\">@sec:none</span></p>",
    );
    check("`@sec:none`", "<p><code>@sec:none</code></p>");
}

#[test]
fn references_where_words_have_no_spaces() {
    for text in ["见@sec:a。", "وانظر و@sec:a"] {
        assert!(
            article(&format!("# A {{#sec:a}}\n\n{text}")).contains("href=\"#sec-a\""),
            "{text}"
        );
    }
}

#[test]
fn numbers_follow_a_section_that_moves() {
    let first = "# A {#sec:a}\n\n@sec:b\n\n# B {#sec:b}";
    let moved = "# B {#sec:b}\n\n# A {#sec:a}\n\n@sec:b";
    assert!(article(first).contains(">section 2</a>"));
    assert!(article(moved).contains(">section 1</a>"));
}

#[test]
fn typed_numbers_are_the_sections_own() {
    let source = "# Report\n\n## 1 Scope {#sec:s}\n\n## 2. Terms\n\n### 2.1 More\n\n@sec:s\n\n## Annex B: Extra\n";
    let found = article(source);
    assert!(
        found.contains("<span class=\"secno\">2.1</span> More"),
        "{found}"
    );
    assert!(found.contains("<span class=\"label\">Annex B.</span> Extra"));
    assert!(found.contains(">section 1</a>"));
    assert_eq!(findings(source), ["typed-numbers 1:1"]);
}

#[test]
fn tables_and_figures() {
    let source = "| a |\n| - |\n| b |\n\n: Words *here* {#tbl:x}\n\n![Two lines](https://example.org/a.png){#fig:y alt=\"A plot\"}\n\n@tbl:x @fig:y\n";
    let found = article(source);
    assert!(found.contains("<table id=\"tbl-x\">\n<caption><span class=\"label\">Table 1.</span> Words <em>here</em></caption>"), "{found}");
    assert!(found.contains("<figure id=\"fig-y\">") && found.contains("<p>A plot</p>"));
    assert!(found.contains("<a href=\"https://example.org/a.png\">https://example.org/a.png</a>"));
    assert!(found.contains("<span class=\"label\">Figure 1.</span> Two lines"));
    assert!(found.contains(">table 1</a> <a class=\"ref\" href=\"#fig-y\">figure 1</a>"));
    assert!(!article("a ![b](c.png) d").contains("figure"));
    assert!(
        article("![Figure 3: typed](c.png)").contains("<figcaption>Figure 3: typed</figcaption>")
    );
}

#[test]
fn brackets() {
    let open = "<span class=\"bracket\"><span class=\"sr\">Text not agreed: </span><span class=\"mark\" aria-hidden=\"true\">[</span>";
    let close = "<span class=\"mark\" aria-hidden=\"true\">]</span><span class=\"sr\"> (end of text not agreed)</span></span>";
    check(
        "[not *yet* agreed]",
        &format!("<p>{open}not <em>yet</em> agreed{close}</p>"),
    );
    assert!(article("[shall / should]").contains("<span class=\"alternative\">shall</span>"));
    assert!(article("[a\n/ b]").contains("<span class=\"alternative\">b</span>"));
    assert!(
        article("[https://a.b/c/d and/or]")
            .matches("alternative")
            .count()
            == 0
    );
    for plain in [
        "\\[a\\]",
        "[1]",
        "[1, 2–4]",
        "[…]",
        "[sic]",
        "[@smith2020]",
        "a [ b",
        "a ] b",
        "`[a]`",
        "[x] a",
        "[a](b",
    ] {
        assert!(!article(plain).contains("bracket"), "{plain}");
    }
    check(
        "[a][b]\n\n[b]: https://example.org",
        "<p><a class=\"named\" href=\"https://example.org\">a</a></p>",
    );
    assert!(!article("---\nbrackets: false\n---\n\n[a]").contains("bracket"));
    assert_eq!(
        findings("a [ b\n\nc ] d"),
        ["unbalanced-bracket 1:3", "unbalanced-bracket 3:3"]
    );
}

#[test]
fn footnotes_are_numbered_by_first_reference() {
    let source = "A[^b] B[^a] C[^b]\n\n[^a]: First *defined* [^c].\n[^b]: Second.\n[^c]: Third.\n[^d]: Unused.\n";
    let whole = html(source);
    assert!(whole.contains("A<sup class=\"noteref\"><a role=\"doc-noteref\" href=\"#fn-1\" id=\"fnref-1-1\">1</a></sup>"));
    assert!(whole.contains("<li id=\"fn-1\"><p>Second. <a class=\"back\" role=\"doc-backlink\" href=\"#fnref-1-1\" aria-label=\"Back to reference 1.1\">↩<sup>1</sup></a> <a class=\"back\" role=\"doc-backlink\" href=\"#fnref-1-2\""));
    assert!(whole.contains("<li id=\"fn-3\"><p>Third."));
    assert!(!whole.contains("Unused"));
    assert_eq!(findings(source), ["unused-footnote 6:1"]);
    assert_eq!(findings("A[^x]"), ["undefined-footnote 1:2"]);
    assert_eq!(
        findings("A[^x]\n\n[^x]: a\n\n[^x]: b"),
        ["duplicate-footnote 5:1"]
    );
}

#[test]
fn nothing_leads_into_a_footnote_that_is_left_out() {
    for (source, reference) in [
        ("[^1]: [A]{#sec:b} place.\n\n@sec:b", "broken-reference 3:1"),
        (
            "[^1]: ![A](a.png){#fig:b}\n\n@fig:b",
            "broken-reference 3:1",
        ),
        ("[^1]: # A {#b}\n\n[to](#b)", "broken-link 3:1"),
        ("[^1]: # A\n\n[to](#a)", "broken-link 3:1"),
        // The second stands in the first, which nothing refers to.
        (
            "[^1]: Note [^2].\n\n[^2]: [A]{#b}\n\n[to](#b)",
            "broken-link 5:1",
        ),
    ] {
        assert!(
            findings(source).iter().any(|finding| finding == reference),
            "{source:?}: {:?}",
            findings(source)
        );
        let used = format!("{source}[^1]");
        assert!(
            !findings(&used)
                .iter()
                .any(|finding| finding.starts_with("broken")),
            "{used:?}: {:?}",
            findings(&used)
        );
        assert_eq!(active_content(&html(&used)), Vec::<String>::new());
    }
}

/// A chapter is in its heading's language; what is not says so, the report's own language too.
#[test]
fn a_chapter_in_another_language() {
    let found = article(
        "---\nlang: en-GB\n---\n# One\n\nA paragraph of English prose.\n\n# مقدمة\n\nهذا نص عربي.\n\nA paragraph of English prose.\n\n- بند عربي\n- An item of English prose, too\n\n# Three\n\nA paragraph of English prose.\n",
    )
    .replace('\n', "");
    let (before, rest) = found
        .split_once("<section lang=\"ar\" dir=\"rtl\">")
        .expect("the chapter");
    let (chapter, after) = rest.split_once("</section>").expect("its end");
    assert!(
        before.ends_with("<p>A paragraph of English prose.</p></section>"),
        "{found}"
    );
    assert!(
        chapter.ends_with("<p>هذا نص عربي.</p><p lang=\"en-GB\" dir=\"ltr\">A paragraph of English prose.</p><ul><li>بند عربي</li><li><span class=\"block\" lang=\"en-GB\" dir=\"ltr\">An item of English prose, too</span></li></ul>"),
        "{found}"
    );
    assert!(
        after.ends_with("<p>A paragraph of English prose.</p></section>"),
        "{found}"
    );
}

#[test]
fn footnotes_never_put_a_link_into_a_link() {
    for source in [
        "[a[^1]](https://example.org)\n\n[^1]: b",
        "![a[^1]](https://example.org)\n\n[^1]: b",
        "[![a](b)[^1]](https://example.org)\n\n[^1]: b",
    ] {
        let found = article(source);
        let mut open = 0;
        for part in found.split('<') {
            open += i32::from(part.starts_with("a ")) - i32::from(part.starts_with("/a>"));
            assert!((0..=1).contains(&open), "{found}");
        }
        assert!(found.contains("doc-noteref"), "{found}");
    }
}

#[test]
fn languages() {
    check(
        "Text\n\nهذا نص عربي",
        "<p>Text</p><p lang=\"ar\" dir=\"rtl\">هذا نص عربي</p>",
    );
    check("A 中文 word", "<p>A <span lang=\"zh\">中文</span> word</p>");
    check(
        "A [mot juste]{lang=fr} word",
        "<p>A <span lang=\"fr\">mot juste</span> word</p>",
    );
    check(
        "::: {lang=fr}\nLe *texte*.\n:::",
        "<div class=\"passage\" lang=\"fr\"><p>Le <em>texte</em>.</p></div>",
    );
    check(
        "::: {lang=fa}\nاین یک متن است\n:::",
        "<div class=\"passage\" lang=\"fa\" dir=\"rtl\"><p>این یک متن است</p></div>",
    );
    check(
        "- هذا\n- نص",
        "<ul lang=\"ar\" dir=\"rtl\"><li>هذا</li><li>نص</li></ul>",
    );
    assert!(
        html("---\nlang: ar\n---\n\nنص")
            .starts_with("<!DOCTYPE html>\n<html lang=\"ar\" dir=\"rtl\">")
    );
    check(
        "---\nlanguages: [uk]\n---\n\nЦе українське речення.",
        "<p lang=\"uk\">Це українське речення.</p>",
    );
    assert_eq!(findings("[a]{lang=french_fr}"), ["unknown-language 1:1"]);
}

#[test]
fn generated_words_in_six_languages() {
    for (tag, contents, annex, reference) in [
        ("en", "Contents", "Annex A.", "annex A"),
        ("fr", "Sommaire", "Annexe A.", "annexe A"),
        ("es", "Índice", "Anexo A.", "anexo A"),
        ("ru", "Содержание", "Приложение A.", "приложение A"),
        ("ar", "المحتويات", "المرفق A.", "المرفق A"),
        ("zh", "目录", "附件A", "附件A"),
    ] {
        let whole = html(&format!(
            "---\nlang: {tag}\n---\n\n# a\n\n# b\n\n# c {{.appendix #sec:c}}\n\n@sec:c"
        ));
        assert!(
            whole.contains(&format!("<h2 id=\"contents\">{contents}</h2>")),
            "{tag}"
        );
        assert!(
            whole.contains(&format!("<span class=\"label\">{annex}</span>")),
            "{tag}"
        );
        assert!(
            whole.contains(&format!("href=\"#sec-c\">{reference}</a>")),
            "{tag}"
        );
    }
}

#[test]
fn abbreviations() {
    let front = "---\nabbreviations:\n  IGF: Internet Governance Forum\n---\n\n";
    check(
        &format!("{front}IGF, IGFs `IGF`"),
        "<p><abbr title=\"Internet Governance Forum\">IGF</abbr>, IGFs <code>IGF</code></p>",
    );
}

#[test]
fn recommendations_are_set_apart() {
    let found = article(
        "# T\n\n## Recommendation 3: Keep it {#sec:keep consensus=rough}\n\nText.\n\n## B {.recommendation}\n\n@sec:keep",
    );
    assert!(
        found.contains("<section class=\"recommendation\">"),
        "{found}"
    );
    assert!(
        found.contains(
            "<h2 id=\"sec-keep\"><span class=\"label\">Recommendation 3</span> Keep it</h2>"
        ),
        "{found}"
    );
    assert!(found.contains(
        "<p class=\"consensus\">Level of consensus: <strong>Rough consensus</strong></p>"
    ));
    assert!(found.contains("<span class=\"label\">Recommendation 4</span> B"));
    assert!(found.contains(">recommendation 3</a>"));
}

#[test]
fn html_is_text() {
    check(
        "a <b>c</b> <!-- d -->e<br>f",
        "<p>a <code class=\"raw\">&lt;b&gt;</code>c<code class=\"raw\">&lt;/b&gt;</code> e<code class=\"raw\">&lt;br&gt;</code>f</p>",
    );
    check("x<sup>2", "<p>x<code class=\"raw\">&lt;sup&gt;</code>2</p>");
    check(
        "<div class=x>\n<!-- y -->\n</div>",
        "<pre class=\"raw\"><code>&lt;div class=x&gt;\n\n&lt;/div&gt;</code></pre>",
    );
    check("<!-- only -->", "");
    check(
        "<a id=\"x\"></a>Text [there](#x)",
        "<p><span id=\"p-x\"></span><code class=\"raw\">&lt;a id=&quot;x&quot;&gt;&lt;/a&gt;</code>Text <a href=\"#p-x\">there</a></p>",
    );
}

#[test]
fn headings_and_findings() {
    assert_eq!(
        findings("# A\n\n### B\n\n![](x.png)\n\n[a](#none)\n\n[b]{#i} [c]{#i}"),
        [
            "skipped-heading-level 3:1",
            "missing-alternative 5:1",
            "broken-link 7:1",
            "duplicate-id 9:9",
        ]
    );
    assert_eq!(findings("# A\n\n::: {.x}\nText"), ["unbalanced-div 3:1"]);
    assert_eq!(findings("#"), ["empty-heading 1:1"]);
    assert!(
        article("# A\n\n## B\n\n#### C").contains("<h3 id=\"sec-c\">"),
        "levels have no gaps"
    );
}

#[test]
fn links_to_headings_as_on_github() {
    let found = article(
        "# Report\n\n[a](#executive-summary) [b](#Executive-Summary) [c](#executive-summary-1)\n\n## Executive Summary\n\n## Executive summary",
    );
    assert_eq!(
        found.matches("href=\"#sec-executive-summary\">").count(),
        2,
        "{found}"
    );
    assert!(found.contains("<a href=\"#sec-executive-summary-1\">c</a>"));
}

#[test]
fn links_lead_to_the_title() {
    let cover = html("# Ten risks\n\n[the cover](#ten-risks)\n\n## First");
    assert!(cover.contains("<h1 id=\"sec-ten-risks\">"), "{cover}");
    assert!(cover.contains("href=\"#sec-ten-risks\""), "{cover}");
    // A title that refers to itself, found by the property over any text.
    let itself = html("text ```\n# {#a}@sec:a\n::: {lang=ar}\n");
    assert_eq!(active_content(&itself), Vec::<String>::new());
}
