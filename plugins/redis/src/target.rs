//! One server: whether it answers, what is known of it, and what it is asked next.

use std::collections::BTreeMap;

use autobot_plugin_sdk::redis::{Answer, Batch, Reply};
use autobot_plugin_sdk::{Error, Family, Metrics, log};

use crate::ask::{self, Ask, Refusals};
use crate::clients::Clients;
use crate::databases::Keyspace;
use crate::fields::TARGET;
use crate::info::Info;
use crate::reply::Value;
use crate::sampling::Sampling;
use crate::server::{self, Server};
use crate::slowlog::{self, SlowLog};
use crate::{Settings, cluster, commands, databases, fields, latency, number, replication};

pub(crate) static UP: Family =
    Family::gauge("redis_up", "1", "1 while the server answers and serves commands.").labels(TARGET);
pub(crate) static PING: Family = Family::gauge(
    "redis_ping_seconds",
    "s",
    "How long the server took to answer `PING`, the way there and back included.",
)
.labels(TARGET);

const SECOND: u64 = 1_000_000;
/// What seldom changes is asked for so often.
const SELDOM: u64 = 10 * SECOND;
/// The list of so few connections is asked for each time, a longer one seldom.
const FEW_CONNECTIONS: f64 = 100.0;
/// One that did not answer in time is left alone so long, then twice as long, up to the longest: each attempt costs the others
/// their answers' time.
const FIRST_PAUSE: u64 = 5 * SECOND;
const LONGEST_PAUSE: u64 = 30 * SECOND;
/// One that refuses or speaks otherwise is asked again after so long.
const PAUSE: u64 = 10 * SECOND;

/// Why a server is not up.
#[derive(Debug)]
struct Trouble {
    why: Error,
    until: u64,
    pause: u64,
}

/// One of the configuration's targets.
#[derive(Debug)]
pub(crate) struct Target {
    name: String,
    trouble: Option<Trouble>,
    /// Of this collect: how long `PING` took, in seconds.
    ping: Option<f64>,
    /// What was asked last, in order.
    asked: Vec<Ask>,
    /// Whether the server told of itself in this collect.
    told: bool,
    server: Server,
    refusals: Refusals,
    slow_log: SlowLog,
    wants_slow_log: bool,
    slow_length: Option<f64>,
    clients: Option<Clients>,
    connections: f64,
    overhead: BTreeMap<u32, f64>,
    cluster: Option<String>,
    is_in_cluster: bool,
    keyspace: BTreeMap<u32, Keyspace>,
    chosen: Vec<u32>,
    sampling: Sampling,
    /// When to ask again for what seldom changes, and for a long list of connections.
    seldom_due: u64,
    clients_due: u64,
}

impl Target {
    pub(crate) fn new(name: &str, settings: &Settings) -> Self {
        Self {
            name: name.to_owned(),
            trouble: None,
            ping: None,
            asked: Vec::new(),
            told: false,
            server: Server::default(),
            refusals: Refusals::default(),
            slow_log: SlowLog::default(),
            wants_slow_log: false,
            slow_length: None,
            clients: None,
            connections: 0.0,
            overhead: BTreeMap::new(),
            cluster: None,
            is_in_cluster: false,
            keyspace: BTreeMap::new(),
            chosen: Vec::new(),
            sampling: Sampling::new(settings.sampling_budget_ms),
            seldom_due: 0,
            clients_due: 0,
        }
    }

    fn batch(&self, database: u32, commands: Vec<Vec<String>>, timeout_micros: u64) -> Batch {
        Batch { target: self.name.clone(), database, commands, timeout_micros }
    }

    /// A collect begins. Nothing is asked of one that is left alone.
    pub(crate) fn begin(&mut self, now: u64, timeout_micros: u64) -> Option<Batch> {
        (self.ping, self.told, self.wants_slow_log) = (None, false, false);
        self.asked.clear();
        if self.trouble.as_ref().is_some_and(|trouble| trouble.until > now) {
            return None;
        }
        Some(self.batch(0, vec![vec!["PING".to_owned()]], timeout_micros))
    }

    pub(crate) fn pinged(&mut self, answer: Result<Answer, Error>, now: u64) {
        match answer {
            Err(why) => self.fail(why, now),
            Ok(answer) => {
                self.ping = Some(answer.elapsed);
                let said = answer.replies.first().and_then(|reply| Value::of(reply).failure());
                // Whoever may not say PING was answered too.
                match said.filter(|said| ask::is_passing(said)) {
                    Some(said) => {
                        let said: String = said.chars().take(200).collect();
                        let why = Error::Failed(format!("{}: it answers, and serves no commands: {said}", self.name));
                        self.note(why, 0, 0);
                    }
                    None => {
                        if self.trouble.take().is_some() {
                            log::info(&format!("{}: it answers again", self.name));
                        }
                    }
                }
            }
        }
    }

