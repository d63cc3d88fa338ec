//! Values far from the rest.

use crate::{mad, median};

/// What makes the median absolute deviation an estimate of the standard deviation of normal values: 1 / quantile(3/4).
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// Where the values lie that are more than `limit` scaled MADs from the median, by place. A limit of 3 is what Leys et
/// al. advise ("Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around the
/// median", Journal of Experimental Social Psychology 49, 2013). Values that spread not at all have no outliers unless
/// one differs: then every one that differs is one.
pub fn outliers(values: &[f64], limit: f64) -> Vec<usize> {
    let (Some(centre), Some(spread)) = (median(values), mad(values)) else { return Vec::new() };
    let bound = limit * spread * MAD_TO_SIGMA;
    values.iter().enumerate().filter(|(_, value)| (**value - centre).abs() > bound).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_far_off_is_named_by_its_place() {
        for (values, expected) in [
            (&[10.0, 11.0, 9.0, 10.5, 9.5, 30.0, 10.0][..], &[5][..]),
            (&[10.0, 11.0, 9.0], &[]),
            (&[5.0, 5.0, 5.0, 5.1], &[3]),
            (&[], &[]),
        ] {
            assert_eq!(outliers(values, 3.0), expected, "{values:?}");
        }
    }
}
