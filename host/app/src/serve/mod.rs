//! The running host: every part made, wired, supervised, and ended in good order.

mod control;
mod decisions;
mod instances;
mod own;
mod pipeline;
mod process;
mod recording;
mod reload;
mod report;
mod rules;
mod supervise;
mod view;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use autobot_config::{Config, Source};
use autobot_model::{BatchSink, Clock, SeriesReader, SeriesRegistry, SystemClock};
use autobot_plugins::{PluginHost, PluginHostOptions, World};
use autobot_query::Engine;
use autobot_script::Environment;
use autobot_server::{Hub, Latest, Parts};
use autobot_store::{Store, StoreOptions};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch as channel;

use crate::{data, shipped};
use control::PluginControl;
use decisions::Decisions;
#[cfg(test)]
pub(crate) use own::OwnMetric;
use own::OwnSeries;
use pipeline::Pipeline;
use process::CpuShare;
use recording::Recording;
use reload::Reload;
use rules::Rules;
use supervise::Supervisor;
use view::View;

/// What rules and live charts read without touching the disk.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Time that requests in flight are given when the host stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// What `serve` was asked for, with the configuration already read.
pub(crate) struct Options {
    /// Where the configuration came from, to be read again when it changes.
    pub(crate) source: Source,
    /// What it said, with the command line laid over it.
    pub(crate) config: Config,
    /// Lays the command line over a configuration that was read anew.
    pub(crate) overlay: Box<dyn Fn(&mut Config) + Send + Sync>,
    /// The data folder.
    pub(crate) data: PathBuf,
}

/// Runs the host until it is told to stop.
pub(crate) async fn run(options: Options) -> Result<()> {
    let Options { source, config, overlay, data } = options;
    let _lock = data::Lock::take(&data)?;
    // Before anybody is told that the host is there: whoever knows of it may tell it to stop.
    let signals = Signals::listen()?;
    // The port is taken before anything is written: a second host must not touch the first one's files.
    let listener = listen(&config).await?;
    let address = listener.local_addr().context("the socket has no address")?;
    for note in shipped::write_out(&data)? {
        tracing::warn!("{note}");
    }

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let world = Arc::new(World::new(Path::new("/"), clock.clone()));
    let mut machine = world.kernel().machine();
    if let Some(name) = &config.site.machine {
        machine.name.clone_from(name);
    }
    let name: Arc<str> = machine.name.as_str().into();

    let store = open_store(&config, &data, clock.clone())?;
    let reader: Arc<dyn SeriesReader> = store.clone();
    let window: Arc<dyn SeriesReader> = store.window();
    let registry: Arc<dyn SeriesRegistry> = store.clone();
    let engine = Arc::new(Engine::default());
    let hub = Arc::new(Hub::new(window, engine.clone()));
    let latest = Arc::new(Latest::default());
    let sink: Arc<dyn BatchSink> = Arc::new(Pipeline::new(store.clone(), latest.clone(), hub.clone()));

    let plugins = PluginHost::new(PluginHostOptions {
        cache_dir: data.join("cache"),
        state_dir: data.join("state"),
        kept_dir: data.join("kept"),
        machine: name.clone(),
        default_interval: config.monitoring_interval,
        registry: registry.clone(),
        sink: sink.clone(),
        // The running file itself, even if an upgrade has put another in its place.
        program: PathBuf::from("/proc/self/exe"),
        world,
    })
    .context("the plugin runtime could not be started")?;
    let plugins = Arc::new(plugins);
    let folder = instances::folder(&config, &data);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("the plugins folder {} cannot be made", folder.display()))?;
    let decisions = Arc::new(Decisions::open(data.join("grants.yaml")));
    plugins.apply(instances::all(&config, &folder, &decisions));

    let recording = Arc::new(Recording::new(engine.clone(), reader.clone(), registry.clone(), sink.clone()));
    recording.configure(&config.rules);
    let rules = Arc::new(Rules::new(
        rule_paths(&config, &data),
        environment(&config),
        config.rules.interval,
        reader.clone(),
        recording,
    ));
    {
        let (rules, clock) = (rules.clone(), clock.clone());
        tokio::task::spawn_blocking(move || rules.load(&*clock)).await.context("the rules could not be loaded")?;
    }
    let view = Arc::new(View {
        site: config.site.name.clone(),
        machine,
        interval_ms: AtomicU64::new(u64::try_from(config.interval_of("system").as_millis()).unwrap_or(u64::MAX)),
        started: clock.now(),
        clock: clock.clone(),
        cpu: CpuShare::default(),
        plugins: plugins.clone(),
        store: store.clone(),
        rules: rules.clone(),
        thresholds: Mutex::new(config.alert_thresholds.clone()),
        config_problems: Mutex::default(),
        decisions: decisions.clone(),
    });
    let reload = Arc::new(Reload {
        source,
        overlay,
        data,
        folder,
        current: Mutex::new(config),
        plugins: plugins.clone(),
        rules: rules.clone(),
        view: view.clone(),
        hub: hub.clone(),
        clock: clock.clone(),
        decisions,
    });
    let parts = Parts {
        reader,
        registry: registry.clone(),
        latest,
        hub: hub.clone(),
        engine,
        view,
        control: Arc::new(PluginControl(reload.clone())),
        clock,
    };
    let (stop, stopped) = channel::channel(false);
    let server = tokio::spawn(autobot_server::serve(listener, autobot_server::router(parts, address), until(stopped)));
    announce(address);

    let supervisor = Supervisor::default();
    let own = Arc::new(Mutex::new(OwnSeries::new(name, registry, sink)));
    let tasks = [
        supervisor.keep("live queries", {
            let hub = hub.clone();
            move || hub.clone().run()
        }),
        supervisor.keep("own numbers", {
            let (own, reload, supervisor) = (own, reload.clone(), supervisor.clone());
            move || report::run(own.clone(), reload.clone(), supervisor.clone())
        }),
        supervisor.keep("rules", {
            let reload = reload.clone();
            move || reload.clone().judge_on_the_grid()
        }),
        supervisor.keep("recording rules", {
            let reload = reload.clone();
            move || reload.clone().record_on_the_grid()
        }),
        supervisor.keep("rule files", {
            let reload = reload.clone();
            move || reload.clone().watch_rules()
        }),
        supervisor.keep("plugins folder", {
            let reload = reload.clone();
            move || reload.clone().watch_plugins()
        }),
        supervisor.keep("plugin states", {
            let reload = reload.clone();
            move || reload.clone().watch_plugin_states()
        }),
        supervisor.keep("configuration", {
            let reload = reload.clone();
            move || reload.clone().watch_config()
        }),
    ];

    wait_for_the_end(signals, server, &hub, stop).await?;
    for task in &tasks {
        task.abort();
    }
    plugins.shutdown().await;
    tokio::task::spawn_blocking(move || store.close()).await.context("the store could not be closed")?;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(config: &Config) -> Result<TcpListener> {
    let address = SocketAddr::new(config.dashboard.bind, config.dashboard.port);
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("{address} is in use; stop what listens there, or name another port with --port N")
        }
        Err(error) => Err(error).with_context(|| format!("the host cannot listen on {address}")),
    }
}

