//! What queries are put together from: all that Prometheus 2.42 and 3 both know.

pub(crate) const OPERATORS: &[&str] = &["+", "-", "*", "/", "%", "^", "atan2"];
pub(crate) const COMPARISONS: &[&str] = &["==", "!=", ">", "<", ">=", "<="];

/// Aggregations without a parameter.
pub(crate) const OVER_ALL: &[&str] = &["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"];

/// Functions of one number per series.
pub(crate) const MATHS: &[&str] = &[
    "abs", "ceil", "floor", "round", "exp", "ln", "log2", "log10", "sqrt", "sgn", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad",
];

/// Functions of dates, which take the time of the evaluation if they are given nothing.
pub(crate) const WITHOUT_ARGUMENT: &[&str] =
    &["minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"];

/// Functions of a window and nothing else.
pub(crate) const OF_A_WINDOW: &[&str] = &[
    "rate",
    "rate",
    "increase",
    "increase",
    "irate",
    "delta",
    "idelta",
    "deriv",
    "changes",
    "resets",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "last_over_time",
    "present_over_time",
    "absent_over_time",
];

pub(crate) const DURATIONS: &[&str] = &["20s", "45s", "1m", "2m", "5m", "7m30s", "15m", "1h"];
pub(crate) const OFFSETS: &[&str] = &["20s", "1m", "5m", "10m", "1h", "-1m", "-20s", "-10m"];
/// Never a multiple of ten seconds.
pub(crate) const SUBQUERIES: &[&str] = &["47s", "2m7s", "5m17s", "10m37s", "30m7s"];

pub(crate) const NUMBERS: &[&str] =
    &["0", "1", "2", "-3", "0.5", "10", "1e3", "1e-3", "0x1f", "Inf", "-Inf", "NaN", "33.3", "200", "1.7e9"];

pub(crate) const LABELS: &[&str] = &[
    "host", "host", "host", "dc", "code", "method", "sensor", "kind", "part", "job", "le", "version", "nope",
    "__name__",
];

/// Scalars that change from step to step.
pub(crate) const CHANGING: &[&str] =
    &["(time() % 7)", "scalar(up{host=\"a\", job=\"web\"})", "scalar(constant{host=\"c\"})", "(time() % 100 / 100)"];

/// Arguments of `label_replace`; the last ones are refused.
pub(crate) const REPLACEMENTS: &[&str] = &[
    r#""copy", "$1", "host", "(.*)""#,
    r#""copy", "x-$1-y", "host", "([ab])""#,
    r#""dc", "", "host", ".*""#,
    r#""dc", "$2${1}z", "code", "(.)(.*)""#,
    r#""host", "same", "host", ".+""#,
    r#""copy", "all", "nope", """#,
    r#""copy", "$1", "nope", "(.+)""#,
    r#""copy", "$name", "host", "(?P<name>[a-b])""#,
    r#""copy", "$9", "host", "(.*)""#,
    r#""copy", "$$1", "host", "(.*)""#,
    r#""__name__", "renamed_$1", "host", "(.*)""#,
    r#""copy", "$1", "__name__", "(.*)_.*""#,
    r#""no-label", "$1", "host", "(.*)""#,
    r#""copy", "$1", "host", "(.*""#,
];
