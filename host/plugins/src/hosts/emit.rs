//! `emit`: the way out for measurements.

use crate::abi::emit::{Host, Series};
use crate::abi::types::{Error, Family};
use crate::emit::Refused;
use crate::guest::Guest;
use crate::manifest;

impl Guest {
    /// What the guest is told of a refusal; the operator reads it too, even if the guest passes over it.
    fn taken<T>(&mut self, result: Result<T, Refused>) -> Result<T, Error> {
        result.map_err(|refused| {
            let (Refused::Invalid(text) | Refused::TooLarge(text)) = &refused;
            self.refused.get_or_insert_with(|| text.clone());
            match refused {
                Refused::Invalid(text) => Error::Invalid(text),
                Refused::TooLarge(text) => Error::TooLarge(text),
            }
        })
    }
}

impl Host for Guest {
    fn declare(&mut self, families: Vec<Family>) -> Result<(), Error> {
        let families = families.into_iter().map(manifest::family).collect::<Result<Vec<_>, _>>();
        let declared = families.map_err(Refused::Invalid).and_then(|families| self.emit.declare(families));
        self.taken(declared)
    }

    fn register(&mut self, series: Vec<Series>) -> Result<Vec<u32>, Error> {
        let series = series.into_iter().map(|series| (series.family, series.labels)).collect();
        let registered = self.emit.register(series, self.world.clock.monotonic());
        self.taken(registered)
    }

    fn retire(&mut self, handles: Vec<u32>) -> Result<(), Error> {
        let retired = self.emit.retire(&handles);
        self.taken(retired)
    }

    fn emit_columns(&mut self, handles: Vec<u32>, values: Vec<f64>) -> Result<(), Error> {
        let emitted = self.emit.columns(&handles, &values);
        self.taken(emitted)
    }

    fn emit_columns_at(&mut self, at: u64, handles: Vec<u32>, values: Vec<f64>) -> Result<(), Error> {
        let emitted = self.emit.columns_at(at, &handles, &values);
        self.taken(emitted)
    }
}
