//! The one WebAssembly engine, and the clock that stops guests that do not stop themselves.

use std::sync::OnceLock;
use std::time::Duration;

use wasmtime::{Config, Engine, OptLevel};

/// How often the epoch grows: a running guest yields to others this often, and its budget is counted in these.
pub(crate) const TICK: Duration = Duration::from_millis(10);

const KIB: usize = 1 << 10;
const MIB: u64 = 1 << 20;

/// The engine of this process: made at the first call, with a thread that drives its epoch.
pub(crate) fn engine() -> wasmtime::Result<&'static Engine> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    if let Some(engine) = ENGINE.get() {
        return Ok(engine);
    }
    let made = Engine::new(&config())?;
    // Of two first callers one engine stays; only that one gets the thread.
    let engine = ENGINE.get_or_init(|| made.clone());
    if Engine::same(engine, &made) {
        let engine = engine.weak();
        std::thread::Builder::new().name("plugin-epoch".into()).stack_size(64 * KIB).spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })?;
    }
    Ok(engine)
}

fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config.parallel_compilation(true);
    // A guest's own stack, within the fiber that it runs on.
    config.max_wasm_stack(512 * KIB);
    config.async_stack_size(1024 * KIB);
    // Fifty instances take 3.3 GiB of address space instead of 203; real memory is bounded by each plugin's limit.
    config.memory_reservation(64 * MIB);
    config.memory_guard_size(64 << 10);
    config.memory_reservation_for_growth(16 * MIB);
    config
}
