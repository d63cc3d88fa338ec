//! Plugins: the WASM runner, the gate, limits, life cycle and scheduler.
