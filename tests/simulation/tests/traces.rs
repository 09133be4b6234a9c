//! Real editing histories replayed through a room end in exactly the text that their authors saw.
//!
//! The traces stay outside the project: `PLENARY_CORPUS` names their folder (see
//! `.cargo/config.toml`), and where it is absent the tests say so.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use automerge::transaction::Transactable;
use automerge::{
    ActorId, Automerge, ChangeHash, ObjId, ObjType, PatchLog, ROOT, ReadDoc, TextEncoding,
};
use plenary_protocol::room::Permission;
use plenary_simulation::stock::Stock;
use plenary_simulation::table::{DOCUMENT, Table, config};
use serde::Deserialize;

/// How many edits a peer makes before it sends.
const EDITS_A_TURN: usize = 2_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    #[serde(default)]
    start_content: String,
    end_content: String,
    #[serde(default)]
    num_agents: usize,
    txns: Vec<Edit>,
}

#[derive(Deserialize)]
struct Edit {
    #[serde(default)]
    parents: Vec<usize>,
    #[serde(default)]
    agent: usize,
    patches: Vec<(usize, isize, String)>,
}

fn trace(name: &str) -> Option<Trace> {
    let corpus = PathBuf::from(std::env::var_os("PLENARY_CORPUS").unwrap_or_default());
    let path = corpus.join(name);
    let Ok(file) = File::open(&path) else {
        println!(
            "skipped: {} is not there; set PLENARY_CORPUS to the folder of the traces",
            path.display()
        );
        return None;
    };
    let unpacked = flate2::read::GzDecoder::new(file);
    Some(
        serde_json::from_reader(std::io::BufReader::new(unpacked))
            .expect("a trace in the documented format"),
    )
}

/// The traces count code points; all of their characters are one UTF-16 unit long.
fn copy_of(document: &Automerge, actor: &[u8]) -> Automerge {
    let mut copy =
        Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit).with_actor(ActorId::from(actor));
    copy.apply_changes(document.get_changes(&[]))
        .expect("a whole document applies");
    copy
}

fn draft_with(content: &str) -> Automerge {
    let mut document = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit)
        .with_actor(ActorId::from(b"zero"));
    let mut transaction = document.transaction();
    let text = transaction
        .put_object(ROOT, "text", ObjType::Text)
        .expect("an empty map takes a key");
    transaction
        .splice_text(&text, 0, 0, content)
        .expect("an empty text takes words");
    transaction.commit();
    document
}

fn text_object(document: &Automerge) -> ObjId {
    document
        .get(ROOT, "text")
        .expect("readable")
        .expect("the draft has it")
        .1
}

fn final_text(table: &Table, name: &str) -> String {
    let copy = &table.seats[name].stock.automerge;
    copy.text(text_object(copy)).expect("it is a text")
}

#[test]
fn the_sequential_trace_arrives_at_a_reader_who_follows_it() {
    let Some(trace) = trace("trace-automerge-paper.json.gz") else {
        return;
    };
    let draft = draft_with(&trace.start_content);
    let mut table = Table::new(config(), draft.clone());
    for name in ["author", "reader"] {
        let mut stock = Stock::new(name, ActorId::from(name.as_bytes()), DOCUMENT);
        stock.automerge = copy_of(&draft, name.as_bytes());
        table.seat_as(name, name, stock, Permission::Write);
    }
    table.settle();
    let text = text_object(&draft);
    for edits in trace.txns.chunks(EDITS_A_TURN) {
        let author = &mut table
            .seats
            .get_mut("author")
            .expect("seated")
            .stock
            .automerge;
        for edit in edits {
            let mut transaction = author.transaction();
            for (at, deleted, inserted) in &edit.patches {
                transaction
                    .splice_text(&text, *at, *deleted, inserted)
                    .expect("the trace fits its text");
            }
            transaction.commit();
        }
        for name in ["author", "reader"] {
            table.now_ms += 50;
            table.send(name);
            table.deliver(name);
        }
    }
    table.settle();
    assert_eq!(final_text(&table, "reader"), trace.end_content);
    assert_eq!(final_text(&table, "author"), trace.end_content);
}

#[test]
fn the_concurrent_trace_ends_in_its_text_at_both_peers() {
    let Some(trace) = trace("trace-friendsforever-concurrent.json.gz") else {
        return;
    };
    let names: &[&'static str] = &["first", "second"];
    assert_eq!(trace.num_agents, names.len());
    let draft = draft_with(&trace.start_content);
    let text = text_object(&draft);
    let mut table = Table::new(config(), draft.clone());
    for name in names {
        let mut stock = Stock::new(name, ActorId::from(name.as_bytes()), DOCUMENT);
        stock.automerge = copy_of(&draft, name.as_bytes());
        table.seat_as(name, name, stock, Permission::Write);
    }
    table.settle();
    let mut hashes: Vec<ChangeHash> = Vec::with_capacity(trace.txns.len());
    for (index, edit) in trace.txns.iter().enumerate() {
        let name = names[edit.agent];
        let parents: Vec<ChangeHash> = match &edit.parents[..] {
            [] => draft.get_heads(),
            parents => parents.iter().map(|parent| hashes[*parent]).collect(),
        };
        let knows = |table: &Table| {
            let copy = &table.seats[name].stock.automerge;
            parents
                .iter()
                .all(|parent| copy.get_change_meta_by_hash(parent).is_some())
        };
        if !knows(&table) || index % EDITS_A_TURN == 0 {
            table.settle();
        }
        assert!(
            knows(&table),
            "the room brings what the next edit builds on"
        );
        let copy = &mut table.seats.get_mut(name).expect("seated").stock.automerge;
        let is_at_parents = copy
            .get_heads()
            .iter()
            .eq(parents.iter().collect::<BTreeSet<_>>());
        // Writing at older heads is dear, and needed only where the authors really were apart.
        let mut transaction = if is_at_parents {
            copy.transaction()
        } else {
            copy.transaction_at(PatchLog::inactive(), &parents)
                .expect("the parents are in the document")
        };
        for (at, deleted, inserted) in &edit.patches {
            transaction
                .splice_text(&text, *at, *deleted, inserted)
                .expect("the trace fits its text");
        }
        hashes.push(
            transaction
                .commit()
                .0
                .expect("no edit of the trace is empty"),
        );
    }
    table.settle();
    assert_eq!(final_text(&table, "first"), final_text(&table, "second"));
    assert_eq!(final_text(&table, "first"), trace.end_content);
}
