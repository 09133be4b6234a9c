//! `plenary history`: who changed what, and when.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  plenary history \"$LINK\"
  plenary history report.plenary --json | jq .heads

Take an old state out with: plenary export LINK --to md --at HEADS";

/// Show who changed what, and when
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HistoryArgs {
    /// A link to a draft (a reviewer's or more), or a bundle (.plenary)
    #[arg(value_name = "LINK|BUNDLE")]
    pub source: String,
    /// Print one JSON object for each entry
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(_args: &HistoryArgs) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}
