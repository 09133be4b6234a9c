//! `plenary history`: who changed what, and when.

use std::collections::BTreeSet;

use automerge::{ActorId, ChangeHash};
use clap::Args;
use plenary_client::{Link, Rendered};
use plenary_draft::{ChangeInfo, Record, changes};
use serde::Serialize;

use super::export::bundle_refused;
use crate::bundle::OpenedBundle;
use crate::exit::{Exit, Failure};
use crate::output::{print_line, read_input};
use crate::progress;
use crate::sync::{count, count_changed_words};
use crate::times::date_and_time;

/// Changes of one author with shorter pauses than this are one entry, in milliseconds.
const SITTING_MS: i64 = 10 * 60 * 1000;

const EXAMPLES: &str = "\
Examples:
  plenary history \"$LINK\"
  plenary history report.plenary --json | jq -r '.heads | join(\",\")'

Each entry ends with its heads, which name the state of the text after it. Take that state out with
  plenary export LINK --to md --at HEADS
Times are what the authors' own programs said.";

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

/// What one author did in one sitting.
#[derive(Debug, Serialize)]
struct Entry {
    /// When it began and ended, in milliseconds since the Unix epoch.
    from_ms: i64,
    to_ms: i64,
    /// The author's name, where the bundle discloses it.
    name: Option<String>,
    /// The participant's id, where the record knows the actor.
    participant: Option<String>,
    /// The Automerge actor.
    actor: String,
    changes: usize,
    words_added: usize,
    words_removed: usize,
    /// What the author's program called the last change.
    message: Option<String>,
    /// The heads of the text after it.
    heads: Vec<String>,
}

/// Runs the command.
pub fn run(args: &HistoryArgs) -> anyhow::Result<()> {
    let progress = progress::spinner("Reading the history");
    let bundle = open(&args.source)?;
    let entries = entries(&bundle)?;
    progress.finish_and_clear();
    for entry in &entries {
        if args.json {
            print_line(&serde_json::to_string(entry)?)?;
        } else {
            print_line(&for_people(entry))?;
        }
    }
    Ok(())
}

fn open(source: &str) -> Result<OpenedBundle, Failure> {
    if !source.contains("://") {
        let bytes = read_input(source.as_ref())?;
        return OpenedBundle::read(source, &bytes);
    }
    let link: Link = source.parse().map_err(Failure::from)?;
    let bytes = link
        .api()
        .fetch(link.draft, link.secret.as_ref(), Rendered::Bundle)
        .map_err(bundle_refused)?;
    OpenedBundle::read(&link.public_url(), &bytes)
}

/// Consecutive changes of one actor without a long pause.
struct Sitting {
    actor: ActorId,
    changes: Vec<ChangeInfo>,
    /// The heads of all changes up to and with these.
    heads: Vec<ChangeHash>,
}

fn entries(bundle: &OpenedBundle) -> Result<Vec<Entry>, Failure> {
    let parts = bundle.parts();
    let record = Record::read(&parts.draft.record.document);
    let all = changes(&parts.draft.text.document, &[])
        .map_err(|error| Failure::new(Exit::Damaged, error.to_string()))?;
    let mut before = String::new();
    sittings(all)
        .into_iter()
        .map(|sitting| {
            let after = bundle.text_at(Some(&sitting.heads))?.source;
            let after = String::from_utf8_lossy(&after).into_owned();
            let (words_added, words_removed) = count_changed_words(&before, &after);
            before = after;
            let participant = record.participant_of(&sitting.actor);
            let name = parts
                .people
                .iter()
                .find(|person| Some(&person.participant) == participant)
                .and_then(|person| person.name.clone());
            let times = || sitting.changes.iter().map(|change| change.time_ms);
            Ok(Entry {
                from_ms: times().min().unwrap_or(0),
                to_ms: times().max().unwrap_or(0),
                name,
                participant: participant.map(ToString::to_string),
                actor: sitting.actor.to_string(),
                changes: sitting.changes.len(),
                words_added,
                words_removed,
                message: sitting
                    .changes
                    .last()
                    .and_then(|change| change.message.clone()),
                heads: sitting.heads.iter().map(ToString::to_string).collect(),
            })
        })
        .collect()
}

/// Groups changes that come one after another. Every change comes after those that it builds on,
/// so the heads of each beginning of the list are those in it on which nothing in it builds.
fn sittings(all: Vec<ChangeInfo>) -> Vec<Sitting> {
    let mut sittings: Vec<Sitting> = Vec::new();
    let mut heads = BTreeSet::new();
    for change in all {
        for dependency in &change.dependencies {
            heads.remove(dependency);
        }
        heads.insert(change.hash);
        let now = heads.iter().copied().collect();
        let continues = |last: &&mut Sitting| {
            let pause = last
                .changes
                .last()
                .map_or(0, |last| change.time_ms - last.time_ms);
            last.actor == change.actor && pause.abs() <= SITTING_MS
        };
        match sittings.last_mut().filter(continues) {
            Some(last) => {
                last.heads = now;
                last.changes.push(change);
            }
            None => sittings.push(Sitting {
                actor: change.actor.clone(),
                heads: now,
                changes: vec![change],
            }),
        }
    }
    sittings
}

fn for_people(entry: &Entry) -> String {
    let when = if entry.from_ms == 0 {
        "at an unknown time".to_owned()
    } else {
        date_and_time(entry.from_ms)
    };
    let who = entry
        .name
        .clone()
        .unwrap_or_else(|| match &entry.participant {
            Some(participant) => format!("participant {}", short(participant)),
            None => format!("author {}", short(&entry.actor)),
        });
    format!(
        "{when}  {who}: {added} added, {removed} removed in {changes}\n                  {heads}",
        added = count(entry.words_added, "word", "words"),
        removed = entry.words_removed,
        changes = count(entry.changes, "change", "changes"),
        heads = entry.heads.join(","),
    )
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
