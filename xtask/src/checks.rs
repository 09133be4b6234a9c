//! The house rules that no other tool checks. Each gives every breach at once, with its place.

pub mod dependencies;
pub mod file_length;
pub mod machine_paths;
pub mod paths;
pub mod purity;

use anyhow::{Result, bail};

use crate::report::Counts;

/// One passed check, or all the breaches as one error.
fn verdict(breaches: &[String], advice: &str) -> Result<Counts> {
    if breaches.is_empty() {
        return Ok(Counts::one());
    }
    bail!("{advice}\n  {}", breaches.join("\n  "))
}
