//! Says what to do when the plugins have not been built yet: the program embeds them.

fn main() {
    println!("cargo::rerun-if-changed=../../plugins/dist");
    println!("cargo::rerun-if-changed=../../rules");
    println!("cargo::rerun-if-changed=../../plugin-sdk/src");
    println!("cargo::rerun-if-changed=../../plugin-sdk/wit");
    println!("cargo::rerun-if-changed=template");
    if !std::path::Path::new("../../plugins/dist/system.wasm").exists() {
        println!("cargo::error=plugins/dist is missing: run `cargo xtask build`, which builds the plugins first");
    }
}
