//! What is too much, too long, or too many at once.

use std::io::Read as _;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use autobot_model::{
    Family, Matcher, ReadError, ReadLimit, SeriesKey, SeriesReader, SeriesSamples, TimeRange, Timestamp,
};
use autobot_query::Engine;
use autobot_query::testing::MemoryReader;
use expect_test::{Expect, expect};

use crate::site::{NOW, Site, series};

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn said(answer: reqwest::Response, expected: Expect) {
    let status = answer.status();
    expected.assert_eq(&format!("{status}: {}", answer.text().await.unwrap()));
}

#[tokio::test]
async fn a_form_has_a_limit() {
    let site = Site::start().await;
    let form = format!("query={}", "1%2B".repeat(300_000));
    let answer = client().post(site.url("/api/v1/query")).body(form).send().await.unwrap();
    said(answer, expect![[r#"413 Payload Too Large: {"status":"error","errorType":"bad_data","error":"the form is longer than 1024 KiB"}"#]]).await;
}

#[tokio::test]
async fn a_large_answer_travels_compressed_and_whole() {
    let mut reader = MemoryReader::default();
    for at in 0..300 {
        let samples = (0..1000).rev().map(|step| (NOW - 1000 * step, f64::from(at) / 7.0));
        reader.add(&format!("wide{{n=\"{at}\"}}"), samples);
    }
    let site = Site::over(reader).await;
    let (start, end) = ((NOW - 900_000) / 1000, NOW / 1000);
    let path = format!("/api/v1/query_range?query=wide&start={start}&end={end}&step=1");
    let plain = client().get(site.url(&path)).send().await.unwrap().bytes().await.unwrap();
    let zipped = client().get(site.url(&path)).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    let zipped = zipped.bytes().await.unwrap();
    assert!(zipped.len() * 5 < plain.len(), "{} of {}", zipped.len(), plain.len());
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&*zipped).read_to_end(&mut text).unwrap();
    assert!(text == plain, "both are the same answer");
    let answer: serde_json::Value = serde_json::from_slice(&plain).unwrap();
    let result = answer["data"]["result"].as_array().unwrap();
    assert_eq!((result.len(), result[0]["values"].as_array().unwrap().len()), (300, 901));
}

#[tokio::test]
async fn a_query_has_no_longer_than_the_host_allows_whatever_it_asks_for() {
    let mut engine = Engine::default();
    engine.limits.time = Duration::ZERO;
    let site = Site::with(series(), engine).await;
    let answer = client().get(site.url("/api/v1/query?query=load_ratio&timeout=1h")).send().await.unwrap();
    said(answer, expect![[r#"503 Service Unavailable: {"status":"error","errorType":"timeout","error":"the query took longer than 0ns; select fewer series, or ask for a longer step or a shorter time"}"#]]).await;
}

#[tokio::test]
async fn timings_are_told_to_those_who_ask() {
    let site = Site::start().await;
    let path = "/api/v1/query?query=load_ratio&timeout=30s&stats=all";
    let text = client().get(site.url(path)).send().await.unwrap().text().await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["evalTotalTime", "execQueueTime", "execTotalTime"] {
        let seconds = answer["data"]["stats"]["timings"][name].as_f64();
        assert!(seconds.is_some_and(|seconds| seconds >= 0.0), "{answer}");
    }
}

/// Series that nobody can read before the gate is opened.
struct Gated {
    reader: MemoryReader,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    /// How many came, and whether they may go on.
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |(_, open)| !*open).unwrap());
    }

    fn wait_for(&self, waiting: usize) {
        drop(self.changed.wait_while(self.state.lock().unwrap(), |(so_far, _)| *so_far < waiting).unwrap());
    }

    fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

impl SeriesReader for Gated {
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        self.gate.pass();
        self.reader.read(matchers, range, limit)
    }

    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        self.gate.pass();
        self.reader.series(matchers, range)
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.reader.families()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.reader.newest()
    }
}

#[tokio::test]
async fn more_than_four_queries_wait_their_turn_and_nothing_else_does() {
    let gate = Arc::new(Gate::default());
    let mut engine = Engine::default();
    engine.limits.time = Duration::from_millis(200);
    let site = Site::with(Gated { reader: series(), gate: gate.clone() }, engine).await;
    let series = site.url("/api/v1/series?match[]=load_ratio");
    let held: Vec<_> = (0..4).map(|_| tokio::spawn(client().get(series.clone()).send())).collect();
    let waiting = gate.clone();
    tokio::task::spawn_blocking(move || waiting.wait_for(4)).await.unwrap();

    let fifth = client().get(&series).send().await.unwrap();
    said(fifth, expect![[r#"503 Service Unavailable: {"status":"error","errorType":"timeout","error":"the host was busy with other queries for 200ms; ask again later"}"#]]).await;
    for path in ["/api/v1/metadata", "/api/v1/status/buildinfo", "/api/v1/rules", "/healthz"] {
        assert_eq!(client().get(site.url(path)).send().await.unwrap().status(), 200, "{path}");
    }

    gate.open();
    for answer in held {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
}
