//! The clock and the random source, in the one place where this crate touches them.

use std::time::{SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// The present time in milliseconds since the Unix epoch.
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

/// A random source seeded by the operating system.
///
/// # Errors
///
/// When the operating system has no randomness to give: nothing that names things may go on then.
pub fn fresh_rng() -> Result<ChaCha20Rng, std::io::Error> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(ChaCha20Rng::from_seed(seed))
}

/// Draws `bytes` random bytes and writes them in lower-case hexadecimal.
pub fn random_text(rng: &mut impl Rng, bytes: usize) -> String {
    let mut drawn = vec![0_u8; bytes];
    rng.fill_bytes(&mut drawn);
    drawn.iter().map(|byte| format!("{byte:02x}")).collect()
}
