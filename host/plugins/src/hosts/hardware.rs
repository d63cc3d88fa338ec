//! `sensors power-supply cgroups gpu npu`: read on threads that may block, because drivers take their time.

use std::time::Duration;

use autobot_capabilities::{cgroups as groups, gpu as gpus, npu as npus, power_supply as supplies, sensors as sensed};

use super::blocking::blocking;
use super::mirror::{Told, mirror, mirror_enum};
use crate::abi::types::Error;
use crate::abi::{cgroups, gpu, npu, power_supply, sensors};
use crate::facts::fact;
use crate::guest::Guest;

mirror_enum! {
    sensed::Quantity => sensors::Quantity { Temperature, Fan, Power, Voltage, Current, Energy, Humidity }
}

mirror! {
    sensed::Reading => sensors::Reading { chip, sensor, quantity, value, high, critical, alarm }
    sensed::Throttling => sensors::Throttling { core, core_events, package_events }
    supplies::Supply => power_supply::Supply {
        name, kind, status, online, present, capacity, energy, energy_full, energy_design, power, voltage, current, cycles,
        temperature,
    }
    groups::Group => cgroups::Group {
        path, processes, cpu_micros, cpu_user_micros, cpu_system_micros, throttled_micros, throttled_periods, memory,
        memory_limit, memory_swap, memory_anonymous, memory_file, oom_kills, cpu_limit, read_bytes, written_bytes, reads,
        writes, cpu_stalls, memory_stalls, io_stalls,
    }
    gpus::Process => gpu::Process { pid, name, memory, utilization, memory_utilization }
    gpus::Errors => gpu::Errors { corrected, uncorrected }
    gpus::Device => gpu::Device {
        index, uuid, name, bus, utilization, memory_utilization, encoder_utilization, decoder_utilization, memory_total,
        memory_used, memory_reserved, bar1_total, bar1_used, temperature, memory_temperature, slowdown_temperature,
        shutdown_temperature, fan, power, power_limit, power_default_limit, energy, graphics_clock, sm_clock, memory_clock,
        video_clock, max_graphics_clock, max_memory_clock, performance_state, throttle_reasons, pcie_generation, pcie_width,
        pcie_max_generation, pcie_max_width, pcie_received, pcie_sent, pcie_replays, ecc_volatile, ecc_aggregate,
        retired_pages, remapped_rows, persistence, processes,
    }
    gpus::Snapshot => gpu::Snapshot { driver, cuda, devices, lost }
    npus::Device => npu::Device { name, bus, device_id, driver, firmware, busy_micros, clock, max_clock, memory, power_state }
}

/// A look at all GPUs takes some 40 ms each; a driver that takes longer than this is told of as such.
const GPU_PATIENCE: Duration = Duration::from_secs(5);

impl sensors::Host for Guest {
    async fn read(&mut self) -> Result<Vec<sensors::Reading>, Error> {
        fact!(self, Sensors, "sensors.read", (), {
            let sensors = self.world.sensors.clone();
            blocking(move || sensors.read()).await
        })
    }

    async fn throttled(&mut self) -> Result<Vec<sensors::Throttling>, Error> {
        fact!(self, Sensors, "sensors.throttled", (), {
            let sensors = self.world.sensors.clone();
            blocking(move || sensors.throttled()).await
        })
    }
}

impl power_supply::Host for Guest {
    async fn read(&mut self) -> Result<Vec<power_supply::Supply>, Error> {
        fact!(self, PowerSupply, "power-supply.read", (), {
            let supplies = self.world.power_supplies.clone();
            blocking(move || supplies.read()).await
        })
    }
}

impl cgroups::Host for Guest {
    async fn read(&mut self, depth: u32, limit: u32) -> Result<Vec<cgroups::Group>, Error> {
        fact!(self, Cgroups, "cgroups.read", (depth, limit), {
            let cgroups = self.world.cgroups.clone();
            blocking(move || cgroups.read(depth as usize, limit as usize)).await
        })
    }
}

impl gpu::Host for Guest {
    async fn read(&mut self) -> Result<gpu::Snapshot, Error> {
        fact!(self, Gpu, "gpu.read", (), {
            let deadline = GPU_PATIENCE.min(self.limits.deadline / 2);
            self.world.gpus.read(deadline).await.told()
        })
    }
}

impl npu::Host for Guest {
    async fn read(&mut self) -> Result<Vec<npu::Device>, Error> {
        fact!(self, Npu, "npu.read", (), {
            let npus = self.world.npus.clone();
            blocking(move || npus.read()).await
        })
    }
}
