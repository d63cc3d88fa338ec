//! The tools that a build needs: found, else installed where that is allowed, else named in one sentence.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell;

/// How guests are compiled on this machine.
pub(crate) enum WasmToolchain {
    /// cargo's own toolchain has the target.
    Installed,
    /// Debian's compiler for the web, which brings the library's source instead of the target: `std` is built once.
    Debian { linker: PathBuf },
}

const TARGET: &str = "wasm32-unknown-unknown";

/// The way to compile for WebAssembly, installed if need be.
pub(crate) fn wasm() -> Result<WasmToolchain> {
    if target_installed() {
        return Ok(WasmToolchain::Installed);
    }
    if let Some(linker) = debian_wasm() {
        return Ok(WasmToolchain::Debian { linker });
    }
    shell::step("installing the WebAssembly target");
    if shell::succeeds(shell::tool("rustup").args(["target", "add", TARGET])) && target_installed() {
        return Ok(WasmToolchain::Installed);
    }
    if may_apt() {
        apt(&["rustc-web", "rust-web-src", &newest_lld()])?;
        if let Some(linker) = debian_wasm() {
            return Ok(WasmToolchain::Debian { linker });
        }
    }
    bail!(
        "the plugins need Rust's WebAssembly target, and it could not be installed here; run `rustup target add \
         {TARGET}`, or as root on Debian `apt-get install rustc-web rust-web-src lld`"
    )
}

