//! What the plugins of one host share of their machine.

use std::path::Path;
use std::sync::Arc;

use autobot_capabilities::kernel::Kernel;
use autobot_model::Clock;

/// The machine, as all plugins see it.
pub struct World {
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl World {
    /// The machine whose files lie below `root`: `/` but in tests. Opens nothing yet.
    pub fn new(root: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { kernel: Arc::new(Kernel::open(root, clock.clone())), clock }
    }

    /// Facts of its kernel.
    pub fn kernel(&self) -> &Arc<Kernel> {
        &self.kernel
    }
}
