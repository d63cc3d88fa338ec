//! The ollama plugin: whether Ollama answers, which models it has and has loaded, where they lie, and how fast one answers.
//!
//! The host asks over HTTP; `api` reads the answers. Nothing is generated unless the operator names a model for it, and then only by one
//! that is loaded, unless the operator lets it be loaded.

mod api;
mod generate;
mod settings;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, clock, collector, http, log};

use api::{Model, cut, moment};
pub use settings::Settings;

/// Models come and go by minutes.
const INTERVAL_MS: u32 = 15_000;
/// Bytes of a label.
const LABEL_BYTES: usize = 255;
/// One that did not answer in time is left alone so long: it holds up the others.
const BREATHE_MICROS: u64 = 30_000_000;

pub(crate) static UP: Family = Family::gauge("ollama_up", "1", "1 while Ollama answers, else 0.").labels(&["target"]);
pub(crate) static INFO: Family =
    Family::gauge("ollama_info", "1", "1; its labels say which version answers.").labels(&["target", "version"]);
pub(crate) static LATENCY: Family =
    Family::gauge("ollama_response_seconds", "s", "How long Ollama took to say its version.").labels(&["target"]);
pub(crate) static INSTALLED: Family =
    Family::gauge("ollama_models_installed", "1", "Models on the disk.").labels(&["target"]);
pub(crate) static LOADED: Family = Family::gauge("ollama_models_loaded", "1", "Models in memory.").labels(&["target"]);
pub(crate) static DISK: Family =
    Family::gauge("ollama_model_size_bytes", "By", "Size of a model on the disk.").labels(&["target", "model"]);
pub(crate) static MODEL_INFO: Family = Family::gauge("ollama_model_info", "1", "1; its labels say what the model is.")
    .labels(&["target", "model", "family", "parameters", "quantization"]);
pub(crate) static MEMORY: Family =
    Family::gauge("llm_model_memory_bytes", "By", "Memory of a loaded model: of GPUs (vram) and of the machine (ram).")
        .labels(&["target", "model", "memory"]);
pub(crate) static VRAM_SHARE: Family = Family::gauge(
    "ollama_model_vram_ratio",
    "1",
    "Share of a loaded model that lies on GPUs; below 1 it answers slowly.",
)
.labels(&["target", "model"]);
pub(crate) static EXPIRES: Family =
    Family::gauge("ollama_model_expiry_seconds", "s", "Until a loaded model is unloaded, if nobody asks it.")
        .labels(&["target", "model"]);
pub(crate) static CONTEXT: Family =
    Family::gauge("ollama_model_context_tokens", "1", "Tokens that a loaded model has room for, where Ollama tells.")
        .labels(&["target", "model"]);

/// The plugin.
pub struct Ollama {
    settings: Settings,
    servers: Vec<Server>,
    said: bool,
}

/// One Ollama.
struct Server {
    target: String,
    failing: Option<String>,
    rests: Option<(u64, Error)>,
    generate: generate::Generate,
    many: bool,
}

impl Collector for Ollama {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("ollama", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA)
        .interval_ms(INTERVAL_MS);

    const FAMILIES: &[&Family] = &[
        &UP,
        &INFO,
        &LATENCY,
        &INSTALLED,
        &LOADED,
        &DISK,
        &MODEL_INFO,
        &MEMORY,
        &VRAM_SHARE,
        &EXPIRES,
        &CONTEXT,
        &generate::SPEED,
        &generate::PROMPT_SPEED,
        &generate::FIRST_TOKEN,
        &generate::LOAD,
        &generate::DURATION,
        &generate::UP,
        &generate::TIME,
    ];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let server = |target: &String| Server {
            target: target.clone(),
            failing: None,
            rests: None,
            generate: generate::Generate::default(),
            many: false,
        };
        Ok(Self { servers: settings.targets.iter().map(server).collect(), settings, said: false })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        if self.servers.is_empty() {
            if !std::mem::replace(&mut self.said, true) {
                log::info("nothing to measure here: `targets` of the settings names no Ollama");
            }
            return Ok(());
        }
        let now = clock::monotonic_micros();
        let timeout = (self.settings.timeout_seconds * 1e6) as u64;
        let awake = |server: &&Server| server.rests.as_ref().is_none_or(|(until, _)| now >= *until);
        let asked: Vec<&Server> = self.servers.iter().filter(awake).collect();
        let paths = ["/api/version", "/api/tags", "/api/ps"];
        let requests: Vec<http::Request> = asked
            .iter()
            .flat_map(|server| paths.map(|path| api::request(&server.target, path, None, timeout)))
            .collect();
        let answers = if requests.is_empty() { Vec::new() } else { http::fetch_all(&requests) };
        let mut answers = answers.into_iter();
        let (mut fine, mut first) = (0_usize, None);
        let mut loaded = Vec::new();
        for server in &mut self.servers {
            let result = match &server.rests {
                Some((until, why)) if now < *until => Err(why.clone()),
                _ => {
                    let none = || Err(Error::Failed("the host gave no answer".to_owned()));
                    let three = [(); 3].map(|()| answers.next().unwrap_or_else(none));
                    server.take(three, at, &self.settings, metrics)
                }
            };
            metrics.set(&UP, &[&server.target], f64::from(u8::from(result.is_ok())));
            match result {
                Ok(models) => {
                    fine += 1;
                    if server.failing.take().is_some() {
                        log::info(&format!("{}: answers again", server.target));
                    }
                    loaded.push(Some(models));
                    server.rests = None;
                }
                Err(error) => {
                    loaded.push(None);
                    if matches!(error, Error::Timeout(_))
                        && server.rests.as_ref().is_none_or(|(until, _)| now >= *until)
                    {
                        server.rests = Some((now.saturating_add(BREATHE_MICROS), error.clone()));
                    }
                    server.failed(&error);
                    first.get_or_insert(error);
                }
            }
        }
        if !self.settings.generate.is_empty() {
            let servers = self.servers.iter_mut().map(|server| (server.target.as_str(), &mut server.generate));
            generate::run(servers.zip(&loaded), now, at, &self.settings, metrics);
        }
        // A collect has failed only when no Ollama answered.
        match first {
            Some(error) if fine == 0 => Err(error),
            _ => Ok(()),
        }
    }
}

