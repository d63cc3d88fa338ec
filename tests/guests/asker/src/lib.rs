//! Calls every function of the interface once in each collection, and says what came of it.

use autobot_plugin_sdk::{
    Collector, Error, Family, Manifest, Metrics, Timestamp, browser, cgroups, clock, collector, containers, cpu, disk,
    files, gpu, http, kernel, log, memory, net, npu, power_supply, probe, process, redis, sensors, services, state,
    websocket,
};
use serde::Deserialize;

static ANSWERS: Family =
    Family::gauge("asker_answers", "1", "1 for what became of a function's call.").labels(&["function", "outcome"]);
static VALUES: Family = Family::gauge("asker_values", "1", "A number of an answer.").labels(&["of"]);

const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false, "properties": {
    "url": { "type": "string" }, "requests": { "type": "integer" }, "websocket": { "type": "string" },
    "host": { "type": "string" }, "port": { "type": "integer" }, "redis": { "type": "string" }, "browser": { "type": "string" },
    "file": { "type": "string" } } }"#;

/// What to ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    url: String,
    requests: u32,
    websocket: String,
    host: String,
    port: u16,
    redis: String,
    browser: String,
    file: String,
}

/// The plugin.
pub struct Asker(Settings);

fn outcome<T>(answer: &Result<T, Error>) -> &'static str {
    match answer {
        Ok(_) => "ok",
        Err(Error::NotPresent(_)) => "not-present",
        Err(Error::Denied(_)) => "denied",
        Err(Error::Timeout(_)) => "timeout",
        Err(Error::Unreachable(_)) => "unreachable",
        Err(Error::Invalid(_)) => "invalid",
        Err(Error::TooLarge(_)) => "too-large",
        Err(Error::Failed(_)) => "failed",
    }
}

fn note<T>(metrics: &mut Metrics, function: &str, answer: Result<T, Error>) -> Option<T> {
    metrics.set(&ANSWERS, &[function, outcome(&answer)], 1.0);
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            log::debug(&format!("{function}: {error:?}"));
            None
        }
    }
}

/// The first answer of a list.
fn first<T>(answers: Vec<Result<T, Error>>) -> Result<T, Error> {
    answers.into_iter().next().unwrap_or_else(|| Err(Error::Failed("no answer came".to_owned())))
}

impl Collector for Asker {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("asker", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(SCHEMA)
        .interval_ms(1_000);
    const FAMILIES: &[&Family] = &[&ANSWERS, &VALUES];

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        self.machine(metrics);
        self.web(metrics);
        self.others(metrics);
        let before = state::get("last")?;
        state::set("last", at.to_string().as_bytes())?;
        state::delete("never")?;
        metrics.set(&VALUES, &["kept"], f64::from(u8::from(before.is_some() && state::keys()? == ["last"])));
        metrics.set(&VALUES, &["clock"], (clock::now() >= at && clock::monotonic_micros() > 0).into());
        Ok(())
    }
}

impl Asker {
    fn machine(&self, metrics: &mut Metrics) {
        note(metrics, "cpu.read", cpu::read());
        note(metrics, "cpu.frequencies", cpu::frequencies());
        note(metrics, "cpu.scalings", cpu::scalings());
        note(metrics, "cpu.schedule", cpu::schedule());
        note(metrics, "cpu.stalls", cpu::stalls());
        note(metrics, "memory.read", memory::read());
        note(metrics, "memory.nodes", memory::nodes());
        note(metrics, "memory.controllers", memory::controllers());
        note(metrics, "memory.stalls", memory::stalls());
        note(metrics, "disk.mounts", disk::mounts());
        note(metrics, "disk.devices", disk::devices());
        note(metrics, "disk.describe", disk::describe());
        note(metrics, "disk.arrays", disk::arrays());
        note(metrics, "disk.faults", disk::faults());
        note(metrics, "disk.zfs", disk::zfs());
        note(metrics, "disk.stalls", disk::stalls());
        note(metrics, "net.links", net::links());
        note(metrics, "net.describe", net::describe());
        note(metrics, "net.bonds", net::bonds());
        note(metrics, "net.protocols", net::protocols());
        note(metrics, "net.softnets", net::softnets());
        note(metrics, "net.queues", net::queues());
        note(metrics, "net.neighbours", net::neighbours());
        note(metrics, "net.tracking", net::tracking());
        note(metrics, "net.sockets", net::sockets());
        note(metrics, "process.look", process::look(3, &[], &[vec!["*".to_owned()]]));
        note(metrics, "kernel.read", kernel::read());
        note(metrics, "kernel.clock", kernel::clock());
        note(metrics, "kernel.caches", kernel::caches());
        note(metrics, "kernel.machine", kernel::machine());
        note(metrics, "kernel.limits", kernel::limits());
        note(metrics, "kernel.activity", kernel::activity(10));
        note(metrics, "sensors.read", sensors::read());
        note(metrics, "sensors.throttled", sensors::throttled());
        note(metrics, "power-supply.read", power_supply::read());
        note(metrics, "cgroups.read", cgroups::read(2, 10));
        note(metrics, "gpu.read", gpu::read());
        note(metrics, "npu.read", npu::read());
        note(metrics, "services.read", services::read(&["*.service".to_owned()]));
        note(metrics, "containers.read", containers::read());
        note(metrics, "files.read-all", files::read_all(&[self.0.file.clone()], 100));
        note(metrics, "files.list-all", files::list_all(&[self.0.file.clone()]));
    }

