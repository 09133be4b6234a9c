//! Documents and edits that are the same each time: made from a seed before anything is measured,
//! so that neither writers nor readers pay for Automerge while the clock runs.

use std::collections::HashMap;

use anyhow::{Context, Result};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc};
use bytes::Bytes;
use plenary_draft::document::new_document;
use plenary_draft::{DocumentId, Draft, NewDraft};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// One change: its hash and its chunk as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Edit {
    /// By which it is known.
    pub hash: ChangeHash,
    /// In Automerge's storage format.
    pub chunk: Bytes,
}

/// A document's whole life in one line: some changes that make it, then edits of one character.
pub struct History {
    /// The document's id.
    pub document: DocumentId,
    /// The changes in order; each depends on the one before.
    pub edits: Vec<Edit>,
    /// How many of them belong to the document as it stands before the run.
    pub base: usize,
    /// The text object that is typed into.
    pub object: ObjId,
    /// Its text at the end.
    pub text: String,
    positions: HashMap<ChangeHash, usize>,
}

impl History {
    /// A document of `characters` characters that was written in paragraphs, and `edits` single
    /// characters typed into it afterwards at positions drawn from `seed`.
    pub fn new(seed: u64, characters: usize, edits: usize) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut actor = [0; 16];
        rng.fill_bytes(&mut actor);
        let mut document = new_document(ActorId::from(actor));
        let mut transaction = document.transaction();
        let text = transaction.put_object(ROOT, "text", ObjType::Text)?;
        transaction.commit();
        let mut length = 0;
        while length < characters {
            let paragraph = paragraph(&mut rng, (characters - length).min(500));
            let mut transaction = document.transaction();
            transaction.splice_text(&text, length, 0, &paragraph)?;
            transaction.commit();
            length += paragraph.len();
        }
        let base = document.get_changes(&[]).len();
        type_into(&mut document, &text, edits, &mut rng)?;
        Ok(Self {
            base,
            text: document.text(&text)?,
            object: text,
            ..Self::of(&document, seed)?
        })
    }

    /// A draft's text in sections, and `edits` single characters that somebody else then types into
    /// its first section.
    pub fn in_section(draft: &Draft, seed: u64, edits: usize) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut document = draft.text.document.clone();
        let mut actor = [0; 16];
        rng.fill_bytes(&mut actor);
        document.set_actor(ActorId::from(actor));
        let base = document.get_changes(&[]).len();
        let section = first_section(&document)?;
        type_into(&mut document, &section, edits, &mut rng)?;
        Ok(Self {
            base,
            text: document.text(&section)?,
            object: section,
            ..Self::of(&document, seed)?
        })
    }

    /// The history of a document that is there already; all of it is for the run.
    pub fn of(document: &Automerge, seed: u64) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let edits: Vec<Edit> = document
            .get_changes(&[])
            .into_iter()
            .map(|mut change| Edit {
                hash: change.hash(),
                chunk: Bytes::copy_from_slice(&change.bytes()),
            })
            .collect();
        let positions = edits
            .iter()
            .enumerate()
            .map(|(at, edit)| (edit.hash, at))
            .collect();
        Ok(Self {
            document: document_id(&mut rng),
            edits,
            base: 0,
            object: ROOT,
            text: String::new(),
            positions,
        })
    }

    /// The place of a change in the line.
    pub fn position(&self, hash: &ChangeHash) -> Option<usize> {
        self.positions.get(hash).copied()
    }

    /// The place of the newest of these changes that we know.
    pub fn newest(&self, heads: &[ChangeHash]) -> Option<usize> {
        heads.iter().filter_map(|hash| self.position(hash)).max()
    }

    /// The last change of the document as it stands before the run.
    pub fn base_head(&self) -> Result<ChangeHash> {
        Ok(self.base_edits().last().context("an empty document")?.hash)
    }

    /// The changes that make the document.
    pub fn base_edits(&self) -> &[Edit] {
        &self.edits[..self.base]
    }
}

/// A draft of at least `characters` characters in sections.
pub fn draft(seed: u64, characters: usize) -> Result<Draft> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut source = String::new();
    while source.len() < characters {
        source.push_str("## Part\n\n");
        for _ in 0..4 {
            source.push_str(&paragraph(&mut rng, 500));
        }
    }
    let parts = NewDraft {
        title: "Measured",
        source: source.as_bytes(),
        ..NewDraft::default()
    };
    Ok(Draft::create(&mut rng, 0, &parts)?)
}

/// A document id that automerge-repo 1.x accepts, too: it wants a version 4 UUID.
pub fn document_id(rng: &mut ChaCha8Rng) -> DocumentId {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    DocumentId::from_bytes(bytes)
}

/// The text of a section of a draft, the same one each time.
fn first_section(document: &Automerge) -> Result<ObjId> {
    let (_, sections) = document.get(ROOT, "sections")?.context("no sections")?;
    let key = document.keys(&sections).next().context("no section")?;
    let (_, section) = document.get(&sections, key)?.context("no such section")?;
    let (_, text) = document.get(&section, "text")?.context("no text")?;
    Ok(text)
}

/// Somebody types: mostly onwards from where the last character went, now and then elsewhere. Each
/// character is a change of its own.
fn type_into(
    document: &mut Automerge,
    text: &ObjId,
    edits: usize,
    rng: &mut ChaCha8Rng,
) -> Result<()> {
    let before = document.length(text);
    let mut position = before / 2;
    for length in before..before + edits {
        if rng.next_u32().is_multiple_of(20) {
            position = rng.next_u32() as usize % length;
        }
        let mut transaction = document.transaction();
        transaction.splice_text(text, position, 0, letter(rng))?;
        transaction.commit();
        position += 1;
    }
    Ok(())
}

fn letter(rng: &mut ChaCha8Rng) -> &'static str {
    const LETTERS: &str = "etaoin shrdlu cmfwyp";
    let at = rng.next_u32() as usize % LETTERS.len();
    &LETTERS[at..=at]
}

/// About `characters` characters of invented words.
pub fn paragraph(rng: &mut ChaCha8Rng, characters: usize) -> String {
    let mut text = String::with_capacity(characters + 2);
    while text.len() + 2 < characters {
        text.push_str(letter(rng));
    }
    text.push_str("\n\n");
    text
}
