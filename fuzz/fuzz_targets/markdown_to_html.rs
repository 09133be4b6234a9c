//! Any bytes as the Markdown of a report.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| plenary_simulation::fuzzing::markdown_to_html(input));
