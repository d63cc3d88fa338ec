//! The stream under a connection to Redis, watched as its bytes come in.
//!
//! The client library keeps what a server sends until a reply is whole, however long that gets, and makes room for as many
//! items as a header announces. So the headers are read here first: what would be too much, or is no RESP, ends the stream
//! before the library sees it. What ended it is kept, because the library forgets.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection is made of: TCP, TLS or a Unix socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How much may still come in, of all batches of a call together.
#[derive(Debug)]
pub(super) struct Budget {
    most_bytes: usize,
    most_nodes: usize,
    bytes: AtomicUsize,
    nodes: AtomicUsize,
}

impl Budget {
    pub(super) fn new(most_bytes: usize, most_nodes: usize) -> Arc<Self> {
        Arc::new(Self {
            most_bytes,
            most_nodes,
            bytes: AtomicUsize::new(most_bytes),
            nodes: AtomicUsize::new(most_nodes),
        })
    }

    fn take_bytes(&self, count: usize) -> Result<(), Fault> {
        take(&self.bytes, count).ok_or_else(|| Fault::TooLarge(format!("more than {} bytes", self.most_bytes)))
    }

    fn take_nodes(&self, count: usize) -> Result<(), Fault> {
        take(&self.nodes, count).ok_or_else(|| Fault::TooLarge(format!("more than {} items", self.most_nodes)))
    }
}

fn take(from: &AtomicUsize, count: usize) -> Option<()> {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(count)).ok().map(|_| ())
}

/// Why a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The other side closed it.
    Closed,
    /// Reading or writing failed.
    Broken(String),
    /// The answer is larger than what is left of the budget.
    TooLarge(String),
    /// What came is no RESP.
    Garbage(String),
}

/// What the owner of a connection knows of its stream.
#[derive(Debug)]
pub(super) struct Watch(Mutex<State>);

#[derive(Debug)]
struct State {
    budget: Arc<Budget>,
    scan: Scan,
    fault: Option<Fault>,
}

impl Watch {
    pub(super) fn new(budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { budget, scan: Scan::Start, fault: None })))
    }

    /// From now on, what comes in is taken from `budget`.
    pub(super) fn charge(&self, budget: Arc<Budget>) {
        self.0.lock().budget = budget;
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.0.lock().fault.clone()
    }

    /// Whether nothing went wrong and no line or string is half read.
    pub(super) fn is_clean(&self) -> bool {
        let state = self.0.lock();
        state.fault.is_none() && state.scan == Scan::Start
    }

    fn end(&self, fault: Fault) -> io::Error {
        let error = io::Error::new(io::ErrorKind::ConnectionAborted, format!("{fault:?}"));
        self.0.lock().fault.get_or_insert(fault);
        error
    }

    fn see(&self, bytes: &[u8]) -> Result<(), Fault> {
        let State { budget, scan, .. } = &mut *self.0.lock();
        scan.see(bytes, budget)
    }
}

/// Where in the protocol the stream is. Nesting does not matter: every header stands on a line of its own.
#[derive(Debug, PartialEq, Eq)]
enum Scan {
    /// Before the byte that says what comes.
    Start,
    /// In the number of a header, of the kind of that byte.
    Header { kind: u8, digits: Vec<u8> },
    /// In a line whose text does not matter here; whether its `\r` was the last.
    Line { ending: bool },
    /// In a string of that many more bytes, its line's end included.
    String { left: usize },
}

/// Digits of a header, and its `\r`: as many as a number of 64 bits has.
const MOST_DIGITS: usize = 21;

