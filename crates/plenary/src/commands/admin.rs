//! `plenary admin`: what only whoever runs a server may do. It works on the data folder, also while
//! the server runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use plenary_client::{fresh_rng, random_text};
use plenary_draft::{DocumentId, Text};
use plenary_protocol::room::ParticipantId;
use plenary_relay::access::{LinkSecret, Role, SECRET_BYTES};
use plenary_relay::storage::compaction::load;
use plenary_relay::storage::sqlite::SqliteStorage;
use plenary_relay::storage::{
    AccessCommit, Act, DocumentKind, DraftSummary, LinkId, NewAudit, NewLink, Storage, StorageError,
};
use rand_core::Rng;
use serde_json::{Value, json};

use super::serve::data_folder;
use crate::exit::{Exit, Failure};
use crate::output::print_line;
use crate::times::date_and_time;

/// How many entries of the audit trail are read at once.
const PAGE: u32 = 10_000;

const EXAMPLES: &str = "\
Examples:
  plenary admin drafts
  plenary admin link DRAFT --public-url https://drafts.example.org
      When all of a draft's facilitator links were lost.
  plenary admin delete DRAFT --title 'Its exact title'

They work on the data folder (--data), also while the server runs.";

/// Look after a server: its drafts and people, lost links, deletion for good
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AdminArgs {
    /// The server's data folder [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "PLENARY_DATA", global = true)]
    data: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List all drafts with their sizes, oldest first
    Drafts,
    /// List the people of a draft, as they entered themselves
    People {
        /// The draft's id
        draft: DocumentId,
    },
    /// Make a new link to a draft, when all were lost
    Link {
        /// The draft's id
        draft: DocumentId,
        /// What it allows: facilitator, editor, reviewer or viewer
        #[arg(long, default_value = "facilitator", value_parser = role)]
        role: Role,
        /// The address by which people reach the server
        #[arg(
            long,
            value_name = "URL",
            env = "PLENARY_PUBLIC_URL",
            default_value = "http://127.0.0.1:8320"
        )]
        public_url: String,
    },
    /// Delete a draft for good, without a time of grace
    Delete {
        /// The draft's id
        draft: DocumentId,
        /// Its title, exactly, so that it is not another one
        #[arg(long)]
        title: String,
    },
    /// Print the audit trail of a draft, or of the whole site, one JSON object on each line
    Audit {
        /// The draft's id
        draft: Option<DocumentId>,
    },
}

fn role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| "facilitator, editor, reviewer or viewer".into())
}

/// Runs the command.
pub async fn run(args: AdminArgs) -> anyhow::Result<()> {
    let data = data_folder(args.data.as_deref())?;
    let storage = open(&data).await?;
    let done = match args.what {
        What::Drafts => drafts(storage.as_ref(), args.json).await,
        What::People { draft } => people(storage.as_ref(), draft, args.json).await,
        What::Link {
            draft,
            role,
            public_url,
        } => link(storage.as_ref(), draft, role, &public_url, args.json).await,
        What::Delete { draft, title } => delete(storage.as_ref(), draft, &title, &data).await,
        What::Audit { draft } => audit(storage.as_ref(), draft).await,
    };
    storage.close().await.map_err(Failure::from)?;
    done
}

