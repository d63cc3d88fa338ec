//! The data that is measured: a recording as it is, or a block bootstrap of it that is as long, as coarse and as wide as one likes.
//!
//! A bootstrap draws stretches of the recording at random, the same stretch for all series of a machine, so that what moves together
//! does so in the copy. Counters add the growth of the stretch to what they have, scaled by the time of day and by chance, so that they
//! keep growing and no stretch repeats exactly; gauges that wander do the same and are pulled to their mean; gauges that jump take the
//! stretch's values. Digits and steps of each column stay what they were. One seed gives one set.

use anyhow::{Result, ensure};
use autobot_model::{Kind, SeriesKey, Timestamp};

use crate::random::Random;
use crate::record::{Column, Digits, Recording};

/// Ticks of one stretch.
const BLOCK: usize = 20;
const DAY: f64 = 86_400.0;
/// Spread of the load from tick to tick, and of a jumping gauge: deviations of a logarithm.
const LOAD_SPREAD: f64 = 0.25;
const GAUGE_SPREAD: f64 = 0.1;
/// How far a wandering gauge is pulled to its mean at a tick.
const PULL: f64 = 0.03;

/// How large a set is.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Size {
    /// Series; as many as the recording has, or more, which are then other machines' with labels `machine` and `column`.
    pub(crate) series: usize,
    pub(crate) ticks: usize,
    /// Seconds between two ticks.
    pub(crate) step: usize,
    pub(crate) seed: u64,
    /// The moment of the last tick.
    pub(crate) end: Timestamp,
}

/// One machine's series: what one instance of a plugin would hand over at each tick.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) keys: Vec<SeriesKey>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) values: Vec<f64>,
    state: Vec<i64>,
    random: Random,
    at: usize,
    left: usize,
}

/// Ticks, one after the other.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) machines: Vec<Machine>,
    shapes: Vec<Shape>,
    recorded: Vec<Column>,
    size: Size,
    tick: usize,
    /// Moments of a set that is the recording itself, in milliseconds since its first; empty in a bootstrap.
    times: Vec<i64>,
}

/// What becomes of a column in a bootstrap, in units of its last digit.
#[derive(Debug)]
enum Shape {
    Constant(f64),
    Line { coding: Coding, first: i64, by: i64 },
    Grows { coding: Coding, mantissas: Vec<i64>, unit: i64 },
    Wanders { coding: Coding, mantissas: Vec<i64>, unit: i64, mean: i64 },
    Jumps { coding: Coding, mantissas: Vec<i64>, unit: i64, always: bool },
    Raw(Vec<f64>),
}

/// How integers become the values that the exporter wrote.
#[derive(Clone, Copy, Debug)]
enum Coding {
    Divided(Digits),
    /// As a program does that holds milliseconds and multiplies by 0.001: 4080.4500000000003 is such a value.
    Multiplied(f64),
    /// As one does that holds microseconds and divides by a thousand, twice: 37.778845999999994.
    DividedTwice,
}

/// Finer than what no coding fits; what is made of it is as uneven.
const FALLBACK: Coding = Coding::Multiplied(1e-7);

impl Coding {
    fn of(values: &[f64]) -> Option<Self> {
        if let Some(digits) = Digits::of(values) {
            return Some(Self::Divided(digits));
        }
        let scales = [1e-1, 1e-2, 1e-3, 1e-6, 1e-9].map(Self::Multiplied);
        let fits = |coding: &Self| values.iter().all(|value| coding.value(coding.mantissa(*value)) == *value);
        let small = values.iter().all(|value| value.abs() < 1e10);
        scales.into_iter().chain([Self::DividedTwice]).find(fits).or(small.then_some(FALLBACK))
    }

    fn mantissa(self, value: f64) -> i64 {
        match self {
            Self::Divided(digits) => digits.mantissa(value),
            Self::Multiplied(scale) => (value / scale).round() as i64,
            Self::DividedTwice => (value * 1e6).round() as i64,
        }
    }

    fn value(self, mantissa: i64) -> f64 {
        match self {
            Self::Divided(digits) => digits.value(mantissa),
            Self::Multiplied(scale) => mantissa as f64 * scale,
            Self::DividedTwice => mantissa as f64 / 1e3 / 1e3,
        }
    }
}

