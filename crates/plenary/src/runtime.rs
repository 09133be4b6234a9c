//! The threads that a command runs on, and how a service that stays up for months treats memory.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Threads for work that blocks, beside one for each processor: storage bounds its own readers and
/// the rooms their workers, so what waits here waits for a thread that is soon free. Each thread
/// keeps memory of its own, and tokio would start up to 512 of them when a crowd joins.
const BLOCKING: usize = 6;

/// For a command that ends.
pub fn of_a_command() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// For the relay: many small rooms, so memory in small pages and few threads.
pub fn of_a_service() -> io::Result<Runtime> {
    small_pages();
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(processors + BLOCKING)
        .build()
}

/// Memory comes in pages of 4 KiB: the allocator asks for pages of 2 MiB, each thread its own, and a
/// single small room in one of them keeps all of it.
fn small_pages() {
    // A system that refuses only uses more memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
