//! Temperatures, fans, power, energy, voltages, currents, humidity: as they are read, with the limits of their makers as
//! series beside them.

use autobot_plugin_sdk::sensors::{Quantity, Reading};
use autobot_plugin_sdk::{Family, Metrics};

use super::meters::Meters;

pub(crate) static TEMPERATURE: Family =
    Family::gauge("hw_temperature_celsius", "Cel", "Temperature of a part.").labels(&["id", "name"]);
pub(crate) static TEMPERATURE_LIMIT: Family = Family::gauge(
    "hw_temperature_limit_celsius",
    "Cel",
    "From where on the maker calls a part's temperature high, or critical.",
)
.labels(&["id", "name", "limit_type"]);
pub(crate) static FAN: Family = Family::gauge("hw_fan_speed_rpm", "{rpm}", "Speed of a fan.").labels(&["id", "name"]);
pub(crate) static FAN_LIMIT: Family =
    Family::gauge("hw_fan_speed_limit_rpm", "{rpm}", "The most that a fan is meant to turn.").labels(&[
        "id",
        "name",
        "limit_type",
    ]);
pub(crate) static POWER: Family = Family::gauge(
    "hw_power_watts",
    "W",
    "Power of a part: measured, or, where only its energy is counted (RAPL), the energy since the last collect by the time.",
)
.labels(&["id", "name"]);
pub(crate) static POWER_LIMIT: Family =
    Family::gauge("hw_power_limit_watts", "W", "From where on a part's power is called high, or critical.").labels(&[
        "id",
        "name",
        "limit_type",
    ]);
pub(crate) static ENERGY: Family = Family::counter(
    "hw_energy_joules_total",
    "J",
    "Energy that went through a part: RAPL's counters, other meters, and batteries (`charged`, `discharged`, since the plugin \
     began). Parts lie within wholes: `package-0/core` is part of `package-0`.",
)
.labels(&["id", "name"]);
pub(crate) static VOLTAGE: Family =
    Family::gauge("hw_voltage_volts", "V", "Voltage of a part.").labels(&["id", "name"]);
pub(crate) static VOLTAGE_LIMIT: Family =
    Family::gauge("hw_voltage_limit_volts", "V", "From where on a part's voltage is called high, or critical.")
        .labels(&["id", "name", "limit_type"]);
pub(crate) static CURRENT: Family =
    Family::gauge("hw_current_amperes", "A", "Current through a part.").labels(&["id", "name"]);
pub(crate) static CURRENT_LIMIT: Family =
    Family::gauge("hw_current_limit_amperes", "A", "From where on a part's current is called high, or critical.")
        .labels(&["id", "name", "limit_type"]);
pub(crate) static HUMIDITY: Family =
    Family::gauge("hw_humidity_ratio", "1", "Relative humidity.").labels(&["id", "name"]);
pub(crate) static ALARM: Family =
    Family::gauge("hw_alarm", "1", "1 while the chip itself raises an alarm.").labels(&["id", "name", "quantity"]);

struct Shown {
    value: &'static Family,
    limit: Option<&'static Family>,
    quantity: &'static str,
}

fn shown(quantity: Quantity) -> Shown {
    let (value, limit, quantity) = match quantity {
        Quantity::Temperature => (&TEMPERATURE, Some(&TEMPERATURE_LIMIT), "temperature"),
        Quantity::Fan => (&FAN, Some(&FAN_LIMIT), "fan"),
        Quantity::Power => (&POWER, Some(&POWER_LIMIT), "power"),
        Quantity::Voltage => (&VOLTAGE, Some(&VOLTAGE_LIMIT), "voltage"),
        Quantity::Current => (&CURRENT, Some(&CURRENT_LIMIT), "current"),
        Quantity::Energy => (&ENERGY, None, "energy"),
        Quantity::Humidity => (&HUMIDITY, None, "humidity"),
    };
    Shown { value, limit, quantity }
}

/// Sets all that `readings` say. `meters` knows the power of those that count energy.
pub(super) fn set(readings: &[Reading], meters: &Meters, metrics: &mut Metrics) {
    for reading in readings {
        let (id, name) = (reading.chip.as_str(), reading.sensor.as_str());
        let shown = shown(reading.quantity);
        metrics.set(shown.value, &[id, name], reading.value);
        if let Some(limit) = shown.limit {
            for (limit_type, value) in [("high", reading.high), ("critical", reading.critical)] {
                if let Some(value) = value {
                    metrics.set(limit, &[id, name, limit_type], value);
                }
            }
        }
        if let Some(alarm) = reading.alarm {
            metrics.set(&ALARM, &[id, name, shown.quantity], f64::from(u8::from(alarm)));
        }
        if reading.quantity == Quantity::Energy && !is_measured(readings, reading) {
            metrics.set(&POWER, &[id, name], meters.watts(reading));
        }
    }
}

/// Whether the chip tells the power of what it counts the energy of.
fn is_measured(readings: &[Reading], meter: &Reading) -> bool {
    readings
        .iter()
        .any(|other| other.quantity == Quantity::Power && other.chip == meter.chip && other.sensor == meter.sensor)
}
