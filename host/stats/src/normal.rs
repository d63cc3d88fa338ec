//! The normal distribution.

/// The probability that a standard normal value is at most `z`. By `erfc` as a continued fraction and a series
/// (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.10 and 26.2.14); error below 1e-12.
pub fn normal_cdf(z: f64) -> f64 {
    let size = z.abs();
    let density = (-0.5 * size * size).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let upper = if size > 38.0 {
        0.0
    } else if size > 3.0 {
        density / (1..=120).rev().fold(size, |tail, k| size + f64::from(k) / tail)
    } else {
        let mut term = size;
        let mut total = size;
        for k in 1..120 {
            term *= size * size / f64::from(2 * k + 1);
            total += term;
        }
        0.5 - density * total
    };
    if z > 0.0 { 1.0 - upper } else { upper }
}

/// The standard normal value that is not exceeded with `probability` (between 0 and 1, both excluded): Acklam's
/// rational approximation ("An algorithm for computing the inverse normal cumulative distribution function", 2003)
/// with one step of Halley's method, which leaves an error near that of [`normal_cdf`].
pub fn normal_quantile(probability: f64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0) {
        return None;
    }
    const TAIL: f64 = 0.024_25;
    let start = if probability < TAIL {
        tail((-2.0 * probability.ln()).sqrt())
    } else if probability > 1.0 - TAIL {
        -tail((-2.0 * (1.0 - probability).ln()).sqrt())
    } else {
        middle(probability - 0.5)
    };
    let error = normal_cdf(start) - probability;
    let step = error * (2.0 * std::f64::consts::PI).sqrt() * (start * start / 2.0).exp();
    Some(start - step / (1.0 + start * step / 2.0))
}

fn tail(q: f64) -> f64 {
    let above = polynomial(
        q,
        &[
            -7.784_894_002_430_293e-3,
            -3.223_964_580_411_365e-1,
            -2.400_758_277_161_838,
            -2.549_732_539_343_734,
            4.374_664_141_464_968,
            2.938_163_982_698_783,
        ],
    );
    let below = polynomial(
        q,
        &[7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0],
    );
    above / below
}

fn middle(q: f64) -> f64 {
    let r = q * q;
    let above = polynomial(
        r,
        &[
            -3.969_683_028_665_376e1,
            2.209_460_984_245_205e2,
            -2.759_285_104_469_687e2,
            1.383_577_518_672_69e2,
            -3.066_479_806_614_716e1,
            2.506_628_277_459_239,
        ],
    );
    let below = polynomial(
        r,
        &[
            -5.447_609_879_822_406e1,
            1.615_858_368_580_409e2,
            -1.556_989_798_598_866e2,
            6.680_131_188_771_972e1,
            -1.328_068_155_288_572e1,
            1.0,
        ],
    );
    q * above / below
}

fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |total, coefficient| total * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_distribution_has_the_values_of_the_tables() {
        for (z, expected) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (1.959_963_984_540_054, 0.975),
            (-2.575_829_303_548_901, 0.005),
            (4.0, 0.999_968_328_758_167),
            (-6.0, 9.865_876_450_376_98e-10),
        ] {
            assert!((normal_cdf(z) - expected).abs() < 1e-12, "{z}: {}", normal_cdf(z));
            assert!((normal_quantile(expected).unwrap() - z).abs() < 1e-6, "{expected}");
        }
        assert_eq!(normal_quantile(0.0), None);
        assert_eq!(normal_quantile(1.0), None);
        assert_eq!(normal_quantile(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn the_quantile_undoes_the_distribution(probability in 1e-6..0.999_999_f64) {
            prop_assert!((normal_cdf(normal_quantile(probability).unwrap()) - probability).abs() < 1e-10);
        }
    }
}
