//! `plenary import`: creates a draft from a bundle, or from a Word document.

use std::path::{Path, PathBuf};

use clap::Args;
use plenary_client::{ApiError, CreatedDraft, NewDraft};
use plenary_export::{ParseOptions, parse};

use super::new::{ServerArgs, markdown, print_created};
use crate::output::read_input;
use crate::progress;
use crate::word::is_word;

const EXAMPLES: &str = "\
Examples:
  plenary import report.plenary
  plenary import report.docx
  plenary import report.plenary --server https://drafts.example.org --site-secret \"$SECRET\"

The draft gets new links; those of the draft that the bundle was made from keep working there.
A Word document takes pandoc on this machine. Its title is the draft's (else the file's name), tracked
changes are accepted, comments and pictures are left out.";

/// Create a draft from a bundle, its history included, or from a Word document
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// The bundle, as `plenary export --to bundle` made it, or a Word document (.docx)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub server: ServerArgs,
    /// Print one JSON object instead of sentences
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let created = if is_word(&args.file) {
        import_word(args)?
    } else {
        import_bundle(args)?
    };
    let created = created.map_err(|error| args.server.explain(error))?;
    print_created(&created, args.json)
}

type Created = Result<CreatedDraft, ApiError>;

fn import_bundle(args: &ImportArgs) -> anyhow::Result<Created> {
    let bundle = read_input(&args.file)?;
    let api = args.server.api()?;
    let progress = progress::upload("Importing the bundle", bundle.len() as u64);
    let created = api.import(&bundle, args.server.secret().as_ref(), &mut |sent| {
        progress.set_position(sent);
    });
    progress.finish_and_clear();
    Ok(created)
}

fn import_word(args: &ImportArgs) -> anyhow::Result<Created> {
    let markdown = markdown(&args.file)?;
    let api = args.server.api()?;
    let draft = NewDraft {
        title: title_of(&markdown, &args.file),
        markdown: Some(markdown),
        language: None,
    };
    let length = draft.markdown.as_ref().map_or(0, String::len);
    let progress = progress::upload("Creating the draft", length as u64);
    let created = api.create(&draft, args.server.secret().as_ref(), &mut |sent| {
        progress.set_position(sent);
    });
    progress.finish_and_clear();
    Ok(created)
}

/// The report's own title, else the file's name.
fn title_of(markdown: &str, file: &Path) -> String {
    let report = parse(markdown, &ParseOptions::default()).ok();
    let title = report.and_then(|report| report.metadata.title);
    title.unwrap_or_else(|| {
        let stem = file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    })
}
