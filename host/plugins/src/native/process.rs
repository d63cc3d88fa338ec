//! The host's side of a native plugin: a child process, called within its limits, killed when it fails.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_capabilities::Capability;
use autobot_model::{Batch, Timestamp};
use parking_lot::Mutex;
use rustix::fs::{MemfdFlags, SealFlags};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answers::answer;
use super::table::{COLLECT, CONFIGURE, DESCRIBE};
use super::wire::{self, HEAD, Kind, Setup};
use crate::Manifest;
use crate::abi::types;
use crate::guest::Guest;
use crate::instance::{Failure, StartError, brought};

/// How long a child that closed its end may take to be gone.
const FAREWELL: Duration = Duration::from_secs(2);

/// A shared library that may run: its hash was checked.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    pub(crate) bytes: Arc<[u8]>,
    /// This very program, which is started again as the child.
    pub(crate) program: PathBuf,
}

/// A child with its library. After a failure it must be dropped, which kills it.
pub(crate) struct NativeInstance {
    guest: Guest,
    child: Child,
    stream: UnixStream,
    payload: Vec<u8>,
    /// The last line that it wrote to its standard error.
    written: Arc<Mutex<Option<String>>>,
    reading: JoinHandle<()>,
}

impl Drop for NativeInstance {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Library {
    /// A new child that told its manifest and took its settings.
    pub(crate) async fn start(&self, guest: Guest, settings: &str) -> Result<(NativeInstance, Manifest), StartError> {
        let mut instance = NativeInstance::new(self, guest).await?;
        let manifest = instance.manifest().await?;
        instance.guest.emit.begin(&manifest.families, manifest.dynamic_families);
        match instance.call::<Result<(), String>>(CONFIGURE, "configure", &settings).await? {
            Ok(()) => Ok((instance, manifest)),
            Err(sentence) => Err(StartError::Settings(format!("it does not accept its settings: {sentence}"))),
        }
    }

    /// What a library says of itself; the child is not kept.
    pub(crate) async fn describe(&self, guest: Guest) -> Result<Manifest, Failure> {
        NativeInstance::new(self, guest).await?.manifest().await
    }
}

impl NativeInstance {
    async fn new(library: &Library, guest: Guest) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure(format!("could not be given a process: {error}"));
        let (mut child, stream) = spawn(library).map_err(failed)?;
        let written = Arc::new(Mutex::new(None));
        let log = Log { name: guest.name.clone(), most: guest.limits.log_bytes, last: written.clone() };
        let Some(errors) = child.stderr.take() else {
            return Err(failed(std::io::Error::other("no way to its errors")));
        };
        let reading = tokio::spawn(log.keep(errors));
        let setup = Setup {
            readable: guest.grant.scope(Capability::Files).iter().map(|glob| fixed_part(glob)).collect(),
            memory: guest.limits.memory,
        };
        let mut instance = Self { guest, child, stream, payload: Vec::new(), written, reading };
        let deadline = instance.guest.limits.deadline;
        let ready = timeout(deadline, async {
            instance.send(Kind::Setup, &serde_json::to_vec(&setup)?).await?;
            instance.receive().await
        });
        match ready.await {
            Ok(Ok(Kind::Ready)) => {
                if !instance.payload.is_empty() {
                    let said = String::from_utf8_lossy(&instance.payload).into_owned();
                    tracing::warn!(plugin = %instance.guest.name, "{said}");
                    instance.guest.say("warn", said);
                }
                Ok(instance)
            }
            Ok(Ok(Kind::Refused)) => {
                Err(Failure(format!("does not run: {}", String::from_utf8_lossy(&instance.payload))))
            }
            Ok(Ok(other)) => Err(Failure(format!("began with {other:?}, which no plugin does"))),
            Ok(Err(_)) => Err(instance.ended("start").await),
            Err(_) => Err(Failure(format!("did not come back from `start` within {deadline:?}"))),
        }
    }

