//! Any bytes as a stored document.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| plenary_simulation::fuzzing::document_load(input));
