//! Word documents on this machine, read by its own pandoc.

use std::path::Path;

use plenary_relay::word::{Converted, Pandoc, WordLimits};

use crate::exit::{Exit, Failure};
use crate::output::read_input;
use crate::progress;

/// Where pandoc is, when it is not on the `PATH`.
const PANDOC_VARIABLE: &str = "PLENARY_PANDOC";

/// Whether a file's name says that it is a Word document.
pub fn is_word(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("docx"))
}

/// A Word document as Markdown. Says on standard error what was left out.
pub fn markdown_of(path: &Path) -> Result<String, Failure> {
    let unusable =
        |reason: String| Failure::new(Exit::BadInput, format!("{}: {reason}", path.display()));
    let document = read_input(path)?;
    let limits = WordLimits::default();
    if document.len() > limits.document_bytes {
        let most = limits.document_bytes;
        return Err(unusable(format!("a Word document may have {most} bytes")));
    }
    let progress = progress::spinner("Reading the Word document");
    let converted = converted(document, limits);
    progress.finish_and_clear();
    let converted = converted.map_err(unusable)?;
    match converted.pictures {
        0 => {}
        1 => eprintln!("1 picture was left out; its description stands in its place."),
        many => {
            eprintln!("{many} pictures were left out; their descriptions stand in their place.")
        }
    }
    Ok(converted.markdown)
}

fn converted(document: Vec<u8>, limits: WordLimits) -> Result<Converted, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let named = std::env::var_os(PANDOC_VARIABLE);
        let found = Pandoc::find(named.as_deref().map(Path::new), limits).await;
        let pandoc = found.map_err(|error| error.to_string())?.ok_or(
            "reading Word documents takes pandoc, which is not on the PATH: install it (https://pandoc.org), or name it with PLENARY_PANDOC",
        )?;
        let place = pandoc.place().ok_or("pandoc is busy")?;
        let converted = pandoc.convert(place, document.into()).await;
        converted.map_err(|error| error.to_string())
    })
}
