//! Inputs that fuzzing once found, replayed on stable Rust: fuzz/crashers/wire_decode holds one
//! file for each. Targets of other crates replay theirs in their own tests.

use std::fs;

use plenary_protocol::limits::Limits;
use plenary_protocol::wire;

use crate::root;

#[test]
fn kept_inputs_do_no_harm() {
    let folder = root().join("fuzz/crashers/wire_decode");
    let mut replayed = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let frame = fs::read(&path).unwrap();
        if let Ok(message) = wire::decode(&frame, &Limits::default()) {
            let again = wire::decode(&wire::encode(&message), &Limits::default());
            assert_eq!(again, Ok(message), "{}", path.display());
        }
        replayed += 1;
    }
    assert!(replayed > 0, "{} is empty", folder.display());
}