    fn web(&self, metrics: &mut Metrics) {
        let request = http::Request {
            target: None,
            url: self.0.url.clone(),
            method: "GET".to_owned(),
            headers: vec![],
            body: vec![],
            timeout_micros: 5_000_000,
            redirects: 0,
            keep_body: 100,
            verify: true,
            version: http::Version::Any,
        };
        let requests = vec![request; self.0.requests.max(1) as usize];
        if let Some(response) = note(metrics, "http.fetch-all", first(http::fetch_all(&requests))) {
            metrics.set(&VALUES, &["status"], response.status.into());
        }
        let check = websocket::Check {
            target: None,
            url: self.0.websocket.clone(),
            headers: vec![],
            subprotocols: vec![],
            message: r#"{"ping": 7}"#.to_owned(),
            keep: 100,
            timeout_micros: 5_000_000,
            verify: true,
        };
        if let Some(outcome) = note(metrics, "websocket.check-all", first(websocket::check_all(&[check]))) {
            metrics.set(&VALUES, &["ping"], f64::from(u8::from(outcome.ping.is_some())));
        }
    }

    fn others(&self, metrics: &mut Metrics) {
        let batch = redis::Batch {
            target: self.0.redis.clone(),
            database: 3,
            commands: vec![vec!["DBSIZE".to_owned()], vec!["PING".to_owned()]],
            timeout_micros: 5_000_000,
        };
        if let Some(answer) = note(metrics, "redis.pipeline-all", first(redis::pipeline_all(&[batch]))) {
            metrics.set(&VALUES, &["replies"], answer.replies.len() as f64);
        }
        let target = probe::Target {
            host: self.0.host.clone(),
            port: self.0.port,
            method: probe::Method::Tcp,
            count: 2,
            interval_micros: 1_000,
            timeout_micros: 5_000_000,
            size: 16,
        };
        if let Some(outcome) = note(metrics, "probe.ping-all", first(probe::ping_all(&[target]))) {
            metrics.set(&VALUES, &["received"], outcome.received.into());
        }
        let transfer = probe::Transfer {
            host: self.0.host.clone(),
            port: self.0.port,
            bytes: 1_000,
            duration_micros: 100_000,
            timeout_micros: 1_000_000,
        };
        note(metrics, "probe.transfer-all", first(probe::transfer_all(&[transfer])));
        let browser = self.0.browser.as_str();
        note(metrics, "browser.version-of", browser::version_of(browser));
        note(metrics, "browser.pages", browser::pages(browser));
        note(metrics, "browser.contexts", browser::contexts(browser));
        note(metrics, "browser.processes", browser::processes(browser));
        let command =
            browser::Command { page: String::new(), method: "Browser.getVersion".to_owned(), params: "{}".to_owned() };
        note(metrics, "browser.run-all", browser::run_all(browser, &[command]).and_then(first));
        let visit = browser::Visit {
            url: self.0.url.clone(),
            settle_micros: 0,
            timeout_micros: 9_000_000,
            width: 800,
            height: 600,
            picture: false,
        };
        if let Some(load) = note(metrics, "browser.visit-all", browser::visit_all(browser, &[visit]).and_then(first)) {
            metrics.set(&VALUES, &["loaded"], load.status.into());
        }
    }
}

collector!(Asker);
