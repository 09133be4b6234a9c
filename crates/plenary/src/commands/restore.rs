//! `plenary restore`: puts a backup into an empty data folder.

use std::path::PathBuf;

use clap::Args;

use super::serve::data_folder;
use crate::exit::Failure;
use crate::output::print_line;
use crate::progress;
use crate::sync::count;

const EXAMPLES: &str = "\
Examples:
  plenary restore drafts-2026-11-22.backup
  plenary restore drafts-2026-11-22.backup --data /srv/plenary

The backup is read completely before anything is written. A folder that holds drafts already is
left as it is: move it away first.";

/// Bring the drafts of a backup back
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data folder to restore into; must hold no drafts [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "PLENARY_DATA")]
    pub data: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    let data = data_folder(args.data.as_deref())?;
    let progress = progress::spinner("Reading and restoring the backup");
    let report = plenary_relay::storage::sqlite::restore(&args.file, &data);
    progress.finish_and_clear();
    let report = report.map_err(Failure::from)?;
    let drafts = usize::try_from(report.drafts).unwrap_or(usize::MAX);
    print_line(&format!(
        "Restored {} into {}. Start the server with `plenary serve --data {}`",
        count(drafts, "draft", "drafts"),
        data.display(),
        data.display()
    ))?;
    print_line(
        "Who may do what is as it was at the time of the backup: links revoked since then open again, roles lowered \
         and entries erased since then are back, and links made since then open nothing. Do those acts again, \
         and give new links",
    )?;
    Ok(())
}