async fn open(data: &std::path::Path) -> anyhow::Result<Arc<dyn Storage>> {
    let data = data.to_owned();
    let opened = tokio::task::spawn_blocking(move || SqliteStorage::open_beside(&data)).await?;
    Ok(Arc::new(opened.map_err(Failure::from)?))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The title of a draft; a draft that cannot be read has none.
async fn title(storage: &dyn Storage, draft: DocumentId) -> Result<Option<String>, StorageError> {
    let Some(stored) = storage.draft_of(draft).await? else {
        return Ok(None);
    };
    let text = stored.documents.iter();
    let text = text.clone().find(|(_, kind)| *kind == DocumentKind::Text);
    let Some((text, _)) = text else {
        return Ok(None);
    };
    let document = storage.document(*text).await?;
    Ok(load(&document).ok().map(|text| Text::read(&text).title))
}

async fn drafts(storage: &dyn Storage, as_json: bool) -> anyhow::Result<()> {
    for draft in storage.drafts().await.map_err(Failure::from)? {
        // A damaged draft must not keep the others from being listed.
        let title = title(storage, draft.id).await.ok().flatten();
        if as_json {
            print_line(&draft_json(&draft, title.as_deref()).to_string())?;
        } else {
            print_line(&draft_line(&draft, title.as_deref()))?;
        }
    }
    Ok(())
}

fn draft_json(draft: &DraftSummary, title: Option<&str>) -> Value {
    json!({
        "document_id": draft.id.to_string(), "title": title,
        "created_ms": draft.created_ms, "changed_ms": draft.changed_ms,
        "changes": draft.changes, "bytes": draft.bytes, "people": draft.people,
        "links": draft.links, "purge_ms": draft.deletion.map(|it| it.purge_ms),
    })
}

fn draft_line(draft: &DraftSummary, title: Option<&str>) -> String {
    let deletion = draft.deletion.map_or_else(String::new, |deletion| {
        format!(
            ", deleted for good after {}",
            date_and_time(deletion.purge_ms)
        )
    });
    format!(
        "{}  {}\n    made {}, changed {}; {} changes, {} KB on disk, {} people, {} links{deletion}",
        draft.id,
        title.map_or("(cannot be read)".to_owned(), harmless),
        date_and_time(draft.created_ms),
        date_and_time(draft.changed_ms),
        draft.changes,
        draft.bytes.div_ceil(1000),
        draft.people,
        draft.links,
    )
}

/// A text for a terminal, which would obey control characters in it: a title is written by any editor.
fn harmless(text: &str) -> String {
    let shown = text.chars().map(|character| match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        character if character.is_control() => '\u{fffd}',
        character => character,
    });
    shown.collect()
}

async fn require_draft(storage: &dyn Storage, draft: DocumentId) -> Result<(), Failure> {
    let found = storage.draft_of(draft).await.map_err(Failure::from)?;
    match found {
        Some(found) if found.id == draft => Ok(()),
        _ => Err(Failure::new(
            Exit::Failed,
            format!("there is no draft {draft} here: `plenary admin drafts` lists those that are"),
        )),
    }
}

async fn people(storage: &dyn Storage, draft: DocumentId, as_json: bool) -> anyhow::Result<()> {
    require_draft(storage, draft).await?;
    for person in storage.people(draft).await.map_err(Failure::from)? {
        let entry = &person.entry;
        let role = person
            .role
            .map(|role| person.role_cap.map_or(role, |cap| cap.min(role)));
        let role = role.map(Role::as_str);
        let line = if as_json {
            json!({
                "participant": person.participant.as_str(), "name": entry.name,
                "affiliation": entry.affiliation, "group": entry.group,
                "withheld": entry.withheld, "role": role, "created_ms": person.created_ms,
                "erased_ms": person.erased_ms,
                "merged_into": person.merged_into.as_ref().map(ParticipantId::as_str),
            })
            .to_string()
        } else {
            let name = match (&entry.name, person.erased_ms, &person.merged_into) {
                (_, _, Some(into)) => format!("(the same person as {into})"),
                (_, Some(_), _) => "(a former participant)".to_owned(),
                (Some(name), ..) => name.clone(),
                (None, ..) => "(a guest)".to_owned(),
            };
            let affiliation = entry.affiliation.as_deref().unwrap_or("–");
            let withheld = if entry.withheld { ", withheld" } else { "" };
            let role = role.unwrap_or("never came");
            format!(
                "{}  {name}, {affiliation}; {role}{withheld}",
                person.participant
            )
        };
        print_line(&line)?;
    }
    Ok(())
}

