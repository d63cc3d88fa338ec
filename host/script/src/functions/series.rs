//! Fields and methods of a series.

use autobot_model::SeriesKey;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, NativeCallContext};

use super::{Answer, fail, no_label};
use crate::stage::Stop;
use crate::window::Window;
use crate::{Series, duration};

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Series>("Series");
    engine.register_get("last", |series: &mut Series| series.value());
    // `cpu.machine`: any field that is not `last` is a label.
    engine.register_indexer_get(|context: NativeCallContext<'_>, series: &mut Series, name: &str| {
        field(&context, series.key(), name)
    });
    engine.register_fn("label", |series: &mut Series, name: &str| ImmutableString::from(series.key().label(name)));
    engine.register_fn("age", |series: &mut Series| series.age());
    engine.register_fn("to_string", |series: &mut Series| series.key().to_string());

    over(engine, "avg", |window| window.average());
    over(engine, "min", |window| window.minimum());
    over(engine, "max", |window| window.maximum());
    over(engine, "sum", |window| window.sum());
    over(engine, "count", |window| Some(window.count()));
    over(engine, "rate", |window| window.rate());
    over(engine, "increase", |window| window.increase());
    over(engine, "stddev", |window| window.deviation());
    over(engine, "trend", |window| window.slope());
    over(engine, "changes", |window| Some(window.changes()));
    engine.register_fn("quantile", |context: NativeCallContext<'_>, series: &mut Series, q: f64, length: &str| {
        quantile(&context, series, q, length)
    });
    engine.register_fn("quantile", |context: NativeCallContext<'_>, series: &mut Series, q: i64, length: &str| {
        quantile(&context, series, q as f64, length)
    });
}

fn field(context: &NativeCallContext<'_>, key: &SeriesKey, name: &str) -> Answer<ImmutableString> {
    match key.labels.get(name) {
        Some(value) => Ok(value.into()),
        None => Err(fail(context, no_label(&key.labels, name))),
    }
}

fn over(engine: &mut Engine, name: &str, read: fn(&Window<'_>) -> Option<f64>) {
    engine.register_fn(name, move |context: NativeCallContext<'_>, series: &mut Series, length: &str| {
        answer(&context, series, length, read)
    });
}

fn quantile(context: &NativeCallContext<'_>, series: &Series, q: f64, length: &str) -> Answer<f64> {
    if !(0.0..=1.0).contains(&q) {
        return Err(fail(context, format!("a quantile lies between 0 and 1; {q} does not")));
    }
    answer(context, series, length, |window| window.quantile(q))
}

fn answer(
    context: &NativeCallContext<'_>,
    series: &Series,
    length: &str,
    read: impl FnOnce(&Window<'_>) -> Option<f64>,
) -> Answer<f64> {
    let length = duration::parse(length).map_err(|reason| fail(context, reason))?;
    let result = series.over(length, read).map_err(|reason| fail(context, reason))?;
    // Too few samples: neither true nor false, and not for the script to catch.
    let stop = || EvalAltResult::ErrorTerminated(Dynamic::from(Stop::NoData), context.call_position()).into();
    result.ok_or_else(stop)
}
