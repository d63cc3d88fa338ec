//! Judging one rule: what it says of each of its series, within its time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_model::Labels;
use autobot_script::{Budget, Evaluation, Rule, RuleError, Series, Verdict};

use crate::AlertId;
use crate::view::LastValue;

/// What one rule may take for all of its series. A threshold over 50 series takes a tenth of a millisecond.
const TIME: Duration = Duration::from_millis(500);
/// Series whose last value is kept for display.
const SHOWN: usize = 20;

/// What people read about an alert.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) summary: String,
    pub(crate) detail: Option<String>,
}

/// What a rule says of one series.
pub(crate) struct Finding {
    pub(crate) id: AlertId,
    pub(crate) labels: Labels,
    pub(crate) value: f64,
    pub(crate) verdict: Verdict,
    /// While it holds.
    pub(crate) texts: Option<Texts>,
}

/// What a rule says.
#[derive(Default)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    /// Series that it failed on: nothing is known of them, and what they had stays.
    pub(crate) failed: Vec<AlertId>,
    /// The first failure. The rule is broken, but judged on.
    pub(crate) error: Option<RuleError>,
    /// It did not come to its last series: of what it did not find, nothing is known.
    pub(crate) incomplete: bool,
    /// Its time was up.
    pub(crate) overdue: bool,
    pub(crate) series: usize,
    pub(crate) values: Vec<LastValue>,
    pub(crate) cost: Duration,
}

pub(crate) fn judge(rule: &Rule, evaluation: &Arc<Evaluation>) -> Judgement {
    let start = Instant::now();
    let budget = Budget::start(TIME);
    let mut judgement = Judgement::default();
    match rule.rows(evaluation) {
        Ok(rows) => {
            judgement.series = rows.len();
            for series in rows.iter() {
                if start.elapsed() >= TIME {
                    (judgement.incomplete, judgement.overdue) = (true, true);
                    break;
                }
                one(rule, series, evaluation, budget, &mut judgement);
            }
        }
        Err(error) => (judgement.error, judgement.incomplete) = (Some(error), true),
    }
    judgement.cost = start.elapsed();
    judgement
}

fn one(rule: &Rule, series: &Series, evaluation: &Arc<Evaluation>, budget: Budget, judgement: &mut Judgement) {
    let labels = rule.labels(series);
    let id = AlertId::of(&rule.name, &labels);
    match rule.judge(series, evaluation, budget) {
        Ok(verdict) => {
            let value = series.value();
            if judgement.values.len() < SHOWN {
                let shown = value.is_finite().then_some(value);
                judgement.values.push(LastValue { labels: labels.clone(), value: shown, verdict });
            }
            let texts =
                (verdict == Verdict::Holds).then(|| texts(rule, series, &labels, evaluation, budget, judgement));
            judgement.findings.push(Finding { id, labels, value, verdict, texts });
        }
        Err(error) => {
            judgement.failed.push(id);
            judgement.error.get_or_insert(error);
        }
    }
}

/// A text that fails must not cost the alert: it gets a plain one, and the rule is broken.
fn texts(
    rule: &Rule,
    series: &Series,
    labels: &Labels,
    evaluation: &Arc<Evaluation>,
    budget: Budget,
    judgement: &mut Judgement,
) -> Texts {
    let summary = rule.summary(series, evaluation, budget).unwrap_or_else(|error| {
        judgement.error.get_or_insert(error);
        format!("{} holds for {labels}", rule.name)
    });
    let detail = rule.detail(series, evaluation, budget).unwrap_or_else(|error| {
        judgement.error.get_or_insert(error);
        None
    });
    Texts { summary, detail }
}
