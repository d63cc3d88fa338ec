//! GPUs through a library with NVML's own interface and scripted answers.

#![expect(clippy::disallowed_methods, reason = "the test builds the library that it reads through")]

#[path = "fake-nvml/fake.rs"]
mod fake;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::gpu::{Device, Errors, GpuOptions, Gpus, Snapshot};
use expect_test::expect;
use fake::{FakeNvml, LAPTOP, Nvml};

/// Longer than any busy machine takes: what is waited for here comes.
const LONG: Duration = Duration::from_secs(120);

async fn read(gpus: &Gpus) -> Result<Snapshot, CapabilityError> {
    gpus.read(LONG).await
}

#[tokio::test]
async fn a_laptops_gpu_tells_all_that_its_driver_supports() {
    let nvml = FakeNvml::new(LAPTOP);
    let proc = nvml.folder.path().join("proc/4242");
    std::fs::create_dir_all(&proc).unwrap();
    std::fs::write(proc.join("comm"), "python3\n").unwrap();
    expect![[r#"
        Snapshot {
            driver: "580.82.07",
            cuda: "13.0",
            devices: [
                Device {
                    index: 0,
                    uuid: "GPU-5f3c2a10-77aa-4d1e-9b1e-0123456789ab",
                    name: "NVIDIA GeForce RTX 4070 Laptop GPU",
                    bus: "00000000:01:00.0",
                    utilization: Some(
                        0.37,
                    ),
                    memory_utilization: Some(
                        0.12,
                    ),
                    encoder_utilization: Some(
                        0.05,
                    ),
                    decoder_utilization: Some(
                        0.0,
                    ),
                    memory_total: Some(
                        8585740288,
                    ),
                    memory_used: Some(
                        2147483648,
                    ),
                    memory_reserved: Some(
                        362807296,
                    ),
                    bar1_total: Some(
                        8589934592,
                    ),
                    bar1_used: Some(
                        6291456,
                    ),
                    temperature: Some(
                        61.0,
                    ),
                    memory_temperature: None,
                    slowdown_temperature: Some(
                        102.0,
                    ),
                    shutdown_temperature: Some(
                        105.0,
                    ),
                    fan: None,
                    power: Some(
                        54.321,
                    ),
                    power_limit: Some(
                        80.0,
                    ),
                    power_default_limit: Some(
                        80.0,
                    ),
                    energy: Some(
                        987654.321,
                    ),
                    graphics_clock: Some(
                        2175000000,
                    ),
                    sm_clock: Some(
                        2175000000,
                    ),
                    memory_clock: Some(
                        8001000000,
                    ),
                    video_clock: Some(
                        1785000000,
                    ),
                    max_graphics_clock: Some(
                        3105000000,
                    ),
                    max_memory_clock: Some(
                        8001000000,
                    ),
                    performance_state: Some(
                        2,
                    ),
                    throttle_reasons: Some(
                        [
                            "sw_power_cap",
                        ],
                    ),
                    pcie_generation: Some(
                        4,
                    ),
                    pcie_width: Some(
                        8,
                    ),
                    pcie_max_generation: Some(
                        4,
                    ),
                    pcie_max_width: Some(
                        8,
                    ),
                    pcie_received: Some(
                        256000000,
                    ),
                    pcie_sent: Some(
                        1024000,
                    ),
                    pcie_replays: Some(
                        3,
                    ),
                    ecc_volatile: None,
                    ecc_aggregate: None,
                    retired_pages: None,
                    remapped_rows: None,
                    persistence: Some(
                        false,
                    ),
                    processes: [
                        Process {
                            pid: 4242,
                            name: "python3",
                            memory: Some(
                                1073741824,
                            ),
                            utilization: Some(
                                0.33,
                            ),
                            memory_utilization: Some(
                                0.1,
                            ),
                        },
                        Process {
                            pid: 1701,
                            name: "Xorg",
                            memory: None,
                            utilization: Some(
                                0.0,
                            ),
                            memory_utilization: Some(
                                0.0,
                            ),
                        },
                    ],
                },
            ],
            lost: [],
        }
    "#]]
    .assert_eq(&format!("{:#?}\n", read(&nvml.gpus()).await.unwrap()));
}

#[tokio::test]
async fn eight_gpus_of_a_server_are_told_in_order() {
    let mut state = "- driver 570.86.15\n- cuda 12080\n- devices 8\n* name NVIDIA H100 80GB HBM3\n".to_owned();
    for index in 0..8 {
        state += &format!("{index} uuid GPU-{index}\n{index} bus 0000000{index}:1B:00.0\n");
    }
    state += "\
* field.82 71
* field.142 2
* field.143 1
* ecc.0.0 12
* ecc.1.0 0
* ecc.0.1 120
* ecc.1.1 1
* retired.0 3
* retired.1 0
* fans 2
* fan.0 30
* fan.1 55
* limit 650000
* enforced_limit 600000
* persistence 1
7 reasons 72
* reasons 1
";
    let found = read(&FakeNvml::new(&state).gpus()).await.unwrap();
    assert_eq!((found.cuda.as_str(), found.devices.len(), found.lost.len()), ("12.8", 8, 0));
    for (index, device) in found.devices.iter().enumerate() {
        assert_eq!((device.index as usize, &device.uuid), (index, &format!("GPU-{index}")));
        assert_eq!(
            (device.memory_temperature, device.remapped_rows, device.retired_pages),
            (Some(71.0), Some(3), Some(3))
        );
        assert_eq!(device.ecc_volatile, Some(Errors { corrected: 12, uncorrected: 0 }));
        assert_eq!(device.ecc_aggregate, Some(Errors { corrected: 120, uncorrected: 1 }));
        assert_eq!((device.fan, device.power_limit, device.persistence), (Some(0.55), Some(650.0), Some(true)));
    }
    assert_eq!(found.devices[0].throttle_reasons, Some(vec![]), "idle is no reason");
    let reasons = ["hw_slowdown".to_owned(), "hw_thermal_slowdown".to_owned()];
    assert_eq!(found.devices[7].throttle_reasons.as_deref(), Some(&reasons[..]));
}

#[tokio::test]
async fn what_is_not_supported_is_none() {
    let found = read(&FakeNvml::new("- devices 1\n0 name NVIDIA T1000\n").gpus()).await.unwrap();
    assert_eq!((found.driver.as_str(), found.cuda.as_str()), ("", ""));
    assert_eq!(found.devices, [Device { name: "NVIDIA T1000".to_owned(), ..Device::default() }]);
}

/// What is told of a device, by field.
fn fields(device: &Device) -> BTreeMap<String, String> {
    let text = format!("{device:#?}");
    let mut fields = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some((field, _)) = line
            .strip_prefix("    ")
            .and_then(|line| line.split_once(": "))
            .filter(|(field, _)| !field.starts_with(' '))
        {
            name = field.to_owned();
        }
        fields.entry(name.clone()).or_insert_with(String::new).push_str(line);
    }
    fields
}

#[tokio::test]
async fn a_function_that_fails_leaves_out_what_it_tells_and_one_that_finds_no_gpu_any_more_says_so() {
    let nvml = FakeNvml::new(LAPTOP);
    let gpus = nvml.gpus();
    let whole = fields(&read(&gpus).await.unwrap().devices[0]);
    let mut keys: Vec<&str> = LAPTOP.lines().filter_map(|line| line.strip_prefix("0 ")?.split(' ').next()).collect();
    keys.retain(|key| *key != "sample");
    keys.dedup();
    let mut table = String::new();
    for key in keys {
        // Of several lines the first counts.
        nvml.says(&format!("0 {key} !999\n{LAPTOP}"));
        let found = read(&gpus).await.unwrap();
        assert_eq!((found.devices.len(), found.lost.len()), (1, 0), "{key}");
        let now = fields(&found.devices[0]);
        let missing: Vec<&str> =
            whole.keys().filter(|field| whole[*field] != now[*field]).map(String::as_str).collect();
        let missing = if missing.is_empty() { "nothing that no other tells".to_owned() } else { missing.join(", ") };
        writeln!(table, "{key}: {missing}").unwrap();
        nvml.says(&format!("0 {key} !15\n{LAPTOP}"));
        let found = read(&gpus).await.unwrap();
        assert_eq!((found.devices.len(), found.lost.len()), (0, 1), "{key}");
    }
    expect![[r#"
        name: name
        uuid: uuid
        bus: bus
        utilization: memory_utilization, utilization
        encoder: encoder_utilization
        decoder: decoder_utilization
        memory: memory_reserved, memory_total, memory_used
        bar1: bar1_total, bar1_used
        temperature.0: temperature
        threshold.0: shutdown_temperature
        threshold.1: slowdown_temperature
        power: power
        enforced_limit: power_limit
        default_limit: power_default_limit
        energy: energy
        clock.0: graphics_clock
        clock.1: sm_clock
        clock.2: memory_clock
        clock.3: video_clock
        max_clock.0: max_graphics_clock
        max_clock.2: max_memory_clock
        state: performance_state
        reasons: throttle_reasons
        generation: pcie_generation
        width: pcie_width
        max_generation: pcie_max_generation
        max_width: pcie_max_width
        throughput.0: pcie_sent
        throughput.1: pcie_received
        replays: pcie_replays
        persistence: persistence
        samples: processes
        compute: nothing that no other tells
        graphics: processes
    "#]]
    .assert_eq(&table);
    nvml.says(&format!("- devices !18\n{LAPTOP}"));
    let error = read(&gpus).await.unwrap_err();
    expect!["NVML: library and kernel module are of different versions, as after an update; restart the machine"]
        .assert_eq(&error.to_string());
    nvml.says(LAPTOP);
    assert_eq!(read(&gpus).await.unwrap().devices.len(), 1, "it is begun anew at the next read");
}

#[tokio::test]
async fn a_gpu_that_falls_off_the_bus_is_lost_and_comes_back() {
    let two = LAPTOP.replace("- devices 1", "- devices 2") + "1 name NVIDIA T1000\n1 bus 00000000:02:00.0\n";
    let nvml = FakeNvml::new(&two);
    let gpus = nvml.gpus();
    assert_eq!(read(&gpus).await.unwrap().devices.len(), 2);
    nvml.says(&(two.clone() + "1 lost\n"));
    let found = read(&gpus).await.unwrap();
    assert_eq!(found.devices.iter().map(|device| device.index).collect::<Vec<_>>(), [0]);
    expect![[r#"
        [
            "GPU 1 (NVIDIA T1000, 00000000:02:00.0): it fell off the bus; the kernel's log says why (`Xid`)",
        ]
    "#]]
    .assert_eq(&format!("{:#?}\n", found.lost));
    // NVML is begun anew after a while, without which a real one might never see it again.
    nvml.clock.advance(Duration::from_secs(31));
    assert_eq!(read(&gpus).await.unwrap().lost.len(), 1);
    nvml.says(&two);
    let found = read(&gpus).await.unwrap();
    assert_eq!((found.devices.len(), found.lost.len()), (2, 0));
}

#[tokio::test]
async fn a_driver_that_is_installed_later_is_found() {
    let nvml = FakeNvml::of(Nvml::absent(LAPTOP));
    let gpus = nvml.gpus();
    for _ in 0..2 {
        let error = read(&gpus).await.unwrap_err();
        expect!["not present: no NVIDIA driver here: its library `libnvidia-ml.so.1` was not found; it is looked for at each read"]
            .assert_eq(&error.to_string());
    }
    nvml.install();
    assert_eq!(read(&gpus).await.unwrap().devices.len(), 1);
}

#[tokio::test]
async fn a_library_without_its_driver_is_tried_again_after_a_while() {
    let nvml = FakeNvml::new("- init 9\n");
    let gpus = nvml.gpus();
    let told = |error: CapabilityError| error.to_string().replace(&nvml.folder.path().display().to_string(), "");
    let error = told(read(&gpus).await.unwrap_err());
    expect!["not present: /libnvidia-ml.so.1: the library is here and the kernel's module `nvidia` is not loaded"]
        .assert_eq(&error);
    nvml.says(LAPTOP);
    assert_eq!(told(read(&gpus).await.unwrap_err()), error, "not so soon");
    nvml.clock.advance(Duration::from_secs(30));
    assert_eq!(read(&gpus).await.unwrap().devices.len(), 1);
    for (code, text) in [
        (
            18,
            "/libnvidia-ml.so.1: library and kernel module are of different versions, as after an update; restart the machine",
        ),
        (4, "denied: /libnvidia-ml.so.1: the host may not talk to it; allow it to open `/dev/nvidia*`"),
        (999, "/libnvidia-ml.so.1: an internal driver error occurred"),
    ] {
        nvml.says(&format!("- init {code}\n"));
        assert_eq!(told(read(&nvml.gpus()).await.unwrap_err()), text);
    }
}

#[tokio::test]
async fn a_file_that_is_no_library_is_named() {
    let nvml = FakeNvml::of(Nvml::absent(""));
    std::fs::write(nvml.library(), "text").unwrap();
    let error = read(&nvml.gpus()).await.unwrap_err();
    assert!(matches!(&error, CapabilityError::Failed(text) if text.contains("libnvidia-ml.so.1: ")), "{error}");
}

#[tokio::test]
async fn those_who_ask_at_once_are_all_answered() {
    let nvml = FakeNvml::new(LAPTOP);
    let gpus = std::sync::Arc::new(nvml.gpus());
    let asked: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let gpus = gpus.clone();
                async move { read(&gpus).await }
            })
        })
        .collect();
    for one in asked {
        assert_eq!(one.await.unwrap().unwrap().devices.len(), 1);
    }
}

#[tokio::test]
async fn this_machine_is_read_whatever_it_has() {
    let read = Gpus::open(GpuOptions::default()).read(LONG).await;
    assert!(!matches!(read, Err(CapabilityError::Timeout(_) | CapabilityError::Invalid(_))), "{read:?}");
}
