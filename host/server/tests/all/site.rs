//! A server on a port of its own, over series in memory and the documents of a real host.

use std::net::SocketAddr;
use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, ManualClock, SeriesId, SeriesKey, SeriesReader, SeriesRegistry, Timestamp};
use autobot_query::Engine;
use autobot_query::testing::MemoryReader;
use autobot_server::{Attempt, Control, ControlError, HostView, Hub, Latest, Parts, PluginAction, schema};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The moment that it is: 2026-01-02T03:04:05Z.
pub(crate) const NOW: i64 = 1_767_323_045_000;

/// A running server; it ends with the test.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) hub: Arc<Hub>,
    _stop: oneshot::Sender<()>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::over(series()).await
    }

    pub(crate) async fn over(reader: impl SeriesReader + 'static) -> Self {
        Self::with(reader, Engine::default()).await
    }

    pub(crate) async fn with(reader: impl SeriesReader + 'static, engine: Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let reader = Arc::new(reader);
        let engine = Arc::new(engine);
        let hub = Arc::new(Hub::new(reader.clone(), engine.clone()));
        let parts = Parts {
            reader,
            registry: Arc::new(NoNames),
            latest: Arc::new(Latest::default()),
            hub: hub.clone(),
            engine,
            view: Arc::new(Recorded),
            control: Arc::new(Plugins),
            clock: Arc::new(ManualClock::at(Timestamp(NOW))),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let router = autobot_server::router(parts, address);
        tokio::spawn(autobot_server::serve(listener, router, async move { drop(stopped.await) }));
        Self { address, hub, _stop: stop }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Four minutes of three metrics, a sample every 15 s up to now.
pub(crate) fn series() -> MemoryReader {
    let grid = |value: fn(i64) -> f64| (0..=16).map(move |at| (NOW - 240_000 + at * 15_000, value(at)));
    let mut reader = MemoryReader::default();
    reader
        .add(r#"requests_total{machine="a",plugin="web",code="200"}"#, grid(|at| at as f64 * 30.0))
        .add(r#"requests_total{machine="a",plugin="web",code="500"}"#, grid(|at| at as f64 * 3.0))
        .add(r#"load_ratio{machine="a",plugin="system"}"#, grid(|at| at as f64 / 16.0))
        .add(r#"load_ratio{machine="b",plugin="system",path="C:\\\"x\""}"#, grid(|_| 0.1))
        .add(r#"odd{machine="b",plugin="system",kind="endless"}"#, grid(|_| f64::INFINITY))
        .add(r#"odd{machine="b",plugin="system",kind="none"}"#, grid(|_| f64::NAN))
        .add(r#"odd{machine="b",plugin="system",kind="small"}"#, grid(|_| 2.5e-9));
    let family = |name: &str, kind, unit: &str, help: &str| {
        let (name, unit, help) = (name.to_owned(), unit.to_owned(), help.to_owned());
        Arc::new(Family { name, unit, kind, help, labels: Vec::new() })
    };
    reader.families = vec![
        family("load_ratio", Kind::Gauge, "1", "How busy it is."),
        family("odd", Kind::Gauge, "1", "Numbers that are hard to write."),
        family("requests_total", Kind::Counter, "1", "Requests that were answered."),
    ];
    reader
}

/// `/metrics` is not what is tested with this.
struct NoNames;

impl SeriesRegistry for NoNames {
    fn register(&self, _key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
        SeriesId(0)
    }

    fn find(&self, _key: &SeriesKey) -> Option<SeriesId> {
        None
    }

    fn resolve(&self, _id: SeriesId) -> Option<Arc<SeriesKey>> {
        Some(Arc::new(SeriesKey { name: "nothing".into(), labels: Labels::default() }))
    }
}

/// The documents of a host, as `testdata/documents` keeps them.
pub(crate) struct Recorded;

fn document(text: &str) -> Value {
    serde_json::from_str(text).expect("a document is JSON")
}

impl HostView for Recorded {
    fn status(&self) -> Value {
        document(include_str!("../../testdata/documents/status.json"))
    }

    fn plugins(&self) -> Value {
        document(include_str!("../../testdata/documents/plugins.json"))
    }

    fn rules(&self) -> Value {
        document(include_str!("../../testdata/documents/rules.json"))
    }

    fn alerts(&self) -> Value {
        document(include_str!("../../testdata/documents/alerts.json"))
    }

    fn version(&self) -> &str {
        "0.1.0"
    }
}

/// Says what it was told to do, in the place of a plugin's answer.
struct Plugins;

impl Control for Plugins {
    fn inspect(&self, bytes: &[u8]) -> Result<Value, ControlError> {
        Err(ControlError::invalid(format!("{} bytes are no plugin", bytes.len())))
    }

    fn attempt(&self, bytes: &[u8], attempt: Attempt) -> Result<Value, ControlError> {
        Ok(json!({ "bytes": bytes.len(), "name": attempt.name, "grant": attempt.grant, "settings": attempt.settings }))
    }

    fn install(&self, name: &str, bytes: &[u8]) -> Result<Value, ControlError> {
        Ok(json!({ "name": name, "bytes": bytes.len() }))
    }

    fn remove(&self, name: &str) -> Result<Value, ControlError> {
        Ok(serde_json::to_value(schema::Removed { removed: name.to_owned() }).expect("JSON"))
    }

    fn act(&self, name: &str, action: PluginAction) -> Result<Value, ControlError> {
        match name {
            "nobody" => Err(ControlError::not_found("there is no plugin `nobody`".to_owned()).help("there are: web")),
            _ => Ok(json!({ "name": name, "action": format!("{action:?}") })),
        }
    }
}