fn target_installed() -> bool {
    shell::output(shell::tool("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

fn debian_wasm() -> Option<PathBuf> {
    let sysroot = shell::output(shell::tool("/usr/bin/rustc").args(["--print", "sysroot"]))?;
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std");
    source.is_dir().then_some(())?;
    (11..60).rev().map(|version| PathBuf::from(format!("/usr/bin/wasm-ld-{version}"))).find(|path| path.exists())
}

/// A clang that compiles C for WASI: that of `WASI_SDK_PATH` if it is set, else the system's.
pub(crate) fn clang() -> Result<PathBuf> {
    let sdk = std::env::var_os("WASI_SDK_PATH");
    let clang = sdk.map_or_else(|| "clang".into(), |sdk| PathBuf::from(sdk).join("bin/clang"));
    if compiles_for_wasi(&clang) {
        return Ok(clang);
    }
    if may_apt() {
        apt(&["clang", "lld", "wasi-libc", "libclang-rt-dev-wasm32"])?;
        if compiles_for_wasi(&clang) {
            return Ok(clang);
        }
    }
    bail!(
        "the guest in C needs clang with WASI's C library, and they could not be installed here; as root on Debian run \
         `apt-get install clang lld wasi-libc libclang-rt-dev-wasm32`, or set WASI_SDK_PATH to the folder of a WASI SDK"
    )
}

/// Whether a clang has what it takes besides itself: C's library, its own, and a linker.
fn compiles_for_wasi(clang: &Path) -> bool {
    ["-print-file-name=libc.a", "-print-libgcc-file-name", "-print-prog-name=wasm-ld"].iter().all(|what| {
        // What it does not find, it names without a folder.
        shell::output(shell::tool(clang).args(["--target=wasm32-wasi", what]))
            .is_some_and(|path| Path::new(&path).is_absolute() && Path::new(&path).exists())
    })
}

/// Node with npm, which bundle the dashboard.
pub(crate) fn node() -> Result<()> {
    if shell::succeeds(shell::tool("npm").arg("--version")) {
        return Ok(());
    }
    if may_apt() {
        return apt(&["nodejs", "npm"]);
    }
    bail!("the dashboard needs Node 20 or later with npm, and it may not be installed here; see https://nodejs.org")
}

/// The test runner.
pub(crate) fn nextest() -> Result<()> {
    if shell::succeeds(shell::tool("cargo").args(["nextest", "--version"])) {
        return Ok(());
    }
    shell::step("installing cargo-nextest");
    shell::run(shell::tool("cargo").args(["install", "cargo-nextest", "--locked", "--quiet"])).map_err(|error| {
        error.context("the tests are run by cargo-nextest, which could not be installed; run `cargo install cargo-nextest --locked`")
    })
}

/// Chromium, in which the dashboard is tried out as a user would.
pub(crate) fn chromium() -> Result<()> {
    if ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .iter()
        .any(|path| Path::new(path).exists())
    {
        return Ok(());
    }
    if may_apt() {
        return apt(&["chromium"]);
    }
    bail!("the dashboard's tests need Chromium, and it may not be installed here; install the package `chromium`")
}

/// The programs that tests run for real, and the packages that bring them.
const COUNTERPARTS: [(&str, &str); 15] = [
    ("/usr/bin/redis-server", "redis-server"),
    ("/usr/bin/prometheus", "prometheus"),
    ("/usr/bin/prometheus-node-exporter", "prometheus-node-exporter"),
    ("/usr/bin/prometheus-blackbox-exporter", "prometheus-blackbox-exporter"),
    ("/usr/bin/prometheus-redis-exporter", "prometheus-redis-exporter"),
    ("/usr/bin/redis-cli", "redis-tools"),
    ("/usr/bin/curl", "curl"),
    ("/usr/bin/victoria-metrics", "victoria-metrics"),
    ("/usr/lib/python3/dist-packages/prometheus_client", "python3-prometheus-client"),
    ("/usr/bin/dbus-daemon", "dbus-daemon"),
    ("/usr/lib/python3/dist-packages/dbusmock", "python3-dbusmock"),
    ("/usr/bin/unshare", "util-linux"),
    ("/usr/bin/mount", "mount"),
    ("/usr/sbin/ip", "iproute2"),
    ("/usr/bin/cc", "gcc"),
];

/// Redis, Prometheus, node_exporter, VictoriaMetrics, D-Bus with a mock of systemd, and what makes network namespaces.
pub(crate) fn counterparts() -> Result<()> {
    programs(&COUNTERPARTS, "the tests run real counterparts")
}

/// What the host's cost is measured beside.
pub(crate) fn peers() -> Result<()> {
    let peers =
        [("/usr/bin/prometheus-node-exporter", "prometheus-node-exporter"), ("/usr/sbin/netdata", "netdata-core")];
    programs(&peers, "the proof measures them beside the host")
}

fn programs(wanted: &[(&str, &str)], why: &str) -> Result<()> {
    let there = |path: &str| Path::new(path).exists() || Path::new(&path.replace("/usr/", "/")).exists();
    let missing: Vec<&str> = wanted.iter().filter(|(path, _)| !there(path)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if may_apt() {
        return apt(&missing);
    }
    bail!("{why}, which may not be installed here; install the packages {}", missing.join(", "))
}

fn may_apt() -> bool {
    shell::output(shell::tool("id").arg("-u")).as_deref() == Some("0") && Path::new("/usr/bin/apt-get").exists()
}

fn apt(packages: &[&str]) -> Result<()> {
    shell::step(&format!("installing {} by apt-get", packages.join(", ")));
    shell::run(shell::tool("apt-get").args(["update", "-qq"]))?;
    shell::run(
        shell::tool("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages),
    )
}

/// The newest `lld-N` that apt offers: an older linker may not know what the newest compiler writes.
fn newest_lld() -> String {
    let _ = shell::succeeds(shell::tool("apt-get").args(["update", "-qq"]));
    let offered =
        shell::output(shell::tool("apt-cache").args(["search", "--names-only", "^lld-[0-9]+$"])).unwrap_or_default();
    let versions = offered.lines().filter_map(|line| line.split(' ').next()?.strip_prefix("lld-")?.parse::<u32>().ok());
    versions.max().map_or_else(|| "lld".to_owned(), |version| format!("lld-{version}"))
}
