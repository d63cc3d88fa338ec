//! Opens a page in a context of its own, measures it, and closes it.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::connection::{CallError, Connection, Listener};
use super::recorder::{Recorder, WORLD, auto_attach};
use super::undo::Undo;
use super::{Load, Visit};
use crate::CapabilityError;

/// A picture beyond this is not kept.
const MOST_PICTURE: usize = 2 << 20;
/// How long a page may take for each number that is read from it. One that is too busy has none.
const READING: Duration = Duration::from_secs(5);
/// The longest side of a viewport.
const MOST_PIXELS: u32 = 10_000;
/// The longest visit.
const LONGEST: Duration = Duration::from_secs(300);

/// What `tell()` of `observe.js` returns.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    first_byte: Option<f64>,
    dom_content_loaded: Option<f64>,
    loaded: Option<f64>,
    first_paint: Option<f64>,
    first_contentful_paint: Option<f64>,
    largest_contentful_paint: Option<f64>,
    layout_shift: f64,
    blocked: f64,
}

/// The page of a visit.
struct Opened<'a> {
    connection: &'a Connection,
    session: String,
    recorder: Arc<Recorder>,
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        let listener: Arc<dyn Listener> = self.recorder.clone();
        self.connection.ignore(&listener);
    }
}

/// Refuses what cannot be visited, before anything is opened.
pub(super) fn check(visit: &Visit) -> Result<(), CapabilityError> {
    super::address::check_visited(&visit.url)?;
    if visit.timeout_micros == 0 || Duration::from_micros(visit.timeout_micros) > LONGEST {
        return Err(CapabilityError::Invalid(format!("a visit's time-out is above 0 and at most {LONGEST:?}")));
    }
    if visit.width.max(visit.height) > MOST_PIXELS {
        return Err(CapabilityError::Invalid(format!("a viewport has at most {MOST_PIXELS} pixels to a side")));
    }
    Ok(())
}

/// Visits a page. `patience` bounds each step before and after the visit's own time-out.
pub(super) async fn visit(
    connection: &Arc<Connection>,
    wanted: &Visit,
    patience: Duration,
) -> Result<Load, CapabilityError> {
    let context = Undo::context(connection, patience).await?;
    let load = match open(connection, &context.id, wanted, patience).await {
        Ok(page) => measure(&page, wanted).await,
        Err(error) => Err(error),
    };
    // When it fails the connection is at its end, and the context with it.
    let _ = context.now().await;
    load
}

/// An empty page in `context`, with everything that has to be in place before the navigation.
async fn open<'a>(
    connection: &'a Connection,
    context: &str,
    wanted: &Visit,
    patience: Duration,
) -> Result<Opened<'a>, CapabilityError> {
    let browser = |method, params| connection.call(None, method, params, patience);
    let text = |answer: &Value, key: &str| {
        let text = answer[key].as_str().map(str::to_owned);
        text.ok_or_else(|| CapabilityError::Failed(format!("the browser opened a page without a `{key}`")))
    };
    let refuse_downloads = json!({ "behavior": "deny", "browserContextId": context });
    browser("Browser.setDownloadBehavior", refuse_downloads).await?;
    let target = browser("Target.createTarget", json!({ "url": "about:blank", "browserContextId": context })).await?;
    let target = text(&target, "targetId")?;
    let session = browser("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await?;
    let session = text(&session, "sessionId")?;

    let recorder = Arc::new(Recorder::new(&session, &target));
    connection.listen(&session, recorder.clone());
    let page = Opened { connection, session, recorder };
    let observe = json!({ "source": include_str!("observe.js"), "worldName": WORLD });
    // A ratio of 0 is the browser's own, as is a width or height of 0.
    let (width, height) = (wanted.width, wanted.height);
    let viewport = json!({ "width": width, "height": height, "deviceScaleFactor": 0, "mobile": false });
    let steps = [
        ("Page.enable", json!({})),
        ("Page.setLifecycleEventsEnabled", json!({ "enabled": true })),
        ("Page.addScriptToEvaluateOnNewDocument", observe),
        // Bodies are of no use here: the browser need not keep any.
        ("Network.enable", json!({ "maxTotalBufferSize": 0, "maxResourceBufferSize": 0 })),
        ("Runtime.enable", json!({})),
        ("Log.enable", json!({})),
        ("Performance.enable", json!({})),
        ("Inspector.enable", json!({})),
        ("Emulation.setDeviceMetricsOverride", viewport),
        ("Target.setAutoAttach", auto_attach()),
        ("Page.getFrameTree", json!({})),
    ];
    let steps = steps.into_iter().map(|(method, params)| page.call(method, params, patience));
    let answers = try_join_all(steps).await?;
    let loader = answers.last().and_then(|tree| tree["frameTree"]["frame"]["loaderId"].as_str());
    page.recorder.begin(loader);
    Ok(page)
}

