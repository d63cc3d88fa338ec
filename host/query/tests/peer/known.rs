//! Where our answers may differ from those of Prometheus 2.42: it changed since, or we chose to. Each is said of the least part of a
//! query that is answered in two ways, and as narrowly as it can be. `docs/promql.md` has the same list for people.

use std::collections::BTreeMap;

use autobot_query::{BinaryOp, Expr, ExprKind, SUBQUERY_STEP};

use crate::compare::{Answer, differ, near, pairs};
use crate::parts_of;
use crate::queries::When;
use crate::report::Difference;
use crate::words::WITHOUT_ARGUMENT;

/// A difference that is no mistake.
struct Known {
    /// What differs, and since when or why.
    reason: &'static str,
    /// Whether it explains that this part is answered so.
    explains: fn(&Expr, &Difference) -> bool,
}

const KNOWN: &[Known] = &[
    Known {
        reason: "`atan2` drops the metric's name since 2.47, as the other operators do",
        explains: |part, difference| {
            matches!(part.kind, ExprKind::Binary { op: BinaryOp::Atan2, .. }) && same_but_for_names(difference)
        },
    },
    Known {
        reason: "`rate` and `increase` of a counter that began within the window reach back half an interval at most, since 2.52 \
                 also where it began near zero",
        // 2.42 reached back by up to 1.1 intervals instead of half of one, at least one interval being in the window.
        explains: |part, difference| {
            calls(part, &["rate", "increase"])
                && points(difference, |ours, theirs| {
                    near(ours, theirs) || (ours > 0.0 && theirs > ours && theirs < ours * 1.4 + 1e-9)
                })
        },
    },
    Known {
        reason: "`stddev` and `stdvar` of one infinity or NaN are NaN since 3.0; they were 0",
        explains: |part, difference| {
            matches!(&part.kind, ExprKind::Aggregate { op, .. } if op == "stddev" || op == "stdvar")
                && points(difference, |ours, theirs| near(ours, theirs) || (ours.is_nan() && theirs == 0.0))
        },
    },
    Known {
        reason: "any text is a label's name since 3.0; `label_replace` and `count_values` refused `no-label` before",
        explains: |part, difference| {
            let sets_labels = calls(part, &["label_replace", "label_join"])
                || matches!(&part.kind, ExprKind::Aggregate { op, .. } if op == "count_values");
            let refused = matches!(&difference.theirs, Answer::Error { message, .. } if message.contains("label name"));
            sets_labels && refused && difference.query.text.contains("\"no-label\"")
        },
    },
    Known {
        reason: "a window fixed by `@` stands still at all steps since 2.50, also in `predict_linear` and where a parameter changes",
        explains: |part, difference| {
            matches!(difference.query.when, When::Range { .. })
                && calls(part, &["predict_linear", "quantile_over_time", "double_exponential_smoothing"])
                && window_is_fixed(part)
                && same_at_first(difference)
        },
    },
    Known {
        reason: "a parameter of an aggregation is another at each step also where `@` fixes what is aggregated; Prometheus takes the \
                 first one for all",
        explains: |part, difference| {
            // A later parameter may be one that is refused.
            let refused = matches!(&difference.ours, Answer::Error { message, .. } if message.contains("is NaN"));
            matches!(&part.kind, ExprKind::Aggregate { parameter: Some(_), expr, .. } if is_fixed(expr))
                && (refused || same_at_first(difference))
        },
    },
    Known {
        reason: "a comparison that drops one of two matches refuses them nonetheless since 3.9, not only when both pass",
        explains: |part, difference| {
            matches!(&part.kind, ExprKind::Binary { op, returns_bool: false, .. } if op.is_comparison())
                && matches!(&difference.ours, Answer::Error { message, .. } if message.starts_with("several series"))
        },
    },
    Known {
        reason: "`count_values` writes all digits of a number into a label, and the last ones depend on the order of additions and on \
                 the library of functions like `tan`",
        explains: |part, difference| {
            matches!(&part.kind, ExprKind::Aggregate { op, .. } if op == "count_values")
                && same_but_for_last_digits_of_labels(difference)
        },
    },
    Known {
        reason: "the spread of great numbers that hardly differ, such as times, keeps few digits, and another few with another order \
                 of additions",
        explains: |part, difference| {
            // Anywhere within: Prometheus itself adds up in another order from one time to the next, so that the part alone may agree.
            spreads(part)
                && points(difference, |ours, theirs| (ours - theirs).abs() <= 1e-6 * ours.abs().max(theirs.abs()))
        },
    },
    Known {
        reason: "a sum that overflows to an infinity stays one since 2.54; its correction made it NaN",
        explains: |part, difference| {
            calls(part, &["stddev_over_time", "stdvar_over_time", "sum_over_time", "avg_over_time"])
                && points(difference, |ours, theirs| near(ours, theirs) || (ours.is_infinite() && theirs.is_nan()))
        },
    },
    Known {
        reason: "beside 1e300 what is added counts or vanishes with the order of additions",
        explains: |part, difference| {
            calls(part, &["rate", "increase"])
                && difference.query.text.contains("weird")
                && points(difference, |ours, theirs| near(ours, theirs) || (ours.is_finite() && theirs.is_finite()))
        },
    },
    Known {
        reason: "`offset 0s` is allowed since durations are numbers (2.54)",
        explains: |_, difference| {
            let refused =
                matches!(&difference.theirs, Answer::Error { message, .. } if message.contains("greater than 0"));
            refused && difference.query.text.ends_with("offset 0s")
        },
    },
    Known {
        reason: "a `topk` of less than one series is empty since 3.0, however much less; 2.42 refused what is no integer",
        explains: |_, difference| {
            difference.ours.is_empty()
                && matches!(&difference.theirs, Answer::Error { message, .. } if message.contains("overflows int64"))
        },
    },
    Known {
        reason: "an `offset` beside an `@` counts within `timestamp` too; Prometheus forgets it there",
        explains: |part, difference| {
            let ExprKind::Call { arguments, .. } = &part.kind else { return false };
            let shifted = matches!(arguments.first().map(|first| &first.kind), Some(ExprKind::Selector(selector))
                if selector.shift.at.is_some() && selector.shift.offset != 0);
            // Within the shift the times, and whether there are any, are others.
            calls(part, &["timestamp"]) && shifted && !matches!(difference.theirs, Answer::Error { .. })
        },
    },
    Known {
        reason: "`sinh` and `cosh` of 709.8 to 710.5 are still numbers; Go's overflow halfway",
        explains: |part, difference| {
            calls(part, &["sinh", "cosh"])
                && points(difference, |ours, theirs| near(ours, theirs) || (ours.abs() > 8e307 && theirs.is_infinite()))
        },
    },
    Known {
        reason: "the operands agree to nine digits, not to the last bit, and the operation is steep or has steps there: a cosine of \
                 1e20, a comparison of equals",
        explains: |part, difference| (difference.inexact || spreads(part)) && is_steep(part),
    },
    Known {
        reason: "a subquery that meets no multiple of its step has no samples; Prometheus takes the next multiple if `@` fixes all within",
        explains: |part, _| {
            let mut parts = Vec::new();
            parts_of(part, &mut parts);
            parts.into_iter().any(|part| match &part.kind {
                ExprKind::Subquery { expr, range, step, .. } => {
                    is_fixed(expr) && *range < step.unwrap_or(SUBQUERY_STEP)
                }
                _ => false,
            })
        },
    },
    Known {
        reason: "dates of what is no time (NaN, infinities) are NaN with us; Prometheus leaves them to Go's conversion to integers, \
                 which is another on each processor",
        explains: |part, difference| {
            calls(part, WITHOUT_ARGUMENT) && points(difference, |ours, theirs| near(ours, theirs) || ours.is_nan())
        },
    },
];

