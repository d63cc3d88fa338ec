//! Statistics of measurements: what is typical, how it spreads, how sure one can be, and whether two sets differ.
//!
//! Whoever measures, compares or forecasts uses this crate. It knows numbers only: not what a series is called, not
//! where a value came from, no time, no I/O, and no randomness but what a seed gives.
//!
//! Every function names its source. All take finite numbers in any order and answer `None` where there is no answer
//! (too few values, a value that is not finite), never NaN.

mod bootstrap;
mod interval;
mod mann_whitney;
mod normal;
mod outliers;
mod percentile;
mod random;
mod student;
mod summary;

pub use bootstrap::bootstrap;
pub use interval::{Interval, mean_interval, median_interval};
pub use mann_whitney::{MannWhitney, mann_whitney};
pub use normal::{normal_cdf, normal_quantile};
pub use outliers::{MAD_TO_SIGMA, outliers};
pub use percentile::{median, percentile, percentile_sorted};
pub use random::Random;
pub use student::{student_cdf, student_quantile};
pub use summary::{coefficient_of_variation, geometric_mean, mad, mean, standard_deviation};

/// A sorted copy, or `None` when it is empty or holds a value that is not finite.
fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}
