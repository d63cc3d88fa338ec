//! The one WebAssembly engine, and the clock that stops guests that do not stop themselves.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::{Config, Engine, EngineWeak, OptLevel};

/// How often the epoch grows: a running guest yields to others this often, and its budget is counted in these.
pub(crate) const TICK: Duration = Duration::from_millis(10);

const KIB: usize = 1 << 10;
const MIB: u64 = 1 << 20;

/// The engine of this process, and the thread that drives its epoch.
struct Driven {
    engine: Engine,
    driver: Thread,
}

static DRIVEN: OnceLock<Driven> = OnceLock::new();
/// Calls into guests that have not come back.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// The engine of this process: made at the first call.
pub(crate) fn engine() -> wasmtime::Result<&'static Engine> {
    if let Some(driven) = DRIVEN.get() {
        return Ok(&driven.engine);
    }
    let engine = Engine::new(&config())?;
    let weak = engine.weak();
    let drive = std::thread::Builder::new().name("plugin-epoch".into()).stack_size(64 * KIB);
    let driver = drive.spawn(move || drive_epoch(&weak))?.thread().clone();
    // Of two first callers one engine stays; the thread of the other ends with it.
    let unused = driver.clone();
    let driven = DRIVEN.get_or_init(|| Driven { engine, driver });
    if driven.driver.id() != unused.id() {
        unused.unpark();
    }
    Ok(&driven.engine)
}

/// Sleeps while no guest runs: a hundred wake-ups a second would cost more than all the collecting.
fn drive_epoch(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        if CALLS.load(Ordering::SeqCst) == 0 {
            drop(engine);
            std::thread::park();
        } else {
            std::thread::sleep(TICK);
            engine.increment_epoch();
        }
    }
}

/// While it lives, a guest is being called, and time passes for it.
pub(crate) struct Running(());

impl Running {
    pub(crate) fn new() -> Self {
        if CALLS.fetch_add(1, Ordering::SeqCst) == 0
            && let Some(driven) = DRIVEN.get()
        {
            driven.driver.unpark();
        }
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        CALLS.fetch_sub(1, Ordering::SeqCst);
    }
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
