//! One page's stream.

use std::collections::HashMap;
use std::sync::Arc;

use autobot_model::{Labels, Timestamp};
use autobot_query::InstantSample;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::frame::{FromClient, NewSeries, Subscribe, ToClient, number};
use super::hub::{Event, Topic};
use crate::Shared;
use crate::schema::Frame;

/// A page of the dashboard has some thirty; more is a mistake or an attack.
const MOST_SUBSCRIPTIONS: usize = 200;
/// Text of all subscriptions together.
const LONGEST_MESSAGE: usize = 256 << 10;
/// Series numbers a client may be given before its numbering begins anew.
const MOST_SERIES: usize = 50_000;

/// A WebSocket on which the client subscribes to queries, and is told of each tick and change.
///
/// The client says `{"subscribe": [{"id": "cpu", "query": "PROMQL"}]}`, the whole set from now on and at most 200, and
/// `{"ping": 7}`. The host says `Frame`s, each a JSON text.
#[utoipa::path(get, path = "/api/autobot/v1/live", tag = "live", responses((status = 101, body = Frame)))]
pub(crate) async fn upgrade(State(shared): State<Shared>, socket: WebSocketUpgrade) -> Response {
    socket.max_message_size(LONGEST_MESSAGE).on_upgrade(move |socket| Client::new(shared, socket).run())
}

struct Subscription {
    query: Arc<str>,
    numbers: HashMap<(Option<Arc<str>>, Labels), u32>,
}

struct Client {
    shared: Shared,
    socket: WebSocket,
    subscriptions: HashMap<String, Subscription>,
    seq: u64,
}

/// The stream is over; the socket is closed or broken.
struct Gone;

impl Client {
    fn new(shared: Shared, socket: WebSocket) -> Self {
        Self { shared, socket, subscriptions: HashMap::new(), seq: 0 }
    }

    async fn run(mut self) {
        // Listening comes first: a change between the first documents and the first event must not be lost.
        let mut events = self.shared.hub().events();
        if self.greet().await.is_ok() {
            loop {
                let alive = tokio::select! {
                    event = events.recv() => self.event(event).await,
                    message = self.socket.recv() => match message {
                        Some(Ok(message)) => self.message(message).await,
                        Some(Err(_)) | None => Err(Gone),
                    },
                };
                if alive.is_err() {
                    break;
                }
            }
        }
        for subscription in self.subscriptions.values() {
            self.shared.hub().unsubscribe(&subscription.query);
        }
    }

    async fn greet(&mut self) -> Result<(), Gone> {
        let hello = ToClient::Hello {
            version: self.shared.view().version().to_owned(),
            now: self.shared.now(),
            started: self.shared.started(),
        };
        self.send(hello).await?;
        for topic in [Topic::Alerts, Topic::Rules, Topic::Plugins] {
            self.document(topic).await?;
        }
        Ok(())
    }

    async fn event(&mut self, event: Result<Event, RecvError>) -> Result<(), Gone> {
        match event {
            Ok(Event::Tick(tick)) => {
                let results: Vec<_> = self
                    .subscriptions
                    .iter()
                    .filter_map(|(id, of)| Some((id.clone(), tick.results.get(&of.query)?.clone())))
                    .collect();
                self.samples(tick.time, results).await
            }
            Ok(Event::Changed(topic)) => self.document(topic).await,
            Ok(Event::Closing) => {
                let reason = CloseFrame { code: 1001, reason: "the host is stopping".into() };
                let _ = self.socket.send(Message::Close(Some(reason))).await;
                Err(Gone)
            }
            Err(RecvError::Lagged(frames)) => {
                self.send(ToClient::Missed { frames }).await?;
                // What was missed may have been a change: the documents are sent anew, the samples can be queried.
                for topic in [Topic::Alerts, Topic::Rules, Topic::Plugins] {
                    self.document(topic).await?;
                }
                Ok(())
            }
            Err(RecvError::Closed) => Err(Gone),
        }
    }