/// Metrics' names by Prometheus' grammar, which are nearly always mistakes.
const RESERVED: &[&str] = &["and", "or", "unless", "by", "without", "offset", ":"];

/// What explains a difference, if anything does.
pub(crate) fn reason(difference: &Difference) -> Option<&'static str> {
    let text = &*difference.query.text;
    let Some(part) = difference.part() else {
        return RESERVED.contains(&text).then_some("a metric called like a keyword is written `{\"by\"}` with us");
    };
    KNOWN.iter().find(|known| (known.explains)(&part, difference)).map(|known| known.reason)
}

fn calls(part: &Expr, names: &[&str]) -> bool {
    matches!(&part.kind, ExprKind::Call { function, .. } if names.contains(&&**function))
}

/// Whether a standard deviation or variance is anywhere within.
fn spreads(part: &Expr) -> bool {
    let mut parts = Vec::new();
    parts_of(part, &mut parts);
    parts.into_iter().any(|part| {
        matches!(&part.kind, ExprKind::Aggregate { op, .. } if op == "stddev" || op == "stdvar")
            || calls(part, &["stddev_over_time", "stdvar_over_time"])
    })
}

fn window_is_fixed(part: &Expr) -> bool {
    let ExprKind::Call { arguments, .. } = &part.kind else { return false };
    arguments.iter().any(|argument| match &argument.kind {
        ExprKind::Selector(selector) => selector.range.is_some() && selector.shift.at.is_some(),
        ExprKind::Subquery { .. } => is_fixed(argument),
        _ => false,
    })
}

