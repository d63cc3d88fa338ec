//! Random queries that are well typed but for a few, over the families of `samples`.
//!
//! What 2.42 counts in at the left edge of a window and 3 counts out is kept off every edge: evaluations lie three seconds behind a
//! multiple of ten, steps and offsets are multiples of ten, and the range of a subquery ends in seven seconds, so that no step of
//! a subquery, nested or not, meets its left edge.

use crate::dice::Dice;
use crate::samples::{FAMILIES, Family, LENGTH, START};
use crate::words::{
    CHANGING, COMPARISONS, DURATIONS, LABELS, MATHS, NUMBERS, OF_A_WINDOW, OFFSETS, OPERATORS, OVER_ALL, REPLACEMENTS,
    SUBQUERIES, WITHOUT_ARGUMENT,
};

/// A query and when it is evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) when: When,
}

/// Unix seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Instant(i64),
    Range { start: i64, end: i64, step: i64 },
}

impl Query {
    /// As it is shown to people.
    pub(crate) fn shown(&self) -> String {
        match self.when {
            When::Instant(at) => format!("{} at {at}", self.text),
            When::Range { start, end, step } => format!("{} from {start} to {end} by {step}s", self.text),
        }
    }
}

/// Makes queries, one after the other.
pub(crate) struct Queries {
    dice: Dice,
    /// Within a subquery: those within are short, or one query has a thousand million steps.
    inside: bool,
}

