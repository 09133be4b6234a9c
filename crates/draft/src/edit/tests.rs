//! Edits: what they do to the text, to sections, and to what others write at the same time.

use super::*;
use crate::document::random_actor;
use crate::draft::{Draft, NewDraft};
use crate::schema::text::Text;
use crate::testing::{markdown, rng};
use automerge::ActorId;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;

mod merging;
mod replacing;
mod typing;

/// A text document and what is needed to edit it.
struct Desk {
    document: Automerge,
    rng: ChaCha8Rng,
}

impl Desk {
    fn new(source: &str) -> Self {
        let mut rng = rng(9);
        let new = NewDraft {
            title: "T",
            source: source.as_bytes(),
            ..NewDraft::default()
        };
        let document = Draft::create(&mut rng, 0, &new).unwrap().text.document;
        Self { document, rng }
    }

    fn edit(&mut self) -> TextEditor<'_, ChaCha8Rng> {
        TextEditor::new(&mut self.document, &mut self.rng, 1_000)
    }

    fn fork(&self, number: u8) -> Self {
        let mut document = self.document.fork();
        document.set_actor(ActorId::from([number; 16]));
        Self {
            document,
            rng: rng(u64::from(number)),
        }
    }

    fn text(&self) -> Text {
        Text::read(&self.document)
    }

    fn markdown(&self) -> String {
        self.text().markdown()
    }

    fn source(&self) -> Vec<u8> {
        self.text().source().to_bytes()
    }

    fn sections(&self) -> Vec<String> {
        self.text().sections.into_iter().map(|it| it.text).collect()
    }

    fn id(&self, index: usize) -> SectionId {
        self.text().sections[index].id.clone()
    }
}
