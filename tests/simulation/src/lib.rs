//! Many peers and a relay on the pure state machines, over transports that fail, from seeds.
//!
//! Every run is decided by its seed. While it runs, each frame that leaves the relay is checked:
//! it must speak of what the disk holds and of nothing else. Then the faults end, and all copies
//! must become equal, with everything that was ever typed on the disk or in quarantine.

pub mod disk;
pub mod draft_table;
pub mod fuzzing;
pub mod hostile;
pub mod native;
pub mod relay;
pub mod stock;
pub mod table;
pub mod words;
pub mod world;
