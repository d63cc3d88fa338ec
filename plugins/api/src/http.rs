//! Requests over HTTP: how each went, how long it took, and what it usually takes.

use autobot_plugin_sdk::http::{self, Response};
use autobot_plugin_sdk::{Error, Family, Kind, Metrics, Tls};

use crate::baseline::Baseline;
use crate::certificate::{self, Certificates};
use crate::check::{HttpCheck, Place};
use crate::histogram::{self, Histogram};
use crate::judge::judge;
use crate::pace::{Checked, Pace};
use crate::reason::{Failure, Reason};
use crate::voice::Voice;
use crate::{Freshness, cut, round};

const LABELS: &[&str] = &["target", "endpoint"];

pub(crate) static UP: Family =
    Family::gauge("http_check_up", "1", "1 when the last check passed, else 0.").labels(LABELS);
pub(crate) static FAILED: Family =
    Family::gauge("http_check_failed", "1", "1 for why the last check failed; no series while it passes.")
        .labels(&["target", "endpoint", "reason"]);
pub(crate) static DURATION_BUCKET: Family = Family {
    name: "http_check_duration_seconds_bucket",
    unit: "s",
    kind: Kind::Histogram,
    help: "Answers that took at most so long in all, redirects included, since the plugin began.",
    labels: &["target", "endpoint", "le"],
};
pub(crate) static DURATION_SUM: Family = Family {
    name: "http_check_duration_seconds_sum",
    unit: "s",
    kind: Kind::Histogram,
    help: "Time that all answers took, since the plugin began.",
    labels: LABELS,
};
pub(crate) static DURATION_COUNT: Family = Family {
    name: "http_check_duration_seconds_count",
    unit: "s",
    kind: Kind::Histogram,
    help: "Answers since the plugin began. A check without an answer has no duration.",
    labels: LABELS,
};
pub(crate) static PHASE: Family = Family::gauge(
    "http_check_phase_seconds",
    "s",
    "Time of the last answer by phase: dns, connect, tls, first_byte, body. Those that did not happen are left out.",
)
.labels(&["target", "endpoint", "phase"]);
pub(crate) static STATUS: Family =
    Family::gauge("http_check_status_code", "1", "Status of the last answer.").labels(LABELS);
pub(crate) static BODY: Family =
    Family::gauge("http_check_body_bytes", "By", "Bytes of the last answer's body, as they came.").labels(LABELS);
pub(crate) static REDIRECTS: Family = Family::gauge(
    "http_check_redirects",
    "1",
    "Redirects that were followed to the last answer, where there were any.",
)
.labels(LABELS);
pub(crate) static INFO: Family =
    Family::gauge("http_check_info", "1", "1; its labels say what is asked, and in which versions it is answered.")
        .labels(&["target", "endpoint", "method", "url", "version", "tls", "tag"]);
pub(crate) static BASELINE: Family = Family::gauge(
    "http_check_duration_baseline_seconds",
    "s",
    "What an answer usually takes: the median of the last 60 before the newest 5.",
)
.labels(LABELS);
pub(crate) static DRIFT: Family = Family::gauge(
    "http_check_drift_ratio",
    "1",
    "Median of the newest 5 answers by the baseline; 1 while the difference is noise.",
)
.labels(LABELS);
pub(crate) static CERTIFICATE: Family = Family::gauge(
    "http_check_certificate_expiry_seconds",
    "s",
    "Time until the server's certificate ends; below 0 since it has ended.",
)
.labels(LABELS);
pub(crate) static CHAIN: Family = Family::gauge(
    "http_check_certificate_chain_expiry_seconds",
    "s",
    "Time until the first certificate of the chain that the server sends ends.",
)
.labels(LABELS);
pub(crate) static TRUSTED: Family =
    Family::gauge("http_check_certificate_trusted", "1", "1 when this machine trusts the chain for that name, else 0.")
        .labels(LABELS);

const DURATION: histogram::Families =
    histogram::Families { bucket: &DURATION_BUCKET, sum: &DURATION_SUM, count: &DURATION_COUNT };
const CERTIFICATES: certificate::Families =
    certificate::Families { expiry: &CERTIFICATE, chain_expiry: &CHAIN, trusted: &TRUSTED };

/// What is remembered of an answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    phases: [(&'static str, f64); 5],
    body_bytes: u64,
    redirected: u32,
    version: String,
    tls: String,
}

/// One endpoint, from check to check.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) check: HttpCheck,
    pub(crate) pace: Pace,
    /// `None` before the first check.
    passed: Option<bool>,
    failure: Option<Failure>,
    answer: Option<Answer>,
    certificates: Option<Certificates>,
    histogram: Histogram,
    baseline: Baseline,
    freshness: Freshness,
}

