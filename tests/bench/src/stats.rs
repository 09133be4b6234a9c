//! Percentiles.

/// Times in milliseconds, sorted.
pub struct Times(Vec<f64>);

impl Times {
    /// Takes samples in any order.
    pub fn new(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }

    /// The value that `share` (0 to 1) of the samples do not exceed (nearest rank); 0 without samples.
    pub fn percentile(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.max(1) - 1).copied().unwrap_or(0.0)
    }

    /// The samples, to be merged with others.
    pub fn into_samples(self) -> Vec<f64> {
        self.0
    }

    /// The largest one; 0 without samples.
    pub fn worst(&self) -> f64 {
        self.0.last().copied().unwrap_or(0.0)
    }
}

/// The middle of some figures; the mean of the two middle ones of an even number, 0 of none.
pub fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let upper = figures.len() / 2;
    match figures.get(upper) {
        None => 0.0,
        Some(middle) if figures.len() % 2 == 1 => *middle,
        Some(middle) => f64::midpoint(figures[upper - 1], *middle),
    }
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn ranks_are_the_nearest() {
        let times = Times::new((1..=100).rev().map(f64::from).collect());
        assert_eq!(
            (times.percentile(0.5), times.percentile(0.99), times.worst()),
            (50.0, 99.0, 100.0)
        );
        assert_eq!(Times::new(Vec::new()).percentile(0.5), 0.0);
    }
}
