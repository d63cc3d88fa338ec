//! The prometheus plugin: what exporters tell at `/metrics`, in Prometheus' text format or OpenMetrics.
//!
//! The host fetches, `autobot-exposition` reads; this crate decides what is taken: limits, rules over labels, and which series have
//! gone away. What it finds keeps its names, labels, types, helps and units; a label `target` says where it came from.

mod families;
mod relabel;
mod series;
mod settings;
mod target;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, clock, collector, http, log};

use families::Families;
pub use relabel::Rule;
pub use settings::Settings;
use target::Target;

/// Prometheus' own default is a minute; most sites use fifteen seconds.
const INTERVAL_MS: u32 = 15_000;
/// A second call, for answers that had no room beside others, is made while a collect is no older than this.
const SECOND_CALL_MICROS: u64 = 4_000_000;

pub(crate) static UP: Family =
    Family::gauge("up", "1", "1 when the last scrape of the target brought its metrics, else 0.").labels(&["target"]);
pub(crate) static DURATION: Family =
    Family::gauge("scrape_duration_seconds", "s", "How long the target's answer took.").labels(&["target"]);
pub(crate) static SAMPLES: Family =
    Family::gauge("scrape_samples_scraped", "1", "Samples that the target gave.").labels(&["target"]);
pub(crate) static POST_RELABELLING: Family =
    Family::gauge("scrape_samples_post_metric_relabeling", "1", "Samples that were left after preset and rules.")
        .labels(&["target"]);
pub(crate) static SERIES_ADDED: Family =
    Family::gauge("scrape_series_added", "1", "Series that were new in the last scrape.").labels(&["target"]);
pub(crate) static BODY_SIZE: Family =
    Family::gauge("scrape_body_size_bytes", "By", "Size of the target's answer.").labels(&["target"]);
pub(crate) static LEFT_OUT: Family = Family::gauge(
    "scrape_samples_left_out",
    "1",
    "Samples that were not taken, by the reason: dropped by a rule, labels beyond a limit, duplicate, limit of series, refused by the host.",
)
.labels(&["target", "reason"]);

/// What this plugin says of itself; no exporter may take these names.
pub(crate) static FAMILIES: [&Family; 7] =
    [&UP, &DURATION, &SAMPLES, &POST_RELABELLING, &SERIES_ADDED, &BODY_SIZE, &LEFT_OUT];

/// The plugin.
pub struct Prometheus {
    settings: Settings,
    rules: Vec<relabel::Compiled>,
    targets: Vec<Target>,
    /// Whether it has collected since its settings were given.
    begun: bool,
    /// Whether it was said that there is nothing to do.
    said: bool,
}

impl Collector for Prometheus {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("prometheus", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA)
        .interval_ms(INTERVAL_MS)
        .dynamic_families();

    const FAMILIES: &[&Family] = &[&UP, &DURATION, &SAMPLES, &POST_RELABELLING, &SERIES_ADDED, &BODY_SIZE, &LEFT_OUT];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let rules = settings.rules()?;
        let targets = settings.targets.iter().map(|name| Target::new(name)).collect();
        Ok(Self { settings, rules, targets, begun: false, said: false })
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        if self.targets.is_empty() {
            if !std::mem::replace(&mut self.said, true) {
                log::info("nothing to measure here: `targets` of the settings names nothing to scrape");
            }
            return Ok(());
        }
        let began = clock::monotonic_micros();
        let asked: Vec<usize> =
            (0..self.targets.len()).filter(|at| self.targets[*at].resting(began).is_none()).collect();
        let requests: Vec<http::Request> = asked.iter().map(|at| self.targets[*at].request(&self.settings)).collect();
        let mut answers: Vec<Option<Result<http::Response, Error>>> = self.targets.iter().map(|_| None).collect();
        for (at, answer) in asked.iter().zip(fetch(&requests)) {
            answers[*at] = Some(answer);
        }
        // Answers of one call are bounded together: one that found no room is asked for alone.
        for (at, request) in asked.iter().zip(&requests).filter(|_| asked.len() > 1) {
            let late = clock::monotonic_micros().saturating_sub(began) > SECOND_CALL_MICROS;
            if matches!(answers[*at], Some(Err(Error::TooLarge(_)))) && !late {
                answers[*at] = fetch(std::slice::from_ref(request)).pop();
            }
        }
        let mut families = Families::resume(!std::mem::replace(&mut self.begun, true));
        let (mut scraped, mut first) = (0_usize, None);
        for (target, answer) in self.targets.iter_mut().zip(answers) {
            let answer = match (answer, target.resting(began)) {
                (Some(answer), _) => answer,
                (None, Some(why)) => Err(why),
                (None, None) => Err(Error::Failed("the host gave no answer".to_owned())),
            };
            match target.take(answer, began, (&self.settings, &self.rules), &mut families, metrics) {
                Ok(()) => scraped += 1,
                Err(error) => drop(first.get_or_insert(error)),
            }
        }
        // Of settings before these, where no target took it over.
        let ended = {
            let left = families.take_left_over();
            families.end(&left)
        };
        families.keep();
        ended?;
        // A collect has failed only when nothing at all could be scraped.
        match first {
            Some(error) if scraped == 0 => Err(error),
            _ => Ok(()),
        }
    }
}

/// One answer for each request; an error of the whole call is that of each.
fn fetch(requests: &[http::Request]) -> Vec<Result<http::Response, Error>> {
    if requests.is_empty() {
        return Vec::new();
    }
    let mut answers = http::fetch_all(requests);
    let refused = match answers.first() {
        Some(Err(error)) if answers.len() < requests.len() => Some(error.clone()),
        _ => None,
    };
    if let Some(error) = refused {
        answers.resize(requests.len(), Err(error));
    }
    answers
}

/// What an error says.
pub(crate) fn sentence(error: &Error) -> &str {
    let (Error::NotPresent(text)
    | Error::Denied(text)
    | Error::Timeout(text)
    | Error::Unreachable(text)
    | Error::Invalid(text)
    | Error::TooLarge(text)
    | Error::Failed(text)) = error;
    text
}

/// The same error in other words.
pub(crate) fn with_sentence(error: &Error, text: String) -> Error {
    match error {
        Error::NotPresent(_) => Error::NotPresent(text),
        Error::Denied(_) => Error::Denied(text),
        Error::Timeout(_) => Error::Timeout(text),
        Error::Unreachable(_) => Error::Unreachable(text),
        Error::Invalid(_) => Error::Invalid(text),
        Error::TooLarge(_) => Error::TooLarge(text),
        Error::Failed(_) => Error::Failed(text),
    }
}

collector!(Prometheus);

#[cfg(test)]
mod tests;
