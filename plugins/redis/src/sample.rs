//! How large a database is, by the sizes of some of its keys.
//!
//! The estimate is the mean size of the sampled keys times the number of keys. Its error is half of the 95 % confidence interval by the
//! estimate: 1.96 times the standard error of a mean of a simple random sample without replacement, `s/√n·√(1 - n/N)`, by the
//! mean (W. G. Cochran, Sampling Techniques, 3rd edition, 1977, sections 2.5 to 2.8, and 2.13 for the interval).
//!
//! A walk by `SCAN` is such a sample: where a key lies in the server's table depends on a keyed hash of its name (SipHash, with a key that is
//! drawn at each start), and not on its size, so any stretch of the walk is as good as a draw.
//!
//! What it cannot see are keys that are rarer than the sample is large, such as the one huge list among a million small
//! strings. All databases together are to be held against the server's own `redis_memory_dataset_bytes`.

/// The quantile of the normal distribution that leaves 2.5 % on each side.
const Z: f64 = 1.96;
/// So many sizes have to be there until their spread means anything.
const LEAST: f64 = 30.0;

/// Sizes of keys, summed as they come (B. P. Welford, Note on a method for calculating corrected sums of squares and products,
/// Technometrics 4, 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) count: f64,
    mean: f64,
    /// Sum of squares of the distances from the mean.
    spread: f64,
    pub(crate) largest: f64,
    /// Whether every key was looked at.
    pub(crate) is_whole: bool,
}

/// How much memory a database takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) bytes: f64,
    /// Half of the 95 % confidence interval by `bytes`.
    pub(crate) error: f64,
}

impl Sample {
    pub(crate) fn add(&mut self, bytes: f64) {
        self.count += 1.0;
        let distance = bytes - self.mean;
        self.mean += distance / self.count;
        self.spread += distance * (bytes - self.mean);
        self.largest = self.largest.max(bytes);
    }

    /// Of a database that has so many keys; `None` while too few are known.
    pub(crate) fn estimate(&self, keys: f64) -> Option<Estimate> {
        if self.count < 1.0 || (self.count < LEAST && !self.is_whole) {
            return None;
        }
        let bytes = (self.mean * keys).round();
        if self.is_whole {
            return Some(Estimate { bytes, error: 0.0 });
        }
        let variance = self.spread / (self.count - 1.0).max(1.0);
        let unseen = (1.0 - self.count / keys.max(self.count)).max(0.0);
        let error = Z * (variance / self.count * unseen).sqrt() / self.mean;
        Some(Estimate { bytes, error: if error.is_finite() { error } else { 0.0 } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(sizes: impl IntoIterator<Item = f64>) -> Sample {
        let mut sample = Sample::default();
        sizes.into_iter().for_each(|size| sample.add(size));
        sample
    }

    #[test]
    fn the_error_is_that_of_the_textbook() {
        // Cochran's formula by hand: sizes 1 to 100 have the mean 50.5 and the variance 841.6667; of 10,000 keys.
        let of_ten_thousand = sample((1..=100).map(f64::from)).estimate(10_000.0).unwrap();
        assert_eq!(of_ten_thousand.bytes, 505_000.0);
        let by_hand = 1.96 * (841.666_666_7_f64 / 100.0 * 0.99).sqrt() / 50.5;
        assert!((of_ten_thousand.error - by_hand).abs() < 1e-9, "{of_ten_thousand:?}, {by_hand}");
    }

    #[test]
    fn too_few_are_no_estimate_all_of_them_are_exact_and_equal_ones_have_no_error() {
        assert_eq!(sample([]).estimate(5.0), None);
        assert_eq!(sample([50.0; 29]).estimate(1_000.0), None);
        assert_eq!(sample([50.0; 30]).estimate(1_000.0), Some(Estimate { bytes: 50_000.0, error: 0.0 }));
        let whole = Sample { is_whole: true, ..sample([10.0, 90.0]) };
        assert_eq!(whole.estimate(2.0), Some(Estimate { bytes: 100.0, error: 0.0 }));
        // More were seen than there are now.
        assert_eq!(sample((0..40).map(f64::from)).estimate(20.0).map(|estimate| estimate.error), Some(0.0));
        assert_eq!(sample([0.0; 30]).estimate(30.0), Some(Estimate { bytes: 0.0, error: 0.0 }));
    }

    /// Of many databases whose sizes are known, the interval holds the truth about as often as it says.
    #[test]
    fn nineteen_of_twenty_intervals_hold_the_truth() {
        let mut state = 88_172_645_463_325_252_u64;
        // Xorshift (G. Marsaglia, 2003): the same numbers each time.
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut held = 0;
        for _ in 0..1_000 {
            let keys: Vec<f64> = (0..5_000).map(|_| 50.0 - 100.0 * (1.0 - random()).ln()).collect();
            // In random order already, so a stretch is a sample.
            let estimate = sample(keys[..300].iter().copied()).estimate(5_000.0).unwrap();
            let truth: f64 = keys.iter().sum();
            held += u32::from((estimate.bytes - truth).abs() <= estimate.error * estimate.bytes);
        }
        assert!((930..=970).contains(&held), "{held} of 1000");
    }
}
