//! As much of an HTTP client as the comparison needs: one request, one connection, on loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context as _, Result, bail};

/// The answer's body.
pub(crate) fn get(address: &str, path: &str) -> Result<String> {
    request(address, "GET", path, &[], &[])
}

/// Sends `body` with these header lines.
pub(crate) fn post(address: &str, path: &str, headers: &[&str], body: &[u8]) -> Result<String> {
    request(address, "POST", path, headers, body)
}

/// HTTP/1.0, so that the body ends with the connection and comes in one piece.
fn request(address: &str, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(address).with_context(|| format!("nothing answers on {address}"))?;
    stream.set_nodelay(true)?;
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a head")?;
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        bail!("{address} answers {status} to {method} {path:.80}: {body:.300}");
    }
    Ok(body.to_owned())
}

/// Escapes a value of a query string (RFC 3986: all but the unreserved characters).
pub(crate) fn escape(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
