//! The parser beside another one, and against any text at all.

use std::time::Duration;

use autobot_model::Timestamp;
use autobot_query::testing::MemoryReader;
use autobot_query::{Engine, parse};
use proptest::prelude::*;

fn selector() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["up", "io:rate5m", "x_total"]).prop_map(String::from);
    let matcher = ("[a-c]{1,3}", prop_oneof![Just("="), Just("!="), Just("=~"), Just("!~")], "[a-z]{0,4}")
        .prop_map(|(l, o, v)| format!("{l}{o}\"{v}\""));
    (name, prop::collection::vec(matcher, 0..3))
        .prop_map(|(name, matchers)| format!("{name}{{{}}}", matchers.join(",")))
}

fn expression() -> impl Strategy<Value = String> {
    let duration = prop::sample::select(vec!["30s", "5m", "1h30m", "7d", "100ms"]).prop_map(String::from);
    let shifted = (selector(), duration.clone()).prop_map(|(s, d)| format!("{s} offset {d}"));
    let at = selector().prop_map(|s| format!("{s} @ 1609746000"));
    let windows = prop::sample::select(vec!["rate", "increase", "avg_over_time", "max_over_time", "deriv"])
        .prop_map(String::from);
    let window = (windows, selector(), duration.clone()).prop_map(|(f, s, d)| format!("{f}({s}[{d}])"));
    let leaf = prop_oneof![4 => selector(), 1 => shifted, 1 => at, 3 => window, 2 => "[0-9]{1,3}(\\.[0-9])?".prop_map(String::from)];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let op = prop::sample::select(vec![
            "+",
            "-",
            "*",
            "/",
            "%",
            "^",
            "==",
            ">",
            "<= bool",
            "and",
            "or",
            "unless",
            "atan2",
            "> bool on(a)",
            "* ignoring(b) group_left(c)",
        ])
        .prop_map(String::from);
        let sum = prop::sample::select(vec!["sum", "avg by (a)", "max without (b, c)", "count", "topk", "quantile"])
            .prop_map(String::from);
        let call =
            prop::sample::select(vec!["abs", "ceil", "scalar", "vector", "histogram_quantile", "round", "nonsense"])
                .prop_map(String::from);
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
            (sum, inner.clone()).prop_map(|(s, e)| format!("{s} ({e})")),
            inner.clone().prop_map(|e| format!("topk(3, {e})")),
            (call, inner.clone()).prop_map(|(f, e)| format!("{f}({e})")),
            inner.clone().prop_map(|e| format!("({e})")),
            inner.clone().prop_map(|e| format!("-{e}")),
            (inner, duration.clone()).prop_map(|(e, d)| format!("max_over_time(({e})[{d}:])")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_one_parser_accepts_the_other_accepts(query in expression()) {
        let (ours, theirs) = (parse(&query), promql_parser::parser::parse(&query));
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "`{}`: ours {:?}, theirs {:?}", query, ours.err(), theirs.err());
    }

    #[test]
    fn no_text_makes_the_parser_fall(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn no_rubble_of_promql_makes_parser_or_evaluator_fall(words in prop::collection::vec(prop::sample::select(vec![
        "sum", "by", "up", "rate", "offset", "@", "5m", "1", "(", ")", "{", "}", "[", "]", "=", "!=", "\"x\"", "-", "^", ",", ":", "bool", "on", "and"
    ]), 0..20)) {
        let text = words.join(" ");
        if let Ok(expr) = parse(&text) {
            let mut reader = MemoryReader::default();
            reader.add("up{a=\"x\"}", (0..50).map(|at| (at * 1000, at as f64)));
            let _ = Engine::default().instant(&reader, &expr, Timestamp(30_000));
            let _ = Engine::default().range(&reader, &expr, Timestamp(0), Timestamp(60_000), Duration::from_secs(7));
        }
    }
}

#[test]
fn deep_and_long_texts_are_refused_not_fallen_over() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(50_000) + "1",
        "1+".repeat(30_000) + "1",
        "up[".repeat(20_000),
        "sum(".repeat(10_000),
    ] {
        assert!(parse(&text).is_err(), "{}...", &text[..20]);
    }
}
