//! GPUs and NPUs through the real program and its real plugins. The GPUs are those of a library with NVML's interface and no
//! hardware, which the program loads where it would find NVIDIA's; the NPUs are a tree of files as the kernel shows it.

#[path = "../../host/capabilities/tests/fake-nvml/library.rs"]
mod library;
mod machine;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::harness::{Host, Site, checkout, encode};
use library::{LAPTOP, Nvml};
use machine::Machine;

/// A configuration in which these plugins collect each second, as those that the program brings would.
fn site(plugins: &[&str]) -> Site {
    let site = Site::new();
    let mut text = "monitoring_interval: 1s\nplugins:\n  system: { interval: 1s }\n".to_owned();
    for name in plugins {
        let path = checkout().join("plugins/dist").join(format!("{name}.wasm"));
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()));
        site.write(&format!("data/plugins/{name}.wasm"), bytes);
        text += &format!("  {name}: {{ interval: 1s, grant: {{ {name}: true }} }}\n");
    }
    site.write("autobot.yaml", text);
    site
}

/// A host that finds the library where the loader looks.
async fn start(site: &Site, nvml: &Nvml) -> Result<Host> {
    site.start_after(&format!("export LD_LIBRARY_PATH={}", nvml.folder.path().display())).await
}

async fn value(host: &Host, query: &str) -> Result<f64> {
    Ok(host.query(query).await?.first().with_context(|| format!("{query} has no value"))?.1)
}

/// Waits until a query has this one value.
async fn until(host: &Host, query: &str, value: f64) -> Result<()> {
    host.until_query(&format!("({query}) == {value}")).await.map(drop)
}

/// Waits until a query has no series any more.
async fn until_gone(host: &Host, query: &str) -> Result<()> {
    host.until(&format!("/api/v1/query?query={}", encode(query)), |answer| {
        answer["data"]["result"].as_array()?.is_empty().then_some(())
    })
    .await
}

/// How a plugin is, when `found` says that it is so.
async fn plugin(host: &Host, name: &str, found: impl Fn(&Value) -> bool) -> Result<Value> {
    host.until("/api/autobot/v1/plugins", |plugins| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)?;
        found(plugin).then(|| plugin.clone())
    })
    .await
}

/// Its log, one line each, without what the host itself says of a new plugin file.
fn log(plugin: &Value) -> Vec<String> {
    let said = plugin["log"].as_array().into_iter().flatten();
    let line = |said: &Value| {
        format!("{}: {}", said["level"].as_str().unwrap_or_default(), said["text"].as_str().unwrap_or_default())
    };
    said.map(line).collect()
}

/// Whether the system plugin has collected each second since `first`, its time since the machine was started.
async fn no_tick_was_missed(host: &Host, first: f64, seconds: u32) -> Result<()> {
    host.until_query(&format!("system_uptime_seconds >= {}", first + f64::from(seconds))).await?;
    let raw = host.get(&format!("/api/v1/query?query=system_uptime_seconds%5B{seconds}s%5D")).await?;
    let samples = raw["data"]["result"][0]["values"].as_array().context("a matrix")?.clone();
    let times: Vec<i64> =
        samples.iter().map(|sample| (sample[0].as_f64().unwrap_or_default() * 1000.0).round() as i64).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 1000), "a tick is missing: {times:?}");
    Ok(())
}

