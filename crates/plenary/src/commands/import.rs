//! `plenary import`: creates a draft from a bundle.

use std::path::PathBuf;

use clap::Args;

use super::new::{ServerArgs, print_created};
use crate::output::read_input;
use crate::progress;

const EXAMPLES: &str = "\
Examples:
  plenary import report.plenary
  plenary import report.plenary --server https://drafts.example.org --site-secret \"$SECRET\"

The draft gets new links; those of the draft that the bundle was made from keep working there.";

/// Create a draft from a bundle, its history included
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// The bundle, as `plenary export --to bundle` made it
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    #[command(flatten)]
    pub server: ServerArgs,
    /// Print one JSON object instead of sentences
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let bundle = read_input(&args.bundle)?;
    let api = args.server.api()?;
    let progress = progress::upload("Importing the bundle", bundle.len() as u64);
    let created = api.import(&bundle, args.server.secret().as_ref(), &mut |sent| {
        progress.set_position(sent);
    });
    progress.finish_and_clear();
    let created = created.map_err(|error| args.server.explain(error))?;
    print_created(&created, args.json)
}
