//! A plugin tried out: it collects a few times, and what it did is told. Nothing is stored, nothing of it stays.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::{Capability, Grant};
use autobot_model::{Family, SeriesId, SeriesKey, SeriesRegistry, Timestamp};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;

use crate::emit::Emit;
use crate::facts::Facts;
use crate::guest::Guest;
use crate::instance::StartError;
use crate::limits::Allowance;
use crate::native::Library;
use crate::prepare::{linked, load};
use crate::program::Program;
use crate::state::State;
use crate::status::{InstanceStatus, Said};
use crate::world::World;
use crate::{InstanceSpec, Limits, Manifest, Reachable, Recording, engine, gate, schema};

/// How a plugin is tried out.
pub struct TrialOptions {
    /// The instance's name.
    pub name: String,
    /// What it is told, as JSON.
    pub settings: Value,
    /// What it may use. All that it asks for and is not granted answers `denied`.
    pub grant: Grant,
    /// What lies behind the names in its grant.
    pub reachable: Reachable,
    /// What it may use up.
    pub limits: Limits,
    /// How often it collects; rates need two.
    pub collections: u32,
    /// How long it waits between two collections.
    pub pause: Duration,
    /// Answers its questions instead of the machine.
    pub facts: Option<Recording>,
    /// Whether what it asks and is answered is kept.
    pub keep: bool,
    /// The file is a shared library, and this is the program to start as its `plugin-child`.
    pub native: Option<PathBuf>,
}

impl TrialOptions {
    /// Two collections a second apart, with nothing granted.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            settings: Value::Object(serde_json::Map::new()),
            grant: Grant::default(),
            reachable: Reachable::default(),
            limits: Limits::default(),
            collections: 2,
            pause: Duration::from_secs(1),
            facts: None,
            keep: true,
            native: None,
        }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialSample {
    /// `name{label="value"}`, without the labels that the host adds.
    pub series: String,
    /// The value.
    pub value: f64,
}

/// Calls of one capability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialUse {
    /// Its name.
    pub capability: &'static str,
    /// How often it was called.
    pub calls: u64,
}

/// What a plugin did.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Collections that came to their end.
    pub collections: u32,
    /// What the last of them handed over, by series.
    pub samples: Vec<TrialSample>,
    /// How many series it has.
    pub series: usize,
    /// How long the last collection took, waiting included.
    pub duration_us: u64,
    /// How long each took.
    #[serde(skip)]
    pub durations: Vec<Duration>,
    /// Memory that it took at most, in bytes.
    pub memory_bytes: u64,
    /// Calls to the host in the last collection.
    pub host_calls: u32,
    /// What it used of what it may.
    pub used: Vec<TrialUse>,
    /// What it tried and may not.
    pub denied: Vec<String>,
    /// What it wrote, and what the host said of it.
    pub log: Vec<Said>,
    /// Why it came no further, or brought less than it should.
    pub error: Option<String>,
    /// What it asked and what the answers were.
    #[serde(skip)]
    pub recording: Recording,
}

/// Tries a plugin out. Must be called within a tokio runtime with time.
///
/// # Errors
/// Why the file is no plugin, or does not even say what it is, in a sentence.
pub async fn trial(bytes: Arc<[u8]>, options: TrialOptions, world: Arc<World>) -> Result<Trial, String> {
    let program = match options.native.clone() {
        Some(program) => Program::Native(Library { bytes, program }),
        None => {
            let grant = options.grant.clone();
            let compiled = tokio::task::spawn_blocking(move || component(&bytes, &grant));
            compiled.await.map_err(|error| format!("the host failed at reading it: {error}"))??
        }
    };
    let manifest =
        program.describe(Guest::nobody(&options.limits)).await.map_err(|failure| format!("it {}", failure.0))?;
    schema::check(&manifest.config_schema, &options.settings)?;

    let names = Arc::new(Names::default());
    let status = Arc::new(Mutex::new(InstanceStatus::new(&options.name, String::new(), 0)));
    let mut guest = guest(&options, &world, &names, &status);
    guest.facts = match options.facts.clone() {
        Some(recording) => Facts::given(recording),
        None if options.keep => Facts::Kept(Vec::new()),
        None => Facts::Live,
    };
    let mut trial = Trial {
        manifest,
        collections: 0,
        samples: Vec::new(),
        series: 0,
        duration_us: 0,
        durations: Vec::new(),
        memory_bytes: 0,
        host_calls: 0,
        used: Vec::new(),
        denied: Vec::new(),
        log: Vec::new(),
        error: None,
        recording: Recording::default(),
    };
    match program.start(guest, &options.settings.to_string()).await {
        Ok((running, _)) => collect(running, &options, &world, &names, &mut trial).await,
        Err(StartError::Settings(sentence)) => trial.error = Some(sentence),
        Err(StartError::Failed(failure)) => trial.error = Some(format!("it {}", failure.0)),
    }
    let status = status.lock();
    trial.denied = status.log.iter().filter(|said| said.level == "denied").map(|said| said.text.clone()).collect();
    trial.log = status.log.iter().filter(|said| said.level != "denied").cloned().collect();
    Ok(trial)
}

