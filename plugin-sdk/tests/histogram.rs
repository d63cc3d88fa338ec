//! A histogram as a plugin sets it and the host gets it.

use autobot_plugin_sdk::testing::{Facts, Plugin};
use autobot_plugin_sdk::{Collector, Error, Family, Histogram, Kind, Manifest, Metrics, Timestamp, histogram};

static WAIT: Histogram = histogram!("wait_seconds", "s", "How long callers waited.", ["queue"]);

struct Waits(f64);

impl Collector for Waits {
    type Settings = ();
    const MANIFEST: Manifest = Manifest::new("waits", "0.1.0", "Waits.");
    const FAMILIES: &[&Family] = &[&WAIT.family];

    fn new(_settings: ()) -> Result<Self, String> {
        Ok(Self(0.0))
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        self.0 += 1.0;
        WAIT.set(metrics, &["mail"], &[("0.1", 3.0), ("1", 3.0 + self.0)], 2.5 * self.0, 4.0 + self.0);
        Ok(())
    }
}

#[test]
fn it_is_declared_once_and_handed_over_in_parts() {
    let mut plugin = Plugin::<Waits>::new("{}", Facts::default()).unwrap();
    let text = |at| {
        let (collected, result) = plugin.collect(at);
        assert_eq!(result, Ok(()));
        collected.text("")
    };
    let told: Vec<String> = [1, 2].map(text).into();
    assert_eq!(
        told,
        [
            "wait_seconds_bucket{queue=\"mail\",le=\"0.1\"} 3\n\
             wait_seconds_bucket{queue=\"mail\",le=\"1\"} 4\n\
             wait_seconds_bucket{queue=\"mail\",le=\"+Inf\"} 5\n\
             wait_seconds_sum{queue=\"mail\"} 2.5\n\
             wait_seconds_count{queue=\"mail\"} 5\n",
            "wait_seconds_bucket{queue=\"mail\",le=\"0.1\"} 3\n\
             wait_seconds_bucket{queue=\"mail\",le=\"1\"} 5\n\
             wait_seconds_bucket{queue=\"mail\",le=\"+Inf\"} 6\n\
             wait_seconds_sum{queue=\"mail\"} 5\n\
             wait_seconds_count{queue=\"mail\"} 6\n",
        ]
    );
    assert_eq!((WAIT.family.kind, WAIT.family.labels), (Kind::Histogram, &["queue"][..]));
}
