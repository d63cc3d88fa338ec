//! The process that a native plugin lives in: it locks itself in, loads the library, and passes calls on.
#![expect(unsafe_code, reason = "a shared library is loaded and called over C tables")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::sandbox;
use super::table::{self, Bytes, Entry};
use super::wire::{self, Kind, Setup};

/// The way to the host, and its last answer, which the library reads until it asks again.
struct Link {
    /// As a file: what a socket's own calls need is not let through any more.
    host: File,
    payload: Vec<u8>,
}

static LINK: OnceLock<Mutex<Link>> = OnceLock::new();

fn link() -> Option<MutexGuard<'static, Link>> {
    Some(LINK.get()?.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The hidden verb `plugin-child`: standard input is the way to the host, standard output the library's file.
pub fn plugin_child() -> ExitCode {
    match live() {
        Ok(()) => ExitCode::SUCCESS,
        // The host is gone, or never was one.
        Err(error) => {
            eprintln!("`plugin-child` is started by a running host, for a native plugin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn live() -> io::Result<()> {
    let (host, library) = taken()?;
    let mut begun = Link { host, payload: Vec::new() };
    if wire::read(&mut begun.host, &mut begun.payload)? != Kind::Setup {
        return Err(io::Error::other("no setup came"));
    }
    let setup: Setup = serde_json::from_slice(&begun.payload)?;
    let loaded = sandbox::enter(&setup.readable, setup.memory).and_then(|missing| Ok((load(&library)?, missing)));
    let (plugin, missing) = match loaded {
        Ok(loaded) => loaded,
        Err(reason) => return wire::write(&mut begun.host, Kind::Refused, &[reason.as_bytes()]),
    };
    wire::write(&mut begun.host, Kind::Ready, &[missing.unwrap_or_default().as_bytes()])?;
    let mut host = begun.host.try_clone()?;
    drop(LINK.set(Mutex::new(begun)));
    let mut payload = Vec::new();
    loop {
        if wire::read(&mut host, &mut payload)? != Kind::Call {
            return Err(io::Error::other("a call was expected"));
        }
        let Some((what, asked)) = payload.split_first() else { return Err(io::Error::other("an empty call")) };
        // SAFETY: the table was checked to be of this version and layout; the answer is read before the next call.
        let answer = unsafe { (plugin.call)(u32::from(*what), Bytes::of(asked)).get() };
        wire::write(&mut host, Kind::Done, &[answer])?;
    }
}

/// Takes what the host left as standard input and output, and closes these to the library.
fn taken() -> io::Result<(File, File)> {
    let nothing = File::options().read(true).open("/dev/null")?;
    let (host, library) = (rustix::io::dup(rustix::stdio::stdin())?, rustix::io::dup(rustix::stdio::stdout())?);
    rustix::stdio::dup2_stdin(&nothing)?;
    // What the library prints goes where its errors go.
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok((File::from(host), File::from(library)))
}

fn load(library: &File) -> Result<&'static table::Plugin, String> {
    let path = format!("/proc/self/fd/{}", library.as_raw_fd());
    let readable = |error: libloading::Error| format!("it cannot be loaded: {}", source(&error).replace(&path, "it"));
    // SAFETY: loading runs the library's initialisers: that is what the operator allowed by its hash, in a process that is
    // locked in. It is never unloaded.
    let loaded = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL) }.map_err(readable)?;
    // SAFETY: a plugin exports a function of this type under this name, or it is none.
    let entry = unsafe { loaded.get::<Entry>(table::ENTRY) }
        .map_err(|_| "it is no plugin of this host: it exports no `autobot_plugin`".to_owned())?;
    static HOST: table::Host = table::Host { version: table::VERSION, layout: table::LAYOUT, ask };
    // SAFETY: the table lives as long as the process.
    let plugin = unsafe { entry(&raw const HOST) };
    std::mem::forget(loaded);
    let foreign = "it was built for another version of the plugin interface; build it anew";
    if plugin.is_null() {
        return Err(foreign.to_owned());
    }
    // SAFETY: the first field, the version, never moves; the rest is read only when it fits.
    let fits = unsafe { (*plugin).version == table::VERSION && (*plugin).layout == table::LAYOUT };
    // SAFETY: a table of this layout, which is static in the library.
    if fits { Ok(unsafe { &*plugin }) } else { Err(foreign.to_owned()) }
}

fn source(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// What the library calls to ask the host. Without a host there is nothing to go on for.
unsafe extern "C" fn ask(function: Bytes, asked: Bytes) -> Bytes {
    // SAFETY: the library hands over bytes that are valid during this call.
    let (function, asked) = unsafe { (function.get(), asked.get()) };
    let Some(mut link) = link() else { std::process::exit(1) };
    let link = &mut *link;
    let length = [u8::try_from(function.len()).unwrap_or(u8::MAX)];
    let answered = wire::write(&mut link.host, Kind::Ask, &[&length, function, asked])
        .and_then(|()| wire::read(&mut link.host, &mut link.payload));
    match answered {
        Ok(Kind::Answer) => Bytes::of(&link.payload),
        _ => std::process::exit(1),
    }
}
