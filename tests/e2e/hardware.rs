//! Sensors, energy, batteries and control groups through the real program, on machines that the tests build: trees laid out
//! as the kernel documents them, mounted over `/sys` in a namespace of the host's own, and changed while it runs.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::harness::{Host, Site, checkout, encode};

/// What the tests lay over the machine's own.
const PLACES: [&str; 3] = ["sys/class", "sys/fs/cgroup", "sys/devices/system/cpu"];
/// All that the system plugin asks for: granted by name, so that a file beside the shipped one will do.
const GRANT: &str = "cpu: true, memory: true, disk: true, net: true, process: true, kernel: true, sensors: true, \
    power-supply: true, cgroups: true";

/// A machine in a folder.
struct Machine(Site);

impl Machine {
    fn new(settings: &str) -> Self {
        let site = Site::new();
        let path = checkout().join("plugins/dist/system.wasm");
        let plugin =
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()));
        site.write("data/plugins/system.wasm", plugin);
        let system = format!("system: {{ interval: 1s, grant: {{ {GRANT} }}, settings: {{ {settings} }} }}");
        site.write("autobot.yaml", format!("monitoring_interval: 1s\nplugins:\n  {system}\n"));
        for place in PLACES {
            fs::create_dir_all(site.path("machine").join(place)).expect("a folder");
        }
        Self(site)
    }

    /// Writes files below `folder`.
    fn write(&self, folder: &str, files: &[(&str, &str)]) {
        for (name, content) in files {
            self.0.write(&format!("machine/sys/{folder}/{name}"), content);
        }
    }

    fn remove(&self, path: &str) {
        let path = self.0.path("machine/sys").join(path);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("it was there");
    }

    /// A host that sees this machine.
    async fn start(&self) -> Result<Host> {
        let machine = self.0.path("machine").display().to_string();
        let mounts: Vec<String> =
            PLACES.iter().map(|place| format!("mount --bind {machine}/{place} /{place}")).collect();
        let inside = format!("{} && exec \"$0\" \"$@\"", mounts.join(" && "));
        let enter = format!("exec unshare --user --map-root-user --mount sh -c '{inside}' \"$0\" \"$@\"");
        self.0.start_after(&enter).await.context(
            "this takes `unshare` and `mount`, of Debian's packages `util-linux` and `mount`, and a kernel that lets this user \
             make user namespaces",
        )
    }
}

/// Waits until `query` has this value.
async fn until(host: &Host, query: &str, value: f64) -> Result<()> {
    let is = |answer: &Value| {
        answer["data"]["result"][0]["value"][1].as_str()?.parse::<f64>().ok().filter(|now| *now == value)
    };
    host.until(&format!("/api/v1/query?query={}", encode(query)), |answer| is(answer).map(drop))
        .await
        .with_context(|| format!("{query} never was {value}"))
}

/// Waits until `query` has no series.
pub(crate) async fn until_ended(host: &Host, query: &str) -> Result<()> {
    let ended = |answer: &Value| answer["data"]["result"].as_array()?.is_empty().then_some(());
    host.until(&format!("/api/v1/query?query={}", encode(query)), ended)
        .await
        .with_context(|| format!("{query} never ended"))
}

/// The values that a label has now.
async fn labels(host: &Host, query: &str, label: &str) -> Result<BTreeSet<String>> {
    let found = host.query(query).await?;
    Ok(found.iter().filter_map(|(labels, _)| labels[label].as_str().map(str::to_owned)).collect())
}

/// That it runs, and was never begun anew.
pub(crate) async fn assert_sound(host: &Host) -> Result<()> {
    let plugins = host.get("/api/autobot/v1/plugins").await?;
    let plugin = plugins["plugins"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "system").cloned());
    let plugin = plugin.context("the system plugin")?;
    assert_eq!((&plugin["state"], &plugin["restarts"]), (&"running".into(), &0.into()), "{plugin:#}");
    let log = plugin["log"].as_array().cloned().unwrap_or_default();
    let complaints: Vec<_> = log.iter().filter(|said| said["level"] == "warn" || said["level"] == "failed").collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    Ok(())
}

