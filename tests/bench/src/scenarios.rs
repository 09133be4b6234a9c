//! The scenarios, by name.

mod documents;
pub mod fan_out;
pub mod first_sync;
pub mod flat_out;
pub mod idle;
mod keystroke;
pub mod stale;

use std::time::Duration;

use anyhow::Result;

use crate::report::Figure;
use crate::server::{Kind, Programs};

/// All scenarios in the order in which they run.
pub const SCENARIOS: [Scenario; 10] = [
    Scenario::FanOut100,
    Scenario::FanOut100Draft,
    Scenario::FanOut300,
    Scenario::FlatOut20,
    Scenario::Documents200,
    Scenario::FirstSync,
    Scenario::Stale200,
    Scenario::IdleConnections,
    Scenario::IdleDocuments,
    Scenario::Keystroke,
];

/// One kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// One writer at 10 edits a second, 100 readers, a document of 10 KB.
    FanOut100,
    /// The same with the text of a draft: 10 KB in sections.
    FanOut100Draft,
    /// As the first with 300 readers.
    FanOut300,
    /// One writer with up to 64 changes unacknowledged, 20 readers.
    FlatOut20,
    /// 200 documents with a writer and a reader each.
    Documents200,
    /// A newcomer fetches a history of 259,779 changes.
    FirstSync,
    /// 200 clients come back at once, each some hundred changes behind.
    Stale200,
    /// A thousand connections that do nothing.
    IdleConnections,
    /// A thousand documents whose clients have left.
    IdleDocuments,
    /// What one remote keystroke costs Automerge, in process, no server.
    Keystroke,
}

/// How long and how much.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Whether this only shows that everything works.
    pub quick: bool,
    /// How long edits come at a steady pace.
    pub steady: Duration,
    /// How many edits go flat out.
    pub flat_out_edits: usize,
    /// How many idle connections or documents the slope is taken over.
    pub idle: usize,
    /// How long a server is left alone before its documents count as left: longer than the minute
    /// after which the relay unloads a room.
    pub letting_go: Duration,
    /// How many first syncs are timed.
    pub first_syncs: usize,
}

impl Scale {
    /// What is measured for the record.
    pub fn full() -> Self {
        Self {
            quick: false,
            steady: Duration::from_secs(30),
            flat_out_edits: 10_000,
            idle: 1_000,
            letting_go: Duration::from_secs(80),
            first_syncs: 5,
        }
    }

    /// What shows in a minute or two that everything works.
    pub fn quick() -> Self {
        Self {
            quick: true,
            steady: Duration::from_secs(4),
            flat_out_edits: 1_500,
            idle: 200,
            letting_go: Duration::from_secs(5),
            first_syncs: 2,
        }
    }
}

impl Scenario {
    /// The name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::FanOut100 => "fan-out-100",
            Self::FanOut100Draft => "fan-out-100-draft",
            Self::FanOut300 => "fan-out-300",
            Self::FlatOut20 => "flat-out-20",
            Self::Documents200 => "documents-200",
            Self::FirstSync => "first-sync",
            Self::Stale200 => "stale-200",
            Self::IdleConnections => "idle-connections",
            Self::IdleDocuments => "idle-documents",
            Self::Keystroke => "keystroke",
        }
    }

    /// Whether it says anything about this server.
    pub fn runs_on(self, kind: Kind) -> bool {
        self != Self::Keystroke || kind == Kind::Relay
    }

    /// Makes what it needs and what outlives one run, outside its bounds of time.
    pub fn prepare(self, programs: &Programs) -> Result<()> {
        match self {
            Self::FirstSync => first_sync::trace_document(&programs.output).map(drop),
            _ => Ok(()),
        }
    }

    /// Runs it on a fresh server.
    pub async fn run(self, kind: Kind, programs: &Programs, scale: &Scale) -> Result<Vec<Figure>> {
        match self {
            Self::FanOut100 => fan_out::run(kind, programs, scale, 100, self.name()).await,
            Self::FanOut100Draft => {
                fan_out::run_draft(kind, programs, scale, 100, self.name()).await
            }
            Self::FanOut300 => fan_out::run(kind, programs, scale, 300, self.name()).await,
            Self::FlatOut20 => flat_out::run(kind, programs, scale, self.name()).await,
            Self::Documents200 => documents::run(kind, programs, scale, self.name()).await,
            Self::FirstSync => first_sync::run(kind, programs, scale, self.name()).await,
            Self::Stale200 => stale::run(kind, programs, self.name()).await,
            Self::IdleConnections => idle::connections(kind, programs, scale, self.name()).await,
            Self::IdleDocuments => idle::documents(kind, programs, scale, self.name()).await,
            Self::Keystroke => keystroke::run(),
        }
    }
}
