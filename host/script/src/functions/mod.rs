//! What rules may call beside the language's own functions, by topic. The checker reads the same tables.

mod series;
mod top;
mod units;

use rhai::{Dynamic, Engine, EvalAltResult, Map, NativeCallContext, Position};

use crate::near;
use crate::stage::{self, Registered, Stage};

/// What a value is, as far as the checker tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// A series that a rule selected; the number of its family among those known.
    Series(Option<usize>),
    /// A row of a query.
    Row,
    Number,
    Text,
    Bool,
    Array,
    Map,
    Function,
    Nothing,
    /// Not known before it runs.
    Any,
}

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    Number,
    Text,
    Map,
    /// Text that is a duration, such as `"5m"`: a window into the past.
    Window,
    /// Name of a configured threshold.
    Threshold,
    /// Name of a metric.
    Metric,
}

/// A function or method of ours.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [Argument],
    pub(crate) gives: Type,
}

/// Functions.
pub(crate) const FUNCTIONS: &[Function] = &[
    Function { name: "threshold", arguments: &[Argument::Threshold], gives: Type::Number },
    Function { name: "percent", arguments: &[Argument::Number], gives: Type::Text },
    Function { name: "bytes", arguments: &[Argument::Number], gives: Type::Text },
    Function { name: "duration", arguments: &[Argument::Number], gives: Type::Text },
    Function { name: "seconds", arguments: &[Argument::Number], gives: Type::Number },
    Function { name: "minutes", arguments: &[Argument::Number], gives: Type::Number },
    Function { name: "hours", arguments: &[Argument::Number], gives: Type::Number },
    Function { name: "days", arguments: &[Argument::Number], gives: Type::Number },
    Function { name: "top", arguments: &[Argument::Metric, Argument::Map, Argument::Number], gives: Type::Text },
];

/// Methods of a series.
pub(crate) const METHODS: &[Function] = &[
    Function { name: "avg", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "min", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "max", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "sum", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "count", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "rate", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "increase", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "stddev", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "trend", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "changes", arguments: &[Argument::Window], gives: Type::Number },
    Function { name: "quantile", arguments: &[Argument::Number, Argument::Window], gives: Type::Number },
    Function { name: "age", arguments: &[], gives: Type::Number },
    Function { name: "label", arguments: &[Argument::Text], gives: Type::Text },
];

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// Teaches the engine all of them.
pub(crate) fn register(engine: &mut Engine) {
    series::register(engine);
    units::register(engine);
    top::register(engine);
    engine.register_fn("alert", alert);
    engine.register_fn("threshold", |context: NativeCallContext<'_>, name: &str| -> Answer<f64> {
        stage::threshold(name).ok_or_else(|| fail(&context, format!("there is no threshold `{name}`")))
    });
}

/// Keeps what a file registers; it is checked when the file has run.
fn alert(context: NativeCallContext<'_>, name: &str, options: Map) -> Answer<()> {
    let position = context.call_position();
    stage::with(|stage| match stage {
        Some(Stage::Loading { registered, .. }) => {
            registered.push(Registered { name: name.to_owned(), options, position });
            Ok(())
        }
        _ => Err(fail(&context, "`alert` belongs at the top of the file, not inside a closure")),
    })
}

/// An error at the place of the call.
fn fail(context: &NativeCallContext<'_>, message: impl Into<String>) -> Box<EvalAltResult> {
    fail_at(context.call_position(), message)
}

fn fail_at(position: Position, message: impl Into<String>) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(message.into()), position))
}

/// `no label X`, with the nearest one.
fn no_label(labels: &autobot_model::Labels, name: &str) -> String {
    let nearest = near::nearest(name, labels.iter().map(|(name, _)| name));
    match nearest {
        Some(nearest) => format!("the series {labels} has no label `{name}`; did you mean `{nearest}`?"),
        None => format!("the series {labels} has no label `{name}` (`.label(\"{name}\")` gives \"\" then)"),
    }
}
