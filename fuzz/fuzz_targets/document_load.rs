//! Any bytes are either refused or a document that saves and loads again, and that all readers of
//! the draft read without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plenary_draft::{Discussion, LoadLimits, Record, Text, load_document};

fuzz_target!(|bytes: &[u8]| {
    let limits = LoadLimits::default();
    let Ok(document) = load_document(bytes, &limits) else { return };
    let _ = (Record::read(&document), Discussion::read(&document));
    let text = Text::read(&document);
    let _ = (text.markdown(), text.outline(), text.word_count());
    assert!(load_document(&document.save(), &limits).is_ok());
});
