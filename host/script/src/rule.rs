//! One alert rule: data, and closures that are called with a series.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Labels, Severity};
use rhai::{AST, Dynamic, EvalAltResult, FnPtr};
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Level, Source};
use crate::engine::engine;
use crate::select::Selection;
use crate::stage::{self, Stage, Stop};
use crate::{Budget, Evaluation, Series, explain};

/// An alert as its file describes it.
#[derive(Debug)]
pub struct Rule {
    /// Unique among all files.
    pub name: Arc<str>,
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The line of its `alert(...)`, from 1.
    pub line: usize,
    /// How bad it is.
    pub severity: Severity,
    /// How long its condition must hold before it fires.
    pub pending: Duration,
    /// How long it goes on firing after its condition ended.
    pub keep_firing: Duration,
    /// Its own grid, when it has one.
    pub every: Option<Duration>,
    /// Where a person reads what to do.
    pub runbook: Option<Arc<str>>,
    pub(crate) selection: Selection,
    pub(crate) window: Duration,
    pub(crate) when: FnPtr,
    pub(crate) summary: FnPtr,
    pub(crate) detail: Option<FnPtr>,
    pub(crate) functions: Arc<AST>,
    pub(crate) source: Arc<Source>,
}

/// What a rule says of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its condition holds.
    Holds,
    /// It does not.
    Clear,
    /// A window that it looks at has too few samples to tell.
    NoData,
}

/// A rule that failed at run time, with the place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct RuleError(pub Box<Diagnostic>);

impl Rule {
    /// The series that it is about, at this moment. Rules with the same selection share them.
    pub fn rows(&self, evaluation: &Evaluation) -> Result<Arc<[Series]>, RuleError> {
        evaluation.select(&self.selection).map_err(|reason| self.failure(rhai::Position::NONE, reason, None))
    }

    /// What it is judged on, as PromQL: the series that it selects, or its query.
    pub fn about(&self) -> String {
        match &self.selection {
            Selection::Series { text, .. } => format!("{{{text}}}"),
            Selection::Query { text, .. } => text.clone(),
        }
    }

    /// The labels that tell its alerts apart: those of the series, and the name where it selects several metrics.
    pub fn labels(&self, series: &Series) -> Labels {
        match &self.selection {
            Selection::Series { matchers, .. } if !matchers.iter().any(|matcher| matcher.metric_name().is_some()) => {
                series.labels().with("__name__", &series.key().name)
            }
            _ => series.labels().clone(),
        }
    }

    /// Whether its condition holds for this series.
    pub fn judge(&self, series: &Series, evaluation: &Arc<Evaluation>, budget: Budget) -> Result<Verdict, RuleError> {
        match self.call(&self.when, series, evaluation, budget) {
            Ok(value) => match value.as_bool() {
                Ok(true) => Ok(Verdict::Holds),
                Ok(false) => Ok(Verdict::Clear),
                Err(kind) => {
                    let message = format!("`when` gave {}, neither true nor false", explain::kind(kind));
                    Err(self.failure(rhai::Position::NONE, message, None))
                }
            },
            Err(error) if explain::stop(&error) == Some(Stop::NoData) => Ok(Verdict::NoData),
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// One sentence for people.
    pub fn summary(&self, series: &Series, evaluation: &Arc<Evaluation>, budget: Budget) -> Result<String, RuleError> {
        self.text(&self.summary, series, evaluation, budget)
    }

    /// More for people, if the rule gives more.
    pub fn detail(
        &self,
        series: &Series,
        evaluation: &Arc<Evaluation>,
        budget: Budget,
    ) -> Result<Option<String>, RuleError> {
        self.detail.as_ref().map(|detail| self.text(detail, series, evaluation, budget)).transpose()
    }

    fn text(
        &self,
        closure: &FnPtr,
        series: &Series,
        evaluation: &Arc<Evaluation>,
        budget: Budget,
    ) -> Result<String, RuleError> {
        match self.call(closure, series, evaluation, budget) {
            Ok(value) => Ok(value.to_string()),
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn call(
        &self,
        closure: &FnPtr,
        series: &Series,
        evaluation: &Arc<Evaluation>,
        budget: Budget,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        // The pointer holds copies of what the closure captured, and each call gets copies of those: no state is kept.
        // It also knows its function by hash, where a call by name would search all functions of the file.
        let run = || closure.call::<Dynamic>(engine(), &self.functions, (series.clone(),));
        stage::within(Stage::Judging(Arc::clone(evaluation)), budget.deadline, run).0
    }

    fn explain(&self, error: &EvalAltResult) -> RuleError {
        let told = explain::runtime(error);
        self.failure(told.position, told.message, told.help)
    }

    fn failure(&self, position: rhai::Position, message: String, help: Option<String>) -> RuleError {
        let position = if position.is_none() { self.position() } else { position };
        let said = crate::diagnostic::Said::new(message).maybe_help(help);
        RuleError(Box::new(Diagnostic::at(&self.source, self.source.token(position), Level::Error, said)))
    }

    fn position(&self) -> rhai::Position {
        rhai::Position::new(u16::try_from(self.line).unwrap_or(u16::MAX), 1)
    }
}
