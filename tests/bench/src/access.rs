//! What it costs that the relay judges every change by its author's link: the same draft and the
//! same edits with open access and with links, in interleaved pairs.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use plenary_draft::{Bundle, Draft};
use serde::Serialize;

use crate::history::{History, draft};
use crate::report::Figure;
use crate::scenarios::{Scale, fan_out, first_sync, flat_out, idle, stale};
use crate::server::{Kind, Programs, Server};
use crate::stats::middle;
use crate::writer::Writer;

/// The name on the command line and in tables.
pub const NAME: &str = "access";
/// How many pairs are run; the middle one counts.
const PAIRS: usize = 7;
const QUICK_PAIRS: usize = 1;
const READERS: usize = 100;
/// Links may cost a tenth.
const WORST: f64 = 1.1;

/// One figure with open access and with links.
#[derive(Debug, Clone, Serialize)]
pub struct Guarded {
    /// Which load.
    pub load: &'static str,
    /// What was measured.
    pub figure: &'static str,
    /// In which unit.
    pub unit: &'static str,
    /// The middle of the runs with open access.
    pub open: f64,
    /// The middle of the runs with links.
    pub links: f64,
    /// The middle of the pairs' ratios, turned so that more than 1 is worse with links.
    pub ratio: f64,
    /// Whether links cost at most a tenth.
    pub met: bool,
}

/// Runs all pairs.
pub fn measure(programs: &Programs, scale: &Scale) -> Result<Vec<Guarded>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let pairs = if scale.quick { QUICK_PAIRS } else { PAIRS };
    let mut measured: BTreeMap<(&str, &str), Pairs> = BTreeMap::new();
    for round in 0..pairs {
        for load in Load::ALL {
            // Whoever goes second finds warmer caches: they take turns.
            let mut order = ["open", "links"];
            order.rotate_left(round % 2);
            for access in order {
                let programs = Programs {
                    access,
                    ..programs.clone()
                };
                let figures = runtime.block_on(load.run(&programs, scale))?;
                for figure in figures.into_iter().filter(Load::counts) {
                    let pairs = measured
                        .entry((load.name(), figure.name))
                        .or_insert_with(|| Pairs::new(figure.unit));
                    pairs.take(access, figure.value);
                }
            }
        }
    }
    runtime.shutdown_background();
    Ok(measured
        .into_iter()
        .map(|((load, figure), pairs)| pairs.judge(load, figure))
        .collect())
}

/// Prints the table, if there is anything in it.
pub fn print(all: &[Guarded]) {
    if all.is_empty() {
        return;
    }
    println!(
        "\n{:<17} {:<18} {:>10} {:>10} {:>7}  {:<10} goal \u{2264} {WORST}",
        NAME, "figure", "open", "links", "cost", "unit"
    );
    for one in all {
        println!(
            "{:<17} {:<18} {:>10.2} {:>10.2} {:>7.3}  {:<10} {}",
            one.load,
            one.figure,
            one.open,
            one.links,
            one.ratio,
            one.unit,
            if one.met { "met" } else { "MISSED" }
        );
    }
}

/// What the relay has to do.
#[derive(Clone, Copy)]
enum Load {
    FanOut,
    FlatOut,
    FirstSync,
    Stale,
    Idle,
}

impl Load {
    const ALL: [Self; 5] = [
        Self::FanOut,
        Self::FlatOut,
        Self::FirstSync,
        Self::Stale,
        Self::Idle,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::FanOut => "fan-out-100",
            Self::FlatOut => "flat-out-20",
            Self::FirstSync => "first-sync",
            Self::Stale => "stale-200",
            Self::Idle => "idle-in-a-draft",
        }
    }

    /// Whether links could change a figure: the worst of thousands is the machine's mood.
    fn counts(figure: &Figure) -> bool {
        figure.name != "worst"
    }

    async fn run(self, programs: &Programs, scale: &Scale) -> Result<Vec<Figure>> {
        let edits = match self {
            Self::FanOut => fan_out::edits_within(scale.steady / 3),
            Self::FlatOut | Self::FirstSync => scale.flat_out_edits,
            Self::Stale => stale::EDITS,
            Self::Idle => 0,
        };
        let (draft, bundle) = bundled()?;
        let mut history = History::in_section(&draft, 9, edits)?;
        history.document = draft.text.id;
        let history = Arc::new(history);
        let mut server = Server::start(Kind::Relay, programs, NAME).await?;
        server.host(bundle).await?;
        let server = Arc::new(server);
        let writer = Writer::hosted(&server, "writer", Arc::clone(&history)).await?;
        match self {
            Self::FanOut => fan_out::follow(&server, &history, writer, READERS).await,
            Self::FlatOut => flat_out::race(&server, &history, writer).await,
            Self::FirstSync => first_sync::arrive(&server, &history, writer).await,
            Self::Stale => stale::come_back(&server, &history, writer).await,
            Self::Idle => {
                drop(writer);
                idle::stay(&server, scale, Some(&history)).await
            }
        }
    }
}

/// A draft of 10 KB in sections, and its bundle.
fn bundled() -> Result<(Draft, Vec<u8>)> {
    let draft = draft(9, 10_000)?;
    let bundle = Bundle {
        draft: draft.clone(),
        people: Vec::new(),
        attachments: BTreeMap::new(),
    };
    let bytes = bundle.to_bytes()?;
    Ok((draft, bytes))
}

struct Pairs {
    unit: &'static str,
    open: Vec<f64>,
    links: Vec<f64>,
}

impl Pairs {
    fn new(unit: &'static str) -> Self {
        Self {
            unit,
            open: Vec::new(),
            links: Vec::new(),
        }
    }

    fn take(&mut self, access: &str, value: f64) {
        if access == "open" {
            self.open.push(value);
        } else {
            self.links.push(value);
        }
    }

    fn judge(self, load: &'static str, figure: &'static str) -> Guarded {
        let more_is_better = self.unit == "1/s";
        let ratios = self.open.iter().zip(&self.links).map(|(open, links)| {
            if more_is_better {
                open / links
            } else {
                links / open
            }
        });
        let ratio = middle(ratios.collect());
        Guarded {
            load,
            figure,
            unit: self.unit,
            open: middle(self.open),
            links: middle(self.links),
            ratio,
            met: ratio <= WORST,
        }
    }
}
