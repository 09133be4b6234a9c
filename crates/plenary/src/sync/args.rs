//! The command line of `plenary sync`.

use std::path::PathBuf;

use clap::Args;

use super::engine::FirstContact;

const EXAMPLES: &str = "\
Examples:
  plenary sync 'https://drafts.example.org/d/4Gq…#k3y' report.md
      Edit report.md in any editor while others write in their browsers.
  plenary sync --once \"$LINK\" report.md && git commit -am 'Today\\'s text'
      Bring both sides together once, for scripts and cron.
  plenary sync --once --theirs \"$LINK\" report.md
      Begin with what the draft has; the file's text is kept in a copy.

What it promises:
  An edit of yours is never overwritten: what an editor saves in the very instant of a write is
  found and taken in. Without a connection you go on writing; the changes wait on this device,
  also when the program starts offline. A file that vanishes is written again from the draft.
  Needs an editor's or a facilitator's link. Ctrl-C ends it; nothing is lost by ending.";

/// Keep a local Markdown file and the live draft equal, both ways
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SyncArgs {
    /// The draft: an editor's link, or a sync_url
    #[arg(value_name = "LINK", env = "PLENARY_LINK", hide_env_values = true)]
    pub link: String,
    /// The Markdown file; it is made when there is none
    #[arg(value_name = "FILE.md")]
    pub file: PathBuf,
    /// Bring both sides together, then end: 0 only when they are equal and stored on the server
    #[arg(long)]
    pub once: bool,
    /// With --once: how long to wait for the server, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "once")]
    pub wait: u64,
    /// When file and draft differ at their first contact, take the file's text
    #[arg(long, conflicts_with = "theirs", help_heading = "First contact")]
    pub ours: bool,
    /// When file and draft differ at their first contact, take the draft's text
    #[arg(long, help_heading = "First contact")]
    pub theirs: bool,
    /// Print one JSON object for each line
    #[arg(long)]
    pub json: bool,
}

impl SyncArgs {
    /// Which side counts at the first contact.
    pub(super) fn first_contact(&self) -> FirstContact {
        if self.ours {
            FirstContact::Ours
        } else if self.theirs {
            FirstContact::Theirs
        } else {
            FirstContact::Ask
        }
    }
}
