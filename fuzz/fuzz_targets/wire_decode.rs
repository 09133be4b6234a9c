//! Any bytes as a frame.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| plenary_simulation::fuzzing::wire_decode(input));
