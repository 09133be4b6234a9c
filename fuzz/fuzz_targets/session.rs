//! Any frames of a hostile peer leave the room whole and an honest peer's words arriving.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| plenary_simulation::hostile::attack(input));
