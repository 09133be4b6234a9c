//! Any bytes are either refused or a message that encodes to itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plenary_protocol::limits::Limits;
use plenary_protocol::wire;

fuzz_target!(|frame: &[u8]| {
    let limits = Limits::default();
    if let Ok(message) = wire::decode(frame, &limits) {
        let again = wire::decode(&wire::encode(&message), &limits);
        assert_eq!(again, Ok(message));
    }
});
