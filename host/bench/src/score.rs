//! Scores and grades. The formula is in `docs/benchmarks.md`; change both.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::result::rounded;
use crate::{Better, Component, ComponentScore, TestResult};

/// How good a score is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the bounds are in the table below")]
pub enum Grade {
    D,
    C,
    B,
    A,
    #[serde(rename = "A+")]
    APlus,
}

impl Grade {
    /// Each grade with the lowest score that earns it.
    pub const BOUNDS: [(Self, f64); 5] =
        [(Self::APlus, 95.0), (Self::A, 85.0), (Self::B, 70.0), (Self::C, 50.0), (Self::D, 0.0)];

    /// The grade of a score.
    pub fn of(score: f64) -> Self {
        // Judged as it is shown, with one digit: 94.96 is printed as 95.0 and must not be an A beside it.
        let shown = (score * 10.0).round() / 10.0;
        Self::BOUNDS.into_iter().find(|(_, bound)| shown >= *bound).map_or(Self::D, |(grade, _)| grade)
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::APlus => "A+",
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        })
    }
}

/// The score of a value: the part of its target that it reaches, 100 at most. `None` where a ratio has no meaning.
pub fn score(value: f64, target: f64, better: Better) -> Option<f64> {
    if !(value > 0.0 && target > 0.0 && value.is_finite() && target.is_finite()) {
        return None;
    }
    let ratio = match better {
        Better::Higher => value / target,
        Better::Lower => target / value,
    };
    Some(100.0 * ratio.min(1.0))
}

/// Each component that has results: the geometric mean of its tests' scores.
pub fn component_scores(results: &[TestResult]) -> Vec<ComponentScore> {
    let mut components: Vec<Component> = results.iter().map(|result| result.component).collect();
    components.sort_unstable();
    components.dedup();
    components
        .into_iter()
        .map(|component| {
            let of: Vec<&TestResult> = results.iter().filter(|result| result.component == component).collect();
            let scores: Vec<f64> = of.iter().filter_map(|result| result.score()).collect();
            let score = autobot_stats::geometric_mean(&scores).map(rounded);
            ComponentScore { component, score, grade: score.map(Grade::of), scored: scores.len(), tests: of.len() }
        })
        .collect()
}

/// The geometric mean of the components' scores: each counts the same, however many tests it has.
pub fn overall_score(components: &[ComponentScore]) -> Option<f64> {
    let scores: Vec<f64> = components.iter().filter_map(|component| component.score).collect();
    autobot_stats::geometric_mean(&scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_part_of_the_target_that_is_reached() {
        for (value, target, better, expected) in [
            (500.0, 500.0, Better::Higher, Some(100.0)),
            (250.0, 500.0, Better::Higher, Some(50.0)),
            (9_000.0, 500.0, Better::Higher, Some(100.0)),
            (2.0, 1.0, Better::Lower, Some(50.0)),
            (0.5, 1.0, Better::Lower, Some(100.0)),
            (0.0, 1.0, Better::Higher, None),
            (1.0, 0.0, Better::Lower, None),
            (f64::NAN, 1.0, Better::Higher, None),
            (f64::INFINITY, 1.0, Better::Higher, None),
        ] {
            assert_eq!(score(value, target, better), expected, "{value} of {target}, {better:?}");
        }
    }

    #[test]
    fn grades_have_these_bounds() {
        for (score, grade) in [
            (100.0, "A+"),
            (94.96, "A+"),
            (94.9, "A"),
            (85.0, "A"),
            (84.9, "B"),
            (70.0, "B"),
            (69.9, "C"),
            (50.0, "C"),
            (49.9, "D"),
            (0.0, "D"),
        ] {
            assert_eq!(Grade::of(score).to_string(), grade, "{score}");
        }
    }

    #[test]
    fn a_grade_is_written_as_people_write_it() {
        assert_eq!(serde_json::to_string(&Grade::APlus).unwrap(), "\"A+\"");
        assert!(Grade::APlus > Grade::A && Grade::A > Grade::D);
    }
}
