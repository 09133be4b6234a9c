//! Random numbers from the operating system.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// The operating system gave no random numbers.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the operating system gave no random numbers: {0}")]
pub struct NoRandomness(String);

/// Draws `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
    Ok(bytes)
}

/// A generator with a fresh seed, for the pure crates.
pub(crate) fn generator() -> Result<ChaCha20Rng, NoRandomness> {
    Ok(ChaCha20Rng::from_seed(bytes()?))
}
