//! The api plugin: whether HTTP endpoints and WebSockets answer, as they should, and as fast as they used to.
//!
//! The host makes the requests, with the credentials of targets, within the grant; this crate chooses which, when and how many
//! at once, judges the answers, and makes metrics of them. Nothing is asked that the settings do not name: an endpoint, a
//! WebSocket, or an OpenAPI document whose GET operations are meant. What would change something is asked only when an endpoint says so.

mod baseline;
mod certificate;
mod check;
mod discovery;
mod histogram;
mod http;
mod json_path;
mod judge;
mod openapi;
mod pace;
mod reason;
mod settings;
mod span;
mod spec;
mod status;
mod voice;
mod websocket;
mod yaml;

use std::collections::BTreeSet;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Presence, Timestamp, clock, collector};

use check::{HttpCheck, WebSocketCheck};
use discovery::Discovery;
use http::Endpoint;
use pace::{Checked as _, Limits, Rounds};
use voice::Voice;
use websocket::Socket;

pub use settings::Settings;
pub use span::Span;
pub use spec::{Endpoint as EndpointSettings, WebSocket as WebSocketSettings};
pub use status::Statuses;

/// How finely checks are spread; each has an interval of its own.
const INTERVAL_MS: u32 = 1_000;
/// Values are shown again after so long, as a query looks five minutes back and some checks are made once a day.
const SHOWN_AGAIN_MS: u64 = 60_000;
/// Bytes of a label's value.
const LONGEST: usize = 200;

static OVERDUE: Family = Family::gauge(
    "http_check_overdue",
    "1",
    "Checks that were due and did not get their turn, because others used up the time of the collection.",
);

/// The plugin.
pub struct Api {
    settings: Settings,
    /// Those of the settings, then those of the document.
    endpoints: Vec<Endpoint>,
    configured: usize,
    sockets: Vec<Socket>,
    discovery: Discovery,
    presence: Presence,
    rounds: (Rounds, Rounds),
    has_begun: bool,
    /// Whether WebSockets come first this time.
    sockets_first: bool,
}

impl Collector for Api {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("api", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA)
        .interval_ms(INTERVAL_MS);

    const FAMILIES: &[&Family] = &[
        &http::UP,
        &http::FAILED,
        &http::DURATION_BUCKET,
        &http::DURATION_SUM,
        &http::DURATION_COUNT,
        &http::PHASE,
        &http::STATUS,
        &http::BODY,
        &http::REDIRECTS,
        &http::INFO,
        &http::CERTIFICATE,
        &http::CHAIN,
        &http::TRUSTED,
        &http::BASELINE,
        &http::DRIFT,
        &OVERDUE,
        &discovery::UP,
        &discovery::OPERATIONS,
        &websocket::UP,
        &websocket::FAILED,
        &websocket::PHASE,
        &websocket::PING,
        &websocket::ECHO,
        &websocket::CERTIFICATE,
        &websocket::CHAIN,
        &websocket::TRUSTED,
    ];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let http = settings.endpoints.iter().map(|one| HttpCheck::new(&one.0, &settings));
        let http = http.collect::<Result<Vec<_>, _>>()?;
        let sockets = settings.websockets.iter().map(|one| WebSocketCheck::new(&one.0, &settings));
        let sockets = sockets.collect::<Result<Vec<_>, _>>()?;
        check::unique(http.iter().map(|check| &check.place))?;
        check::unique(sockets.iter().map(|check| &check.place))?;
        Ok(Self {
            configured: http.len(),
            endpoints: http.into_iter().map(Endpoint::new).collect(),
            sockets: sockets.into_iter().map(Socket::new).collect(),
            settings,
            discovery: Discovery::default(),
            presence: Presence::default(),
            rounds: Default::default(),
            has_begun: false,
            sockets_first: false,
        })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let is_idle = self.endpoints.is_empty() && self.sockets.is_empty() && self.settings.openapi.is_empty();
        let question = || {
            match is_idle {
            true => Err(Error::NotPresent(
                "no endpoint is named; say in the plugin's `settings` what to check (`endpoints`, `websockets`, or `target` and `openapi`), and grant it"
                    .to_owned(),
            )),
            false => Ok(()),
        }
        };
        if self.presence.ask(question)?.is_none() {
            return Ok(());
        }
        let began = clock::monotonic_micros();
        self.discover(at);
        if !std::mem::replace(&mut self.has_begun, true) {
            let few = self.endpoints.len().saturating_add(self.sockets.len()) <= self.settings.connections as usize;
            if !few {
                self.endpoints.iter_mut().for_each(|one| one.pace_mut().wait(at));
                self.sockets.iter_mut().for_each(|one| one.pace_mut().wait(at));
            }
        }
        self.check(at, began);
        for endpoint in &mut self.endpoints {
            endpoint.set(at, metrics);
        }
        for socket in &mut self.sockets {
            socket.set(at, metrics);
        }
        let overdue = self.rounds.0.overdue.saturating_add(self.rounds.1.overdue);
        metrics.set(&OVERDUE, &[], overdue as f64);
        self.discovery.set(&self.settings, metrics);
        Ok(())
    }
}

