//! `plenary export`: HTML, Markdown or a bundle from a draft, a bundle or a plain Markdown file.

mod args;
mod findings;
mod source;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use plenary_export::{
    HtmlOptions, Limits, MarkdownOptions, ParseOptions, decode, parse, to_html, to_markdown,
};

pub use args::{ExportArgs, Format};

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::progress;
use crate::sync::FileWatch;
pub use source::bundle_refused;
use source::{Loaded, Place};

/// Runs the command.
pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let place = Place::of(&args.source)?;
    let outputs = outputs(args, &place)?;
    export_once(args, &place, &outputs)?;
    if args.watch {
        watch(args, &place, &outputs)
    } else {
        Ok(())
    }
}

/// Where each format goes.
fn outputs(args: &ExportArgs, place: &Place) -> Result<Vec<(Format, Output)>, Failure> {
    let formats = args.formats();
    let several = formats.len() > 1;
    if several && args.output.as_deref() == Some(Path::new("-")) {
        return Err(Failure::new(
            Exit::Usage,
            "standard output takes one format; name a file with --output, or one --to",
        ));
    }
    formats
        .into_iter()
        .map(|format| {
            let output = match &args.output {
                Some(path) if several => Output::File(path.with_extension(format.extension())),
                Some(path) => Output::of(path),
                None => Output::File(PathBuf::from(place.stem()).with_extension(format.extension())),
            };
            if let (Output::File(path), Place::File(source)) = (&output, place)
                && is_same_file(path, source)
            {
                let message = format!(
                    "{} is what is exported and would be overwritten: name another file with --output",
                    path.display()
                );
                return Err(Failure::new(Exit::BadInput, message));
            }
            Ok((format, output))
        })
        .collect()
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Reads the source and writes every format, in the order in which they were asked for.
fn export_once(
    args: &ExportArgs,
    place: &Place,
    outputs: &[(Format, Output)],
) -> anyhow::Result<()> {
    let progress = progress::spinner("Exporting");
    let loaded = place.load(args, outputs.iter().map(|(format, _)| *format))?;
    let mut said = false;
    for (format, output) in outputs {
        let bytes = render(args, &loaded, *format, &mut said)?;
        progress.suspend(|| output.write(&bytes))?;
        if let Output::File(path) = output {
            progress.suspend(|| eprintln!("Wrote {}", path.display()));
        }
    }
    progress.finish_and_clear();
    Ok(())
}

/// Makes one format. Findings are about the source, so they are said once for all formats.
fn render(
    args: &ExportArgs,
    loaded: &Loaded,
    format: Format,
    said: &mut bool,
) -> anyhow::Result<Vec<u8>> {
    if let Some(ready) = loaded.ready(format) {
        return Ok(ready.to_vec());
    }
    let bytes = loaded.markdown.as_deref().ok_or_else(|| {
        Failure::new(
            Exit::BadInput,
            format!("{} has no text to export", loaded.label),
        )
    })?;
    // The authors' own bytes need no reading, and even a text that cannot be read comes out.
    if format == Format::Md && !args.front_matter && !args.flatten {
        return Ok(bytes.to_vec());
    }
    let bad_input =
        |error: String| Failure::new(Exit::BadInput, format!("{}: {error}", loaded.label));
    let source = decode(bytes).map_err(|error| bad_input(error.to_string()))?;
    let options = ParseOptions {
        limits: Limits::default(),
        fallback_title: Some(loaded.title.clone()),
        fallback_language: loaded.language.clone(),
    };
    let report = parse(source, &options).map_err(|error| bad_input(error.to_string()))?;
    if !*said {
        findings::say(&report.diagnostics, &loaded.label, args.warnings);
        *said = true;
    }
    let known = HtmlOptions {
        document_hash: Some(plenary_export::source_sha256(bytes)),
        ..loaded.known.clone()
    };
    let text = match format {
        Format::Html => to_html(&report, &known),
        _ => to_markdown(
            &report,
            &MarkdownOptions {
                front_matter: args.front_matter,
                flatten: args.flatten,
                known,
            },
        ),
    };
    Ok(text
        .map_err(|error| bad_input(error.to_string()))?
        .into_bytes())
}

/// Exports again whenever the file changes, until Ctrl-C. What is wrong with the file is said, and
/// the next change is waited for.
fn watch(args: &ExportArgs, place: &Place, outputs: &[(Format, Output)]) -> anyhow::Result<()> {
    let Place::File(path) = place else {
        return Err(Failure::new(
            Exit::Usage,
            "--watch follows a file; for a draft keep a file with `plenary sync` and watch that",
        )
        .into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut signals =
            crate::signals::Signals::listen().context("signals cannot be listened to")?;
        let (mut watch, _) =
            FileWatch::start(path, &path.canonicalize().unwrap_or_else(|_| path.clone()));
        eprintln!("Watching {}; Ctrl-C ends", path.display());
        let mut last = std::fs::read(path).ok();
        loop {
            tokio::select! {
                _ = watch.next() => {}
                () = signals.next() => return Ok(()),
            }
            let now = std::fs::read(path).ok();
            // An empty or missing file is an editor in the middle of saving.
            if now == last || now.as_ref().is_none_or(Vec::is_empty) {
                continue;
            }
            last = now;
            if let Err(error) = export_once(args, place, outputs) {
                eprintln!("plenary: {error:#}");
            }
        }
    })
}