    async fn manifest(&mut self) -> Result<Manifest, Failure> {
        let raw: types::Manifest = self.call(DESCRIBE, "describe", &()).await?;
        Manifest::check(raw).map_err(Failure)
    }

    /// One collection: what was handed over, and what the plugin itself said it failed at.
    pub(crate) async fn collect(&mut self, at: Timestamp) -> Result<(Vec<Batch>, Option<String>), Failure> {
        self.guest.collecting(at);
        let stamp = u64::try_from(at.0).unwrap_or(0);
        let said: Result<(), types::Error> = self.call(COLLECT, "collect", &stamp).await?;
        Ok(brought(&mut self.guest, said))
    }

    pub(crate) fn guest(&mut self) -> &mut Guest {
        &mut self.guest
    }

    /// Memory of the child's process, in bytes, if the kernel tells.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.saturating_mul(1024))
    }

    async fn call<T: DeserializeOwned>(&mut self, what: u32, name: &str, asked: &impl Serialize) -> Result<T, Failure> {
        self.guest.ready();
        let deadline = self.guest.limits.deadline;
        match timeout(deadline, self.exchange(what, name, asked)).await {
            Ok(Ok(())) => postcard::from_bytes(&self.payload)
                .map_err(|error| Failure(format!("gave an answer to `{name}` that makes no sense: {error}"))),
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure(format!("did not come back from `{name}` within {deadline:?}"))),
        }
    }

    /// Calls, answers questions meanwhile, and leaves the answer in `payload`.
    async fn exchange(&mut self, what: u32, name: &str, asked: &impl Serialize) -> Result<(), Failure> {
        let broken = |error: &dyn std::fmt::Display| Failure(format!("could not be asked to `{name}`: {error}"));
        let mut call = vec![u8::try_from(what).unwrap_or(u8::MAX)];
        call.extend(postcard::to_allocvec(asked).map_err(|error| broken(&error))?);
        if self.send(Kind::Call, &call).await.is_err() {
            return Err(self.ended(name).await);
        }
        let mut computed = Duration::ZERO;
        loop {
            let budget = self.guest.limits.computing;
            let begun = Instant::now();
            let received = timeout(budget.saturating_sub(computed), self.receive()).await;
            computed = computed.saturating_add(begun.elapsed());
            match received {
                Ok(Ok(Kind::Done)) => return Ok(()),
                Ok(Ok(Kind::Ask)) => {}
                Ok(Ok(other)) => {
                    return Err(Failure(format!("answered `{name}` with {other:?}, which no plugin does")));
                }
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                    let most = self.guest.limits.transfer_bytes >> 10;
                    return Err(Failure(format!("handed more than {most} KiB to the host at once in `{name}`")));
                }
                Ok(Err(_)) => return Err(self.ended(name).await),
                Err(_) => {
                    return Err(Failure(format!(
                        "computed for more than {budget:?} in `{name}` without an end (an endless loop?)"
                    )));
                }
            }
            let payload = std::mem::take(&mut self.payload);
            let Some((function, asked)) = wire::question(&payload) else {
                return Err(Failure(format!("asked something in `{name}` that makes no sense")));
            };
            let answered = answer(&mut self.guest, function, asked).await.map_err(Failure)?;
            if self.guest.call.calls > self.guest.limits.calls {
                let most = self.guest.limits.calls;
                return Err(Failure(format!("made more than {most} calls to the host in `{name}`")));
            }
            self.payload = payload;
            if self.send(Kind::Answer, &answered).await.is_err() {
                return Err(self.ended(name).await);
            }
        }
    }

    async fn send(&mut self, kind: Kind, payload: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(&wire::head(kind, payload.len())?).await?;
        self.stream.write_all(payload).await
    }

    /// Reads a frame into `payload`. One that is too long is an error of the kind `FileTooLarge`.
    async fn receive(&mut self) -> std::io::Result<Kind> {
        let mut head = [0; HEAD];
        self.stream.read_exact(&mut head).await?;
        let (kind, length) = wire::of_head(head)?;
        if length > self.guest.limits.transfer_bytes {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.payload.clear();
        self.payload.resize(length, 0);
        self.stream.read_exact(&mut self.payload).await?;
        Ok(kind)
    }

    /// Why the child is gone.
    async fn ended(&mut self, call: &str) -> Failure {
        let status = match timeout(FAREWELL, self.child.wait()).await {
            Ok(Ok(status)) => status,
            _ => return Failure(format!("broke off in `{call}`")),
        };
        // What it wrote last is read to its end, for it may say why.
        let _ = timeout(FAREWELL, &mut self.reading).await;
        if let Some(said) = &self.guest.last_error {
            return Failure(format!("panicked in `{call}`: {said}"));
        }
        let written = self.written.lock().take().map(|line| format!("; it wrote: {line}")).unwrap_or_default();
        Failure(format!("{} in `{call}`{written}", how(status)))
    }
}

