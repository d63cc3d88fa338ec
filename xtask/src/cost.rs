//! `cargo xtask prove cost`: what the host costs beside node_exporter, in the same minute on the same machine.
//!
//! The host collects each second with its page open in Chromium; node_exporter is scraped each second. Processor time is that of
//! each process itself (`utime` and `stime` of `/proc/PID/stat`, proc_pid_stat(5)).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::shell;

const HOST: &str = "127.0.0.1:19390";
const EXPORTER: &str = "127.0.0.1:19391";
/// Time for the page to load and for first rates, not counted.
const SETTLE: Duration = Duration::from_secs(15);
const MEASURED: Duration = Duration::from_secs(60);
/// Clock ticks of `/proc` in a second: `USER_HZ`, 100 on every architecture that Linux runs on today.
const HERTZ: f64 = 100.0;

/// Ends its process when it goes out of scope.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(program: impl AsRef<Path>, args: &[&str]) -> Result<Self> {
        let program = program.as_ref();
        let mut command = std::process::Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self).with_context(|| format!("{} could not be started", program.display()))
    }

    fn processor_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).context("a shorter stat");
        Ok((ticks(11)? + ticks(12)?) / HERTZ)
    }

    fn resident_mib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

/// The number of series at `/metrics`.
fn scrape(address: &str) -> Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok(body.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count())
}

/// With the shipped plugins, and with so many instances of them that the host has the more series.
pub(crate) fn prove() -> Result<()> {
    let program = crate::build::all()?;
    for instances in [1, 5] {
        measure(&program, instances)?;
    }
    Ok(())
}

fn measure(program: &Path, instances: u32) -> Result<()> {
    let folder = shell::target().join("cost");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let more = (2..=instances).map(|number| format!("  s{number}: {{ plugin: system, interval: 1s }}\n"));
    let config = folder.join("autobot.yaml");
    let text = "monitoring_interval: 1s\nplugins:\n  system: { interval: 1s }\n".to_owned() + &more.collect::<String>();
    fs::write(&config, text)?;
    let (config, data) = (config.display().to_string(), folder.join("data").display().to_string());
    let host = Running::start(program, &["serve", "--config", &config, "--data", &data, "--port", "19390"])?;
    let exporter = Running::start("prometheus-node-exporter", &[&format!("--web.listen-address={EXPORTER}")])
        .context("node_exporter is missing: install the package `prometheus-node-exporter`")?;
    let profile = format!("--user-data-dir={}", folder.join("browser").display());
    let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--lang=en-US", "--disable-background-networking"];
    let page = format!("http://{HOST}/?range=5m");
    let mut args = flags.to_vec();
    args.extend(["--remote-debugging-port=0", "--window-size=1440,900", &profile, &page]);
    std::thread::sleep(Duration::from_secs(2));
    let _browser = Running::start("chromium", &args)?;

    let scrape_until = |end: Instant| -> Result<usize> {
        let mut series = 0;
        while Instant::now() < end {
            series = scrape(EXPORTER)?;
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(series)
    };
    scrape_until(Instant::now() + SETTLE)?;
    let (begun, ours, theirs) = (Instant::now(), host.processor_seconds()?, exporter.processor_seconds()?);
    let their_series = scrape_until(begun + MEASURED)?;
    let seconds = begun.elapsed().as_secs_f64();
    for (name, process, before, series) in [
        (format!("autobot-host, {instances} x system"), &host, ours, scrape(HOST)?),
        ("node_exporter".to_owned(), &exporter, theirs, their_series),
    ] {
        let share = (process.processor_seconds()? - before) / seconds * 100.0;
        println!("{name:<26} {share:5.2} % of a processor  {series:4} series  {:5.1} MiB", process.resident_mib()?);
    }
    Ok(())
}
