//! Requests and their answers, from files: `UPDATE_EXPECT=1 cargo test -p autobot-server replay` writes the answers anew.
//!
//! A file is made of blocks. A block is comments (`#`), a request (`GET /path`), its headers (`Name: value`), its form (`> a=b`), and
//! then the answer: `= status media-type`, and the body. A time of the running machine would differ each time: nothing of it is
//! in an answer, because the clock stands still.

use std::io::Read as _;
use std::path::Path;

use expect_test::expect_file;
use reqwest::Method;

use crate::site::{Site, series};

/// One request as it is written down.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    form: String,
}

/// What of a block is not its answer, and the request in it.
fn parse(block: &str) -> (Vec<&str>, Option<Request<'_>>) {
    let asked: Vec<&str> = block.lines().take_while(|line| !line.starts_with("= ")).collect();
    let mut lines = asked.iter().filter(|line| !line.starts_with('#'));
    let Some((method, path)) = lines.next().and_then(|line| line.split_once(' ')) else { return (asked, None) };
    let (mut headers, mut form) = (Vec::new(), String::new());
    for line in lines {
        match line.strip_prefix("> ") {
            Some(part) => form.push_str(part),
            None => headers.push(line.split_once(": ").unwrap_or_else(|| panic!("`{line}` is no header"))),
        }
    }
    (asked, Some(Request { method, path, headers, form }))
}

async fn answer(site: &Site, request: &Request<'_>) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let method = Method::from_bytes(request.method.as_bytes()).unwrap();
    let mut asked = client.request(method, site.url(request.path));
    for (name, value) in &request.headers {
        asked = asked.header(*name, *value);
    }
    if !request.form.is_empty() {
        asked = asked.body(request.form.clone());
    }
    let answered = asked.send().await.unwrap();
    let header = |name| answered.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
    let (status, media, encoding) = (answered.status().as_u16(), header("content-type"), header("content-encoding"));
    let bytes = answered.bytes().await.unwrap();
    let mut text = String::new();
    match &*encoding {
        "-" => bytes.as_ref().read_to_string(&mut text).unwrap(),
        "gzip" => flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap(),
        other => panic!("nobody asked for {other}"),
    };
    let encoding = if encoding == "-" { String::new() } else { format!(" {encoding}") };
    format!("= {status} {media}{encoding}\n{}", lines(text.trim_end()))
}

/// Each item of a list within `data` on a line of its own, so that a change is seen where it is.
fn lines(text: &str) -> String {
    assert!(!text.contains("\n\n"), "a blank line would end the block: {text}");
    text.replace("},{", "},\n  {")
}

async fn check(file: &str) {
    let site = Site::over(series()).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut played = Vec::new();
    let mut requests = 0;
    for block in text.trim_end().split("\n\n") {
        let (asked, request) = parse(block);
        let mut shown = asked.join("\n");
        if let Some(request) = request {
            requests += 1;
            shown = format!("{shown}\n{}", answer(&site, &request).await);
        }
        played.push(shown);
    }
    assert!(requests > 5, "{file} holds only {requests} requests");
    expect_file![path].assert_eq(&format!("{}\n", played.join("\n\n")));
}

#[tokio::test]
async fn prometheus_api_answers_as_prometheus_does() {
    check("prometheus.http").await;
}

#[tokio::test]
async fn what_grafana_asks_is_answered() {
    check("grafana.http").await;
}

#[tokio::test]
async fn our_own_api_answers_as_it_is_described() {
    check("ours.http").await;
}