impl Scan {
    fn see(&mut self, mut bytes: &[u8], budget: &Budget) -> Result<(), Fault> {
        while let Some((&first, rest)) = bytes.split_first() {
            match self {
                Self::Start => {
                    budget.take_bytes(1)?;
                    budget.take_nodes(1)?;
                    *self = match first {
                        b'$' | b'=' | b'!' | b'*' | b'~' | b'>' | b'%' | b'|' => {
                            Self::Header { kind: first, digits: Vec::new() }
                        }
                        b'+' | b'-' | b':' | b',' | b'#' | b'_' | b'(' => Self::Line { ending: false },
                        _ => return Err(Fault::Garbage(format!("a reply begins with `{}`", show(bytes)))),
                    };
                    bytes = rest;
                }
                Self::Header { kind, digits } => {
                    budget.take_bytes(1)?;
                    bytes = rest;
                    if first == b'\n' && digits.last() == Some(&b'\r') {
                        digits.pop();
                        *self = after_header(*kind, digits, budget)?;
                    } else if digits.len() < MOST_DIGITS {
                        digits.push(first);
                    } else {
                        return Err(no_length(*kind, digits));
                    }
                }
                Self::Line { ending } => {
                    budget.take_bytes(1)?;
                    bytes = rest;
                    if *ending && first == b'\n' {
                        *self = Self::Start;
                    } else {
                        *ending = first == b'\r';
                    }
                }
                Self::String { left } => {
                    // Taken from the budget when it was announced.
                    let (_, rest) = bytes.split_at(bytes.len().min(*left));
                    *left -= bytes.len() - rest.len();
                    bytes = rest;
                    if *left == 0 {
                        *self = Self::Start;
                    }
                }
            }
        }
        Ok(())
    }
}

fn after_header(kind: u8, digits: &[u8], budget: &Budget) -> Result<Scan, Fault> {
    let is_string = matches!(kind, b'$' | b'=' | b'!');
    if digits == b"-1" && matches!(kind, b'$' | b'*') {
        return Ok(Scan::Start);
    }
    let whole = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(digits).ok().filter(|_| whole).ok_or_else(|| no_length(kind, digits))?;
    // More than fits is more than any budget.
    let length = number.parse::<usize>().unwrap_or(usize::MAX);
    if is_string {
        let left = length.saturating_add(2);
        budget.take_bytes(left)?;
        return Ok(Scan::String { left });
    }
    let items = if matches!(kind, b'%' | b'|') { length.saturating_mul(2) } else { length };
    // Each takes its own place when it comes; here only what is announced is held against what is left.
    if items > budget.nodes.load(Ordering::Relaxed) {
        budget.take_nodes(items)?;
    }
    Ok(Scan::Start)
}

fn no_length(kind: u8, digits: &[u8]) -> Fault {
    Fault::Garbage(format!("a length reads `{}{}`", char::from(kind), show(digits)))
}

fn show(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).chars().take(20).collect();
    text.escape_debug().to_string()
}

/// The stream itself; the client library owns it.
pub(super) struct Guarded {
    inner: Box<dyn Stream>,
    watch: Arc<Watch>,
}

