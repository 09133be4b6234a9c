//! Prints how many bytes one library has on the heap at most while it makes HTML of one file:
//! `plenary-bench-heap LIBRARY FILE.md`. The source itself is not counted.

use peak_alloc::PeakAlloc;

#[path = "../exports/render.rs"]
mod render;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(library), Some(path)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: plenary-bench-heap LIBRARY FILE.md");
    };
    let source = std::fs::read_to_string(path)?;
    // Whatever a library makes once and keeps is not this document's.
    drop(render::render(&library, "# Once"));
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let html = render::render(&library, &source);
    let peak = HEAP.peak_usage().saturating_sub(before);
    drop(html);
    println!("{peak}");
    Ok(())
}
