//! The dashboard in a real Chromium: it draws this machine live, and says so when the host is gone.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{PATIENCE, Site};

/// One page of one browser, driven by its DevTools protocol.
struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    _browser: Child,
    _profile: TempDir,
}

impl Page {
    async fn open(url: &str) -> Result<Self> {
        let program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .context("Chromium is missing: install the package `chromium`")?;
        let profile = tempfile::tempdir()?;
        let mut browser = Command::new(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--lang=en-US", "--no-first-run", "--disable-sync"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-quic"])
            .args(["--remote-debugging-port=0", "--window-size=1440,900"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(browser.stderr.take().context("its output")?).lines();
        let endpoint = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(at) = line.find("ws://") {
                    return anyhow::Ok(line[at..].trim().to_owned());
                }
            }
            bail!("Chromium ended before it listened")
        });
        let endpoint = endpoint.await.context("Chromium never listened")??;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let authority = endpoint.trim_start_matches("ws://").split('/').next().unwrap_or_default().to_owned();
        let targets: Value =
            serde_json::from_str(&reqwest::get(format!("http://{authority}/json")).await?.text().await?)?;
        let page =
            targets.as_array().into_iter().flatten().find(|target| target["type"] == "page").context("a page")?;
        let (socket, _) = connect_async(page["webSocketDebuggerUrl"].as_str().context("its address")?).await?;
        let mut page = Self { socket, next: 0, _browser: browser, _profile: profile };
        page.call("Page.navigate", json!({ "url": url })).await?;
        Ok(page)
    }

    async fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.next += 1;
        let id = self.next;
        self.socket.send(Message::text(json!({ "id": id, "method": method, "params": params }).to_string())).await?;
        let answer = timeout(PATIENCE, async {
            while let Some(message) = self.socket.next().await {
                let Message::Text(text) = message? else { continue };
                let answer: Value = serde_json::from_str(&text)?;
                if answer["id"] == id {
                    return anyhow::Ok(answer);
                }
            }
            bail!("Chromium is gone")
        });
        answer.await.with_context(|| format!("{method} was not answered"))?
    }

    /// Waits, inside the page, until an expression is true; the page looks again with each frame that it draws.
    async fn until(&mut self, expression: &str) -> Result<()> {
        let script = format!(
            "new Promise(done => {{ const look = () => {{ let found = false; try {{ found = Boolean({expression}) }} catch {{}} \
             found ? done(true) : setTimeout(look, 50) }}; look() }})"
        );
        loop {
            let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
            let answer =
                self.call("Runtime.evaluate", params).await.with_context(|| format!("never true: {expression}"))?;
            if answer["result"]["result"]["value"] == true {
                return Ok(());
            }
            // The page was replaced while it was asked (a navigation): ask the new one.
        }
    }
}

#[tokio::test]
async fn the_machine_page_is_live_and_says_when_the_host_is_gone_and_back() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    let mut page = Page::open(&host.url).await?;
    page.until("document.querySelector('[data-state=live]')").await?;
    page.until("document.querySelectorAll('.uplot canvas').length >= 4").await?;
    page.until("/CPU/.test(document.body.innerText) && /Memory/.test(document.body.innerText)").await?;
    host.kill().await?;
    page.until("document.querySelector('[data-state=lost]')").await?;
    Ok(())
}
