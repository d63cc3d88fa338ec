//! Work for the machine, so that counters grow.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::namespace::{FAR, knock};

/// A round has a piece of each kind of work, of this size.
const PIECE: usize = 1 << 20;

/// Works until it is dropped.
pub(crate) struct Load {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Load {
    /// `work` ends soon after it is told to.
    pub(crate) fn start(work: fn(&AtomicBool) -> Result<()>) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&ended);
        Self { ended, thread: Some(std::thread::spawn(move || work(&until))) }
    }

    /// Whether all of it could be done.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.ended.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("it runs")?;
        thread.join().map_err(|_| anyhow::anyhow!("the load panicked"))?
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// A processor, memory, a disk, the loopback interface, processes.
pub(crate) fn machine(ended: &AtomicBool) -> Result<()> {
    let folder = TempDir::new()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (here, there) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    let mut piece = vec![0u8; PIECE];
    let mut number = 1u32;
    while !ended.load(Ordering::Relaxed) {
        for byte in &mut piece {
            // Numbers that nothing compresses (Marsaglia, Xorshift RNGs, 2003).
            number ^= number << 13;
            number ^= number >> 17;
            number ^= number << 5;
            *byte = number.to_le_bytes()[0];
        }
        let mut file = fs::File::create(folder.path().join("file"))?;
        file.write_all(&piece)?;
        file.sync_all()?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        let (mut server, _) = listener.accept()?;
        let sent = std::thread::scope(|scope| {
            let reader = scope.spawn(|| server.read_exact(&mut vec![0u8; PIECE]));
            client.write_all(&piece)?;
            reader.join().map_err(|_| std::io::Error::other("the reader panicked"))?
        });
        sent?;
        here.send_to(&piece[..1000], there.local_addr()?)?;
        there.recv(&mut [0u8; 1000])?;
        Command::new("true").status()?;
    }
    Ok(())
}

/// Datagrams by both protocols to the far end of a cable, and what it answers.
pub(crate) fn cable(ended: &AtomicBool) -> Result<()> {
    while !ended.load(Ordering::Relaxed) {
        for far in FAR {
            knock(far.parse()?)?;
        }
    }
    Ok(())
}
