//! Where a batch goes: store (window and writer), `/metrics`, live stream. One `Arc`, shared.

use std::sync::Arc;

use autobot_model::{Batch, BatchSink};
use autobot_server::{Hub, Latest};

/// Passes each batch on to everyone. Nobody here blocks: what is slow has its own queue.
pub(super) struct Pipeline {
    store: Arc<dyn BatchSink>,
    latest: Arc<Latest>,
    hub: Arc<Hub>,
}

impl Pipeline {
    pub(super) fn new(store: Arc<dyn BatchSink>, latest: Arc<Latest>, hub: Arc<Hub>) -> Self {
        Self { store, latest, hub }
    }
}

impl BatchSink for Pipeline {
    fn accept(&self, batch: Arc<Batch>) {
        self.latest.accept(batch.clone());
        let time = batch.time;
        // The window must hold the batch before anyone is told of the tick.
        self.store.accept(batch);
        self.hub.tick(time);
    }
}
