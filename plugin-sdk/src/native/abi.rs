//! The border between a native plugin and the process that loads it: two tables of C functions, with what tells that both
//! sides mean the same. The host compiles this very file.
//!
//! A plugin exports `autobot_plugin`, which takes the host's table and gives its own, or null when the host's does not fit.
//! What crosses the border are bytes in postcard's encoding of the records that `wit/` describes.

/// Name of the exported function, as a C string.
pub const ENTRY: &[u8] = b"autobot_plugin\0";

/// Grows when the tables change.
pub const VERSION: u32 = 1;

/// A fingerprint (FNV-1a) of the interfaces: records of another shape do not get across unnoticed.
pub const LAYOUT: u64 = fingerprint(&[
    include_str!("../../wit/base.wit"),
    include_str!("../../wit/browser.wit"),
    include_str!("../../wit/emit.wit"),
    include_str!("../../wit/files.wit"),
    include_str!("../../wit/hardware.wit"),
    include_str!("../../wit/http.wit"),
    include_str!("../../wit/probe.wit"),
    include_str!("../../wit/redis.wit"),
    include_str!("../../wit/services.wit"),
    include_str!("../../wit/system.wit"),
    include_str!("../../wit/types.wit"),
    include_str!("../../wit/websocket.wit"),
    include_str!("../../wit/world.wit"),
]);

/// Bytes of somebody else's: valid until the next call in the same direction.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// Where they are; anything when there are none.
    pub at: *const u8,
    /// How many.
    pub len: usize,
}

/// What the process offers to the plugin.
#[repr(C)]
#[derive(Debug)]
pub struct Host {
    /// [`VERSION`]
    pub version: u32,
    /// [`LAYOUT`]
    pub layout: u64,
    /// Asks the host for something: the function's name (`cpu.read`), its arguments. Gives the answer.
    pub ask: unsafe extern "C" fn(function: Bytes, asked: Bytes) -> Bytes,
}

/// What the plugin offers to the process.
#[repr(C)]
#[derive(Debug)]
pub struct Plugin {
    /// [`VERSION`]
    pub version: u32,
    /// [`LAYOUT`]
    pub layout: u64,
    /// [`DESCRIBE`], [`CONFIGURE`] or [`COLLECT`], and its arguments. Gives the answer.
    pub call: unsafe extern "C" fn(what: u32, asked: Bytes) -> Bytes,
}

/// Type of the exported function.
pub type Entry = unsafe extern "C" fn(host: *const Host) -> *const Plugin;

/// `describe`
pub const DESCRIBE: u32 = 0;
/// `configure`
pub const CONFIGURE: u32 = 1;
/// `collect`
pub const COLLECT: u32 = 2;

impl Bytes {
    /// These bytes.
    pub const fn of(bytes: &[u8]) -> Self {
        Self { at: bytes.as_ptr(), len: bytes.len() }
    }

    /// As a slice.
    ///
    /// # Safety
    /// They are from the other side of the border, or from [`Self::of`], and still valid for as long as the slice is used.
    pub const unsafe fn get<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(self.at, self.len) }
    }
}

const fn fingerprint(texts: &[&str]) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut text = 0;
    while text < texts.len() {
        let bytes = texts[text].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            sum = (sum ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        text += 1;
    }
    sum
}
