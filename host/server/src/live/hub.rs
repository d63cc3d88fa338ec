//! Evaluates what is subscribed to, once per tick, and broadcasts it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use autobot_model::{SeriesReader, Timestamp};
use autobot_query::{Engine, Expr, InstantSample, Value};
use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast};

/// Frames kept for a client that is behind; at one tick a second it may be a quarter of a minute late.
const BACKLOG: usize = 16;

/// Plugins that share a tick arrive within moments of each other: one evaluation serves them all.
const SETTLE: Duration = Duration::from_millis(15);

/// What a page can be told of besides samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The alerts changed.
    Alerts,
    /// Rules were loaded or judged otherwise.
    Rules,
    /// A plugin changed its state.
    Plugins,
}

/// One thing that every client hears.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// All subscribed queries at one moment.
    Tick(Arc<Tick>),
    /// Something changed; the client reads it anew.
    Changed(Topic),
    /// The host stops.
    Closing,
}

/// The results of one tick by the text of the query.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) time: Timestamp,
    pub(super) results: HashMap<Arc<str>, Arc<Vec<InstantSample>>>,
}

struct Subscribed {
    expr: Arc<Expr>,
    clients: usize,
}

/// Where the pipeline announces ticks and changes, and clients subscribe.
pub struct Hub {
    reader: Arc<dyn SeriesReader>,
    engine: Arc<Engine>,
    queries: Mutex<HashMap<Arc<str>, Subscribed>>,
    events: broadcast::Sender<Event>,
    newest: AtomicI64,
    ticked: Notify,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("queries", &self.queries.lock().len()).finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub that evaluates over `reader`, which should be the window in memory.
    pub fn new(reader: Arc<dyn SeriesReader>, engine: Arc<Engine>) -> Self {
        Self {
            reader,
            engine,
            queries: Mutex::default(),
            events: broadcast::Sender::new(BACKLOG),
            newest: AtomicI64::new(i64::MIN),
            ticked: Notify::new(),
        }
    }

    /// Samples of `time` can be read. Never blocks.
    pub fn tick(&self, time: Timestamp) {
        self.newest.fetch_max(time.0, Ordering::AcqRel);
        self.ticked.notify_one();
    }

    /// What `topic` names is no longer what it was. Never blocks.
    pub fn changed(&self, topic: Topic) {
        // Nobody listening is fine.
        let _ = self.events.send(Event::Changed(topic));
    }

    /// Ends all streams.
    pub fn close(&self) {
        let _ = self.events.send(Event::Closing);
    }

    /// Evaluates at each tick for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        loop {
            self.ticked.notified().await;
            tokio::time::sleep(SETTLE).await;
            if self.events.receiver_count() == 0 {
                continue;
            }
            let time = Timestamp(self.newest.load(Ordering::Acquire));
            let hub = self.clone();
            // A panic of the evaluation costs this tick; the next one is tried anew.
            match tokio::task::spawn_blocking(move || hub.evaluate(time)).await {
                Ok(tick) => drop(self.events.send(Event::Tick(Arc::new(tick)))),
                Err(error) => tracing::error!(%error, "the live queries of one tick were not evaluated"),
            }
        }
    }

    fn evaluate(&self, time: Timestamp) -> Tick {
        let queries: Vec<(Arc<str>, Arc<Expr>)> =
            self.queries.lock().iter().map(|(text, query)| (text.clone(), query.expr.clone())).collect();
        let results = queries
            .into_iter()
            .filter_map(|(text, expr)| {
                let samples = self.instant(&expr, time).ok()?;
                Some((text, Arc::new(samples)))
            })
            .collect();
        Tick { time, results }
    }

    /// One query at one moment, as a vector. The error is for people.
    pub(super) fn instant(&self, expr: &Expr, time: Timestamp) -> Result<Vec<InstantSample>, String> {
        match self.engine.instant(&*self.reader, expr, time) {
            Ok(Value::Vector(samples)) => Ok(samples),
            Ok(Value::Scalar(value)) => Ok(vec![InstantSample::scalar(time, value)]),
            Ok(_) => Err("a live query gives one value per series, not ranges".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(super) fn newest(&self) -> Option<Timestamp> {
        let newest = self.newest.load(Ordering::Acquire);
        (newest != i64::MIN).then_some(Timestamp(newest))
    }

    pub(super) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Counts one client more for a query; the error says what is wrong with it.
    pub(super) fn subscribe(&self, text: &str) -> Result<Arc<Expr>, String> {
        let mut queries = self.queries.lock();
        if let Some(known) = queries.get_mut(text) {
            known.clients += 1;
            return Ok(known.expr.clone());
        }
        let expr = Arc::new(autobot_query::parse(text).map_err(|error| error.to_string())?);
        queries.insert(text.into(), Subscribed { expr: expr.clone(), clients: 1 });
        Ok(expr)
    }

    /// Counts one client less; a query without clients is no longer evaluated.
    pub(super) fn unsubscribe(&self, text: &str) {
        let mut queries = self.queries.lock();
        if let Some(known) = queries.get_mut(text) {
            known.clients -= 1;
            if known.clients == 0 {
                queries.remove(text);
            }
        }
    }
}
