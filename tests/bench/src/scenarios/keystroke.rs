//! What one remote keystroke costs to apply, in process: 100 KB in one text and in sections.

use std::time::Instant;

use anyhow::{Context, Result};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT};
use plenary_draft::document::new_document;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::history::paragraph;
use crate::report::Figure;
use crate::stats::Times;

const CHARACTERS: usize = 100_000;
const SECTION: usize = 2_000;
const KEYSTROKES: usize = 300;

pub fn run() -> Result<Vec<Figure>> {
    let sections = measure(CHARACTERS / SECTION, SECTION)?;
    let whole = measure(1, CHARACTERS)?;
    Ok(vec![
        Figure::new("in sections", sections.percentile(0.5), "ms"),
        Figure::new("in sections, p99", sections.percentile(0.99), "ms"),
        Figure::new("in one text", whole.percentile(0.5), "ms"),
    ])
}

/// Times of applying one keystroke after another in a draft of `count` texts of `length` characters.
fn measure(count: usize, length: usize) -> Result<Times> {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut author = new_document(ActorId::from([1; 16]));
    let texts = write(&mut author, &mut rng, count, length)?;
    let mut relay = author.fork().with_actor(ActorId::from([2; 16]));
    let mut milliseconds = Vec::with_capacity(KEYSTROKES);
    for _ in 0..KEYSTROKES {
        let before = author.get_heads();
        let text = &texts[rng.next_u32() as usize % texts.len()];
        let mut transaction = author.transaction();
        transaction.splice_text(text, rng.next_u32() as usize % length, 0, "x")?;
        transaction.commit();
        let change = author
            .get_changes(&before)
            .pop()
            .context("no change was made")?;
        let begun = Instant::now();
        relay.apply_changes([change])?;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Times::new(milliseconds))
}

fn write(
    document: &mut Automerge,
    rng: &mut ChaCha8Rng,
    count: usize,
    length: usize,
) -> Result<Vec<ObjId>> {
    let mut transaction = document.transaction();
    let sections = transaction.put_object(ROOT, "sections", ObjType::Map)?;
    let mut texts = Vec::with_capacity(count);
    for number in 0..count {
        let section = transaction.put_object(&sections, format!("s{number:04}"), ObjType::Map)?;
        transaction.put(&section, "order", format!("{number:04}"))?;
        let text = transaction.put_object(&section, "text", ObjType::Text)?;
        transaction.splice_text(&text, 0, 0, &paragraph(rng, length))?;
        texts.push(text);
    }
    transaction.commit();
    Ok(texts)
}