impl Guarded {
    pub(super) fn new(inner: Box<dyn Stream>, watch: Arc<Watch>) -> Self {
        Self { inner, watch }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buffer));
        let seen = match read {
            Err(error) => Err(Fault::Broken(error.to_string())),
            Ok(()) if buffer.filled().len() == before && buffer.remaining() > 0 => Err(Fault::Closed),
            Ok(()) => self.watch.see(&buffer.filled()[before..]),
        };
        Poll::Ready(seen.map_err(|fault| self.watch.end(fault)))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes));
        // A server that hung up may have said why (`max number of clients reached`); reading tells that, and the end.
        if wrote.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Poll::Ready(wrote.map_err(|error| self.watch.end(Fault::Broken(error.to_string()))))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        Poll::Ready(flushed.map_err(|error| self.watch.end(Fault::Broken(error.to_string()))))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn see(chunks: &[&[u8]], bytes: usize, nodes: usize) -> (Result<(), Fault>, Scan) {
        let (mut scan, budget) = (Scan::Start, Budget::new(bytes, nodes));
        let seen = chunks.iter().try_for_each(|chunk| scan.see(chunk, &budget));
        (seen, scan)
    }

    #[test]
    fn whole_replies_pass_however_they_are_cut() {
        let text = b"+OK\r\n-ERR no\r\n:12\r\n$3\r\na\r\n\r\n*2\r\n$-1\r\n*-1\r\n%1\r\n#t\r\n,1.5\r\n=5\r\ntxt:a\r\n_\r\n(1\r\n";
        assert_eq!(see(&[text], 1000, 100), (Ok(()), Scan::Start));
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(see(&bytes, 1000, 100), (Ok(()), Scan::Start));
        assert_eq!(see(&bytes, text.len(), 13), (Ok(()), Scan::Start));
        assert!(matches!(see(&bytes, text.len() - 1, 13).0, Err(Fault::TooLarge(_))));
        assert!(matches!(see(&bytes, text.len(), 12).0, Err(Fault::TooLarge(_))));
    }

    #[test]
    fn what_would_be_too_much_is_refused_by_its_header() {
        for header in
            ["$999999999999\r\n", "*999999999999\r\n", "%50\r\n", "$99999999999999999999\r\n", "=1000\r\n", "~99\r\n"]
        {
            assert!(matches!(see(&[header.as_bytes()], 1000, 90).0, Err(Fault::TooLarge(_))), "{header}");
        }
    }

    #[test]
    fn what_is_no_resp_is_shown() {
        for (text, shown) in [
            ("HTTP/1.1 400 Bad Request\r\n", "a reply begins with `HTTP/1.1 400 Bad Req`"),
            ("$x\r\n", "a length reads `$x`"),
            ("$?\r\n", "a length reads `$?`"),
            ("*-2\r\n", "a length reads `*-2`"),
            ("%-1\r\n", "a length reads `%-1`"),
            ("*\r\n", "a length reads `*`"),
            ("*000000000000000000000000", "a length reads `*00000000000000000000`"),
        ] {
            assert_eq!(see(&[text.as_bytes()], 1000, 100).0, Err(Fault::Garbage(shown.to_owned())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_pass_or_are_refused_and_cuts_do_not_matter(bytes in proptest::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'$'), Just(b'*'), Just(b'1'), Just(b'+'), any::<u8>()], 0..80), at: prop::sample::Index) {
            let at = at.index(bytes.len() + 1);
            let (left, right) = bytes.split_at(at);
            let cut = see(&[left, right], 60, 10);
            let whole = see(&[&bytes], 60, 10);
            prop_assert_eq!(cut.0.is_ok(), whole.0.is_ok());
            if whole.0.is_ok() {
                prop_assert_eq!(cut.1, whole.1);
            }
        }

        #[test]
        fn what_a_server_may_send_passes_here_and_at_the_library(text in reply()) {
            let (seen, scan) = see(&[text.as_bytes()], 100_000, 10_000);
            prop_assert_eq!((seen, scan), (Ok(()), Scan::Start));
            prop_assert!(redis::parse_redis_value(text.as_bytes()).is_ok());
        }
    }

    fn reply() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "[a-z ]{0,9}".prop_map(|text| format!("+{text}\r\n")),
            "[A-Z]{1,9} [a-z ]{0,9}".prop_map(|text| format!("-{text}\r\n")),
            any::<i64>().prop_map(|number| format!(":{number}\r\n")),
            "(?s).{0,9}".prop_map(|text| format!("${}\r\n{text}\r\n", text.len())),
            Just("$-1\r\n".to_owned()),
            Just("*-1\r\n".to_owned()),
            Just("_\r\n".to_owned()),
            Just("#t\r\n".to_owned()),
            Just(",-1.25\r\n".to_owned()),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            (prop_oneof![Just("*"), Just("~"), Just("%")], proptest::collection::vec(inner, 0..6)).prop_map(
                |(kind, items)| {
                    let pairs = items.len() / 2;
                    let (length, taken) = if kind == "%" { (pairs, pairs * 2) } else { (items.len(), items.len()) };
                    format!("{kind}{length}\r\n{}", items[..taken].concat())
                },
            )
        })
    }
}