/// Whether a part is the same at every step, as all that it reads is read at a fixed moment.
fn is_fixed(part: &Expr) -> bool {
    match &part.kind {
        ExprKind::Number(_) | ExprKind::Text(_) => true,
        ExprKind::Selector(selector) => selector.shift.at.is_some(),
        ExprKind::Subquery { expr, shift, .. } => shift.at.is_some() || is_fixed(expr),
        ExprKind::Paren(expr) | ExprKind::Unary { expr, .. } | ExprKind::Aggregate { expr, .. } => is_fixed(expr),
        ExprKind::Binary { left, right, .. } => is_fixed(left) && is_fixed(right),
        ExprKind::Call { function, arguments } => {
            let tells_the_time =
                function == "time" || (arguments.is_empty() && WITHOUT_ARGUMENT.contains(&&**function));
            !tells_the_time && arguments.iter().all(is_fixed)
        }
    }
}

/// Whether the answers are the same at the first step.
fn same_at_first(difference: &Difference) -> bool {
    let When::Range { start, .. } = difference.query.when else { return false };
    let first = |answer: &Answer| {
        let mut answer = answer.clone();
        if let Answer::Series { series, .. } = &mut answer {
            series.iter_mut().for_each(|one| one.points.retain(|(at, _)| *at == start as f64));
            series.retain(|one| !one.points.is_empty());
        }
        answer
    };
    differ(&first(&difference.ours), &first(&difference.theirs), false).is_none()
}

/// Whether the answers are the same once numbers in labels are rounded to ten digits, and what is the same then is added up.
fn same_but_for_last_digits_of_labels(difference: &Difference) -> bool {
    let rounded = |answer: &Answer, nudge: f64| {
        let Answer::Series { series, .. } = answer else { return BTreeMap::new() };
        let mut sums = BTreeMap::new();
        for one in series {
            let round =
                |value: &str| value.parse().map_or(value.to_owned(), |number: f64| format!("{:.10e}", number * nudge));
            let labels: Vec<_> = one.metric.iter().map(|(name, value)| (name.clone(), round(value))).collect();
            for (at, value) in &one.points {
                *sums.entry((labels.clone(), at.to_bits())).or_insert(0.0) += value;
            }
        }
        sums
    };
    // Where the tenth digit is a tie, another one is not after a nudge.
    [1.0, 1.0 + 3e-11].into_iter().any(|nudge| {
        let (ours, theirs) = (rounded(&difference.ours, nudge), rounded(&difference.theirs, nudge));
        !ours.is_empty() && ours == theirs
    })
}

/// Whether a small change of its arguments may change an operation's result by much.
fn is_steep(part: &Expr) -> bool {
    const STEEP: &[&str] =
        &["sin", "cos", "tan", "floor", "ceil", "round", "sgn", "exp", "sinh", "cosh", "acosh", "atanh"];
    calls(part, STEEP)
        || calls(part, WITHOUT_ARGUMENT)
        || calls(part, &["changes", "resets", "rate", "increase", "irate"])
        || matches!(&part.kind, ExprKind::Binary { op, .. } if !op.is_set())
        || matches!(&part.kind, ExprKind::Aggregate { op, .. } if op == "topk" || op == "bottomk")
}

/// Whether the answers have the same series and times, and `explained` holds of each two values.
fn points(difference: &Difference, explained: impl Fn(f64, f64) -> bool) -> bool {
    pairs(&difference.ours, &difference.theirs)
        .is_some_and(|pairs| pairs.into_iter().all(|(ours, theirs)| explained(ours, theirs)))
}

fn same_but_for_names(difference: &Difference) -> bool {
    let nameless = |answer: &Answer| {
        let mut answer = answer.clone();
        if let Answer::Series { series, .. } = &mut answer {
            for one in series {
                one.metric.remove("__name__");
            }
        }
        answer
    };
    differ(&nameless(&difference.ours), &nameless(&difference.theirs), false).is_none()
}
