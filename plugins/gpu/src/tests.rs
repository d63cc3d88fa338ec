//! The whole plugin on facts: what it emits from tick to tick.

mod processes;

use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Collector, Error, Kind, Timestamp};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::Gpus;

const START: Timestamp = 1_795_000_000_000;

fn plugin(settings: &str) -> Plugin<Gpus> {
    Plugin::new(settings, Facts::default()).unwrap()
}

/// What a laptop's GPU tells at work. What it leaves out, it does not support.
fn laptop() -> Value {
    json!({
        "index": 0, "uuid": "GPU-5f3c", "name": "RTX 4070", "bus": "00000000:01:00.0",
        "utilization": 0.37, "memory_utilization": 0.12, "encoder_utilization": 0.05, "decoder_utilization": 0.0,
        "memory_total": 8_585_740_288_u64, "memory_used": 2_147_483_648_u64, "memory_reserved": 362_807_296,
        "bar1_total": 8_589_934_592_u64, "bar1_used": 6_291_456,
        "temperature": 61.0, "slowdown_temperature": 102.0, "shutdown_temperature": 105.0,
        "power": 54.321, "power_limit": 80.0, "power_default_limit": 75.0, "energy": 987_654.321,
        "graphics_clock": 2_175_000_000_u64, "sm_clock": 2_160_000_000_u64, "memory_clock": 8_001_000_000_u64,
        "video_clock": 1_785_000_000_u64, "max_graphics_clock": 3_105_000_000_u64, "max_memory_clock": 8_001_000_000_u64,
        "performance_state": 2, "throttle_reasons": ["sw_power_cap"],
        "pcie_generation": 4, "pcie_width": 8, "pcie_max_generation": 4, "pcie_max_width": 16,
        "pcie_received": 256_000_000, "pcie_sent": 1_024_000, "pcie_replays": 3, "persistence": false,
        "processes": [],
    })
}

/// With other values for some of its fields; null is what it does not tell.
fn with(mut device: Value, changes: Value) -> Value {
    let fields = changes.as_object().unwrap().clone();
    device.as_object_mut().unwrap().extend(fields);
    device
}

fn snapshot(devices: &[Value], lost: &[&str]) -> Value {
    json!({"Ok": {"driver": "580.82.07", "cuda": "13.0", "devices": devices, "lost": lost}})
}

fn collect(plugin: &mut Plugin<Gpus>, at: u64, answer: &Value) -> (Collected, Result<(), Error>) {
    plugin.change(|facts| facts.set("gpu.read", answer));
    plugin.collect(START + at)
}

fn fine(plugin: &mut Plugin<Gpus>, at: u64, answer: &Value) -> Collected {
    let (collected, result) = collect(plugin, at, answer);
    result.unwrap();
    collected
}

/// Without what all series of one GPU have in common.
fn short(text: &str) -> String {
    text.replace("id=\"GPU-5f3c\",name=\"RTX 4070\"", "").replace("{,", "{").replace("{}", "")
}

fn check(device: Value, prefix: &str, expected: Expect) {
    let collected = fine(&mut plugin("{}"), 0, &snapshot(&[device], &[]));
    expected.assert_eq(&short(&collected.text(prefix)));
}

