//! Measures how much work waits for each processor.

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, collector, cpu};

static LOAD: Family =
    Family::gauge("IDENT_load_per_core_ratio", "1", "Tasks that run or wait, for each processor, over the last minute.");

/// The collector: it has no settings and keeps nothing.
pub struct Load;

impl Collector for Load {
    type Settings = ();
    const MANIFEST: Manifest = Manifest::new("NAME", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"));
    const FAMILIES: &[&Family] = &[&LOAD];

    fn new(_settings: ()) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        // Asking is what needs the capability `cpu`.
        let cpu = cpu::read()?;
        metrics.set(&LOAD, &[], cpu.load1 / cpu.cores.len().max(1) as f64);
        Ok(())
    }
}

collector!(Load);

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_plugin_sdk::cpu::{Core, Snapshot, Times};
    use autobot_plugin_sdk::testing::{Facts, Plugin};

    #[test]
    fn the_load_is_shared_by_the_processors() {
        let times = Times {
            user: 0,
            nice: 0,
            system: 0,
            idle: 0,
            iowait: 0,
            irq: 0,
            softirq: 0,
            steal: 0,
            guest: 0,
            guest_nice: 0,
        };
        let cores = (0..4).map(|id| Core { id, times }).collect();
        let cpu = Snapshot {
            total: times,
            cores,
            load1: 6.0,
            load5: 0.0,
            load15: 0.0,
            context_switches: 0,
            runnable: 0,
            blocked: 0,
        };
        let mut plugin = Plugin::<Load>::new("{}", Facts { cpu: Ok(cpu), ..Facts::default() }).unwrap();
        let (collected, result) = plugin.collect(0);
        assert_eq!(result, Ok(()));
        assert_eq!(collected.value("IDENT_load_per_core_ratio"), Some(1.5));
    }
}
