//! One DevTools connection: commands with their answers, and events.
//!
//! Two tasks own the socket; callers wait for their command's number. So a caller may be dropped at any time: its answer comes
//! and finds nobody. Whatever goes wrong with the socket ends the connection for good, and everyone hears why.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::address::Wire;
use crate::CapabilityError;

/// The largest message of a browser. Its largest answer to us is a picture; a page may log more than this and then ends the
/// connection.
pub(super) const MOST_MESSAGE: usize = 16 << 20;
/// Commands that wait to be sent. When the queue is full the browser has stopped to read, and the connection ends.
const MOST_QUEUED: usize = 1024;
/// Commands that wait for their answers.
const MOST_WAITING: usize = 512;
/// Sessions listened to. Frames and workers of a page beyond that are not.
const MOST_SESSIONS: usize = 256;

type Socket = WebSocketStream<Box<dyn Wire>>;

/// Why a command has no result.
#[derive(Clone, Debug)]
pub(super) enum CallError {
    /// The browser said so.
    Refused { method: String, code: i64, message: String },
    /// No answer in time.
    Late { method: String, within: Duration },
    /// The connection is no more.
    Ended(CapabilityError),
}

/// The code of JSON-RPC for a method that is not there.
const UNKNOWN_METHOD: i64 = -32601;
/// The code of JSON-RPC for parameters that do not fit.
const WRONG_PARAMS: i64 = -32602;

impl From<CallError> for CapabilityError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused { method, code: UNKNOWN_METHOD, message } => {
                Self::NotPresent(format!("the browser does not answer `{method}`: {message}"))
            }
            CallError::Refused { method, code: WRONG_PARAMS, message } => {
                Self::Invalid(format!("the browser does not take these parameters of `{method}`: {message}"))
            }
            CallError::Refused { method, message, .. } => {
                Self::Failed(format!("the browser refuses `{method}`: {message}"))
            }
            CallError::Late { method, within } => {
                Self::Timeout(format!("the browser did not answer `{method}` within {within:?}"))
            }
            CallError::Ended(error) => error,
        }
    }
}

/// Who hears the events of a session, on the task that reads: it must be quick.
pub(super) trait Listener: Send + Sync {
    /// What to send to that session in reply, if anything.
    fn hear(&self, session: &str, method: &str, params: &Value) -> Option<(&'static str, Value)>;
    /// Commands for a frame or worker of the session that has a session of its own, before it runs.
    fn prepare(&self) -> Vec<(&'static str, Value)>;
}

type Answer = Result<Value, (i64, String)>;

#[derive(Default)]
struct State {
    last: u64,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    listeners: HashMap<String, Arc<dyn Listener>>,
}

struct Shared {
    /// For sentences.
    place: String,
    state: Mutex<State>,
    queue: mpsc::Sender<String>,
    ended: watch::Sender<Option<CapabilityError>>,
}

/// A connection in use. Dropping the last handle closes it, and the browser then disposes of the contexts that it made.
pub(super) struct Connection {
    shared: Arc<Shared>,
    tasks: [AbortHandle; 2],
}

impl Connection {
    pub(super) fn new(place: String, socket: Socket) -> Self {
        let (queue, queued) = mpsc::channel(MOST_QUEUED);
        let shared = Shared { place, state: Mutex::default(), queue, ended: watch::Sender::new(None) };
        let shared = Arc::new(shared);
        let (sink, stream) = socket.split();
        let tasks = [
            tokio::spawn(write(shared.clone(), queued, sink)).abort_handle(),
            tokio::spawn(read(shared.clone(), stream)).abort_handle(),
        ];
        Self { shared, tasks }
    }

    /// Sends a command to a session, or to the browser itself, and waits for its answer.
    pub(super) async fn call(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
        within: Duration,
    ) -> Result<Value, CallError> {
        let (sender, answer) = oneshot::channel();
        let waiting = Waiting { shared: &self.shared, number: self.shared.expect_answer(sender)? };
        // Looked at after the answer is expected: an end that comes later finds it there and tells.
        if let Some(error) = self.why_ended() {
            return Err(CallError::Ended(error));
        }
        self.shared.send(waiting.number, session, method, params);
        match tokio::time::timeout(within, answer).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err((code, message)))) => Err(CallError::Refused { method: method.to_owned(), code, message }),
            Ok(Err(_)) => Err(CallError::Ended(self.why_ended().unwrap_or_else(|| self.shared.lost("it was closed")))),
            Err(_) => {
                let late = CallError::Late { method: method.to_owned(), within };
                // A page may be busy for long, the browser itself is not: whatever is at the other end, it is of no use.
                if session.is_none() {
                    self.end(late.clone().into());
                }
                Err(late)
            }
        }
    }

    /// Has the events of `session`, and of what belongs to it, heard by `listener` until [`Self::ignore`].
    pub(super) fn listen(&self, session: &str, listener: Arc<dyn Listener>) {
        self.shared.listen(session, listener);
    }

    /// Lets `listener` hear no more.
    pub(super) fn ignore(&self, listener: &Arc<dyn Listener>) {
        self.shared.state.lock().listeners.retain(|_, one| !Arc::ptr_eq(one, listener));
    }

    pub(super) fn why_ended(&self) -> Option<CapabilityError> {
        self.shared.ended.borrow().clone()
    }

    /// Waits until the connection is no more.
    pub(super) async fn ended(&self) -> CapabilityError {
        let mut ended = self.shared.ended.subscribe();
        let error = ended.wait_for(Option::is_some).await.ok().and_then(|error| error.clone());
        error.unwrap_or_else(|| self.shared.lost("it was closed"))
    }

    pub(super) fn end(&self, error: CapabilityError) {
        self.shared.end(error);
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.end(self.shared.lost("it was closed"));
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("place", &self.shared.place).finish_non_exhaustive()
    }
}

