//! What is left out because there is too much of it is counted, and never silently.

use autobot_plugin_sdk::Metrics;

use crate::family::families;

families! {
    OMITTED: gauge "system_omitted" "1" ["kind"]
        "Interfaces, devices or file systems that are not told, since there are more than the settings allow.";
}

/// How many of each kind were left out in this collect.
#[derive(Default)]
pub(crate) struct Omitted(Vec<(&'static str, usize)>);

impl Omitted {
    /// The first `most` of them; the kernel lists what it had first, so that these stay the same.
    pub(crate) fn take<'a, T: 'a>(
        &mut self,
        kind: &'static str,
        most: u32,
        all: impl Iterator<Item = &'a T>,
    ) -> impl Iterator<Item = &'a T> {
        let all: Vec<&T> = all.collect();
        let most = most as usize;
        if all.len() > most {
            self.0.push((kind, all.len() - most));
        }
        all.into_iter().take(most)
    }

    pub(crate) fn collect(&mut self, metrics: &mut Metrics) {
        for (kind, count) in self.0.drain(..) {
            metrics.set(&OMITTED, &[kind], count as f64);
        }
    }
}
