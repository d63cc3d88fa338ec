//! What the machine is: one series for its system, one for its hardware. No serial numbers.

use autobot_plugin_sdk::{Error, Metrics, kernel};

use crate::family::families;
use crate::pace::Pace;

families! {
    OS: gauge "system_os_info" "1" ["os", "os_version", "os_name", "kernel", "architecture", "host_name"]
        "Always 1: the operating system and its kernel.";
    HARDWARE: gauge "system_hardware_info" "1" ["vendor", "product", "board", "firmware_vendor", "firmware", "firmware_date", "processor"]
        "Always 1: the machine as its maker calls it.";
    LOGICAL: gauge "system_cpu_logical_count" "1" [] "Processors that are online, as programs see them.";
    PHYSICAL: gauge "system_cpu_physical_count" "1" [] "Cores that they are on.";
    SOCKETS: gauge "system_cpu_socket_count" "1" [] "Chips that they are on.";
}

pub(crate) fn collect(pace: &mut Pace<kernel::MachineInfo>, metrics: &mut Metrics) -> Result<(), Error> {
    let one = pace.look(kernel::machine)?;
    metrics.set(&OS, &[&one.os, &one.os_version, &one.os_name, &one.kernel, &one.architecture, &one.name], 1.0);
    let maker = [&one.vendor, &one.product, &one.board, &one.firmware_vendor, &one.firmware, &one.firmware_date];
    metrics.set(&HARDWARE, &[maker[0], maker[1], maker[2], maker[3], maker[4], maker[5], &one.processor], 1.0);
    for (family, count) in [(&LOGICAL, one.processors), (&PHYSICAL, one.cores), (&SOCKETS, one.sockets)] {
        // Not every architecture tells.
        if count > 0 {
            metrics.set(family, &[], f64::from(count));
        }
    }
    Ok(())
}