fn open_store(config: &Config, data: &Path, clock: Arc<dyn Clock>) -> Result<Arc<Store>> {
    let options = StoreOptions {
        path: config.store.path.clone().unwrap_or_else(|| data.join("autobot.db")),
        retention: config.store.retention,
        max_size: config.store.max_size,
        sync: config.store.sync,
        window: WINDOW,
    };
    let (store, opened) = Store::open(options, clock)?;
    tracing::info!("{opened}");
    Ok(store)
}

fn rule_paths(config: &Config, data: &Path) -> Vec<PathBuf> {
    if config.rules.paths.is_empty() { vec![data.join("rules/alerts")] } else { config.rules.paths.clone() }
}

fn environment(config: &Config) -> Environment {
    Environment { thresholds: config.alert_thresholds.clone().into(), ..Environment::default() }
}

/// On standard output, so that a person sees it and a program finds it.
fn announce(address: SocketAddr) {
    let host = if address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { address.ip().to_string() };
    let host = if address.is_ipv6() { format!("[{host}]") } else { host };
    println!("AutoBot host is at http://{host}:{}/", address.port());
}

async fn until(mut stopped: channel::Receiver<bool>) {
    // A sender that is gone means the same as one that says so.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// What tells the host to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let signal = |kind| signal(kind).context("signals cannot be had");
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }
}

/// Waits for a signal (or for the server to break), then lets requests in flight end.
async fn wait_for_the_end(
    mut signals: Signals,
    mut server: tokio::task::JoinHandle<std::io::Result<()>>,
    hub: &Hub,
    stop: channel::Sender<bool>,
) -> Result<()> {
    tokio::select! {
        _ = signals.terminate.recv() => tracing::info!("stopping: asked to by SIGTERM"),
        _ = signals.interrupt.recv() => tracing::info!("stopping: asked to by SIGINT"),
        ended = &mut server => {
            return ended.context("the server ended")?.context("the server ended");
        }
    }
    hub.close();
    stop.send_replace(true);
    if tokio::time::timeout(FAREWELL, &mut server).await.is_err() {
        tracing::warn!("requests in flight were cut off");
        server.abort();
    }
    Ok(())
}
