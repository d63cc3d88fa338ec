//! One check, from the name to the close.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::handshake::Handshake;
use super::{Check, Outcome, WebSocket};
use crate::dial::{Deadline, Dialled, Endpoint, Security, in_words};
use crate::http::{Budget, Exchange, Speaks, Step, With};
use crate::{CapabilityError, Tls};

/// Bytes of one message that are read.
const MOST_BYTES: usize = 1 << 20;
/// Bytes that are read at once.
const BUFFER: usize = 16 * 1024;
/// How long a server may take to answer the close.
const GOODBYE: Duration = Duration::from_millis(250);

/// Why nothing more comes.
enum End {
    Closed(Option<CloseFrame>),
    Broken(Error),
}

/// An open WebSocket.
struct Open<'a> {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    with: With<'a>,
}

impl WebSocket {
    /// Makes one check.
    pub(super) async fn check(&self, check: Check, budget: &Budget) -> Result<Outcome, CapabilityError> {
        let deadline = Deadline::of_micros(check.timeout_micros);
        let address = self.reach.address(check.target.as_deref(), &check.url)?;
        let place = address.place();
        let handshake = Handshake::new(&check, &address)?;
        let request = handshake.request(&address)?;
        let (host, port) = address.host_and_port()?;
        let security = address.is_secure().then_some(Security { verify: check.verify, protocols: &[b"http/1.1"] });
        let Dialled { wire, remote, tls, timing, .. } =
            self.dialer.dial(&Endpoint { host, port, security, place: &place }, deadline).await?;
        let with = With { place: &place, deadline, connected: timing.total() };
        let exchange = Exchange::begin(wire, Speaks::Http1, request, with).await?;
        let subprotocol = handshake.judge(&place, &exchange.response)?;
        let mut share = budget.share();
        share.take(tls.as_ref().map_or(0, Tls::bytes))?;
        let mut outcome = Outcome {
            resolve: timing.resolve.as_secs_f64(),
            connect: timing.connect.as_secs_f64(),
            tls_handshake: timing.tls.as_secs_f64(),
            handshake: exchange.first_byte.as_secs_f64(),
            ping: None,
            echo: None,
            reply: Vec::new(),
            subprotocol,
            remote_address: remote,
            tls,
        };
        let mut open = Open::new(exchange, with).await?;
        outcome.ping = open.ping(check.message.is_empty()).await?.map(|time| time.as_secs_f64());
        if !check.message.is_empty()
            && let Some((time, message)) = open.echo(check.message).await?
        {
            let kept = message.len().min(usize::try_from(check.keep).unwrap_or(usize::MAX));
            share.take(kept)?;
            outcome.echo = Some(time.as_secs_f64());
            outcome.reply = message.get(..kept).unwrap_or_default().to_vec();
        }
        share.keep();
        open.close().await;
        Ok(outcome)
    }
}

impl<'a> Open<'a> {
    async fn new(exchange: Exchange, with: With<'a>) -> Result<Self, CapabilityError> {
        let late = |within: &str| format!("{} did not open a WebSocket {within}", with.place);
        let upgraded = with.deadline.bound(exchange.upgrade(), late).await?;
        let upgraded = upgraded.map_err(|error| with.failure(&error, Speaks::Http1, Step::Head))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .max_message_size(Some(MOST_BYTES))
            .max_frame_size(Some(MOST_BYTES));
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
        Ok(Self { socket, with })
    }

    /// How long a pong takes; none when it does not come. Messages that come meanwhile are passed over. Where it is not all that
    /// is asked for, half of the time is left for the rest.
    async fn ping(&mut self, is_all: bool) -> Result<Option<Duration>, CapabilityError> {
        let payload = Bytes::from(generate_key());
        let start = Instant::now();
        self.send(Message::Ping(payload.clone()), "ping").await?;
        let patience = self.with.deadline.remaining() / if is_all { 1 } else { 2 };
        let pong = self.first(|message| match message {
            Message::Pong(found) if *found == payload => Some(start.elapsed()),
            _ => None,
        });
        match timeout(patience, pong).await {
            Err(_) => Ok(None),
            Ok(Ok(time)) => Ok(Some(time)),
            Ok(Err(End::Closed(why))) => Err(CapabilityError::Unreachable(format!(
                "{} closed the WebSocket before it answered a ping{}",
                self.with.place,
                reason(why.as_ref())
            ))),
            Ok(Err(End::Broken(error))) => Err(self.broken(&error)),
        }
    }

    /// How long the first message back takes, and the message; none when none comes.
    async fn echo(&mut self, message: String) -> Result<Option<(Duration, Bytes)>, CapabilityError> {
        let start = Instant::now();
        self.send(Message::text(message), "message").await?;
        let patience = self.with.deadline.remaining();
        let answer = self.first(|message| match message {
            Message::Text(text) => Some((start.elapsed(), Bytes::from(text.clone()))),
            Message::Binary(bytes) => Some((start.elapsed(), bytes.clone())),
            _ => None,
        });
        match timeout(patience, answer).await {
            Err(_) | Ok(Err(End::Closed(_))) => Ok(None),
            Ok(Ok(answer)) => Ok(Some(answer)),
            Ok(Err(End::Broken(error))) => Err(self.broken(&error)),
        }
    }

    async fn send(&mut self, message: Message, what: &str) -> Result<(), CapabilityError> {
        let with = self.with;
        let late = |within: &str| {
            format!("{} did not take a {what} {within} (connected after {})", with.place, in_words(with.connected))
        };
        let sent = with.deadline.bound(self.socket.send(message), late).await?;
        sent.map_err(|error| self.broken(&error))
    }

    /// The first message that `pick` takes.
    async fn first<T>(&mut self, mut pick: impl FnMut(&Message) -> Option<T>) -> Result<T, End> {
        loop {
            match self.socket.next().await {
                None
                | Some(Err(
                    Error::ConnectionClosed
                    | Error::AlreadyClosed
                    | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                )) => return Err(End::Closed(None)),
                Some(Ok(Message::Close(why))) => return Err(End::Closed(why)),
                Some(Err(error)) => return Err(End::Broken(error)),
                Some(Ok(message)) => {
                    if let Some(picked) = pick(&message) {
                        return Ok(picked);
                    }
                }
            }
        }
    }

    fn broken(&self, error: &Error) -> CapabilityError {
        let place = self.with.place;
        match error {
            Error::Io(error) => CapabilityError::Unreachable(format!("{place} broke off the WebSocket: {error}")),
            Error::Capacity(_) => {
                CapabilityError::TooLarge(format!("{place} sent a message of more than {MOST_BYTES} bytes"))
            }
            Error::ConnectionClosed | Error::AlreadyClosed => {
                CapabilityError::Unreachable(format!("{place} closed the WebSocket"))
            }
            error => CapabilityError::Failed(format!("{place} does not keep to the protocol of WebSockets: {error}")),
        }
    }

    /// Says goodbye, and waits a moment for the answer.
    async fn close(mut self) {
        let goodbye = async {
            if self.socket.close(None).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // A server that does not answer is left all the same.
        let _ = timeout(GOODBYE, goodbye).await;
    }
}

/// ` (1008: not today)`
fn reason(why: Option<&CloseFrame>) -> String {
    why.map_or_else(String::new, |frame| {
        let text: String = frame.reason.escape_debug().take(120).collect();
        let colon = if text.is_empty() { "" } else { ": " };
        format!(" ({}{colon}{text})", u16::from(frame.code))
    })
}