    fn fail(&mut self, why: Error, now: u64) {
        (self.ping, self.told) = (None, false);
        self.clients = None;
        let pause = match (&why, &self.trouble) {
            // Known at once, and over at once.
            (Error::Unreachable(_), _) => 0,
            (Error::Timeout(_), Some(before)) if before.pause > 0 => before.pause.saturating_mul(2).min(LONGEST_PAUSE),
            (Error::Timeout(_), _) => FIRST_PAUSE,
            _ => PAUSE,
        };
        self.note(why, now.saturating_add(pause), pause);
    }

    /// Only what is new is said.
    fn note(&mut self, why: Error, until: u64, pause: u64) {
        if self.trouble.as_ref().is_none_or(|before| before.why != why) {
            log::warn(text(&why));
        }
        self.trouble = Some(Trouble { why, until, pause });
    }

    /// What to ask of a server that answered.
    pub(crate) fn questions(&mut self, settings: &Settings, now: u64, timeout_micros: u64) -> Option<Batch> {
        self.ping?;
        let mut wanted = vec![Ask::Info, Ask::Latest];
        if settings.top_histograms > 0 {
            wanted.push(Ask::Histograms);
        }
        if settings.slow_log {
            wanted.extend([Ask::SlowLog, Ask::SlowLength]);
        }
        let most = f64::from(settings.most_connections);
        if most > 0.0 && self.connections <= most && (self.connections <= FEW_CONNECTIONS || now >= self.clients_due) {
            wanted.push(Ask::Clients);
            self.clients_due = now.saturating_add(SELDOM);
        }
        if now >= self.seldom_due {
            wanted.extend((0..server::CONFIG.len()).map(Ask::Config));
            wanted.push(Ask::Memory);
            if self.is_in_cluster {
                wanted.push(Ask::Cluster);
            }
            self.seldom_due = now.saturating_add(SELDOM);
        }
        wanted.retain(|ask| self.refusals.may(ask.name(), now));
        let commands: Vec<_> = wanted.iter().map(|ask| ask.command()).collect();
        self.asked = wanted;
        (!commands.is_empty()).then(|| self.batch(0, commands, timeout_micros))
    }

