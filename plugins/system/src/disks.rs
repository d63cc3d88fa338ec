//! Block devices.

use autobot_plugin_sdk::{Error, Family, Metrics, disk};

use crate::settings::excludes;

pub(crate) static IO: Family =
    Family::counter("system_disk_io_bytes_total", "By", "Bytes read and written.").labels(&["device", "direction"]);
pub(crate) static OPERATIONS: Family =
    Family::counter("system_disk_operations_total", "1", "Reads and writes done.").labels(&["device", "direction"]);
pub(crate) static OPERATION_TIME: Family = Family::counter(
    "system_disk_operation_time_seconds_total",
    "s",
    "Time that reads and writes took, each counted for itself.",
)
.labels(&["device", "direction"]);
pub(crate) static IO_TIME: Family =
    Family::counter("system_disk_io_time_seconds_total", "s", "Time that the device had at least one operation to do.")
        .labels(&["device"]);

pub(crate) fn collect(exclude: &[String], metrics: &mut Metrics) -> Result<(), Error> {
    for device in disk::devices()? {
        let name = device.name.as_str();
        if excludes(exclude, name) {
            continue;
        }
        metrics.set(&IO, &[name, "read"], device.read_bytes as f64);
        metrics.set(&IO, &[name, "write"], device.written_bytes as f64);
        metrics.set(&OPERATIONS, &[name, "read"], device.reads as f64);
        metrics.set(&OPERATIONS, &[name, "write"], device.writes as f64);
        metrics.set(&OPERATION_TIME, &[name, "read"], device.read_micros as f64 / 1e6);
        metrics.set(&OPERATION_TIME, &[name, "write"], device.write_micros as f64 / 1e6);
        metrics.set(&IO_TIME, &[name], device.busy_micros as f64 / 1e6);
    }
    Ok(())
}
