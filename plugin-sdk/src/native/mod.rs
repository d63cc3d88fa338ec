//! A plugin as a shared library: the same source, loaded by a process of its own that stands between it and the host.
#![expect(unsafe_code, reason = "the border to the process that loads the library is C")]

pub mod abi;
mod always;

use std::cell::RefCell;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use abi::{Bytes, Host, Plugin};
pub(crate) use always::{emit, log, state};

use crate::{Collector, Runtime};

/// The process that loaded this library. None in tests.
static HOST: OnceLock<&'static Host> = OnceLock::new();

thread_local!(static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

/// Whether a host loaded this library; it is linked into a test otherwise.
pub(crate) fn is_loaded() -> bool {
    HOST.get().is_some()
}

/// Asks the host; `None` when there is none, because this is a test.
pub(crate) fn ask<T: DeserializeOwned>(function: &str, asked: &impl Serialize) -> Option<T> {
    let host = HOST.get()?;
    let answered = postcard::to_allocvec(asked).and_then(|asked| {
        // SAFETY: `ask` is the host's own, and takes bytes of which it keeps nothing. What it gives is valid until this thread
        // asks again, and is read before that.
        let answer = unsafe { (host.ask)(Bytes::of(function.as_bytes()), Bytes::of(&asked)).get() };
        postcard::from_bytes(answer)
    });
    match answered {
        Ok(answer) => Some(answer),
        #[expect(clippy::panic, reason = "both sides were checked to be of one layout; a restart is all that can help")]
        Err(error) => panic!("the host's answer to `{function}` makes no sense: {error}"),
    }
}

impl Plugin {
    /// The table of a plugin of this version.
    pub const fn new(call: unsafe extern "C" fn(u32, Bytes) -> Bytes) -> Self {
        Self { version: abi::VERSION, layout: abi::LAYOUT, call }
    }
}

/// Takes the host's table for this plugin's.
///
/// # Safety
/// `host` is null or points to a table that stays where it is.
pub unsafe fn enter(host: *const Host, plugin: &'static Plugin) -> *const Plugin {
    // SAFETY: the caller's promise. Of a table of another version only the first field is read, which never moves.
    let fits = !host.is_null() && unsafe { (*host).version == abi::VERSION && (*host).layout == abi::LAYOUT };
    if !fits {
        return std::ptr::null();
    }
    // SAFETY: it is not null, and stays.
    let _ = HOST.set(unsafe { &*host });
    plugin
}

/// One call from the host.
///
/// # Safety
/// `asked` is from the host, for this call.
pub unsafe fn call<C: Collector>(runtime: &mut Runtime<C>, what: u32, asked: Bytes) -> Bytes {
    // SAFETY: the caller's promise.
    let asked = unsafe { asked.get() };
    let answer = match what {
        abi::DESCRIBE => postcard::to_allocvec(&Runtime::<C>::describe()),
        abi::CONFIGURE => postcard::from_bytes::<String>(asked)
            .and_then(|settings| postcard::to_allocvec(&runtime.configure(&settings))),
        abi::COLLECT => {
            postcard::from_bytes::<crate::Timestamp>(asked).and_then(|at| postcard::to_allocvec(&runtime.collect(at)))
        }
        _ => Ok(Vec::new()),
    };
    // Without an answer the host sees that the two do not understand each other.
    let answer = answer.unwrap_or_default();
    ANSWER.with_borrow_mut(|kept| {
        *kept = answer;
        Bytes::of(kept)
    })
}
