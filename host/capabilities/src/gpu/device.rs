//! One GPU, read.

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{
    Clock, EccCounter, MemoryError, PcieUtilCounter, PerformanceState, RetirementCause, TemperatureSensor,
    TemperatureThreshold,
};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id;

use super::{Device, Errors, GpuOptions, processes};
use crate::sysfs::printable;

type Nvidia<'nvml> = nvml_wrapper::Device<'nvml>;

/// Fans of one GPU that are looked at.
const MOST_FANS: u32 = 16;

/// NVML's reasons by its names, but that of the idle, who could be faster and need not.
const REASONS: [(ThrottleReasons, &str); 8] = [
    (ThrottleReasons::APPLICATIONS_CLOCKS_SETTING, "applications_clocks_setting"),
    (ThrottleReasons::SW_POWER_CAP, "sw_power_cap"),
    (ThrottleReasons::HW_SLOWDOWN, "hw_slowdown"),
    (ThrottleReasons::SYNC_BOOST, "sync_boost"),
    (ThrottleReasons::SW_THERMAL_SLOWDOWN, "sw_thermal_slowdown"),
    (ThrottleReasons::HW_THERMAL_SLOWDOWN, "hw_thermal_slowdown"),
    (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "hw_power_brake_slowdown"),
    (ThrottleReasons::DISPLAY_CLOCK_SETTING, "display_clock_setting"),
];

/// Everything that `device` tells.
///
/// # Errors
/// Those after which it tells nothing any more. What it does not support is `None`.
pub(super) fn read(index: u32, device: &Nvidia<'_>, options: &GpuOptions) -> Result<Device, NvmlError> {
    let utilization = told(device.utilization_rates())?;
    let memory = told(device.memory_info())?;
    let bar1 = told(device.bar1_memory_info())?;
    let clock = |kind| told(device.clock_info(kind)).map(hertz);
    let max_clock = |kind| told(device.max_clock_info(kind)).map(hertz);
    let threshold = |kind| told(device.temperature_threshold(kind)).map(|found| found.map(f64::from));
    let power_limit = match told(device.power_management_limit())? {
        // Laptops manage it by themselves and tell only what is in force.
        None => told(device.enforced_power_limit())?,
        limit => limit,
    };
    let throughput = |direction| told(device.pcie_throughput(direction)).map(bytes_a_second);
    Ok(Device {
        index,
        uuid: told(device.uuid())?.map(|text| printable(text.as_bytes())).unwrap_or_default(),
        name: told(device.name())?.map(|text| printable(text.as_bytes())).unwrap_or_default(),
        bus: told(device.pci_info())?.map(|place| printable(place.bus_id.as_bytes())).unwrap_or_default(),
        utilization: utilization.as_ref().map(|shares| ratio(shares.gpu)),
        memory_utilization: utilization.as_ref().map(|shares| ratio(shares.memory)),
        encoder_utilization: told(device.encoder_utilization())?.map(|share| ratio(share.utilization)),
        decoder_utilization: told(device.decoder_utilization())?.map(|share| ratio(share.utilization)),
        memory_total: memory.as_ref().map(|memory| memory.total),
        memory_used: memory.as_ref().map(|memory| memory.used),
        memory_reserved: memory.as_ref().map(|memory| memory.reserved),
        bar1_total: bar1.as_ref().map(|memory| memory.total),
        bar1_used: bar1.as_ref().map(|memory| memory.used),
        temperature: told(device.temperature(TemperatureSensor::Gpu))?.map(f64::from),
        memory_temperature: field(device, field_id::NVML_FI_DEV_MEMORY_TEMP)?.map(|celsius| celsius as f64),
        slowdown_temperature: threshold(TemperatureThreshold::Slowdown)?,
        shutdown_temperature: threshold(TemperatureThreshold::Shutdown)?,
        fan: fan(device)?,
        power: told(device.power_usage())?.map(watts),
        power_limit: power_limit.map(watts),
        power_default_limit: told(device.power_management_limit_default())?.map(watts),
        energy: told(device.total_energy_consumption())?.map(|millijoules| millijoules as f64 / 1000.0),
        graphics_clock: clock(Clock::Graphics)?,
        sm_clock: clock(Clock::SM)?,
        memory_clock: clock(Clock::Memory)?,
        video_clock: clock(Clock::Video)?,
        max_graphics_clock: max_clock(Clock::Graphics)?,
        max_memory_clock: max_clock(Clock::Memory)?,
        performance_state: told(device.performance_state())?.and_then(performance_state),
        throttle_reasons: told(device.current_throttle_reasons())?.map(reasons),
        pcie_generation: told(device.current_pcie_link_gen())?,
        pcie_width: told(device.current_pcie_link_width())?,
        pcie_max_generation: told(device.max_pcie_link_gen())?,
        pcie_max_width: told(device.max_pcie_link_width())?,
        pcie_received: throughput(PcieUtilCounter::Receive)?,
        pcie_sent: throughput(PcieUtilCounter::Send)?,
        pcie_replays: told(device.pcie_replay_counter())?.map(u64::from),
        ecc_volatile: errors(device, EccCounter::Volatile)?,
        ecc_aggregate: errors(device, EccCounter::Aggregate)?,
        retired_pages: retired_pages(device)?,
        remapped_rows: remapped_rows(device)?,
        persistence: told(device.is_in_persistent_mode())?,
        processes: processes::read(device, options)?,
    })
}

