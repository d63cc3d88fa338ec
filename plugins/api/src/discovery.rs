//! Endpoints from the OpenAPI document of a target: read at the beginning and now and then, kept while it cannot be read.

use autobot_plugin_sdk::http::{self, Request, Version};
use autobot_plugin_sdk::{Family, Metrics, glob, log};

use crate::check::HttpCheck;
use crate::openapi::{self, Operation, Operations};
use crate::reason::Failure;
use crate::settings::Settings;
use crate::spec::EndpointFields;

pub(crate) static UP: Family = Family::gauge(
    "http_check_discovery_up",
    "1",
    "1 when the OpenAPI document of the target could be read the last time, else 0.",
)
.labels(&["target"]);
pub(crate) static OPERATIONS: Family = Family::gauge(
    "http_check_discovery_operations",
    "1",
    "GET operations of the OpenAPI document: checked, excluded by the settings, without an example of a required parameter, endless, broken, or surplus.",
)
.labels(&["target", "state"]);

/// Bytes of a document; the host answers with 8 MiB at most when nothing is said.
const MOST_BYTES: u32 = 4 << 20;
/// The pause after a document that could not be read, in milliseconds.
const PAUSE_MS: u64 = 30_000;

/// The document of one target.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// When it is read the next time.
    next: u64,
    bytes: Vec<u8>,
    counts: Option<[(&'static str, usize); 6]>,
    failure: Option<String>,
    asked: bool,
}

impl Discovery {
    /// Reads the document when it is time; gives the checks that it stands for when it is another than before. `taken` says
    /// whether a name is one of the operator's own endpoints, and `room` for how many there is room.
    pub(crate) fn look(
        &mut self,
        at: u64,
        settings: &Settings,
        taken: impl Fn(&str) -> bool,
        room: usize,
    ) -> Option<Vec<HttpCheck>> {
        // A clock that was set back would else put it off for as long.
        let is_near = self.next.saturating_sub(at) <= settings.openapi_interval.0;
        if settings.openapi.is_empty() || (at < self.next && is_near) {
            return None;
        }
        self.asked = true;
        let read = fetch(settings).and_then(|bytes| {
            let is_new = bytes != self.bytes || self.counts.is_none();
            Ok(if is_new { Some((openapi::read(&bytes)?, bytes)) } else { None })
        });
        match read {
            Ok(new) => {
                self.next = at.saturating_add(settings.openapi_interval.0);
                if self.failure.take().is_some() {
                    log::info(&format!("the OpenAPI document of {} can be read again", settings.target));
                }
                let (operations, bytes) = new?;
                self.bytes = bytes;
                Some(self.choose(operations, settings, taken, room))
            }
            Err(error) => {
                self.next = at.saturating_add(PAUSE_MS.min(settings.openapi_interval.0));
                if self.failure.as_ref() != Some(&error) {
                    log::warn(&format!("the OpenAPI document {} of {}: {error}", settings.openapi, settings.target));
                }
                self.failure = Some(error);
                None
            }
        }
    }

    fn choose(
        &mut self,
        operations: Operations,
        settings: &Settings,
        taken: impl Fn(&str) -> bool,
        room: usize,
    ) -> Vec<HttpCheck> {
        let Operations { askable, without_example, endless, mut broken } = operations;
        let (mut excluded, mut surplus) = (0_usize, 0_usize);
        let mut checks = Vec::new();
        for operation in askable {
            if glob::any_matches(&settings.exclude, &operation.template) || taken(&operation.template) {
                excluded += 1;
            } else if checks.len() >= room {
                surplus += 1;
            } else {
                match check(operation, settings) {
                    Ok(check) => checks.push(check),
                    Err(_) => broken += 1,
                }
            }
        }
        if surplus > 0 {
            log::warn(&format!(
                "{surplus} operations of {} are left out; let `exclude` take more, or raise `most_endpoints` (to 1000 at most) and `limits.series` with it",
                settings.target
            ));
        }
        log::info(&format!("{} operations of {} are checked", checks.len(), settings.target));
        self.counts = Some([
            ("checked", checks.len()),
            ("excluded", excluded),
            ("without_example", without_example),
            ("endless", endless),
            ("broken", broken),
            ("surplus", surplus),
        ]);
        checks
    }

    /// Sets its series.
    pub(crate) fn set(&self, settings: &Settings, metrics: &mut Metrics) {
        if !self.asked {
            return;
        }
        metrics.set(&UP, &[&settings.target], if self.failure.is_none() { 1.0 } else { 0.0 });
        for (state, count) in self.counts.into_iter().flatten() {
            metrics.set(&OPERATIONS, &[&settings.target, state], count as f64);
        }
    }
}

fn fetch(settings: &Settings) -> Result<Vec<u8>, String> {
    let request = Request {
        target: Some(settings.target.clone()),
        url: settings.openapi.clone(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_micros: settings.timeout.micros(),
        redirects: settings.redirects,
        keep_body: MOST_BYTES,
        verify: true,
        version: Version::Any,
    };
    let none = "the host gave no answer".to_owned();
    let response = http::fetch_all(&[request]).into_iter().next().ok_or(none)?;
    let response = response.map_err(|error| Failure::of(error).text)?;
    match response.status {
        200 if response.body_bytes <= u64::from(MOST_BYTES) => Ok(response.body),
        200 => Err(format!("it has {} bytes; {MOST_BYTES} are read", response.body_bytes)),
        status => Err(format!("the target answered {status}")),
    }
}

fn check(operation: Operation, settings: &Settings) -> Result<HttpCheck, String> {
    let Operation { template, path, headers, tag } = operation;
    let status = Some(settings.openapi_status.clone());
    let mut check = HttpCheck::new(&EndpointFields { path, headers, status, ..EndpointFields::default() }, settings)?;
    check.place.name = crate::cut(&template).to_owned();
    check.tag = crate::cut(&tag).to_owned();
    Ok(check)
}