impl Shape {
    fn of(column: &Column) -> Self {
        let values = &column.values;
        let first = values.first().copied().unwrap_or(0.0);
        if values.iter().all(|value| *value == first) {
            return Self::Constant(first);
        }
        let Some(coding) = Coding::of(values) else { return Self::Raw(values.clone()) };
        let mantissas: Vec<i64> = values.iter().map(|value| coding.mantissa(*value)).collect();
        let steps: Vec<i64> = mantissas.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let unit = steps.iter().fold(0, |unit, step| gcd(unit, step.abs())).max(1);
        if let Some(by) = steps.first().copied().filter(|first| steps.iter().all(|step| step == first)) {
            return Self::Line { coding, first: mantissas[0], by };
        }
        if steps.iter().all(|step| *step >= 0) {
            return Self::Grows { coding, mantissas, unit };
        }
        let count = mantissas.len().max(1) as i64;
        let mean = mantissas.iter().map(|mantissa| mantissa / count).sum::<i64>();
        let apart = |mantissa: &i64| (mantissa - mean) as f64;
        let spread: f64 = mantissas.iter().map(|mantissa| apart(mantissa).powi(2)).sum();
        let together: f64 = mantissas.windows(2).map(|pair| apart(&pair[0]) * apart(&pair[1])).sum();
        // What hardly depends on the scrape before has no path to follow.
        if together < spread / 2.0 {
            let changes = steps.iter().filter(|step| **step != 0).count();
            return Self::Jumps { coding, unit, always: changes * 3 > steps.len(), mantissas };
        }
        Self::Wanders { coding, mantissas, unit, mean }
    }

    fn first(&self) -> i64 {
        match self {
            Self::Grows { mantissas, .. } | Self::Wanders { mantissas, .. } | Self::Jumps { mantissas, .. } => {
                mantissas[0]
            }
            Self::Line { first, .. } => *first,
            Self::Constant(_) | Self::Raw(_) => 0,
        }
    }

