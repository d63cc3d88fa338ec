//! What the browser's events say of one visit.

use std::collections::HashSet;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::address::clean;
use super::connection::Listener;

/// The name of the world in which `observe.js` runs.
pub(super) const WORLD: &str = "autobot";
/// Messages kept of a page.
const MOST_MESSAGES: usize = 10;
/// Bytes kept of each.
const MOST_TEXT: usize = 1024;
/// Requests known to have been answered with an error and not yet ended, and of those that do not count. Beyond that one of
/// them may count after all.
const MOST_KNOWN: usize = 4096;

/// What was seen so far. Counters do not overflow: a page that logs for ever only reaches their end.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) status: u32,
    pub(super) url: String,
    pub(super) requests: u32,
    pub(super) failed_requests: u32,
    pub(super) transferred_bytes: u64,
    pub(super) console_errors: u32,
    pub(super) exceptions: u32,
    pub(super) messages: Vec<String>,
    pub(super) loaded: bool,
    pub(super) crashed: bool,
    /// The page is there no more: it closed itself.
    pub(super) gone: bool,
    /// Where `tell()` can be called.
    pub(super) world: Option<i64>,
    /// Requests that were counted as failed.
    bad: HashSet<String>,
    /// Requests that the browser makes on its own account.
    own: HashSet<String>,
}

/// Hears a page's session, and those of its frames and workers, and sums up.
pub(super) struct Recorder {
    session: String,
    frame: String,
    /// The loader of `about:blank`, which is not what was asked for.
    blank: Mutex<Option<String>>,
    seen: Mutex<Seen>,
    changed: Notify,
}

impl Recorder {
    /// For the page of `session` with `frame` as its main frame.
    pub(super) fn new(session: &str, frame: &str) -> Self {
        Self {
            session: session.to_owned(),
            frame: frame.to_owned(),
            blank: Mutex::new(None),
            seen: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Begins: whatever `loader` loaded does not count.
    pub(super) fn begin(&self, loader: Option<&str>) {
        *self.blank.lock() = loader.map(str::to_owned);
        *self.seen.lock() = Seen::default();
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().clone()
    }

    /// Waits for what `is_it` looks for.
    pub(super) async fn until(&self, is_it: impl Fn(&Seen) -> bool) {
        loop {
            // Made before looking, so that what changes meanwhile is not missed.
            let changed = self.changed.notified();
            if is_it(&self.seen.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn is_main(&self, frame: &Value) -> bool {
        frame.as_str() == Some(&self.frame)
    }
}

impl Listener for Recorder {
    fn hear(&self, session: &str, method: &str, params: &Value) -> Option<(&'static str, Value)> {
        let mut seen = self.seen.lock();
        let request = params["requestId"].as_str().unwrap_or_default();
        match method {
            _ if seen.own.contains(request) => return None,
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                if url.starts_with("data:") || url.starts_with("blob:") {
                    return None;
                }
                // A site without that picture is none the worse, and the page did not ask for it.
                if params["type"] == "Other" && clean(url).ends_with("/favicon.ico") {
                    remember(&mut seen.own, request);
                    return None;
                }
                add(&mut seen.requests, 1);
                // A redirect is a request with the number of the one before, whose end is not told otherwise.
                seen.received(&params["redirectResponse"]);
                if params["type"] == "Document" && self.is_main(&params["frameId"]) {
                    seen.url = clean(url);
                    seen.status = 0;
                }
            }
            "Network.responseReceived" => {
                let status = params["response"]["status"].as_u64().and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
                if params["type"] == "Document" && self.is_main(&params["frameId"]) {
                    seen.status = status;
                }
                if status >= 400 {
                    add(&mut seen.failed_requests, 1);
                    remember(&mut seen.bad, request);
                }
            }
            "Network.loadingFinished" => {
                seen.received(params);
                seen.bad.remove(request);
            }
            "Network.loadingFailed" => {
                let was_counted = seen.bad.remove(request);
                if !was_counted && params["canceled"] != true {
                    add(&mut seen.failed_requests, 1);
                }
            }
            "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "assert" => {
                add(&mut seen.console_errors, 1);
                let said = params["args"].as_array().map_or(&[][..], Vec::as_slice).iter().take(32).map(argument);
                seen.keep(&said.collect::<Vec<_>>().join(" "));
            }
            "Log.entryAdded" => {
                let entry = &params["entry"];
                // Requests have their own count, and what scripts say comes by `Runtime`.
                if entry["level"] == "error" && entry["source"] != "network" {
                    add(&mut seen.console_errors, 1);
                    seen.keep(entry["text"].as_str().unwrap_or_default());
                }
            }
            "Runtime.exceptionThrown" => {
                add(&mut seen.exceptions, 1);
                let details = &params["exceptionDetails"];
                let text = details["exception"]["description"].as_str().or_else(|| details["text"].as_str());
                // The lines below the first are the stack, with URLs that may hold secrets.
                seen.keep(text.and_then(|text| text.lines().next()).unwrap_or_default());
            }
            "Runtime.executionContextCreated" if session == self.session => {
                let context = &params["context"];
                if context["name"] == WORLD && self.is_main(&context["auxData"]["frameId"]) {
                    seen.world = context["id"].as_i64();
                }
            }
            "Runtime.executionContextDestroyed" if session == self.session => {
                seen.world = seen.world.filter(|world| params["executionContextId"].as_i64() != Some(*world));
            }
            "Runtime.executionContextsCleared" if session == self.session => seen.world = None,
            "Page.lifecycleEvent" if params["name"] == "load" && self.is_main(&params["frameId"]) => {
                seen.loaded |= self.blank.lock().as_deref() != params["loaderId"].as_str();
            }
            "Inspector.targetCrashed" if session == self.session => seen.crashed = true,
            "Target.detachedFromTarget" if params["sessionId"] == self.session.as_str() => seen.gone = true,
            // Nobody is there to answer, and the page would wait for ever.
            "Page.javascriptDialogOpening" => {
                return Some(("Page.handleJavaScriptDialog", json!({ "accept": false })));
            }
            _ => return None,
        }
        drop(seen);
        self.changed.notify_waiters();
        None
    }

    fn prepare(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Network.enable", json!({ "maxTotalBufferSize": 0, "maxResourceBufferSize": 0 })),
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Target.setAutoAttach", auto_attach()),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ]
    }
}

/// Has frames and workers with processes of their own wait until they are listened to.
pub(super) fn auto_attach() -> Value {
    json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true })
}

impl Seen {
    fn received(&mut self, told: &Value) {
        // A number with a point, and -1 where the browser does not know.
        let bytes = told["encodedDataLength"].as_f64().unwrap_or(0.0).max(0.0);
        self.transferred_bytes = self.transferred_bytes.saturating_add(bytes as u64);
    }