impl Endpoint {
    pub(crate) fn new(check: HttpCheck) -> Self {
        Self {
            pace: Pace::new(&check.place),
            check,
            passed: None,
            failure: None,
            answer: None,
            certificates: None,
            histogram: Histogram::default(),
            baseline: Baseline::default(),
            freshness: Freshness::default(),
        }
    }

    fn settle(&mut self, result: Result<Response, Error>, voice: &mut Voice) {
        let failure = match result {
            Ok(response) => {
                let verdict = judge(&self.check, &response);
                self.histogram.note(response.timing.total);
                if verdict.is_ok() {
                    self.baseline.note(response.timing.total);
                }
                self.certificates = response.tls.as_ref().map(Certificates::of);
                self.answer = Some(Answer::of(&response));
                verdict.err()
            }
            Err(error) => {
                let failure = Failure::of(error);
                if failure.text.contains("certificate is not trusted") {
                    self.certificates = Some(Certificates::distrusted(self.certificates));
                }
                self.answer = None;
                Some(failure)
            }
        };
        voice.changed(&self.check.place, self.failure.as_ref(), failure.as_ref());
        self.passed = Some(failure.is_none());
        self.failure = failure;
        self.freshness.renew();
    }

    /// Sets its series, in an order that stays.
    pub(crate) fn set(&mut self, at: u64, metrics: &mut Metrics) {
        let Some(passed) = self.passed else { return };
        let fresh = self.freshness.show(at);
        let value = |value: f64| if fresh { value } else { f64::NAN };
        let place = &self.check.place;
        let labels = [&*place.target, &*place.name];
        let [target, endpoint] = labels;
        metrics.set(&UP, &labels, value(if passed { 1.0 } else { 0.0 }));
        if let Some(failure) = &self.failure {
            metrics.set(&FAILED, &[target, endpoint, failure.reason.word()], value(1.0));
        }
        if !self.histogram.is_empty() {
            self.histogram.set(&DURATION, labels, fresh, metrics);
        }
        if let Some(answer) = &self.answer {
            for (phase, seconds) in answer.phases {
                if seconds > 0.0 {
                    metrics.set(&PHASE, &[target, endpoint, phase], value(round(seconds)));
                }
            }
            metrics.set(&STATUS, &labels, value(f64::from(answer.status)));
            metrics.set(&BODY, &labels, value(answer.body_bytes as f64));
            if answer.redirected > 0 {
                metrics.set(&REDIRECTS, &labels, value(f64::from(answer.redirected)));
            }
            let Answer { version, tls, .. } = answer;
            let (method, url, tag) = (cut(&self.check.method), place.shown_url(), &self.check.tag);
            metrics.set(&INFO, &[target, endpoint, method, url, version, tls, tag], value(1.0));
        }
        if let Some(certificates) = &self.certificates {
            certificates.set(&CERTIFICATES, labels, at, fresh, metrics);
        }
        if let Some(reading) = self.baseline.reading() {
            metrics.set(&BASELINE, &labels, value(round(reading.seconds)));
            metrics.set(&DRIFT, &labels, value((reading.drift * 1e4).round() / 1e4));
        }
    }
}

impl Answer {
    fn of(response: &Response) -> Self {
        let timing = &response.timing;
        Self {
            status: response.status,
            phases: [
                ("dns", timing.resolve),
                ("connect", timing.connect),
                ("tls", timing.tls),
                ("first_byte", timing.first_byte),
                ("body", timing.body),
            ],
            body_bytes: response.body_bytes,
            redirected: response.redirected,
            version: cut(response.version.trim_start_matches("HTTP/")).to_owned(),
            tls: response.tls.as_ref().map(|Tls { version, .. }| cut(version).to_owned()).unwrap_or_default(),
        }
    }
}

impl Checked for Endpoint {
    fn place(&self) -> &Place {
        &self.check.place
    }

    fn pace(&self) -> &Pace {
        &self.pace
    }

    fn pace_mut(&mut self) -> &mut Pace {
        &mut self.pace
    }

    fn kept(&self) -> u32 {
        self.check.kept()
    }

    fn was_late(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.reason == Reason::Timeout)
    }
}

/// Makes the requests at the given places, side by side.
pub(crate) fn ask(all: &mut [Endpoint], round: &[usize], voice: &mut Voice) {
    let requests: Vec<http::Request> = round.iter().map(|&one| all[one].check.request()).collect();
    let mut answers = http::fetch_all(&requests).into_iter();
    for &one in round {
        let none = || Err(Error::Failed("the host gave no answer to this request".to_owned()));
        all[one].settle(answers.next().unwrap_or_else(none), voice);
    }
}
