//! The trait that a plugin implements, and what stands between it and the host.

use serde::de::DeserializeOwned;

use crate::bindings::autobot::plugin::types;
use crate::{Error, Family, Metrics, Timestamp, json};

/// A plugin. Its state lives from `new` to the next change of its settings, or until the host makes a new instance.
pub trait Collector: Sized + 'static {
    /// What the operator may set; `()` for nothing. Give it `#[serde(default, deny_unknown_fields)]`.
    type Settings: DeserializeOwned;

    /// What the plugin is.
    const MANIFEST: Manifest;

    /// What it measures: every family that it may set.
    const FAMILIES: &[&Family];

    /// A plugin with these settings. The error is shown to the operator.
    fn new(settings: Self::Settings) -> Result<Self, String>;

    /// Measures once: sets what there is. A series that was set the last time and is not set now has ended.
    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error>;
}

/// What a plugin is.
#[derive(Clone, Copy, Debug)]
pub struct Manifest {
    name: &'static str,
    version: &'static str,
    description: &'static str,
    settings_schema: &'static str,
    interval_ms: u32,
    dynamic_families: bool,
}

impl Manifest {
    /// A plugin without settings, called as often as the host likes.
    pub const fn new(name: &'static str, version: &'static str, description: &'static str) -> Self {
        Self { name, version, description, settings_schema: "", interval_ms: 0, dynamic_families: false }
    }

    /// With a JSON Schema of its settings.
    pub const fn settings_schema(self, settings_schema: &'static str) -> Self {
        Self { settings_schema, ..self }
    }

    /// With the interval that it would like when the operator says nothing.
    pub const fn interval_ms(self, interval_ms: u32) -> Self {
        Self { interval_ms, ..self }
    }

    /// May declare more families while it runs, by [`emit::declare`](crate::emit::declare).
    pub const fn dynamic_families(self) -> Self {
        Self { dynamic_families: true, ..self }
    }

    fn with(self, families: &[&Family]) -> types::Manifest {
        let families = families.iter().map(|family| types::Family {
            name: family.name.to_owned(),
            unit: family.unit.to_owned(),
            kind: family.kind,
            help: family.help.to_owned(),
            labels: family.labels.iter().map(|&label| label.to_owned()).collect(),
        });
        types::Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            description: self.description.to_owned(),
            families: families.collect(),
            dynamic_families: self.dynamic_families,
            config_schema: self.settings_schema.to_owned(),
            interval_ms: self.interval_ms,
        }
    }
}

/// A plugin with its metrics, as the exported functions see it.
#[doc(hidden)]
pub struct Runtime<C> {
    collector: Option<C>,
    metrics: Metrics,
}

impl<C: Collector> Runtime<C> {
    pub const fn new() -> Self {
        Self { collector: None, metrics: Metrics::new() }
    }

    pub fn describe() -> types::Manifest {
        C::MANIFEST.with(C::FAMILIES)
    }

    pub fn configure(&mut self, json: &str) -> Result<(), String> {
        report_panics();
        // A plugin without settings has `()`, which JSON writes as null.
        let text = if std::mem::size_of::<C::Settings>() == 0 && json.trim() == "{}" { "null" } else { json };
        let settings = json::from_str(text).map_err(|error| error.to_string())?;
        self.collector = Some(C::new(settings)?);
        Ok(())
    }

    pub fn collect(&mut self, at: Timestamp) -> Result<(), Error> {
        let Some(collector) = &mut self.collector else {
            return Err(Error::Invalid("`collect` was called before `configure`".to_owned()));
        };
        // What was set before an error is still true, so it is handed over.
        self.metrics.begin();
        let collected = collector.collect(at, &mut self.metrics);
        self.metrics.finish().and(collected)
    }
}

impl<C: Collector> Default for Runtime<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// A panic ends the instance without a word; so its message goes to the host's log first.
fn report_panics() {
    #[cfg(not(target_family = "wasm"))]
    if !crate::native::is_loaded() {
        return;
    }
    std::panic::set_hook(Box::new(|info| crate::log::error(&info.to_string())));
}

/// Makes a crate a plugin: exports the functions that the host calls, as a WebAssembly component and as a native library.
/// Once in a crate, at its root.
#[macro_export]
macro_rules! collector {
    ($collector:ty) => {
        const _: () = {
            use ::std::cell::RefCell;

            ::std::thread_local! {
                static RUNTIME: RefCell<$crate::Runtime<$collector>> = const { RefCell::new($crate::Runtime::new()) };
            }

            #[cfg(target_family = "wasm")]
            const _: () = {
                use ::std::string::String;
                use $crate::bindings::autobot::plugin::types::{Error, Manifest, Timestamp};

                struct Component;

                impl $crate::bindings::Guest for Component {
                    fn describe() -> Manifest {
                        $crate::Runtime::<$collector>::describe()
                    }

                    fn configure(json: String) -> Result<(), String> {
                        RUNTIME.with_borrow_mut(|runtime| runtime.configure(&json))
                    }

                    fn collect(at: Timestamp) -> Result<(), Error> {
                        RUNTIME.with_borrow_mut(|runtime| runtime.collect(at))
                    }
                }

        $crate::bindings::export!(Component with_types_in $crate::bindings);
            };

            #[cfg(not(target_family = "wasm"))]
            #[expect(unsafe_code, reason = "the border to the process that loads the library is C")]
            const _: () = {
                use $crate::native::{Bytes, Host, Plugin, call, enter};

                unsafe extern "C" fn called(what: u32, asked: Bytes) -> Bytes {
                    // SAFETY: the host calls from one thread, with bytes of its own.
                    RUNTIME.with_borrow_mut(|runtime| unsafe { call(runtime, what, asked) })
                }

                static PLUGIN: Plugin = Plugin::new(called);

                #[unsafe(no_mangle)]
                unsafe extern "C" fn autobot_plugin(host: *const Host) -> *const Plugin {
                    // SAFETY: the host's table lives as long as the process.
                    unsafe { enter(host, &PLUGIN) }
                }
            };
        };
    };
}
