//! Browsers that speak DevTools (CDP): what they hold, and how pages load in them.
//!
//! Talks to the browsers that the operator named as targets, over one kept connection each. It starts no browser, changes no page
//! that it finds, and hands out no URL's user, query or fragment. It does not speak Playwright's own protocol.

mod address;
mod connection;
mod discover;
mod reading;
mod recorder;
mod records;
mod undo;
mod visit;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use self::address::{Address, clean, clean_title};
use self::connection::Connection;
use crate::{CapabilityError, TargetKind, Targets};

pub use reading::READING;
pub use records::{Command, Load, Page, Process, Version, Visit};

/// Commands of one call.
const MOST_COMMANDS: usize = 100;
/// Visits of one call.
const MOST_VISITS: usize = 100;

/// Which browsers may be used, and how much they may say.
#[derive(Clone)]
pub struct BrowserOptions {
    /// Names of targets.
    pub scope: Vec<String>,
    /// What the names mean.
    pub targets: Arc<Targets>,
    /// How `wss` and `https` targets are trusted; `None`: they cannot be used.
    pub tls: Option<Arc<ClientConfig>>,
    /// Bytes of one call's answer.
    pub response_bytes: usize,
    /// How long a browser may take for connecting, and for the answer to a command that needs no page to load.
    pub patience: Duration,
}

impl fmt::Debug for BrowserOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserOptions").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self {
            scope: Vec::new(),
            targets: Arc::default(),
            tls: None,
            response_bytes: 4 << 20,
            patience: Duration::from_secs(5),
        }
    }
}

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Connection>>>>;

/// The browsers of one grant. Connects to nothing before it is asked.
///
/// Every call may be dropped at any time: answers nobody waits for are thrown away by their numbers, and pages opened for a visit
/// are closed by a task of their own.
#[derive(Debug)]
pub struct Browser {
    options: BrowserOptions,
    /// By the names in `scope`; no more than these.
    slots: Mutex<HashMap<String, Slot>>,
}

impl Browser {
    /// The browsers that `options` name.
    pub fn new(options: BrowserOptions) -> Self {
        Self { options, slots: Mutex::default() }
    }

    /// What the browser at `target` is.
    ///
    /// # Errors
    /// As all others here: `Denied` for a target that is not granted, `Invalid` for one that is none, `Unreachable` when nothing
    /// listens or the browser died, `Failed` when what listens is no browser, `Timeout`.
    pub async fn version_of(&self, target: &str) -> Result<Version, CapabilityError> {
        let answer = self.ask(target, "Browser.getVersion").await?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        Ok(Version { product: text("product"), protocol: text("protocolVersion"), user_agent: text("userAgent") })
    }

    /// All that the browser holds.
    ///
    /// # Errors
    /// As [`Self::version_of`], and `TooLarge`.
    pub async fn pages(&self, target: &str) -> Result<Vec<Page>, CapabilityError> {
        let answer = self.ask(target, "Target.getTargets").await?;
        let pages: Vec<Page> = answer["targetInfos"].as_array().into_iter().flatten().map(page).collect();
        let size = |page: &Page| {
            page.id.len() + page.kind.len() + page.title.len() + page.url.len() + page.context.len() + size_of::<Page>()
        };
        self.check_size(pages.iter().map(size).sum(), "pages")?;
        Ok(pages)
    }

