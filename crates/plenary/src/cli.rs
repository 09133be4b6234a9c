//! The command line as a whole: the commands, their groups, and what they have in common.

use clap::{Parser, Subcommand};

use crate::commands::{admin, backup, export, history, import, new, restore, serve};
use crate::exit::EXIT_CODES_HELP;
use crate::{runtime, sync};

/// The page that `plenary --help` shows. The commands stand in groups, which clap cannot do by
/// itself; a test compares them with the commands that there are.
const TEMPLATE: &str = "\
{about}

{usage-heading} plenary <COMMAND>

Write together:
  new       Create a draft and get its links
  sync      Keep a local Markdown file and the live draft equal, both ways
  history   Show who changed what, and when

Take out and bring in:
  export    Make HTML, Markdown or a bundle from a draft, a bundle or a plain Markdown file
  import    Create a draft from a bundle, its history included, or from a Word document

Run a server:
  serve     Run the relay with its web pages
  backup    Copy all drafts of a server into one file, while it runs
  restore   Bring the drafts of a backup back
  admin     Look after a server: its drafts and people, lost links, deletion for good

Options:
{options}

Links:
  LINK is one of the links that `plenary new` prints or that somebody shared with you:
  https://HOST/d/DRAFT#SECRET, or the sync_url of a program. Quote it: # begins a comment in
  some shells. Whoever has a link may do what it allows, so keep it out of public places.

{after-help}";

const AFTER_HELP: &str = "\
Examples:
  plenary serve
  plenary new 'Securing industrial control systems' --template best-practices-report
  plenary sync \"$LINK\" report.md
  plenary export report.md --to html --output report.html

`plenary COMMAND --help` says more about a command.";

/// Plenary: live drafting of best-practice documents by working groups
#[derive(Debug, Parser)]
#[command(name = "plenary", version, help_template = TEMPLATE, disable_help_subcommand = true)]
#[command(after_help = AFTER_HELP, after_long_help = format!("{AFTER_HELP}\n\n{EXIT_CODES_HELP}"))]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::NewArgs),
    Sync(sync::SyncArgs),
    History(history::HistoryArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Serve(serve::ServeArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Admin(admin::AdminArgs),
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::New(args) => new::run(&args),
            Command::Sync(args) => runtime::of_a_command()?.block_on(sync::sync(args)),
            Command::History(args) => history::run(&args),
            Command::Export(args) => export::run(&args),
            Command::Import(args) => import::run(&args),
            Command::Serve(args) => runtime::of_a_service()?.block_on(serve::run(args)),
            Command::Backup(args) => backup::run(&args),
            Command::Restore(args) => restore::run(&args),
            Command::Admin(args) => runtime::of_a_command()?.block_on(admin::run(args)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_stands_in_the_help() {
        for command in Cli::command().get_subcommands() {
            let line = format!("\n  {:<10}", command.get_name());
            assert!(
                TEMPLATE.contains(&line),
                "{} is missing in the help",
                command.get_name()
            );
        }
    }
}