/// Documentation/hwmon/sysfs-interface.rst: thousandths of a degree and of a volt and ampere, millionths of a watt.
#[tokio::test]
async fn sensors_are_followed_and_one_that_vanishes_takes_no_other_with_it() -> Result<()> {
    let machine = Machine::new("");
    let chip = "class/hwmon/hwmon0";
    machine.write(chip, &[("name", "coretemp\n"), ("temp1_label", "Package id 0\n"), ("temp1_input", "61000\n")]);
    machine.write(chip, &[("temp1_max", "90000\n"), ("temp1_crit", "100000\n"), ("temp1_crit_alarm", "0\n")]);
    machine.write(chip, &[("temp2_label", "Core 0\n"), ("temp2_input", "58000\n"), ("temp2_crit", "100000\n")]);
    let board = "class/hwmon/hwmon1";
    machine.write(board, &[("name", "board\n"), ("temp1_input", "-4500\n"), ("fan1_input", "2841\n")]);
    machine.write(board, &[("power1_average", "312000000\n"), ("in0_input", "1792\n"), ("curr1_input", "14250\n")]);
    machine.write(board, &[("humidity1_input", "41250\n"), ("fan2_input", "-1\n"), ("temp2_input", "4 1")]);
    machine.0.write("machine/sys/class/hwmon/hwmon1/fan1_label", b"CPU \"Fan\"\n\\left\xff\n");
    let cores = "devices/system/cpu";
    machine.write(&format!("{cores}/cpu0/thermal_throttle"), &[("core_throttle_count", "12\n")]);
    machine.write(
        &format!("{cores}/cpu1/thermal_throttle"),
        &[("core_throttle_count", "3\n"), ("package_throttle_count", "40\n")],
    );
    let host = machine.start().await?;
    let package = "hw_temperature_celsius{id=\"coretemp\",name=\"Package id 0\"}";
    until(&host, package, 61.0).await?;
    for (query, value) in [
        ("hw_temperature_limit_celsius{name=\"Package id 0\",limit_type=\"critical\"}", 100.0),
        ("hw_temperature_headroom_celsius{id=\"coretemp\",limit_type=\"high\"}", 29.0),
        ("hw_temperature_headroom_ratio{id=\"coretemp\",limit_type=\"critical\"}", 0.39),
        ("hw_alarm{name=\"Package id 0\"}", 0.0),
        ("hw_temperature_celsius{id=\"board\",name=\"temp1\"}", -4.5),
        ("hw_fan_speed_rpm{name!=\"fan2\"}", 2841.0),
        ("hw_power_watts{id=\"board\"}", 312.0),
        ("hw_voltage_volts", 1.792),
        ("hw_current_amperes", 14.25),
        ("hw_humidity_ratio", 0.4125),
        ("system_cpu_thermal_throttles_total", 15.0),
        ("system_cpu_package_thermal_throttles_total", 40.0),
        ("system_cpu_core_thermal_throttles_total{core=\"1\"}", 3.0),
    ] {
        until(&host, query, value).await?;
    }
    let fans = labels(&host, "hw_fan_speed_rpm", "name").await?;
    assert!(fans.contains("CPU \"Fan\" \\left\u{fffd}"), "{fans:?}");
    assert!(!labels(&host, "hw_temperature_celsius", "name").await?.contains("temp2"), "half a number is none");
    // Between two ticks it gets hot, and the chip says so.
    machine.write(chip, &[("temp1_input", "101500\n"), ("temp1_crit_alarm", "1\n")]);
    machine.write(&format!("{cores}/cpu0/thermal_throttle"), &[("core_throttle_count", "14\n")]);
    until(&host, package, 101.5).await?;
    until(&host, "hw_temperature_headroom_celsius{id=\"coretemp\",limit_type=\"critical\"}", -1.5).await?;
    until(&host, "hw_alarm{name=\"Package id 0\"}", 1.0).await?;
    until(&host, "system_cpu_thermal_throttles_total", 17.0).await?;
    // One sensor goes, then all of a chip; the others stay, and what comes back goes on.
    machine.remove("class/hwmon/hwmon0/temp2_input");
    until_ended(&host, "hw_temperature_celsius{name=\"Core 0\"}").await?;
    machine.remove(board);
    until_ended(&host, "{id=\"board\"}").await?;
    until(&host, package, 101.5).await?;
    machine.write(chip, &[("temp2_input", "59000\n")]);
    machine.write(board, &[("name", "board\n"), ("temp1_input", "-3000\n")]);
    until(&host, "hw_temperature_celsius{name=\"Core 0\"}", 59.0).await?;
    until(&host, "hw_temperature_celsius{id=\"board\"}", -3.0).await?;
    assert_sound(&host).await?;
    host.stop().await?;
    Ok(())
}

