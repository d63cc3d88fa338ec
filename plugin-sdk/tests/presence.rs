//! A plugin whose thing comes and goes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use autobot_plugin_sdk::testing::{Facts, Plugin};
use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Presence, Timestamp, power_supply};

static SUPPLIES: Family = Family::gauge("supplies", "1", "Any.");

#[derive(Default)]
struct Supplies(Presence);

impl Collector for Supplies {
    type Settings = ();
    const MANIFEST: Manifest = Manifest::new("supplies", "1.0.0", "For tests.");
    const FAMILIES: &[&Family] = &[&SUPPLIES];

    fn new(_settings: ()) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        if let Some(found) = self.0.ask(power_supply::read)? {
            metrics.set(&SUPPLIES, &[], found.len() as f64);
        }
        Ok(())
    }
}

const START: Timestamp = 1_795_000_000_000;

/// The plugin on a machine without it.
fn plugin() -> Plugin<Supplies> {
    Plugin::new("{}", Facts::default()).unwrap()
}

fn says(plugin: &mut Plugin<Supplies>, answer: Result<Vec<power_supply::Supply>, Error>) {
    plugin.change(|facts| facts.set("power-supply.read", &answer));
}

#[test]
fn what_is_not_there_is_told_of_once_and_asked_for_seldom() {
    let mut plugin = plugin();
    let (mut log, mut asked) = (Vec::new(), Vec::new());
    for second in (0..900u64).step_by(5) {
        let (collected, result) = plugin.collect(START + second * 1000);
        assert_eq!((result, collected.samples.len()), (Ok(()), 0), "that is no failure");
        log.extend(collected.log);
        asked.extend(collected.asked.first().map(|_| second));
    }
    assert_eq!(log, ["info: nothing to measure here: `power-supply.read` is not recorded"]);
    let pauses: Vec<u64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let early = pauses.iter().take_while(|&&pause| pause == 10).count();
    assert_eq!(asked[early], 290, "for five minutes every ten seconds");
    assert!(pauses[early..].iter().all(|&pause| pause == 60), "then every minute: {asked:?}");
}

#[test]
fn it_comes_alive_when_the_thing_appears_and_rests_when_it_goes() {
    let mut plugin = plugin();
    plugin.collect(START).1.unwrap();
    says(&mut plugin, Ok(vec![]));
    let (early, _) = plugin.collect(START + 9_000);
    assert_eq!((early.samples.len(), early.asked.len()), (0, 0), "it was asked a moment ago");
    let (found, _) = plugin.collect(START + 10_000);
    assert_eq!(
        (found.value("supplies"), found.log),
        (Some(0.0), vec!["info: there is something to measure now".into()])
    );
    says(&mut plugin, Err(Error::NotPresent("taken out".into())));
    let (gone, result) = plugin.collect(START + 11_000);
    assert_eq!(
        (gone.retired, gone.log),
        (vec!["supplies".to_owned()], vec!["info: nothing to measure here: taken out".into()])
    );
    result.unwrap();
}

#[test]
fn what_fails_is_asked_at_each_collection() {
    let mut plugin = plugin();
    plugin.collect(START).1.unwrap();
    let failure = Error::Failed("it hangs".into());
    says(&mut plugin, Err(failure.clone()));
    assert_eq!(plugin.collect(START + 10_000).1, Err(failure.clone()));
    assert_eq!(plugin.collect(START + 11_000).1, Err(failure));
    says(&mut plugin, Ok(vec![]));
    let (found, _) = plugin.collect(START + 12_000);
    assert_eq!((found.value("supplies"), found.log.len()), (Some(0.0), 0), "the host has said that it failed");
}