async fn measure(page: &Opened<'_>, wanted: &Visit) -> Result<Load, CapabilityError> {
    let most = Duration::from_micros(wanted.timeout_micros);
    let ending = Instant::now() + most;
    // The document of a navigation that failed is the browser's own: its times are of no interest.
    let mut is_own = true;
    let load = async {
        let params = json!({ "url": wanted.url });
        let answer = page.call("Page.navigate", params, most.saturating_add(READING)).await?;
        if let Some(error) = answer["errorText"].as_str().filter(|error| !error.is_empty()) {
            is_own = false;
            // The browser's page about the error comes after the answer. Of what was aborted (a download) there is none.
            if wanted.picture && error != "net::ERR_ABORTED" {
                let _ = timeout(READING, page.recorder.until(|seen| seen.loaded)).await;
            }
            return Ok(Some(format!("the browser could not load it: {error}")));
        }
        page.recorder.until(|seen| seen.loaded).await;
        let settled = Instant::now() + Duration::from_micros(wanted.settle_micros);
        sleep_until(settled.min(ending)).await;
        Ok::<_, CallError>(None)
    };
    let failure = tokio::select! {
        error = page.connection.ended() => return Err(error),
        () = page.recorder.until(|seen| seen.crashed) => Some("the page's process died".to_owned()),
        () = page.recorder.until(|seen| seen.gone) => Some("the page closed itself".to_owned()),
        done = timeout_at(ending, load) => match done {
            Ok(failure) => failure?,
            Err(_) if page.recorder.seen().status == 0 => Some(format!("no answer within {most:?}")),
            // Loaded, and settling until the very end.
            Err(_) if page.recorder.seen().loaded => None,
            Err(_) => Some(format!("not loaded within {most:?}")),
        },
    };

    let mut load = Load::default();
    let is_there = {
        let seen = page.recorder.seen();
        !seen.crashed && !seen.gone
    };
    if is_there && is_own {
        page.read_numbers(&mut load).await?;
    }
    let seen = page.recorder.seen();
    load.status = seen.status;
    let bad_status = (seen.status >= 400).then(|| format!("the server answered {}", seen.status));
    load.failure = failure.or(bad_status);
    if wanted.picture && is_there && load.failure.is_some() {
        load.picture = page.picture().await?;
    }
    load.url = if seen.url.is_empty() { super::address::clean(&wanted.url) } else { seen.url };
    load.requests = seen.requests;
    load.failed_requests = seen.failed_requests;
    load.transferred_bytes = seen.transferred_bytes;
    load.console_errors = seen.console_errors;
    load.exceptions = seen.exceptions;
    load.messages = seen.messages;
    load.crashed = seen.crashed;
    Ok(load)
}

impl Opened<'_> {
    async fn call(&self, method: &str, params: Value, within: Duration) -> Result<Value, CallError> {
        self.connection.call(Some(&self.session), method, params, within).await
    }

    /// The answer of a page that may be too busy to give one, or about to go.
    async fn ask(&self, method: &str, params: Value) -> Result<Option<Value>, CapabilityError> {
        match self.call(method, params, READING).await {
            Ok(answer) => Ok(Some(answer)),
            Err(CallError::Ended(error)) => Err(error),
            Err(CallError::Refused { .. } | CallError::Late { .. }) => Ok(None),
        }
    }

    async fn read_numbers(&self, load: &mut Load) -> Result<(), CapabilityError> {
        let Some(metrics) = self.ask("Performance.getMetrics", json!({})).await? else { return Ok(()) };
        let metric = |name: &str| {
            let mut all = metrics["metrics"].as_array().into_iter().flatten();
            all.find(|one| one["name"] == name).and_then(|one| one["value"].as_f64()).unwrap_or(0.0)
        };
        load.heap_bytes = metric("JSHeapUsedSize") as u64;
        load.dom_nodes = metric("Nodes") as u32;
        let Some(world) = self.recorder.seen().world else { return Ok(()) };
        let asked = json!({ "expression": "tell()", "contextId": world, "returnByValue": true });
        let Some(mut answer) = self.ask("Runtime.evaluate", asked).await? else { return Ok(()) };
        let told: Told = serde_json::from_value(answer["result"]["value"].take()).unwrap_or_default();
        load.first_byte = told.first_byte;
        load.dom_content_loaded = told.dom_content_loaded;
        load.loaded = told.loaded;
        load.first_paint = told.first_paint;
        load.first_contentful_paint = told.first_contentful_paint;
        load.largest_contentful_paint = told.largest_contentful_paint;
        load.layout_shift = told.layout_shift;
        load.blocked = told.blocked;
        Ok(())
    }

    async fn picture(&self) -> Result<Option<Vec<u8>>, CapabilityError> {
        let answer = self.ask("Page.captureScreenshot", json!({ "format": "png" })).await?;
        let text = answer.as_ref().and_then(|answer| answer["data"].as_str()).unwrap_or_default();
        if text.is_empty() || text.len() > MOST_PICTURE / 3 * 4 {
            return Ok(None);
        }
        Ok(BASE64.decode(text.as_bytes()).ok())
    }
}