#[test]
fn a_gpu_is_told_of_with_all_that_its_driver_supports() {
    check(
        laptop(),
        "",
        expect![[r#"
            hw_gpu_count 1
            hw_gpu_lost 0
            hw_gpu_info{index="0",uuid="GPU-5f3c",bus="00000000:01:00.0",driver="580.82.07",cuda="13.0"} 1
            hw_gpu_utilization_ratio{task="general"} 0.37
            hw_gpu_utilization_ratio{task="memory"} 0.12
            hw_gpu_utilization_ratio{task="encoder"} 0.05
            hw_gpu_utilization_ratio{task="decoder"} 0
            hw_gpu_memory_usage_bytes 2147483648
            hw_gpu_memory_reserved_bytes 362807296
            hw_gpu_memory_limit_bytes 8585740288
            hw_gpu_memory_utilization_ratio 0.25012
            hw_gpu_bar1_usage_bytes 6291456
            hw_gpu_bar1_limit_bytes 8589934592
            hw_temperature_celsius 61
            hw_gpu_temperature_limit_celsius{limit="slowdown"} 102
            hw_gpu_temperature_limit_celsius{limit="shutdown"} 105
            hw_gpu_thermal_headroom_celsius 41
            hw_gpu_throttled{reason="applications_clocks_setting"} 0
            hw_gpu_throttled{reason="display_clock_setting"} 0
            hw_gpu_throttled{reason="hw_power_brake_slowdown"} 0
            hw_gpu_throttled{reason="hw_slowdown"} 0
            hw_gpu_throttled{reason="hw_thermal_slowdown"} 0
            hw_gpu_throttled{reason="sw_power_cap"} 1
            hw_gpu_throttled{reason="sw_thermal_slowdown"} 0
            hw_gpu_throttled{reason="sync_boost"} 0
            hw_power_watts 54.321
            hw_gpu_power_limit_watts 80
            hw_gpu_power_default_limit_watts 75
            hw_energy_joules_total 987654.321
            hw_gpu_busy_seconds_per_joule 0.0068114
            hw_gpu_busy_cycles_per_joule 14712542
            hw_gpu_clock_hertz{clock="graphics"} 2175000000
            hw_gpu_clock_hertz{clock="sm"} 2160000000
            hw_gpu_clock_hertz{clock="memory"} 8001000000
            hw_gpu_clock_hertz{clock="video"} 1785000000
            hw_gpu_clock_limit_hertz{clock="graphics"} 3105000000
            hw_gpu_clock_limit_hertz{clock="memory"} 8001000000
            hw_gpu_performance_state 2
            hw_gpu_persistence_mode 0
            hw_gpu_pcie_io_bytes_per_second{direction="receive"} 256000000
            hw_gpu_pcie_io_bytes_per_second{direction="transmit"} 1024000
            hw_gpu_pcie_generation 4
            hw_gpu_pcie_generation_limit 4
            hw_gpu_pcie_width 8
            hw_gpu_pcie_width_limit 16
            hw_gpu_pcie_replays_total 3
        "#]],
    );
}

#[test]
fn a_gpu_of_a_server_has_a_hot_memory_a_fan_and_errors() {
    let server = with(
        laptop(),
        json!({
            "memory_temperature": 71.0, "fan": 0.55, "persistence": true, "retired_pages": 3, "remapped_rows": 2,
            "ecc_volatile": {"corrected": 12, "uncorrected": 0}, "ecc_aggregate": {"corrected": 120, "uncorrected": 1},
        }),
    );
    let collected = fine(&mut plugin("{}"), 0, &snapshot(&[server], &[]));
    let prefixes = ["hw_temperature", "hw_fan", "hw_gpu_persistence", "hw_gpu_errors", "hw_gpu_lifetime", "hw_gpu_re"];
    let text: String = prefixes.iter().map(|prefix| short(&collected.text(prefix))).collect();
    expect![[r#"
        hw_temperature_celsius 61
        hw_temperature_celsius{id="GPU-5f3c/memory",name="RTX 4070 memory"} 71
        hw_fan_speed_ratio 0.55
        hw_gpu_persistence_mode 1
        hw_gpu_errors_total{type="corrected"} 12
        hw_gpu_errors_total{type="uncorrected"} 0
        hw_gpu_lifetime_errors_total{type="corrected"} 120
        hw_gpu_lifetime_errors_total{type="uncorrected"} 1
        hw_gpu_retired_pages_total 3
        hw_gpu_remapped_rows_total 2
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_is_not_supported_is_no_series() {
    let bare = json!({"index": 3, "uuid": "", "name": "T1000", "bus": "", "processes": []});
    check(
        bare,
        "",
        expect![[r#"
            hw_gpu_count 1
            hw_gpu_lost 0
            hw_gpu_info{id="gpu3",name="T1000",index="3",uuid="",bus="",driver="580.82.07",cuda="13.0"} 1
        "#]],
    );
}

#[test]
fn headroom_counts_to_the_first_limit_that_is_known_and_below_zero() {
    for (changes, headroom) in [
        (json!({}), Some(41.0)),
        (json!({"slowdown_temperature": null}), Some(44.0)),
        (json!({"slowdown_temperature": null, "shutdown_temperature": null}), None),
        (json!({"temperature": 103.5}), Some(-1.5)),
        (json!({"temperature": null}), None),
    ] {
        let collected = fine(&mut plugin("{}"), 0, &snapshot(&[with(laptop(), changes.clone())], &[]));
        let told = collected.value(r#"hw_gpu_thermal_headroom_celsius{id="GPU-5f3c",name="RTX 4070"}"#);
        assert_eq!(told, headroom, "{changes}");
    }
}

#[test]
fn work_per_joule_needs_work_and_power() {
    for (changes, seconds, cycles) in [
        (json!({"utilization": 0.5, "power": 100.0, "sm_clock": 2_000_000_000}), "0.005", "10000000"),
        (json!({"utilization": 0.0}), "0", "0"),
        (json!({"power": 0.0}), "NaN", "NaN"),
        (json!({"power": null}), "-", "-"),
        (json!({"utilization": null}), "-", "-"),
        (json!({"utilization": 0.5, "power": 100.0, "sm_clock": null}), "0.005", "-"),
    ] {
        let collected = fine(&mut plugin("{}"), 0, &snapshot(&[with(laptop(), changes.clone())], &[]));
        let told = |unit: &str| {
            let value = collected.value(&format!("hw_gpu_busy_{unit}_per_joule{{id=\"GPU-5f3c\",name=\"RTX 4070\"}}"));
            value.map_or("-".to_owned(), |value| value.to_string())
        };
        assert_eq!((told("seconds").as_str(), told("cycles").as_str()), (seconds, cycles), "{changes}");
    }
}

#[test]
fn every_reason_has_a_series_while_the_driver_tells_any() {
    for (reasons, held_back) in [
        (json!([]), vec![]),
        (json!(["hw_slowdown", "hw_thermal_slowdown"]), vec!["hw_slowdown", "hw_thermal_slowdown"]),
    ] {
        let device = with(laptop(), json!({"throttle_reasons": reasons}));
        let text = fine(&mut plugin("{}"), 0, &snapshot(&[device], &[])).text("hw_gpu_throttled");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 8);
        let now: Vec<&str> = lines.iter().filter_map(|line| line.strip_suffix("\"} 1")?.rsplit('"').next()).collect();
        assert_eq!(now, held_back);
    }
    let silent = with(laptop(), json!({"throttle_reasons": null}));
    assert_eq!(fine(&mut plugin("{}"), 0, &snapshot(&[silent], &[])).text("hw_gpu_throttled"), "");
}

#[test]
fn a_gpu_that_is_lost_ends_and_goes_on_when_it_returns() {
    let second = with(laptop(), json!({"index": 1, "uuid": "GPU-2", "name": "T1000"}));
    let both = snapshot(&[laptop(), second], &[]);
    let fell = "GPU 1 (T1000, 00000000:02:00.0): it fell off the bus; the kernel's log says why (`Xid`)";
    let one = snapshot(&[laptop()], &[fell]);
    let mut plugin = plugin("{}");
    let before = fine(&mut plugin, 0, &both);
    assert_eq!((before.value("hw_gpu_count"), before.value("hw_gpu_lost")), (Some(2.0), Some(0.0)));
    let lost = fine(&mut plugin, 5000, &one);
    assert_eq!((lost.value("hw_gpu_count"), lost.value("hw_gpu_lost")), (Some(1.0), Some(1.0)));
    assert!(lost.retired.iter().all(|series| series.contains("GPU-2")), "{:?}", lost.retired);
    assert_eq!(before.samples.len() - lost.samples.len(), lost.retired.len());
    assert_eq!(lost.log, [format!("warn: {fell}")]);
    assert!(fine(&mut plugin, 10_000, &one).log.is_empty(), "that is said once");
    let back = fine(&mut plugin, 15_000, &both);
    assert_eq!((back.samples.len(), back.retired.len()), (before.samples.len(), 0));
    assert_eq!(back.log, ["info: a GPU that was lost answers again; all do now"]);
}

#[test]
fn when_no_gpu_answers_the_collection_has_failed_and_they_are_counted() {
    let mut plugin = plugin("{}");
    let (collected, result) = collect(&mut plugin, 0, &snapshot(&[], &["GPU 0: it needs a reset", "GPU 1: as well"]));
    assert_eq!(result, Err(Error::Failed("GPU 0: it needs a reset; GPU 1: as well".to_owned())));
    assert_eq!((collected.value("hw_gpu_count"), collected.value("hw_gpu_lost")), (Some(0.0), Some(2.0)));
}

#[test]
fn without_a_gpu_there_is_nothing_to_measure_until_one_appears() {
    for (absent, said) in [
        (json!({"Err": {"NotPresent": "no NVIDIA driver here"}}), "no NVIDIA driver here"),
        (snapshot(&[], &[]), "the NVIDIA driver 580.82.07 is here and knows no GPU"),
    ] {
        let mut plugin = plugin("{}");
        let first = fine(&mut plugin, 0, &absent);
        assert_eq!((first.samples.len(), first.log), (0, vec![format!("info: nothing to measure here: {said}")]));
        let rest: Vec<Collected> = (1..20).map(|tick| fine(&mut plugin, tick * 5000, &absent)).collect();
        assert!(rest.iter().all(|collected| collected.log.is_empty()));
        assert_eq!(rest.iter().filter(|collected| !collected.asked.is_empty()).count(), 9, "every other tick");
        let found = fine(&mut plugin, 100_000, &snapshot(&[laptop()], &[]));
        assert_eq!(found.value("hw_gpu_count"), Some(1.0));
        assert_eq!(found.log, ["info: there is something to measure now"]);
    }
}

#[test]
fn a_driver_that_hangs_is_a_failure_and_its_series_end_until_it_answers() {
    let mut plugin = plugin("{}");
    let measured = fine(&mut plugin, 0, &snapshot(&[laptop()], &[])).samples.len();
    let late = json!({"Err": {"Timeout": "NVML has not answered within 5s"}});
    let (hung, result) = collect(&mut plugin, 5000, &late);
    assert_eq!(result, Err(Error::Timeout("NVML has not answered within 5s".to_owned())));
    assert_eq!((hung.samples.len(), hung.retired.len()), (0, measured));
    assert!(!collect(&mut plugin, 10_000, &late).0.asked.is_empty(), "it is asked each time, which costs nothing");
    assert_eq!(fine(&mut plugin, 15_000, &snapshot(&[laptop()], &[])).samples.len(), measured);
}

#[test]
fn settings_that_are_not_understood_are_refused_with_a_reason() {
    for (settings, reason) in [
        (r#"{"top_proceses": 3}"#, "unknown field `top_proceses`"),
        (r#"{"top_processes": 16}"#, "`top_processes` is 16; it may be 0 to 15"),
    ] {
        let error = Plugin::<Gpus>::new(settings, Facts::default()).err().unwrap();
        assert!(error.contains(reason), "{settings}: {error}");
    }
}

#[test]
fn every_family_has_the_unit_that_its_name_ends_with() {
    for family in Gpus::FAMILIES {
        let base = family.name.trim_end_matches("_total");
        let units = [
            ("_seconds_per_joule", "s/J"),
            ("_cycles_per_joule", "1/J"),
            ("_bytes_per_second", "By/s"),
            ("_bytes", "By"),
            ("_hertz", "Hz"),
            ("_celsius", "Cel"),
            ("_watts", "W"),
            ("_joules", "J"),
        ];
        let unit = units.iter().find(|(ending, _)| base.ends_with(ending)).map_or("1", |(_, unit)| unit);
        assert_eq!(family.unit, unit, "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.'), "{}", family.name);
    }
}