/// Documentation/power/powercap/powercap.rst: microjoules that start over at `max_energy_range_uj`.
#[tokio::test]
async fn a_counter_of_energy_that_wraps_only_grows_and_makes_power_and_work_per_joule() -> Result<()> {
    let machine = Machine::new("");
    let zone = "class/powercap/intel-rapl:0";
    let (name, range) = (("name", "package-0\n"), ("max_energy_range_uj", "262143328850\n"));
    machine.write(zone, &[name, range, ("energy_uj", "262143000000\n")]);
    let host = machine.start().await?;
    let energy = "hw_energy_joules_total{id=\"rapl\",name=\"package-0\"}";
    until(&host, energy, 262_143.0).await?;
    until(&host, "system_cpu_energy_joules_total", 0.0).await?;
    machine.write(zone, &[("energy_uj", "671150\n")]);
    until(&host, energy, 262_144.0).await?;
    until(&host, "system_cpu_energy_joules_total", 1.0).await?;
    // What is half written is nothing, and then the counter goes on.
    machine.write(zone, &[("energy_uj", "-5\n")]);
    until_ended(&host, energy).await?;
    let micros = Cell::new(1_671_150u64);
    for family in ["hw_power_watts{id=\"rapl\"}", "system_cpu_power_watts", "system_cpu_busy_seconds_per_joule"] {
        let query = format!("max_over_time({family}[1m]) > 0");
        let path = format!("/api/v1/query?query={}", encode(&query));
        let found = host.until(&path, |answer| {
            // 0.02 J at each look: from tick to tick there is always some.
            micros.set(micros.get() + 20_000);
            machine.write(zone, &[("energy_uj", &format!("{}\n", micros.get()))]);
            answer["data"]["result"][0]["value"][1].as_str()?.parse::<f64>().ok()
        });
        let found = found.await?;
        assert!(found.is_finite(), "{family}: {found}");
    }
    assert_sound(&host).await?;
    host.stop().await?;
    Ok(())
}

/// Documentation/ABI/testing/sysfs-class-power: microwatt-hours, microwatts, microvolts, percentages.
#[tokio::test]
async fn batteries_and_chargers_are_followed_as_they_are_pulled_and_plugged() -> Result<()> {
    let machine = Machine::new("");
    let battery = "class/power_supply/BAT0";
    let plug = || {
        machine.write(
            battery,
            &[("type", "Battery\n"), ("status", "Discharging\n"), ("present", "1\n"), ("capacity", "62\n")],
        );
        machine
            .write(battery, &[("energy_now", "31240000\n"), ("energy_full", "49870000\n"), ("cycle_count", "214\n")]);
        machine.write(battery, &[("energy_full_design", "57020000\n"), ("power_now", "8724000\n"), ("temp", "-15\n")]);
    };
    plug();
    machine.write("class/power_supply/AC", &[("type", "Mains\n"), ("online", "0\n")]);
    // The battery once more, as a chip of hwmon.
    machine.write("class/hwmon/hwmon0", &[("name", "BAT0\n"), ("in0_input", "12113\n")]);
    let host = machine.start().await?;
    for (query, value) in [
        ("hw_battery_charge_ratio{id=\"BAT0\",name=\"Battery\"}", 0.62),
        ("hw_battery_state{state=\"discharging\"}", 1.0),
        ("hw_battery_state{state=\"charging\"}", 0.0),
        ("hw_battery_energy_joules", 112_464.0),
        ("hw_battery_energy_limit_joules{limit_type=\"design\"}", 205_272.0),
        ("hw_battery_health_ratio", 0.8746),
        ("hw_battery_cycles_total", 214.0),
        ("hw_battery_time_left_seconds", 12_891.0),
        ("hw_power_watts{id=\"BAT0\"}", 8.724),
        ("hw_temperature_celsius{id=\"BAT0\"}", -1.5),
        ("hw_power_supply_online{id=\"AC\",name=\"Mains\"}", 0.0),
        ("count({id=\"BAT0\",name=\"in0\"}) or vector(0)", 0.0),
    ] {
        until(&host, query, value).await?;
    }
    machine.write(battery, &[("energy_now", "31140000\n"), ("capacity", "61\n")]);
    until(&host, "hw_energy_joules_total{name=\"discharged\"}", 360.0).await?;
    machine.write("class/power_supply/AC", &[("online", "1\n")]);
    machine.write(battery, &[("status", "Charging\n")]);
    until(&host, "hw_power_supply_online", 1.0).await?;
    until(&host, "hw_battery_state{state=\"charging\"}", 1.0).await?;
    machine.remove(battery);
    machine.remove("class/hwmon/hwmon0");
    until_ended(&host, "{id=\"BAT0\"}").await?;
    until(&host, "hw_power_supply_online", 1.0).await?;
    plug();
    until(&host, "hw_battery_charge_ratio", 0.62).await?;
    assert_sound(&host).await?;
    host.stop().await?;
    Ok(())
}

