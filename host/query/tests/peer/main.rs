//! PromQL as Prometheus itself evaluates it: random queries go to our engine and to Debian's Prometheus (2.42), over the same
//! samples, and the answers must be the same.
//!
//! `AUTOBOT_PEER_QUERIES` sets how many queries are asked (300) and `AUTOBOT_PEER_SEED` which ones (1). Some by hand are asked always.
//! Where the answers may differ, `known` says so; such queries are counted apart.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the other engine is a program")]

mod compare;
mod dice;
mod known;
mod oddities;
mod prometheus;
mod queries;
mod report;
mod samples;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use autobot_model::Timestamp;
use autobot_query::testing::MemoryReader;
use autobot_query::{At, Engine, Expr, ExprKind, QueryError, Shift, Value, json, parse};

use compare::{Answer, differ, pairs};
use oddities::ODDITIES;
use prometheus::Prometheus;
use queries::{Queries, Query, When};
use report::{Difference, Report};

#[test]
fn prometheus_gives_the_same_answers() {
    let series = samples::all();
    let peers = Peers { ours: samples::reader(&series), theirs: Prometheus::start(&samples::open_metrics(&series)) };
    let (count, seed) = (setting("AUTOBOT_PEER_QUERIES", 300), setting("AUTOBOT_PEER_SEED", 1));
    let mut by_chance = Queries::new(seed);
    let mut report = Report::default();
    let once = When::Instant(samples::START + 5003);
    let by_hand = ODDITIES.iter().map(|text| Query { text: (*text).to_owned(), when: once });
    let by_hand_over_time = by_hand.clone().map(|query| Query {
        when: When::Range { start: samples::START + 5003, end: samples::START + 7003, step: 200 },
        ..query
    });
    let by_chance = std::iter::repeat_with(|| by_chance.next()).take(count as usize);
    for query in by_hand.chain(by_hand_over_time).chain(by_chance) {
        let (ours, theirs) = (peers.ours(&query), peers.theirs(&query));
        match differ(&ours, &theirs, asks_for_order(&query)) {
            None => report.agreed(&query, &ours, &theirs),
            Some(respect) => {
                let least = peers.least(Difference { query, respect, ours, theirs, inexact: false });
                match known::reason(&least) {
                    Some(reason) => report.known(reason),
                    None => report.differed(least),
                }
            }
        }
    }
    println!("{report}");
    assert!(report.is_clean(), "{}", report.details());
}