/// Forgets the command when its caller goes, answered or not.
struct Waiting<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.state.lock().waiting.remove(&self.number);
    }
}

impl Shared {
    fn expect_answer(&self, sender: oneshot::Sender<Answer>) -> Result<u64, CallError> {
        let mut state = self.state.lock();
        if state.waiting.len() >= MOST_WAITING {
            return Err(CallError::Ended(CapabilityError::TooLarge(format!(
                "more than {MOST_WAITING} commands wait for the browser at {}",
                self.place
            ))));
        }
        state.last = state.last.wrapping_add(1);
        let number = state.last;
        state.waiting.insert(number, sender);
        Ok(number)
    }

    fn send(&self, number: u64, session: Option<&str>, method: &str, params: Value) {
        let mut message = json!({ "id": number, "method": method, "params": params });
        if let (Some(session), Some(message)) = (session, message.as_object_mut()) {
            message.insert("sessionId".to_owned(), session.into());
        }
        if self.queue.try_send(message.to_string()).is_err() {
            self.end(self.lost("it does not read what it is sent"));
        }
    }

    /// Sends a command whose answer nobody waits for.
    fn post(&self, session: &str, method: &str, params: Value) {
        let number = {
            let mut state = self.state.lock();
            state.last = state.last.wrapping_add(1);
            state.last
        };
        self.send(number, Some(session), method, params);
    }

    fn listen(&self, session: &str, listener: Arc<dyn Listener>) {
        let mut state = self.state.lock();
        if state.listeners.len() < MOST_SESSIONS {
            state.listeners.insert(session.to_owned(), listener);
        }
    }

    fn take(&self, text: &str) {
        let Ok(mut message) = serde_json::from_str::<Value>(text) else { return };
        if let Some(number) = message["id"].as_u64() {
            let Some(sender) = self.state.lock().waiting.remove(&number) else { return };
            let answer = match message.get("error") {
                None => Ok(message["result"].take()),
                // Playwright wraps its errors once more; see `discover`.
                Some(error) => Err((
                    error["code"].as_i64().unwrap_or_default(),
                    error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned),
                )),
            };
            // Fails when the caller is gone.
            let _ = sender.send(answer);
            return;
        }
        let Some(method) = message["method"].as_str() else { return };
        let params = &message["params"];
        // The browser tells of a session's end beside the session.
        let session = message["sessionId"].as_str().or_else(|| params["sessionId"].as_str());
        let Some(session) = session else { return };
        let Some(listener) = self.state.lock().listeners.get(session).cloned() else { return };
        if let Some((method, params)) = listener.hear(session, method, params) {
            self.post(session, method, params);
        }
        if let ("Target.attachedToTarget", Some(child)) = (method, params["sessionId"].as_str()) {
            self.listen(child, listener.clone());
            for (method, params) in listener.prepare() {
                self.post(child, method, params);
            }
        }
    }

    fn lost(&self, why: &str) -> CapabilityError {
        CapabilityError::Unreachable(format!("the connection to the browser at {} ended: {why}", self.place))
    }

    /// Only the first reason counts.
    fn end(&self, error: CapabilityError) {
        self.ended.send_if_modified(|ended| {
            let is_first = ended.is_none();
            ended.get_or_insert(error);
            is_first
        });
        let mut state = self.state.lock();
        state.waiting.clear();
        state.listeners.clear();
    }
}

async fn write(shared: Arc<Shared>, mut queued: mpsc::Receiver<String>, mut sink: SplitSink<Socket, Message>) {
    while let Some(text) = queued.recv().await {
        if let Err(error) = sink.send(Message::text(text)).await {
            shared.end(shared.lost(&reason(&error)));
            return;
        }
    }
}

async fn read(shared: Arc<Shared>, mut stream: SplitStream<Socket>) {
    let error = loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => shared.take(&text),
            Some(Ok(Message::Close(_))) | None => break shared.lost("the browser closed it"),
            Some(Ok(_)) => {}
            Some(Err(Error::Capacity(error))) => {
                break CapabilityError::TooLarge(format!("the browser at {} sent more at once: {error}", shared.place));
            }
            Some(Err(error)) => break shared.lost(&reason(&error)),
        }
    };
    shared.end(error);
}

fn reason(error: &Error) -> String {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_) => {
            "the browser died or closed it".to_owned()
        }
        error => error.to_string(),
    }
}