impl Api {
    /// Reads the document when it is time, and lets endpoints come and go with it. Those that stay keep what is known of them.
    fn discover(&mut self, at: u64) {
        let (own, found) = self.endpoints.split_at(self.configured.min(self.endpoints.len()));
        let is_first = found.is_empty();
        let room = (self.settings.most_endpoints as usize).saturating_sub(own.len());
        let target = &self.settings.target;
        let names: BTreeSet<&str> = own
            .iter()
            .map(|one| &one.check.place)
            .filter(|place| place.target == *target)
            .map(|place| &*place.name)
            .collect();
        let taken = |name: &str| names.contains(name);
        let Some(checks) = self.discovery.look(at, &self.settings, taken, room) else { return };
        let mut known = self.endpoints.split_off(self.configured);
        for check in checks {
            let same = known.iter().position(|one| one.check == check);
            self.endpoints.push(match same {
                Some(at) => known.swap_remove(at),
                None => {
                    let mut endpoint = Endpoint::new(check);
                    if !is_first || self.has_begun {
                        endpoint.pace.wait(at);
                    }
                    endpoint
                }
            });
        }
    }

    fn check(&mut self, at: u64, began: u64) {
        let Self { settings, endpoints, sockets, rounds, sockets_first, .. } = self;
        let limits = Limits {
            connections: settings.connections as usize,
            per_host: settings.concurrency as usize,
            deadline_micros: settings.deadline.micros(),
        };
        let mut voice = Voice::default();
        let first = std::mem::replace(sockets_first, !*sockets_first);
        // Whichever comes second may find the time used up; so they take turns.
        for is_socket in [first, !first] {
            if is_socket {
                rounds.1.run(sockets, at, began, limits, |all, round| websocket::ask(all, round, &mut voice));
            } else {
                rounds.0.run(endpoints, at, began, limits, |all, round| http::ask(all, round, &mut voice));
            }
        }
        voice.end();
    }
}

/// Whether values are shown: when they are new, and now and then while they are not.
#[derive(Debug, Default)]
struct Freshness {
    is_new: bool,
    shown: u64,
}

impl Freshness {
    fn renew(&mut self) {
        self.is_new = true;
    }

    fn show(&mut self, at: u64) -> bool {
        let show = std::mem::take(&mut self.is_new) || at.abs_diff(self.shown) >= SHOWN_AGAIN_MS;
        if show {
            self.shown = at;
        }
        show
    }
}

/// To a microsecond: what is below is noise, and costs disk.
fn round(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// `text`, or its beginning when it is too long for a label.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(text.len().min(LONGEST))).unwrap_or_default()
}

collector!(Api);

#[cfg(test)]
mod tests;