/// An answer as the host writes it.
fn written(value: &Value, at: Timestamp) -> Vec<u8> {
    let mut out = br#"{"status":"success","data":{"#.to_vec();
    json::result_into(&mut out, value, at, usize::MAX).expect("there is room");
    out.extend_from_slice(b"}}");
    out
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Both engines, over the same samples.
struct Peers {
    ours: MemoryReader,
    theirs: Prometheus,
}

impl Peers {
    fn ours(&self, query: &Query) -> Answer {
        let evaluated = catch_unwind(AssertUnwindSafe(|| {
            let (engine, expr) = (Engine::default(), parse(&query.text)?);
            Ok(match query.when {
                When::Instant(at) => {
                    let at = Timestamp(at * 1000);
                    written(&engine.instant(&self.ours, &expr, at)?, at)
                }
                When::Range { start, end, step } => {
                    let (start, end) = (Timestamp(start * 1000), Timestamp(end * 1000));
                    let step = Duration::from_secs(step.unsigned_abs());
                    written(&Value::Matrix(engine.range(&self.ours, &expr, start, end, step)?), end)
                }
            })
        }));
        let answer = evaluated.unwrap_or_else(|_| panic!("our engine fell over {}", query.shown()));
        let text = answer.unwrap_or_else(|error: QueryError| json::failure(&error));
        Answer::read(&serde_json::from_slice(&text).expect("our answer is JSON"))
    }

    fn theirs(&self, query: &Query) -> Answer {
        Answer::read(&self.theirs.ask(query))
    }

    fn difference(&self, query: Query) -> Option<Difference> {
        let (ours, theirs) = (self.ours(&query), self.theirs(&query));
        let respect = differ(&ours, &theirs, asks_for_order(&query))?;
        Some(Difference { query, respect, ours, theirs, inexact: false })
    }

    /// The least part of a query on which the engines differ already. What a subquery is made of is a range query of its own.
    fn least(&self, whole: Difference) -> Difference {
        let Ok(expr) = parse(&whole.query.text) else { return whole };
        let mut parts = Vec::new();
        parts_of(&expr, &mut parts);
        parts.sort_by_key(|part| part.span.len());
        let text = |part: &Expr| whole.query.text[part.span.clone()].to_owned();
        let found = parts
            .iter()
            .find_map(|part| Some((self.difference(Query { text: text(part), when: whole.query.when })?, *part)));
        let Some((mut found, part)) = found else { return whole };
        let mut within = Vec::new();
        parts_of(part, &mut within);
        for part in &within {
            if let ExprKind::Subquery { expr, range, step, shift } = &part.kind
                && let Some(when) = steps_of(found.query.when, *range, *step, *shift)
                && let Some(inner) = self.difference(Query { text: text(expr), when })
            {
                return self.least(inner);
            }
        }
        found.inexact = within.iter().skip(1).any(|part| {
            let query = Query { text: text(part), when: found.query.when };
            let pairs = pairs(&self.ours(&query), &self.theirs(&query)).unwrap_or_default();
            pairs.into_iter().any(|(ours, theirs)| ours != theirs && !ours.is_nan())
        });
        found
    }
}

/// When what a subquery is made of is evaluated: at multiples of its step.
fn steps_of(when: When, range: Duration, step: Option<Duration>, shift: Shift) -> Option<When> {
    let (first, last) = match when {
        When::Instant(at) => (at, at),
        When::Range { start, end, .. } => (start, end),
    };
    let (first, last) = match shift.at {
        None => (first, last),
        Some(At::Start) => (first, first),
        Some(At::End) => (last, last),
        Some(At::Time(at)) => (at.0 / 1000, at.0 / 1000),
    };
    let step = i64::try_from(step.unwrap_or(autobot_query::SUBQUERY_STEP).as_secs()).ok().filter(|step| *step > 0)?;
    let (first, last) = (first - shift.offset / 1000, last - shift.offset / 1000);
    let start = (first - i64::try_from(range.as_secs()).ok()?).div_euclid(step) * step + step;
    (start <= last).then_some(When::Range { start, end: last, step })
}

/// A query's parts, itself among them.
fn parts_of<'e>(expr: &'e Expr, into: &mut Vec<&'e Expr>) {
    into.push(expr);
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Selector(_) => {}
        ExprKind::Subquery { expr, .. } | ExprKind::Paren(expr) | ExprKind::Unary { expr, .. } => parts_of(expr, into),
        ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|side| parts_of(side, into)),
        ExprKind::Aggregate { parameter, expr, .. } => {
            parameter.iter().chain([expr]).for_each(|part| parts_of(part, into));
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| parts_of(argument, into)),
    }
}

/// Whether the result has an order that the query asked for: those of instant queries by `sort` and its kin.
fn asks_for_order(query: &Query) -> bool {
    let sorts = |expr: &Expr| match &expr.kind {
        ExprKind::Call { function, .. } => function.starts_with("sort"),
        ExprKind::Aggregate { op, grouping, .. } => {
            matches!(&**op, "topk" | "bottomk") && *grouping == autobot_query::Grouping::By(Vec::new())
        }
        _ => false,
    };
    let Ok(mut expr) = parse(&query.text) else { return false };
    while let ExprKind::Paren(inner) = expr.kind {
        expr = *inner;
    }
    matches!(query.when, When::Instant(_)) && sorts(&expr)
}
