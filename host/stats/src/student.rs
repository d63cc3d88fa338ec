//! Student's t distribution (Student, "The probable error of a mean", Biometrika 6, 1908).

/// The probability that a t value of `freedom` degrees is at most `t`, by the regularized incomplete beta function.
pub fn student_cdf(t: f64, freedom: f64) -> Option<f64> {
    if !t.is_finite() || !freedom.is_finite() || freedom <= 0.0 {
        return None;
    }
    let tail = 0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t));
    Some(if t > 0.0 { 1.0 - tail } else { tail })
}

/// The t value of `freedom` degrees that is not exceeded with `probability`: bisection of [`student_cdf`].
pub fn student_quantile(probability: f64, freedom: f64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0) {
        return None;
    }
    let (mut low, mut high) = (-1.0, 1.0);
    while student_cdf(low, freedom)? > probability && low > -1e300 {
        low *= 2.0;
    }
    while student_cdf(high, freedom)? < probability && high < 1e300 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if student_cdf(middle, freedom)? < probability { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

/// I_x(a, b) by its continued fraction, evaluated as Lentz does (Press et al., "Numerical Recipes", 3rd edition, 6.4;
/// DLMF 8.17.22).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges quickly on one side of the mean only; the other follows by symmetry.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in (1..=300).map(f64::from) {
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + numerator * d);
            c = away(1.0 + numerator / c);
            result *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

/// Lanczos' approximation with g = 7 and nine terms (Lanczos, "A Precision Approximation of the Gamma Function", SIAM
/// J. Numer. Anal. 1, 1964); arguments here are 1/2 and above.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let base = x + 7.5;
    let series = TERMS
        .iter()
        .enumerate()
        .fold(0.999_999_999_999_809_9, |total, (place, term)| total + term / (x + place as f64 + 1.0));
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + series.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (probability, freedom, expected) in [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 2.0, 4.302_652_730),
            (0.975, 9.0, 2.262_157_163),
            (0.995, 30.0, 2.749_995_654),
            (0.025, 9.0, -2.262_157_163),
            (0.5, 4.0, 0.0),
            (0.975, 1e6, 1.959_966_359),
        ] {
            let found = student_quantile(probability, freedom).unwrap();
            assert!((found - expected).abs() < 1e-6, "{probability} of {freedom}: {found}");
        }
        assert_eq!(student_quantile(1.0, 5.0), None);
        assert_eq!(student_quantile(0.9, 0.0), None);
        assert_eq!(student_cdf(f64::NAN, 5.0), None);
    }

    proptest! {
        #[test]
        fn the_distribution_is_symmetric_and_the_quantile_undoes_it(t in -20.0..20.0_f64, freedom in 1.0..200.0_f64) {
            let (below, above) = (student_cdf(t, freedom).unwrap(), student_cdf(-t, freedom).unwrap());
            prop_assert!((below + above - 1.0).abs() < 1e-10);
            if below > 1e-6 && below < 1.0 - 1e-6 {
                prop_assert!((student_quantile(below, freedom).unwrap() - t).abs() < 1e-4);
            }
        }
    }
}