    /// How many browser contexts there are beside the browser's own, with pages or without.
    ///
    /// # Errors
    /// As [`Self::version_of`].
    pub async fn contexts(&self, target: &str) -> Result<u32, CapabilityError> {
        let answer = self.ask(target, "Target.getBrowserContexts").await?;
        let count = answer["browserContextIds"].as_array().map_or(0, Vec::len);
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The browser's processes.
    ///
    /// # Errors
    /// As [`Self::version_of`], and `NotPresent` where the browser does not tell.
    pub async fn processes(&self, target: &str) -> Result<Vec<Process>, CapabilityError> {
        let answer = self.ask(target, "SystemInfo.getProcessInfo").await?;
        let processes = answer["processInfo"].as_array().into_iter().flatten();
        Ok(processes.map(process).collect())
    }

    /// The results of commands that only read, as JSON, in their order. A method that is not one of [`READING`] is `Denied`.
    /// They are sent together and do not wait for each other.
    ///
    /// # Errors
    /// As [`Self::version_of`], and `TooLarge`.
    pub async fn run_all(
        &self,
        target: &str,
        commands: &[Command],
    ) -> Result<Vec<Result<String, CapabilityError>>, CapabilityError> {
        if commands.len() > MOST_COMMANDS {
            return Err(CapabilityError::TooLarge(format!("more than {MOST_COMMANDS} commands in one call")));
        }
        let connection = self.connection(target).await?;
        let answers = reading::run_all(&connection, commands, self.options.patience).await;
        self.check_size(answers.iter().flatten().map(String::len).sum(), "answers")?;
        Ok(answers)
    }

    /// Opens each page in a context of its own, one after the other, measures it, and closes it. Takes as long as the visits'
    /// time-outs together, and a few seconds for each page that is too busy to be asked. Pictures that would make the whole
    /// larger than it may be are left out.
    ///
    /// # Errors
    /// As [`Self::version_of`] when there is no browser to begin with, and `TooLarge`. A page that does not load is no error:
    /// [`Load::failure`] says why.
    pub async fn visit_all(
        &self,
        target: &str,
        visits: &[Visit],
    ) -> Result<Vec<Result<Load, CapabilityError>>, CapabilityError> {
        if visits.len() > MOST_VISITS {
            return Err(CapabilityError::TooLarge(format!("more than {MOST_VISITS} visits in one call")));
        }
        self.connection(target).await?;
        let (mut loads, mut size) = (Vec::with_capacity(visits.len()), 0_usize);
        for one in visits {
            let mut load = self.visit(target, one).await;
            if let Ok(load) = &mut load {
                let texts: usize = load.messages.iter().map(String::len).sum();
                size = size.saturating_add(size_of::<Load>() + load.url.len() + texts);
                let picture = load.picture.as_ref().map_or(0, Vec::len);
                if size.saturating_add(picture) > self.options.response_bytes {
                    load.picture = None;
                } else {
                    size = size.saturating_add(picture);
                }
            }
            loads.push(load);
        }
        self.check_size(size, "loads")?;
        Ok(loads)
    }

    async fn visit(&self, target: &str, wanted: &Visit) -> Result<Load, CapabilityError> {
        visit::check(wanted)?;
        let connection = self.connection(target).await?;
        visit::visit(&connection, wanted, self.options.patience).await
    }

    async fn ask(&self, target: &str, method: &str) -> Result<Value, CapabilityError> {
        let connection = self.connection(target).await?;
        Ok(connection.call(None, method, json!({}), self.options.patience).await?)
    }

    /// The kept connection to the browser at `name`, or a new one when that has ended.
    async fn connection(&self, name: &str) -> Result<Arc<Connection>, CapabilityError> {
        if !self.options.scope.iter().any(|granted| granted == name) {
            return Err(CapabilityError::Denied(name.to_owned()));
        }
        let target = self.options.targets.find(name, TargetKind::Cdp)?;
        let address = Address::of(name, target)?;
        let slot = self.slots.lock().entry(name.to_owned()).or_default().clone();
        let patience = self.options.patience;
        let connecting = async {
            let mut kept = slot.lock().await;
            if let Some(connection) = kept.as_ref().filter(|connection| connection.why_ended().is_none()) {
                return Ok(connection.clone());
            }
            let connection = Arc::new(discover::connect(&address, self.options.tls.as_ref(), patience).await?);
            *kept = Some(connection.clone());
            Ok(connection)
        };
        timeout(patience, connecting).await.unwrap_or_else(|_| {
            Err(CapabilityError::Timeout(format!("no browser answered at {address} within {patience:?}")))
        })
    }

    fn check_size(&self, size: usize, what: &str) -> Result<(), CapabilityError> {
        if size > self.options.response_bytes {
            let most = self.options.response_bytes;
            return Err(CapabilityError::TooLarge(format!("the {what} together have more than {most} bytes")));
        }
        Ok(())
    }
}

fn page(told: &Value) -> Page {
    let text = |key: &str| told[key].as_str().unwrap_or_default();
    Page {
        id: text("targetId").to_owned(),
        kind: text("type").to_owned(),
        title: clean_title(text("title"), text("url")),
        url: clean(text("url")),
        context: text("browserContextId").to_owned(),
        attached: told["attached"] == true,
    }
}

fn process(told: &Value) -> Process {
    Process {
        kind: told["type"].as_str().unwrap_or_default().to_owned(),
        id: told["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or(0),
        // As the browser says it: seconds.
        cpu_micros: (told["cpuTime"].as_f64().unwrap_or(0.0).max(0.0) * 1e6) as u64,
    }
}
