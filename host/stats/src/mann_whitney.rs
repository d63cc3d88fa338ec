//! Whether one set of values tends to be larger than another.

use crate::normal_cdf;

/// What the test found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// U of the first set: pairs in which its value is the larger one, ties counted as half.
    pub u: f64,
    /// The chance that sets of one distribution differ at least as much, both ways.
    pub p: f64,
    /// U over all pairs: the chance that a value of the first set is the larger one; one half means no difference.
    pub effect: f64,
}

/// The Mann-Whitney U test, two-sided (Mann and Whitney, "On a Test of Whether one of Two Random Variables is
/// Stochastically Larger than the Other", Annals of Mathematical Statistics 18, 1947). Exact by their recurrence where
/// nothing ties and neither set has more than 20 values, else by the normal approximation with the corrections for ties
/// and continuity (Conover, "Practical Nonparametric Statistics", 5.1).
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<MannWhitney> {
    let mut all: Vec<(f64, bool)> = Vec::with_capacity(first.len() + second.len());
    all.extend(first.iter().map(|value| (*value, true)));
    all.extend(second.iter().map(|value| (*value, false)));
    if first.is_empty() || second.is_empty() || all.iter().any(|(value, _)| !value.is_finite()) {
        return None;
    }
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as f64;
        let rank = before + (size + 1.0) / 2.0;
        ranks += rank * group.iter().filter(|(_, of_first)| *of_first).count() as f64;
        ties += size * size * size - size;
        before += size;
    }
    let (n, m) = (first.len() as f64, second.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let p = if ties == 0.0 && first.len() <= 20 && second.len() <= 20 {
        exact(u.min(n * m - u), first.len(), second.len())
    } else {
        let all = n + m;
        let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
        let distance = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
        if variance <= 0.0 { 1.0 } else { 2.0 * normal_cdf(-distance / variance.sqrt()) }
    };
    Some(MannWhitney { u, p: p.min(1.0), effect: u / (n * m) })
}

/// 2 P(U <= u): the orders of n and m values with each U counted, one value of the second set after the other.
fn exact(u: f64, n: usize, m: usize) -> f64 {
    let most = n * m;
    // ways[i][k]: orders of i values of the first set and j of the second with U = k; j grows with each round.
    let mut ways = vec![vec![0.0_f64; most + 1]; n + 1];
    for row in &mut ways {
        row[0] = 1.0;
    }
    for j in 1..=m {
        for i in 1..=n {
            // The largest value is of the first set (it beats all j of the second) or of the second set (it adds none).
            for k in (0..=most).rev() {
                let of_first = if k >= j { ways[i - 1][k - j] } else { 0.0 };
                ways[i][k] += of_first;
            }
        }
    }
    let total: f64 = ways[n].iter().sum();
    let below: f64 = ways[n].iter().take(u as usize + 1).sum();
    2.0 * below / total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use proptest::prelude::*;

    #[test]
    fn small_sets_have_the_exact_chances_of_the_tables() {
        // As R's wilcox.test answers.
        for (first, second, u, p) in [
            (&[1.0, 2.0, 3.0][..], &[4.0, 5.0, 6.0][..], 0.0, 0.1),
            (&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], 0.0, 2.0 / 70.0),
            (&[1.0, 4.0], &[2.0, 3.0], 2.0, 1.0),
            (
                &[0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
                &[1.15, 0.88, 0.90, 0.74, 1.21],
                35.0,
                0.254_412_254_4,
            ),
        ] {
            let found = mann_whitney(first, second).unwrap();
            assert_eq!(found.u, u);
            assert!((found.p - p).abs() < 1e-9, "{first:?} {second:?}: {found:?}");
        }
        assert_eq!(mann_whitney(&[], &[1.0]), None);
        assert_eq!(mann_whitney(&[f64::NAN], &[1.0]), None);
    }

    #[test]
    fn sets_that_only_tie_do_not_differ() {
        let found = mann_whitney(&[1.0; 5], &[1.0; 7]).unwrap();
        assert_eq!((found.p, found.effect), (1.0, 0.5));
    }

    #[test]
    fn of_sets_of_one_distribution_one_in_twenty_seems_to_differ() {
        let mut random = Random::new(3);
        for size in [12, 40] {
            let mut draw = || (0..size).map(|_| random.bits() as f64).collect::<Vec<_>>();
            let false_alarms = (0..2_000).filter(|_| mann_whitney(&draw(), &draw()).unwrap().p < 0.05).count();
            assert!((60..=140).contains(&false_alarms), "{false_alarms} of 2000 with {size} values");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_sets_only_turns_the_effect(
            first in prop::collection::vec(0..50_i32, 1..30), second in prop::collection::vec(0..50_i32, 1..30),
        ) {
            let first: Vec<f64> = first.into_iter().map(f64::from).collect();
            let second: Vec<f64> = second.into_iter().map(f64::from).collect();
            let (one, other) = (mann_whitney(&first, &second).unwrap(), mann_whitney(&second, &first).unwrap());
            prop_assert!((one.p - other.p).abs() < 1e-9 && (0.0..=1.0).contains(&one.p));
            prop_assert!((one.effect + other.effect - 1.0).abs() < 1e-9);
        }
    }
}