#[tokio::test]
async fn a_laptops_gpu_is_measured_with_all_that_its_driver_tells() -> Result<()> {
    // A process that no machine has, so that the driver's own name of it is taken; it was seen a moment ago, whenever this runs.
    let state =
        LAPTOP.replace("0 sample 4242 1794999999900000 33 10\n", "0 sample 4294967000 9000000000000000 33 10\n");
    let state = state.replace("0 compute 4242 1073741824", "0 compute 4294967000 1073741824");
    let state = state.replace("0 graphics 4242 1073741824\n", "")
        + "- process.4294967000 /usr/bin/python3 train.py --key secret\n";
    let (nvml, site) = (Nvml::new(&state), site(&["gpu"]));
    let host = start(&site, &nvml).await?;
    for (query, expected) in [
        ("hw_gpu_utilization_ratio{task=\"general\"}", 0.37),
        ("hw_gpu_memory_usage_bytes", 2_147_483_648.0),
        ("hw_temperature_celsius{name=\"NVIDIA GeForce RTX 4070 Laptop GPU\"}", 61.0),
        ("hw_gpu_thermal_headroom_celsius", 41.0),
        ("hw_power_watts{id=\"GPU-5f3c2a10-77aa-4d1e-9b1e-0123456789ab\"}", 54.321),
        ("hw_energy_joules_total{id=\"GPU-5f3c2a10-77aa-4d1e-9b1e-0123456789ab\"}", 987_654.321),
        ("hw_gpu_throttled{reason=\"sw_power_cap\"}", 1.0),
        ("count(hw_gpu_throttled)", 8.0),
        ("hw_gpu_busy_cycles_per_joule", 14_814_713.0),
        ("hw_gpu_process_memory_usage_bytes{process=\"python3\"}", 1_073_741_824.0),
        ("hw_gpu_process_utilization_ratio{process=\"python3\"}", 0.33),
        ("hw_gpu_info{bus=\"00000000:01:00.0\",driver=\"580.82.07\",cuda=\"13.0\",index=\"0\"}", 1.0),
    ] {
        host.until_query("hw_gpu_count").await?;
        assert_eq!(value(&host, query).await?, expected, "{query}");
    }
    let all = host.query("{plugin=\"gpu\",__name__=~\"hw_.*\"}").await?;
    let names: BTreeSet<&str> = all.iter().filter_map(|(labels, _)| labels["__name__"].as_str()).collect();
    assert_eq!(names.len(), 32, "{names:#?}");
    assert!(all.iter().all(|(labels, _)| !labels.to_string().contains("4294967000")), "no number of a process");
    assert!(all.iter().all(|(labels, _)| !labels.to_string().contains("secret")), "no command line");
    let plugin = plugin(&host, "gpu", |plugin| plugin["state"] == "running").await?;
    assert!(plugin["reason"].is_null() && log(&plugin).is_empty(), "{plugin:#}");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn eight_gpus_of_a_server_are_measured_each() -> Result<()> {
    let mut state = "- driver 570.86.15\n- cuda 12080\n- devices 8\n* name NVIDIA H100 80GB HBM3\n".to_owned();
    for index in 0..8 {
        state += &format!("{index} uuid GPU-{index}\n{index} bus 0000000{index}:1B:00.0\n{index} power {index}00000\n");
        state += &format!("{index} compute {} 1024\n", 4_294_967_000_u32 + index);
    }
    state += "* utilization 50 20\n* clock.1 1980\n* memory 85520809984 650117120 70000000000\n* temperature.0 55\n* field.82 71\n\
        * ecc.0.0 12\n* ecc.1.0 0\n* ecc.0.1 120\n* ecc.1.1 1\n* field.142 2\n* field.143 1\n* persistence 1\n* reasons 1\n";
    let (nvml, site) = (Nvml::new(&state), site(&["gpu"]));
    let host = start(&site, &nvml).await?;
    until(&host, "hw_gpu_count", 8.0).await?;
    for (query, expected) in [
        ("hw_gpu_lost", 0.0),
        ("count(hw_gpu_info{name=\"NVIDIA H100 80GB HBM3\",cuda=\"12.8\"})", 8.0),
        ("sum(hw_power_watts)", 2800.0),
        ("sum(hw_gpu_errors_total)", 96.0),
        ("sum(hw_gpu_lifetime_errors_total{type=\"uncorrected\"})", 8.0),
        ("sum(hw_gpu_remapped_rows_total)", 24.0),
        ("count(hw_temperature_celsius{id=~\".*/memory\"} == 71)", 8.0),
        ("sum(hw_gpu_throttled)", 0.0),
        ("hw_gpu_busy_seconds_per_joule{id=\"GPU-5\"}", 0.001),
        ("sum(hw_gpu_process_memory_usage_bytes{process=\"unknown\"})", 8192.0),
    ] {
        assert_eq!(value(&host, query).await?, expected, "{query}");
    }
    // Of one that draws nothing there is no work by the joule, and no error.
    assert!(host.query("hw_gpu_busy_seconds_per_joule{id=\"GPU-0\"}").await?.is_empty());
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_gpu_that_falls_off_the_bus_ends_is_counted_and_goes_on_when_it_returns() -> Result<()> {
    let two = LAPTOP.replace("- devices 1", "- devices 2")
        + "1 name NVIDIA T1000\n1 uuid GPU-2\n1 bus 00000000:02:00.0\n1 temperature.0 40\n";
    let (nvml, site) = (Nvml::new(&two), site(&["gpu"]));
    let host = start(&site, &nvml).await?;
    until(&host, "hw_temperature_celsius{id=\"GPU-2\"}", 40.0).await?;
    nvml.says(&(two.clone() + "1 lost\n"));
    until(&host, "hw_gpu_lost", 1.0).await?;
    until_gone(&host, "{id=\"GPU-2\"}").await?;
    assert_eq!(value(&host, "hw_gpu_count").await?, 1.0);
    assert!(!host.query("hw_gpu_utilization_ratio").await?.is_empty(), "the other goes on");
    let told = plugin(&host, "gpu", |plugin| !log(plugin).is_empty()).await?;
    assert_eq!(
        log(&told),
        ["warn: GPU 1 (NVIDIA T1000, 00000000:02:00.0): it fell off the bus; the kernel's log says why (`Xid`)"]
    );
    assert!(told["state"] == "running" && told["reason"].is_null(), "{told:#}");
    nvml.says(&two);
    until(&host, "hw_temperature_celsius{id=\"GPU-2\"}", 40.0).await?;
    until(&host, "hw_gpu_lost", 0.0).await?;
    plugin(&host, "gpu", |plugin| log(plugin).iter().any(|line| line.ends_with("answers again; all do now"))).await?;
    // All of them: nothing is measured, which is a failure, and still they are counted.
    nvml.says(&(two.clone() + "* lost\n"));
    until(&host, "hw_gpu_lost", 2.0).await?;
    let failed = plugin(&host, "gpu", |plugin| plugin["reason"].is_string()).await?;
    assert_eq!(failed["state"], "running", "{failed:#}");
    nvml.says(&two);
    until(&host, "hw_gpu_count", 2.0).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn functions_that_fail_cost_only_what_they_tell() -> Result<()> {
    let keys: BTreeSet<&str> = LAPTOP
        .lines()
        .filter_map(|line| line.strip_prefix("0 ")?.split(' ').next())
        .filter(|key| *key != "power")
        .collect();
    let failing: String = keys.iter().map(|key| format!("0 {key} !999\n")).collect();
    let (nvml, site) = (Nvml::new(&(failing + LAPTOP)), site(&["gpu"]));
    let host = start(&site, &nvml).await?;
    until(&host, "hw_power_watts", 54.321).await?;
    let all = host.query("{plugin=\"gpu\",__name__=~\"hw_.*\"}").await?;
    let names: BTreeSet<&str> = all.iter().filter_map(|(labels, _)| labels["__name__"].as_str()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["hw_gpu_count", "hw_gpu_info", "hw_gpu_lost", "hw_power_watts"]);
    nvml.says(LAPTOP);
    until(&host, "hw_gpu_utilization_ratio{task=\"general\"}", 0.37).await?;
    // The driver is taken out from under the host: that is told, and over with the driver's return.
    nvml.says(&format!("- devices !18\n{LAPTOP}"));
    let failed = plugin(&host, "gpu", |plugin| plugin["reason"].is_string()).await?;
    assert!(failed["reason"].as_str().is_some_and(|reason| reason.contains("different versions")), "{failed:#}");
    until_gone(&host, "{plugin=\"gpu\",__name__=~\"hw_.*\"}").await?;
    nvml.says(LAPTOP);
    until(&host, "hw_gpu_utilization_ratio{task=\"general\"}", 0.37).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_driver_that_takes_ten_seconds_costs_the_others_no_tick() -> Result<()> {
    let (nvml, site) = (Nvml::new(LAPTOP), site(&["gpu"]));
    let fifo = nvml.folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)?;
    let host = start(&site, &nvml).await?;
    host.until_query("hw_gpu_count").await?;
    nvml.says(&format!("{LAPTOP}- hang {}\n", fifo.display()));
    let hung = plugin(&host, "gpu", |plugin| plugin["reason"].is_string()).await?;
    let reason = hung["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("timed out: NVML has not answered within 5s"), "{reason}");
    let first = value(&host, "system_uptime_seconds").await?;
    no_tick_was_missed(&host, first, 10).await?;
    until_gone(&host, "{plugin=\"gpu\",__name__=~\"hw_.*\"}").await?;
    let hung = plugin(&host, "gpu", |_| true).await?;
    assert_eq!(
        (&hung["state"], &hung["restarts"]),
        (&"running".into(), &0.into()),
        "it is late, and not sick: {hung:#}"
    );
    // Returns when the driver waits at the other end, and lets it go on.
    tokio::task::spawn_blocking(move || std::fs::File::options().write(true).open(fifo)).await??;
    nvml.says(LAPTOP);
    host.until_query("hw_gpu_count").await?;
    plugin(&host, "gpu", |plugin| plugin["reason"].is_null()).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn under_wsl_the_library_is_found_in_its_folder() -> Result<()> {
    let (nvml, site) = (Nvml::new(LAPTOP), site(&["gpu"]));
    let machine = Machine::new(&site)?;
    machine.link("usr/lib/wsl/lib/libnvidia-ml.so.1", &nvml.library())?;
    let host = machine.start(&site).await?;
    until(&host, "hw_gpu_count", 1.0).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_machine_without_gpu_and_npu_has_nothing_to_measure_until_they_come() -> Result<()> {
    let (nvml, site) = (Nvml::new(LAPTOP), site(&["gpu", "npu"]));
    let machine = Machine::new(&site)?;
    let host = machine.start(&site).await?;
    for name in ["gpu", "npu"] {
        let resting = plugin(&host, name, |plugin| plugin["last_collect_ms"].is_u64()).await?;
        let said = log(&resting);
        assert!(said.len() == 1 && said[0].starts_with("info: nothing to measure here: "), "{said:?}");
        assert_eq!((&resting["state"], &resting["series"]), (&"running".into(), &0.into()), "{resting:#}");
        assert!(resting["reason"].is_null(), "nothing has failed: {resting:#}");
    }
    let written = std::fs::read_to_string(site.path("log"))?;
    for line in written.lines().filter(|line| line.contains("nothing to measure here")) {
        assert!(!line.contains("WARN") && !line.contains("ERROR"), "{line}");
    }
    machine.link("usr/lib/wsl/lib/libnvidia-ml.so.1", &nvml.library())?;
    machine.npu("7000000")?;
    until(&host, "hw_gpu_count", 1.0).await?;
    until(&host, "hw_npu_busy_time_seconds_total", 7.0).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_npu_is_measured_by_the_time_that_it_was_busy() -> Result<()> {
    let site = site(&["npu"]);
    let machine = Machine::new(&site)?;
    machine.npu("90283744")?;
    let host = machine.start(&site).await?;
    until(&host, "hw_npu_utilization_ratio", 0.0).await?;
    for (query, expected) in [
        (
            "hw_npu_info{id=\"0000:00:0b.0\",name=\"Intel NPU (Meteor Lake)\",device=\"accel0\",driver=\"intel_vpu\"}",
            1.0,
        ),
        ("hw_npu_info{firmware=\"20250611*MTL_CLIENT_SILICON-release*1900\"}", 1.0),
        ("hw_npu_busy_time_seconds_total", 90.283744),
        ("hw_npu_frequency_hertz", 1_400_000_000.0),
        ("hw_npu_frequency_limit_hertz", 1_950_000_000.0),
        ("hw_npu_memory_usage_bytes", 268_435_456.0),
        ("hw_npu_power_state == 1", 1.0),
    ] {
        assert_eq!(value(&host, query).await?, expected, "{query}");
    }
    // An hour of work within seconds: more than all is all.
    machine.write_npu("npu_busy_time_us", "3690283744")?;
    until(&host, "max_over_time(hw_npu_utilization_ratio[1m])", 1.0).await?;
    until(&host, "hw_npu_utilization_ratio", 0.0).await?;
    // The driver is loaded anew and counts from 0: no work has been undone.
    machine.write_npu("npu_busy_time_us", "5")?;
    until(&host, "hw_npu_busy_time_seconds_total", 0.000005).await?;
    until(&host, "hw_npu_utilization_ratio", 0.0).await?;
    assert_eq!(value(&host, "min_over_time(hw_npu_utilization_ratio[1m])").await?, 0.0);
    machine.write_npu("power/runtime_status", "suspended")?;
    until(&host, "hw_npu_power_state{state=\"suspended\"}", 1.0).await?;
    // A counter that is gone for a moment, and one that holds nonsense: the NPU is not there, and comes back.
    machine.write_npu("npu_busy_time_us", "")?;
    until_gone(&host, "{plugin=\"npu\",__name__=~\"hw_.*\"}").await?;
    machine.write_npu("npu_busy_time_us", "1000005")?;
    until(&host, "hw_npu_busy_time_seconds_total", 1.000005).await?;
    host.stop().await?;
    Ok(())
}
