//! Memory by node, and the faults that it finds in itself.

use autobot_plugin_sdk::{Error, Metrics, memory};

use crate::family::families;
use crate::pace::Pace;

families! {
    NODE_USAGE: gauge "system_memory_node_usage_bytes" "By" ["node", "state"] "Memory of a node by state.";
    NODE_ALLOCATIONS: counter "system_memory_node_allocations_total" "1" ["node", "outcome"]
        "Pages by where they were wanted and where they were taken.";
    ERRORS: counter "hw_memory_errors_total" "1" ["id", "name", "kind"] "Faults of memory that its controller found.";
    MODULE_ERRORS: counter "hw_memory_module_errors_total" "1" ["id", "module", "kind"] "Faults of one module.";
}

/// What was last told.
#[derive(Default)]
pub(crate) struct MemoryHealth {
    nodes: Pace<Vec<memory::Node>>,
    controllers: Pace<Vec<memory::Controller>>,
}

impl MemoryHealth {
    /// Nothing on machines with one node, whose memory is the machine's.
    pub(crate) fn nodes(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let nodes = self.nodes.look(memory::nodes)?;
        for node in nodes.iter().filter(|_| nodes.len() > 1) {
            let id = node.id.to_string();
            metrics.set(&NODE_USAGE, &[&id, "used"], node.total.saturating_sub(node.free) as f64);
            metrics.set(&NODE_USAGE, &[&id, "free"], node.free as f64);
            for (outcome, pages) in [
                ("hit", node.hits),
                ("miss", node.misses),
                ("foreign", node.foreign),
                ("interleaved", node.interleaved),
                ("local", node.local),
                ("other", node.other),
            ] {
                metrics.set(&NODE_ALLOCATIONS, &[&id, outcome], pages as f64);
            }
        }
        Ok(())
    }

    pub(crate) fn controllers(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        for one in self.controllers.look(memory::controllers)? {
            metrics.set(&ERRORS, &[&one.name, &one.driver, "corrected"], one.corrected as f64);
            metrics.set(&ERRORS, &[&one.name, &one.driver, "uncorrected"], one.uncorrected as f64);
            for module in &one.modules {
                metrics.set(&MODULE_ERRORS, &[&one.name, &module.label, "corrected"], module.corrected as f64);
                metrics.set(&MODULE_ERRORS, &[&one.name, &module.label, "uncorrected"], module.uncorrected as f64);
            }
        }
        Ok(())
    }
}
