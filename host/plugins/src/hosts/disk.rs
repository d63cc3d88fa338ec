//! `disk`: facts of the kernel, from `host/capabilities`. What may wait for a server or a driver is read where that is allowed.

use autobot_capabilities::kernel::{self as facts, PressureResource};

use super::blocking::blocking;
use super::mirror::{Told, mirror};
use crate::abi::{disk, types};
use crate::facts::fact;
use crate::guest::Guest;

mirror! {
    facts::Mount => disk::Mount {
        device, mount_point, fs_type, read_only, total, free, available, inodes, inodes_free, problem, remote,
    }
    facts::Device => disk::Device {
        name, reads, read_bytes, read_micros, writes, written_bytes, write_micros, busy_micros, in_flight, queued_micros,
        reads_merged, writes_merged, discards, discards_merged, discarded_bytes, discard_micros, flushes, flush_micros,
    }
    facts::DeviceDetails => disk::Details {
        name, model, firmware, kind, scheduler, bytes, removable, read_only, state, errors, timeouts,
    }
    facts::DiskArray => disk::DiskArray {
        name, level, state, action, wanted, degraded, working, failed, spare, bytes, done, mismatches,
    }
    facts::Faults => disk::FaultCount { fs_type, name, kind, count }
    facts::Pool => disk::Pool { name, state }
    facts::Zfs => disk::ZfsState { pools, size, target, most, hits, misses }
}

impl disk::Host for Guest {
    async fn mounts(&mut self) -> Result<Vec<disk::Mount>, types::Error> {
        fact!(self, Disk, "disk.mounts", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.mounts()).await
        })
    }

    async fn devices(&mut self) -> Result<Vec<disk::Device>, types::Error> {
        fact!(self, Disk, "disk.devices", (), self.world.kernel.disks.devices().told())
    }

    async fn describe(&mut self) -> Result<Vec<disk::Details>, types::Error> {
        fact!(self, Disk, "disk.describe", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.disks.describe()).await
        })
    }

    async fn arrays(&mut self) -> Result<Vec<disk::DiskArray>, types::Error> {
        fact!(self, Disk, "disk.arrays", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.disks.arrays()).await
        })
    }

    async fn faults(&mut self) -> Result<Vec<disk::FaultCount>, types::Error> {
        fact!(self, Disk, "disk.faults", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.disks.faults()).await
        })
    }

    async fn zfs(&mut self) -> Result<disk::ZfsState, types::Error> {
        fact!(self, Disk, "disk.zfs", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.disks.zfs()).await
        })
    }

    async fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        fact!(self, Disk, "disk.stalls", (), self.world.kernel.pressure(PressureResource::Io).told())
    }
}