/// Documentation/admin-guide/cgroup-v2.rst.
#[tokio::test]
async fn control_groups_are_followed_and_one_that_ends_goes_at_once() -> Result<()> {
    let machine = Machine::new("cgroup_depth: 2, exclude_cgroups: [\"/user.slice*\"]");
    let top = "fs/cgroup";
    machine.write(top, &[("cgroup.controllers", "cpu io memory pids\n")]);
    let group = |path: &str, micros: u64| {
        let used =
            format!("usage_usec {micros}\nuser_usec {micros}\nsystem_usec 0\nnr_throttled 12\nthrottled_usec 480000\n");
        let files = [("cgroup.events", "populated 1\nfrozen 0\n"), ("cgroup.procs", "1\n2\n"), ("cpu.stat", &used)];
        machine.write(&format!("{top}/{path}"), &files);
        machine.write(&format!("{top}/{path}"), &[("memory.current", "2147483648\n"), ("memory.max", "max\n")]);
    };
    for path in ["system.slice", "system.slice/redis.service", "system.slice/redis.service/too-deep", "user.slice"] {
        group(path, 7_000_000);
    }
    let odd = "system.slice/app \"x\"\n\\x2d.service";
    group(odd, 5_000_000);
    let redis = "fs/cgroup/system.slice/redis.service";
    machine.write(
        redis,
        &[("cpu.max", "150000 100000\n"), ("memory.max", "4294967296\n"), ("memory.events", "oom_kill 1\n")],
    );
    machine.write(
        redis,
        &[("io.stat", "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2\n8:16 \n"), ("memory.stat", "anon 7\nfile 8\n")],
    );
    machine.write(
        redis,
        &[
            ("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n"),
            ("io.pressure", "some avg10="),
        ],
    );
    let host = machine.start().await?;
    let of = |family: &str, more: &str| format!("{family}{{cgroup=\"/system.slice/redis.service\"{more}}}");
    for (family, more, value) in [
        ("cgroup_cpu_time_seconds_total", ",mode=\"user\"", 7.0),
        ("cgroup_cpu_limit", "", 1.5),
        ("cgroup_cpu_throttled_seconds_total", "", 0.48),
        ("cgroup_cpu_throttled_periods_total", "", 12.0),
        ("cgroup_memory_usage_bytes", "", 2_147_483_648.0),
        ("cgroup_memory_utilization_ratio", "", 0.5),
        ("cgroup_memory_state_bytes", ",state=\"file\"", 8.0),
        ("cgroup_memory_oom_kills_total", "", 1.0),
        ("cgroup_disk_io_bytes_total", ",direction=\"write\"", 8192.0),
        ("cgroup_disk_operations_total", ",direction=\"read\"", 1.0),
        // Those below are counted with it.
        ("cgroup_process_count", "", 4.0),
        ("cgroup_pressure_stalled_seconds_total", ",resource=\"memory\",scope=\"some\"", 1.5),
    ] {
        until(&host, &of(family, more), value).await?;
    }
    let shown = labels(&host, "cgroup_process_count", "cgroup").await?;
    let expected = ["/system.slice", "/system.slice/app \"x\" \\x2d.service", "/system.slice/redis.service"];
    assert_eq!(shown, expected.map(str::to_owned).into(), "by depth, exclusion, and with names on one line");
    // Half a second of work, and a rate of it.
    group("system.slice/redis.service", 7_500_000);
    until(&host, &of("cgroup_cpu_time_seconds_total", ",mode=\"user\""), 7.5).await?;
    host.until_query(&format!("max_over_time({}[1m]) > 0", of("cgroup_cpu_utilization_ratio", ""))).await?;
    machine.remove(redis);
    until_ended(&host, "{cgroup=\"/system.slice/redis.service\"}").await?;
    until(&host, "cgroup_process_count{cgroup=\"/system.slice\"}", 4.0).await?;
    group("system.slice/redis.service", 100_000);
    until(&host, &of("cgroup_cpu_time_seconds_total", ",mode=\"user\""), 0.1).await?;
    assert_sound(&host).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_machine_without_any_of_it_says_nothing_and_what_appears_comes_alive() -> Result<()> {
    let machine = Machine::new("");
    let host = machine.start().await?;
    host.until_query("system_uptime_seconds").await?;
    assert!(host.query("{__name__=~\"hw_.*|cgroup_.*\"}").await?.is_empty());
    machine.write("class/hwmon/hwmon0", &[("name", "k10temp\n"), ("temp1_input", "41000\n")]);
    machine.write("class/power_supply/AC", &[("type", "Mains\n"), ("online", "1\n")]);
    machine.write("fs/cgroup", &[("cgroup.controllers", "cpu\n")]);
    let group = [
        ("cgroup.events", "populated 1\n"),
        ("cgroup.procs", "1\n"),
        ("cpu.stat", "usage_usec 5\n"),
        ("memory.current", "4096\n"),
    ];
    machine.write("fs/cgroup/init.scope", &group);
    until(&host, "hw_temperature_celsius", 41.0).await?;
    until(&host, "hw_power_supply_online", 1.0).await?;
    until(&host, "cgroup_memory_usage_bytes", 4096.0).await?;
    assert_sound(&host).await?;
    host.stop().await?;
    Ok(())
}
