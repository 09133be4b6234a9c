//! A newcomer fetches a document with a long history: every keystroke of a whole paper.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use automerge::sync::{Message, State, SyncDoc};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ChangeHash, ObjType, ROOT, ReadDoc};
use flate2::read::GzDecoder;
use plenary_draft::DocumentId;
use plenary_draft::document::{LoadLimits, load_document, new_document};
use serde_json::Value;

use super::Scale;
use crate::history::History;
use crate::peer::Peer;
use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::stats::Times;
use crate::writer::Writer;

const TRACE: &str = "trace-automerge-paper.json.gz";

/// How many newcomers to a short history are timed: each takes milliseconds.
const NEWCOMERS: usize = 50;

pub async fn run(
    kind: Kind,
    programs: &Programs,
    scale: &Scale,
    label: &str,
) -> Result<Vec<Figure>> {
    let document = trace_document(&programs.output)?;
    let heads = document.get_heads();
    let history = Arc::new(History::of(&document, 5)?);
    let id = history.document;
    let mut server = Server::start(kind, programs, label).await?;
    let begun = Instant::now();
    match kind {
        Kind::Relay => {
            let mut writer = Writer::with_base(&server, "writer", Arc::clone(&history)).await?;
            writer.upload(history.edits.len()).await?;
        }
        // It takes longer than half a minute for 10,000 changes in one message, so it gets the
        // whole document, as its own clients send it.
        Kind::Yardstick => hand_over(&server, id, &document).await?,
    }
    drop(document);
    let upload = begun.elapsed().as_secs_f64();

    fetch(&server, id, &heads, 0).await?;
    let mut warm = Vec::new();
    let mut bytes = 0;
    for number in 0..scale.first_syncs {
        let fetched = fetch(&server, id, &heads, number + 1).await?;
        warm.push(fetched.seconds);
        bytes = fetched.bytes;
    }
    server.restart().await?;
    let cold = fetch(&server, id, &heads, scale.first_syncs + 1).await?;
    Ok(vec![
        Figure::new("warm", Times::new(warm).percentile(0.5), "s"),
        Figure::new("after restart", cold.seconds, "s"),
        Figure::new("received", bytes as f64 / 1024.0, "KiB"),
        Figure::new("upload", upload, "s"),
        Figure::new("resident", server.resident_kib()? / 1024.0, "MiB"),
    ])
}

/// Newcomers to a document that the server has, once its writer has typed all of its history.
pub async fn arrive(server: &Server, history: &History, mut writer: Writer) -> Result<Vec<Figure>> {
    writer.upload(history.edits.len()).await?;
    let heads: Vec<_> = history.edits.last().map(|it| it.hash).into_iter().collect();
    fetch(server, history.document, &heads, 0).await?;
    let used_before = server.cpu_seconds()?;
    let mut taken = Vec::new();
    for number in 1..=NEWCOMERS {
        let fetched = fetch(server, history.document, &heads, number).await?;
        taken.push(fetched.seconds * 1e3);
    }
    let used = server.cpu_seconds()? - used_before;
    Ok(vec![
        Figure::new("warm", Times::new(taken).percentile(0.5), "ms"),
        Figure::new("CPU per newcomer", used / NEWCOMERS as f64 * 1e3, "ms"),
        Figure::new("resident", server.resident_kib()? / 1024.0, "MiB"),
    ])
}

/// Uploads a document with Automerge's own sync state, which sends it whole to whoever has nothing.
async fn hand_over(server: &Server, id: DocumentId, document: &Automerge) -> Result<()> {
    let mut peer = Peer::join(server, "writer").await?;
    let mut state = State::new();
    let hello = document
        .generate_sync_message(&mut state)
        .context("a full document says nothing")?;
    peer.sync(id, &hello.encode()).await?;
    let mut copy = document.clone();
    loop {
        let arrival = peer.arrival_soon().await?;
        let message = Message::decode(&arrival.data)?;
        let has_all = message.heads == document.get_heads();
        copy.receive_sync_message(&mut state, message)?;
        if has_all {
            return Ok(());
        }
        if let Some(answer) = copy.generate_sync_message(&mut state) {
            peer.sync(id, &answer.encode()).await?;
        }
    }
}

struct Fetched {
    seconds: f64,
    bytes: usize,
}

/// One newcomer with Automerge's own sync state, as any client has it: from the request to the
/// last byte that it needed. Applying is between messages only where there are several.
async fn fetch(
    server: &Server,
    id: DocumentId,
    heads: &[ChangeHash],
    number: usize,
) -> Result<Fetched> {
    let mut peer = Peer::join(server, &format!("newcomer-{number}")).await?;
    let mut document = new_document(ActorId::from([9; 16]));
    let mut state = State::new();
    let hello = document
        .generate_sync_message(&mut state)
        .context("an empty document asks for nothing")?;
    let begun = Instant::now();
    peer.request(id, hello.encode()).await?;
    let mut bytes = 0;
    loop {
        let arrival = peer.arrival_soon().await?;
        bytes += arrival.data.len();
        document.receive_sync_message(&mut state, Message::decode(&arrival.data)?)?;
        if document.get_heads() == heads {
            let seconds = arrival.at.duration_since(begun).as_secs_f64();
            return Ok(Fetched { seconds, bytes });
        }
        if begun.elapsed().as_secs() > 60 {
            bail!("the document did not arrive within a minute");
        }
        if let Some(answer) = document.generate_sync_message(&mut state) {
            peer.sync(id, &answer.encode()).await?;
        }
    }
}

/// The document with one change for each keystroke of the trace. Building it takes a while, so it
/// is kept beside the results.
pub fn trace_document(output: &Path) -> Result<Automerge> {
    let cached = output.join("trace-automerge-paper.automerge");
    if let Ok(bytes) = std::fs::read(&cached) {
        return Ok(load_document(&bytes, &LoadLimits::default())?);
    }
    let folder = std::env::var_os("PLENARY_CORPUS")
        .context("set PLENARY_CORPUS to the folder with the editing traces for this scenario")?;
    let document = replay(&PathBuf::from(folder).join(TRACE))?;
    std::fs::write(&cached, document.save())
        .with_context(|| format!("cannot write {}", cached.display()))?;
    Ok(document)
}

fn replay(path: &Path) -> Result<Automerge> {
    eprintln!("  building the trace's document, once …");
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut json = String::new();
    GzDecoder::new(file).read_to_string(&mut json)?;
    let trace: Value = serde_json::from_str(&json)?;
    let mut document = new_document(ActorId::from([5; 16]));
    let mut transaction = document.transaction();
    let text = transaction.put_object(ROOT, "text", ObjType::Text)?;
    transaction.commit();
    for keystroke in trace["txns"].as_array().context("the trace has no txns")? {
        let mut transaction = document.transaction();
        for patch in keystroke["patches"]
            .as_array()
            .context("a keystroke without patches")?
        {
            // Code points in the trace, UTF-16 units in the document; the text is checked below.
            let position = patch[0].as_u64().context("a patch without position")? as usize;
            let deleted = patch[1].as_i64().context("a patch without length")? as isize;
            transaction.splice_text(
                &text,
                position,
                deleted,
                patch[2].as_str().unwrap_or_default(),
            )?;
        }
        transaction.commit();
    }
    if document.text(&text)? != trace["endContent"].as_str().unwrap_or_default() {
        bail!("the trace replayed does not end in its own text");
    }
    Ok(document)
}
