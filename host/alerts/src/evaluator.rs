//! Judges all rules at a moment and keeps the book.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use autobot_model::{SeriesReader, Timestamp};
use autobot_script::{Evaluation, Rule, RuleSet};

use crate::book::Book;
use crate::judge::{Judgement, judge};
use crate::view::{Alert, AlertsView, Counts, RuleStatus, RulesView, Transition};

/// From so many rules on, they are judged by several threads.
const WORTH_THREADS: usize = 64;
/// More threads than these would only take the processors from the collectors.
const MOST_THREADS: usize = 4;

/// The rules in force and their alerts. Its methods may be called from several threads; reading the book never waits
/// for a rule.
pub struct Evaluator {
    reader: Arc<dyn SeriesReader>,
    /// Held while rules are judged or replaced: one after the other.
    turn: Mutex<()>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    set: Arc<RuleSet>,
    book: Book,
    took: Duration,
}

impl Evaluator {
    /// Without rules; series come from `reader`.
    pub fn new(reader: Arc<dyn SeriesReader>) -> Self {
        Self { reader, turn: Mutex::default(), inner: Mutex::default() }
    }

    /// Takes over a set. Alerts stay with their rule's name and their labels; those of rules that are gone end at
    /// the next [`Self::evaluate`], which judges edited rules at once, whatever their grid.
    pub fn replace(&self, set: Arc<RuleSet>) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inner = self.inner();
        inner.book.replace(&set);
        inner.set = set;
    }

    /// Judges every rule whose turn it is at `at`, and gives what changed. Reads series: call it from a thread that
    /// may block.
    pub fn evaluate(&self, at: Timestamp) -> Vec<Transition> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        let (set, due) = {
            let inner = self.inner();
            let due: Vec<Arc<Rule>> = inner.set.rules().filter(|rule| inner.book.due(rule, at)).cloned().collect();
            (Arc::clone(&inner.set), due)
        };
        let evaluation = Evaluation::new(Arc::clone(&self.reader), at, &set);
        let judgements = judge_all(&due, &evaluation);

        let mut inner = self.inner();
        let mut changes = inner.book.tidy(at);
        for (rule, judgement) in due.iter().zip(judgements) {
            changes.extend(inner.book.enter(rule, judgement, at));
        }
        inner.took = start.elapsed();
        changes
    }

    /// Every alert, the worst first, those that ended lately last.
    pub fn alerts(&self) -> Vec<Alert> {
        self.inner().book.alerts()
    }

    /// `GET /api/autobot/v1/alerts`.
    pub fn alerts_view(&self) -> AlertsView {
        AlertsView { alerts: self.alerts() }
    }

    /// Every rule in force, by file and line.
    pub fn rules(&self) -> Vec<RuleStatus> {
        let inner = self.inner();
        inner.set.rules().map(|rule| inner.book.status(rule)).collect()
    }

    /// `GET /api/autobot/v1/rules`.
    pub fn rules_view(&self) -> RulesView {
        let inner = self.inner();
        RulesView {
            generation: inner.set.generation,
            loaded_ms: inner.set.loaded.0,
            files: inner.set.files.clone(),
            rules: inner.set.rules().map(|rule| inner.book.status(rule)).collect(),
        }
    }

    /// Firing alerts by severity; those that fired when their data ended are among them.
    pub fn counts(&self) -> Counts {
        self.inner().book.counts()
    }

    /// Rules that failed when they were last judged.
    pub fn broken(&self) -> usize {
        self.inner().book.broken()
    }

    /// What the last evaluation took.
    pub fn took(&self) -> Duration {
        self.inner().took
    }

    /// The rules in force.
    pub fn set(&self) -> Arc<RuleSet> {
        Arc::clone(&self.inner().set)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One judgement for each rule, in their order.
fn judge_all(due: &[Arc<Rule>], evaluation: &Arc<Evaluation>) -> Vec<Judgement> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    if due.len() < WORTH_THREADS || threads < 2 {
        return due.iter().map(|rule| judge(rule, evaluation)).collect();
    }
    let share = due.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let work: Vec<_> = due
            .chunks(share)
            .map(|rules| (rules, scope.spawn(|| rules.iter().map(|rule| judge(rule, evaluation)).collect::<Vec<_>>())))
            .collect();
        // A thread that panicked judged nothing: its rules keep what they had.
        let lost = |rules: &[Arc<Rule>]| {
            rules.iter().map(|_| Judgement { incomplete: true, ..Judgement::default() }).collect()
        };
        work.into_iter().flat_map(|(rules, thread)| thread.join().unwrap_or_else(|_| lost(rules))).collect()
    })
}