fn how(status: ExitStatus) -> String {
    match status.signal() {
        Some(libc::SIGSEGV) => "reached beyond its memory (signal 11, SIGSEGV)".to_owned(),
        Some(libc::SIGABRT) => "gave itself up (signal 6, SIGABRT)".to_owned(),
        Some(libc::SIGKILL) => "was killed (signal 9, SIGKILL)".to_owned(),
        Some(libc::SIGBUS) => "reached beyond its memory (signal 7, SIGBUS)".to_owned(),
        Some(signal) => format!("was ended by signal {signal}"),
        None => format!("ended itself with exit code {}", status.code().unwrap_or_default()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one program that the host starts is itself, for native plugins")]
fn spawn(library: &Library) -> std::io::Result<(Child, UnixStream)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut command = std::process::Command::new(&library.program);
    command
        .arg("plugin-child")
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::from(sealed(&library.bytes)?))
        .stderr(Stdio::piped());
    let child = Command::from(command).kill_on_drop(true).spawn()?;
    Ok((child, UnixStream::from_std(ours)?))
}

/// The library as a file in memory that nobody can change any more: what was hashed is what is loaded.
fn sealed(bytes: &[u8]) -> std::io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create("plugin", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = std::fs::File::from(file);
    file.write_all(bytes)?;
    rustix::fs::fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(file.into())
}

/// The part of a glob before its first folder with a pattern.
fn fixed_part(glob: &str) -> String {
    let Some(pattern) = glob.find(['*', '?', '[', '{']) else { return glob.to_owned() };
    glob[..pattern].rfind('/').map_or_else(|| "/".to_owned(), |end| glob[..end.max(1)].to_owned())
}

/// Where the lines go that a child writes to its standard error.
struct Log {
    name: Arc<str>,
    most: usize,
    last: Arc<Mutex<Option<String>>>,
}

impl Log {
    async fn keep(self, errors: ChildStderr) {
        let mut lines = BufReader::new(errors);
        let mut line = Vec::new();
        loop {
            line.clear();
            // A line without an end is cut, and the rest of it is a line of its own.
            let read = (&mut lines).take(self.most as u64).read_until(b'\n', &mut line).await;
            if !matches!(read, Ok(length) if length > 0) {
                return;
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            // Rust's run-time adds how its author could see more, which hides what happened.
            if !text.is_empty() && !text.starts_with("note: ") {
                tracing::debug!(plugin = %self.name, "wrote: {text}");
                *self.last.lock() = Some(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_part_of_a_glob_is_a_folder_or_the_file_itself() {
        for (glob, part) in [
            ("/sys/class/hwmon/**", "/sys/class/hwmon"),
            ("/var/log/app/*.log", "/var/log/app"),
            ("/etc/hostname", "/etc/hostname"),
            ("/*", "/"),
            ("/a{b,c}/d", "/"),
        ] {
            assert_eq!(fixed_part(glob), part, "{glob}");
        }
    }

    #[test]
    fn a_sealed_file_cannot_be_changed() {
        let mut file = std::fs::File::from(sealed(b"library").unwrap());
        assert!(file.write_all(b"x").is_err());
        assert!(file.set_len(3).is_err());
    }
}