/// What is not supported is nothing; what makes asking on pointless is an error.
pub(super) fn told<T>(answer: Result<T, NvmlError>) -> Result<Option<T>, NvmlError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(
            error @ (NvmlError::GpuLost
            | NvmlError::ResetRequired
            | NvmlError::Uninitialized
            | NvmlError::DriverNotLoaded
            | NvmlError::LibRmVersionMismatch),
        ) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Of a percentage.
pub(super) fn ratio(percent: u32) -> f64 {
    f64::from(percent) / 100.0
}

fn watts(milliwatts: u32) -> f64 {
    f64::from(milliwatts) / 1000.0
}

fn hertz(megahertz: Option<u32>) -> Option<u64> {
    megahertz.map(|mega| u64::from(mega) * 1_000_000)
}

/// NVML's kilobytes are of 1024 bytes.
fn bytes_a_second(kilobytes: Option<u32>) -> Option<u64> {
    kilobytes.map(|kilobytes| u64::from(kilobytes) * 1024)
}

/// The fastest fan. Old drivers do not count fans, and have one.
fn fan(device: &Nvidia<'_>) -> Result<Option<f64>, NvmlError> {
    let count = told(device.num_fans())?.unwrap_or(1).min(MOST_FANS);
    let mut fastest = None;
    for number in 0..count {
        fastest = fastest.max(told(device.fan_speed(number))?);
    }
    Ok(fastest.map(ratio))
}

fn performance_state(state: PerformanceState) -> Option<u32> {
    // NVML numbers the states, and gives the one that it does not know the number 32.
    Some(state.as_c()).filter(|number| *number < 32)
}

fn reasons(found: ThrottleReasons) -> Vec<String> {
    REASONS.iter().filter(|(reason, _)| found.contains(*reason)).map(|(_, name)| (*name).to_owned()).collect()
}

fn errors(device: &Nvidia<'_>, counter: EccCounter) -> Result<Option<Errors>, NvmlError> {
    let corrected = told(device.total_ecc_errors(MemoryError::Corrected, counter))?;
    let uncorrected = told(device.total_ecc_errors(MemoryError::Uncorrected, counter))?;
    Ok(corrected.zip(uncorrected).map(|(corrected, uncorrected)| Errors { corrected, uncorrected }))
}

/// For either cause, as GPUs before 2020 do it.
fn retired_pages(device: &Nvidia<'_>) -> Result<Option<u64>, NvmlError> {
    let count = |cause| told(device.retired_pages(cause)).map(|pages| pages.map(|pages| pages.len() as u64));
    let single = count(RetirementCause::MultipleSingleBitEccErrors)?;
    let double = count(RetirementCause::DoubleBitEccError)?;
    Ok(single.zip(double).map(|(single, double)| single + double))
}

/// For either cause, as GPUs since then do it.
fn remapped_rows(device: &Nvidia<'_>) -> Result<Option<u64>, NvmlError> {
    let corrected = field(device, field_id::NVML_FI_DEV_REMAPPED_COR)?;
    let uncorrected = field(device, field_id::NVML_FI_DEV_REMAPPED_UNC)?;
    Ok(corrected.zip(uncorrected).map(|(corrected, uncorrected)| corrected.saturating_add(uncorrected)))
}

/// One of the numbers that NVML has no function for.
fn field(device: &Nvidia<'_>, id: u32) -> Result<Option<u64>, NvmlError> {
    let Some(mut samples) = told(device.field_values_for(&[FieldId(id)]))? else { return Ok(None) };
    let Some(Ok(sample)) = samples.pop() else { return Ok(None) };
    Ok(told(sample.value)?.and_then(|value| match value {
        SampleValue::U32(number) => Some(u64::from(number)),
        SampleValue::U64(number) => Some(number),
        SampleValue::I64(number) => u64::try_from(number).ok(),
        SampleValue::F64(_) => None,
    }))
}
