//! The engine: standard packages without time, I/O and printing; limits; our functions.

use std::sync::OnceLock;

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, BasicStringPackage,
    LanguageCorePackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, OptimizationLevel};

use crate::functions;
use crate::stage::{self, Stop};

/// What the engine knows but rules may not use, and why.
pub(crate) const FORBIDDEN: &[(&str, &str)] = &[
    ("eval", "rules run no text as code"),
    ("import", "rules load no modules"),
    ("export", "rules load no modules"),
    ("print", "rules print nothing; say it in `summary` or `detail`"),
    ("debug", "rules print nothing; say it in `summary` or `detail`"),
    ("sleep", "rules do not wait; use `pending` for a condition that must last"),
    ("exit", "use `return`"),
];

/// Operations of one call. A threshold rule takes about ten.
const OPERATIONS: u64 = 200_000;

/// The one engine.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(make)
}

fn make() -> Engine {
    let mut engine = Engine::new_raw();
    for package in [
        LanguageCorePackage::new().as_shared_module(),
        ArithmeticPackage::new().as_shared_module(),
        LogicPackage::new().as_shared_module(),
        BasicMathPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
        BasicArrayPackage::new().as_shared_module(),
        BasicMapPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(package);
    }
    // The checker reads what was written, so nothing is folded away before.
    engine.set_optimization_level(OptimizationLevel::None);
    engine
        .set_max_operations(OPERATIONS)
        .set_max_call_levels(32)
        .set_max_expr_depths(64, 48)
        .set_max_functions(2_000)
        .set_max_variables(500)
        .set_max_modules(0)
        .set_max_string_size(64 * 1024)
        .set_max_array_size(10_000)
        .set_max_map_size(1_000);
    for (name, _) in FORBIDDEN {
        engine.disable_symbol(*name);
    }
    engine.on_progress(|operations| (operations % 256 == 0 && stage::overdue()).then(|| Dynamic::from(Stop::Time)));
    functions::register(&mut engine);
    engine
}
