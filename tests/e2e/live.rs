//! The live stream as a page uses it.

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{Host, PATIENCE, Site};

struct Stream {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
}

impl Stream {
    async fn open(host: &Host) -> Result<Self> {
        let (socket, _) = connect_async(format!("ws://127.0.0.1:{}/api/autobot/v1/live", host.port())).await?;
        Ok(Self { socket, next: 0 })
    }

    async fn say(&mut self, frame: Value) -> Result<()> {
        Ok(self.socket.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame of a kind; every frame on the way must carry the next sequence number.
    async fn next(&mut self, kind: &str) -> Result<Value> {
        let search = async {
            while let Some(message) = self.socket.next().await {
                let Message::Text(text) = message? else { continue };
                let frame: Value = serde_json::from_str(&text)?;
                assert_eq!(frame["seq"], self.next, "{frame}");
                self.next += 1;
                if frame["type"] == kind {
                    return Ok(frame);
                }
            }
            bail!("the stream ended before a `{kind}`")
        };
        timeout(PATIENCE, search).await.with_context(|| format!("no `{kind}` came"))?
    }
}

#[tokio::test]
async fn a_page_hears_every_tick_of_what_it_subscribed_to() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("rate(system_cpu_time_seconds_total[10s])").await?;
    let mut stream = Stream::open(&host).await?;
    stream.next("hello").await?;
    for document in ["alerts", "rules", "plugins"] {
        let frame = stream.next(document).await?;
        assert!(frame[document].is_array(), "{frame}");
    }
    stream
        .say(json!({ "subscribe": [
            { "id": "cpu", "query": "rate(system_cpu_time_seconds_total[10s])" },
            { "id": "total", "query": "system_cpu_utilization_ratio" },
        ] }))
        .await?;
    let series = stream.next("series").await?;
    assert!(series["series"][0]["labels"].is_object(), "{series}");
    // A tick that was under way while the page subscribed may know the first query only.
    while stream.next("tick").await?["values"]["total"].is_null() {}
    let mut last = 0;
    for _ in 0..3 {
        let tick = stream.next("tick").await?;
        let time = tick["t"].as_i64().context("a time")?;
        assert!(time >= last, "time went back: {tick}");
        last = time;
        assert!(tick["values"]["total"][0][1].is_number(), "{tick}");
        assert!(tick["values"]["cpu"].as_array().is_some_and(|modes| modes.len() >= 4), "{tick}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_stream_cannot_do_is_said_and_the_rest_goes_on() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    let mut stream = Stream::open(&host).await?;
    stream
        .say(json!({ "subscribe": [{ "id": "a", "query": "sum(" }, { "id": "b", "query": "system_uptime_seconds" }] }))
        .await?;
    assert_eq!(stream.next("error").await?["id"], "a");
    assert!(stream.next("tick").await?["values"]["b"].is_array());
    stream.say(json!({ "subscrbe": [] })).await?;
    assert!(stream.next("error").await?["error"].as_str().is_some_and(|text| text.contains("subscrbe")));
    stream.say(json!({ "ping": 7 })).await?;
    assert_eq!(stream.next("pong").await?["n"], 7);
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_site_may_not_listen() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    let mut request = format!("ws://127.0.0.1:{}/api/autobot/v1/live", host.port()).into_client_request()?;
    request.headers_mut().insert("origin", "http://elsewhere.example".parse()?);
    let refused = connect_async(request).await.expect_err("a stranger is let in");
    assert!(refused.to_string().contains("403"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn an_orderly_stop_closes_the_stream_with_a_reason() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    let mut stream = Stream::open(&host).await?;
    stream.next("hello").await?;
    let (stopped, close) = tokio::join!(host.stop(), async {
        while let Some(message) = stream.socket.next().await {
            if let Message::Close(Some(frame)) = message? {
                return Ok(frame.reason.to_string());
            }
        }
        bail!("the stream ended without a word")
    });
    assert!(stopped?.success());
    assert_eq!(close?, "the host is stopping");
    Ok(())
}