    /// The next value: from scrape `from` of the recording to scrape `to`, which stand for `step` seconds, under this load.
    fn next(&self, state: &mut i64, (from, to, step): (usize, usize, usize), load: f64, random: &mut Random) -> f64 {
        let scaled = |growth: i64, unit: i64, by: f64| (growth as f64 * by / unit as f64).round() as i64 * unit;
        match self {
            Self::Constant(value) => *value,
            Self::Raw(values) => values[to],
            Self::Line { coding, by, .. } => {
                *state += by * step as i64;
                coding.value(*state)
            }
            Self::Grows { coding, mantissas, unit } => {
                let growth = mantissas[to] - mantissas[from];
                *state += if growth == 0 { 0 } else { scaled(growth, *unit, load) };
                coding.value(*state)
            }
            Self::Wanders { coding, mantissas, unit, mean } => {
                let growth = mantissas[to] - mantissas[from];
                if growth != 0 {
                    let pull = (mean - *state) as f64 * PULL;
                    *state += scaled(growth, *unit, load) + scaled(pull as i64, *unit, 1.0);
                    if *mean >= 0 {
                        *state = (*state).max(0);
                    }
                }
                coding.value(*state)
            }
            Self::Jumps { coding, mantissas, unit, always } => {
                let drawn = mantissas[random.below(mantissas.len())];
                let by = if *always { load.sqrt() * (random.gauss() * GAUGE_SPREAD).exp() } else { 1.0 };
                coding.value(scaled(drawn, *unit, by))
            }
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Stream {
    /// The recording itself, moved so that it ends at `end`.
    pub(crate) fn recorded(recording: &Recording, end: Timestamp) -> Self {
        let size = Size { series: recording.columns.len(), ticks: recording.times.len(), step: 1, seed: 0, end };
        Self { times: recording.times.clone(), ..Self::drawn(recording, size) }
    }

    /// A block bootstrap of the recording.
    pub(crate) fn drawn(recording: &Recording, size: Size) -> Self {
        let shapes: Vec<Shape> = recording.columns.iter().map(Shape::of).collect();
        let columns = recording.columns.len().max(1);
        let several = size.series > columns;
        let machine = |number: usize| {
            let some = &recording.columns[..columns.min(size.series - number * columns)];
            let name = format!("m{number:03}");
            let key = |(at, column): (usize, &Column)| {
                let mut key = column.key.clone();
                if several {
                    // The second label tells apart what `rate` leaves without its name.
                    key.labels = key.labels.with("machine", &name).with("column", &at.to_string());
                }
                key
            };
            Machine {
                keys: some.iter().enumerate().map(key).collect(),
                kinds: some.iter().map(|column| column.kind).collect(),
                values: vec![0.0; some.len()],
                state: shapes.iter().take(some.len()).map(Shape::first).collect(),
                random: Random::new(size.seed.wrapping_mul(0x9e37).wrapping_add(number as u64)),
                name,
                at: 0,
                left: 0,
            }
        };
        let machines = (0..size.series.div_ceil(columns)).map(machine).collect();
        Self { machines, shapes, recorded: recording.columns.clone(), size, tick: 0, times: Vec::new() }
    }

    /// Draws some ticks twice.
    ///
    /// # Errors
    /// When the two differ, or a counter falls that did not in the recording: then nothing that is measured means anything.
    pub(crate) fn check(recording: &Recording) -> Result<()> {
        let size = Size { series: recording.columns.len() * 2, ticks: 500, step: 30, seed: 7, end: Timestamp(0) };
        let (mut one, mut other) = (Self::drawn(recording, size), Self::drawn(recording, size));
        let falls = |values: &[f64]| values.windows(2).any(|pair| pair[1] < pair[0]);
        let grows: Vec<bool> = recording.columns.iter().map(|column| !falls(&column.values)).collect();
        let mut before: Vec<Vec<f64>> =
            one.machines.iter().map(|machine| vec![f64::NEG_INFINITY; machine.values.len()]).collect();
        while let (Some(time), Some(same)) = (one.next(), other.next()) {
            for ((machine, twin), before) in one.machines.iter().zip(&other.machines).zip(&mut before) {
                ensure!(time == same && machine.values == twin.values, "one seed gave two sets");
                for (at, (value, last)) in machine.values.iter().zip(before.iter()).enumerate() {
                    let counts = machine.kinds[at] == Kind::Counter && grows[at];
                    ensure!(!counts || value >= last, "{} fell from {last} to {value}", machine.keys[at]);
                }
                before.clone_from(&machine.values);
            }
        }
        Ok(())
    }

    pub(crate) fn series(&self) -> usize {
        self.machines.iter().map(|machine| machine.keys.len()).sum()
    }

    pub(crate) fn ticks(&self) -> usize {
        self.size.ticks
    }

    pub(crate) fn samples(&self) -> usize {
        self.series() * self.size.ticks
    }

    /// The first moment and the last.
    pub(crate) fn span(&self) -> (Timestamp, Timestamp) {
        let length = match self.times.last() {
            Some(last) => *last,
            None => (self.size.ticks.saturating_sub(1) * self.size.step) as i64 * 1000,
        };
        (Timestamp(self.size.end.0 - length), self.size.end)
    }

    /// Makes the next tick's values, which then stand in [`Machine::values`]; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Timestamp> {
        let (tick, start) = (self.tick, self.span().0);
        if tick >= self.size.ticks {
            return None;
        }
        self.tick += 1;
        if let Some(time) = self.times.get(tick) {
            for machine in &mut self.machines {
                for (value, column) in machine.values.iter_mut().zip(&self.recorded) {
                    *value = column.values[tick];
                }
            }
            return Some(Timestamp(start.0 + time));
        }
        let step = self.size.step;
        let scrapes = self.recorded.first().map_or(1, |column| column.values.len());
        let stride = step.min(scrapes.saturating_sub(1) / 2).max(1);
        let block = BLOCK.min((scrapes - 1) / 2 / stride).max(1);
        let of_day = (tick * step) as f64 / DAY;
        let daily = 1.0 + 0.5 * (of_day * std::f64::consts::TAU).sin();
        for machine in &mut self.machines {
            if machine.left == 0 {
                machine.left = block;
                machine.at = machine.random.below(scrapes - block * stride);
            }
            let (from, to) = (machine.at, machine.at + stride);
            (machine.at, machine.left) = (to, machine.left - 1);
            let load = daily * (machine.random.gauss() * LOAD_SPREAD).exp() * step as f64 / stride as f64;
            let Machine { values, state, random, .. } = machine;
            for ((value, state), shape) in values.iter_mut().zip(state).zip(&self.shapes) {
                *value = shape.next(state, (from, to, step), load, random);
            }
        }
        // Exporters are not asked to the millisecond.
        let late = if step > 1 && tick + 1 < self.size.ticks { self.machines[0].random.below(4) as i64 } else { 0 };
        Some(Timestamp(start.0 + (tick * step) as i64 * 1000 + late))
    }
}
