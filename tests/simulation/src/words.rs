//! The smallest draft: one text, to be edited at random places.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ChangeHash, ObjType, ROOT, ReadDoc};
use plenary_draft::document::new_document;

/// A document with one text and one sentence in it.
pub fn first_draft() -> Automerge {
    let mut document = new_document(ActorId::from([9; 16]));
    let mut transaction = document.transaction();
    let text = transaction
        .put_object(ROOT, "text", ObjType::Text)
        .expect("an empty map takes a key");
    transaction
        .splice_text(&text, 0, 0, "The first sentence. ")
        .expect("an empty text takes words");
    transaction.commit();
    document
}

/// The words of a document that came from [`first_draft`].
pub fn text(document: &Automerge) -> String {
    let (_, text) = document
        .get(ROOT, "text")
        .expect("readable")
        .expect("the first draft has it");
    document.text(&text).expect("it is a text")
}

/// Inserts or deletes at some place. `None` while the document has not arrived.
pub fn splice(
    document: &mut Automerge,
    place: usize,
    delete: bool,
    words: &str,
) -> Option<ChangeHash> {
    let (_, text) = document.get(ROOT, "text").expect("readable")?;
    let length = document.length(&text);
    let at = place % (length + 1);
    let mut transaction = document.transaction();
    let delete = if delete { 5.min(length - at) } else { 0 };
    transaction
        .splice_text(&text, at, delete as isize, words)
        .expect("the place is within the text");
    transaction.commit().0
}
