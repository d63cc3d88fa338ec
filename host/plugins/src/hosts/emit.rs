//! `emit`: the way out for measurements.

use crate::abi::emit::{Host, Series};
use crate::abi::types::{Error, Family};
use crate::guest::Guest;
use crate::manifest;

impl Host for Guest {
    fn declare(&mut self, families: Vec<Family>) -> Result<(), Error> {
        let families =
            families.into_iter().map(manifest::family).collect::<Result<Vec<_>, _>>().map_err(Error::Invalid)?;
        self.emit.declare(families).map_err(Error::Invalid)
    }

    fn register(&mut self, series: Vec<Series>) -> Result<Vec<u32>, Error> {
        let series = series.into_iter().map(|series| (series.family, series.labels)).collect();
        self.emit.register(series).map_err(Error::TooLarge)?.map_err(Error::Invalid)
    }

    fn retire(&mut self, handles: Vec<u32>) -> Result<(), Error> {
        self.emit.retire(&handles).map_err(Error::Invalid)
    }

    fn emit_columns(&mut self, handles: Vec<u32>, values: Vec<f64>) -> Result<(), Error> {
        self.emit.columns(&handles, &values).map_err(Error::Invalid)
    }

    fn emit_columns_at(&mut self, at: u64, handles: Vec<u32>, values: Vec<f64>) -> Result<(), Error> {
        self.emit.columns_at(at, &handles, &values).map_err(Error::Invalid)
    }
}
