//! This machine's real kernel, read by us and by `sysinfo`, which other people keep up: the two have to agree.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use autobot_capabilities::kernel::Kernel;
use autobot_model::SystemClock;
use sysinfo::{Disks, MemoryRefreshKind, Networks, System};

fn kernel() -> Kernel {
    Kernel::open(Path::new("/"), Arc::new(SystemClock::new()))
}

#[test]
fn what_the_machine_is() {
    let ours = kernel().machine();
    assert_eq!(ours.kernel, System::kernel_version().unwrap());
    assert_eq!(ours.name, System::host_name().unwrap());
    let mut system = System::new().unwrap();
    system.refresh_cpu_all();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    assert_eq!(ours.processors, system.cpus().len());
    assert_eq!(ours.memory_bytes, system.total_memory());
    let boot = i64::try_from(System::boot_time().unwrap()).unwrap();
    assert!((ours.boot_ms.0 / 1000 - boot).abs() <= 2, "{} and {boot}", ours.boot_ms.0);
}

#[test]
fn memory_and_load() {
    // Both look at a moving thing; looking twice around the other bounds it.
    let kernel = kernel();
    let before = kernel.memory().unwrap();
    let mut system = System::new().unwrap();
    system.refresh_memory();
    let after = kernel.memory().unwrap();
    let slack = 256 << 20;
    let (low, high) = (before.available.min(after.available), before.available.max(after.available));
    let theirs = system.available_memory();
    assert!((low.saturating_sub(slack)..=high + slack).contains(&theirs), "{low} to {high}, and {theirs}");
    assert_eq!((before.total, before.swap_total), (system.total_memory(), system.total_swap()));
    let (cpu, load) = (kernel.cpu().unwrap(), System::load_average().unwrap());
    assert!((cpu.load15 - load.fifteen).abs() < 0.2, "{} and {}", cpu.load15, load.fifteen);
}

#[test]
fn file_systems_and_interfaces() {
    let kernel = kernel();
    let disks = Disks::new_with_refreshed_list().unwrap();
    let theirs: BTreeMap<String, u64> =
        disks.iter().map(|disk| (disk.mount_point().display().to_string(), disk.total_space())).collect();
    for mount in kernel.mounts().unwrap() {
        if let Some(total) = theirs.get(&mount.mount_point) {
            assert_eq!(mount.total, *total, "{}", mount.mount_point);
        }
    }
    let networks = Networks::new_with_refreshed_list().unwrap();
    let after = kernel.net.links().unwrap();
    for (name, theirs) in &networks {
        let name = name.to_string_lossy();
        let ours = after.iter().find(|link| link.name == *name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(ours.rx_bytes >= theirs.total_received(), "{name}: counters only grow");
        assert!(ours.tx_bytes >= theirs.total_transmitted(), "{name}: counters only grow");
    }
}
