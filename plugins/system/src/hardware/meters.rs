//! Counters of energy from collect to collect: what they counted since, and the power that this was.
//!
//! The host makes them only grow (a register of 32 bits starts over within minutes); one that is smaller than before was
//! begun anew, and what it shows has been counted since.

use autobot_plugin_sdk::sensors::{Quantity, Reading};

/// All counters of energy at the last two looks.
#[derive(Default)]
pub(super) struct Meters {
    meters: Vec<Meter>,
    /// Since the look before, where there was one and time has passed.
    seconds: Option<f64>,
    at_micros: Option<u64>,
}

struct Meter {
    chip: String,
    sensor: String,
    joules: f64,
    /// Since the look before; unknown of one that is new.
    step: Option<f64>,
}

/// Energy of all processors: what it grew by, over how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) joules: f64,
    /// Unknown at first.
    pub(super) seconds: Option<f64>,
}

impl Meters {
    /// Looks at `readings`, taken at `at_micros` of a clock that never goes back.
    pub(super) fn look(&mut self, readings: &[Reading], at_micros: u64) {
        let passed = self.at_micros.map(|last| at_micros.saturating_sub(last)).filter(|passed| *passed > 0);
        self.seconds = passed.map(|micros| micros as f64 / 1e6);
        self.at_micros = Some(at_micros);
        let mut before = std::mem::take(&mut self.meters);
        let energies = readings.iter().filter(|reading| reading.quantity == Quantity::Energy);
        for (at, reading) in energies.enumerate() {
            let is = |meter: &Meter| meter.chip == reading.chip && meter.sensor == reading.sensor;
            let known = match before.get(at) {
                Some(meter) if is(meter) => Some(at),
                _ => before.iter().position(is),
            };
            let joules = reading.value;
            self.meters.push(match known {
                Some(known) => {
                    let meter = &mut before[known];
                    let grown = joules - meter.joules;
                    Meter {
                        chip: std::mem::take(&mut meter.chip),
                        sensor: std::mem::take(&mut meter.sensor),
                        joules,
                        step: Some(if grown < 0.0 { joules } else { grown }),
                    }
                }
                None => Meter { chip: reading.chip.clone(), sensor: reading.sensor.clone(), joules, step: None },
            });
            // The places of those behind stay as they are: what was taken has no name any more, and is met no second time.
        }
    }

    /// Forgets all: what is read next has no look before it.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The power of one counter since the look before, to the milliwatt; NaN where it cannot be known.
    pub(super) fn watts(&self, reading: &Reading) -> f64 {
        let meter = self.meters.iter().find(|meter| meter.chip == reading.chip && meter.sensor == reading.sensor);
        match (meter.and_then(|meter| meter.step), self.seconds) {
            (Some(joules), Some(seconds)) => round(joules / seconds, 1e3),
            _ => f64::NAN,
        }
    }

    /// The energy of all processors' packages, all that is in them included; nothing where no package counts.
    pub(super) fn processors(&self) -> Option<Step> {
        let packages = self.meters.iter().filter(|meter| is_package(meter));
        packages.fold(None, |sum: Option<Step>, package| {
            let before = sum.map_or(Step { joules: 0.0, seconds: self.seconds }, |sum| sum);
            Some(match package.step {
                Some(step) => Step { joules: before.joules + step, seconds: before.seconds },
                // One that is new says nothing of the time since the look before: what it shows was counted before that.
                None => Step { joules: before.joules, seconds: None },
            })
        })
    }
}

/// Whether it counts a whole processor: `package-0`, `package-0-die-1` of RAPL (Documentation/power/powercap/powercap.rst;
/// the same registers by another way in are `rapl-mmio`, and count once), `Esocket0` of AMD's own driver
/// (Documentation/hwmon/amd_energy.rst, up to Linux 5.13).
fn is_package(meter: &Meter) -> bool {
    match meter.chip.as_str() {
        "rapl" => meter.sensor.starts_with("package") && !meter.sensor.contains('/'),
        "amd_energy" => meter.sensor.starts_with("Esocket"),
        _ => false,
    }
}

/// To so many parts of one.
pub(super) fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}