impl Queries {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), inside: false }
    }

    pub(crate) fn next(&mut self) -> Query {
        // From before the first sample to behind the last one.
        let at = START + 3 + 10 * self.dice.between(-30, LENGTH / 10 + 45);
        let when = if self.dice.chance(60) {
            When::Instant(at)
        } else {
            let step = self.dice.pick(&[10, 30, 60, 70, 300, 600]);
            When::Range { start: at, end: at + step * self.dice.between(0, 20) + 5, step }
        };
        let depth = self.dice.weighted(&[(15, 0), (35, 1), (30, 2), (20, 3)]);
        let text = match self.dice.below(100) {
            0..3 => self.scalar(depth),
            3 => self.matrix(depth),
            4 => self.rubble(depth),
            _ => self.vector(depth),
        };
        Query { text, when }
    }

    /// Texts that are refused for their types, at times.
    fn rubble(&mut self, depth: usize) -> String {
        let (left, right) = (self.any(depth), self.any(depth));
        match self.dice.below(4) {
            0 => format!("{left} {} {right}", self.dice.pick(OPERATORS)),
            1 => format!("{}({left})", self.dice.pick(OF_A_WINDOW)),
            2 => format!("{}({left}, {right})", self.dice.pick(MATHS)),
            _ => format!("{}({left})", self.dice.pick(OVER_ALL)),
        }
    }

    fn any(&mut self, depth: usize) -> String {
        match self.dice.below(4) {
            0 => self.scalar(depth),
            1 => self.matrix(depth),
            2 => "\"text\"".to_owned(),
            _ => self.vector(depth),
        }
    }

    fn scalar(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.dice.pick(NUMBERS).to_owned();
        }
        match self.dice.below(9) {
            8 => {
                let (one, two, three) = (self.scalar(0), self.scalar(0), self.scalar(depth - 1));
                format!("{one} {} {two} {} {three}", self.dice.pick(OPERATORS), self.dice.pick(OPERATORS))
            }
            0 => "time()".to_owned(),
            1 => "pi()".to_owned(),
            2 | 3 => format!("scalar({})", self.vector(depth - 1)),
            4 => format!("-{}", self.scalar(depth - 1)),
            5 => {
                let (left, right) = (self.scalar(depth - 1), self.scalar(depth - 1));
                format!("({left} {} bool {right})", self.dice.pick(COMPARISONS))
            }
            _ => {
                let (left, right) = (self.scalar(depth - 1), self.scalar(depth - 1));
                format!("({left} {} {right})", self.dice.pick(OPERATORS))
            }
        }
    }

    /// A parameter: one of these, or at times what is another number at each step.
    fn parameter(&mut self, of: &[&str]) -> String {
        if self.dice.chance(85) { self.dice.pick(of).to_owned() } else { self.dice.pick(CHANGING).to_owned() }
    }

    fn vector(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.shifted_selector();
        }
        let inner = depth - 1;
        match self.dice.below(100) {
            0..6 => self.shifted_selector(),
            6..30 => self.of_a_window(inner),
            30..50 => self.of_a_vector(inner),
            50..68 => self.aggregation(inner),
            68..78 => self.with_a_scalar(inner),
            78..94 => self.of_two_vectors(inner),
            94 => format!("vector({})", self.scalar(inner)),
            95 => format!("-{}", self.vector(inner)),
            96 => format!("+({})", self.vector(inner)),
            97 => format!("absent({})", self.vector(inner)),
            _ => self.quantile_of_buckets(inner),
        }
    }

    fn family(&mut self) -> &'static Family {
        &FAMILIES[self.dice.below(FAMILIES.len())]
    }

    fn matchers(&mut self, family: &Family) -> Vec<String> {
        let mut matchers = Vec::new();
        for (name, values) in family.labels {
            if !self.dice.chance(25) {
                continue;
            }
            let (value, other) = (self.dice.pick(values), self.dice.pick(values));
            matchers.push(match self.dice.below(8) {
                0..3 => format!("{name}=\"{value}\""),
                3 => format!("{name}!=\"{value}\""),
                4 => format!("{name}=~\"{}|{}\"", value.replace('+', "\\\\+"), other.replace('+', "\\\\+")),
                5 => format!("{name}!~\"{}.*\"", value.replace('+', "[+]")),
                6 => format!("{name}=~\".+\""),
                _ => format!("{name}=~'[ab1-3x].*'"),
            });
        }
        if self.dice.chance(4) {
            matchers.push(self.dice.pick(&["nope=\"\"", "nope!=\"\"", "nope=~\".*\"", "nope!~\".+\""]).to_owned());
        }
        matchers
    }

    fn selector_of(&mut self, family: &Family) -> String {
        let matchers = self.matchers(family).join(", ");
        if matchers.is_empty() { family.name.to_owned() } else { format!("{}{{{matchers}}}", family.name) }
    }

    fn selector(&mut self) -> String {
        match self.dice.below(60) {
            0 => "{__name__=~\"load|temp\"}".to_owned(),
            1 => "{host=\"a\", __name__=~\".*_total\"}".to_owned(),
            2 => "nothing_of_that_name".to_owned(),
            _ => {
                let family = self.family();
                self.selector_of(family)
            }
        }
    }

    fn shift(&mut self) -> String {
        let offset = format!(" offset {}", self.dice.pick(OFFSETS));
        let at = match self.dice.below(4) {
            0 => " @ start()".to_owned(),
            1 => " @ end()".to_owned(),
            2 => format!(" @ {}.125", START + 3 + 10 * self.dice.between(0, LENGTH / 10)),
            _ => format!(" @ {}", START + 3 + 10 * self.dice.between(0, LENGTH / 10)),
        };
        self.dice
            .weighted(&[
                (78, ""),
                (12, &offset),
                (7, &at),
                (2, &format!("{at}{offset}")),
                (1, &format!("{offset}{at}")),
            ])
            .to_owned()
    }

    fn shifted_selector(&mut self) -> String {
        format!("{}{}", self.selector(), self.shift())
    }

    fn matrix(&mut self, depth: usize) -> String {
        if depth > 0 && self.dice.chance(35) {
            let range = if self.inside { SUBQUERIES[0] } else { self.dice.pick(SUBQUERIES) };
            let outer = std::mem::replace(&mut self.inside, true);
            let inner = self.vector(depth - 1);
            self.inside = outer;
            let step = self.dice.pick(&["", "10s", "30s", "1m", "50s"]);
            return format!("({inner})[{range}:{step}]{}", self.shift());
        }
        let selector = if self.dice.chance(40) { self.counter() } else { self.selector() };
        format!("{selector}[{}]{}", self.dice.pick(DURATIONS), self.shift())
    }

    fn counter(&mut self) -> String {
        let counters: Vec<_> = FAMILIES.iter().filter(|family| family.counter).collect();
        let family = self.dice.pick(&counters);
        self.selector_of(family)
    }

    fn of_a_window(&mut self, depth: usize) -> String {
        let matrix = self.matrix(depth);
        match self.dice.below(12) {
            0 => {
                format!("quantile_over_time({}, {matrix})", self.dice.pick(&["0", "0.5", "0.9", "1", "-1", "2", "NaN"]))
            }
            1 => format!("predict_linear({matrix}, {})", self.parameter(&["0", "60", "3600", "-300", "time()"])),
            2 => {
                let (data, trend) = (self.dice.pick(&["0.1", "0.5", "0.9"]), self.dice.pick(&["0.1", "0.5", "0.99"]));
                format!("double_exponential_smoothing({matrix}, {data}, {trend})")
            }
            _ => format!("{}({matrix})", self.dice.pick(OF_A_WINDOW)),
        }
    }

    fn of_a_vector(&mut self, depth: usize) -> String {
        let inner = self.vector(depth);
        match self.dice.below(20) {
            0 => format!("clamp({inner}, {}, {})", self.scalar(depth.min(1)), self.scalar(depth.min(1))),
            1 => format!("clamp_min({inner}, {})", self.scalar(depth.min(1))),
            2 => format!("clamp_max({inner}, {})", self.scalar(depth.min(1))),
            3 => format!("round({inner}, {})", self.parameter(&["0.5", "10", "0.1", "1", "-2", "100"])),
            4 | 5 => format!("label_replace({inner}, {})", self.dice.pick(REPLACEMENTS)),
            6 => {
                let (one, two) = (self.dice.pick(LABELS), self.dice.pick(LABELS));
                let into = self.dice.pick(&["joined", "host", "dc"]);
                format!("label_join({inner}, \"{into}\", \"-\", \"{one}\", \"{two}\")")
            }
            7 | 8 => format!("{}({inner})", self.dice.pick(&["sort", "sort_desc"])),
            9 => format!("timestamp({inner})"),
            10 => format!("{}()", self.dice.pick(WITHOUT_ARGUMENT)),
            11 => format!("{}({inner})", self.dice.pick(WITHOUT_ARGUMENT)),
            12 => format!("{}({inner})", self.dice.pick(&["histogram_count", "histogram_sum"])),
            _ => format!("{}({inner})", self.dice.pick(MATHS)),
        }
    }

    fn grouping(&mut self) -> String {
        if self.dice.chance(30) {
            return String::new();
        }
        let mut labels = vec![self.dice.pick(LABELS)];
        if self.dice.chance(40) {
            labels.push(self.dice.pick(LABELS));
        }
        format!(" {} ({}) ", self.dice.weighted(&[(70, "by"), (30, "without")]), labels.join(", "))
    }

    fn aggregation(&mut self, depth: usize) -> String {
        let by = self.grouping();
        let (parameter, inner) = match self.dice.below(12) {
            0 | 1 => {
                let op = self.dice.pick(&["topk", "bottomk"]);
                (
                    format!("{op}{by}({}, ", self.parameter(&["1", "2", "3", "5", "100", "1.7", "0", "-1"])),
                    self.distinct(),
                )
            }
            2 => {
                let q = self.parameter(&["0", "0.25", "0.5", "0.9", "1", "-0.5", "1.5", "NaN"]);
                (format!("quantile{by}({q}, "), self.vector(depth))
            }
            3 => {
                let label = self.dice.weighted(&[(70, "value"), (25, "host"), (5, "no-label")]);
                (format!("count_values{by}(\"{label}\", "), self.vector(depth))
            }
            _ => (format!("{}{by}(", self.dice.pick(OVER_ALL)), self.vector(depth)),
        };
        format!("{parameter}{inner})")
    }

    /// A vector no two values of which are the same.
    fn distinct(&mut self) -> String {
        let distinct: Vec<_> = FAMILIES.iter().filter(|family| family.distinct).collect();
        let family = self.dice.pick(&distinct);
        let selector = self.selector_of(family);
        match self.dice.below(6) {
            0 => format!("{selector}{}", self.shift()),
            1 => format!("avg_over_time({selector}[{}])", self.dice.pick(DURATIONS)),
            2 => format!("({selector} + 3)"),
            3 => format!("-{selector}"),
            4 => format!("last_over_time({selector}[{}])", self.dice.pick(DURATIONS)),
            _ => selector,
        }
    }

    fn with_a_scalar(&mut self, depth: usize) -> String {
        let (vector, scalar) = (self.operand(depth), self.scalar(depth.min(1)));
        let op = self.operator();
        if self.dice.chance(70) { format!("{vector} {op} {scalar}") } else { format!("{scalar} {op} {vector}") }
    }

    fn operator(&mut self) -> String {
        if self.dice.chance(65) {
            return self.dice.pick(OPERATORS).to_owned();
        }
        format!("{}{}", self.dice.pick(COMPARISONS), if self.dice.chance(40) { " bool" } else { "" })
    }

    /// A vector as one side of an operator: mostly in parentheses, and without them at times, for the sake of precedence.
    fn operand(&mut self, depth: usize) -> String {
        let vector = self.vector(depth);
        if self.dice.chance(80) { format!("({vector})") } else { vector }
    }

    fn of_two_vectors(&mut self, depth: usize) -> String {
        let op =
            if self.dice.chance(30) { self.dice.pick(&["and", "or", "unless"]).to_owned() } else { self.operator() };
        let many = if matches!(&*op, "and" | "or" | "unless") { "" } else { "group_left" };
        match self.dice.below(10) {
            0 | 1 => {
                let family = self.family();
                let (left, right) = (self.selector_of(family), self.selector_of(family));
                format!("{left}{} {op} {right}{}", self.shift(), self.shift())
            }
            2 | 3 => {
                let (left, right) = (self.operand(depth), self.operand(depth));
                let (over, by) = (self.dice.pick(OVER_ALL), self.dice.pick(&["host", "host", "dc", "method"]));
                format!("{over} by ({by}) ({left}) {op} max by ({by}) ({right})")
            }
            4 => {
                let carried = self.dice.pick(&["", "version", "version, dc", "nope", "host"]);
                let group = if many.is_empty() { String::new() } else { format!("{many}({carried})") };
                format!("{} {op} on(host) {group} build_info", self.operand(depth))
            }
            5 => {
                let carried = self.dice.pick(&["", "version", "version, dc"]);
                let group = if many.is_empty() { String::new() } else { format!("group_right({carried})") };
                format!("build_info {op} on(host) {group} {}", self.operand(depth))
            }
            6 => {
                let family = self.family();
                let label = family.labels[family.labels.len() - 1].0;
                let (left, right) = (self.selector_of(family), self.selector_of(family));
                format!("{left} {op} ignoring({label}) {many} sum without ({label}) ({right})")
            }
            7 => format!("{} {op} on() {many} vector({})", self.operand(depth), self.scalar(0)),
            8 => {
                let (left, right) = (self.operand(depth), self.operand(depth));
                let (how, label) = (self.dice.pick(&["on", "ignoring"]), self.dice.pick(LABELS));
                format!("{left} {op} {how}({label}) {right}")
            }
            _ => {
                let (left, right) = (self.operand(depth), self.operand(depth));
                let label = self.dice.pick(&["dc", "code", "kind", "part", "sensor", "job"]);
                format!("{left} {op} ignoring({label}, version) {many} max by (host) ({right})")
            }
        }
    }

    fn quantile_of_buckets(&mut self, depth: usize) -> String {
        let q = self.parameter(&["0", "0.1", "0.5", "0.9", "0.99", "1", "-1", "2", "NaN"]);
        let window = self.dice.pick(DURATIONS);
        let inner = match self.dice.below(6) {
            0 => "latency_seconds_bucket".to_owned(),
            1 => format!("rate(latency_seconds_bucket[{window}])"),
            2 => format!("sum by (le) (rate(latency_seconds_bucket[{window}]))"),
            3 => "open_bucket".to_owned(),
            4 => format!("increase(latency_seconds_bucket{{le!=\"0.5\"}}[{window}])"),
            _ => self.vector(depth),
        };
        format!("histogram_quantile({q}, {inner})")
    }
}

#[test]
fn nearly_all_queries_are_well_typed_and_a_seed_repeats_them() {
    let texts = |seed| {
        let mut queries = Queries::new(seed);
        (0..1000).map(|_| queries.next().text).collect::<Vec<_>>()
    };
    let first = texts(5);
    assert_eq!(first, texts(5));
    assert_ne!(first, texts(6));
    let parsed = first.iter().filter(|text| autobot_query::parse(text).is_ok()).count();
    assert!((930..1000).contains(&parsed), "{parsed} of 1000 are well typed");
}
