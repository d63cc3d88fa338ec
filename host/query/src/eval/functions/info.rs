//! `info`: labels of series that describe what a series comes from, such as its version.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use autobot_model::{Labels, Matcher};

use crate::ast::{ExprKind, Selector};
use crate::error::QueryError;
use crate::eval::context::{Context, Steps, unwrapped};
use crate::eval::rows::{Arising, Row};
use crate::functions::Call;

/// The labels by which a series and what describes it are known to belong together, as in Prometheus (`promql/info.go`).
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// `info(vector)`, `info(vector, {version=~".+"})`
pub(crate) fn info(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let rows = context.vector(&call.arguments[0])?;
    let matchers: &[Matcher] = match call.arguments.get(1).map(|expr| &unwrapped(expr).kind) {
        Some(ExprKind::Selector(Selector { matchers, .. })) => matchers,
        _ => &[],
    };
    let (names, wanted): (Vec<&Matcher>, Vec<&Matcher>) =
        matchers.iter().partition(|matcher| matcher.label == "__name__");
    let target = Matcher::equal("__name__", "target_info");
    let names = if names.is_empty() { vec![&target] } else { names };
    // What describes others is not described itself. Without a second argument that is `target_info`; with one that names no metric, nothing.
    let describes = |row: &Row| {
        let said = call.arguments.len() < 2 || matchers.iter().any(|matcher| matcher.label == "__name__");
        said && names.iter().all(|matcher| matcher.accepts(row.label("__name__")))
    };
    let (described, plain): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| !describes(row));
    let facts = facts(context, &described, &names, &wanted)?;
    let mut made = Arising::new(context.times.len());
    for row in plain {
        let series = made.series(row.key()).0;
        for (step, value) in row.values.iter().enumerate() {
            if let Some(value) = value {
                made.put(series, step, *value)?;
            }
        }
    }
    for row in &described {
        context.in_time()?;
        described_by(&facts, row, &wanted, &mut made)?;
        context.query.budget.rows(made.len(), context.times.len())?;
    }
    Ok(Steps::Vector(made.rows()))
}

/// Info series by their metric and identifying labels. A row's values are the moments of its samples: of several, the newest counts.
type Facts = BTreeMap<String, HashMap<Labels, Vec<Row>>>;

fn facts(
    context: &Context<'_>,
    described: &[Row],
    names: &[&Matcher],
    wanted: &[&Matcher],
) -> Result<Facts, QueryError> {
    let values = |label: &str| -> BTreeSet<&str> {
        described.iter().map(|row| row.label(label)).filter(|value| !value.is_empty()).collect()
    };
    let identities: Vec<(&str, BTreeSet<&str>)> =
        IDENTIFYING.into_iter().map(|label| (label, values(label))).filter(|(_, values)| !values.is_empty()).collect();
    let mut facts = Facts::new();
    if identities.is_empty() {
        return Ok(facts);
    }
    let matchers: Vec<Matcher> = names.iter().chain(wanted).map(|matcher| (*matcher).clone()).collect();
    for row in context.last_samples(&matchers, &context.times, |time, _| time.seconds())? {
        if identities.iter().all(|(label, values)| values.contains(row.label(label))) {
            let by_identity = facts.entry(row.label("__name__").to_owned()).or_default();
            by_identity.entry(identity(&row)).or_default().push(row);
        }
    }
    Ok(facts)
}

fn identity(row: &Row) -> Labels {
    row.labels.filter(|label| IDENTIFYING.contains(&label))
}

/// Adds the row with the labels that describe it at each moment.
fn described_by(facts: &Facts, row: &Row, wanted: &[&Matcher], made: &mut Arising) -> Result<(), QueryError> {
    let identity = identity(row);
    let found: Vec<&Vec<Row>> = facts.values().filter_map(|by_identity| by_identity.get(&identity)).collect();
    let may_lack = wanted.iter().all(|matcher| matcher.accepts(""));
    // The same info series describe it most of the time, so its labels are made once for each choice of them.
    let mut known: HashMap<Vec<Option<usize>>, usize> = HashMap::new();
    for (step, value) in row.values.iter().enumerate() {
        let Some(value) = value else { continue };
        let choice = found.iter().map(|rows| newest(rows, step)).collect::<Result<Vec<_>, _>>()?;
        if choice.iter().all(Option::is_none) && !may_lack {
            continue;
        }
        let series = match known.get(&choice) {
            Some(series) => *series,
            None => {
                let facts = found.iter().zip(&choice).filter_map(|(rows, at)| rows.get((*at)?));
                let series = made.series((row.name.clone(), labels(row, facts, wanted)?)).0;
                known.insert(choice, series);
                series
            }
        };
        made.put(series, step, *value)?;
    }
    Ok(())
}

/// Which of the rows has the newest sample at a moment.
fn newest(rows: &[Row], step: usize) -> Result<Option<usize>, QueryError> {
    let mut best: Option<(usize, f64)> = None;
    for (at, time) in rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.values[step]?))) {
        match best {
            Some((_, known)) if known > time => {}
            Some((other, known)) if known == time => {
                let name = rows[at].label("__name__");
                return Err(QueryError::execution(format!(
                    "`info`: {name}{} and {name}{} describe the same series at the same moment; select one of them",
                    rows[other].labels, rows[at].labels
                )));
            }
            _ => best = Some((at, time)),
        }
    }
    Ok(best.map(|(at, _)| at))
}

fn labels<'a>(row: &Row, facts: impl Iterator<Item = &'a Row>, wanted: &[&Matcher]) -> Result<Labels, QueryError> {
    let mut added: BTreeMap<&str, &str> = BTreeMap::new();
    for fact in facts {
        let wanted = |label: &str| wanted.is_empty() || wanted.iter().any(|matcher| matcher.label == label);
        for (label, value) in fact.labels.iter().filter(|(label, _)| wanted(label)) {
            if row.labels.get(label).is_none() && added.insert(label, value).is_some_and(|known| known != value) {
                return Err(QueryError::execution(format!(
                    "`info`: two info metrics give different values of the label `{label}`; select one of them"
                )));
            }
        }
    }
    Ok(Labels::new(row.labels.iter().chain(added)))
}
