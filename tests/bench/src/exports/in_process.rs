//! The libraries in this process.

use std::hint::black_box;
use std::time::Instant;

use super::Tool;
use super::render::render;
use crate::stats::Times;

/// Names of the tools that are libraries, ours first.
const LIBRARIES: [&str; 3] = ["plenary", "pulldown-cmark", "comrak"];

/// Times every library on one text.
pub fn measure(source: &str, rounds: usize) -> Vec<Tool> {
    let mut samples = LIBRARIES.map(|_| Vec::with_capacity(rounds));
    // The first round warms caches and the allocator, and does not count.
    for round in 0..=rounds {
        for (name, samples) in LIBRARIES.iter().zip(&mut samples) {
            let begun = Instant::now();
            let html = render(name, black_box(source));
            let taken = begun.elapsed().as_secs_f64() * 1e3;
            drop(black_box(html));
            if round > 0 {
                samples.push(taken);
            }
        }
    }
    LIBRARIES
        .iter()
        .zip(samples)
        .map(|(name, samples)| Tool {
            name: (*name).to_owned(),
            in_process: Some(Times::new(samples).percentile(0.5)),
            process: None,
            peak_heap: None,
        })
        .collect()
}
