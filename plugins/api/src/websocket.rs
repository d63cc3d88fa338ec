//! WebSockets: whether they open, and how long the handshake, a ping and an echo take.

use autobot_plugin_sdk::websocket::{self, Outcome};
use autobot_plugin_sdk::{Error, Family, Metrics};

use crate::certificate::{self, Certificates};
use crate::check::{Place, WebSocketCheck};
use crate::judge::{holds, trust};
use crate::pace::{Checked, Pace};
use crate::reason::{Failure, Reason};
use crate::voice::Voice;
use crate::{Freshness, round};

const LABELS: &[&str] = &["target", "endpoint"];

pub(crate) static UP: Family = Family::gauge(
    "websocket_check_up",
    "1",
    "1 when the last check passed: it opened, answered a ping, and sent back what it should; else 0.",
)
.labels(LABELS);
pub(crate) static FAILED: Family =
    Family::gauge("websocket_check_failed", "1", "1 for why the last check failed; no series while it passes.")
        .labels(&["target", "endpoint", "reason"]);
pub(crate) static PHASE: Family = Family::gauge(
    "websocket_check_phase_seconds",
    "s",
    "Time of the last opening by phase: dns, connect, tls, handshake. Those that did not happen are left out.",
)
.labels(&["target", "endpoint", "phase"]);
pub(crate) static PING: Family =
    Family::gauge("websocket_check_ping_seconds", "s", "From a ping to its pong.").labels(LABELS);
pub(crate) static ECHO: Family =
    Family::gauge("websocket_check_echo_seconds", "s", "From the message to the first message back.").labels(LABELS);
pub(crate) static CERTIFICATE: Family = Family::gauge(
    "websocket_check_certificate_expiry_seconds",
    "s",
    "Time until the server's certificate ends; below 0 since it has ended.",
)
.labels(LABELS);
pub(crate) static CHAIN: Family = Family::gauge(
    "websocket_check_certificate_chain_expiry_seconds",
    "s",
    "Time until the first certificate of the chain that the server sends ends.",
)
.labels(LABELS);
pub(crate) static TRUSTED: Family = Family::gauge(
    "websocket_check_certificate_trusted",
    "1",
    "1 when this machine trusts the chain for that name, else 0.",
)
.labels(LABELS);

const CERTIFICATES: certificate::Families =
    certificate::Families { expiry: &CERTIFICATE, chain_expiry: &CHAIN, trusted: &TRUSTED };

/// The times of one opening.
#[derive(Debug)]
struct Times {
    phases: [(&'static str, f64); 4],
    ping: Option<f64>,
    echo: Option<f64>,
}

/// One WebSocket, from check to check.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) check: WebSocketCheck,
    pub(crate) pace: Pace,
    /// `None` before the first check.
    passed: Option<bool>,
    failure: Option<Failure>,
    times: Option<Times>,
    certificates: Option<Certificates>,
    freshness: Freshness,
}

impl Socket {
    pub(crate) fn new(check: WebSocketCheck) -> Self {
        Self {
            pace: Pace::new(&check.place),
            check,
            passed: None,
            failure: None,
            times: None,
            certificates: None,
            freshness: Freshness::default(),
        }
    }

    fn settle(&mut self, result: Result<Outcome, Error>, voice: &mut Voice) {
        let failure = match result {
            Ok(outcome) => {
                let verdict = self.judge(&outcome);
                self.certificates = outcome.tls.as_ref().map(Certificates::of);
                self.times = Some(Times {
                    phases: [
                        ("dns", outcome.resolve),
                        ("connect", outcome.connect),
                        ("tls", outcome.tls_handshake),
                        ("handshake", outcome.handshake),
                    ],
                    ping: outcome.ping,
                    echo: outcome.echo,
                });
                verdict.err()
            }
            Err(error) => {
                let failure = Failure::of(error);
                if failure.text.contains("certificate is not trusted") {
                    self.certificates = Some(Certificates::distrusted(self.certificates));
                }
                self.times = None;
                Some(failure)
            }
        };
        voice.changed(&self.check.place, self.failure.as_ref(), failure.as_ref());
        self.passed = Some(failure.is_none());
        self.failure = failure;
        self.freshness.renew();
    }

    fn judge(&self, outcome: &Outcome) -> Result<(), Failure> {
        let place = self.check.place.shown_url();
        trust(&self.check.place, outcome.tls.as_ref())?;
        if outcome.ping.is_none() {
            // RFC 6455, 5.5.2: whoever gets a ping has to answer it.
            return Err(Failure::new(Reason::Timeout, format!("{place} opened, and did not answer a ping")));
        }
        if self.check.wants_echo() && outcome.echo.is_none() {
            return Err(Failure::new(Reason::Timeout, format!("{place} opened, and sent nothing back")));
        }
        if !holds(&outcome.reply, &self.check.reply) {
            let text = format!("{place} sent back something else than expected");
            return Err(Failure::new(Reason::Body, text));
        }
        Ok(())
    }

    /// Sets its series, in an order that stays.
    pub(crate) fn set(&mut self, at: u64, metrics: &mut Metrics) {
        let Some(passed) = self.passed else { return };
        let fresh = self.freshness.show(at);
        let value = |value: f64| if fresh { value } else { f64::NAN };
        let labels = [&*self.check.place.target, &*self.check.place.name];
        let [target, endpoint] = labels;
        metrics.set(&UP, &labels, value(if passed { 1.0 } else { 0.0 }));
        if let Some(failure) = &self.failure {
            metrics.set(&FAILED, &[target, endpoint, failure.reason.word()], value(1.0));
        }
        if let Some(times) = &self.times {
            for (phase, seconds) in times.phases {
                if seconds > 0.0 {
                    metrics.set(&PHASE, &[target, endpoint, phase], value(round(seconds)));
                }
            }
            for (family, seconds) in [(&PING, times.ping), (&ECHO, times.echo)] {
                if let Some(seconds) = seconds {
                    metrics.set(family, &labels, value(round(seconds)));
                }
            }
        }
        if let Some(certificates) = &self.certificates {
            certificates.set(&CERTIFICATES, labels, at, fresh, metrics);
        }
    }
}

impl Checked for Socket {
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

/// Opens those at the given places, side by side.
pub(crate) fn ask(all: &mut [Socket], round: &[usize], voice: &mut Voice) {
    let checks: Vec<websocket::Check> = round.iter().map(|&one| all[one].check.check()).collect();
    let mut outcomes = websocket::check_all(&checks).into_iter();
    for &one in round {
        let none = || Err(Error::Failed("the host gave no answer to this check".to_owned()));
        all[one].settle(outcomes.next().unwrap_or_else(none), voice);
    }
}
