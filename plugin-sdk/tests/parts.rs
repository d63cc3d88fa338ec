//! Parts that fail, hang and are not there, as a plugin sees them from tick to tick.

use autobot_plugin_sdk::testing::{Facts, Plugin};
use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Parts, Timestamp, kernel, npu};

/// Two parts: one that every machine has, and one that may be missing.
struct Two {
    parts: Parts,
}

impl Collector for Two {
    type Settings = ();
    const MANIFEST: Manifest = Manifest::new("two", "1.0.0", "Two parts.");
    const FAMILIES: &[&Family] = &[];

    fn new(_settings: ()) -> Result<Self, String> {
        Ok(Self { parts: Parts::default() })
    }

    fn collect(&mut self, _at: Timestamp, _metrics: &mut Metrics) -> Result<(), Error> {
        self.parts.begin();
        self.parts.run("kernel", || kernel::read().map(|_| ()));
        self.parts.seek("npu", || npu::read().map(|_| ()));
        self.parts.finish()
    }
}

const START: Timestamp = 1_700_000_000_000;

/// At each second: whether the second part was asked, and what was said.
fn watch(plugin: &mut Plugin<Two>, seconds: std::ops::Range<u64>) -> Vec<String> {
    let mut said = Vec::new();
    for second in seconds {
        let (collected, _) = plugin.collect(START + second * 1000);
        if collected.asked.contains("npu.read") {
            said.push(format!("{second}: asked"));
        }
        said.extend(collected.log.into_iter().map(|line| format!("{second}: {line}")));
    }
    said
}

fn nothing() -> Result<Vec<npu::Device>, Error> {
    Ok(Vec::new())
}

#[test]
fn what_is_not_there_is_said_once_and_looked_for_every_half_minute() {
    let mut plugin = Plugin::<Two>::new("{}", Facts::default()).unwrap();
    let absent = Err::<Vec<npu::Device>, _>(Error::NotPresent("no /sys/class/accel".to_owned()));
    plugin.change(|facts| facts.set("npu.read", &absent));
    assert_eq!(
        watch(&mut plugin, 0..65),
        [
            "0: asked",
            "0: info: npu: not present (no /sys/class/accel); looked for every half minute",
            "30: asked",
            "60: asked"
        ]
    );
    plugin.change(|facts| facts.set("npu.read", &nothing()));
    assert_eq!(watch(&mut plugin, 65..92), ["90: asked", "90: info: npu: there now", "91: asked"]);
    plugin.change(|facts| facts.set("npu.read", &absent));
    assert_eq!(watch(&mut plugin, 92..94).len(), 2, "it is said anew, for it was there");
}

#[test]
fn what_hangs_is_left_alone_for_a_while_and_stays_a_failure_meanwhile() {
    let mut plugin = Plugin::<Two>::new("{}", Facts::default()).unwrap();
    let late = Err::<Vec<npu::Device>, _>(Error::Timeout("no answer within 5 s".to_owned()));
    plugin.change(|facts| {
        facts.set("npu.read", &late);
        facts.kernel = Err(Error::Failed("/proc/stat: no btime".to_owned()));
    });
    assert_eq!(
        watch(&mut plugin, 0..31),
        ["0: asked", "0: warn: kernel: /proc/stat: no btime", "0: warn: npu: no answer within 5 s", "30: asked"]
    );
    plugin.change(|facts| facts.kernel = Err(Error::NotPresent("none".to_owned())));
    assert_eq!(watch(&mut plugin, 31..32), ["31: info: kernel can be read again"]);
    assert_eq!(plugin.collect(START + 32_000).1, Ok(()), "one part is enough");
    plugin.change(|facts| facts.kernel = Err(Error::Failed("x".to_owned())));
    assert!(plugin.collect(START + 33_000).1.is_err(), "a part that rests because it hung is no success");
    plugin.change(|facts| facts.set("npu.read", &nothing()));
    assert_eq!(watch(&mut plugin, 60..61), ["60: asked", "60: info: npu can be read again"]);
}

#[test]
fn what_failed_and_is_gone_is_not_called_readable() {
    let mut plugin = Plugin::<Two>::new("{}", Facts::default()).unwrap();
    plugin.change(|facts| facts.set("npu.read", &Err::<Vec<npu::Device>, _>(Error::Failed("broken".to_owned()))));
    assert_eq!(watch(&mut plugin, 0..2), ["0: asked", "0: warn: npu: broken", "1: asked"]);
    plugin.change(|facts| facts.set("npu.read", &Err::<Vec<npu::Device>, _>(Error::NotPresent("gone".to_owned()))));
    assert_eq!(
        watch(&mut plugin, 2..4),
        ["2: asked", "2: info: npu: not present (gone); looked for every half minute"]
    );
}