    fn keep(&mut self, text: &str) {
        if self.messages.len() < MOST_MESSAGES && !text.is_empty() {
            self.messages.push(text[..text.floor_char_boundary(MOST_TEXT)].to_owned());
        }
    }
}

fn remember(known: &mut HashSet<String>, request: &str) {
    if known.len() < MOST_KNOWN {
        known.insert(request.to_owned());
    }
}

fn add(count: &mut u32, more: u32) {
    *count = count.saturating_add(more);
}

/// What the console shows of an argument, roughly; of an error, without its stack.
fn argument(argument: &Value) -> String {
    match (&argument["value"], argument["description"].as_str()) {
        (Value::String(text), _) => text.clone(),
        (Value::Null, Some(text)) => text.lines().next().unwrap_or_default().to_owned(),
        (Value::Null, None) => argument["type"].as_str().unwrap_or_default().to_owned(),
        (value, _) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        let recorder = Recorder::new("S", "F");
        recorder.begin(Some("blank"));
        recorder
    }

    #[test]
    fn a_request_fails_once_and_a_cancelled_one_does_not() {
        let recorder = recorder();
        let bad = json!({ "requestId": "1", "type": "Image", "frameId": "F", "response": { "status": 404 } });
        recorder.hear("S", "Network.responseReceived", &bad);
        recorder.hear("S", "Network.loadingFailed", &json!({ "requestId": "1" }));
        recorder.hear("S", "Network.loadingFailed", &json!({ "requestId": "2", "canceled": true }));
        recorder.hear("S", "Network.loadingFailed", &json!({ "requestId": "3", "canceled": false }));
        assert_eq!(recorder.seen().failed_requests, 2);
        assert_eq!(recorder.seen().status, 0, "an image is not the document");
    }

    #[test]
    fn messages_are_few_and_short_and_have_no_stack() {
        let recorder = recorder();
        let error = json!({ "exceptionDetails": { "exception": {
            "description": "Error: it broke\n    at http://host/?token=hush:1:1" } } });
        recorder.hear("S", "Runtime.exceptionThrown", &error);
        let long = json!({ "type": "error", "args": [{ "type": "string", "value": "ä".repeat(1024) }] });
        for _ in 0..20 {
            recorder.hear("S", "Runtime.consoleAPICalled", &long);
        }
        let seen = recorder.seen();
        assert_eq!((seen.exceptions, seen.console_errors, seen.messages.len()), (1, 20, MOST_MESSAGES));
        assert_eq!(seen.messages[0], "Error: it broke");
        assert_eq!(seen.messages[1].len(), MOST_TEXT);
    }

    #[test]
    fn the_blank_page_and_other_frames_do_not_load_it() {
        let recorder = recorder();
        let load = |frame: &str, loader: &str| {
            recorder.hear("S", "Page.lifecycleEvent", &json!({ "name": "load", "frameId": frame, "loaderId": loader }));
            recorder.seen().loaded
        };
        assert!(!load("F", "blank") && !load("other", "1") && load("F", "1"));
    }

    #[test]
    fn whatever_events_say_is_heard_without_harm() {
        for method in [
            "Network.requestWillBeSent",
            "Network.responseReceived",
            "Network.loadingFinished",
            "Network.loadingFailed",
            "Runtime.consoleAPICalled",
            "Log.entryAdded",
            "Runtime.exceptionThrown",
            "Page.lifecycleEvent",
        ] {
            for params in
                [json!({}), json!(null), json!([1]), json!({ "encodedDataLength": -1, "args": 1, "entry": 2 })]
            {
                let _ = recorder().hear("S", method, &params);
            }
        }
    }
}