impl Server {
    /// What an Ollama says of itself; gives the names of the models that are loaded.
    fn take(
        &mut self,
        answers: [Result<http::Response, Error>; 3],
        at: Timestamp,
        settings: &Settings,
        metrics: &mut Metrics,
    ) -> Result<Vec<String>, Error> {
        let [version, tags, ps] = answers;
        let version = version?;
        let seconds = (version.timing.total * 1e6).round() / 1e6;
        let version: api::Version = api::read("/api/version", &version)?;
        let target = self.target.as_str();
        metrics.set(&LATENCY, &[target], seconds);
        metrics.set(&INFO, &[target, cut(&version.version, LABEL_BYTES)], 1.0);
        let loaded: api::Models = api::read("/api/ps", &ps?)?;
        let installed: api::Models = api::read("/api/tags", &tags?)?;
        metrics.set(&LOADED, &[target], loaded.models.len() as f64);
        metrics.set(&INSTALLED, &[target], installed.models.len() as f64);
        let most = settings.most_models as usize;
        let names: Vec<String> = loaded.models.iter().map(|model| model.name.clone()).collect();
        for model in loaded.models.iter().take(most) {
            loaded_metrics(target, model, at, metrics);
        }
        let room = most.saturating_sub(loaded.models.len());
        let (first, others): (Vec<&Model>, Vec<&Model>) =
            installed.models.iter().partition(|model| names.contains(&model.name));
        for model in first.into_iter().take(most).chain(others.into_iter().take(room)) {
            let name = cut(&model.name, LABEL_BYTES);
            if model.size >= 0.0 {
                metrics.set(&DISK, &[target, name], model.size);
            }
            let details = model.details.clone().unwrap_or_default();
            let word = |text: &Option<String>| cut(text.as_deref().unwrap_or_default(), LABEL_BYTES).to_owned();
            let labels = [word(&details.family), word(&details.parameter_size), word(&details.quantization_level)];
            metrics.set(&MODEL_INFO, &[target, name, &labels[0], &labels[1], &labels[2]], 1.0);
        }
        let found = loaded.models.len().max(installed.models.len());
        if found > most && !std::mem::replace(&mut self.many, true) {
            log::warn(&format!("{target}: {found} models, of which {most} are followed; raise `most_models`"));
        }
        Ok(names)
    }

    /// Says once why it fails.
    fn failed(&mut self, error: &Error) {
        let text = sentence(error);
        if self.failing.as_deref() != Some(text) {
            log::warn(&format!("{}: {text}", self.target));
            self.failing = Some(text.to_owned());
        }
    }
}

fn loaded_metrics(target: &str, model: &Model, at: Timestamp, metrics: &mut Metrics) {
    let name = cut(&model.name, LABEL_BYTES);
    // A server that lies of its sizes tells nothing of them.
    if model.size > 0.0 && (0.0..=model.size).contains(&model.size_vram) {
        metrics.set(&MEMORY, &[target, name, "vram"], model.size_vram);
        metrics.set(&MEMORY, &[target, name, "ram"], model.size - model.size_vram);
        metrics.set(&VRAM_SHARE, &[target, name], (model.size_vram / model.size * 1e5).round() / 1e5);
    }
    if let Some(moment) = model.expires_at.as_deref().and_then(moment) {
        metrics.set(&EXPIRES, &[target, name], ((moment - at as f64 / 1e3).max(0.0) * 1e3).round() / 1e3);
    }
    if let Some(tokens) = model.context_length.filter(|tokens| *tokens > 0.0) {
        metrics.set(&CONTEXT, &[target, name], tokens);
    }
}

/// What an error says.
pub(crate) fn sentence(error: &Error) -> &str {
    let (Error::NotPresent(text)
    | Error::Denied(text)
    | Error::Timeout(text)
    | Error::Unreachable(text)
    | Error::Invalid(text)
    | Error::TooLarge(text)
    | Error::Failed(text)) = error;
    text
}

collector!(Ollama);

#[cfg(test)]
mod tests;
