//! The machine as a thing that is warm, turns and draws power: sensors, what heat does to the processors, batteries and
//! chargers, and how much work a joule does.
//!
//! `id` is the chip or device, `name` the sensor on it. Parts lie within wholes (a core's energy in its package's), so that a
//! sum over `name` says nothing; totals have families of their own.

pub(crate) mod efficiency;
pub(crate) mod headroom;
mod meters;
pub(crate) mod sensors;
pub(crate) mod supplies;
pub(crate) mod throttling;

use autobot_plugin_sdk::{Error, Family, Metrics, Parts, Presence, clock, log, power_supply, sensors as facts};

use crate::settings::{Settings, excludes};

/// All families of these parts.
pub(crate) const ALL: &[&Family] = &[
    &sensors::TEMPERATURE,
    &sensors::TEMPERATURE_LIMIT,
    &headroom::DEGREES,
    &headroom::RATIO,
    &sensors::FAN,
    &sensors::FAN_LIMIT,
    &sensors::POWER,
    &sensors::POWER_LIMIT,
    &sensors::ENERGY,
    &sensors::VOLTAGE,
    &sensors::VOLTAGE_LIMIT,
    &sensors::CURRENT,
    &sensors::CURRENT_LIMIT,
    &sensors::HUMIDITY,
    &sensors::ALARM,
    &throttling::THROTTLES,
    &throttling::PACKAGE_THROTTLES,
    &throttling::CORE_THROTTLES,
    &efficiency::ENERGY,
    &efficiency::POWER,
    &efficiency::BUSY_PER_JOULE,
    &efficiency::IDLE_POWER,
    &efficiency::IDLE_SHARE,
    &supplies::ONLINE,
    &supplies::PRESENT,
    &supplies::CHARGE,
    &supplies::STATE,
    &supplies::ENERGY,
    &supplies::ENERGY_LIMIT,
    &supplies::HEALTH,
    &supplies::CYCLES,
    &supplies::TIME_LEFT,
];

/// Sensors of which series are made; a machine with more shows the first ones.
const MOST_SENSORS: usize = 512;
/// Batteries and chargers of which series are made.
const MOST_SUPPLIES: usize = 64;

/// What is remembered from collect to collect.
#[derive(Default)]
pub(crate) struct Hardware {
    sensors: Presence,
    throttled: Presence,
    power_supply: Presence,
    meters: meters::Meters,
    efficiency: efficiency::Efficiency,
    throttles: throttling::Throttles,
    supplies: supplies::Supplies,
    /// Names of supplies as the kernel writes them for chips.
    supplied: Vec<String>,
    has_left_out: bool,
}

impl Hardware {
    pub(crate) fn collect(&mut self, settings: &Settings, parts: &mut Parts, metrics: &mut Metrics) {
        parts.run("batteries and chargers", || self.supplies(metrics));
        parts.run("sensors", || self.sensors(settings, metrics));
        parts.run("thermal throttling", || {
            if let Some(told) = self.throttled.ask_part("thermal throttling", facts::throttled)? {
                self.throttles.set(&told, settings.per_core, metrics);
            }
            Ok(())
        });
    }

    fn supplies(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        self.supplied.clear();
        let Some(mut supplies) = self.power_supply.ask_part("batteries and chargers", power_supply::read)? else {
            return Ok(());
        };
        supplies.truncate(MOST_SUPPLIES);
        // Chips of hwmon may not have a hyphen in their names (drivers/power/supply/power_supply_hwmon.c).
        self.supplied.extend(supplies.iter().map(|supply| supply.name.replace('-', "_")));
        self.supplies.set(&supplies, metrics);
        Ok(())
    }

    fn sensors(&mut self, settings: &Settings, metrics: &mut Metrics) -> Result<(), Error> {
        let at_micros = clock::monotonic_micros();
        let Some(mut readings) = self.sensors.ask_part("sensors", facts::read)? else {
            self.meters.forget();
            self.efficiency.pause();
            return Ok(());
        };
        // The kernel shows each battery as a chip once more.
        readings.retain(|one| !self.supplied.contains(&one.chip) && !excludes(&settings.exclude_sensors, &one.chip));
        if readings.len() > MOST_SENSORS {
            if !self.has_left_out {
                let rest = readings.len() - MOST_SENSORS;
                log::warn(&format!(
                    "sensors: {rest} more than the {MOST_SENSORS} that are shown; leave chips out with `exclude_sensors`"
                ));
            }
            self.has_left_out = true;
            readings.truncate(MOST_SENSORS);
        }
        self.meters.look(&readings, at_micros);
        sensors::set(&readings, &self.meters, metrics);
        headroom::set(&readings, metrics);
        match self.meters.processors() {
            Some(energy) => self.efficiency.collect(energy, at_micros, metrics),
            None => {
                self.efficiency.pause();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