    /// Takes in the answers, and sets what they say.
    pub(crate) fn answered(
        &mut self,
        answer: Result<Answer, Error>,
        settings: &Settings,
        now: u64,
        metrics: &mut Metrics,
    ) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => return self.fail(why, now),
        };
        let asked = std::mem::take(&mut self.asked);
        let reply = |wanted: Ask| {
            let at = asked.iter().position(|ask| *ask == wanted)?;
            answer.replies.get(at).filter(|reply| Value::of(reply).failure().is_none())
        };
        let said = reply(Ask::Info).and_then(|reply| Value::of(reply).text()).unwrap_or_default();
        let info = Info::parse(&said);
        if !info.is_empty() && self.server.recognise(&info) {
            self.restarted();
        }
        for (ask, reply) in asked.iter().zip(&answer.replies) {
            match Value::of(reply).failure() {
                Some(said) => self.refusals.note(&self.name, &self.server.called, ask.name(), said, now),
                None => self.refusals.answered(&self.name, ask.name()),
            }
            self.remember(*ask, reply, settings);
        }
        self.told = !info.is_empty();
        self.keyspace = databases::read(&info);
        self.chosen = settings.databases.choose(self.server.databases(), self.keyspace.keys().copied());
        self.know_connections(&info, settings);

        fields::collect(&self.name, &info, metrics);
        if self.told {
            self.server.collect(&self.name, &info, now, metrics);
        }
        let ranked = commands::ranked(&info);
        commands::collect(&self.name, &ranked, settings.top_commands as usize, &info, metrics);
        if let Some(reply) = reply(Ask::Histograms) {
            latency::durations(&self.name, &ranked, settings.top_histograms as usize, Value::of(reply), metrics);
        }
        if let Some(reply) = reply(Ask::Latest) {
            latency::events(&self.name, Value::of(reply), metrics);
        }
        replication::collect(&self.name, &info, metrics);
        cluster::sentinel(&self.name, &info, metrics);
        if let Some(text) = &self.cluster {
            cluster::collect(&self.name, text, metrics);
        }
        if let Some(clients) = &self.clients {
            clients.collect(&self.name, &self.chosen, metrics);
        }
        databases::collect(&self.name, &self.chosen, &self.keyspace, &self.overhead, metrics);
        self.sampling.begin(now, &self.chosen, &self.keyspace);
    }

    fn restarted(&mut self) {
        log::info(&format!(
            "{}: another start of the server ({}); what it counts began anew",
            self.name, self.server.called
        ));
        self.refusals.forget();
        self.slow_log.restarted();
        self.sampling.restarted();
        self.overhead.clear();
        self.cluster = None;
        self.seldom_due = 0;
    }

    /// What is kept until it is asked for again.
    fn remember(&mut self, ask: Ask, reply: &Reply, settings: &Settings) {
        let value = Value::of(reply);
        if value.failure().is_some() {
            return;
        }
        match ask {
            Ask::Config(at) => {
                let number = value.pairs().next().and_then(|(_, value)| value.number());
                if let (Some((name, _)), Some(number)) = (server::CONFIG.get(at), number) {
                    self.server.configured(name, number);
                }
            }
            Ask::Memory => {
                self.overhead = value.pairs().filter_map(|(key, value)| overhead(&key, value)).collect();
            }
            Ask::Cluster => self.cluster = value.text().map(|text| text.into_owned()),
            Ask::Clients => {
                let list = value.text().unwrap_or_default();
                self.clients = Some(Clients::parse(&list, settings.top_clients as usize));
            }
            Ask::SlowLength => self.slow_length = value.number(),
            Ask::SlowLog => {
                self.wants_slow_log = self.slow_log.wants_more(reply);
                if !self.wants_slow_log {
                    self.slow_log.take(reply);
                }
            }
            Ask::Info | Ask::Histograms | Ask::Latest => {}
        }
    }

    fn know_connections(&mut self, info: &Info<'_>, settings: &Settings) {
        self.is_in_cluster = info.number("cluster_enabled").is_some_and(|is| is > 0.0);
        let (before, most) = (self.connections, f64::from(settings.most_connections));
        self.connections = info.number("connected_clients").unwrap_or(0.0);
        if most > 0.0 && self.connections > most {
            self.clients = None;
            if before <= most {
                log::info(&format!(
                    "{}: it has {} connections, more than `most_connections` ({most}), so they are not told by name",
                    self.name, self.connections
                ));
            }
        }
    }

    /// More of the slow log, when more was new than was asked for.
    pub(crate) fn follow_up(&mut self, timeout_micros: u64) -> Option<Batch> {
        let wanted = ["SLOWLOG".to_owned(), "GET".to_owned(), slowlog::MANY.to_string()];
        self.wants_slow_log.then(|| self.batch(0, vec![wanted.into()], timeout_micros))
    }

    pub(crate) fn followed_up(&mut self, answer: Result<Answer, Error>, now: u64) {
        match answer {
            Ok(answer) => answer.replies.iter().for_each(|reply| self.slow_log.take(reply)),
            Err(why) => self.fail(why, now),
        }
    }

    /// A step of sampling, if it serves and there is one to do.
    pub(crate) fn step(&mut self, now: u64, timeout_micros: u64) -> Option<Batch> {
        if !self.told || self.trouble.is_some() || !self.may_sample(now) {
            return None;
        }
        let (database, commands) = self.sampling.step(now)?;
        Some(self.batch(database, commands, timeout_micros))
    }

    fn may_sample(&self, now: u64) -> bool {
        self.refusals.may(SAMPLING, now)
    }

    pub(crate) fn stepped(&mut self, answer: Result<Answer, Error>, now: u64) {
        match answer {
            Ok(answer) => {
                // The way there and back is no time of the server's.
                let elapsed = (answer.elapsed - self.ping.unwrap_or(0.0)).max(answer.elapsed / 10.0);
                match self.sampling.answered(&answer.replies, elapsed * 1e6, &self.keyspace, now) {
                    Ok(()) => self.refusals.answered(&self.name, SAMPLING),
                    Err(said) => self.refusals.note(&self.name, &self.server.called, SAMPLING, &said, now),
                }
            }
            Err(why) => {
                self.sampling.failed(now);
                self.refusals.note(&self.name, &self.server.called, SAMPLING, text(&why), now);
            }
        }
    }

    /// The end of a collect.
    pub(crate) fn finish(&mut self, metrics: &mut Metrics) {
        if self.told {
            self.slow_log.collect(&self.name, self.slow_length, metrics);
            self.sampling.collect(&self.name, &self.chosen, &self.keyspace, metrics);
        }
        if let Some(ping) = self.ping {
            metrics.set(&PING, &[&self.name], number::seconds(ping));
        }
        metrics.set(&UP, &[&self.name], f64::from(u8::from(self.trouble.is_none())));
    }

    /// Why nothing at all could be measured, if so.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.trouble.as_ref().map(|trouble| &trouble.why).filter(|_| self.ping.is_none())
    }
}

/// Both commands of sampling, as a refusal of them is called.
const SAMPLING: &str = "MEMORY USAGE and SCAN";

/// The tables of a database in the reply to `MEMORY STATS`: `db.0`, and what each of its tables takes.
fn overhead(key: &str, value: Value<'_>) -> Option<(u32, f64)> {
    let database = key.strip_prefix("db.")?.parse().ok()?;
    Some((database, value.pairs().filter_map(|(_, bytes)| bytes.number()).sum()))
}

fn text(error: &Error) -> &str {
    let (Error::NotPresent(text)
    | Error::Denied(text)
    | Error::Timeout(text)
    | Error::Unreachable(text)
    | Error::Invalid(text)
    | Error::TooLarge(text)
    | Error::Failed(text)) = error;
    text
}
