//! The texts that a new draft can begin with.

use clap::ValueEnum;

/// The templates by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// An empty best-practices report with guidance for each part
    BestPracticesReport,
    /// A complete sample report, to look around in
    SampleReport,
}

impl Template {
    /// The template's Markdown.
    pub const fn markdown(self) -> &'static str {
        match self {
            Self::BestPracticesReport => include_str!("../templates/best-practices-report.md"),
            Self::SampleReport => include_str!("../templates/sample-report.md"),
        }
    }
}
