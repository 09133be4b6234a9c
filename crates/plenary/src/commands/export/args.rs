//! The command line of `plenary export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  plenary export report.md --to html --output report.html
      A plain Markdown file; no server is asked.
  plenary export report.md --to html --output - | less
  plenary export report.md --to html --watch
      Export again at each save.
  plenary export \"$LINK\" --to html,md,bundle
      A draft; the files are named after it.
  plenary export report.plenary --to md --at \"$HEADS\"
      A bundle, as it was at the heads that `plenary history` shows.

Without --output the result goes to a file in this folder, named after the source.
With a viewer's link, HTML is the page that the relay rendered; Markdown, --front-matter and --flatten
included, is made here of the Markdown that the relay gives.
What readers will miss (a broken reference, a picture without words) is said on standard error as
FILE:LINE:COLUMN, and the export is made all the same.";

/// What an export makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The authors' Markdown, byte for byte
    Md,
    /// One self-contained HTML file
    Html,
    /// The whole draft with its history in one file
    Bundle,
}

impl Format {
    /// The extension of a file in this format.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Html => "html",
            Self::Bundle => "plenary",
        }
    }
}

/// How findings are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Warnings {
    /// FILE:LINE:COLUMN and a sentence
    Text,
    /// One JSON object for each line
    Json,
    /// Not at all
    None,
}

/// Make HTML, Markdown or a bundle from a draft, a bundle or a plain Markdown file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// A Markdown file, a bundle (.plenary), or a link to a draft
    #[arg(value_name = "FILE.md|LINK|BUNDLE")]
    pub source: String,
    /// The format; several at once with commas, or by repeating it
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        required = true,
        value_delimiter = ','
    )]
    pub to: Vec<Format>,
    /// Where to; `-` is standard output. With several formats, the extension is replaced
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The text as it was at these heads (hexadecimal, separated by commas)
    #[arg(long, value_name = "HEADS")]
    pub at: Option<String>,
    /// Export again whenever the file changes
    #[arg(long)]
    pub watch: bool,
    /// Markdown: add the front matter that pandoc reads, where the authors have none
    #[arg(long, help_heading = "Markdown")]
    pub front_matter: bool,
    /// Markdown: write numbers and references out, for tools that know none
    #[arg(long, help_heading = "Markdown")]
    pub flatten: bool,
    /// How findings are said on standard error
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Warnings::Text)]
    pub warnings: Warnings,
}

impl ExportArgs {
    /// The formats without repetition, in the order in which they were asked for.
    pub fn formats(&self) -> Vec<Format> {
        let mut formats = Vec::new();
        for format in &self.to {
            if !formats.contains(format) {
                formats.push(*format);
            }
        }
        formats
    }
}
