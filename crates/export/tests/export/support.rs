//! Shared helpers.

use plenary_export::{HtmlOptions, ParseOptions, parse, to_html};

/// Renders a source with default options.
pub fn html(source: &str) -> String {
    let report = parse(source, &ParseOptions::default()).expect("the source keeps its limits");
    to_html(&report, &HtmlOptions::default()).expect("the output keeps its limit")
}

/// The text without cover, contents and notes.
pub fn article(source: &str) -> String {
    let whole = html(source);
    let opening = "<div id=\"text\" class=\"text\" tabindex=\"-1\">";
    let start = whole
        .find(opening)
        .map(|at| at + opening.len())
        .expect("the text");
    let closing = ["</div>\n<section class=\"notes\"", "</div>\n</main>"];
    let end = closing
        .iter()
        .filter_map(|closing| whole.find(closing))
        .min()
        .expect("its end");
    whole[start..end].trim().to_owned()
}

/// Findings as `code line:column`.
pub fn findings(source: &str) -> Vec<String> {
    let report = parse(source, &ParseOptions::default()).expect("the source keeps its limits");
    report
        .diagnostics
        .iter()
        .map(|finding| {
            let code = serde_json::to_value(finding.code).expect("a name");
            format!(
                "{} {}:{}",
                code.as_str().unwrap_or_default(),
                finding.line,
                finding.column
            )
        })
        .collect()
}

/// The root of the checkout.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sample drafts and, where it is there, every report of the corpus.
pub fn reports() -> Vec<(String, String)> {
    let corpus = std::env::var_os("PLENARY_CORPUS")
        .unwrap_or_default()
        .into();
    let mut out = Vec::new();
    for folder in [root().join("crates/plenary/templates"), corpus] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("skipped: no reports in {}", folder.display());
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "md") {
                out.push((
                    path.display().to_string(),
                    std::fs::read_to_string(&path).expect("a readable report"),
                ));
            }
        }
    }
    out.sort();
    out
}
