//! `cargo xtask prove cost`: what the host costs beside node_exporter and Netdata, in the same minute on the same machine.
//!
//! All collect each second: the host with what it ships and 200 rules, node_exporter as it is scraped, Netdata as Debian packs it, without
//! machine learning. Then the host once more with its page open in Chromium. Processor time is that of each program and of those
//! that it started (`utime` and `stime` of `/proc/PID/stat`, proc_pid_stat(5)).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::{shell, tools};

const HOST: &str = "127.0.0.1:19390";
const EXPORTER: &str = "127.0.0.1:19391";
const NETDATA: &str = "127.0.0.1:19392";
const RULES: usize = 200;
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

    /// The program and all that it started.
    fn family(&self) -> Result<Vec<u32>> {
        let mut parents = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
            if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse::<u32>().ok()) {
                parents.push((pid, parent));
            }
        }
        let mut family = vec![self.0.id()];
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
            at += 1;
        }
        Ok(family)
    }

    fn processor_seconds(&self) -> Result<f64> {
        let ticks = |pid: u32| {
            let fields = stat(pid)?;
            let number = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
            Some(number(11)? + number(12)?)
        };
        Ok(self.family()?.into_iter().filter_map(ticks).sum::<f64>() / HERTZ)
    }

    fn resident_mib(&self) -> Result<f64> {
        let kib = |pid: u32| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().trim_end_matches(" kB").parse::<f64>().ok()
        };
        Ok(self.family()?.into_iter().filter_map(kib).sum::<f64>() / 1024.0)
    }
}

/// The fields of `/proc/PID/stat` behind the name: state, parent ...
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect())
}

fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned()))
}

/// The number of series at `path`, in Prometheus' text format.
fn scrape(address: &str, path: &str) -> Result<usize> {
    Ok(get(address, path)?.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count())
}

pub(crate) fn prove() -> Result<()> {
    let program = crate::build::all()?;
    tools::chromium()?;
    tools::peers()?;
    measure(&program, false)?;
    measure(&program, true)
}

/// Starts Netdata on folders of its own.
fn netdata(folder: &Path) -> Result<Running> {
    let at = |name: &str| -> Result<String> {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder.display().to_string())
    };
    let config = folder.join("netdata.conf");
    let text = format!(
        "[global]\n run as user = root\n[directories]\n cache = {}\n lib = {}\n log = {}\n[ml]\n enabled = no\n\
         [web]\n bind to = {NETDATA}\n[cloud]\n enabled = no\n",
        at("cache")?,
        at("lib")?,
        at("log")?
    );
    fs::write(&config, text)?;
    Running::start("netdata", &["-D", "-c", &config.display().to_string()])
}

fn host(program: &Path, folder: &Path) -> Result<Running> {
    let (rules, config) = (folder.join("rules"), folder.join("autobot.yaml"));
    fs::create_dir_all(&rules)?;
    let rule = |number: usize| {
        format!(
            "alert(\"Rule{number}\", #{{ severity: \"low\", select: `system_cpu_utilization_ratio`, when: |cpu| cpu.avg(\"1m\") > 2.0, \
             summary: |cpu| `rule {number}` }});\n"
        )
    };
    fs::write(rules.join("all.rhai"), (0..RULES).map(rule).collect::<String>())?;
    fs::write(&config, "plugins:\n  system: { interval: 1s }\n")?;
    let path = |path: &Path| path.display().to_string();
    let (config, data, rules) = (path(&config), path(&folder.join("data")), path(&rules));
    let port = HOST.rsplit(':').next().unwrap_or_default();
    Running::start(program, &["serve", "--config", &config, "--data", &data, "--rules", &rules, "--port", port])
}

fn browser(folder: &Path) -> Result<Running> {
    let profile = format!("--user-data-dir={}", folder.join("browser").display());
    let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--lang=en-US", "--disable-background-networking"];
    let page = format!("http://{HOST}/?range=5m");
    let mut args = flags.to_vec();
    args.extend(["--remote-debugging-port=0", "--window-size=1440,900", &profile, &page]);
    Running::start("chromium", &args)
}

fn measure(program: &Path, page: bool) -> Result<()> {
    let folder = shell::target().join("cost");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let host = host(program, &folder)?;
    let exporter = Running::start("prometheus-node-exporter", &[&format!("--web.listen-address={EXPORTER}")])?;
    let netdata = netdata(&folder)?;
    std::thread::sleep(Duration::from_secs(2));
    let _browser = page.then(|| browser(&folder)).transpose()?;
    let scrape_until = |end: Instant| -> Result<()> {
        while Instant::now() < end {
            scrape(EXPORTER, "/metrics")?;
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    };
    scrape_until(Instant::now() + SETTLE)?;
    let all = [
        (&host, HOST, "/metrics"),
        (&exporter, EXPORTER, "/metrics"),
        (&netdata, NETDATA, "/api/v1/allmetrics?format=prometheus"),
    ];
    let begun = Instant::now();
    let before: Vec<f64> = all.iter().map(|(process, ..)| process.processor_seconds()).collect::<Result<_>>()?;
    scrape_until(begun + MEASURED)?;
    let seconds = begun.elapsed().as_secs_f64();
    let ours = if page { "autobot-host, page open" } else { "autobot-host" };
    for ((process, address, path), (name, before)) in
        all.into_iter().zip([ours, "node_exporter", "Netdata"].into_iter().zip(before))
    {
        let used = process.processor_seconds()? - before;
        let (series, resident) = (scrape(address, path)?, process.resident_mib()?);
        println!(
            "{name:<24} {:5.2} % of a processor  {series:5} series  {:5.1} us a series and second  {resident:6.1} MiB",
            used / seconds * 100.0,
            used / seconds * 1e6 / series as f64
        );
    }
    Ok(())
}