async fn collect(
    mut running: crate::program::Running,
    options: &TrialOptions,
    world: &World,
    names: &Names,
    trial: &mut Trial,
) {
    let mut last: Option<Timestamp> = None;
    for round in 0..options.collections.max(1) {
        if round > 0 && options.facts.is_none() {
            tokio::time::sleep(options.pause).await;
        }
        // Recorded collections are as far apart as they were asked for, however fast they are gone through.
        let now = match last {
            Some(last) if options.facts.is_some() => last + options.pause,
            Some(last) => world.clock.now().max(last + Duration::from_millis(1)),
            None => world.clock.now(),
        };
        last = Some(now);
        let begun = world.clock.monotonic();
        let collected = running.collect(now).await;
        let took = world.clock.monotonic().saturating_sub(begun);
        let guest = running.guest();
        trial.host_calls = guest.call.calls;
        trial.used = Capability::ALL
            .into_iter()
            .map(|one| TrialUse { capability: one.name(), calls: guest.asked[one as usize] })
            .filter(|used| used.calls > 0)
            .collect();
        match collected {
            Ok((batches, said)) => {
                trial.collections += 1;
                trial.durations.push(took);
                trial.duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                trial.error = said;
                trial.samples = batches
                    .last()
                    .into_iter()
                    .flat_map(|batch| batch.layout().ids().iter().zip(batch.values()))
                    .filter(|(_, value)| !value.is_nan())
                    .map(|(id, value)| TrialSample { series: names.text(*id), value: *value })
                    .collect();
            }
            Err(failure) => {
                trial.error = Some(format!("it {}", failure.0));
                break;
            }
        }
    }
    trial.series = running.series();
    trial.memory_bytes = running.memory();
    let collections = running.guest().facts.kept();
    trial.recording = Recording { plugin: trial.manifest.name.clone(), collections };
}

fn component(bytes: &[u8], grant: &Grant) -> Result<Program, String> {
    // Tried out from memory alone: no folder is read or written.
    let component = load(bytes, None)?;
    let engine = engine::engine().map_err(|error| format!("the plugin runtime failed: {:#}", error.root_cause()))?;
    let request = gate::request(engine, &component)?;
    let denied: Vec<Capability> = request.capabilities.into_iter().filter(|one| !grant.allows(*one)).collect();
    Ok(Program::Component(linked(component, grant, &denied)?))
}

fn guest(options: &TrialOptions, world: &Arc<World>, names: &Arc<Names>, status: &Arc<Mutex<InstanceStatus>>) -> Guest {
    let allowance = Allowance::new(options.limits.new_series, world.clock.monotonic());
    let name: Arc<str> = options.name.as_str().into();
    let emit = Emit::new(name.clone(), "".into(), names.clone(), Arc::new(Mutex::new(allowance)), &options.limits);
    let state = Arc::new(Mutex::new(State::in_memory(options.limits.state_bytes)));
    Guest::new(
        name,
        world.clone(),
        options.grant.clone(),
        options.reachable.clone(),
        emit,
        state,
        status.clone(),
        &options.limits,
    )
}

impl InstanceSpec {
    /// How this instance would be tried out.
    pub fn trial(&self) -> TrialOptions {
        TrialOptions {
            settings: self.settings.clone(),
            grant: self.grant.clone(),
            reachable: self.reachable.clone(),
            limits: self.limits.clone(),
            ..TrialOptions::new(&self.name)
        }
    }
}

/// Series of one trial, by number.
#[derive(Default)]
struct Names(Mutex<Known>);

#[derive(Default)]
struct Known {
    ids: HashMap<SeriesKey, SeriesId>,
    keys: Vec<Arc<SeriesKey>>,
}

impl Names {
    fn text(&self, id: SeriesId) -> String {
        let Some(key) = self.resolve(id) else { return String::new() };
        let mut text = key.name.to_string();
        let own = |name: &str| name == "machine" || name == "plugin";
        let labels: Vec<String> =
            key.labels.iter().filter(|(name, _)| !own(name)).map(|(name, value)| format!("{name}={value:?}")).collect();
        if !labels.is_empty() {
            let _ = write!(text, "{{{}}}", labels.join(","));
        }
        text
    }
}

impl SeriesRegistry for Names {
    fn register(&self, key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
        let mut known = self.0.lock();
        if let Some(id) = known.ids.get(&key) {
            return *id;
        }
        let id = SeriesId(u32::try_from(known.keys.len()).unwrap_or(u32::MAX));
        known.keys.push(Arc::new(key.clone()));
        known.ids.insert(key, id);
        id
    }

    fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.0.lock().ids.get(key).copied()
    }

    fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>> {
        self.0.lock().keys.get(id.0 as usize).cloned()
    }
}
