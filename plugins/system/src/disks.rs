//! Block devices: what they did.

use autobot_plugin_sdk::{Error, Metrics, disk};

use crate::family::families;
use crate::number::seconds;
use crate::omitted::Omitted;
use crate::settings::Settings;

families! {
    IO: counter "system_disk_io_bytes_total" "By" ["device", "direction"] "Bytes read and written.";
    OPERATIONS: counter "system_disk_operations_total" "1" ["device", "direction"] "Reads and writes done.";
    MERGED: counter "system_disk_merged_total" "1" ["device", "direction"] "Reads and writes that were made one with another.";
    OPERATION_TIME: counter "system_disk_operation_time_seconds_total" "s" ["device", "direction"]
        "Time that reads and writes took, each counted for itself.";
    IO_TIME: counter "system_disk_io_time_seconds_total" "s" ["device"]
        "Time that the device had at least one operation to do.";
    WEIGHTED_IO_TIME: counter "system_disk_weighted_io_time_seconds_total" "s" ["device"]
        "Time that operations waited or were done, summed over all; its rate is the mean length of the queue.";
    PENDING: gauge "system_disk_pending_operations" "1" ["device"] "Operations that wait or are being done.";
    DISCARDED: counter "system_disk_discarded_bytes_total" "By" ["device"] "Bytes given back to the device.";
    DISCARDS: counter "system_disk_discards_total" "1" ["device"] "Ranges given back to the device.";
    DISCARDS_MERGED: counter "system_disk_discards_merged_total" "1" ["device"] "Of them, those made one with another.";
    DISCARD_TIME: counter "system_disk_discard_time_seconds_total" "s" ["device"] "Time that giving back took.";
    FLUSHES: counter "system_disk_flushes_total" "1" ["device"] "Orders to make writes durable.";
    FLUSH_TIME: counter "system_disk_flush_time_seconds_total" "s" ["device"] "Time that making writes durable took.";
}

pub(crate) fn collect(settings: &Settings, omitted: &mut Omitted, metrics: &mut Metrics) -> Result<(), Error> {
    let devices = disk::devices()?;
    let wanted = |device: &&disk::Device| !settings.excludes_device(&device.name);
    for device in omitted.take("disks", settings.most_disks, devices.iter().filter(wanted)) {
        let name = device.name.as_str();
        metrics.set(&IO, &[name, "read"], device.read_bytes as f64);
        metrics.set(&IO, &[name, "write"], device.written_bytes as f64);
        metrics.set(&OPERATIONS, &[name, "read"], device.reads as f64);
        metrics.set(&OPERATIONS, &[name, "write"], device.writes as f64);
        metrics.set(&MERGED, &[name, "read"], device.reads_merged as f64);
        metrics.set(&MERGED, &[name, "write"], device.writes_merged as f64);
        metrics.set(&OPERATION_TIME, &[name, "read"], seconds(device.read_micros));
        metrics.set(&OPERATION_TIME, &[name, "write"], seconds(device.write_micros));
        metrics.set(&IO_TIME, &[name], seconds(device.busy_micros));
        metrics.set(&WEIGHTED_IO_TIME, &[name], seconds(device.queued_micros));
        metrics.set(&PENDING, &[name], f64::from(device.in_flight));
        // Many devices never get one of these.
        if device.discards > 0 {
            metrics.set(&DISCARDED, &[name], device.discarded_bytes as f64);
            metrics.set(&DISCARDS, &[name], device.discards as f64);
            metrics.set(&DISCARDS_MERGED, &[name], device.discards_merged as f64);
            metrics.set(&DISCARD_TIME, &[name], seconds(device.discard_micros));
        }
        if device.flushes > 0 {
            metrics.set(&FLUSHES, &[name], device.flushes as f64);
            metrics.set(&FLUSH_TIME, &[name], seconds(device.flush_micros));
        }
    }
    Ok(())
}
