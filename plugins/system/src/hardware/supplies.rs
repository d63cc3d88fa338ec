//! Batteries, UPS and chargers.

use autobot_plugin_sdk::power_supply::Supply;
use autobot_plugin_sdk::{Family, Metrics};

use super::meters::round;
use super::sensors;

pub(crate) static ONLINE: Family =
    Family::gauge("hw_power_supply_online", "1", "1 while a charger supplies power.").labels(&["id", "name"]);
pub(crate) static PRESENT: Family =
    Family::gauge("hw_battery_present", "1", "1 while the battery is plugged in.").labels(&["id", "name"]);
pub(crate) static CHARGE: Family =
    Family::gauge("hw_battery_charge_ratio", "1", "How full a battery is.").labels(&["id", "name"]);
pub(crate) static STATE: Family =
    Family::gauge("hw_battery_state", "1", "1 for the state that a battery is in, 0 for the others.")
        .labels(&["id", "name", "state"]);
pub(crate) static ENERGY: Family =
    Family::gauge("hw_battery_energy_joules", "J", "Energy in a battery.").labels(&["id", "name"]);
pub(crate) static ENERGY_LIMIT: Family = Family::gauge(
    "hw_battery_energy_limit_joules",
    "J",
    "Energy in a battery when it is full (`full`), and when it was full and new (`design`).",
)
.labels(&["id", "name", "limit_type"]);
pub(crate) static HEALTH: Family = Family::gauge(
    "hw_battery_health_ratio",
    "1",
    "What a full battery holds, by what it held when it was new: energy full / design.",
)
.labels(&["id", "name"]);
pub(crate) static CYCLES: Family =
    Family::counter("hw_battery_cycles_total", "1", "Full charges and discharges of a battery so far.")
        .labels(&["id", "name"]);
pub(crate) static TIME_LEFT: Family = Family::gauge(
    "hw_battery_time_left_seconds",
    "s",
    "How long a battery lasts, or takes to be full, at its present power: energy / power, (full - energy) / power.",
)
.labels(&["id", "name", "state"]);

/// The states of a battery (Documentation/ABI/testing/sysfs-class-power, `status`), and what they are called here.
const STATES: [(&str, &str); 5] = [
    ("Charging", "charging"),
    ("Discharging", "discharging"),
    ("Full", "full"),
    ("Not charging", "not_charging"),
    ("Unknown", "unknown"),
];
/// A power at which a battery lasts longer than this is the noise of a meter.
const LONGEST_SECONDS: f64 = 30.0 * 86_400.0;

/// What is remembered from collect to collect.
#[derive(Default)]
pub(super) struct Supplies {
    /// Of each battery that tells its energy, at most as many as there are supplies.
    flows: Vec<Flow>,
}

/// What went into a battery and out of it.
struct Flow {
    id: String,
    /// `Charging` or `Discharging`; else nothing flows.
    status: String,
    /// The most, or least, that it held since that status began: a meter that trembles counts nothing twice.
    mark: f64,
    charged: f64,
    discharged: f64,
    is_there: bool,
}

impl Supplies {
    pub(super) fn set(&mut self, supplies: &[Supply], metrics: &mut Metrics) {
        for flow in &mut self.flows {
            flow.is_there = false;
        }
        for supply in supplies {
            let labels = [supply.name.as_str(), supply.kind.as_str()];
            let mut some = |family: &'static Family, value: Option<f64>| {
                if let Some(value) = value {
                    metrics.set(family, &labels, value);
                }
            };
            let flag = |flag: Option<bool>| flag.map(|flag| f64::from(u8::from(flag)));
            some(&ONLINE, flag(supply.online));
            some(&PRESENT, flag(supply.present));
            some(&CHARGE, supply.capacity.map(|ratio| round(ratio, 1e4)));
            some(&sensors::POWER, supply.power.map(|watts| round(watts, 1e3)));
            some(&sensors::VOLTAGE, supply.voltage);
            some(&sensors::CURRENT, supply.current);
            some(&sensors::TEMPERATURE, supply.temperature);
            some(&CYCLES, supply.cycles.map(f64::from));
            some(&ENERGY, supply.energy.map(|joules| round(joules, 10.0)));
            some(&HEALTH, health(supply).map(|ratio| round(ratio, 1e4)));
            let [id, name] = labels;
            for (limit_type, joules) in [("full", supply.energy_full), ("design", supply.energy_design)] {
                if let Some(joules) = joules {
                    metrics.set(&ENERGY_LIMIT, &[id, name, limit_type], round(joules, 10.0));
                }
            }
            if supply.status.is_empty() {
                continue;
            }
            let is = STATES.iter().find(|(status, _)| *status == supply.status).map_or("unknown", |(_, state)| state);
            for (_, state) in STATES {
                metrics.set(&STATE, &[id, name, state], f64::from(u8::from(state == is)));
            }
            if let Some(seconds) = time_left(supply) {
                metrics.set(&TIME_LEFT, &[id, name, is], seconds);
            }
            if let Some(joules) = supply.energy {
                let flow = self.flow(supply, joules);
                metrics.set(&sensors::ENERGY, &[id, "charged"], round(flow.charged, 10.0));
                metrics.set(&sensors::ENERGY, &[id, "discharged"], round(flow.discharged, 10.0));
            }
        }
        self.flows.retain(|flow| flow.is_there);
    }

    fn flow(&mut self, supply: &Supply, joules: f64) -> &Flow {
        let at = match self.flows.iter().position(|flow| flow.id == supply.name) {
            Some(at) => at,
            None => {
                let (id, status) = (supply.name.clone(), supply.status.clone());
                self.flows.push(Flow { id, status, mark: joules, charged: 0.0, discharged: 0.0, is_there: true });
                self.flows.len() - 1
            }
        };
        let flow = &mut self.flows[at];
        flow.is_there = true;
        if flow.status != supply.status {
            flow.status.clone_from(&supply.status);
            flow.mark = joules;
        }
        match flow.status.as_str() {
            "Discharging" if joules < flow.mark => {
                flow.discharged += flow.mark - joules;
                flow.mark = joules;
            }
            "Charging" if joules > flow.mark => {
                flow.charged += joules - flow.mark;
                flow.mark = joules;
            }
            _ => {}
        }
        flow
    }
}

fn health(supply: &Supply) -> Option<f64> {
    let design = supply.energy_design.filter(|design| *design > 0.0)?;
    supply.energy_full.filter(|full| *full >= 0.0).map(|full| full / design)
}

/// Whole seconds until it is empty, or full.
fn time_left(supply: &Supply) -> Option<f64> {
    let energy = supply.energy?;
    let joules = match supply.status.as_str() {
        "Discharging" => energy,
        "Charging" => supply.energy_full? - energy,
        _ => return None,
    };
    let seconds = joules / supply.power.filter(|watts| *watts > 0.0)?;
    (0.0..=LONGEST_SECONDS).contains(&seconds).then(|| seconds.round())
}