/// Does something as the operator, noted in the draft's audit trail.
async fn act(
    storage: &dyn Storage,
    draft: DocumentId,
    act: Act,
    kind: &'static str,
    detail: Value,
) -> Result<(), Failure> {
    let commit = AccessCommit {
        draft: Some(draft),
        at_ms: now_ms(),
        acts: vec![act],
        audit: vec![NewAudit {
            by: None,
            kind,
            detail,
        }],
    };
    storage.commit_access(commit).await.map_err(Failure::from)
}

async fn link(
    storage: &dyn Storage,
    draft: DocumentId,
    role: Role,
    public_url: &str,
    as_json: bool,
) -> anyhow::Result<()> {
    require_draft(storage, draft).await?;
    let mut rng = fresh_rng()?;
    let mut secret = [0; SECRET_BYTES];
    rng.fill_bytes(&mut secret);
    let secret = LinkSecret::from_bytes(secret);
    let id = LinkId::new(random_text(&mut rng, 16));
    let detail = json!({"link": id.as_str(), "role": role.as_str(), "by": "operator"});
    let made = NewLink {
        label: Some("Made by the operator".into()),
        ..NewLink::plain(id, secret.hash(), role)
    };
    act(storage, draft, Act::AddLink(made), "link-made", detail).await?;
    let url = format!(
        "{}/d/{draft}#{}",
        public_url.trim_end_matches('/'),
        secret.reveal()
    );
    let line = if as_json {
        json!({"role": role.as_str(), "url": url}).to_string()
    } else {
        url
    };
    print_line(&line)?;
    Ok(())
}

async fn delete(
    storage: &dyn Storage,
    draft: DocumentId,
    typed: &str,
    data: &std::path::Path,
) -> anyhow::Result<()> {
    require_draft(storage, draft).await?;
    let title = title(storage, draft).await.ok().flatten();
    // What cannot be read can be deleted all the same.
    if title
        .as_ref()
        .is_some_and(|title| title.trim() != typed.trim())
    {
        let words = "this is not the draft's title: nothing was deleted";
        return Err(Failure::new(Exit::Usage, words).into());
    }
    let now = now_ms();
    let detail = json!({"purge_ms": now, "by": "operator"});
    let mark = Act::DeleteDraft { purge_ms: now };
    act(storage, draft, mark, "draft-deleted", detail).await?;
    let owned = data.to_owned();
    let alone = tokio::task::spawn_blocking(move || SqliteStorage::open(&owned)).await?;
    match alone {
        Ok(storage) => {
            storage
                .purge(draft, now_ms())
                .await
                .map_err(Failure::from)?;
            storage.close().await.map_err(Failure::from)?;
            print_line("Deleted for good.")?;
        }
        Err(StorageError::Busy { .. }) => {
            print_line(
                "The running server sends everybody away and deletes it for good as soon as nobody is in it, within some minutes.",
            )?;
        }
        Err(error) => return Err(Failure::from(error).into()),
    }
    print_line(
        "Backups that were made before still hold it, as do the copies of those who wrote it.",
    )?;
    Ok(())
}

async fn audit(storage: &dyn Storage, draft: Option<DocumentId>) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let page = storage.audit(draft, after, PAGE).await;
        let page = page.map_err(Failure::from)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.sequence;
        for entry in page {
            let line = json!({
                "sequence": entry.sequence, "at_ms": entry.at_ms,
                "draft": entry.draft.map(|draft| draft.to_string()),
                "by": entry.by.as_ref().map(ParticipantId::as_str),
                "kind": entry.kind, "detail": entry.detail,
            });
            print_line(&line.to_string())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_title_gives_a_terminal_no_orders() {
        assert_eq!(
            harmless("Røv \u{1b}[2J\u{202e}x"),
            "Røv \u{fffd}[2J\u{fffd}x"
        );
    }
}