    async fn message(&mut self, message: Message) -> Result<(), Gone> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Gone),
            Message::Binary(_) => return self.refuse(None, "frames are JSON text".to_owned()).await,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        let asked: FromClient = match serde_json::from_str(&text) {
            Ok(asked) => asked,
            Err(error) => return self.refuse(None, format!("the frame was not understood: {error}")).await,
        };
        if let Some(n) = asked.ping {
            self.send(ToClient::Pong { n }).await?;
        }
        match asked.subscribe {
            Some(wanted) => self.subscribe(wanted).await,
            None => Ok(()),
        }
    }

    /// Makes `wanted` the whole set. What stays the same keeps its numbers; what is new gets its values at once.
    async fn subscribe(&mut self, wanted: Vec<Subscribe>) -> Result<(), Gone> {
        if wanted.len() > MOST_SUBSCRIPTIONS {
            return self.refuse(None, format!("a stream carries at most {MOST_SUBSCRIPTIONS} subscriptions")).await;
        }
        let mut before = std::mem::take(&mut self.subscriptions);
        let mut fresh = Vec::new();
        for Subscribe { id, query } in wanted {
            if let Some(kept) =
                before.get(&id).filter(|kept| *kept.query == *query).is_some().then(|| before.remove(&id)).flatten()
            {
                self.subscriptions.insert(id, kept);
                continue;
            }
            match self.shared.hub().subscribe(&query) {
                Ok(expr) => {
                    fresh.push((id.clone(), expr));
                    let new = Subscription { query: query.into(), numbers: HashMap::new() };
                    if let Some(double) = self.subscriptions.insert(id, new) {
                        self.shared.hub().unsubscribe(&double.query);
                    }
                }
                Err(error) => self.refuse(Some(id), error).await?,
            }
        }
        for gone in before.values() {
            self.shared.hub().unsubscribe(&gone.query);
        }
        let Some(time) = self.shared.hub().newest().filter(|_| !fresh.is_empty()) else { return Ok(()) };
        let mut results = Vec::new();
        for (id, expr) in fresh {
            let hub = self.shared.hub().clone();
            match tokio::task::spawn_blocking(move || hub.instant(&expr, time)).await {
                Ok(Ok(samples)) => results.push((id, Arc::new(samples))),
                Ok(Err(error)) => self.refuse(Some(id), error).await?,
                Err(error) => self.refuse(Some(id), format!("the query was not evaluated: {error}")).await?,
            }
        }
        self.samples(time, results).await
    }

    async fn samples(&mut self, time: Timestamp, results: Vec<(String, Arc<Vec<InstantSample>>)>) -> Result<(), Gone> {
        let mut values = Map::new();
        for (id, samples) in results {
            let Some(subscription) = self.subscriptions.get_mut(&id) else { continue };
            let (points, new) = subscription.number(&samples);
            if !new.is_empty() {
                self.send(ToClient::Series { id: id.clone(), series: new }).await?;
            }
            values.insert(id, points.into());
        }
        if values.is_empty() { Ok(()) } else { self.send(ToClient::Tick { time, values }).await }
    }

    async fn document(&mut self, topic: Topic) -> Result<(), Gone> {
        let view = self.shared.view();
        let (kind, document) = match topic {
            Topic::Alerts => ("alerts", view.alerts()),
            Topic::Rules => ("rules", view.rules()),
            Topic::Plugins => ("plugins", view.plugins()),
        };
        self.send(ToClient::Document { kind, document }).await
    }

    async fn refuse(&mut self, id: Option<String>, error: String) -> Result<(), Gone> {
        self.send(ToClient::Error { id, error }).await
    }

    async fn send(&mut self, frame: ToClient) -> Result<(), Gone> {
        let text = frame.into_text(self.seq);
        self.seq += 1;
        self.socket.send(Message::Text(text.into())).await.map_err(|_| Gone)
    }
}

impl Subscription {
    /// The points of a tick as `[number, value]`, and the series that had no number yet.
    fn number(&mut self, samples: &[InstantSample]) -> (Vec<Value>, Vec<NewSeries>) {
        if self.numbers.len() > MOST_SERIES {
            self.numbers.clear();
        }
        let mut points = Vec::with_capacity(samples.len());
        let mut new = Vec::new();
        for sample in samples {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            let number_of = *self.numbers.entry((sample.name.clone(), sample.labels.clone())).or_insert_with(|| {
                let name = sample.name.iter().map(|name| ("__name__".to_owned(), json!(**name)));
                let labels = sample.labels.iter().map(|(name, value)| (name.to_owned(), json!(value)));
                new.push(NewSeries { i: next, labels: name.chain(labels).collect() });
                next
            });
            points.push(json!([number_of, number(sample.value)]));
        }
        (points, new)
    }
}
