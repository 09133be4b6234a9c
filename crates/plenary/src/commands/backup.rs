//! `plenary backup`: copies a server's drafts into one file.

use std::path::PathBuf;

use clap::Args;

use super::serve::data_folder;
use crate::exit::Failure;
use crate::output::print_line;
use crate::progress;
use crate::sync::count;

const EXAMPLES: &str = "\
Examples:
  plenary backup drafts-2026-11-22.backup
  plenary backup --data /srv/plenary /mnt/backups/$(date +%F).backup

The copy is consistent and is read back completely before it counts. The server may go on working
meanwhile. Keep backups as safe as the drafts: they hold every word, deleted ones included.";

/// Copy all drafts of a server into one file, while it runs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BackupArgs {
    /// The file to make; must not exist
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The server's data folder [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "PLENARY_DATA")]
    pub data: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &BackupArgs) -> anyhow::Result<()> {
    let data = data_folder(args.data.as_deref())?;
    let progress = progress::spinner("Copying and reading back");
    let report = plenary_relay::storage::sqlite::backup(&data, &args.file);
    progress.finish_and_clear();
    let report = report.map_err(Failure::from)?;
    let drafts = usize::try_from(report.drafts).unwrap_or(usize::MAX);
    print_line(&format!(
        "Backed up {} ({} bytes) to {}",
        count(drafts, "draft", "drafts"),
        report.file_bytes,
        args.file.display()
    ))?;
    Ok(())
}
