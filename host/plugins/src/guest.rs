//! What the host keeps beside one running guest: everything that its calls reach.

use std::sync::Arc;

use autobot_capabilities::kernel::Kernel;
use autobot_model::Clock;
use parking_lot::Mutex;

use crate::Limits;
use crate::emit::Emit;
use crate::limits::Limiter;
use crate::state::State;

/// The data of a guest's store.
pub(crate) struct Guest {
    pub(crate) name: Arc<str>,
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) emit: Emit,
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) limiter: Limiter,
    pub(crate) limits: Limits,
    /// Epochs that the running call has used.
    pub(crate) ticks: u64,
    /// Lines of log in the running call.
    pub(crate) lines: u32,
    /// The last line that it wrote as an error: a panic says there what happened.
    pub(crate) last_error: Option<String>,
}
