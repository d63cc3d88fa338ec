//! Says what to do when the front end has not been built yet, in place of the macro's own complaint.

fn main() {
    println!("cargo::rerun-if-changed=dist");
    if !std::path::Path::new("dist/index.html").exists() {
        println!(
            "cargo::error=host/dashboard/dist is missing: run `cargo xtask build`, which builds the dashboard and the plugins first"
        );
    }
}
